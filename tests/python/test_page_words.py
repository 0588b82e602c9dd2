"""Numbers, money and dates as people write them; room for labels; scales."""

from __future__ import annotations

import datetime
from itertools import pairwise

import numpy as np
import pytest

from user_states.explorer.svg.labels import fits, on_lines, spread, text_width
from user_states.explorer.svg.scales import Scale, round_step, round_values
from user_states.explorer.weekly_figures import relative_changes, usual_range
from user_states.explorer.words import (
    dates,
    listed,
    numbers,
    shortened,
    with_closed_percent,
)
from user_states.explorer.words.money import Money


@pytest.mark.parametrize(
    ("value", "exact", "about", "gain"),
    [
        (719_184.4, "€719,184", "€719,000", "+€719,000"),
        (12_666, "€12,666", "€12,700", "+€12,700"),
        (4.184, "€4", "€4.18", "+€4.18"),
        (0, "€0", "€0", "+€0"),
        (-151.2, "−€151", "−€151", "−€151"),
        (-0.2, "€0", "−€0.20", "−€0.20"),
    ],
)
def test_money(value: float, exact: str, about: str, gain: str) -> None:
    money = Money("EUR")
    assert (money.exact(value), money.about(value)) == (exact, about)
    assert money.gain(value) == gain


def test_money_of_other_currencies() -> None:
    assert Money("USD").each(4.18) == "$4.18"
    assert Money("JPY").each(1234) == "¥1,234"
    # Without a common symbol the code stands before the amount.
    assert Money("CHF").about(12_666) == "CHF\u00a012,700"
    assert Money("EUR").between(2512, 9034) == "€2,500 to €9,000"


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [
        (-81, 13_012, "−€100 to €13,000"),
        (-31, 13_012, "€0 to €13,000"),
        (81, 130, "€81 to €130"),
        (1_512, 14_400, "€1,500 to €14,000"),
        (-13_012, 81.4, "−€13,000 to €100"),
        (0, 0, "€0 to €0"),
    ],
)
def test_both_ends_of_a_range_are_about_equally_fine(
    low: float, high: float, words: str
) -> None:
    assert Money("EUR").between(low, high) == words


def test_amounts_within_a_text_are_written_as_on_the_page() -> None:
    text = "1701.99 EUR spent (typically 68.13 EUR); 9 EUROS; 3.5 EUR a visit"
    assert Money("EUR").within(text) == (
        "€1,702 spent (typically €68); 9 EUROS; €3.50 a visit"
    )
    assert Money("USD").within(text) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(6_583, "6,600"), (851, "850"), (12.4, "12"), (4.31, "4.3"), (0.417, "0.42")],
)
def test_expected_rides_have_two_digits(value: float, text: str) -> None:
    assert numbers.about(value) == text


def test_shares_and_changes() -> None:
    assert numbers.percent(0.136) == "14%"
    assert numbers.percent(0.002) == "under 1%"
    assert numbers.fine_percent(0.1432) == "14.3%"
    assert numbers.signed_percent(0.451) == "+45%"
    assert numbers.signed_percent(-0.0121, 1) == "−1.2%"
    assert numbers.signed_percent(0.0001) == "±0%"
    assert [numbers.in_words(n) for n in (0, 7, 12, 13)] == [
        "no",
        "seven",
        "twelve",
        "13",
    ]


def test_whole_per_cents_add_up_to_100() -> None:
    rng = np.random.default_rng(1)
    for _ in range(200):
        values = rng.integers(0, 1000, rng.integers(1, 13)).tolist()
        found = numbers.whole_percents(values)
        assert sum(found) == (100 if sum(values) else 0)
        exact = [100 * value / (sum(values) or 1) for value in values]
        assert all(abs(a - b) < 1 for a, b in zip(found, exact, strict=True))


@pytest.mark.parametrize(
    ("monday", "text"),
    [
        (datetime.date(2026, 11, 16), "16 to 22 November 2026"),
        (datetime.date(2026, 11, 30), "30 November to 6 December 2026"),
        (datetime.date(2026, 12, 28), "28 December 2026 to 3 January 2027"),
    ],
)
def test_weeks_are_written_as_people_write_them(
    monday: datetime.date, text: str
) -> None:
    assert dates.week_span(monday) == text


def test_days() -> None:
    day = datetime.date(2026, 11, 24)
    assert dates.weekday_date(day) == "Tuesday 24 November"
    assert dates.short_date(day) == "24 Nov"
    assert dates.date(day) == "24 November 2026"
    assert listed(["A", "B", "C"]) == "A, B and C"
    assert listed(["A"]) == "A"


def test_scales_have_round_values() -> None:
    assert Scale(-1, 1).across(0) == "50%"
    assert Scale(0, 8).width(2, 4) == "25%"
    assert round_step(0.31) == 0.5
    assert round_step(1200) == 2000
    assert round_values(0, 36_000, 3) == [0, 20_000]
    assert round_values(0, 30_000, 3) == [0, 10_000, 20_000, 30_000]


def test_labels_that_do_not_fit_are_left_out() -> None:
    assert text_width("mmm", 12) > text_width("iii", 12)
    assert fits("Silent", 12, 60)
    assert on_lines("Weekly, weekend nights", 12, 100) == ["Weekly,", "weekend nights"]
    assert on_lines("Weekly, weekend nights", 12, 40) is None


def test_labels_are_spread_without_overlaps() -> None:
    found = spread([10, 12, 14, 90], 18, 100)
    assert found == [10, 28, 46, 90]
    tight = spread([80, 90, 99], 18, 100)
    assert all(b - a >= 18 for a, b in pairwise(tight))
    assert tight[-1] <= 100


def test_what_is_usual() -> None:
    values = np.array([100.0, 101, 0, 50])
    changes = relative_changes(values)
    assert changes[0] == pytest.approx(0.01)
    assert np.isnan(changes[2])
    # Fewer than twelve changes say nothing.
    assert usual_range(changes) is None
    found = usual_range(np.linspace(-1, 1, 101))
    assert found == pytest.approx((-0.9, 0.9))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("short", "short"),
        ("choose a longer horizon, or wait", "choose a longer…"),
        ("a longer horizon, or a wait", "a longer horizon…"),
        ("Donaudampfschifffahrtsgesellschaft", "Donaudampfschifffah…"),
    ],
)
def test_a_long_text_is_cut_after_a_word(text: str, shown: str) -> None:
    assert shortened(text, 20) == shown
    assert shortened(text, 400) == text


def test_per_cent_is_written_in_one_way() -> None:
    assert with_closed_percent("22 % of 30\u00a0%, not 5%") == "22% of 30%, not 5%"
    assert with_closed_percent("a % b") == "a % b"
