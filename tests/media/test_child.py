"""A file of somebody else's is read in a process that has no secrets, little memory, little time, and a parent."""

import io
import json
import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path

import pytest

from studio.media import child as child_module
from studio.media.child import Child, ChildDied, Children
from studio.media.formats import format_of, read_head
from studio.media.untrusted import clean, cut, measure

from .made import picture, tone
from .others import written

ROOT = Path(__file__).resolve().parent.parent.parent
LINUX = pytest.mark.skipif(sys.platform != "linux", reason="/proc tells it")


@pytest.fixture
def children(monkeypatch):
    """Children that do what hostile files would make them do."""
    monkeypatch.setattr(Child, "command", (sys.executable, "-m", "tests.media.hostile_jobs"))
    made = Children()
    yield made
    made.stop()


def alive(pid):
    """Whether a process is there and no zombie."""
    try:
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False


def gone(pid, seconds=20):
    until = time.monotonic() + seconds
    while alive(pid):
        if time.monotonic() > until:
            return False
        time.sleep(0.02)
    return True


def look(content):
    file = io.BytesIO(content)
    return measure(file, format_of(read_head(file)))


@LINUX
def test_it_knows_no_secret_and_has_no_open_file_of_the_studio(children, monkeypatch):
    for name in ("LTX2_API_KEY", "STUDIO_PASSWORD", "STUDIO_S3_SECRET_KEY", "DATABASE_URL", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "very-secret")
    with socket_and_file():
        loaded = children.run("modules", {}, 10)
    pid = children.idle[0].process.pid
    environment = dict(each.split("=", 1) for each in Path(f"/proc/{pid}/environ").read_text().split("\0") if each)
    assert "very-secret" not in environment.values()
    assert set(environment) <= {*child_module.PASSED_ON, "MALLOC_ARENA_MAX", "PYTHONDONTWRITEBYTECODE"}
    opened = [os.readlink(each) for each in Path(f"/proc/{pid}/fd").iterdir()]
    assert all(each == os.devnull or each.startswith("pipe:") for each in opened)
    assert len(opened) == 5
    assert not any(each.split(".")[0] == "django" or each == "studio.settings" for each in loaded)


def socket_and_file():
    """Files that are open here, and would be inherited if they were let through."""
    from contextlib import ExitStack
    from socket import socketpair

    stack = ExitStack()
    for each in socketpair():
        stack.enter_context(each)
        os.set_inheritable(each.fileno(), True)
    return stack


@LINUX
def test_its_limits_are_set(children):
    children.run("modules", {}, 10)
    pid = children.idle[0].process.pid
    text = Path(f"/proc/{pid}/limits").read_text().splitlines()
    limits = {line[:26].strip(): line[26:].split()[:2] for line in text}
    assert limits["Max data size"] == [str(1 << 30)] * 2
    assert limits["Max core file size"] == ["0", "0"]
    assert limits["Max open files"] == ["64", "64"]
    assert int(limits["Max cpu time"][0]) < 20
    assert int(limits["Max file size"][0]) < 2 << 30
    assert os.getpriority(os.PRIO_PROCESS, pid) > os.getpriority(os.PRIO_PROCESS, 0)


@pytest.mark.parametrize(("job", "arguments"), [
    ("eat", {"size": 3 << 30}), ("spin", {}), ("crash", {}), ("babble", {}),
], ids=["memory", "time", "crash", "nonsense"])  # fmt: skip
def test_what_kills_it_is_told_and_the_next_file_gets_another(children, job, arguments):
    children.run("modules", {}, 10)
    before = children.idle[0].process.pid
    with pytest.raises(ChildDied):
        children.run(job, arguments, 1)
    assert gone(before)
    assert children.run("sleep", {"seconds": 0}, 10) == 0
    assert children.idle[0].process.pid != before


def test_it_sleeps_no_longer_than_it_may(children, monkeypatch):
    monkeypatch.setattr(child_module, "WALL", 0.5)
    with pytest.raises(ChildDied, match="time"):
        children.run("sleep", {"seconds": 60}, 1)


def test_it_writes_no_endless_file(children, tmp_path):
    with pytest.raises(RuntimeError, match="File too large"):
        children.run("write", {"path": str(tmp_path / "a"), "size": 2 << 30}, 60)
    assert (tmp_path / "a").stat().st_size == 0


def test_a_fault_of_ours_is_no_death(children):
    with pytest.raises(RuntimeError, match="a fault of ours"):
        children.run("fault", {}, 10)
    assert children.run("sleep", {"seconds": 0}, 10) == 0


def test_one_that_is_warm_is_used_again_until_it_is_old(children, monkeypatch):
    def job():
        children.run("sleep", {"seconds": 0}, 10)
        return children.idle[-1].process.pid if children.idle else None

    assert len({job() for _ in range(5)}) == 1
    monkeypatch.setattr(child_module, "MOST_JOBS", 6)
    old = children.idle[0].process.pid
    job()
    assert gone(old)


def test_one_that_died_while_it_was_idle_is_nobodys_fault(children):
    children.run("sleep", {"seconds": 0}, 10)
    children.idle[0].process.kill()
    children.idle[0].process.wait()
    assert children.run("sleep", {"seconds": 0}, 10) == 0


def test_there_are_two_at_most_and_they_serve_all_threads(children):
    seen, over = [], threading.Event()

    def count():
        while not over.is_set():
            seen.append(2 - children.free._value)  # as many as are at work
            time.sleep(0.005)

    watcher = threading.Thread(target=count)
    watcher.start()
    with ThreadPoolExecutor(8) as pool:
        done = list(pool.map(lambda _: children.run("sleep", {"seconds": 0.1}, 10), range(8)))
    over.set()
    watcher.join()
    assert done == [0.1] * 8
    assert max(seen) == 2
    assert len(children.idle) == 2


def test_a_thread_that_ends_does_not_take_its_child_with_it(children):
    thread = threading.Thread(target=lambda: children.run("sleep", {"seconds": 0}, 10))
    thread.start()
    thread.join()
    pid = children.idle[0].process.pid
    time.sleep(0.2)
    assert alive(pid)
    assert children.run("sleep", {"seconds": 0}, 10) == 0
    assert children.idle[0].process.pid == pid


def test_who_waits_may_change_his_mind(children):
    class Leaving(Exception):
        pass

    def leave(done):
        assert done == 0
        raise Leaving

    children.run("sleep", {"seconds": 0}, 10)
    pid = children.idle[0].process.pid
    with pytest.raises(Leaving):
        children.run("sleep", {"seconds": 60}, 60, leave)
    assert gone(pid)


def test_how_far_it_is_is_told_while_a_part_is_encoded():
    """A part that begins between key frames, of pictures that are large enough to take a while."""
    source = (
        "-f",
        "lavfi",
        "-i",
        "testsrc2=s=1280x720:r=30:d=16",
        "-c:v",
        "libx264",
        "-preset",
        "ultrafast",
        "-g",
        "999",
    )
    file, told = io.BytesIO(written("a.mp4", *source)), []
    with cut(file, format_of(read_head(file)), Decimal(1), Decimal(14), waiting=told.append) as part:
        assert part.read(8)[4:] == b"ftyp"
    assert told == sorted(told)
    assert any(0 < share < 1 for share in told)


PARENT = """
import sys, threading, time
from studio.media.child import Child, children
Child.command = (sys.executable, "-m", "tests.media.hostile_jobs")
threading.Thread(target=lambda: children.run({job!r}, {arguments!r}, 100), daemon=True).start()
if {job!r} == "sleep":
    while not children.idle:
        time.sleep(0.01)
time.sleep(60)
"""


@LINUX
@pytest.mark.parametrize(("job", "arguments"), [("spin", {}), ("sleep", {"seconds": 0})], ids=["at work", "idle"])
def test_it_dies_with_its_parent(job, arguments):
    parent = subprocess.Popen([sys.executable, "-c", PARENT.format(job=job, arguments=arguments)], cwd=ROOT)
    try:
        found = child_of(parent.pid)
        time.sleep(0.5)  # so that it is at work, or idle
        assert alive(found)
        parent.send_signal(signal.SIGKILL)
        parent.wait()
        assert gone(found)
    finally:
        parent.kill()
        parent.wait()


def child_of(pid):
    until = time.monotonic() + 30
    while time.monotonic() < until:
        found = [
            each for task in Path(f"/proc/{pid}/task").iterdir() for each in (task / "children").read_text().split()
        ]
        if found:
            return int(found[0])
        time.sleep(0.02)
    raise AssertionError("no child came")


def test_what_it_leaves_on_the_disk_when_it_is_killed_goes(children, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with pytest.raises(ChildDied):
        children.run("crash", {}, 10)
    assert list(tmp_path.iterdir()) == []


def test_pictures_and_sounds_go_through_it_from_wherever_they_are(tmp_path):
    assert clean(io.BytesIO(picture())).width == 64
    path = tmp_path / "a.wav"
    path.write_bytes(tone(6))
    with path.open("rb") as file:
        assert measure(file, format_of(read_head(file))).seconds == look(tone(6)).seconds == 6


BOMB = r"""
import io, json, resource, struct, sys, zlib
from studio.media import child
from studio.media.untrusted import clean

width, height = 8660, 5773

def chunk(kind, content):
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

packer = zlib.compressobj(9)
rows = b"".join(packer.compress(bytes(width * 4 + 1)) for _ in range(height)) + packer.flush()
head = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
content = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
with (picture := clean(io.BytesIO(content))).file:
    size = picture.width, picture.height
child.children.stop()
after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
reader = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
print(json.dumps([len(content), size, (after - before) >> 10, reader >> 10]))
"""


@LINUX
def test_a_small_picture_of_fifty_million_pixels_is_taken_and_takes_little_memory():
    done = subprocess.run([sys.executable, "-c", BOMB], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    size, shape, studio, reader = json.loads(done.stdout)
    assert size < 250_000
    assert shape == [8660, 5773]
    assert studio < 50  # megabytes
    assert reader < 450


STUDIO = """
import os
os.environ |= {"DJANGO_SETTINGS_MODULE": "tests.settings"}
import django
django.setup()
import studio.urls, studio.uploads.views, studio.composer.forms, studio.worker, studio.management.media_check
import sys
print(*sorted({each.split(".")[0] for each in sys.modules} & {"av", "PIL"}))
"""


def test_the_studio_itself_loads_no_library_that_reads_files():
    done = subprocess.run([sys.executable, "-c", STUDIO], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stdout.strip()) == (0, ""), done.stderr
