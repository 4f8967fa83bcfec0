"""Searching in prompts, notes and task ids: the same answers from both databases, whatever is typed."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from studio.gallery.finding import Criteria
from studio.gallery.search import search, terms
from studio.generations.models import Generation
from tests.rows import ask, put, user

pytestmark = [pytest.mark.django_db, pytest.mark.database]
TEXTS = {
    "fog": {"prompt": "Slow dolly over a fog-covered bay, 35mm, f/2.8"},
    "foggy": {"prompt": "A foggy morning; the bay is covered"},
    "amber": {"prompt": "Amber light, AMBER sea: 'quoted' NOT OR AND NEAR(a b)", "note": "client likes the bay"},
    "über": {"prompt": "Über den Wolken, żółw, 雪の朝, café", "note": "second choice\nÉCLAIR"},
    "id": {"prompt": "Nothing", "task_id": "n50ab12_ltx2", "other_task_id": "n60cd_ltx2"},
    "empty": {"prompt": ""},
}
CASES = {
    "fog": {"fog", "foggy"}, "fog ": {"fog"}, "FOG ": {"fog"}, '"fog"': {"fog"}, "fo": {"fog", "foggy"},
    "bay covered": {"fog", "foggy"}, "covered bay ": {"fog", "foggy"}, '"covered bay"': {"fog"}, "fog-covered": {"fog"},
    "bay -fog": {"foggy", "amber"}, "bay -foggy": {"fog", "amber"}, "bay -covered -amber": set(),
    'bay -"covered bay"': {"foggy", "amber"}, "-bay": {"über", "id", "empty"}, "-bay -nothing": {"über", "empty"},
    '-"fog covered"': {"foggy", "amber", "über", "id", "empty"}, "amber amber": {"amber"}, "client": {"amber"},
    '"bay client"': set(), '"sea client"': set(), "not or and": {"amber"}, "near(a": {"amber"}, "quoted'": {"amber"},
    "über": {"über"}, "ÜBER den": {"über"}, "uber": {"über"}, "żółw": {"über"}, "雪": {"über"}, "café ": {"über"},
    "éclair": {"über"}, "n50ab12_ltx2": {"id"}, "n50ab12_lt": {"id"}, "n50ab": {"id"}, "N60CD_ltx2": {"id"},
    "n50ab12 n60cd": {"id"}, "ltx2": {"id"}, "35mm": {"fog"}, "35": {"fog"}, "35 ": set(), "f/2.8": {"fog"},
    "2.8": {"fog"}, '"quoted not': {"amber"},
    "zebra": set(), "fog zebra": set(), "light\tsea": {"amber"}, "bay\0fog ": {"fog"},
}  # fmt: skip
ALL = set(TEXTS)
SPACELESS = {
    "朝": {"über"}, "の朝": {"über"}, "の朝 ": {"über"}, '"雪の"': {"über"}, "朝の": set(), "朝 雪": {"über"},
    "-朝 café": set(), "コーヒー": {"id"}, "ヒー": {"id"}, "喫茶": {"id"}, "茶店で": {"id"}, "店茶": set(),
    "กินข้าว": {"id"}, "ข้าว": {"id"}, "นข": {"id"}, "人々": {"id"}, "ﾋｰ": {"id"},
}  # fmt: skip


@pytest.fixture
def names():
    rows = ask(len(TEXTS))
    for row, changes in zip(rows, TEXTS.values(), strict=True):
        put(row, **changes)
    ask(owner=user("bob"), prompt="fog bay amber n50ab12_ltx2 über")
    return dict(zip((row.pk for row in rows), TEXTS, strict=True))


def found(text, names):
    takes = Generation.objects.owned_by(user())
    every = {names[row.pk] for row in search(takes, text)}
    for sort in ("newest", "oldest", "credits", "rating"):
        page = [row.pk for row in Criteria(text=text, sort=sort).page(takes, None, 50)]
        assert (sorted(page, reverse=sort != "oldest"), {names[pk] for pk in page}) == (page, every)
    return every


def test_words_phrases_and_what_must_not_be_there(names):
    assert {text: found(text, names) for text in CASES} == CASES


def test_scripts_without_spaces_are_found_by_the_middle(names):
    pk = next(pk for pk, name in names.items() if name == "id")
    Generation.objects.filter(pk=pk).update(note="喫茶店でコーヒーを飲む人々 ฉันกินข้าวแล้ว")
    assert {text: found(text, names) for text in SPACELESS} == SPACELESS


WRITTEN = "Café Đà Nẵng, Ωμέγα Όδός "
WRITTEN += "مُحَمَّد می‌خواهم كتـــاب, ＦＵＬＬ　ｗｉｄｔｈ, żółw, Straße, ｶﾞ, ёлка 👨‍👩‍👧 👍🏽 soft\u00adhyphen"
FOLDED = [
    "cafe", "CAFÉ ", "cafe\u0301 ", "da nang", "đà nẵng ", "ωμεγα", "οδος ", "ΟΔΟΣ", "محمد", "مُحمد ", "میخواهم ",
    "می‌خواهم ", "كتاب ", "full width ", "ｆｕｌｌ ", "zolw", "strasse ", "straße", "ガ", "елка", "softhyphen ",
    "👨", "👩‍👧", '"👨👩👧"', "👍", "👍🏽", "-🐈 cafe",
]  # fmt: skip


@pytest.mark.parametrize("text", FOLDED)
def test_accents_width_and_invisible_characters_make_no_difference(names, text):
    pk = next(pk for pk, name in names.items() if name == "empty")
    Generation.objects.filter(pk=pk).update(note=WRITTEN)
    assert "empty" in found(text, names)


@pytest.mark.parametrize("text", ["🐈", "🐈 ", "👧👨", "-cafe cafe", "か"])
def test_an_emoji_that_stands_nowhere_finds_nothing(names, text):
    pk = next(pk for pk, name in names.items() if name == "empty")
    Generation.objects.filter(pk=pk).update(note=WRITTEN)
    assert found(text, names) == set()


@pytest.mark.parametrize("text", ["", " ", "-", '"', '""', "***", "\u200d", "\ufe0f", "\0", "- -", "(", "^:", "--"])
def test_what_holds_no_word_looks_for_nothing(text, names):
    assert terms(text) == []
    assert found(text, names) == ALL


SPELT = {
    "“covered bay”": {"fog"}, "„covered bay“": {"fog"}, "«covered bay»": {"fog"}, "»covered bay«": {"fog"},
    "bay -“covered bay”": {"foggy", "amber"}, "cafe\u0301 ": {"über"}, "U\u0308ber": {"über"}, "-cafe\u0301 bay": {
        "fog", "foggy", "amber"}, "İstanbul": {"id"}, "İstanbul ": {"id"}, '"İstanbul"': {"id"}, "İstan": {"id"},
    "ΟΔΟΣ ": {"id"}, "résumé ": {"id"}, "RE\u0301SUME\u0301": {"id"}, "résu": {"id"},
}  # fmt: skip


def test_quotes_accents_and_case_as_people_and_their_phones_write_them(names):
    pk = next(pk for pk, name in names.items() if name == "id")
    note = "İstanbul by night, ΟΔΟΣ; a re\u0301sume\u0301"
    Generation.objects.filter(pk=pk).update(note=note)
    assert {text: found(text, names) for text in SPELT} == SPELT


def test_what_is_changed_or_deleted_is_found_as_it_is_now(names):
    pk = next(pk for pk, name in names.items() if name == "fog")
    takes = Generation.objects.owned_by(user())
    takes.filter(pk=pk).update(prompt="a desert", note="warm")
    assert (found("fog ", names), found("desert warm ", names)) == (set(), {"fog"})
    takes.filter(pk=pk).delete()
    assert found("desert", names) == set()


SNIPPET = st.sampled_from(
    ['"', "-", "*", "NEAR(", "AND", ":", "^", "'", "\\", "%", "|", "&", "!", "<->", "fog", " ", "\0", "(", ")"]
)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.lists(SNIPPET | st.text(max_size=6), max_size=12).map("".join))
def test_nothing_that_is_typed_breaks_it(text, names):
    found(text, names)


@pytest.mark.parametrize("text", ["x" * 10_000, "a " * 5_000, '"' * 10_000, "-a " * 4_000, "_a" * 5_000, "雪" * 10_000])
def test_ten_thousand_characters_are_no_trouble(text, names):
    found(text, names)
