"""Frames of a video as they are to be seen: upright, in square pixels, in the colours of an ordinary screen."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

HDR = (16, 18)  # transfers that are made for brighter screens: PQ and HLG
BT709, UNSPECIFIED, BT2020 = 1, 2, 9  # as a file's colour tags number them
_MATRICES = (BT709, 4, 5, 6, 7, BT2020)  # those that can be computed with
_PRIMARIES = (BT709, 4, 5, 6, 7, 8, BT2020, 10, 11, 12, 22)
_UNSAID = (0, UNSPECIFIED)
SQUARE = Fraction(1)
MOST_STRETCH = 4  # beyond that a file's note on the shape of its pixels is an error


@dataclass(frozen=True)
class Look:
    """How the pictures of a video are meant, as its file says it: to be read before any of them is decoded, since some
    coders say of each picture that they do not know.
    """

    stretch: Fraction = SQUARE  # how wide a pixel is, where its height is 1
    matrix: int = UNSPECIFIED
    primaries: int = UNSPECIFIED
    transfer: int = UNSPECIFIED

    @classmethod
    def of(cls, stream: Any) -> Look:
        context = stream.codec_context
        return cls(stretch_of(stream), context.colorspace, context.color_primaries, context.color_trc)

    def complete(self, frame: Any) -> Any:
        """The frame, with what it does not say itself."""
        if frame.colorspace == UNSPECIFIED and not frame.format.is_rgb:
            frame.colorspace = self.matrix
        if frame.color_primaries in _UNSAID:
            frame.color_primaries = self.primaries
        if frame.color_trc in _UNSAID:
            frame.color_trc = self.transfer
        return frame


def stretch_of(stream: Any) -> Fraction:
    """How wide a pixel of this video is, where its height is 1. A difference that nobody sees counts as none."""
    stretch = Fraction(stream.sample_aspect_ratio or SQUARE)
    if not Fraction(1, MOST_STRETCH) <= stretch <= MOST_STRETCH or abs(stretch - 1) < Fraction(1, 100):
        return SQUARE
    return stretch


def turn_of(frame: Any) -> int:
    """How many degrees, against the clock, a frame is to be turned: phones record lying down and note it."""
    return int(round(frame.rotation / 90) * 90 % 360)


def size_of(width: int, height: int, stretch: Fraction, turn: int) -> tuple[int, int]:
    """Width and height as it is shown."""
    wide = max(1, round(width * stretch))
    return (height, wide) if turn in (90, 270) else (wide, height)


def matrix_of(frame: Any) -> int:
    """The matrix of a frame's colours once they are brightness and difference, as video encoders take them."""
    if frame.format.is_rgb or frame.format.has_palette:
        return BT709
    return frame.colorspace if frame.colorspace in _MATRICES else UNSPECIFIED


def is_hdr(frame: Any) -> bool:
    return frame.color_trc in HDR


def picture_of(frame: Any, look: Look, width: int | None = None) -> Any:
    """One frame as a PIL image, so many pixels wide at most."""
    look.complete(frame)
    turn = turn_of(frame)
    wide, high = size_of(frame.width, frame.height, look.stretch, turn)
    if width is not None and wide > width:
        wide, high = width, max(2, round(high * width / wide))
    screen = Screen((wide, high), turn, "rgb24", "area")
    if frame.pts is None:
        frame.pts = 0
    return [*screen.show(frame), *screen.rest()][0].to_image()


class Screen:
    """Shows frames in one size. Takes them one by one, and may hold some back until `rest`. `pixels`: their format."""

    def __init__(self, size: tuple[int, int], turn: int, pixels: str, scaling: str = "bicubic") -> None:
        self.size, self.turn, self.pixels, self.scaling = size, turn, pixels, scaling
        self.graph: Any = None
        self.made_for: tuple[Any, ...] = ()
        self.interlaced = False

    def show(self, frame: Any) -> list[Any]:
        _tidy(frame)
        self.interlaced = self.interlaced or frame.interlaced_frame
        colours = (frame.format.name, frame.colorspace, frame.color_range, frame.color_trc)
        now = (frame.width, frame.height, *colours, frame.time_base, self.interlaced)
        done = []
        if now != self.made_for:  # also in the middle: calls over the network are recorded in sizes that change
            done = self.rest()
            self.graph, self.made_for = self._graph(frame), now
        self.graph.push(frame)
        return done + self._shown()

    def rest(self) -> list[Any]:
        if self.graph is None:
            return []
        self.graph.push(None)
        done, self.graph, self.made_for = self._shown(), None, ()
        return done

    def _shown(self) -> list[Any]:
        import av

        done = []
        while True:
            try:
                done.append(self.graph.pull())
            except (av.error.BlockingIOError, av.error.EOFError):
                return done

    def _graph(self, frame: Any) -> Any:
        import av

        graph = av.filter.Graph()
        steps = [
            graph.add(
                "buffer",
                video_size=f"{frame.width}x{frame.height}",
                pix_fmt=frame.format.name,
                time_base=str(frame.time_base or Fraction(1, 1000)),
                colorspace=str(frame.colorspace),
                range=str(frame.color_range),
            )
        ]
        if self.interlaced:
            steps.append(graph.add("bwdif", "mode=send_frame:deint=interlaced"))
        for name, options in [*self._scaling(frame), ("format", self.pixels), *self._turning()]:
            steps.append(graph.add(name, options))
        graph.link_nodes(*steps, graph.add("buffersink")).configure()
        return graph

    def _scaling(self, frame: Any) -> list[tuple[str, str]]:
        """First the size, then the colours, which take longer. FFmpeg's `scale` does the tone mapping as well."""
        wide, high = reversed(self.size) if self.turn in (90, 270) else self.size
        colours = [] if self.pixels == "rgb24" else ["out_range=tv"]
        if is_hdr(frame):
            colours += ["out_primaries=bt709", "out_transfer=bt709", "out_color_matrix=bt709"]
        elif self.pixels != "rgb24" and (frame.format.is_rgb or frame.format.has_palette):
            colours += ["out_color_matrix=bt709"]
        steps = [("scale", f"{wide}:{high}:flags={self.scaling}")]
        return [*steps, ("scale", ":".join(colours))] if colours else steps

    def _turning(self) -> list[tuple[str, str]]:
        ways = {90: ["cclock"], 180: ["clock", "clock"], 270: ["clock"]}.get(self.turn, [])
        return [("transpose", way) for way in ways]


def _tidy(frame: Any) -> None:
    """Tags that are not needed, or that nothing can be done with, are taken off: libav refuses frames for them."""
    if not frame.format.is_rgb and frame.colorspace not in _MATRICES:
        frame.colorspace = BT2020 if is_hdr(frame) else UNSPECIFIED
    if not is_hdr(frame):
        frame.color_trc = frame.color_primaries = UNSPECIFIED
    elif frame.color_primaries not in _PRIMARIES or frame.color_primaries == UNSPECIFIED:
        frame.color_primaries = BT2020
