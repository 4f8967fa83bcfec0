"""The form fields of the catalog's parameters: Django's types, checked by the catalog's rules and in its words."""

from __future__ import annotations

import re
from typing import Any

from django import forms

from studio.catalog.parameters import InvalidValue, Parameter, Value

COMMA = re.compile(r"(?<=\d),(?=\d+$)")  # where a decimal point stands in most of the world


class ParameterField(forms.Field):
    parameter: Parameter

    def __init__(self, parameter: Parameter, *, needed: bool, **kwargs: Any) -> None:
        super().__init__(required=needed, label=parameter.label, initial=parameter.default, **kwargs)
        self.parameter = parameter

    def read(self, typed: Any) -> Any:
        """What was typed, as the catalog reads it."""
        return typed

    def clean(self, value: Any) -> Value | None:
        try:
            return self.parameter.clean(self.read(value), required=self.required)
        except InvalidValue as error:
            raise forms.ValidationError(str(error)) from None


class TextField(ParameterField, forms.CharField):
    widget = forms.Textarea


class LinkField(ParameterField, forms.CharField):  # no URLField: `upload:7` stands for an own file
    widget = forms.URLInput


class ChoiceField(ParameterField, forms.ChoiceField):
    widget = forms.RadioSelect

    def __init__(self, parameter: Parameter, *, needed: bool) -> None:
        super().__init__(parameter, needed=needed, choices=list(parameter.choices.items()))


class SecondsField(ParameterField, forms.DecimalField):
    def __init__(self, parameter: Parameter, *, needed: bool) -> None:
        super().__init__(parameter, needed=needed)
        self.initial = "" if parameter.measures else str(parameter.least)

    def read(self, typed: Any) -> Any:
        return COMMA.sub(".", typed.strip()) if isinstance(typed, str) else typed


class SeedField(ParameterField, forms.IntegerField):
    def read(self, typed: Any) -> Any:
        return typed.replace("\u2212", "-") if isinstance(typed, str) else typed  # the minus sign of our own words


FIELDS: dict[str, type[ParameterField]] = {
    "text": TextField,
    "link": LinkField,
    "choice": ChoiceField,
    "seconds": SecondsField,
    "seed": SeedField,
}


def field_for(parameter: Parameter, *, needed: bool) -> ParameterField:
    return FIELDS[parameter.kind](parameter, needed=needed)
