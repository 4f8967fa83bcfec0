"""The README tells what the matrix tells."""

from tests.commands.starting import ROOT

from .matrix import MATRIX, table

HEADING = "## What happens to your credits when things break"


def test_the_table_in_the_readme_is_the_matrix():
    section = (ROOT / "README.md").read_text(encoding="utf-8").partition(HEADING)[2].partition("\n## ")[0]
    assert [line for line in section.splitlines() if line.startswith("|")] == table()


def test_every_fault_has_one_line():
    assert len({line.fault for line in MATRIX}) == len(MATRIX)
