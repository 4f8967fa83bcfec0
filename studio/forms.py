"""From what the browser sends to a GenerationRequest, with a message beside each field that is wrong."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms
from django.conf import settings

from studio.catalog import modes
from studio.catalog.credits import Estimate, estimate
from studio.catalog.links import why_not_public
from studio.catalog.modes import MODES, Mode
from studio.catalog.request import GenerationRequest, InvalidRequest
from studio.models import Generation
from studio.models.submission import digest_of

SHARED = ("prompt", "resolution", "seed", "takes")  # what every mode has, and a switch keeps
NOT_SETTINGS = ("submission_key", "csrfmiddlewaretoken")


def new_key() -> str:
    return secrets.token_urlsafe(16)


def _choices(words: Mapping[str, str]) -> list[tuple[str, str]]:
    return list(words.items())


class ComposerForm(forms.Form):
    """The composer of one mode. Fields bear the API's names; what the catalog says about them becomes their errors."""

    prompt = forms.CharField(required=False, label="Prompt", widget=forms.Textarea(attrs={"rows": 5}))
    image = forms.CharField(required=False, label="Picture")
    audio = forms.CharField(required=False, label="Recording")
    video = forms.CharField(required=False, label="Video")
    send_image = forms.BooleanField(required=False, label="Experimental: send a face picture")
    duration = forms.CharField(required=False, label="Length")
    audio_duration = forms.CharField(required=False, label="Length of the recording")
    video_duration = forms.CharField(required=False, label="Length of the video")
    resolution = forms.CharField(required=False, label="Resolution")
    aspect_ratio = forms.CharField(required=False, label="Shape")
    mode = forms.CharField(required=False, label="What to keep from your video")
    audio_mode = forms.CharField(required=False, label="Sound")
    seed = forms.CharField(required=False, label="Seed")
    takes = forms.CharField(required=False, label="Takes")
    repeat = forms.BooleanField(required=False, label="Make it again all the same")
    submission_key = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)

    CHOICES = {
        "resolution": [(name, name) for name in modes.RESOLUTIONS],
        "aspect_ratio": _choices(modes.ASPECT_RATIOS),
        "mode": _choices(modes.CONTROL_MODES),
        "audio_mode": _choices(modes.AUDIO_MODES),
    }
    DEFAULTS = {
        "resolution": modes.DEFAULT_RESOLUTION,
        "aspect_ratio": modes.DEFAULT_ASPECT_RATIO,
        "mode": modes.DEFAULT_CONTROL_MODE,
        "audio_mode": modes.DEFAULT_AUDIO_MODE,
        "takes": "1",
    }

    def __init__(self, mode: Mode, data: Mapping[str, Any] | None = None, *, owner: Any = None, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.kind, self.owner = mode, owner
        self.request: GenerationRequest | None = None
        self.same_take: Generation | None = None
        wanted = {*SHARED, *mode.links, *mode.optional_links, mode.seconds_field, "repeat", "submission_key"}
        wanted |= {"aspect_ratio"} if mode.has_aspect_ratio else set()
        wanted |= {"mode", "audio_mode"} if mode.has_control else set()
        wanted |= {"send_image"} if mode.optional_links else set()
        self.fields = {name: field for name, field in self.fields.items() if name in wanted}
        for name, default in self.DEFAULTS.items():
            if name in self.fields:
                self.fields[name].initial = default
        self.fields[mode.seconds_field].initial = str(modes.SECONDS_LEAST)
        self.fields["submission_key"].initial = new_key()

    # What was typed ---------------------------------------------------------------------------------------------------

    def typed(self, name: str) -> str:
        """The text of a field as it stands, its default where nothing was typed."""
        value = self[name].value()
        return str(self.fields[name].initial or "") if value in (None, "") else str(value).strip()

    @property
    def sends_image(self) -> bool:
        return "send_image" not in self.fields or bool(self["send_image"].value())

    def _parameters(self) -> dict[str, str]:
        parameters = {name: self.typed(name) for name in self.fields}
        if not self.sends_image:
            parameters["image"] = ""
        return {**parameters, "type": self.kind.name}

    @property
    def digest(self) -> str:
        """Of all that was typed: the same press of the button has the same one."""
        return digest_of({name: self.data.get(name, "") for name in sorted(self.data) if name not in NOT_SETTINGS})

    # What is wrong with it --------------------------------------------------------------------------------------------

    def clean(self) -> dict[str, Any]:
        try:
            self.request = GenerationRequest.parse(self._parameters())
        except InvalidRequest as error:
            for name, message in error.errors.items():
                self.add_error(name, message)
        if self.sends_image and "send_image" in self.fields and not self.typed("image"):
            self.add_error("image", "Paste a link to the face picture, or switch it off.")
        self._check_links()
        if not 1 <= self.take_count <= modes.TAKES_MOST:
            self.add_error("takes", f"Choose 1 to {modes.TAKES_MOST} takes.")
        if self.request and not self.errors:
            self._check_repeat()
        return self.cleaned_data

    def _check_links(self) -> None:
        if not settings.LTX2_API_KEY or self.request is None:
            return
        for name in ("image", "audio", "video"):
            link = getattr(self.request, name)
            reason = why_not_public(link) if link else ""
            if reason:
                self.add_error(name, reason)

    def _check_repeat(self) -> None:
        if self["repeat"].value() or self.owner is None or self.typed("seed") in ("", "-1"):
            return
        mine = Generation.objects.owned_by(self.owner).of(settings.PROVIDER)
        self.same_take = next((take for request in self.requests() for take in mine.same_as(request)[:1]), None)
        if self.same_take:
            self.add_error("seed", "You have this take already: the same settings with the same seed.")

    # What it asks for -------------------------------------------------------------------------------------------------

    @property
    def take_count(self) -> int:
        try:
            return int(self.typed("takes"))
        except ValueError:
            return 0

    def requests(self) -> list[GenerationRequest]:
        """One request for each take, each with its own seed: drawn here where none was typed, so that every video can
        be repeated; counted up from a typed one; −1 stays −1.
        """
        assert self.request is not None, "only a valid form asks for something"
        return [self.request.with_seed(self._seed(number)) for number in range(self.take_count)]

    def _seed(self, number: int) -> int:
        assert self.request is not None
        if not self.typed("seed"):
            return secrets.randbelow(modes.SEED_MOST + 1)
        seed = self.request.seed
        return seed if seed == modes.SEED_RANDOM else (seed + number) % (modes.SEED_MOST + 1)

    @property
    def seconds(self) -> Decimal:
        """The length as typed; the least where that is no length."""
        try:
            return Decimal(self.typed(self.kind.seconds_field))
        except InvalidOperation:
            return Decimal(modes.SECONDS_LEAST)

    def estimate(self) -> Estimate:
        """For all takes; with the defaults in place of what cannot be priced."""
        resolution, seconds = self.typed("resolution"), self.seconds
        if estimate(self.kind.name, resolution, seconds) is None:
            resolution = resolution if resolution in modes.RESOLUTIONS else modes.DEFAULT_RESOLUTION
            in_reach = seconds.is_finite() and modes.SECONDS_LEAST <= seconds <= modes.SECONDS_MOST
            seconds = seconds if in_reach else Decimal(modes.SECONDS_LEAST)
        observed = Generation.objects.observed(settings.PROVIDER, self.kind.name, resolution, seconds)
        cost = estimate(self.kind.name, resolution, seconds, observed)
        assert cost is not None, "the defaults have a price"
        return cost.times(min(max(self.take_count, 1), modes.TAKES_MOST))

    def missing(self) -> str:
        """One word on what stands in the way of generating; empty when nothing does."""
        return next((str(messages[0]) for messages in self.errors.values()), "")


def form_for(mode: str, data: Mapping[str, Any] | None = None, **kwargs: Any) -> ComposerForm:
    """The composer of a mode by its name.

    Raises KeyError for a mode that is not one of the four.
    """
    return ComposerForm(MODES[mode], data, **kwargs)


def initial_from(take: Generation, *, new_seed: bool = False) -> dict[str, Any]:
    """What a form has to be filled with to ask for the same again."""
    values = {name: value for name, value in take.request.items() if name not in ("model", "type")}
    if new_seed:
        values["seed"] = ""
    if take.type == "lipsync" and "image" in values:
        values["send_image"] = True
    return values
