"""nginx in front of a studio, as people put it there."""

from __future__ import annotations

import socket
import subprocess
import time
from contextlib import suppress
from pathlib import Path

from tests.browser.process import free_ports
from tests.programs import program
from tests.provider.servers import CERTIFICATE

CONFIG = """
daemon off; master_process off; pid {folder}/pid; error_log {folder}/error.log;
events {{}}
http {{
  access_log off; client_max_body_size 9m;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  server {{
    listen 127.0.0.1:{port}{tls};
    location {location} {{ proxy_pass http://127.0.0.1:{to}{path}; {lines} }}
  }}
}}
"""


class Nginx:
    """On a port of its own. `location` and `path` are what stands behind those words in its configuration."""

    def __init__(
        self, folder: Path, to: int, *, location: str = "/", path: str = "", lines: str = "", tls: bool = False
    ):
        [self.port] = free_ports(1)
        self.origin = f"{'https' if tls else 'http'}://127.0.0.1:{self.port}"
        folder.mkdir()
        secure = f" ssl; ssl_certificate {CERTIFICATE}; ssl_certificate_key {CERTIFICATE}" if tls else ""
        config = folder / "nginx.conf"
        config.write_text(
            CONFIG.format(folder=folder, port=self.port, tls=secure, location=location, to=to, path=path, lines=lines)
        )
        command = [program("nginx"), "-p", str(folder), "-c", str(config), "-e", str(folder / "error.log")]
        self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True)
        end = time.monotonic() + 20
        while not self._listens():
            assert self._process.poll() is None, (folder / "error.log").read_text()
            assert time.monotonic() < end
            time.sleep(0.05)

    def _listens(self) -> bool:
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1):
            return True
        return False

    def end(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
