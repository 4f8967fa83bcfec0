"""`manage.py backup` while the studio runs and takes come in, and `manage.py restore` when everything else is lost."""

from __future__ import annotations

import json
import re
import resource
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Any

import pytest

from tests.browser.process import Studio
from tests.databases import Database

from .starting import ROOT
from .studio_client import StudioClient
from .tar import tar_of
from .test_upgrade import ask as sql

pytestmark = pytest.mark.database
SHOTS = 2


def refused(done: subprocess.CompletedProcess[str], *words: str) -> None:
    """In one line, with these words in it."""
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1), done
    assert [word for word in words if word not in done.stderr] == []


def forget(studio: Studio, database: Database) -> None:
    """The machine is gone; all that is left is the backup."""
    shutil.rmtree(studio.data_dir)
    if database.server:
        studio.env["DATABASE_URL"] = database.server.create(f"{studio.env['DATABASE_URL'].rpartition('/')[2]}_new")


def test_after_a_loss_everything_is_back(studio: Studio, database: Database, tmp_path: Path) -> None:
    backup = tmp_path / "backup.tar"
    studio.start()
    visitor = StudioClient(studio.url)
    takes = [visitor.ask(f"Shot {number}, with a cat") for number in range(SHOTS)]
    videos = {take: visitor.video(take) for take in takes}
    posters = {take: visitor.get(f"/generations/{take}/poster/").content for take in takes}
    key = (studio.data_dir / "secret_key").read_text()
    writing = subprocess.Popen(
        [sys.executable, "manage.py", "backup", str(backup), "--media"], cwd=ROOT, env=studio.env, text=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    later = [visitor.ask("Asked for meanwhile [late]")]
    while writing.poll() is None and len(later) < 4:
        later.append(visitor.ask("Asked for meanwhile [late]"))
    said, complaints = writing.communicate()
    assert (writing.returncode, complaints) == (0, "")
    assert str(backup) in said
    assert re.search(r"\d MB", said)
    assert backup.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.glob(".*")] == []

    studio.stop()
    forget(studio, database)
    done = studio.manage("restore", backup)
    assert (done.returncode, "Traceback" in done.stderr) == (0, False)
    assert re.search(rf"Restored (\d+) takes and {3 * SHOTS} media files", done.stdout)
    assert (studio.data_dir / "secret_key").read_text() == key
    assert studio.manage("media", "--deep").stdout == "Every video and file is where it should be.\n"
    studio.start()
    for take in takes:
        assert visitor.video(take) == videos[take]
        assert visitor.get(f"/generations/{take}/poster/").content == posters[take]
        assert "Shot" in visitor.get(f"/generations/{take}/").text
    new = visitor.ask("After the loss")
    assert new > max(takes)
    assert visitor.video(new)


def test_what_is_there_is_not_overwritten_by_mistake(studio: Studio, database: Database, tmp_path: Path) -> None:
    backup = tmp_path / "backup.tar"
    studio.env["LTX2_MAX_RUNNING"] = "1"
    studio.start()
    visitor = StudioClient(studio.url)
    asked = [visitor.ask("Before [late]") for _ in range(3)]
    assert studio.manage("backup", backup).returncode == 0
    refused(studio.manage("restore", backup, "--force"), "in use", "stop the studio")
    last = visitor.ask("After the backup [late]")
    studio.stop()
    refused(studio.manage("restore", backup), "takes here already", "--force")
    done = studio.manage("restore", backup, "--force")
    assert (done.returncode, "Traceback" in done.stderr) == (0, False)
    told = re.search(r"What was here before is in (.*)\.\n", done.stdout)
    assert told
    aside = Path(told[1])
    assert aside.parent == studio.data_dir / "backups"
    assert aside.stat().st_size > 10_000
    # What waited when the backup was made may have been sent since: nobody pays twice.
    assert "2 takes were not sent yet" in done.stdout
    studio.start()
    assert visitor.get(f"/generations/{last}/").status_code == 404
    page = visitor.get(f"/generations/{asked[2]}/").text
    assert "it comes from a backup" in page
    assert 'data-status="queued"' in page
    if aside.suffix == ".tar":
        studio.stop()
        assert studio.manage("restore", aside, "--force").returncode == 0
        studio.start()
        assert visitor.get(f"/generations/{last}/").status_code == 200


def repacked(backup: Path, target: Path, change: Any) -> Path:
    """The backup with other bytes in its members, and a table of contents that knows of it or does not."""
    with tarfile.open(backup) as old, tarfile.open(target, "w") as new:
        for member in old:
            file = old.extractfile(member)
            assert file
            content = change(member.name, file.read())
            member.size = len(content)
            new.addfile(member, __import__("io").BytesIO(content))
    return target


def test_a_file_that_is_no_whole_backup_of_this_version_changes_nothing(
    studio: Studio, database: Database, tmp_path: Path
) -> None:
    assert studio.manage("upgrade").returncode == 0
    backup = tmp_path / "backup.tar"
    assert studio.manage("backup", backup).returncode == 0
    whole = backup.read_bytes()
    before = (studio.data_dir / "secret_key").read_bytes()
    broken = tmp_path / "broken.tar"
    damaged = bytearray(whole)
    damaged[whole.index(b"SQLite format 3" if not database.server else b"PGDMP") + 4000] ^= 1  # in the database
    cut_off = [whole[:1000], whole[: len(whole) // 2], whole[: whole.rindex(b"contents.json")]]
    for content in (b"", b"nonsense" * 999, *cut_off, bytes(damaged)):
        broken.write_bytes(content)
        refused(studio.manage("restore", broken), "broken.tar cannot be restored")
    refused(studio.manage("restore", tmp_path / "none.tar"), "none.tar cannot be restored")

    def newer(name: str, content: bytes) -> bytes:
        if name == "backup.json":
            about = json.loads(content)
            about["migrations"].append(["studio", "0999_of_next_year"])
            return json.dumps(about).encode().ljust(len(content))
        return content

    def patched(name: str, content: bytes) -> bytes:
        """The table of contents of the newer one."""
        import hashlib

        if name != "contents.json":
            return newer(name, content)
        table = json.loads(content)
        with tarfile.open(backup) as tar:
            about = newer("backup.json", tar.extractfile("backup.json").read())  # type: ignore[union-attr]
        table["backup.json"] = [len(about), hashlib.sha256(about).hexdigest()]
        return json.dumps(table).encode()

    refused(studio.manage("restore", repacked(backup, broken, patched)), "The backup is newer", "0999_of_next_year")
    assert (studio.data_dir / "secret_key").read_bytes() == before
    assert not list((studio.data_dir / "backups").glob("before-*")) if (studio.data_dir / "backups").exists() else True


@pytest.mark.sqlite
def test_a_disk_that_is_full_leaves_the_backup_of_before(tmp_path: Path) -> None:
    studio = Studio(ROOT, tmp_path)
    assert studio.manage("upgrade").returncode == 0
    backup = tmp_path / "backup.tar"
    backup.write_bytes(b"the one of yesterday")

    def small_disk() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))

    done = studio.manage("backup", backup, preexec_fn=small_disk)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert backup.read_bytes() == b"the one of yesterday"
    assert not list(tmp_path.glob(".*"))


def test_a_backup_goes_back_into_its_own_kind_of_database(studio: Studio, database: Database, tmp_path: Path) -> None:
    if not database.server:
        pytest.skip("it takes both")
    assert studio.manage("upgrade").returncode == 0
    backup = tmp_path / "backup.tar"
    assert studio.manage("backup", backup).returncode == 0
    other = Studio(ROOT, tmp_path / "other")
    refused(other.manage("restore", backup), "PostgreSQL", "SQLite")


def test_without_the_programs_of_postgresql_it_says_in_one_line_what_to_install(
    studio: Studio, database: Database, tmp_path: Path
) -> None:
    if not database.server:
        pytest.skip("SQLite needs none")
    backup = tmp_path / "backup.tar"
    assert studio.manage("upgrade").returncode == 0
    assert studio.manage("backup", backup).returncode == 0
    path, studio.env["PATH"] = studio.env["PATH"], str(tmp_path)
    refused(studio.manage("backup", tmp_path / "other.tar"), "pg_dump is missing", "postgresql-client")
    refused(studio.manage("restore", backup), "pg_restore is missing", "postgresql-client")
    assert not (tmp_path / "other.tar").exists()
    studio.env["PATH"] = path
    change(
        studio,
        database,
        "DROP FUNCTION IF EXISTS studio_one; CREATE FUNCTION studio_one() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    )
    assert studio.manage("restore", backup).returncode == 0


def test_a_dump_that_cannot_be_loaded_leaves_the_database_as_it_was(
    studio: Studio, database: Database, tmp_path: Path
) -> None:
    if not database.server:
        pytest.skip("SQLite's is tested before it is put in place")
    backup, broken = tmp_path / "backup.tar", tmp_path / "broken.tar"
    assert studio.manage("upgrade").returncode == 0
    assert studio.manage("backup", backup).returncode == 0
    with tarfile.open(backup) as tar:
        members = {each.name: tar.extractfile(each).read() for each in tar}  # type: ignore[union-attr]
    del members["contents.json"]
    dump = bytearray(members["database/dailies.pgdump"])
    dump[-100:] = bytes(100)  # rows of the last table
    tar_of(broken, {**members, "database/dailies.pgdump": bytes(dump)})
    refused(studio.manage("restore", broken), "cannot be loaded")
    assert studio.manage("upgrade").stdout == "The database is up to date.\n"
    assert studio.manage("backup", backup).returncode == 0


def test_what_earlier_versions_wrote_is_restored_or_it_is_said_how(
    studio: Studio, database: Database, tmp_path: Path
) -> None:
    backup, earlier = tmp_path / "backup.tar", tmp_path / "earlier.tar"
    assert studio.manage("upgrade").returncode == 0
    assert studio.manage("backup", backup).returncode == 0
    with tarfile.open(backup) as tar:
        members = {each.name: tar.extractfile(each).read() for each in tar}  # type: ignore[union-attr]
    del members["contents.json"]
    members["backup.json"] = json.dumps({**json.loads(members["backup.json"]), "format": 1}).encode()
    if database.server:  # it wrote each table as PostgreSQL's COPY does
        members["database/tables.json"] = b"{}"
        del members["database/dailies.pgdump"]
    tar_of(earlier, members)
    if database.server:
        refused(studio.manage("restore", earlier), "made by an earlier version", "manage.py upgrade")
    else:
        assert "Restored 0 takes" in studio.manage("restore", earlier).stdout


def change(studio: Studio, database: Database, *statements: str) -> None:
    """Behind the studio's back."""
    if not database.server:
        sql(studio.data_dir / "dailies.sqlite3", *statements)
        return
    import psycopg

    with psycopg.connect(studio.env["DATABASE_URL"]) as connection:
        for statement in statements:
            connection.execute(statement)


def test_a_backup_of_an_older_version_is_brought_up_to_date(studio: Studio, database: Database, tmp_path: Path) -> None:
    assert studio.manage("upgrade").returncode == 0
    older = ("DELETE FROM django_migrations WHERE app = 'sessions'", "DROP TABLE django_session")
    change(studio, database, *older)
    backup = tmp_path / "backup.tar"
    assert studio.manage("backup", backup).returncode == 0
    forget(studio, database)
    assert studio.manage("restore", backup).returncode == 0
    assert studio.manage("upgrade").stdout == "The database is up to date.\n"
    assert studio.manage("worker", "--once").returncode == 0


def test_a_database_that_is_newer_than_the_code_is_refused_in_one_line(studio: Studio, database: Database) -> None:
    assert studio.manage("upgrade").returncode == 0
    row = "INSERT INTO django_migrations (app, name, applied) VALUES ('studio', '0999_of_next_year', '2027-01-01')"
    change(studio, database, row)
    for command in (["studio", "--port", "0"], ["worker"], ["upgrade"], ["media"], ["backup", "b.tar"]):
        refused(studio.manage(*command), "newer than this version", "0999_of_next_year", "git pull")
