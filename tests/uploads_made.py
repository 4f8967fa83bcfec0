"""Parts and frames as a worker makes them, without a worker."""

from __future__ import annotations

from typing import Any

from django.test import Client

from studio.worker.housekeeping import FileJobs


def make_files() -> None:
    FileJobs().run_once()


def made(client: Client, url: str, form: dict[str, str] | None = None) -> dict[str, Any]:
    """What a page is told of the file that it asked for; why there is none stands in `problem`."""
    answer = client.post(url, form)
    if answer.status_code != 202:
        assert answer.status_code == 422, answer.content
        refused: dict[str, Any] = answer.json()
        return refused
    make_files()
    told = client.get(answer.json()["job"]).json()
    file: dict[str, Any] = told["file"] or {"problem": told["problem"]}
    return file
