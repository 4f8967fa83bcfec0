import os
from collections.abc import Iterator
from typing import Any

import pytest

from . import server as s3_server
from .server import S3


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say aloud that they were left out."""
    skipped = [report for report in terminalreporter.getreports("skipped") if "tests/s3/" in report.nodeid]
    if skipped:
        terminalreporter.write_line(f"NOT RUN: {len(skipped)} tests with S3. {s3_server.MISSING}", red=True)


@pytest.fixture(scope="session")
def s3() -> Iterator[S3]:
    """A server; where none is installed the tests are left out, but never where nobody reads along."""
    if s3_server.find() is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(s3_server.MISSING)
    with s3_server.server() as s3:
        yield s3


@pytest.fixture
def in_s3(s3: S3, settings: Any) -> Iterator[S3]:
    """The media store of this process is there, and empty."""
    settings.STORAGES = {**settings.STORAGES, "default": s3.storage()}
    yield s3
    for name in s3.names():
        s3.client().delete_object(Bucket=s3.bucket, Key=name)
