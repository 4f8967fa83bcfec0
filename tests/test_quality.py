"""What we promise about the code itself."""

from __future__ import annotations

import gzip
import os
import re
import subprocess
import sys
from pathlib import Path

import django_htmx
import pytest

from studio.bundles import BUNDLES, bundled

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.prefix) / "bin"
TOP_LEVEL = {
    ".ci",
    ".editorconfig",
    ".gitignore",
    "LICENSE",
    "Makefile",
    "README.md",
    "manage.py",
    "pyproject.toml",
    "requirements-dev.txt",
    "requirements-scale.txt",
    "requirements.txt",
    "static",
    "studio",
    "templates",
    "tests",
}


def run(*command: str | Path, **env: str) -> None:
    """Run a tool; where it finds fault, its words are the failure."""
    outside = {name: value for name, value in os.environ.items() if not name.startswith(("DJANGO_", "STUDIO_"))}
    done = subprocess.run(
        command, cwd=ROOT, env=outside | env, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=300
    )
    if done.returncode:
        pytest.fail(f"{done.stdout}\n{done.stderr}", pytrace=False)


def manage(*command: str, data_dir: Path, **env: str) -> None:
    run(sys.executable, "manage.py", *command, STUDIO_DATA_DIR=str(data_dir), STUDIO_ENV_FILE=os.devnull, **env)


def tracked() -> list[Path]:
    listing = subprocess.run(
        ["git", "-c", "safe.directory=*", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if listing.returncode:
        pytest.skip("not a git checkout")
    return [Path(name) for name in listing.stdout.split("\0") if name and (ROOT / name).exists()]


def requirements(name: str) -> list[str]:
    lines = (ROOT / name).read_text().splitlines()
    return [line for line in lines if line and not line.startswith(("#", "-r "))]


def test_the_linter_finds_nothing():
    run(BIN / "ruff", "check", ".")


def test_the_code_is_laid_out_by_the_formatter():
    run(BIN / "ruff", "format", "--check", ".")


def test_the_types_hold():
    run(BIN / "mypy")


def test_no_room_imports_what_it_must_not():
    run(BIN / "lint-imports")


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt", "requirements-scale.txt"])
def test_every_requirement_is_pinned(name):
    assert [line for line in requirements(name) if not re.fullmatch(r"[\w.-]+(\[[\w,-]+\])?==[\w.]+", line)] == []


def test_the_readme_says_why_each_dependency_is_there():
    table = [
        line.lower() for line in (ROOT / "README.md").read_text(encoding="utf-8").splitlines() if line.startswith("|")
    ]
    names = [line.partition("==")[0] for line in requirements("requirements.txt")]
    assert [name for name in names if not any(re.search(rf"\b{re.escape(name)}\b", row) for row in table)] == []


def test_the_top_level_is_small():
    assert {path.parts[0] for path in tracked()} - TOP_LEVEL == set()


def test_what_the_browser_loads_is_under_60_kb():
    vendored = Path(django_htmx.__file__).parent / "static" / "django_htmx" / "htmx-2.min.js"
    bundles = [bundled((ROOT / "static" / part).read_bytes() for part in parts) for parts in BUNDLES.values()]
    assert sum(len(gzip.compress(each)) for each in [vendored.read_bytes(), *bundles]) < 60_000


def test_every_script_and_style_is_in_a_bundle():
    ours = {path.name for path in (ROOT / "static").iterdir() if path.suffix in {".js", ".css"}}
    assert ours == {part for parts in BUNDLES.values() for part in parts}


def test_no_script_or_template_holds_an_address_that_a_base_path_would_miss():
    """They say `{% url %}`, `{% static %}` or `HOME`."""
    found = []
    for path in [*(ROOT / "static").glob("*.js"), *(ROOT / "templates").rglob("*.html")]:
        for line in path.read_text(encoding="utf-8").splitlines():
            found += [
                f"{path.name}: {line.strip()[:120]}" for _ in re.finditer(r"""["'`]/[a-z?]|href="/|=/[a-z]+/""", line)
            ]
    assert found == []


def test_it_can_stand_on_the_open_internet(tmp_path):
    manage("check", "--deploy", "--fail-level", "WARNING", data_dir=tmp_path, STUDIO_HTTPS="1")


def test_the_migrations_are_up_to_date_with_the_models(tmp_path):
    manage("makemigrations", "--check", "--dry-run", data_dir=tmp_path)
