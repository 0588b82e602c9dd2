"""Names of states: true of those who carry them, recognisable, stable and unique."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from conftest import declared_features
from user_states.hmm.arrays import BoolArray, FloatArray
from user_states.naming.automatic_name import AutomaticName, free_name
from user_states.naming.current_stays import current_stays
from user_states.naming.kept_names import promoted_names
from user_states.naming.profiles import ProfileTotals, StateProfiles
from user_states.naming.state_names import name_states
from user_states.naming.trait_descriptions import trait_labels
from user_states.naming.word_rules import VOCABULARY
from user_states.naming.word_truths import (
    KEPT_FROM,
    LEAST_TESTED,
    WordPattern,
    WordTotals,
    WordTruths,
)
from user_states.rides.simulated_population import (
    SimulatedRequests,
    draw_population,
    draw_requests,
    draw_states,
)
from user_states.rides.simulated_world import STATES

WORDS = [rule.word for rule in VOCABULARY]
TRAITS = trait_labels(declared_features())


def profiles(n_states: int, rides: float = 1.0, active: float = 0.5) -> StateProfiles:
    """Return states without traits."""
    none = np.empty(0)
    return StateProfiles(
        (),
        np.empty((n_states, 0)),
        none,
        none,
        np.full(n_states, rides),
        np.full(n_states, active),
    )


def truths(
    *states: dict[str, float], n_users: int = 1000, n_tested: int | None = None
) -> WordTruths:
    """Return states by the share of users of whom each word is true; 0 for others.

    A word about rides tells a state from the others if it is true of its users.
    """
    tested = n_users if n_tested is None else n_tested
    shares = np.array([[state.get(word, 0.0) for word in WORDS] for state in states])
    has_rides = np.array([bool(rule.part) for rule in VOCABULARY])
    return WordTruths(
        VOCABULARY,
        np.full(len(states), n_users),
        np.full(shares.shape, tested),
        np.round(shares * tested).astype(np.int64),
        np.where(has_rides, shares, 0.0),
        np.where(has_rides, np.ones(shares.shape), 0.0),
    )


def with_patterns(found: WordTruths, *states: dict[tuple[str, ...], int]) -> WordTruths:
    """Return states with their users by the words that are true of them.

    Every word of a state is tested on each of its users.
    """
    patterns = []
    for state, of_state in enumerate(states):
        tested = {word for words in of_state for word in words}
        patterns += [
            WordPattern(state, words, tuple(tested - {*words}), n_users)
            for words, n_users in of_state.items()
        ]
    return replace(found, patterns=patterns)


def names_of(found: WordTruths) -> list[str]:
    return [
        name.name for name in name_states(found, profiles(len(found.n_users)), TRAITS)
    ]


class TestContentOfNames:
    def test_how_often_when_where_and_what_is_special(self) -> None:
        found = truths(
            {"weekly": 0.9, "weekend nights": 0.9, "weekends": 1, "travelling": 0.9},
            {"frequent": 0.95, "regular": 1, "commuting": 0.85, "mornings": 0.9},
            {"travelling": 0.9, "active": 1.0},
            {"occasional": 0.9, "with coupons": 0.83},
            {"active": 0.95},
        )
        assert names_of(found) == [
            "Weekly, weekend nights, travelling",
            "Frequent, commuting",
            "Travelling",
            "Occasional, with coupons",
            "Active",
        ]

    def test_silence_is_all_that_is_said_of_the_silent(self) -> None:
        silent = {"silent for months": 0.9, "silent for weeks": 1, "rare": 1}
        assert names_of(truths(silent | {"evenings": 0.9}, {})) == [
            "Silent for months",
            "Mixed",
        ]
        silent["silent for months"] = 0.79
        assert names_of(truths(silent, {}))[0] == "Silent for weeks"

    def test_a_word_that_is_as_true_of_other_states_tells_nothing(self) -> None:
        everyone = {"weekly": 0.9, "daytime": 0.9}
        assert names_of(truths(everyone, {"rare": 1, "daytime": 0.85})) == [
            "Weekly",
            "Rare",
        ]

    def test_how_often_is_not_said_of_short_stays(self) -> None:
        state = {"weekly": 1.0, "travelling": 0.9}
        assert names_of(truths(state, {}, n_tested=499))[0] == "Travelling"
        assert names_of(truths(state, {}, n_tested=500))[0] == "Weekly, travelling"

    def test_without_a_true_word(self) -> None:
        assert names_of(truths({}, {})) == ["Mixed", "Mixed 2"]
        few = truths({"weekly": 1.0}, {"weekly": 1.0}, n_users=LEAST_TESTED - 1)
        assert names_of(few) == ["Few users", "Few users 2"]
        empty = name_states(truths({}, {}), profiles(2, np.nan, np.nan), TRAITS)
        assert [name.name for name in empty] == ["Empty", "Empty 2"]
        assert empty[0].description == "Nobody was in this state."

    def test_one_state_is_everybody(self) -> None:
        (name,) = name_states(truths({"weekly": 1.0}), profiles(1), TRAITS)
        assert name.name == "All users"
        own = "1.0 rides a week, with a ride in 50% of weeks."
        assert name.description == own
        (found,) = name_states(truths({}), profiles(1), TRAITS, "A finding.")
        assert found.description == f"A finding. {own}"
        assert name.fits("All users")
        assert not name.fits("Weekly")
        (weekly, _) = name_states(truths({"weekly": 1.0}, {}), profiles(2), TRAITS)
        assert not weekly.fits("All users")


class TestTruthOfNames:
    def test_no_name_has_a_word_that_is_true_of_fewer_than_80_percent(self) -> None:
        rng = np.random.default_rng(1)
        n_checked = 0
        for _ in range(200):
            n_states = int(rng.integers(2, 9))
            shape = (n_states, len(WORDS))
            n_users = rng.integers(0, 60, n_states)
            tested = rng.binomial(n_users[:, np.newaxis], rng.random(shape))
            true = rng.binomial(tested, rng.choice([0.5, 0.8, 0.95], shape))
            found = WordTruths(
                VOCABULARY, n_users, tested, true, rng.random(shape), np.ones(shape)
            )
            for state, name in enumerate(
                name_states(found, profiles(n_states), TRAITS)
            ):
                for text in (name.name, *name.longer_names):
                    assert name.fits(text), (text, name)
                    for word in text.casefold().rstrip(" 0123456789").split(", "):
                        if word in ("mixed", "few users"):
                            continue
                        column = WORDS.index(word)
                        assert tested[state, column] >= LEAST_TESTED
                        assert found.shares[state, column] >= 0.8
                        n_checked += 1
                for word in name.true_words or ():
                    if word not in ("mixed", "few users"):
                        assert found.shares[state, WORDS.index(word)] >= 0.8
        assert n_checked > 500

    @pytest.mark.parametrize(
        ("share", "is_given", "is_kept"),
        [(0.83, True, True), (0.81, False, True), (0.79, False, False)],
    )
    def test_a_word_needs_more_to_enter_a_name_than_to_stay(
        self, share: float, is_given: bool, is_kept: bool
    ) -> None:
        found = truths({"weekly": 1, "evenings": share}, {})
        name, _ = name_states(found, profiles(2), TRAITS)
        assert ("evenings" in name.name) == is_given
        assert name.fits("Weekly, evenings") == is_kept
        kept = promoted_names({"a": name}, {"a": "Weekly, evenings"}, [], [])
        assert (kept["a"] == "Weekly, evenings") == is_kept
        assert KEPT_FROM == 0.8

    def test_the_words_of_a_new_name_are_true_together(self) -> None:
        words = ("weekly", "evenings", "with coupons")
        found = truths(dict.fromkeys(words, 0.9), {"rare": 1.0})
        together = {words: 750, words[1:]: 60, words[:1]: 190}
        of_two = with_patterns(found, together)
        assert (
            of_two.joint_share(0, [VOCABULARY[WORDS.index(w)] for w in words]) == 0.75
        )
        # How often goes first: it stands beside the name as a number.
        assert names_of(of_two)[0] == "Evenings, with coupons"
        together = {words: 750, words[:2]: 60, words[2:]: 190}
        assert names_of(with_patterns(found, together))[0] == "Weekly, evenings"
        together = {words: 700, words[:1]: 100, words[1:2]: 100, words[2:]: 100}
        assert names_of(with_patterns(found, together))[0] == "With coupons"
        # A name that was given earlier stays: each of its words is true.
        name = name_states(of_two, profiles(2), TRAITS)[0]
        kept = promoted_names({"a": name}, {"a": "Weekly, evenings"}, [], [])
        assert kept == {"a": "Weekly, evenings"}

    def test_two_states_differ_even_in_words_that_are_not_true_together(self) -> None:
        both, other = ("weekly", "evenings"), ("frequent", "evenings")
        found = truths(dict.fromkeys(both, 0.9), dict.fromkeys(other, 0.9), {"rare": 1})
        of_both = {both: 750, both[:1]: 100, both[1:]: 150}
        of_other = {other: 750, other[:1]: 100, other[1:]: 150}
        assert names_of(with_patterns(found, of_both))[0] == "Evenings"
        assert names_of(with_patterns(found, of_both, of_other))[:2] == [
            "Weekly, evenings",
            "Frequent, evenings",
        ]

    def test_a_name_stays_as_long_as_it_is_true(self) -> None:
        found = truths({"very frequent": 0.9, "frequent": 1, "commuting": 0.9}, {})
        name, _ = name_states(found, profiles(2), TRAITS)
        assert name.name == "Very frequent, commuting"
        for earlier in ("Frequent", "Frequent, commuting", "Commuting 2", "FREQUENT"):
            assert promoted_names({"a": name}, {"a": earlier}, [], []) == {"a": earlier}
        for earlier in ("Weekly", "Frequent, no iPhone", "Frequent, several cities"):
            assert promoted_names({"a": name}, {"a": earlier}, [], []) == {
                "a": "Very frequent, commuting"
            }

    @pytest.mark.parametrize(("share", "is_kept"), [(0.84, True), (0.86, False)])
    def test_a_broad_word_gives_way_to_a_narrow_one(
        self, share: float, is_kept: bool
    ) -> None:
        words = {"silent for months": share, "silent for weeks": 1.0, "infrequent": 1.0}
        found, _ = name_states(truths(words, {}), profiles(2), TRAITS)
        assert found.name == "Silent for months"
        assert found.fits("Silent for weeks") == is_kept

    def test_resampled_users_hardly_ever_change_a_kept_name(self) -> None:
        """At 0.82 of 1,000 users, the share of another sample is below 0.8 in 5 %."""
        rng = np.random.default_rng(2)
        name = "Weekly, evenings"
        kept = 0
        for share in rng.binomial(1000, 0.83, 500) / 1000:
            found = truths({"weekly": 0.95, "evenings": share}, {})
            kept += name_states(found, profiles(2), TRAITS)[0].fits(name)
        assert kept > 0.95 * 500


class TestUniqueNames:
    def test_equal_names_are_extended_by_further_words(self) -> None:
        both = {"weekly": 0.9, "weekends": 0.9}
        assert names_of(truths(both, both | {"evenings": 0.9}, {})) == [
            "Weekly, weekends",
            "Weekly, evenings",
            "Mixed",
        ]
        special = both | {"travelling": 1.0, "with coupons": 1.0}
        found = name_states(truths(special, {"rare": 1.0}), profiles(2), TRAITS)
        assert found[0].name == "Weekly, weekends, travelling"
        assert found[0].longer_names == ("Weekly, weekends, travelling, with coupons",)

    def test_equal_states_get_numbers(self) -> None:
        assert names_of(truths({"weekly": 1.0}, {"weekly": 0.9}, {"weekly": 0.9})) == [
            "Weekly",
            "Weekly 2",
            "Weekly 3",
        ]

    def test_equal_states_differ_in_how_rides_are_spread(self) -> None:
        spread = ("steady", "in bursts", "one at a time")
        found = truths(*({"weekly": 1.0, word: 0.9} for word in spread))
        assert names_of(found) == [
            "Weekly, steady",
            "Weekly, in bursts",
            "Weekly, one at a time",
        ]
        # Elsewhere no name has such a word, and a name of it alone says too little.
        assert names_of(truths({"weekly": 1.0, "steady": 1.0}, {"steady": 1.0})) == [
            "Weekly",
            "Mixed",
        ]

    def test_a_free_name_is_the_first_unused_one(self) -> None:
        assert free_name(["Weekly", "Weekly, nights"], set()) == "Weekly"
        assert free_name(["Weekly", "Weekly, nights"], {"weekly"}) == "Weekly, nights"
        taken = {"Weekly", "Weekly, nights", "Weekly 2"}
        assert free_name(["Weekly", "Weekly, nights"], taken) == "Weekly 3"


class TestDescriptions:
    def test_it_has_figures_rhythm_and_traits(self) -> None:
        found = truths({"weekly": 0.9, "evenings": 0.9}, {"evenings": 0.4})
        described = StateProfiles(
            ("is_cash", "is_ios", "rolling_avg_price", "weekend_share", "cash_share"),
            np.array([[0.97, 0.3, 20.04, 0.9, 0.97], [0.1, 0.4, 10.0, 0.5, 0.1]]),
            np.array([0.5, 0.4, 10.0, 0.5, 0.5]),
            np.array([0.5, 0.5, 4.0, 0.2, 0.6]),
            np.array([1.25, 0.004]),
            np.array([0.7, 0.004]),
        )
        one, other = name_states(found, described, TRAITS)
        assert one.description == (
            "1.2 rides a week, with a ride in 70% of weeks. 90% of the rides from 16 "
            "to 24 h (40% in the other states). Its users, compared with everyone (in "
            "brackets): price of the last rides 20 (10), last ride in cash 97% (50%)."
        )
        assert other.description == (
            "Hardly any ride, in 0.4% of weeks. Its users, compared with everyone (in "
            "brackets): last ride in cash 10% (50%)."
        )

    def test_a_trait_without_a_label_has_its_name(self) -> None:
        entries = [
            {"name": "is_student", "family": "binary", "trait": "job"},
            {"name": "n_tips", "family": "continuous"},
        ]
        labels = trait_labels(entries)
        assert list(labels) == ["is_student"]
        assert labels["is_student"].text == "is student"
        assert labels["is_student"].value(0.5) == "50%"

    def test_every_feature_of_the_project_has_a_label(self) -> None:
        bare = [e["name"] for e in declared_features() if "label" not in e]
        assert bare == []


def test_a_manager_recognises_the_simulated_states() -> None:
    """Words of the simulator's true states, from 4,000 users and two years."""
    rng = np.random.default_rng(5)
    n_users, n_weeks = 4000, 104
    population = draw_population(rng, n_users, n_weeks)
    states = draw_states(rng, population.join_week, n_weeks)
    requests = draw_requests(rng, population, states)
    cancelled = np.array([habit.cancel_share for habit in STATES])[requests.state]
    is_kept = rng.random(len(cancelled)) >= cancelled
    requests = SimulatedRequests(
        *(column[is_kept] for column in vars(requests).values())
    )
    day, hour = np.divmod(requests.hour_of_week, 24)
    is_weekend, span = day >= 4, np.searchsorted([6, 10, 16, 20], hour, side="right")
    is_away = requests.city != population.home_city[requests.user]
    has_coupon = (
        rng.random(len(day))
        < np.array([s.coupon_share for s in STATES])[requests.state]
    )

    def counted(rides: BoolArray) -> FloatArray:
        counts = np.zeros(states.shape)
        np.add.at(counts, (requests.user[rides], requests.week[rides]), 1)
        return counts

    columns = {
        "n_rides": counted(np.ones(len(day), dtype=bool)),
        "n_weekend_rides": counted(is_weekend),
        "n_away_rides": counted(is_away),
        "n_coupon_rides": counted(has_coupon),
        **{
            f"n_rides_{kind}_{part}": counted((is_weekend == weekend) & (span == i))
            for weekend, kind in ((False, "workday"), (True, "weekend"))
            for i, part in enumerate(("night", "morning", "midday", "evening", "late"))
        },
    }
    rides = columns["n_rides"]
    columns |= {"n_rides_with_city": rides, "n_rides_with_coupon_count": rides}
    has_started = np.cumsum(rides, axis=1) > 0
    lengths = has_started.sum(axis=1)
    rows = {name: values[has_started] for name, values in columns.items()}
    decoded = states[has_started].astype(np.int64)
    totals = WordTotals(len(STATES))
    totals.update(current_stays(decoded, lengths[lengths > 0], rows["n_rides"], rows))
    found = name_states(totals.truths(), profiles(len(STATES)), TRAITS)
    assert {s.name: n.name for s, n in zip(STATES, found, strict=True)} == {
        "commuter": "Frequent, commuting",
        "heavy_regular": "Very frequent",
        "weekend_partier": "Weekly, weekend nights",
        "cash_saver": "Evenings, with coupons",
        "occasional": "Occasional",
        "traveller": "Travelling",
        "pausing": "Rare",
        "lapsed": "Silent for months",
    }


def test_profiles_equal_those_of_pandas() -> None:
    rng = np.random.default_rng(1)
    states = rng.integers(0, 3, 500)
    values: FloatArray = rng.normal(5, 2, size=(500, 2))
    values[:, 1] = np.nan
    n_rides = rng.poisson(1.0, 500).astype(float)
    totals = ProfileTotals(4, ("price", "absent"))
    for rows in np.array_split(np.arange(500), 7):
        totals.update(states[rows], values[rows], n_rides[rows])
    found = totals.profiles()
    table = pd.DataFrame({"state": states, "price": values[:, 0], "rides": n_rides})
    table["active"] = table["rides"] > 0
    expected = table.groupby("state").mean()
    np.testing.assert_allclose(found.means[:3, 0], expected["price"])
    np.testing.assert_allclose(found.rides_a_week[:3], expected["rides"])
    np.testing.assert_allclose(found.active_shares[:3], expected["active"])
    assert np.isnan(found.means[3]).all()
    assert np.isnan(found.means[:, 1]).all()
    z = (expected["price"] - table["price"].mean()) / table["price"].std(ddof=0)
    np.testing.assert_allclose(found.deviations[:3, 0], z)


def test_automatic_names_are_stored_and_read() -> None:
    name = AutomaticName("Weekly", ("Weekly, nights",), "Text.", frozenset({"weekly"}))
    stored = name.as_stored()
    assert (
        AutomaticName.from_stored(
            *("Weekly", stored["longer_names"], "Text.", stored["true_words"])
        )
        == name
    )
