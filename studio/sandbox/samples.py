"""Sample inputs for the modes that need one: a picture, a voice, a clip. Made on first demand, then kept."""

import threading
from pathlib import Path

SAMPLES = {"image": "/samples/picture.jpg", "audio": "/samples/voice.m4a", "video": "/samples/clip.mp4"}
_PICTURE_SEED, _CLIP_SEED, _CLIP_SECONDS = 7, 21, 6.0


class Samples:
    """The samples in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock = threading.Lock()

    def get(self, path: str) -> Path:
        """The file behind one of the paths in SAMPLES."""
        file = self.folder / path.rpartition("/")[2]
        with self._lock:
            if not file.is_file():
                self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                _MAKERS[path](file)
        return file


def _make_picture(file: Path) -> None:
    from .encode import save_picture
    from .shot import Shot

    save_picture(Shot(1280, 720, 5, _PICTURE_SEED), file)


def _make_voice(file: Path) -> None:
    from .encode import make_voice

    make_voice(file)


def _make_clip(file: Path) -> None:
    from .encode import make_video
    from .shot import Shot

    make_video(Shot(854, 480, _CLIP_SECONDS, _CLIP_SEED), file)


_MAKERS = {SAMPLES["image"]: _make_picture, SAMPLES["audio"]: _make_voice, SAMPLES["video"]: _make_clip}
