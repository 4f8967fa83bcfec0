"""Takes that are finished and kept, made on the spot: `python -m tests.browser.kept` puts them into a studio's data."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.browser.process import Studio

ROOT = Path(__file__).resolve().parents[2]
SECONDS, RATE = 3, 24


def keep(studio: Studio, *takes: dict[str, Any]) -> list[int]:
    """Store these takes, oldest first; their ids. `size` and `rate` are the video's, the rest is asked for.

    `keep(studio, {"prompt": "A sea", "size": (180, 320)})`
    """
    command = [sys.executable, "-m", "tests.browser.kept", json.dumps(takes)]
    done = subprocess.run(command, cwd=ROOT, env=studio.env, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    return [int(word) for word in done.stdout.split()]


def clip(path: Path, width: int, height: int, rate: int, shade: int) -> None:
    """A bar runs from left to right over an even grey, so that each frame differs."""
    import av

    with av.open(str(path), "w") as file:
        stream = file.add_stream("h264", rate=rate)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        for number in range(SECONDS * rate):
            frame = av.VideoFrame(width, height, "yuv420p")
            luma = bytearray(bytes([shade]) * frame.planes[0].buffer_size)
            at = width * number // (SECONDS * rate)
            for line in range(height):
                luma[line * frame.planes[0].line_size + at] = 235
            frame.planes[0].update(bytes(luma))
            for plane in frame.planes[1:]:
                plane.update(bytes([128]) * plane.buffer_size)
            file.mux(stream.encode(frame))
        file.mux(stream.encode())


def store(wanted: list[dict[str, Any]]) -> list[int]:
    import io
    import tempfile

    from django.core.files.base import ContentFile
    from django.core.files.storage import default_storage
    from django.db import transaction
    from django.utils import timezone
    from PIL import Image

    from studio.catalog.request import GenerationRequest
    from studio.generations.connections import Connection
    from studio.generations.kept_video import KeptVideo
    from studio.generations.models import Generation
    from studio.middleware import local_user

    clips: dict[tuple[int, int, int], bytes] = {}

    def one(number: int, each: dict[str, Any]) -> int:
        width, height = each.pop("size", (320, 180))
        rate = each.pop("rate", RATE)
        if (width, height, rate) not in clips:
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder) / "clip.mp4"
                clip(path, width, height, rate, 60 + 20 * len(clips))
                clips[width, height, rate] = path.read_bytes()
        shape = "9:16" if height > width else "16:9"
        asked = {"type": "text-to-video", "resolution": "480p", "seed": number + 1, "aspect_ratio": shape, **each}
        request = GenerationRequest.parse(asked)
        key = f"kept-{timezone.now().timestamp()}-{number}"
        take = Generation.objects.enqueue(local_user(), Connection.configured(), [request], key=key, digest=key)[0]
        video = default_storage.save(f"videos/test/{take.pk:04}.mp4", ContentFile(clips[width, height, rate]))
        picture = io.BytesIO()
        Image.new("RGB", (width, height), (90 + number % 100, 110, 130)).save(picture, "JPEG")
        poster = default_storage.save(f"posters/test/{take.pk:04}.jpg", ContentFile(picture.getvalue()))
        KeptVideo.objects.create(
            generation=take, name=video, poster=poster, content_type="video/mp4", sha256=f"{take.pk:064}",
            bytes=len(clips[width, height, rate]), width=width, height=height, seconds=SECONDS, frame_rate=rate,
            has_sound=False, kept_at=timezone.now(),
        )  # fmt: skip
        finished = {"status": "succeeded", "charged": "yes", "credits": 20, "keeping": "kept", "due_at": None}
        Generation.objects.filter(pk=take.pk).update(claim_token="", finished_at=timezone.now(), **finished)
        return take.pk

    with transaction.atomic():  # the worker sees them when they are finished
        return [one(number, each) for number, each in enumerate(wanted)]


if __name__ == "__main__":
    import os

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "studio.settings")
    import django

    django.setup()
    print(*store(json.loads(sys.argv[1])))
