"""The four modes of LTX-2: which parameters each takes, their limits, and the words that people read for them.

Names are the API's own. Source: the provider's documentation of `POST /videos/generations`.
"""

from dataclasses import dataclass

MODEL = "ltx-2"

PROMPT_LIMIT = 2500  # characters; the provider says "for most models"
SECONDS_LEAST, SECONDS_MOST, SECONDS_STEP = 5, 20, 5
SEED_RANDOM, SEED_MOST = -1, 2147483647
TAKES_MOST = 8

RESOLUTIONS = ("480p", "720p", "1080p")
DEFAULT_RESOLUTION = "720p"
ASPECT_RATIOS = {"16:9": "Landscape 16:9", "9:16": "Portrait 9:16"}
DEFAULT_ASPECT_RATIO = "16:9"

CONTROL_MODES = {
    "pose": "Movement of people",
    "depth": "Depth and layout",
    "canny": "Outlines, closest to the original",
}
DEFAULT_CONTROL_MODE = "pose"
AUDIO_MODES = {
    "preserve": "Keep the original",
    "generate": "New, to fit the picture",
    "none": "Silent",
}
DEFAULT_AUDIO_MODE = "preserve"


@dataclass(frozen=True)
class Mode:
    """One mode. `seconds_field` is the parameter that carries its length; `links` are its URL parameters."""

    name: str
    title: str
    purpose: str
    prompt_required: bool
    seconds_field: str
    whole_seconds: bool
    links: tuple[str, ...] = ()
    optional_links: tuple[str, ...] = ()
    has_aspect_ratio: bool = False
    has_control: bool = False


MODES: dict[str, Mode] = {
    mode.name: mode
    for mode in (
        Mode(
            "text-to-video",
            "Text",
            "A video from words alone",
            prompt_required=True,
            seconds_field="duration",
            whole_seconds=True,
            has_aspect_ratio=True,
        ),
        Mode(
            "image-to-video",
            "Image",
            "A picture that begins to move",
            prompt_required=True,
            seconds_field="duration",
            whole_seconds=True,
            links=("image",),
        ),
        Mode(
            "lipsync",
            "Lipsync",
            "A presenter who speaks your recording",
            prompt_required=False,
            seconds_field="audio_duration",
            whole_seconds=False,
            links=("audio",),
            optional_links=("image",),
        ),
        Mode(
            "control",
            "Control",
            "A new look for a video you have",
            prompt_required=False,
            seconds_field="video_duration",
            whole_seconds=False,
            links=("video",),
            has_control=True,
        ),
    )
}
DEFAULT_MODE = "text-to-video"
