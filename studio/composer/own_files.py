"""What the composer's form knows of a person's own files."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from django import forms
from django.conf import settings

from studio.catalog import modes
from studio.catalog.links import upload_id
from studio.catalog.modes import Mode
from studio.catalog.request import LINKS
from studio.uploads.models import Upload
from studio.uploads.reachable import can_be_fetched

NOT_THERE = "This file is not there any more. Choose it again, or paste a link."
UNREACHABLE = (
    "The provider can fetch only public links, and this file is on your computer: start a temporary link · use S3 · "
    "paste a link."
)
KINDS = {"image": "picture", "audio": "recording", "video": "video"}


class FileFields(forms.Form):
    """The fields that take a link or `upload:<id>`. `live`: it is only asked what this would cost."""

    kind: Mode
    owner: Any

    def begin_files(self) -> None:
        self.live = False
        self.refusals: dict[str, str] = {}  # by field: why a file that came with the form was not taken
        self.unreachable: set[str] = set()  # the fields with files that the provider could not fetch
        self.too_long: dict[str, Upload] = {}  # by field: what can be trimmed to fit

    def typed(self, name: str) -> str:
        raise NotImplementedError

    @property
    def sends_image(self) -> bool:
        raise NotImplementedError

    @cached_property
    def uploads(self) -> dict[str, Upload | None]:
        """By field: the person's own file that it names, None where that is not there."""
        named = {name: self.typed(name) for name in LINKS if name in self.fields}
        links = {name: link for name, link in named.items() if upload_id(link) is not None}
        return {name: Upload.objects.named(link, self.owner) for name, link in links.items()}

    def follow_files(self) -> None:
        """The measured length stands for one that nobody typed."""
        field = self.kind.seconds_field
        upload = self.uploads.get(field.removesuffix("_duration"))
        if upload and upload.seconds and not self.typed(field):
            if self.is_bound:
                self.data = {**self.data, field: str(upload.tenths)}
            else:
                self.fields[field].initial = self[field].initial = str(upload.tenths)

    def other_length(self) -> str:
        """What to say where the length that was typed is not that of the file."""
        field = self.kind.seconds_field
        name = field.removesuffix("_duration")
        upload = self.uploads.get(name)
        if not upload or not upload.seconds or self.typed(field) == str(upload.tenths):
            return ""
        return f"This {KINDS[name]} is {upload.tenths} s long; {self.typed(field)} s is what you ask for."

    def _check_files(self) -> None:
        for name, refusal in self.refusals.items():
            self.errors.pop(name, None)
            self.add_error(name, refusal)
        sent = {name: upload for name, upload in self.uploads.items() if name != "image" or self.sends_image}
        for name, upload in sent.items():
            problem = self._problem_of(name, upload)
            if problem and name not in self.errors:
                self.add_error(name, problem)

    def _problem_of(self, name: str, upload: Upload | None) -> str:
        if upload is None:
            return NOT_THERE
        if upload.kind != name:
            return f"This is a {KINDS[upload.kind]}; a {KINDS[name]} belongs here."
        if upload.seconds and not modes.SECONDS_LEAST <= upload.tenths <= modes.SECONDS_MOST:
            return self._outside(name, upload)
        if not self.live and not can_be_fetched(settings.PROVIDER):
            self.unreachable.add(name)
            return UNREACHABLE
        return ""

    def _outside(self, name: str, upload: Upload) -> str:
        """Said once, beside the file: a length that was taken from it is no second mistake."""
        if self.typed(self.kind.seconds_field) == str(upload.tenths):
            self.errors.pop(self.kind.seconds_field, None)
        limits = f"{modes.SECONDS_LEAST} to {modes.SECONDS_MOST}"
        long = f"This {KINDS[name]} is {upload.tenths} s long; the API takes {limits} s."
        if upload.tenths < modes.SECONDS_LEAST:
            return f"{long} Choose a longer one."
        self.too_long[name] = upload
        return f"{long} Trim it to the part that you want."
