"""`manage.py upgrade` and `manage.py worker`: a copy before the database is altered, and no work on an old one."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from .starting import manage, outcomes, outcomes_of


def database(folder: Path) -> Path:
    return folder / "data" / "dailies.sqlite3"


def ask(path: Path, *statements: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as connection, connection:
        return [row for statement in statements for row in connection.execute(statement).fetchall()]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A studio that was upgraded once."""
    folder = tmp_path_factory.mktemp("upgraded")
    done = manage(folder, "upgrade")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "The database is up to date.\n"  # there was nothing to copy
    return folder


def fall_behind(folder: Path) -> None:
    """As before the last migration of the sessions; with a row by which the copy is known."""
    ask(
        database(folder),
        "DELETE FROM django_migrations WHERE app = 'sessions'",
        "DROP TABLE django_session",
        "INSERT OR IGNORE INTO auth_user VALUES (77, 'x', NULL, 0, 'known', '', '', 0, 1, '2026-01-01', '')",
    )


def test_it_copies_the_database_before_and_keeps_five_copies(folder: Path) -> None:
    backups = folder / "data" / "backups"
    backups.mkdir()
    for year in range(2018, 2023):
        (backups / f"dailies-{year}-01-01-000000-000000.sqlite3").write_bytes(b"old")
    (backups / "mine.txt").write_text("not a copy")
    fall_behind(folder)
    done = manage(folder, "upgrade")
    assert (done.returncode, done.stderr) == (0, "")
    copies = sorted(backups.glob("*.sqlite3"))
    assert [path.name[:12] for path in copies[:4]] == [f"dailies-{year}" for year in range(2019, 2023)]
    assert len(copies) == 5
    assert str(copies[-1]) in done.stdout
    names = {row[0] for row in ask(copies[-1], "SELECT name FROM sqlite_master")}
    assert "django_session" not in names
    assert ask(copies[-1], "SELECT username FROM auth_user WHERE id = 77") == [("known",)]
    assert ask(database(folder), "SELECT count(*) FROM django_session") == [(0,)]
    assert ask(database(folder), "SELECT username FROM auth_user WHERE id = 77") == [("known",)]
    assert (backups / "mine.txt").exists()
    [(code, said)] = outcomes(folder, [{}], "upgrade")
    assert (code, said) == (0, "The database is up to date.\n")
    assert sorted(backups.glob("*.sqlite3")) == copies


def test_what_an_upgrade_that_was_cut_off_left_out_is_put_there(folder: Path) -> None:
    names = "SELECT name FROM sqlite_master WHERE type = 'trigger' ORDER BY 1"
    before = ask(database(folder), names)
    ask(database(folder), *(f"DROP TRIGGER {name}" for (name,) in before[::2]))
    assert manage(folder, "upgrade").returncode == 0
    assert ask(database(folder), names) == before
    assert len(before) > 5


def test_the_database_is_one_that_many_may_read_while_one_writes(folder: Path) -> None:
    assert ask(database(folder), "PRAGMA journal_mode") == [("wal",)]


def test_a_worker_does_not_touch_a_database_of_another_version(folder: Path, tmp_path: Path) -> None:
    [(code, said)] = outcomes(tmp_path, [{}], "worker")
    assert (code, said.count("\n")) == (1, 1)
    assert "manage.py upgrade" in said
    fall_behind(folder)
    [(code, said)] = outcomes(folder, [{}], "worker", "--once")
    assert (code, said.count("\n")) == (1, 1)
    assert "manage.py upgrade" in said


def test_a_database_that_cannot_be_used_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "broken").write_bytes(b"this is no database, whatever its name says" * 99)
    for url in ("sqlite:////proc/none/dailies.sqlite3", f"sqlite:///{tmp_path}/broken"):
        for code, said in outcomes_of(tmp_path, "upgrade", "worker", "studio --port 0", DATABASE_URL=url):
            assert (code, said.count("\n")) == (1, 1), said
            assert "DATABASE_URL" in said
