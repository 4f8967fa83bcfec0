"""What is seen of a video, in posters, frames and parts: the colours, the shape and the way up of the whole."""

import io
from decimal import Decimal

import pytest
from PIL import Image

from studio.media.formats import format_of, read_head
from studio.media.untrusted import cut, examine, measure, picture_at

from .clips import write
from .others import beep, colour, counted, frames, streams, written

DARK = "color=c=0x1f1f1f:s=64x48:r=25:d=6"
X264 = ("-c:v", "libx264", "-preset", "veryfast", "-g", "999")
TAGS = {
    "bt709": ("bt709", "bt709", "bt709"),
    "smpte170m": ("smpte170m", "smpte170m", "smpte170m"),
    "bt470bg": ("bt470bg", "bt470bg", "smpte170m"),
    "bt2020": ("bt2020nc", "bt2020", "bt2020-10"),
}  # matrix, primaries, transfer
CLOSE = 3
GREY = 187  # three quarters of the light of white, on an ordinary screen


def tagged(name, source, *options, pixels="yuv420p", full=False, tags="bt709"):
    matrix, primaries, transfer = TAGS[tags]
    scale = f"scale=out_color_matrix={matrix.removesuffix('nc')}:out_range={'pc' if full else 'tv'},format={pixels}"
    told = ("-colorspace", matrix, "-color_primaries", primaries, "-color_trc", transfer)
    span = ("-color_range", "pc" if full else "tv")
    return written(name, "-f", "lavfi", "-i", source, "-vf", scale, *(options or X264), *told, *span)


def opened(content):
    file = io.BytesIO(content)
    return file, format_of(read_head(file))


def part(content, start="0.5", length="5"):
    with cut(*opened(content), Decimal(start), Decimal(length), least=5) as out:
        return out.read()


def pictures(content, tmp_path=None):
    """Every picture that we make of a video."""
    facts = measure(*opened(content))
    yield Image.open(io.BytesIO(facts.poster)).convert("RGB")
    with picture_at(*opened(content), Decimal(1)) as out:
        yield Image.open(io.BytesIO(out.read())).convert("RGB")
    if tmp_path and not content.startswith(b"RIFF"):
        yield Image.open(io.BytesIO(examine(write(tmp_path / "a", content)).poster)).convert("RGB")


def middle(image):
    return image.getpixel((image.width // 2, image.height // 2))


@pytest.mark.parametrize("tags", TAGS)
@pytest.mark.parametrize("full", [True, False], ids=["full", "limited"])
def test_a_part_is_as_dark_as_the_whole_and_says_how_its_colours_are_meant(tags, full):
    for red in ("0x1f1f1f", "0xc03020"):
        whole = tagged("a.mp4", DARK.replace("0x1f1f1f", red), full=full, tags=tags)
        out = part(whole)
        assert colour(out, 1) == pytest.approx(colour(whole, 1), abs=CLOSE)
        assert middle(next(pictures(whole))) == pytest.approx(colour(whole, 1), abs=CLOSE)
        found = streams(out)[0]
        assert (found["color_space"], found["color_primaries"], found["color_transfer"]) == TAGS[tags]
        assert (found["pix_fmt"], found["codec_name"]) == ("yuv420p", "h264")


@pytest.mark.parametrize(("name", "options", "pixels"), [
    ("a.mp4", X264, "yuvj420p"), ("a.avi", ("-c:v", "mjpeg", "-q:v", "2"), "yuvj422p"),
    ("a.mov", ("-c:v", "prores_ks"), "yuv422p10le"), ("a.mov", ("-c:v", "prores_ks"), "yuva444p10le"),
    ("a.mov", ("-c:v", "qtrle"), "rgb24"), ("a.mov", ("-c:v", "png"), "rgba"), ("a.avi", ("-c:v", "ffv1"), "gray"),
    ("a.mp4", X264, "yuv444p"), ("a.mkv", ("-c:v", "libx265", "-x265-params", "log-level=0"), "yuv420p10le"),
    ("a.mp4", (*X264[2:], "-c:v", "libx264rgb"), "rgb24"),
], ids=lambda value: value if isinstance(value, str) else "")  # fmt: skip
def test_pictures_of_any_make_keep_their_colours(tmp_path, name, options, pixels):
    source = (DARK if pixels == "gray" else DARK.replace("0x1f1f1f", "0x2040c0"), "-vf", f"format={pixels}")
    whole = written(name, "-f", "lavfi", "-i", *source, *options)
    expected = colour(whole, 1)
    assert colour(part(whole), 1) == pytest.approx(expected, abs=2 * CLOSE)
    for image in pictures(whole, tmp_path if name != "a.mkv" else None):
        assert middle(image) == pytest.approx(expected, abs=2 * CLOSE)


@pytest.mark.parametrize(("transfer", "code"), [("smpte2084", "0x7f7f7f"), ("arib-std-b67", "0x9f9f9f")])
@pytest.mark.parametrize("coder", ["libx265", "prores_ks"])
def test_what_was_made_for_brighter_screens_is_toned_for_ordinary_ones(tmp_path, transfer, code, coder):
    source = ("-f", "lavfi", "-i", f"color=c={code}:s=64x48:r=25:d=6", *beep(6))
    told = ("-color_primaries", "bt2020", "-color_trc", transfer, "-colorspace", "bt2020nc", "-color_range", "tv")
    params = f"log-level=0:keyint=999:colorprim=bt2020:transfer={transfer}:colormatrix=bt2020nc"
    coded = ("-x265-params", params, "-pix_fmt", "yuv420p10le") if coder == "libx265" else ("-pix_fmt", "yuv422p10le")
    whole = written("a.mov", *source, "-c:v", coder, *coded, *told, "-c:a", "aac")
    for image in pictures(whole, tmp_path):
        assert middle(image) == pytest.approx((GREY, GREY, GREY), abs=8)
    out = part(whole)
    assert colour(out, 1) == pytest.approx((GREY, GREY, GREY), abs=8)
    found = streams(out)[0]
    assert (found["color_space"], found["color_primaries"], found["color_transfer"]) == ("bt709", "bt709", "bt709")
    assert found["pix_fmt"] == "yuv420p"


# Shape ----------------------------------------------------------------------------------------------------------------

WIDE = ("-f", "lavfi", "-i", "color=c=black:s=144x108:r=25:d=6,drawbox=x=36:y=27:w=72:h=54:color=white:t=fill")


@pytest.mark.parametrize(("sar", "size"), [("4/3", (192, 108)), ("8/9", (128, 108)), ("2/1", (288, 108))])
@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.mov"])
def test_pixels_that_are_not_square_are_shown_and_sent_as_they_are_meant(tmp_path, name, sar, size):
    whole = written(name, *WIDE, "-vf", f"setsar={sar}", *X264)
    facts = measure(*opened(whole))
    assert (facts.width, facts.height, facts.squeezed) == (*size, True)
    for image in pictures(whole, tmp_path if name != "a.mkv" else None):
        assert image.size == size
        left, top, right, bottom = image.convert("L").point(lambda level: 255 * (level > 128)).getbbox()
        assert (left, top, right, bottom) == pytest.approx((size[0] / 4, 27, size[0] * 3 / 4, 81), abs=2)
    for start in ("0", "0.5"):  # also where it could be copied
        out = part(whole, start)
        assert (streams(out)[0]["width"], streams(out)[0]["height"]) == size
        assert streams(out)[0].get("sample_aspect_ratio", "1:1") in ("1:1", "N/A")
        assert not measure(*opened(out)).squeezed


def test_pixels_that_are_square_but_for_an_error_are_left_alone():
    for sar in ("1001/1000", "1/60"):
        whole = written("a.mp4", *WIDE, "-vf", f"setsar={sar}", *X264)
        assert measure(*opened(whole)).width == 144
        assert not measure(*opened(whole)).squeezed


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_squeezed_and_lying_down_at_once(turn):
    lying = written("b.mp4", *WIDE, "-vf", "setsar=4/3", *X264)
    whole = written(
        "a.mp4", "-i", "b.mp4", "-c", "copy", "-metadata:s:v:0", f"rotate={turn}", files=(("b.mp4", lying),)
    )
    size = (192, 108) if turn == 180 else (108, 192)
    assert (measure(*opened(whole)).width, measure(*opened(whole)).height) == size
    assert {image.size for image in pictures(whole)} == {size}
    assert (streams(part(whole))[0]["width"], streams(part(whole))[0]["height"]) == size


def test_odd_sides_and_half_pictures_come_out_whole():
    odd = written("a.mov", *counted(6), "-vf", "scale=65:49", "-c:v", "prores_ks", "-pix_fmt", "yuv444p10le")
    assert (streams(part(odd))[0]["width"], streams(part(odd))[0]["height"]) == (64, 48)
    halves = written("a.mp4", *counted(6, 50), "-vf", "interlace", "-flags", "+ildct+ilme", *X264)
    out = part(halves)
    assert len(frames(out)) == 126  # and the one that is there when the part begins
    assert streams(out)[0].get("field_order", "progressive") == "progressive"
