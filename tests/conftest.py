"""What all tests share."""

import pytest
from hypothesis import settings

from . import programs

# A busy machine is no failure; a failing example is printed in a form that can be pasted.
settings.register_profile("dailies", deadline=None, print_blob=True)
settings.load_profile("dailies")

pytest_plugins = ["tests.databases", "tests.pages"]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say aloud which tests were left out."""
    skipped = [report for report in terminalreporter.getreports("skipped") if "browser" in report.keywords]
    if skipped:
        why = skipped[0].longrepr[2].removeprefix("Skipped: ")
        terminalreporter.write_line(f"NOT RUN: {len(skipped)} browser tests. {why}", red=True)
    skipped = [report for report in terminalreporter.getreports("skipped") if programs.SKIPPED in str(report.longrepr)]
    if skipped:
        why = skipped[0].longrepr[2].removeprefix("Skipped: ")
        terminalreporter.write_line(f"NOT RUN: {len(skipped)} tests with other programs. {why}", red=True)
