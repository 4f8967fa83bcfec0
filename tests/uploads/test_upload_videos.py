"""Videos of phones and cameras among a person's own files: what is kept is what a provider can see as it is meant."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from studio.uploads.models import Upload
from tests.media.others import beep, counted, frames, heard, streams, written
from tests.media.test_place import SPOKEN
from tests.media.test_place import made as film
from tests.uploads_made import made

from .test_views import body, send

pytestmark = pytest.mark.django_db
X264 = ("-c:v", "libx264", "-preset", "veryfast", "-c:a", "aac")


def kept(client: Client, said: dict[str, Any]) -> bytes:
    return body(client.get(said["url"]))


def test_a_squeezed_video_that_may_be_sent_as_it_is_gets_square_pixels(client: Client) -> None:
    whole = written("a.mp4", *counted(6), *beep(6), "-vf", "setsar=4/3", *X264)
    said = send(client, whole, "video").json()
    assert (said["width"], said["height"], said["seconds"], said["has_sound"]) == (84, 48, 6, True)
    picture = streams(kept(client, said))[0]
    assert (picture["width"], picture["height"], picture.get("sample_aspect_ratio", "N/A")) == (84, 48, "N/A")
    assert len(frames(kept(client, said))) == 180


def test_a_squeezed_video_that_is_too_long_gets_them_when_a_part_is_cut_out(client: Client) -> None:
    whole = written("a.mp4", *counted(24), *beep(24), "-vf", "setsar=4/3", *X264, "-g", "30")
    said = send(client, whole, "video").json()
    assert (said["width"], said["height"], kept(client, said)) == (85, 48, whole)
    part = made(client, f"/uploads/{said['id']}/trim/", {"start": "3", "seconds": "8"})
    assert (part["width"], part["height"], part["seconds"]) == (84, 48, 8)


def test_a_part_of_what_a_phone_recorded_in_poor_light_shows_and_sounds_like_the_whole(client: Client) -> None:
    thinned = ("-vf", "select='lt(t,4)+lt(mod(n,5),4)'", "-vsync", "vfr")
    whole = written("a.mov", *counted(12), "-itsoffset", "2", *beep(10), *thinned, *X264, "-g", "999")
    said = send(client, whole, "video").json()
    part = made(client, f"/uploads/{said['id']}/trim/", {"start": "1", "seconds": "8"})
    assert part["seconds"] == 8
    out = kept(client, part)
    expected = [time - 1 for time, _ in frames(whole) if 1 <= time < 9 - 0.002]
    assert [time for time, _ in frames(out)] == pytest.approx(expected, abs=0.002)
    assert heard(out) == [(pytest.approx(1, abs=0.03), pytest.approx(8, abs=0.05))]


@pytest.mark.parametrize("name", ["ProRes", "B-frames in MKV", "text track"])
def test_where_it_was_recorded_is_not_kept(client: Client, name: str) -> None:
    said = send(client, film(name), "video").json()
    assert not SPOKEN.search(kept(client, said))
    assert Upload.objects.get().has_sound
