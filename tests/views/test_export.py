"""How much is picked, and lists of it for other programs."""

import csv
import io
import json

import pytest
from django.test import Client
from django.utils import timezone

from studio.models import Collection, Tag
from tests.media.kept import keep

from .conftest import Make
from .html import read, text_of

pytestmark = pytest.mark.django_db


def test_the_sum_says_how_many_what_they_cost_and_how_large_they_are(client: Client, make: Make, real: None) -> None:
    takes = [
        make(status="succeeded", charged="yes", credits=24),
        make(status="failed", charged="no"),
        make(charged="maybe"),
    ]
    keep(takes[0], b"x" * 2_000_000, poster=None)
    ids = ",".join(str(take.pk) for take in takes)
    for answer in (client.get("/selection/summary/", {"ids": ids}), client.post("/selection/summary/", {"ids": ids})):
        assert read(answer).text == "3 takes · ≈ 48 credits · 1.9 MB"
    assert read(client.get("/selection/summary/", {"all": "1"})).text.startswith("3 takes")


def test_a_sum_is_no_more_certain_than_the_days(client: Client, make: Make, me: object, real: None) -> None:
    """Here, of a collection, and of the day: from one mechanism to the next, and a test clip is none of it."""
    speech = {"type": "lipsync", "audio": "https://media.example.com/a.mp4", "audio_duration": 12.5}
    shelf = Collection.objects.create(owner=me, name="Scene")
    takes = [
        make(request_=speech, charged="maybe", status="running"), make(request_=speech, charged="no", status="failed"),
        make(charged="yes", credits=24, status="succeeded"), make(status="canceled", charged="no"),
        make(charged="maybe", status="unconfirmed"), make(provider="sandbox", charged="maybe", status="succeeded"),
    ]  # fmt: skip
    shelf.generations.set(takes)
    low, high = (48 + getattr(takes[0], end) for end in ("estimate_low", "estimate_high"))
    assert low < high
    words = f"≈ {low}–{high} credits · 24 of them unconfirmed · 1 test take, free"
    assert read(client.get("/selection/summary/", {"all": "1"})).text == f"6 takes · {words} · 0 bytes"
    assert f"6 takes · {words}" in read(client.get("/collections/")).id(f"collection-{shelf.pk}").text
    assert words in read(client.get("/generations/")).id("today").text


def test_test_clips_are_free_and_others_takes_count_for_nothing(client: Client, make: Make, other: object) -> None:
    ids = f"{make().pk},{make(other).pk}"
    assert read(client.get("/selection/summary/", {"ids": ids})).text == "1 take · free · 0 bytes"


# Lists for other programs ---------------------------------------------------------------------------------------------


def test_lists_hold_all_that_is_known_and_run_nothing_in_a_spreadsheet(
    client: Client, make: Make, other: object
) -> None:
    take = make(
        request_={"prompt": '=HYPERLINK("x")', "resolution": "1080p"}, status="succeeded", credits=24, charged="yes",
        video_url="https://cdn.example/a.mp4", note='@home, "fine"\nyes', rating=5, favorite=True,
    )  # fmt: skip
    take.tags.add(Tag.objects.create(owner=take.owner, name="+plus"), Tag.objects.create(owner=take.owner, name="a"))
    take.collections.add(Collection.objects.create(owner=take.owner, name="Scene"))
    kept = keep(take, b"video")
    make(other)
    empty = make()
    (line, bare), found = exported(client, "csv"), exported(client, "json")
    assert [each["id"] for each in found] == [empty.pk, take.pk] == [int(bare["id"]), int(line["id"])]
    assert (line["prompt"], line["note"], line["tags"]) == ('\'=HYPERLINK("x")', '\'@home, "fine"\nyes', "'+plus, a")
    assert (line["file"], line["sha256"]) == (kept.name.rpartition("/")[2], kept.sha256)
    assert (line["resolution"], line["credits"], line["collections"]) == ("1080p", "24", "Scene")
    one = found[1]
    assert (one["prompt"], one["tags"], one["favorite"], one["rating"]) == ('=HYPERLINK("x")', ["+plus", "a"], True, 5)
    assert one["link"] == "https://cdn.example/a.mp4"
    assert one["seed"] == take.seed
    assert "request" not in one


def exported(client: Client, kind: str) -> list[dict]:
    answer = client.post(f"/selection/export.{kind}", {"all": "1"})
    assert answer["Content-Disposition"].startswith(f'attachment; filename="dailies-{timezone.localdate()}')
    text = text_of(answer)
    if kind == "json":
        return json.loads(text)
    return sorted(csv.DictReader(io.StringIO(text, newline="")), key=lambda row: int(row["id"]))


def test_a_list_of_those_that_are_picked(client: Client, make: Make, other: object) -> None:
    takes = [make(), make(), make(other)]
    answer = client.get("/selection/export.json", {"ids": f"{takes[0].pk},{takes[2].pk}"})
    assert [each["id"] for each in json.loads(text_of(answer))] == [takes[0].pk]
    assert text_of(client.get("/selection/export.json", {"ids": ""})) == "[\n]\n"
    assert client.get("/selection/export.xlsx").status_code == 404
