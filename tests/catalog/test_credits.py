"""The credit tables of the provider, and what lies between their figures."""

import math
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.catalog.credits import Estimate, estimate, resolution_cost, step_cost
from studio.catalog.modes import MODELS

# mode, resolution: credits at 5, 10, 15 and 20 s
FIGURES = [
    ("text-to-video", "480p", (20, 36, 52, 68)),
    ("text-to-video", "720p", (24, 40, 56, 72)),
    ("text-to-video", "1080p", (28, 44, 60, 76)),
    ("image-to-video", "480p", (20, 36, 52, 68)),
    ("image-to-video", "720p", (24, 40, 56, 72)),
    ("image-to-video", "1080p", (28, 44, 60, 76)),
    ("lipsync", "480p", (32, 60, 88, 116)),
    ("lipsync", "720p", (38, 66, 94, 122)),
    ("lipsync", "1080p", (44, 72, 100, 128)),
    ("control", "480p", (64, 120, 176, 232)),
    ("control", "720p", (76, 132, 188, 244)),
    ("control", "1080p", (88, 144, 200, 256)),
]
PUBLISHED = {
    ("text-to-video", "480p", 5): 20,
    ("text-to-video", "720p", 5): 24,
    ("text-to-video", "1080p", 10): 44,
    ("text-to-video", "1080p", 20): 76,
    ("image-to-video", "480p", 5): 20,
    ("image-to-video", "720p", 5): 24,
    ("image-to-video", "1080p", 10): 44,
    ("image-to-video", "1080p", 20): 76,
    ("lipsync", "480p", 5): 32,
    ("lipsync", "1080p", 20): 128,
    ("control", "480p", 5): 64,
    ("control", "1080p", 20): 256,
}
MODES = MODELS["ltx-2"].modes
modes = st.sampled_from(sorted(MODES))
resolutions = st.sampled_from(["480p", "720p", "1080p"])
lengths = st.decimals(5, 20, places=1)


@pytest.mark.parametrize(("mode", "resolution", "credits"), FIGURES)
def test_every_figure_at_a_whole_step_is_one_price_with_its_basis(mode, resolution, credits):
    for seconds, price in zip((5, 10, 15, 20), credits, strict=True):
        basis = "published" if (mode, resolution, seconds) in PUBLISHED else "derived"
        assert estimate(mode, resolution, seconds) == Estimate(price, price, basis)


@pytest.mark.parametrize(("what", "price"), PUBLISHED.items())
def test_it_meets_every_price_that_is_published(what, price):
    assert estimate(*what) == Estimate(price, price, "published")


@pytest.mark.parametrize(
    ("mode", "low", "high"),
    [("text-to-video", 20, 76), ("image-to-video", 20, 76), ("lipsync", 32, 128), ("control", 64, 256)],
)
def test_each_mode_spans_the_published_range(mode, low, high):
    prices = [estimate(mode, resolution, seconds) for resolution in MODES[mode].prices for seconds in (5, 20)]
    assert (min(price.low for price in prices), max(price.high for price in prices)) == (low, high)


@pytest.mark.parametrize(
    ("mode", "resolution", "seconds", "low", "high"),
    [
        ("text-to-video", "480p", 7, 26, 36),
        ("text-to-video", "1080p", 13, 54, 60),
        ("lipsync", "720p", Decimal("12.5"), 80, 94),
        ("lipsync", "720p", 12.5, 80, 94),
        ("control", "480p", Decimal("5.1"), 65, 120),
        ("control", "1080p", Decimal("19.9"), 255, 256),
    ],
)
def test_between_the_steps_it_shows_a_range(mode, resolution, seconds, low, high):
    assert estimate(mode, resolution, seconds) == Estimate(low, high, "derived")


def test_half_a_credit_counts_up():
    # 44 + 28 × 0.625 = 61.5
    assert estimate("lipsync", "1080p", Decimal("8.125")).low == 62


@pytest.mark.parametrize("seconds", [4, 4.9, 20.1, 21, 0, -5, float("nan"), float("inf"), Decimal("1e999")])
def test_there_is_no_price_outside_5_to_20_seconds(seconds):
    assert estimate("text-to-video", "720p", seconds) is None
    assert estimate("text-to-video", "720p", seconds, [24]) is None


@pytest.mark.parametrize(("mode", "resolution"), [("upscale", "720p"), ("text-to-video", "4k"), ("", "")])
def test_there_is_no_price_for_what_the_api_does_not_make(mode, resolution):
    assert estimate(mode, resolution, 5) is None


def test_observed_charges_win_over_the_table():
    assert estimate("text-to-video", "720p", 5, [25, 23, 24]) == Estimate(23, 25, "observed")
    assert estimate("text-to-video", "720p", 7, [30]) == Estimate(30, 30, "observed")


@given(modes, resolutions, lengths)
def test_the_low_end_is_never_above_the_high_end(mode, resolution, seconds):
    price = estimate(mode, resolution, seconds)
    assert price.low <= price.high
    if seconds % 5 == 0:
        assert price.low == price.high


@given(modes, resolutions, lengths, lengths)
def test_more_seconds_never_cost_less(mode, resolution, one, other):
    short, long = (estimate(mode, resolution, seconds) for seconds in sorted((one, other)))
    assert short.low <= long.low
    assert short.high <= long.high


@given(modes, lengths)
def test_a_higher_resolution_never_costs_less(mode, seconds):
    low, middle, high = (estimate(mode, name, seconds) for name in ("480p", "720p", "1080p"))
    assert low.low < middle.low < high.low


@given(modes, resolutions, lengths)
def test_the_high_end_is_the_price_of_the_steps_end(mode, resolution, seconds):
    end = math.ceil(seconds / 5) * 5
    assert estimate(mode, resolution, seconds).high == estimate(mode, resolution, end).low


def test_takes_and_steps_are_counted_up():
    assert estimate("text-to-video", "480p", 7).times(4) == Estimate(104, 144, "derived")
    assert str(estimate("text-to-video", "480p", 7)) == "26–36"
    assert str(estimate("text-to-video", "480p", 5)) == "20"
    assert [step_cost(MODES[mode]) for mode in ("text-to-video", "lipsync", "control")] == [16, 28, 56]
    assert resolution_cost(MODES["control"], "480p", "1080p") == 24
