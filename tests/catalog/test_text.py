"""A prompt that nobody can see is none: it would be paid for."""

import sys
import unicodedata

import pytest

from studio.catalog.request import GenerationRequest, InvalidRequest
from studio.catalog.text import control_in, is_visible, without_controls

LINK = "https://example.com/a"
INVISIBLE = [
    "\u200b", "\ufeff", "\u00ad", "\u2800", "\u2060", "\u3164", "\u115f", "\u1160", "\uffa0",
    "\u034f", "\u17b4", "\u17b5",
    "\u180b", "\u180c", "\u180d",
    "\u180e", "\u180f", "\u200c", "\u200d", "\u200e", "\u202e", "\u2028", "\u2029", "\u2061",
    "\u2064", "\u2065", "\u206a", "\u206f", "\ufe00", "\ufe0f", "\ufff0", "\ufff9", "\ufffc", "\uffff", "\ufdd0",
    "\U0001d159", "\U0001d173", "\U000e0001", "\U000e0041", "\U000e007f", "\U000e0100", "\U000e01ef", "\U000e0fff",
    "\u0301", "\u20dd", "\u0903", "\u00a0", "\u3000", "\u200b\ufeff \u2060\n\u00ad", "\u0301\u200d\ufe0f",
]  # fmt: skip
VISIBLE = [
    "x", "海", "می\u200cخواهم", "👨\u200d👩\u200d👧", "❤\ufe0f", "🏴\U000e0067\U000e0062\U000e007f", "e\u0301",
    "\ufeffA bay",
    "?", "नि", "\u2801", "한", "7",
]  # fmt: skip
CONTROLS = [*(chr(code) for code in range(0x20) if chr(code) not in "\0\t\n\r"), *map(chr, range(0x7F, 0xA0))]


@pytest.mark.parametrize("text", INVISIBLE, ids=ascii)
def test_what_shows_nothing_is_no_prompt_in_any_mode(text):
    assert not is_visible(text)
    for mode, link in (("text-to-video", "x"), ("image-to-video", "image"), ("lipsync", "audio"), ("control", "video")):
        asked = {"type": mode, "prompt": text, link: LINK}
        if not text.strip() and mode in ("lipsync", "control"):
            assert GenerationRequest.parse(asked).prompt == "", "trimmed to nothing, where none is needed"
        else:
            with pytest.raises(InvalidRequest) as caught:
                GenerationRequest.parse(asked)
            assert list(caught.value.errors) == ["prompt"]


@pytest.mark.parametrize("text", VISIBLE, ids=ascii)
def test_joiners_marks_and_selectors_in_real_text_stay(text):
    assert is_visible(text)
    assert GenerationRequest.parse({"type": "text-to-video", "prompt": text}).to_api()["prompt"] == text


def test_every_character_that_is_to_be_ignored_is_invisible():
    """By Unicode's own categories: nothing that is a format, a separator or a control counts as something to read."""
    for code in range(sys.maxunicode + 1):
        if unicodedata.category(chr(code)) in ("Cf", "Cc", "Zs", "Zl", "Zp"):
            assert not is_visible(chr(code)), hex(code)


@pytest.mark.parametrize("control", CONTROLS, ids=ascii)
def test_control_characters_are_refused_with_their_place(control):
    for prompt in (f"It{control}s raining", f"{control}x{control}x"):
        with pytest.raises(InvalidRequest) as caught:
            GenerationRequest.parse({"type": "text-to-video", "prompt": prompt})
        assert f"U+{ord(control):04X}" in caught.value.errors["prompt"]
    assert control_in(f"It{control}s\n") == control
    assert without_controls(f"It{control}s\n") == "Its\n"


def test_tabs_and_lines_are_kept():
    assert GenerationRequest.parse({"type": "text-to-video", "prompt": "a\tb\nc\r\nd"}).prompt == "a\tb\nc\nd"
