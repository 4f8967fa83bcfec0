"""Receiving the files of a form. Django writes them to the disk while it reads the form, long before any view is asked:
where that fails the form comes without the file, and the view can say why.
"""

from __future__ import annotations

import logging
from typing import Any

from django.core.files.uploadhandler import StopUpload, TemporaryFileUploadHandler
from django.http import HttpRequest

log = logging.getLogger("studio.uploads")


class FileHandler(TemporaryFileUploadHandler):
    """Large files go into temporary files."""

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        try:
            super().new_file(*args, **kwargs)
        except OSError as error:
            self._stop(error)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        try:
            super().receive_data_chunk(raw_data, start)
        except OSError as error:
            self._stop(error)

    def _stop(self, error: OSError) -> None:
        from .uploads.intake import why_not_kept

        log.error("a file that comes in cannot be written down: %s", error)
        if self.request is not None:
            self.request.META.setdefault(TROUBLES, {})[str(self.field_name)] = why_not_kept(error)
        raise StopUpload


TROUBLES = "studio.troubles"


def troubles_of(request: HttpRequest) -> dict[str, str]:
    """By the name of its field: why a file of this form is not there."""
    return dict(request.META.get(TROUBLES, {}))
