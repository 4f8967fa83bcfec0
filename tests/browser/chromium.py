"""A Chromium for the tests: finds one that works, or installs one.

`python -m tests.browser.chromium` prints its path, or one line on what to do.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import playwright
from playwright.sync_api import Error, Playwright, sync_playwright

DRIVER = Path(playwright.__file__).parent / "driver" / "node"
ADVICE = "No Chromium that starts: run `sudo apt install chromium libatomic1`, or set CHROMIUM=/path/to/chrome."
COMMANDS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = [
    "--no-sandbox",  # it will not start as root otherwise
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

# An npm package that holds the browser itself, and the libraries that a bare machine lacks.
PACKAGE = "@sparticuz/chromium@153.0.0"
UNPACKED = Path(sys.prefix) / "chromium"
UNPACK = """
const fs = require("fs"), zlib = require("zlib");
for (const name of ["chromium", "al2023.tar"])
  fs.writeFileSync(name, zlib.brotliDecompressSync(fs.readFileSync(`node_modules/@sparticuz/chromium/bin/${name}.br`)));
"""
START = """#!/bin/sh
LD_LIBRARY_PATH="${{LD_LIBRARY_PATH:+$LD_LIBRARY_PATH:}}{0}/lib" exec {0}/chromium "$@"
"""


def find() -> str | None:
    """The path of a Chromium that starts, or None."""
    if not driver_starts():
        return None
    with sync_playwright() as playwright:
        return next((path for path in candidates(playwright) if starts(playwright, path)), None)


def driver_starts() -> bool:
    """Playwright brings a program of its own, which a bare Debian lacks a library for."""
    try:
        return subprocess.run([DRIVER, "--version"], capture_output=True).returncode == 0
    except OSError:
        return False


def candidates(playwright: Playwright) -> Iterator[str]:
    if named := os.environ.get("CHROMIUM"):
        yield named
        return
    yield from filter(None, map(shutil.which, COMMANDS))
    yield playwright.chromium.executable_path
    yield str(UNPACKED / "start")


def starts(playwright: Playwright, path: str) -> bool:
    """Some machines have a stub that only names another installer, or lack a library."""
    try:
        playwright.chromium.launch(executable_path=path, args=FLAGS).close()
    except Error:
        return False
    return True


def install() -> str | None:
    """Try each way that this machine offers, until one gives a Chromium that starts."""
    if os.environ.get("CHROMIUM") and driver_starts():
        return None  # who named one wants that one
    for way in (install_from_debian, download_with_playwright, install_from_npm):
        if way() and (path := find()):
            return path
    return None


def install_from_debian() -> bool:
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return False
    os.environ["DEBIAN_FRONTEND"] = "noninteractive"
    return run("apt-get", "update", "-qq", seconds=180) and run(
        "apt-get", "install", "-qq", "-y", "--no-install-recommends", "chromium", "libatomic1", seconds=900
    )


def download_with_playwright() -> bool:
    os.environ.setdefault("PLAYWRIGHT_DOWNLOAD_CONNECTION_TIMEOUT", "5000")
    return run(sys.executable, "-m", "playwright", "install", "--no-shell", "chromium", seconds=300)


def install_from_npm() -> bool:
    if not shutil.which("npm"):
        return False
    shutil.rmtree(UNPACKED, ignore_errors=True)
    UNPACKED.mkdir()
    (UNPACKED / "package.json").write_text("{}")
    done = (
        run("npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", PACKAGE, seconds=300, folder=UNPACKED)
        and run("node", "-e", UNPACK, seconds=60, folder=UNPACKED)
        and run("tar", "-xf", "al2023.tar", seconds=60, folder=UNPACKED)
    )
    if done:
        (UNPACKED / "start").write_text(START.format(UNPACKED))
        (UNPACKED / "start").chmod(0o755)
        (UNPACKED / "chromium").chmod(0o755)
    return done


def run(*command: str, seconds: float, folder: Path | None = None) -> bool:
    """Whether a command succeeded in time. What it started ends with it."""
    print("Installing a Chromium:", " ".join(command).partition("\n")[0], file=sys.stderr, flush=True)
    process = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, start_new_session=True, cwd=folder
    )
    try:
        return process.wait(seconds) == 0
    except subprocess.TimeoutExpired:
        return False
    finally:
        if process.poll() is None:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


if __name__ == "__main__":
    sys.exit(ADVICE) if (path := find() or install()) is None else print(path)
