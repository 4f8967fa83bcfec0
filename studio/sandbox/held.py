"""A given picture as a shot: a slow push into it."""

from collections.abc import Iterator

from PIL import Image, ImageEnhance, ImageFilter, ImageOps

from .shot import Shot
from .slate import slate
from .texture import BICUBIC, BILINEAR, Planes

PUSH = 0.10  # how much larger it is at the end
ROOM = 1.25  # how much sharper the picture is than the shot, so that the push shows no pixels
_LUMA, _CHROMA = 219 / 255, 224 / 255
# BT.709 in limited range, as the encoder says of its frames.
_MATRIX = (
    _LUMA * 0.2126, _LUMA * 0.7152, _LUMA * 0.0722, 16.0,
    _CHROMA * -0.1146, _CHROMA * -0.3854, _CHROMA * 0.5, 128.0,
    _CHROMA * 0.5, _CHROMA * -0.4542, _CHROMA * -0.0458, 128.0,
)  # fmt: skip


class Held:
    """The frames of a shot that begins with a picture."""

    def __init__(self, shot: Shot, picture: Image.Image) -> None:
        self.shot, self.slate = shot, slate(shot)
        size = (round(shot.width * ROOM), round(shot.height * ROOM))
        self.planes = _framed(picture, size).convert("RGB", _MATRIX).split()

    def frames(self) -> Iterator[Planes]:
        """Each frame as planes of luma and of the two chromas at half its size."""
        for number in range(self.shot.frames):
            canvas = self._at(number / max(1, self.shot.frames - 1))
            for layer in self.slate:
                layer.draw(canvas, number)
            yield canvas

    def _at(self, share: float) -> Planes:
        width, height = self.planes[0].size
        inset = PUSH / (1 + PUSH) / 2 * share
        box = (width * inset, height * inset, width * (1 - inset), height * (1 - inset))
        whole, half = (self.shot.width, self.shot.height), (self.shot.width // 2, self.shot.height // 2)
        luma, blue, red = self.planes
        return luma.resize(whole, BILINEAR, box), blue.resize(half, BILINEAR, box), red.resize(half, BILINEAR, box)


def _framed(picture: Image.Image, size: tuple[int, int]) -> Image.Image:
    """All of the picture; what it leaves free of the shot is a dark, blurred copy of it."""
    small = ImageOps.fit(picture, (size[0] // 8, size[1] // 8), BICUBIC)
    ground = ImageEnhance.Brightness(small.filter(ImageFilter.GaussianBlur(4))).enhance(0.5).resize(size, BICUBIC)
    whole = ImageOps.contain(picture, size, BICUBIC)
    ground.paste(whole, ((size[0] - whole.width) // 2, (size[1] - whole.height) // 2))
    return ground
