"""`manage.py sandbox` as a person runs it."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import requests

ROOT = Path(__file__).resolve().parents[2]


def run(folder: Path, *arguments: str) -> "subprocess.Popen[str]":
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("LTX2_", "STUDIO_", "DJANGO_"))}
    environment = {**clean, "STUDIO_DATA_DIR": str(folder), "STUDIO_ENV_FILE": os.devnull}
    command = [sys.executable, "manage.py", "sandbox", *arguments]
    return subprocess.Popen(
        command, cwd=ROOT, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGINT])
def test_it_says_how_to_use_it_and_leaves_when_told_and_a_taken_port_is_one_line(tmp_path: Path, sent: int) -> None:
    with run(tmp_path, "--port", "0") as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        match = re.search(r"LTX2_API_BASE=(http://127\.0\.0\.1:(\d+)/api/v1) LTX2_API_KEY=(\S+)", line)
        assert match is not None, line
        headers = {"Authorization": f"Bearer {match[3]}"}
        assert requests.get(f"{match[1]}/tasks/none", headers=headers, timeout=5).status_code == 404
        if sent == signal.SIGTERM:
            with run(tmp_path, "--port", match[2]) as second:
                _, complaint = second.communicate(timeout=20)
            assert second.returncode == 1
            assert complaint.count("\n") == 1
            assert match[2] in complaint
        process.send_signal(sent)
        rest, complaints = process.communicate(timeout=20)
    assert process.returncode == 0
    assert rest + complaints == ""
