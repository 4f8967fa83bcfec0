"""The composer's form: what was typed, what is wrong with it, what it asks for."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms
from django.conf import settings

from studio.api_key import KEY_STOOD_HERE
from studio.catalog import modes
from studio.catalog.credits import Estimate, estimate
from studio.catalog.links import is_http_link, why_not_public
from studio.catalog.modes import MODES, Mode
from studio.catalog.request import GenerationRequest, InvalidRequest
from studio.generations.models import Generation
from studio.generations.submission import digest_of, new_key

from .offer import Offer
from .own_files import FileFields

SHARED = ("prompt", "resolution", "seed", "takes", "parent", "collection")  # what every mode has, and a switch keeps
NOT_SETTINGS = ("submission_key", "csrfmiddlewaretoken", "said")
NUMBERS = ("seed", "takes")
COMMA = re.compile(r"(?<=\d),(?=\d+$)")  # where a decimal point stands in most of the world
KEY_LENGTH = 64


def _choices(words: Mapping[str, str]) -> list[tuple[str, str]]:
    return list(words.items())


class ComposerForm(FileFields):
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
    parent = forms.CharField(required=False, widget=forms.HiddenInput)  # the take that it began with
    collection = forms.CharField(required=False, label="Goes into")
    submission_key = forms.Field(required=False, widget=forms.HiddenInput)

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
        self.unknown_mode = False
        self.begin_files()
        self.leaks: set[str] = set()  # the fields that the API key was taken out of
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
        self.fields[mode.seconds_field].initial = str(modes.SECONDS_LEAST) if mode.whole_seconds else ""
        self.fields["submission_key"].initial = new_key()

    # What was typed ---------------------------------------------------------------------------------------------------

    def typed(self, name: str) -> str:
        """The text of a field as it stands, its default where nothing was typed."""
        value = self[name].value()
        text = str(self.fields[name].initial or "") if value in (None, "") else str(value).strip()
        if name == self.kind.seconds_field:
            return COMMA.sub(".", text)
        return text.replace("\u2212", "-") if name in NUMBERS else text  # the minus sign that our own words use

    @property
    def key(self) -> str:
        """The form's submission key; a new one where it has none, or none that can be stored."""
        key = self.typed("submission_key")
        return key if 0 < len(key) <= KEY_LENGTH and key.isprintable() else new_key()

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
        if self.unknown_mode:
            self.add_error(None, f"Choose one of the modes: {', '.join(MODES)}.")
        for name in self.leaks & {*self.fields}:
            self.add_error(name, KEY_STOOD_HERE)
        try:
            self.request = GenerationRequest.parse(self._parameters())
        except InvalidRequest as error:
            for name, message in error.errors.items():
                self.add_error(name, message)
        if self.sends_image and "send_image" in self.fields and not self.typed("image"):
            self.add_error("image", "Paste a link to the face picture, or switch it off.")
        self._check_links()
        self._check_length()
        self._check_files()
        if not 1 <= self.take_count <= modes.TAKES_MOST:
            self.add_error("takes", f"Choose 1 to {modes.TAKES_MOST} takes.")
        if self.request and not self.errors and not self.live:
            self._check_repeat()
        return self.cleaned_data

    def _check_links(self) -> None:
        """With a real key the provider has to reach them; the sandbox looks at none."""
        if not settings.LTX2_API_KEY:
            return
        for name in {"image", "audio", "video"} & {*self.fields}:
            link = self._parameters()[name]
            reason = why_not_public(link) if is_http_link(link) else ""
            if reason:
                self.add_error(name, reason)

    def _check_length(self) -> None:
        if self.length_is_open:
            self.add_error(self.kind.seconds_field, "How many seconds is it? Its length is what will be paid for.")

    def _check_repeat(self) -> None:
        assert self.request is not None
        drawn = not self.typed("seed") or self.request.seed == modes.SEED_RANDOM
        if drawn or self["repeat"].value() or self.owner is None:
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
        return [self.request.with_seed(seed) for seed in self._seeds(self.request.seed)]

    def _seeds(self, first: int) -> list[int]:
        every = range(modes.SEED_MOST + 1)
        if not self.typed("seed"):
            return secrets.SystemRandom().sample(every, self.take_count)
        if first == modes.SEED_RANDOM:
            return [first] * self.take_count
        return [(first + number) % len(every) for number in range(self.take_count)]

    @property
    def length_is_open(self) -> bool:
        """Whether nobody knows yet how long a recording or a video is. What is made from words has a default length."""
        return not self.kind.whole_seconds and not self.typed(self.kind.seconds_field)

    @property
    def seconds(self) -> Decimal:
        """The length as it would be sent; the least where that is no length."""
        try:
            seconds = Decimal(self.typed(self.kind.seconds_field))
        except InvalidOperation:
            seconds = Decimal("NaN")
        if not seconds.is_finite() or not modes.SECONDS_LEAST <= seconds <= modes.SECONDS_MOST:
            return Decimal(modes.SECONDS_LEAST)
        return seconds.quantize(Decimal("0.1"))

    def estimate(self) -> Estimate:
        """For all takes; with the defaults in place of what cannot be priced. From the least to the most that it can
        cost where the length is not known.
        """
        seconds = (
            (Decimal(modes.SECONDS_LEAST), Decimal(modes.SECONDS_MOST)) if self.length_is_open else (self.seconds,)
        )
        costs = [self._estimate_of(each) for each in seconds]
        basis = "length" if self.length_is_open else costs[0].basis
        cost = Estimate(min(each.low for each in costs), max(each.high for each in costs), basis)
        return cost.times(min(max(self.take_count, 1), modes.TAKES_MOST))

    def offer(self, cost: Estimate) -> Offer:
        """What the button says."""
        takes = min(max(self.take_count, 1), modes.TAKES_MOST)
        return Offer(takes, cost.low, cost.high, free=settings.PROVIDER == settings.SANDBOX)

    def is_as(self, said: str) -> bool:
        """Whether it asks for what the button said when it was pressed. Without scripts the page sends no `said`, since
        its button cannot follow what is typed. Else what differs is told, and has to be pressed again.
        """
        told, now = Offer.read(said), self.offer(self.estimate())
        if not said or (told and now.is_within(told)):
            return True
        was = f" The button said {told}." if told else ""
        self.add_error(None, f"This is {now} now.{was} Nothing was asked for: press Generate again to ask for it.")
        return False

    def _estimate_of(self, seconds: Decimal) -> Estimate:
        resolution = self.typed("resolution")
        resolution = resolution if resolution in modes.RESOLUTIONS else modes.DEFAULT_RESOLUTION
        observed = Generation.objects.observed(settings.PROVIDER, self.kind.name, resolution, seconds)
        cost = estimate(self.kind.name, resolution, seconds, observed)
        assert cost is not None, "the defaults have a price"
        return cost

    def missing(self) -> str:
        """One word on what stands in the way of generating, or may be an oversight; empty when nothing does."""
        return next((str(messages[0]) for messages in self.errors.values()), "") or self.other_length()
