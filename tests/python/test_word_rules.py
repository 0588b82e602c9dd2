"""The rule of each word: of which users it is true, and on which it is tested."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pytest

from user_states.naming.current_stays import CurrentStays
from user_states.naming.word_rules import VOCABULARY, WORD_COLUMNS
from user_states.naming.word_truths import KEPT_FROM, WordTotals

RULES = {rule.word: rule for rule in VOCABULARY}


def a_stay(
    weeks: int = 10,
    rides: float = 10,
    silent: int = 0,
    ride_weeks: int = 0,
    counts: Mapping[str, float] = MappingProxyType({}),
) -> CurrentStays:
    """Return the stay of one user; rides that no column counts are at other times."""
    known = dict.fromkeys(WORD_COLUMNS, 0.0)
    known |= {"n_rides_with_city": rides, "n_rides_with_coupon_count": rides}
    return CurrentStays(
        np.array([0]),
        np.array([weeks]),
        np.array([float(rides)]),
        np.array([float(ride_weeks)]),
        np.array([silent]),
        {name: np.array([float(n)]) for name, n in (known | dict(counts)).items()},
    )


def verdict(word: str, stay: CurrentStays) -> bool | None:
    """Return whether the word is true of the user; None if that cannot be tested."""
    rule = RULES[word]
    if not rule.is_tested(stay)[0]:
        return None
    return bool(rule.is_true(stay)[0])


@pytest.mark.parametrize(
    ("word", "rides_in_ten_weeks", "expected"),
    [
        ("daily", 50, True), ("daily", 49, False),
        ("very frequent", 30, True), ("very frequent", 29, False),
        ("frequent", 15, True), ("frequent", 60, True), ("frequent", 14, False),
        ("weekly", 5, True), ("weekly", 24, True), ("weekly", 25, False),
        ("weekly", 4, False),
        ("fortnightly", 3, True), ("fortnightly", 8, False), ("fortnightly", 2, False),
        ("monthly", 1, True), ("monthly", 3, True), ("monthly", 4, False),
        ("monthly", 0, False),
        ("regular", 5, True), ("regular", 90, True), ("regular", 4, False),
        ("occasional", 9, True), ("occasional", 10, False), ("occasional", 0, False),
        ("infrequent", 9, True),
        ("infrequent", 0, True),
        ("infrequent", 10, False),
        ("rare", 2, True), ("rare", 0, True), ("rare", 3, False),
    ],
)  # fmt: skip
def test_how_often(word: str, rides_in_ten_weeks: int, expected: bool) -> None:
    assert verdict(word, a_stay(rides=rides_in_ten_weeks)) is expected


@pytest.mark.parametrize(
    "word",
    ["daily", "very frequent", "frequent", "weekly", "fortnightly", "monthly",
     "regular", "occasional", "infrequent"],
)  # fmt: skip
def test_a_rate_needs_four_weeks(word: str) -> None:
    assert verdict(word, a_stay(weeks=3, rides=3)) is None
    assert verdict(word, a_stay(weeks=4, rides=4)) is not None


def test_a_short_stay_is_rare_without_a_ride_and_brief_with_one() -> None:
    without, with_ride = a_stay(weeks=2, rides=0), a_stay(weeks=3, rides=1)
    assert (verdict("rare", without), verdict("rare", with_ride)) == (True, False)
    assert verdict("briefly active", without) is False
    assert verdict("briefly active", with_ride) is True
    assert verdict("briefly active", a_stay(weeks=4, rides=1)) is False


@pytest.mark.parametrize(
    ("word", "silent", "expected"),
    [
        ("silent for months", 8, True), ("silent for months", 7, False),
        ("silent for weeks", 3, True), ("silent for weeks", 30, True),
        ("silent for weeks", 2, False),
        ("active", 3, True),
        ("active", 4, False),
    ],
)  # fmt: skip
@pytest.mark.parametrize("weeks", [1, 30])
def test_silence_counts_from_the_last_ride(
    word: str, silent: int, expected: bool, weeks: int
) -> None:
    assert verdict(word, a_stay(weeks=weeks, rides=0, silent=silent)) is expected


@pytest.mark.parametrize(
    ("word", "columns"),
    [
        ("commuting", ("n_rides_workday_morning", "n_rides_workday_evening")),
        ("weekend nights", ("n_rides_weekend_late", "n_rides_weekend_night")),
        ("weekend evenings", ("n_rides_weekend_evening", "n_rides_weekend_late")),
        ("weekend daytime", ("n_rides_weekend_morning", "n_rides_weekend_midday")),
        ("workday daytime", ("n_rides_workday_morning", "n_rides_workday_midday")),
        ("workday evenings", ("n_rides_workday_evening", "n_rides_workday_late")),
        ("nights", ("n_rides_workday_late", "n_rides_weekend_night")),
        ("evenings", ("n_rides_workday_evening", "n_rides_weekend_late")),
        ("mornings", ("n_rides_workday_morning", "n_rides_weekend_morning")),
        ("daytime", ("n_rides_workday_midday", "n_rides_weekend_morning")),
        ("weekends", ("n_weekend_rides",)),
        ("travelling", ("n_away_rides",)),
    ],
)
def test_half_of_the_rides(word: str, columns: tuple[str, ...]) -> None:
    for total, expected in ((5, True), (4, False)):
        first, rest = divmod(total, len(columns))
        counts = dict.fromkeys(columns, float(first))
        counts[columns[0]] += rest
        assert verdict(word, a_stay(counts=counts)) is expected
    # A ride in a short stay can be tested; no ride cannot, unless the stay is long.
    assert verdict(word, a_stay(1, 1, counts={columns[0]: 1})) is True
    assert verdict(word, a_stay(weeks=3, rides=0)) is None
    assert verdict(word, a_stay(weeks=4, rides=0)) is False
    # The log has no cities, say.
    assert verdict(word, a_stay(counts={columns[0]: np.nan})) is None


def test_every_word_has_a_test_here_and_no_word_says_what_is_absent() -> None:
    text = Path(__file__).read_text(encoding="utf-8")
    for word in RULES:
        assert f'"{word}"' in text, word
        assert not word.startswith(("no ", "not ", "without "))
    assert len(RULES) == len(VOCABULARY)


def test_coupons_for_a_quarter_of_the_rides() -> None:
    assert (
        verdict("with coupons", a_stay(rides=12, counts={"n_coupon_rides": 3})) is True
    )
    assert (
        verdict("with coupons", a_stay(rides=12, counts={"n_coupon_rides": 2})) is False
    )


@pytest.mark.parametrize(
    ("ride_weeks", "rides", "word"),
    [
        (8, 9, "steady"),
        (10, 40, "steady"),
        (7, 11, "in bursts"),
        (1, 2, "in bursts"),
        (7, 10, "one at a time"),
        (1, 1, "one at a time"),
    ],
)
def test_how_rides_are_spread_over_weeks(
    ride_weeks: int, rides: int, word: str
) -> None:
    stay = a_stay(weeks=10, rides=rides, ride_weeks=ride_weeks)
    told = [other for other in ("steady", "in bursts") if verdict(other, stay)]
    assert (told or ["one at a time"]) == [word]
    assert verdict("one at a time", stay) is (rides < 1.5 * ride_weeks)
    silent = a_stay(weeks=10, rides=0)
    assert not any(verdict(w, silent) for w in ("steady", "in bursts", word))
    assert verdict(word, a_stay(weeks=3, rides=3, ride_weeks=3)) is None


def test_chunks_add_up() -> None:
    rng = np.random.default_rng(0)
    stays = [
        CurrentStays(
            rng.integers(0, 3, n),
            rng.integers(1, 9, n),
            rng.integers(0, 9, n).astype(float),
            rng.integers(0, 9, n).astype(float),
            rng.integers(0, 9, n),
            {name: rng.integers(0, 5, n).astype(float) for name in WORD_COLUMNS},
        )
        for n in (40, 60)
    ]
    one, other = stays
    whole = CurrentStays(
        np.concatenate([one.states, other.states]),
        np.concatenate([one.weeks, other.weeks]),
        np.concatenate([one.n_rides, other.n_rides]),
        np.concatenate([one.ride_weeks, other.ride_weeks]),
        np.concatenate([one.silent_weeks, other.silent_weeks]),
        {
            name: np.concatenate([one.counts[name], other.counts[name]])
            for name in WORD_COLUMNS
        },
    )
    in_chunks, at_once = WordTotals(4), WordTotals(4)
    for part in stays:
        in_chunks.update(part)
    at_once.update(whole)
    found, expected = in_chunks.truths(), at_once.truths()
    for name in ("n_users", "n_tested", "n_true", "part_rides", "whole_rides"):
        np.testing.assert_array_equal(getattr(found, name), getattr(expected, name))
    assert found.n_users.sum() == 100
    assert np.isnan(found.shares[3]).all()
    column = found.rules.index(RULES["rare"])
    for state in range(3):
        rows = whole.states == state
        share = (whole.n_rides * 4 < whole.weeks)[rows].mean()
        assert found.shares[state, column] == pytest.approx(share)
    # Of the users of a state, the words that are true of most of them, all at once.
    assert found.patterns == expected.patterns
    for state in range(4):
        own = [pattern for pattern in found.patterns if pattern.state == state]
        assert sum(pattern.n_users for pattern in own) == found.n_users[state]
        for word, rule in RULES.items():
            column = found.rules.index(rule)
            n_true = sum(p.n_users for p in own if word in p.true_words)
            n_false = sum(p.n_users for p in own if word in p.false_words)
            if n_true + n_false:
                assert n_true == found.n_true[state, column]
                assert n_true + n_false == found.n_tested[state, column]
                assert found.shares[state, column] >= KEPT_FROM
            else:
                assert not found.shares[state, column] >= KEPT_FROM
    order = np.array([2, 0, 1, 3])
    moved = found.permuted(order).patterns
    assert {
        (p.state, p.true_words, p.false_words, p.n_users) for p in found.patterns
    } == {(int(order[p.state]), p.true_words, p.false_words, p.n_users) for p in moved}
