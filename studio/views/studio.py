"""The studio: composer and gallery side by side."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from .composer import composer_context, starting_form
from .page import frame, gallery_page
from .request import Request

EXAMPLES = (
    "Slow dolly along a fog-covered pine ridge at first light, low sun flaring through the haze, 35mm, fine grain",
    "A lighthouse keeper climbs the last stairs at dusk, lantern swinging, handheld, warm tungsten against blue hour",
    "Aerial glide over salt flats after rain, mirrored clouds, one red car far below, wide anamorphic frame",
)


@never_cache
@require_GET
def studio(request: Request) -> HttpResponse:
    form = starting_form(request)
    restores_draft = not (request.GET.get("from") or request.GET.get("type"))
    composer = composer_context(form, restores_draft=restores_draft)
    context = {**frame(request), **composer, **gallery_page(request), "examples": EXAMPLES}
    return render(request, "studio/studio.html", context)
