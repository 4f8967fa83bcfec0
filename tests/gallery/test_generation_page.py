"""One take's page: everything that was asked, answered and done, and the request for a shell."""

import json
import shlex

import pytest
from django.test import Client
from django.utils import timezone

from studio.generations.models import Generation
from studio.templatetags.cards import label
from tests.html import Element, read
from tests.pages import BASE, KEY, LINK, Make, typed

pytestmark = pytest.mark.django_db
PROMPT = """It's "so" $HOME `id` \\ new\nline <b>&amp;</b> 海 \U0001f30a !"""


def page(client: Client, take: Generation) -> Element:
    return read(client.get(f"/generations/{take.pk}/"))


def facts(screen: Element) -> dict[str, str]:
    return {
        row.one("dt").text: row.one("dd").text
        for row in screen.all("div")
        if row.children and row.all("dt") and len(row.all("dt")) == 1
    }


def test_it_shows_all_parameters(client: Client, make: Make, real: None) -> None:
    asked = {
        "type": "control", "prompt": PROMPT, "video": LINK, "video_duration": 12.5, "mode": "depth",
        "audio_mode": "none", "resolution": "1080p", "seed": 9,
    }  # fmt: skip
    take = make(request_=asked, status="succeeded", charged="yes", credits=170, task_id="n5_ltx2", video_url=LINK)
    screen = page(client, take)
    shown = facts(screen)
    for name, value in asked.items():
        if name != "prompt":
            assert shown[label(name)] == str(value)
    assert shown["Model"] == "ltx-2"
    assert screen.one("p", class_="prompt").exact == PROMPT
    assert (shown["Cost"], shown["Task id"], shown["Provider"]) == ("Charged 170", "n5_ltx2", BASE)
    assert shown["Estimate"].startswith("172–200 credits")


def test_it_tells_what_happened_and_why(client: Client, make: Make) -> None:
    take = make()
    take.cancel()
    events = [each.text for each in page(client, take).one("ol", class_="events").all("li")]
    assert "Asked for" in events[0]
    assert "Canceled before it was sent" in events[1]
    assert "queued → canceled" in events[1]
    assert all(
        each.all("time")[0].attrs["datetime"] for each in page(client, take).one("ol", class_="events").all("li")
    )


def test_it_shows_the_exact_request_and_the_last_answer(client: Client, make: Make) -> None:
    answer = '{"code":200,"data":{"task_id":"<n5>","x":"</pre><script>"}}'
    take = make(request_={"prompt": PROMPT}, last_answer=answer)
    blocks = [each.exact for each in page(client, take).id("wire").all("pre")]
    assert json.loads(blocks[1]) == take.request
    assert blocks[2] == answer


@pytest.mark.parametrize("provider", [BASE, "sandbox"])
def test_the_curl_is_good_for_a_shell_and_holds_no_key(client: Client, make: Make, real: None, provider: str) -> None:
    take = make(request_={"prompt": PROMPT}, provider=provider)
    words = shlex.split(page(client, take).id("curl").exact)
    assert words[:3] == ["curl", "-X", "POST"]
    assert words[3].endswith("/api/v1/videos/generations")
    assert "Authorization: Bearer $LTX2_API_KEY" in words
    assert "Content-Type: application/json" in words
    assert json.loads(words[words.index("-d") + 1]) == take.request
    assert KEY not in " ".join(words)


def test_a_test_clips_curl_never_names_the_paid_api(client: Client, make: Make, real: None) -> None:
    take = make(provider="sandbox")
    assert BASE not in page(client, take).id("curl").exact


@pytest.mark.parametrize(("status", "reloads"), [
    ("queued", True), ("submitting", True), ("running", True), ("succeeded", False), ("failed", False),
    ("unconfirmed", False), ("closed", False), ("canceled", False),
])  # fmt: skip
def test_without_javascript_it_reloads_itself_only_while_unfinished(
    client: Client, make: Make, status: str, reloads: bool
) -> None:
    take = make(status=status, submitted_at=timezone.now(), video_url=LINK)
    screen = page(client, take)
    refreshes = [each for each in screen.all("meta") if each.attrs.get("http-equiv") == "refresh"]
    assert bool(refreshes) == reloads
    assert all(screen.one("noscript").all("meta") == refreshes for _ in refreshes)


def test_takes_of_one_press_know_each_other(client: Client) -> None:
    client.post("/generations/", typed(takes="3"))
    takes = list(Generation.objects.order_by("id"))
    links = page(client, takes[1]).one("nav", class_="siblings").all("a")
    assert [each.attrs["href"] for each in links] == [take.get_absolute_url() for take in takes]
    assert [each.attrs.get("aria-current") for each in links] == [None, "page", None]


def test_a_take_and_the_one_that_replaced_it_point_to_each_other(client: Client, make: Make) -> None:
    old = make(status="unconfirmed", submitted_at=timezone.now())
    new = old.resend()
    assert new is not None
    assert page(client, new).all("a", href=old.get_absolute_url())
    assert page(client, old).all("a", href=new.get_absolute_url())


def test_an_unconfirmed_take_says_what_it_may_cost_and_what_will_not_happen(
    client: Client, make: Make, real: None
) -> None:
    take = make(status="unconfirmed", charged="maybe", submitted_at=timezone.now().replace(hour=21, minute=14))
    story = page(client, take).id(f"generation-{take.pk}").text
    assert (
        "Sent 21:14, no answer came. It may be rendering and may cost 24 credits. "
        "We will not send it again by ourselves." in story
    )


def test_who_asks_only_whether_a_page_is_there_hears_yes(client: Client, make: Make) -> None:
    for path in ("/", f"/generations/{make().pk}/"):
        answer = client.head(path)
        assert (answer.status_code, answer.content) == (200, b"")
