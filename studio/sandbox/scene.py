"""The pictures."""

from collections.abc import Iterator

from PIL import Image

from .shot import Shot

Planes = tuple[Image.Image, Image.Image, Image.Image]


class Scene:
    """One shot."""

    def __init__(self, shot: Shot) -> None:
        self.shot = shot

    def frames(self) -> Iterator[Planes]:
        """Each frame as planes of luma and of the two chromas at half its size."""
        size, half = (self.shot.width, self.shot.height), (self.shot.width // 2, self.shot.height // 2)
        sky = Image.linear_gradient("L").resize(size)
        for _ in range(self.shot.frames):
            yield sky, Image.new("L", half, 130), Image.new("L", half, 120)
