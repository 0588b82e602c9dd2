"""The words that names of states are made of, and the rule that makes each one true.

A rule is tested on the users who carry the word: those who are in the state now, by
what they did in their current stay.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from user_states.hmm.arrays import BoolArray, FloatArray
from user_states.naming.current_stays import CurrentStays

WordKind = Literal["tempo", "silence", "time", "place", "special", "spread"]

# A rate over a shorter stay is no tempo: a ride in a one-week stay is not "weekly".
LEAST_STAY_WEEKS = 4
# Rides at a time or place are "the" rides of a stay if at least this share of them are.
MOST_RIDES = 0.5
# Coupons are special from this share on: hardly anybody has one for every second ride.
MANY_COUPONS = 0.25

# Who rides in at least so many of their weeks is steady; with at least so many rides in
# a week that has one, others ride in bursts.
STEADY, BURST_RIDES = 0.8, 1.5

ABOVE_ZERO = float(np.finfo(float).tiny)

WORKDAYS, WEEKEND = ("workday",), ("weekend",)
ANY_DAY = WORKDAYS + WEEKEND
PARTS_OF_DAY = ("night", "morning", "midday", "evening", "late")


@dataclass(frozen=True)
class WordRule:
    """A word and the rule that makes it true of a user.

    Attributes
    ----------
    word : str
        In lower case.
    kind : str
        `tempo`, `silence`, `time`, `place`, `special`, or `spread`: how rides are
        spread over the weeks, only for states that would have the same name.
    meaning : str
        The rule in words.
    is_tested : callable
        Takes stays, returns of which users the rule can say anything.
    is_true : callable
        Takes stays, returns of which users it is true, if it is tested on them.
    part, whole : tuple of str
        Of a rule about a share of rides: the columns whose sum is that share, and the
        column of all rides; else empty.
    about : str
        Of such a rule: which rides they are.
    is_last_resort : bool
        Whether the word is only for states of which no other word is true.
    """

    word: str
    kind: WordKind
    meaning: str
    is_tested: Callable[[CurrentStays], BoolArray]
    is_true: Callable[[CurrentStays], BoolArray]
    part: tuple[str, ...] = ()
    whole: tuple[str, ...] = ()
    about: str = ""
    is_last_resort: bool = False

    def covers(self, other: WordRule) -> bool:
        """Return whether the other word is about the same rides, or a part of them."""
        return _spans(other) <= _spans(self)


def _tempo(word: str, meaning: str, least: float, below: float) -> WordRule:
    """Return a rule about the rides a week of a stay: from `least` to under `below`."""

    def is_true(stays: CurrentStays) -> BoolArray:
        rate = stays.n_rides / stays.weeks
        return np.asarray((rate >= least) & (rate < below))

    return WordRule(word, "tempo", meaning, _is_long, is_true)


def _silence(word: str, least_weeks: int) -> WordRule:
    def is_true(stays: CurrentStays) -> BoolArray:
        return np.asarray(stays.silent_weeks >= least_weeks)

    meaning = f"no ride for at least {least_weeks} weeks"
    return WordRule(word, "silence", meaning, _everyone, is_true)


def _spread(
    word: str, meaning: str, is_true: Callable[[FloatArray, FloatArray], BoolArray]
) -> WordRule:
    """Return a rule about the share of weeks with a ride, and the rides of those."""

    def is_true_of(stays: CurrentStays) -> BoolArray:
        a_week = _ratio(stays.n_rides, stays.ride_weeks)
        return np.asarray(is_true(stays.ride_weeks / stays.weeks, a_week))

    return WordRule(word, "spread", meaning, _is_long, is_true_of)


def _share(
    word: str,
    kind: WordKind,
    about: str,
    part: tuple[str, ...],
    whole: str = "n_rides",
    least: float = MOST_RIDES,
) -> WordRule:
    """Return a rule about a share of the rides of a stay.

    It says nothing of a short stay without a ride, and is false of a long one.
    """

    def is_tested(stays: CurrentStays) -> BoolArray:
        is_known = np.isfinite(stays.sum_of(part)) & np.isfinite(stays.sum_of((whole,)))
        return np.asarray(is_known & (_is_long(stays) | (stays.n_rides > 0)))

    def is_true(stays: CurrentStays) -> BoolArray:
        return np.asarray(_ratio(stays.sum_of(part), stays.sum_of((whole,))) >= least)

    amount = {MOST_RIDES: "half", MANY_COUPONS: "a quarter"}[least]
    meaning = f"at least {amount} of the rides are {about}"
    return WordRule(word, kind, meaning, is_tested, is_true, part, (whole,), about)


def _time(
    word: str, about: str, days: tuple[str, ...], spans: tuple[str, ...]
) -> WordRule:
    columns = tuple(f"n_rides_{day}_{span}" for day in days for span in spans)
    return _share(word, "time", about, columns)


def _everyone(stays: CurrentStays) -> BoolArray:
    return np.ones(len(stays.weeks), dtype=np.bool_)


def _is_long(stays: CurrentStays) -> BoolArray:
    return np.asarray(stays.weeks >= LEAST_STAY_WEEKS)


def _is_brief(stays: CurrentStays) -> BoolArray:
    return np.asarray((stays.weeks < LEAST_STAY_WEEKS) & (stays.n_rides > 0))


def _is_active(stays: CurrentStays) -> BoolArray:
    return np.asarray(stays.silent_weeks < LEAST_STAY_WEEKS)


def _is_rare(stays: CurrentStays) -> BoolArray:
    return np.asarray(stays.n_rides * 4 < stays.weeks)


def _spans(rule: WordRule) -> set[str]:
    """Return the day-parts that a rule is about, the weekend as its five parts."""
    spans = set(rule.part)
    if "n_weekend_rides" in spans:
        spans |= {f"n_rides_weekend_{span}" for span in PARTS_OF_DAY}
    return spans


def _ratio(part: FloatArray, whole: FloatArray) -> FloatArray:
    ratio: FloatArray = np.full(len(part), np.nan)
    return np.divide(part, whole, out=ratio, where=whole > 0)


# Of the words of a kind that are true of a state, a name has the first. So narrow words
# precede broad ones, and the words for states whose users differ come last.
TEMPO_WORDS = (
    _tempo("daily", "at least 5 rides a week", 5.0, np.inf),
    _tempo("very frequent", "at least 3 rides a week", 3.0, np.inf),
    _tempo("fortnightly", "0.3 to 0.8 rides a week", 0.3, 0.8),
    _tempo("monthly", "0.1 to 0.4 rides a week", 0.1, 0.4),
    _tempo("frequent", "at least 1.5 rides a week", 1.5, np.inf),
    _tempo("weekly", "0.5 to 2.5 rides a week", 0.5, 2.5),
    _tempo("regular", "at least a ride in two weeks", 0.5, np.inf),
    _silence("silent for months", 8),
    _silence("silent for weeks", 3),
    _tempo("occasional", "a ride, but less than one a week", ABOVE_ZERO, 1.0),
    # Also of short stays: no ride yet is less than one in four weeks.
    WordRule("rare", "tempo", "less than a ride in four weeks", _everyone, _is_rare),
    _tempo("infrequent", "less than one ride a week", 0.0, 1.0),
    WordRule(
        "briefly active",
        "tempo",
        f"a ride, in a stay of less than {LEAST_STAY_WEEKS} weeks so far",
        _everyone,
        _is_brief,
        is_last_resort=True,
    ),
    WordRule(
        "active",
        "tempo",
        f"a ride in the last {LEAST_STAY_WEEKS} weeks",
        _everyone,
        _is_active,
        is_last_resort=True,
    ),
)
# Of these words about how often, a narrower one takes the place as soon as it is true.
BROAD_WORDS = frozenset(
    {"regular", "silent for weeks", "infrequent", "briefly active", "active"}
)
TIME_WORDS = (
    _time(
        "commuting", "on Monday to Thursday from 6 to 10 or from 16 to 20 h",
        WORKDAYS, ("morning", "evening"),
    ),
    _time(
        "weekend nights", "on Friday to Sunday from 20 to 6 h",
        WEEKEND, ("late", "night"),
    ),
    _time(
        "weekend evenings", "on Friday to Sunday from 16 to 24 h",
        WEEKEND, ("evening", "late"),
    ),
    _time(
        "weekend daytime", "on Friday to Sunday from 6 to 16 h",
        WEEKEND, ("morning", "midday"),
    ),
    _time(
        "workday daytime", "on Monday to Thursday from 6 to 16 h",
        WORKDAYS, ("morning", "midday"),
    ),
    _time(
        "workday evenings", "on Monday to Thursday from 16 to 24 h",
        WORKDAYS, ("evening", "late"),
    ),
    _time("nights", "from 20 to 6 h", ANY_DAY, ("late", "night")),
    _time("evenings", "from 16 to 24 h", ANY_DAY, ("evening", "late")),
    _time("mornings", "from 6 to 10 h", ANY_DAY, ("morning",)),
    _time("daytime", "from 6 to 16 h", ANY_DAY, ("morning", "midday")),
    _share(
        "weekends", "time", "on Friday to Sunday",
        ("n_weekend_rides",),
    ),
)  # fmt: skip
PLACE_WORDS = (
    _share(
        "travelling",
        "place",
        "in another city than most earlier rides",
        ("n_away_rides",),
        "n_rides_with_city",
    ),
)
SPECIAL_WORDS = (
    _share(
        "with coupons",
        "special",
        "with a coupon",
        ("n_coupon_rides",),
        "n_rides_with_coupon_count",
        MANY_COUPONS,
    ),
)
SPREAD_WORDS = (
    _spread(
        "steady",
        "a ride in at least four of five weeks",
        lambda weeks, _: weeks >= STEADY,
    ),
    _spread(
        "in bursts",
        "at least 1.5 rides in a week with one, and none in over a fifth of weeks",
        lambda weeks, rides: (weeks < STEADY) & (rides >= BURST_RIDES),
    ),
    _spread(
        "one at a time",
        "fewer than 1.5 rides in a week with one",
        lambda _, rides: rides < BURST_RIDES,
    ),
)
VOCABULARY = (
    *TEMPO_WORDS,
    *TIME_WORDS,
    *PLACE_WORDS,
    *SPECIAL_WORDS,
    *SPREAD_WORDS,
)
# Columns of the panel that the rules read, besides the rides of the week.
WORD_COLUMNS = tuple(
    dict.fromkeys(
        column
        for rule in VOCABULARY
        for column in (*rule.part, *rule.whole)
        if column != "n_rides"
    )
)
