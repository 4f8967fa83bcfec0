"""The studio: composer and gallery side by side."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from studio.gallery.filter_bar import bar_of
from studio.gallery.page import frame, gallery_page
from studio.http import Request

from .composer import composer_context, starting_form

EXAMPLES = {
    "examples/ridge.jpg": (
        "Slow dolly along a pine ridge at first light, pale sun in the haze, mist between the hills, 35mm, fine grain"
    ),
    "examples/sea.jpg": (
        "Gliding low over a calm sea into the setting sun, a gold path on the water, long lens, warm evening haze"
    ),
    "examples/valley.jpg": (
        "Night over a fir valley, full moon, mist drifting between dark hills, slow push in, teal moonlight"
    ),
}


@require_safe
def studio(request: Request) -> HttpResponse:
    form = starting_form(request)
    context = {**frame(request), **composer_context(form), **gallery_page(request), "examples": EXAMPLES.items()}
    bar = bar_of(request, context["counts"], filters=context["filters"])
    return render(request, "composer/studio.html", {**context, "bar": bar})
