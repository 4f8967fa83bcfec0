"""The composer's form: what was typed, what is wrong with it, what it asks for."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from functools import cached_property
from typing import Any

from django import forms
from django.conf import settings

from studio.api_key import KEY_STOOD_HERE
from studio.catalog.credits import Estimate, estimate
from studio.catalog.links import is_http_link, upload_id, why_not_public
from studio.catalog.modes import MODELS, Mode
from studio.catalog.parameters import SEED_RANDOM, InvalidValue
from studio.catalog.request import GenerationRequest
from studio.generations.connections import Connection
from studio.generations.models import Generation
from studio.generations.submission import digest_of, new_key
from studio.uploads.models import Upload
from studio.uploads.reachable import can_be_fetched

from .fields import ParameterField, field_for
from .offer import Offer

TAKES_MOST = 8
KEY_LENGTH = 64
NOT_SETTINGS = ("submission_key", "csrfmiddlewaretoken", "said")
KINDS = {"image": "picture", "audio": "recording", "video": "video"}
NOT_THERE = "This file is not there any more. Choose it again, or paste a link."
UNREACHABLE = (
    "The provider can fetch only public links, and this file is on your computer: start a temporary link · use S3 · "
    "paste a link."
)


class ComposerForm(forms.Form):
    """The composer of one mode. Its parameters come from the catalog, under the API's names.

    `live`: the form only asks what this would cost. `leaks` are the fields that the API key was taken out of;
    `refusals` say by field why a file that came with the form was not taken.
    """

    takes = forms.IntegerField(
        required=False,
        label="Takes",
        min_value=1,
        max_value=TAKES_MOST,
        initial=1,
        error_messages=dict.fromkeys(("invalid", "min_value", "max_value"), f"Choose 1 to {TAKES_MOST} takes."),
    )
    repeat = forms.BooleanField(required=False, label="Make it again all the same")
    parent = forms.CharField(required=False, widget=forms.HiddenInput)  # the take that it began with
    collection = forms.CharField(required=False, label="Goes into")
    submission_key = forms.Field(required=False, widget=forms.HiddenInput)

    def __init__(self, mode: Mode, data: Mapping[str, Any] | None = None, *, owner: Any = None, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.kind, self.owner = mode, owner
        self.unknown_mode = self.live = False
        self.leaks: set[str] = set()
        self.refusals: dict[str, str] = {}
        self.unreachable: set[str] = set()  # the fields with files that the provider could not fetch
        self.too_long: dict[str, Upload] = {}  # by field: what can be trimmed to fit
        self.request: GenerationRequest | None = None
        self.same_take: Generation | None = None
        self.parameters = {each.name: field_for(each, needed=each.name in mode.needed) for each in mode.parameters}
        switches = {
            f"send_{name}": forms.BooleanField(required=False, label=f"Experimental: send a {words}")
            for name, words in mode.undocumented.items()
        }
        self.fields = {**self.parameters, **switches, **self.fields}
        self.fields["submission_key"].initial = new_key()

    @property
    def shown(self) -> list[forms.BoundField]:
        """The parameters in the order of the page. Links stand above them, the seed below, with the takes."""
        return [self[each.name] for each in self.kind.parameters if each.kind not in ("link", "seed")]

    @property
    def experiments(self) -> list[tuple[forms.BoundField, forms.BoundField]]:
        """What is sent only on request: the box to tick, and the field."""
        return [(self[f"send_{name}"], self[name]) for name in self.kind.undocumented]

    # What was typed ---------------------------------------------------------------------------------------------------

    def typed(self, name: str) -> str:
        """The text of a field as it stands, its default where nothing was typed."""
        field, value = self.fields[name], self[name].value()
        text = str((field.initial if value in (None, "") else value) or "").strip()
        return str(field.read(text)) if isinstance(field, ParameterField) else text

    @property
    def key(self) -> str:
        """The form's submission key; a new one where it has none, or none that can be stored."""
        key = self.typed("submission_key")
        return key if 0 < len(key) <= KEY_LENGTH and key.isprintable() else new_key()

    @property
    def digest(self) -> str:
        """Of all that was typed: the same press of the button has the same one."""
        return digest_of({name: self.data.get(name, "") for name in sorted(self.data) if name not in NOT_SETTINGS})

    def sends(self, name: str) -> bool:
        """Whether a parameter is sent: one that is not documented only where its box is ticked."""
        return name not in self.kind.undocumented or bool(self[f"send_{name}"].value())

    @property
    def links(self) -> list[str]:
        return [each.name for each in self.kind.of_kind("link")]

    @cached_property
    def uploads(self) -> dict[str, Upload | None]:
        """By field: the person's own file that it names, None where that is not there."""
        named = {name: self.typed(name) for name in self.links}
        return {
            name: Upload.objects.named(link, self.owner) for name, link in named.items() if upload_id(link) is not None
        }

    @property
    def measured(self) -> Upload | None:
        """The own file whose length is that of the video."""
        upload = self.uploads.get(self.kind.length.measures)
        return upload if upload and upload.seconds else None

    def follow_files(self) -> None:
        """The measured length stands for one that nobody typed."""
        field, upload = self.kind.length.name, self.measured
        if upload and not self.typed(field):
            if self.is_bound:
                self.data = {**self.data, field: str(upload.tenths)}
            else:
                self.fields[field].initial = self[field].initial = str(upload.tenths)

    # What is wrong with it --------------------------------------------------------------------------------------------

    def clean(self) -> dict[str, Any]:
        if self.unknown_mode:
            self.add_error(None, f"Choose one of the modes: {', '.join(MODELS[self.kind.model].modes)}.")
        for name, words in self.kind.undocumented.items():
            self._check_switch(name, words)
        if not self.errors:
            values = {name: self.cleaned_data[name] for name in self.parameters}
            self.request = GenerationRequest.of(self.kind, values)
        for name in self.leaks & {*self.fields}:
            self._say_instead(name, KEY_STOOD_HERE)
        if settings.LTX2_API_KEY:
            self._check_links()
        if self.length_is_open:
            self.add_error(self.kind.length.name, "How many seconds is it? Its length is what will be paid for.")
        self._check_files()
        if self.request and not self.errors and not self.live:
            self._check_repeat()
        return self.cleaned_data

    def _say_instead(self, name: str, message: str) -> None:
        self.errors.pop(name, None)
        self.add_error(name, message)

    def _check_switch(self, name: str, words: str) -> None:
        if not self.sends(name):
            self.errors.pop(name, None)
            self.cleaned_data[name] = None
        elif not self.typed(name):
            self.add_error(name, f"Paste a link to the {words}, or switch it off.")

    def _check_links(self) -> None:
        """With a real key the provider has to reach them; the sandbox looks at none."""
        for name in self.links:
            link = self.typed(name)
            if self.sends(name) and is_http_link(link) and (reason := why_not_public(link)):
                self.add_error(name, reason)

    def _check_files(self) -> None:
        for name, refusal in self.refusals.items():
            self._say_instead(name, refusal)
        for name, upload in self.uploads.items():
            problem = self._problem_of(name, upload) if self.sends(name) else ""
            if problem and name not in self.errors:
                self.add_error(name, problem)

    def _problem_of(self, name: str, upload: Upload | None) -> str:
        if upload is None:
            return NOT_THERE
        if upload.kind != name:
            return f"This is a {KINDS[upload.kind]}; a {KINDS[name]} belongs here."
        length = self.kind.length
        if upload.seconds and not length.least <= upload.tenths <= length.most:
            return self._outside(name, upload)
        if not self.live and not can_be_fetched(Connection.configured()):
            self.unreachable.add(name)
            return UNREACHABLE
        return ""

    def _outside(self, name: str, upload: Upload) -> str:
        """Said once, beside the file: a length that was taken from it is no second mistake."""
        length = self.kind.length
        if self.typed(length.name) == str(upload.tenths):
            self.errors.pop(length.name, None)
        long = f"This {KINDS[name]} is {upload.tenths} s long; the API takes {length.least} to {length.most} s."
        if upload.tenths < length.least:
            return f"{long} Choose a longer one."
        self.too_long[name] = upload
        return f"{long} Trim it to the part that you want."

    def _check_repeat(self) -> None:
        assert self.request is not None
        drawn = not self.typed("seed") or self.request.seed == SEED_RANDOM
        if drawn or self["repeat"].value() or self.owner is None:
            return
        mine = Generation.objects.owned_by(self.owner).of(Connection.configured())
        self.same_take = next((take for request in self.requests() for take in mine.same_as(request)[:1]), None)
        if self.same_take:
            self.add_error("seed", "You have this take already: the same settings with the same seed.")

    def missing(self) -> str:
        """One word on what stands in the way of generating, or may be an oversight; empty when nothing does."""
        wrong = [*self.non_field_errors(), *(messages[0] for messages in self.errors.values())]
        return str(wrong[0]) if wrong else self._other_length()

    def _other_length(self) -> str:
        """What to say where the length that was typed is not that of the file."""
        upload, typed = self.measured, self.typed(self.kind.length.name)
        if upload is None or typed == str(upload.tenths):
            return ""
        return f"This {KINDS[upload.kind]} is {upload.tenths} s long; {typed} s is what you ask for."

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
        every = range(self.kind.parameter("seed").most + 1)
        if not self.typed("seed"):
            return secrets.SystemRandom().sample(every, self.take_count)
        if first == SEED_RANDOM:
            return [first] * self.take_count
        return [(first + number) % len(every) for number in range(self.take_count)]

    @property
    def length_is_open(self) -> bool:
        """Whether nobody knows yet how long a recording or a video is. What is made from words has a default length."""
        return bool(self.kind.length.measures) and not self.typed(self.kind.length.name)

    @property
    def seconds(self) -> Decimal:
        """The length as it would be sent; the least where that is no length."""
        length = self.kind.length
        try:
            return Decimal(replace(length, whole=False).clean(self.typed(length.name)) or length.least)
        except InvalidValue:
            return Decimal(length.least)

    def estimate(self) -> Estimate:
        """For all takes; with the defaults in place of what cannot be priced. From the least to the most that it can
        cost where the length is not known.
        """
        length = self.kind.length
        ends = (Decimal(length.least), Decimal(length.most)) if self.length_is_open else (self.seconds,)
        costs = [self._estimate_of(each) for each in ends]
        basis = "length" if self.length_is_open else costs[0].basis
        cost = Estimate(min(each.low for each in costs), max(each.high for each in costs), basis)
        return cost.times(min(max(self.take_count, 1), TAKES_MOST))

    def _estimate_of(self, seconds: Decimal) -> Estimate:
        resolution = self.typed("resolution")
        resolution = resolution if resolution in self.kind.prices else self.kind.parameter("resolution").default
        model, type = self.kind.model, self.kind.name
        observed = Generation.objects.observed(Connection.configured(), type, resolution, seconds, model=model)
        cost = estimate(type, resolution, seconds, observed, model=model)
        assert cost is not None, "the defaults have a price"
        return cost

    def offer(self, cost: Estimate) -> Offer:
        """What the button says."""
        takes = min(max(self.take_count, 1), TAKES_MOST)
        return Offer(takes, cost.low, cost.high, free=Connection.configured().is_sandbox)

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
