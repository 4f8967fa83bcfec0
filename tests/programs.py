"""Other people's programs that the tests use: they make files and requests as the studio's users and providers do.

`python -m tests.programs` installs the missing ones from Debian's packages, where it may. In a test,
`program("ffmpeg")` is the path; where there is none, the test is skipped aloud, and fails in CI.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

import pytest

PACKAGES = {  # program: the Debian package that holds it
    "curl": "curl",
    "espeak-ng": "espeak-ng",
    "ffmpeg": "ffmpeg",
    "ffprobe": "ffmpeg",
    "nginx": "nginx-light",
    "sox": "sox",
    "wget": "wget",
}
SKIPPED = "Please run: sudo apt install"


def find(name: str) -> str | None:
    """Debian keeps servers in a folder that is not on everybody's PATH."""
    return shutil.which(name, path=os.pathsep.join([*os.get_exec_path(), "/usr/sbin"]))


def program(name: str) -> str:
    """The path of a program; without it the test is skipped, or fails in CI."""
    path = find(name)
    if path is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(f"{SKIPPED} {PACKAGES[name]}")
    return path


def run(name: str, *arguments: object) -> str:
    """Run a program to its end; what it said."""
    command = [program(name), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def install() -> bool:
    """Whether all are there in the end. Only root on Debian can be helped."""
    missing = sorted({package for name, package in PACKAGES.items() if find(name) is None})
    if missing and os.geteuid() == 0 and shutil.which("apt-get"):
        print("Installing for the tests:", *missing, file=sys.stderr, flush=True)
        quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "check": False}
        env = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
        subprocess.run(["apt-get", "update", "-qq"], env=env, timeout=180, **quiet)
        # RUNLEVEL=1 keeps a package such as nginx from starting its service.
        command = ["apt-get", "install", "-qq", "-y", "--no-install-recommends", *missing]
        subprocess.run(command, env=env | {"RUNLEVEL": "1"}, timeout=900, **quiet)
    return all(find(name) for name in PACKAGES)


if __name__ == "__main__":
    sys.exit(None if install() else f"Some programs are missing. {SKIPPED} {' '.join(sorted(set(PACKAGES.values())))}")
