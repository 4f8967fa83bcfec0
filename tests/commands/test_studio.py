"""`manage.py studio` as a person runs it: who may come in, which ports, and how it leaves."""

import http.client
import re
import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import pytest

from tests.browser.process import free_ports

from .starting import outcomes_of, start

PASSWORD = "twelve characters"  # noqa: S105
KEY = "aio_RecognisableKey0123456789"


@dataclass
class Running:
    """A studio that serves. `said` is what it wrote before it did."""

    folder: Path
    process: "subprocess.Popen[str]"
    port: int
    sandbox_port: int
    said: str

    def ask(
        self, method: str, path: str, body: dict[str, str] | None = None, **headers: str
    ) -> http.client.HTTPResponse:
        """One request, as a proxy on this machine would pass it on; nothing is followed."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        form = {"Content-Type": "application/x-www-form-urlencoded"} if body else {}
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, urlencode(body) if body else None, {**form, **sent})
        answer = connection.getresponse()
        answer.text = answer.read().decode(errors="replace")  # type: ignore[attr-defined]
        connection.close()
        return answer

    def end(self, number: signal.Signals) -> tuple[int, float, str]:
        """Its exit code, the seconds that it took to leave, and what it said since it served."""
        began = time.monotonic()
        self.process.send_signal(number)
        said, _ = self.process.communicate(timeout=20)
        return self.process.returncode, time.monotonic() - began, said


def begin(folder: Path, *options: str, **env: str) -> Running:
    port, sandbox_port = free_ports(2)
    env = {"STUDIO_SANDBOX_PORT": str(sandbox_port), **env}
    return Running(folder, start(folder, "studio", "--port", str(port), *options, **env), port, sandbox_port, "")


def wait_for(studio: Running) -> None:
    assert studio.process.stdout is not None
    while "Dailies is on" not in studio.said or studio.said.count("\n") < 2:
        line = studio.process.stdout.readline()
        assert line, studio.said
        studio.said += line


@pytest.fixture(scope="module")
def studios(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Running]]:
    """Three at once, so that the tests wait for one start only."""
    folder = tmp_path_factory.mktemp
    https = {"STUDIO_HTTPS": "1", "LTX2_API_KEY": KEY, "LTX2_API_BASE": "http://127.0.0.1:9/api/v1"}
    running = {
        "plain": begin(folder("plain")),
        "proxied": begin(folder("proxied"), "--no-worker", STUDIO_PASSWORD=PASSWORD, STUDIO_SECURE_PROXY="1", **https),
        "direct": begin(folder("direct"), "--no-worker", **https),
    }
    for studio in running.values():
        wait_for(studio)
    yield running
    for studio in running.values():
        if studio.process.poll() is None:
            studio.process.kill()
        studio.process.communicate()


def test_it_says_where_it_is_and_what_it_costs(studios: dict[str, Running]) -> None:
    plain, paid = studios["plain"], studios["direct"]
    assert f"http://127.0.0.1:{plain.port}" in plain.said
    assert "No API key: test clips, free." in plain.said
    assert "Videos come from http://127.0.0.1:9/api/v1 and cost credits." in paid.said
    assert KEY not in paid.said + studios["proxied"].said


def test_it_serves_pages_and_a_worker_is_alive(studios: dict[str, Running]) -> None:
    plain = studios["plain"]
    deadline = time.monotonic() + 10
    while plain.ask("GET", "/healthz").status != 200:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    page = plain.ask("GET", "/")
    assert page.status == 200
    assert "Server" not in page.headers
    scripts = re.findall(r'(?:src|href)="(/static/[^"]+)"', page.text)  # type: ignore[attr-defined]
    assert len(scripts) > 4
    assert {plain.ask("GET", each).status for each in scripts} == {200}
    for path in ("/", scripts[0]):
        assert plain.ask("GET", path, Host="evil.example").status == 400
        foreign = {"Sec_Fetch_Site": "cross-site", "Sec_Fetch_Mode": "no-cors"}
        assert plain.ask("GET", path, **foreign).status == 403
        assert "Access-Control-Allow-Origin" not in plain.ask("GET", path, Origin="https://evil.example").headers
    plain.ask("GET", f"/files/7-1790000000-{'a' * 32}.SECRET/image.png")


def test_a_taken_port_is_one_line(studios: dict[str, Running]) -> None:
    plain = studios["plain"]
    env = {"STUDIO_SANDBOX_PORT": str(plain.sandbox_port)}
    (code, said), (code_2, said_2) = outcomes_of(plain.folder, f"studio --port {plain.port}", "studio --port 0", **env)
    assert (code, said.count("\n"), code_2, said_2.count("\n")) == (1, 1, 1, 1)
    assert f"--port {plain.port}" in said
    assert f"STUDIO_SANDBOX_PORT {plain.sandbox_port}" in said_2


def test_without_a_password_it_listens_on_loopback_only_and_says_why_and_how(tmp_path: Path) -> None:
    hosts = ["0.0.0.0", "::", "192.0.2.1"]  # noqa: S104
    done = outcomes_of(tmp_path, *(f"studio --port 0 --host {host}" for host in hosts))
    for host, (code, said) in zip(hosts, done, strict=True):
        assert (code, said.count("\n")) == (1, 1)
        for word in (host, "STUDIO_PASSWORD", "spend your credits", "ssh -L"):
            assert word in said
    assert not (tmp_path / "data" / "dailies.sqlite3").exists()


def test_a_number_that_is_no_port_is_one_line(tmp_path: Path) -> None:
    commands = [f"{command} --port={port}" for command in ("studio", "sandbox") for port in (-1, 65536, 99999)]
    for command, (code, said) in zip(commands, outcomes_of(tmp_path, *commands), strict=True):
        assert (code, said.count("\n")) == (1, 1)
        assert command.partition("=")[2] in said


def test_a_data_folder_that_cannot_be_written_to_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "data" / "static.lock").mkdir(parents=True)
    [(code, said)] = outcomes_of(tmp_path, "studio --port 0 --no-worker")
    assert (code, said.count("\n")) == (1, 1)
    assert f"STUDIO_DATA_DIR: cannot write to the folder {tmp_path / 'data'}" in said


def test_behind_a_proxy_that_is_trusted_https_is_https(studios: dict[str, Running]) -> None:
    proxied = studios["proxied"]
    page = proxied.ask("GET", "/login/", X_Forwarded_Proto="https")
    assert page.status == 200
    assert page.headers["Strict-Transport-Security"].startswith("max-age=31536000")
    assert "secure" in page.headers["Set-Cookie"].lower()
    plain = proxied.ask("GET", "/login/", X_Forwarded_Proto="http")
    assert (plain.status, plain.headers["Location"]) == (301, f"https://127.0.0.1:{proxied.port}/login/")
    assert proxied.ask("GET", "/healthz").status == 503


def test_a_proxy_that_nobody_trusts_is_not_believed(studios: dict[str, Running]) -> None:
    direct = studios["direct"]
    assert direct.ask("GET", "/").status == 301
    for headers in ({"X_Forwarded_Proto": "https"}, {"X_Forwarded_Proto": "https", "Forwarded": "proto=https"}):
        refused = direct.ask("GET", "/", **headers)  # a redirect would lead there again and again
        assert refused.status == 502
        assert "STUDIO_SECURE_PROXY" in refused.text  # type: ignore[attr-defined]


def test_one_comes_in_by_the_password_alone(studios: dict[str, Running]) -> None:
    proxied, secure = studios["proxied"], {"X_Forwarded_Proto": "https"}
    assert proxied.ask("GET", "/", **secure).headers["Location"] == "/login/?next=/"
    page = proxied.ask("GET", "/login/", **secure)
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page.text)  # type: ignore[attr-defined]
    assert token is not None
    csrf, origin = page.headers["Set-Cookie"].partition(";")[0], f"https://127.0.0.1:{proxied.port}"
    for password, status in (("wrong", 200), (PASSWORD, 302)):
        form = {"username": "studio", "password": password, "csrfmiddlewaretoken": token[1]}
        answer = proxied.ask("POST", "/login/", form, Cookie=csrf, Origin=origin, **secure)
        assert answer.status == status
    cookies = "; ".join(each.partition(";")[0] for each in answer.headers.get_all("Set-Cookie", []))
    studio = proxied.ask("GET", "/", Cookie=cookies, **secure)
    assert studio.status == 200
    assert KEY not in studio.text  # type: ignore[attr-defined]


@pytest.mark.parametrize(("name", "number"), [
    ("plain", signal.SIGTERM), ("direct", signal.SIGTERM), ("proxied", signal.SIGINT),
])  # fmt: skip
def test_it_leaves_when_told(studios: dict[str, Running], name: str, number: signal.Signals) -> None:
    code, seconds, said = studios[name].end(number)
    assert (code, "Traceback" in said, KEY in said, "SECRET" in said) == (0, False, False, False)
    assert seconds < 10
