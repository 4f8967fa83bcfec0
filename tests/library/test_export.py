"""How much is picked, and lists of it for other programs, which a worker writes."""

import csv
import io
import json
from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone

from studio.library.archives import MOST_PENDING, Archive
from studio.library.models import Collection, Tag
from studio.worker.housekeeping import Housekeeping
from tests.html import read, text_of
from tests.media.kept import keep
from tests.pages import HTMX, Make

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
    client: Client, make: Make, other: object, tmp_path: Path
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
    (line, bare), found = exported(client, tmp_path, "csv"), exported(client, tmp_path, "json")
    assert [each["id"] for each in found] == [empty.pk, take.pk] == [int(bare["id"]), int(line["id"])]
    assert (line["prompt"], line["note"], line["tags"]) == ('\'=HYPERLINK("x")', '\'@home, "fine"\nyes', "'+plus, a")
    assert (line["file"], line["sha256"]) == (kept.name.rpartition("/")[2], kept.sha256)
    assert (line["resolution"], line["credits"], line["collections"]) == ("1080p", "24", "Scene")
    one = found[1]
    assert (one["prompt"], one["tags"], one["favorite"], one["rating"]) == ('=HYPERLINK("x")', ["+plus", "a"], True, 5)
    assert one["link"] == "https://cdn.example/a.mp4"
    assert one["seed"] == take.seed
    assert "request" not in one


def exported(client: Client, folder: Path, kind: str, **which: str) -> list[dict]:
    page = client.post(f"/selection/export.{kind}", which or {"all": "1"})
    assert page.status_code == 303
    Housekeeping(folder / "packing").run_once()
    shown = read(client.get(page["Location"]))
    answer = client.get(shown.one(class_="archive").one("a").attrs["href"])
    name = answer["Content-Disposition"]
    assert name.startswith(f'attachment; filename="dailies-{timezone.localdate()}')
    assert name.endswith(f'.{kind}"')
    text = text_of(answer)
    if kind == "json":
        return json.loads(text)
    return sorted(csv.DictReader(io.StringIO(text, newline="")), key=lambda row: int(row["id"]))


CELLS = [
    ("=1+1", "'=1+1"),
    ("  =1+1", "  '=1+1"),
    ("x;=cmd|'/C calc'!A0", "x;'=cmd|'/C calc'!A0"),
    ("x\t@SUM(A1)", "x\t'@SUM(A1)"),
    ("two\nlines\n=1", "two\nlines\n'=1"),
    ("＝1+1", "'＝1+1"),
    ("x；＝1", "x；＝1"),
    ("a well-known = sign, 1-2 @ dusk; slow", "a well-known = sign, 1-2 @ dusk; slow"),
]


@pytest.mark.parametrize(("prompt", "cell"), CELLS)
def test_no_cell_begins_a_formula_whatever_sign_a_spreadsheet_splits_at(
    client: Client, make: Make, tmp_path: Path, prompt: str, cell: str
) -> None:
    make(request_={"prompt": "a harbour"}, note=prompt)
    assert [row["note"] for row in exported(client, tmp_path, "csv")] == [cell]
    assert [row["note"] for row in exported(client, tmp_path, "json")] == [prompt]


def test_a_list_of_those_that_are_picked(client: Client, make: Make, other: object, tmp_path: Path) -> None:
    takes = [make(), make(), make(other)]
    found = exported(client, tmp_path, "json", ids=f"{takes[0].pk},{takes[2].pk}")
    assert [each["id"] for each in found] == [takes[0].pk]
    assert client.get("/selection/export.json", {"ids": ""}, headers=HTMX).status_code == 200
    assert not Archive.objects.filter(status="pending").exists()
    assert client.get("/selection/export.xlsx").status_code == 404


def test_the_request_only_asks_for_a_list_and_the_same_one_once(client: Client, make: Make) -> None:
    make()
    first, second = (client.get("/selection/export.csv", {"all": "1"})["Location"] for _ in range(2))
    assert first == second != client.get("/selection/export.json", {"all": "1"})["Location"]
    assert Archive.objects.filter(status="pending", count=1).count() == 2


def test_somebody_who_asks_in_a_loop_is_told_to_wait(client: Client, make: Make) -> None:
    takes = [make() for _ in range(MOST_PENDING + 1)]
    for take in takes:
        answer = client.post("/selection/export.csv", {"ids": take.pk}, headers=HTMX)
    assert "Wait until one of them is ready" in read(answer).text
    assert Archive.objects.count() == MOST_PENDING


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_no_other_site_starts_a_list_not_even_by_leading_here(client: Client, make: Make, site: str) -> None:
    make()
    headers = {"Sec-Fetch-Site": site, "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
    assert client.get("/selection/export.json", {"all": "1"}, headers=headers).status_code == 403
    assert not Archive.objects.exists()
