"""What we promise about the code itself."""

from __future__ import annotations

import os
import posixpath
import re
import subprocess
import sys
from pathlib import Path

import django_htmx
import pytest

from studio.static_files import served

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


def loaded(*templates: str) -> set[str]:
    """The scripts and styles that these templates name."""
    texts = [(ROOT / "templates" / name).read_text(encoding="utf-8") for name in templates]
    return set(re.findall(r'{% static "([\w/]+\.(?:js|css))" %}', "".join(texts)))


def imported(script: str) -> set[str]:
    text = (ROOT / "static" / script).read_text(encoding="utf-8")
    here = posixpath.dirname(script)
    return {
        posixpath.normpath(posixpath.join(here, name))
        for name in re.findall(r'^import (?:[^"]+ from )?"(.+)";$', text, re.MULTILINE)
    }


def test_the_studio_page_loads_less_than_60_kb_of_scripts_and_styles():
    brotli = pytest.importorskip("brotli")
    htmx = Path(django_htmx.__file__).parent / "static" / "django_htmx" / "htmx-2.min.js"
    names = loaded("base.html", "gallery/_scripts.html")
    texts = [htmx.read_bytes(), *(served(name, (ROOT / "static" / name).read_bytes()) for name in names)]
    assert sum(len(brotli.compress(each)) for each in texts) < 60_000


@pytest.mark.parametrize("own", ["gallery/_scripts.html", "gallery/compare.html", "generations/generation.html"])
def test_the_head_of_a_page_names_all_modules_so_that_none_is_fetched_late(own: str):
    names = loaded("base.html", own)
    scripts = {name for name in names if name.endswith(".js")}
    assert {each for name in scripts for each in imported(name)} - names == set()


def test_no_line_of_a_script_a_style_or_a_template_is_longer_than_120_columns():
    paths = [path for name in ("static/**/*.js", "static/**/*.css", "templates/**/*.html") for path in ROOT.glob(name)]
    lines = {path: path.read_text(encoding="utf-8").splitlines() for path in paths}
    assert [f"{path}:{at}" for path in lines for at, line in enumerate(lines[path], 1) if len(line) > 120] == []


def test_a_window_s_width_changes_things_at_few_places_only():
    """They are named at the top of base.css."""
    styles = [path.read_text(encoding="utf-8") for path in (ROOT / "static").rglob("*.css")]
    named = set(
        re.findall(r"\d+(?= px)", (ROOT / "static/base.css").read_text(encoding="utf-8").partition("@layer")[0])
    )
    used = re.findall(r"@media[^{]*\((max|min)-width: (\d+)px\)", "".join(styles))
    assert {str(int(width) + (width[-1] == "9")) if side == "max" else width for side, width in used} == named


def test_no_script_is_forgotten():
    ours = {path.relative_to(ROOT / "static").as_posix() for path in (ROOT / "static").rglob("*.js")}
    every = [path.relative_to(ROOT / "templates").as_posix() for path in (ROOT / "templates").rglob("*.html")]
    assert ours - loaded(*every) == set()


def test_no_script_or_template_holds_an_address_that_a_base_path_would_miss():
    """They say `{% url %}`, `{% static %}` or `HOME`."""
    found = []
    for path in [*(ROOT / "static").rglob("*.js"), *(ROOT / "templates").rglob("*.html")]:
        for line in path.read_text(encoding="utf-8").splitlines():
            found += [
                f"{path.name}: {line.strip()[:120]}" for _ in re.finditer(r"""["'`]/[a-z?]|href="/|=/[a-z]+/""", line)
            ]
    assert found == []


def test_it_can_stand_on_the_open_internet(tmp_path):
    manage("check", "--deploy", "--fail-level", "WARNING", data_dir=tmp_path, STUDIO_HTTPS="1")


def test_the_migrations_are_up_to_date_with_the_models(tmp_path):
    manage("makemigrations", "--check", "--dry-run", data_dir=tmp_path)
