"""Other people's programs fetch what the studio serves: whole, or going on where they stopped, on both ports."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser.process import Studio, started
from tests.programs import run

from .test_links_port import insert, signed

FRAMES = 100


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Some megabytes, with the index at the end, as cameras write it: a player has to jump there and back."""
    path = tmp_path_factory.mktemp("film") / "film.mp4"
    noise = f"testsrc=s=640x360:r=25:d={FRAMES / 25},noise=alls=60:allf=t"
    run("ffmpeg", "-f", "lavfi", "-i", noise, "-f", "lavfi", "-i", "sine=d=4", "-c:v", "libx264", "-crf", "18",
        "-preset", "ultrafast", "-shortest", path)  # fmt: skip
    assert path.stat().st_size > 4 << 20
    return path


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    with started(tmp_path_factory.mktemp("fetchers")) as studio:
        yield studio


@pytest.fixture(scope="module")
def links(studio: Studio, film: Path) -> dict[str, str]:
    """The same film as a kept video on the studio's own port, and as an upload on the port of links."""
    studio.keep(f"Path({str(film)!r}).read_bytes(), poster=None")
    content = film.read_bytes()
    sha256 = hashlib.sha256(content).hexdigest()
    place = studio.data_dir / "uploads" / f"{sha256}.mp4"
    place.parent.mkdir(exist_ok=True)
    place.write_bytes(content)
    pk = insert(
        studio, "studio_upload", owner_id=1, kind="video", sha256=sha256, name=f"uploads/{place.name}", poster="",
        filename="film.mp4", content_type="video/mp4", bytes=len(content), has_sound=1,
        created_at="2026-11-22 12:00:00", used_at="2026-11-22 12:00:00",
    )  # fmt: skip
    signed_link = (
        f"http://127.0.0.1:{studio.links_port}{signed(studio, pk, sha256=sha256).replace('image.png', 'video.mp4')}"
    )
    return {"pages": f"{studio.url}/generations/1/video/", "links": signed_link}


def frames(source: object, *before: object) -> list[str]:
    said = run("ffmpeg", "-v", "error", *before, "-i", source, "-map", "0", "-f", "framemd5", "-")
    return [line for line in said.splitlines() if not line.startswith("#")]


@pytest.mark.parametrize("port", ["pages", "links"])
def test_ffmpeg_decodes_every_frame_from_the_link(links: dict[str, str], film: Path, port: str) -> None:
    wanted = frames(film)
    assert sum(line.startswith("0,") for line in wanted) == FRAMES
    assert frames(links[port]) == wanted
    assert frames(links[port], "-ss", 2) == frames(film, "-ss", 2)


@pytest.mark.parametrize("had", [0, 1, 1 << 20, -1])
@pytest.mark.parametrize("port", ["pages", "links"])
def test_what_was_left_in_the_middle_is_gone_on_with(
    links: dict[str, str], film: Path, tmp_path: Path, port: str, had: int
) -> None:
    content = film.read_bytes()
    for name, options in (("curl", ["-sS", "--fail", "-C", "-", "-o"]), ("wget", ["-q", "-c", "-O"])):
        path = tmp_path / name
        path.write_bytes(content[:had])
        run(name, *options, path, links[port])
        assert path.read_bytes() == content


@pytest.mark.parametrize("port", ["pages", "links"])
@pytest.mark.parametrize("asked", ["100-", "0-", "5-4000000", "-3000000"])
def test_a_range_is_all_that_was_asked_for(links: dict[str, str], film: Path, tmp_path: Path, port: str, asked: str):
    content, path = film.read_bytes(), tmp_path / "part"
    first, _, last = asked.partition("-")
    wanted = content[int(first) : int(last) + 1 if last else None] if first else content[-int(last) :]
    run("curl", "-sS", "--fail", "-r", asked, "-o", path, links[port])
    assert path.read_bytes() == wanted
