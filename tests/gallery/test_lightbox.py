"""What stands beside the picture in the lightbox, and the parts that every card is stamped with."""

import pytest
from django.test import Client
from django.utils import timezone

from studio.generations.kept_video import KeptVideo
from studio.generations.models import Generation
from studio.library.review import set_tags
from studio.templatetags.cards import NUMBER, TEXT, TOKEN
from tests.html import cards, read
from tests.pages import HTMX, Make

pytestmark = pytest.mark.django_db


def kept(make: Make, **changes: object):
    take = make(status="succeeded", charged="yes", credits=24, keeping="kept", **changes)
    KeptVideo.objects.create(
        generation=take, name=f"videos/{take.pk}.mp4", poster=f"posters/{take.pk}.jpg", content_type="video/mp4",
        sha256="0" * 64, bytes=1_500_000, width=1280, height=720, seconds=5, frame_rate=24, has_sound=True,
        kept_at=timezone.now(),
    )  # fmt: skip
    return take


def test_the_panel_has_what_is_known_and_can_be_written(client: Client, make: Make) -> None:
    take = kept(make, note="Use the second half", request_={"prompt": "A <b>bay</b>", "seed": 7})
    set_tags(take, ["night", "wide"])
    panel = read(client.get(f"/generations/{take.pk}/panel/", headers=HTMX))
    assert "A <b>bay</b>" in panel.text
    assert "1280 × 720, 24 fps" in panel.text
    assert panel.id("lightbox-tags").attrs["value"] == "night, wide"
    assert panel.id("lightbox-note").text == "Use the second half"
    assert not panel.all("html")


def test_the_panel_is_its_owners_alone(client: Client, make: Make, other: object) -> None:
    assert client.get(f"/generations/{make(owner=other).pk}/panel/").status_code == 404


def test_each_card_is_stamped_with_its_own_number_and_state(client: Client, make: Make) -> None:
    plain, liked = kept(make), kept(make, favorite=True, rating=3, aspect_ratio="9:16")
    for card, take in zip(cards(read(client.get("/"))), (liked, plain), strict=True):
        own = f"/generations/{take.pk}/"
        assert card.one("video").attrs["src"] == f"{own}video/"
        assert card.one("video").attrs["poster"] == f"{own}poster/"
        assert card.one("video").attrs["preload"] == "none"
        assert bool(card.all("img", class_="backdrop")) == (take is liked)
        assert card.id(f"generation-{take.pk}-pick").attrs["value"] == str(take.pk)
        assert ("data-favorite" in card.attrs, card.attrs["data-rating"]) == (take is liked, str(take.rating))
        assert {each.attrs["id"].split("-")[1] for each in card if each.attrs.get("id")} == {str(take.pk)}
        assert ("★★★" in card.text) == (take is liked)


def test_its_own_page_has_what_can_be_done_with_it_without_scripts_too(client: Client, make: Make) -> None:
    for take in (kept(make), kept(make, favorite=True, rating=3)):
        page = read(client.get(own := f"/generations/{take.pk}/"))
        heart = page.id(f"generation-{take.pk}-favorite")
        assert heart.attrs["formaction"] == f"{own}favorite/"
        assert heart.attrs["aria-pressed"] == ("true" if take.favorite else "false")
        assert page.id(f"generation-{take.pk}-star-3").attrs["aria-pressed"] == ("true" if take.rating else "false")
        assert page.id(f"generation-{take.pk}-download").attrs["href"] == f"{own}video/?download=1"


def test_what_came_from_outside_is_shown_as_it_came_whatever_is_in_it(strict: Client, make: Make) -> None:
    odd = f'https://videos.example/{TOKEN}/{NUMBER}/{TEXT}.mp4?a="><b>&b=1'
    make(status="succeeded", video_url=odd, keeping="failed", keep_why=f"<b>{TOKEN} {NUMBER} {TEXT}</b>")
    card = cards(read(strict.get("/")))[0]
    assert card.one("video").attrs["src"] == odd
    assert f"<b>{TOKEN} {NUMBER} {TEXT}</b>" in card.text


def test_a_stamped_form_has_the_token_of_who_looks_at_it(make: Make) -> None:
    make(status="unconfirmed")
    visitors = [Client(enforce_csrf_checks=True) for _ in range(2)]
    tokens = [
        cards(read(each.get("/")))[0].one("input", name="csrfmiddlewaretoken").attrs["value"] for each in visitors
    ]
    assert len({*tokens, TOKEN}) == 3
    for visitor, token in zip(visitors, tokens, strict=True):
        answer = visitor.post(
            f"/generations/{Generation.objects.get().pk}/resolve/",
            {"action": "task-id", "task_id": "", "csrfmiddlewaretoken": token},
        )
        assert answer.status_code != 403
