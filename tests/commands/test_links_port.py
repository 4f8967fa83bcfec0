"""The second port: one signed link opens one file, and nothing else of the studio is there, whoever asks and how."""

from __future__ import annotations

import hashlib
import http.client
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.signing import Signer
from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.converters import get_converters

from tests.browser.process import Studio, free_ports, open_url, started

from .starting import outcomes_of, start

PICTURE = bytes(range(256)) * 5000
SHA256 = hashlib.sha256(PICTURE).hexdigest()
SAMPLES = {"int": "1", "slug": "lipsync", "str": "x", "path": "x/y", "uuid": "00000000-0000-0000-0000-000000000000"}
METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "PROPFIND")
HOSTS = ("127.0.0.1", "localhost:8000", "abc.trycloudflare.com", "evil.example", "", "a b\\c")


def insert(studio: Studio, table: str, **row: object) -> int:
    """A row, with whatever else its table wants."""
    from tests.browser.steps import database

    connection = database(studio)
    with connection:
        marks = ", ".join("?" * len(row))
        sql = f"INSERT INTO {table} ({', '.join(row)}) VALUES ({marks})"
        pk = connection.execute(sql, list(row.values())).lastrowid
    connection.close()
    assert pk
    return pk


def add_upload(studio: Studio) -> int:
    place = studio.data_dir / "uploads" / f"{SHA256}.png"
    place.parent.mkdir(exist_ok=True)
    place.write_bytes(PICTURE)
    return insert(
        studio, "studio_upload", owner_id=1, kind="image", sha256=SHA256, name=f"uploads/{place.name}", poster="",
        filename="cat.png", content_type="image/png", bytes=len(PICTURE), has_sound=0,
        created_at="2026-11-22 12:00:00", used_at="2026-11-22 12:00:00",
    )  # fmt: skip


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    with started(tmp_path_factory.mktemp("links")) as studio:
        yield studio


@pytest.fixture(scope="module")
def upload(studio: Studio) -> int:
    return add_upload(studio)


def ask(studio: Studio, path: str, method: str = "GET", host: str = "x.example", **headers: str):
    connection = http.client.HTTPConnection("127.0.0.1", studio.links_port, timeout=20)
    connection.putrequest(method, path, skip_host=True)
    connection.putheader("Host", host)
    for name, value in headers.items():
        connection.putheader(name.replace("_", "-"), value)
    connection.endheaders()
    answer = connection.getresponse()
    answer.body = answer.read()
    connection.close()
    return answer


def signed(studio: Studio, pk: int, seconds: int = 60, sha256: str = SHA256) -> str:
    """As the worker makes it, with the key of the data folder."""
    import time

    key = (studio.data_dir / "secret_key").read_text()
    token = Signer(key=key, salt="studio.links.file", sep=".").sign(f"{pk}-{int(time.time()) + seconds}-{sha256[:32]}")
    return f"/files/{token}/image.png"


def assert_nothing(answer, what: object) -> None:
    assert (answer.status, answer.body) == (404, b""), what
    assert answer.headers["Content-Type"].startswith("text/plain")
    assert answer.headers["Content-Length"] == "0"
    assert not {"Set-Cookie", "Location", "Server", "Allow"} & set(answer.headers), what


def every_path(patterns: list[URLPattern | URLResolver], before: str = "/") -> Iterator[str]:
    """A sample of each URL that the studio has."""
    assert set(SAMPLES) == set(get_converters())
    for pattern in patterns:
        route = str(pattern.pattern)
        for name, converter in pattern.pattern.converters.items():
            kind = next(key for key, value in get_converters().items() if type(value) is type(converter))
            route = route.replace(f"<{kind}:{name}>", SAMPLES[kind])
        if isinstance(pattern, URLResolver):
            yield from every_path(pattern.url_patterns, before + route)
        else:
            yield before + route


def test_no_url_of_the_studio_is_there_whatever_the_host_and_method(studio: Studio, upload: int) -> None:
    paths = list(every_path(get_resolver("studio.urls").url_patterns))
    assert len(paths) > 15
    assert not any("<" in path for path in paths)
    more = ["/static/studio.css", "/static/", "/files/", "/files", f"/files/{upload}/image.png", "/uploads/", "/admin/",
            "//", "/files/../healthz", "/files/%2e%2e/healthz", "/?x=/files/", "/.env", "/secret_key",
            f"/uploads/{SHA256}.png", "/generations/?q=1"]  # fmt: skip
    for path in [*paths, *more]:
        for method in ("GET", "POST"):
            assert_nothing(ask(studio, path, method), (method, path))
    for path in ("/", "/healthz", "/generations/", "/uploads/", "/files/x/y"):
        for method in METHODS:
            for host in HOSTS:
                answer = ask(studio, path, method, host)
                assert (answer.status, answer.body) == (404, b""), (method, path, host)


def test_a_signed_link_opens_its_file_whatever_the_host(studio: Studio, upload: int) -> None:
    path = signed(studio, upload)
    for host in HOSTS[:4]:
        answer = ask(studio, path, host=host)
        assert (answer.status, answer.body) == (200, PICTURE)
    assert answer.headers["Content-Type"] == "image/png"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert "Set-Cookie" not in answer.headers
    assert "cat" not in str(answer.headers)


def test_it_has_ranges_and_head(studio: Studio, upload: int) -> None:
    path = signed(studio, upload)
    part = ask(studio, path, Range="bytes=0-0")
    assert (part.status, part.body, part.headers["Content-Range"]) == (206, PICTURE[:1], f"bytes 0-0/{len(PICTURE)}")
    assert ask(studio, path, Range="bytes=-100").body == PICTURE[-100:]
    beyond = ask(studio, path, Range="bytes=9999999-")
    assert (beyond.status, beyond.headers["Content-Range"]) == (416, f"bytes */{len(PICTURE)}")
    head = ask(studio, path, "HEAD")
    assert (head.status, head.body, head.headers["Content-Length"]) == (200, b"", str(len(PICTURE)))
    assert ask(studio, path, If_None_Match=head.headers["ETag"]).status == 304


def test_what_is_not_signed_by_us_for_now_and_for_this_file_opens_nothing(studio: Studio, upload: int) -> None:
    path = signed(studio, upload)
    _, _, token, name = path.split("/")
    other = Signer(key="another key of another studio, long enough", salt="studio.links.file", sep=".")
    salted = Signer(key=(studio.data_dir / "secret_key").read_text(), salt="other", sep=".")
    value = token.rpartition(".")[0]
    wrong = [
        signed(studio, upload, seconds=0),
        signed(studio, upload, seconds=-1),
        signed(studio, upload, sha256="0" * 64),
        signed(studio, upload + 1),
        f"/files/{token}/other.png",
        f"/files/{token}/",
        f"/files/{token}",
        f"/files/{token}/{name}/",
        f"/files/{token[:-1]}/{name}",
        f"/files/{value}.{'A' * 43}/{name}",
        f"/files/{value}/{name}",
        f"/files/{other.sign(value)}/{name}",
        f"/files/{salted.sign(value)}/{name}",
        f"/files/9{token}/{name}",
        f"/files/{token}%00/{name}",
    ]
    for each in wrong:
        assert_nothing(ask(studio, each), each)
    for method in METHODS[2:]:
        assert_nothing(ask(studio, path, method), method)


def test_a_deleted_file_is_gone(studio: Studio, upload: int) -> None:
    pk = insert(
        studio, "studio_upload", owner_id=1, kind="image", sha256="1" * 64, name="uploads/gone.png", poster="",
        filename="gone.png", content_type="image/png", bytes=1, has_sound=0,
        created_at="2026-11-22 12:00:00", used_at="2026-11-22 12:00:00",
    )  # fmt: skip
    assert_nothing(ask(studio, signed(studio, pk, sha256="1" * 64)), "its file is not there")
    assert_nothing(ask(studio, signed(studio, pk + 1000)), "its row is not there")


def test_the_pages_do_not_open_signed_links(studio: Studio, upload: int) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", studio.port, timeout=20)
    connection.request("GET", signed(studio, upload))
    assert connection.getresponse().status == 404
    connection.close()


def test_it_is_on_loopback_only(studio: Studio) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(("192.0.2.1", 9))  # sends nothing: it only tells which address this machine would use
        own = probe.getsockname()[0]
    if own.startswith("127."):
        pytest.skip("this machine has no other address")
    with pytest.raises(OSError):  # noqa: PT011 - refused, or no way there
        socket.create_connection((own, studio.links_port), timeout=5)


def test_a_taken_port_stops_the_start_only_where_a_tunnel_leads_there(studio: Studio, tmp_path: Path) -> None:
    env = {"STUDIO_LINKS_PORT": str(studio.links_port), "STUDIO_SANDBOX_PORT": str(free_ports(1)[0])}
    public = {"STUDIO_PUBLIC_URL": "https://abc.example"}
    [(code, said)] = outcomes_of(tmp_path, "studio --port 0 --no-worker", **env, **public)
    assert (code, said.count("\n")) == (1, 1)
    assert f"STUDIO_LINKS_PORT {studio.links_port}" in said
    [port] = free_ports(1)
    process = start(tmp_path, "studio", "--port", str(port), **env)
    try:
        assert process.stdout
        said = ""
        while "STUDIO_LINKS_PORT" not in said:
            line = process.stdout.readline()
            assert line, said
            said += line
        assert said.splitlines()[-1].startswith(f"Note: STUDIO_LINKS_PORT {studio.links_port} is taken")
        assert open_url(f"http://127.0.0.1:{port}/", timeout=20).status == 200
    finally:
        process.terminate()
        process.communicate(timeout=20)
