"""What a person does with a real studio in the browser, over HTTP."""

from __future__ import annotations

import re
import time

import requests


class StudioClient:
    """Asks for takes as a browser does."""

    def __init__(self, url: str) -> None:
        self.url, self.session = url, requests.Session()
        self.session.trust_env = False

    def get(self, path: str) -> requests.Response:
        return self.session.get(self.url + path, timeout=20)

    def token(self, page: str) -> str:
        """What a form of this page is sent with."""
        found = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
        assert found, page
        return found[1]

    def upload(self, filename: str, content: bytes) -> int:
        """The number of a file of one's own."""
        form = {"csrfmiddlewaretoken": self.token(self.get("/").text)}
        headers = {"Referer": f"{self.url}/", "Accept": "application/json"}
        files = {"file": (filename, content)}
        answer = self.session.post(f"{self.url}/uploads/", form, files=files, headers=headers, timeout=60)
        assert answer.status_code == 200, answer.text
        return int(answer.json()["id"])

    def ask(self, prompt: str) -> int:
        """The number of a new take."""
        page = self.get("/").text
        key = re.search(r'name="submission_key"[^>]* value="([^"]+)"', page)
        assert key, page
        form = {
            "type": "text-to-video", "prompt": prompt, "duration": "5", "resolution": "480p", "aspect_ratio": "16:9",
            "seed": "", "takes": "1", "csrfmiddlewaretoken": self.token(page), "submission_key": key[1],
        }  # fmt: skip
        headers = {"Referer": f"{self.url}/"}
        answer = self.session.post(f"{self.url}/generations/", form, headers=headers, timeout=20, allow_redirects=False)
        assert answer.status_code == 303, answer.text
        return int(answer.headers["Location"].strip("/").rpartition("/")[2])

    def video(self, take: int) -> bytes:
        """Its kept video, when it is there."""
        end = time.monotonic() + 90
        while (answer := self.get(f"/generations/{take}/video/")).status_code != 200:
            assert time.monotonic() < end, self.get(f"/generations/{take}/").text
            time.sleep(0.3)
        return answer.content
