"""Names of states in plain words: their content, their truth, and no duplicates."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import pytest

from conftest import declared_features
from user_states.hmm.arrays import FloatArray
from user_states.naming.profiles import ProfileTotals, StateProfiles
from user_states.naming.state_names import free_name, name_states
from user_states.naming.trait_words import TraitWords, trait_words

FEATURES: tuple[str, ...] = (
    "weekend_share",
    "evening_share",
    "is_cash",
    "is_ios",
    "rolling_avg_price",
)
DECLARED = declared_features()
WORDS = trait_words(DECLARED)
# Means and standard deviations of everyone: for shares, flags and the price.
EVERYONE = np.array([0.45, 0.4, 0.5, 0.4, 10.0])
SPREAD = np.array([0.2, 0.2, 0.5, 0.5, 4.0])


def profiles(
    *rows: dict[str, float],
    rides: float | list[float] = 3.0,
    active: float | list[float] = 0.8,
    more: tuple[str, float, float] | None = None,
) -> StateProfiles:
    """Return states that equal everyone, except for the given means.

    `more` is an additional feature, with everyone's mean and standard deviation.
    """
    features, everyone, spread = FEATURES, EVERYONE, SPREAD
    if more:
        features = (*FEATURES, more[0])
        everyone, spread = np.append(EVERYONE, more[1]), np.append(SPREAD, more[2])
    means = np.array(
        [
            [row.get(name, mean) for name, mean in zip(features, everyone, strict=True)]
            for row in rows
        ]
    )
    shape = len(rows)
    return StateProfiles(
        features,
        means,
        everyone,
        spread,
        np.broadcast_to(np.array(rides, dtype=float), shape),
        np.broadcast_to(np.array(active, dtype=float), shape),
    )


def names_of(
    found: StateProfiles, words: Mapping[str, TraitWords] = WORDS
) -> list[str]:
    return [name.name for name in name_states(found, words)]


class TestContentOfNames:
    def test_a_name_has_frequency_and_the_strongest_traits(self) -> None:
        found = profiles(
            {"is_cash": 0.97, "rolling_avg_price": 20.0},
            {"weekend_share": 0.8, "evening_share": 0.7, "is_cash": 0.9},
            {"weekend_share": 0.2, "evening_share": 0.9},
            {"is_ios": 0.05},
            {},
        )
        assert names_of(found) == [
            "Frequent, pricier rides, cash",
            "Frequent, weekend evenings",
            "Frequent, workday evenings",
            "Frequent, no iPhone",
            "Frequent",
        ]

    @pytest.mark.parametrize(
        ("rides", "word"),
        [
            (6.0, "Daily"), (5.0, "Daily"), (4.9, "Frequent"), (2.0, "Frequent"),
            (1.2, "Weekly"), (0.5, "Fortnightly"), (0.2, "Monthly"), (0.1, "Rare"),
        ],
    )  # fmt: skip
    def test_how_often(self, rides: float, word: str) -> None:
        assert names_of(profiles({}, rides=rides)) == [word]

    def test_silences(self) -> None:
        weeks = ("weeks_since_last_ride", 4.0, 5.0)
        rows = [{"weeks_since_last_ride": 3.0}, {"weeks_since_last_ride": 12.0}]
        found = profiles(*rows, rides=0.01, active=0.01, more=weeks)
        assert names_of(found) == ["Silent for weeks", "Silent for months"]
        assert names_of(profiles({}, rides=0.01, active=0.01)) == ["Silent"]
        assert names_of(profiles({}, rides=np.nan, active=np.nan)) == ["Empty"]

    def test_traits_of_nearly_everyone_are_omitted(self) -> None:
        nearly = ("has_used_multiple_cities", 0.97, np.sqrt(0.97 * 0.03))
        found = profiles({"has_used_multiple_cities": 1.0}, more=nearly)
        assert names_of(found) == ["Frequent"]

    def test_a_flag_is_named_if_it_holds_for_most(self) -> None:
        # 33% is far above 5%, but still no reason to say "corporate".
        few = ("is_corporate", 0.05, 0.2)
        words = WORDS | trait_words([{"name": "is_corporate", "family": "binary"}])
        assert names_of(profiles({"is_corporate": 0.33}, more=few), words) == [
            "Frequent"
        ]
        assert names_of(profiles({"is_corporate": 0.66}, more=few), words) == [
            "Frequent, corporate"
        ]
        # Half of the weeks is not enough for either word.
        many = ("is_corporate", 0.85, 0.2)
        for share, name in ((0.5, "Frequent"), (0.33, "Frequent, no corporate")):
            found = profiles({"is_corporate": share}, more=many)
            assert names_of(found, words) == [name]

    @pytest.mark.parametrize(
        ("feature", "family", "high", "low", "is_share"),
        [
            ("is_student", "binary", "student", "no student", True),
            ("n_tips", "continuous", "many tips", "few tips", False),
            ("airport_share", "continuous", "often airport", "seldom airport", True),
            ("mean_wait", "continuous", "high wait", "low wait", False),
        ],
    )
    def test_words_for_a_feature_default_to_its_name(
        self, feature: str, family: str, high: str, low: str, is_share: bool
    ) -> None:
        (words,) = trait_words([{"name": feature, "family": family}]).values()
        assert (words.high, words.low, words.is_share) == (high, low, is_share)

    def test_every_feature_of_the_project_has_words_and_a_label(self) -> None:
        bare = [e["name"] for e in DECLARED if not {"words", "label"} <= set(e)]
        assert bare == []
        assert len(WORDS) == sum(entry["words"] != "none" for entry in DECLARED)

    def test_a_feature_of_frequency_is_not_named_again(self) -> None:
        often = ("n_rides", 2.0, 1.0)
        found = profiles({"n_rides": 9.0}, rides=9.0, more=often)
        assert names_of(found) == ["Daily"]

    def test_a_description_has_the_figures(self) -> None:
        (name,) = name_states(
            profiles({"is_cash": 0.97, "rolling_avg_price": 20.04}), WORDS
        )
        assert name.description == (
            "3 rides a week, with a ride in 80% of weeks; compared with everyone (in "
            "brackets): mean price 20 (10), paid in cash 97% (50%)."
        )

    @pytest.mark.parametrize(
        ("rides", "active", "word"),
        [
            (2.5, 0.59, "Weekly"), (2.5, 0.45, "Fortnightly"), (2.5, 0.2, "Monthly"),
            (2.5, 0.1, "Rare"), (6.0, 0.7, "Frequent"), (0.9, 0.5, "Weekly"),
        ],
    )  # fmt: skip
    def test_many_rides_in_few_weeks_are_not_frequent(
        self, rides: float, active: float, word: str
    ) -> None:
        assert names_of(profiles({}, rides=rides, active=active)) == [word]

    def test_a_word_with_a_bound_is_only_used_within_it(self) -> None:
        weeks = ("weeks_on_platform", 40.0, 25.0)
        rows = [{"weeks_on_platform": mean} for mean in (12.0, 21.0, 51.0, 60.0)]
        found = profiles(*rows, rides=[6.0, 3.0, 1.0, 0.5], more=weeks)
        assert names_of(found) == [
            "Daily, newcomers",
            "Frequent",
            "Weekly",
            "Fortnightly, long-standing",
        ]
        # More weekend rides than everyone, but most rides are on workdays.
        few = StateProfiles(
            ("weekend_share",), np.array([[0.42]]), np.array([0.2]), np.array([0.2]),
            np.array([3.0]), np.array([0.8]),
        )  # fmt: skip
        assert names_of(few) == ["Frequent"]


class TestTruthOfNames:
    def test_every_new_name_is_true_of_its_profile(self) -> None:
        rng = np.random.default_rng(2)
        weeks = ("weeks_since_last_ride", 4.0, 5.0)
        n_checked = 0
        for _ in range(100):
            rows = [
                dict(zip(FEATURES, EVERYONE + SPREAD * draw, strict=True))
                | {"weeks_since_last_ride": float(rng.uniform(0, 19))}
                for draw in rng.normal(size=(9, len(FEATURES)))
            ]
            active = rng.uniform(0, 1, 9) * rng.integers(0, 2, 9)
            found = profiles(
                *rows,
                rides=(active * rng.uniform(1, 8, 9)).tolist(),
                active=active.tolist(),
                more=weeks,
            )
            for name in name_states(found, WORDS):
                for text in (name.name, *name.longer_names):
                    assert name.fits(text), (text, name)
                    n_checked += 1
        assert n_checked > 1000

    @pytest.mark.parametrize(
        ("active", "weeks", "is_still"),
        [(0.01, 12.0, True), (0.054, 7.5, True), (0.056, 12.0, False),
         (0.21, 12.0, False), (0.01, 7.1, False)],
    )  # fmt: skip
    def test_a_silence_of_months(
        self, active: float, weeks: float, is_still: bool
    ) -> None:
        more = ("weeks_since_last_ride", 4.0, 5.0)
        (found,) = name_states(
            profiles(
                {"weeks_since_last_ride": weeks}, rides=active, active=active, more=more
            ),
            WORDS,
        )
        assert found.fits("Silent for months") == is_still

    def test_both_names_are_true_near_a_bound(self) -> None:
        """So a small change in either direction keeps the name."""
        for rides in (1.95, 2.05):
            (found,) = name_states(profiles({}, rides=rides), WORDS)
            assert found.fits("Weekly")
            assert found.fits("Frequent")
            assert not found.fits("Fortnightly")
        (found,) = name_states(profiles({}, rides=2.3), WORDS)
        assert not found.fits("Weekly")

    def test_every_word_must_be_true_and_numbers_are_ignored(self) -> None:
        (found,) = name_states(
            profiles({"weekend_share": 0.8, "evening_share": 0.9, "is_cash": 0.8}),
            WORDS,
        )
        for name in ("Frequent", "Frequent, cash 2", "Frequent, weekend evenings"):
            assert found.fits(name), name
        for name in (
            *("Frequent, cash, iPhone", "Weekly, cash", "Frequent, workday evenings"),
            *("State 3 of 20240101", "Frequent,cash", ""),
        ):
            assert not found.fits(name), name


class TestUniqueNames:
    def test_equal_names_are_extended_by_further_differences(self) -> None:
        two = {"weekend_share": 0.8, "is_cash": 0.95}
        found = profiles(two, {**two, "rolling_avg_price": 11.5})
        first, second = name_states(found, WORDS)
        assert (first.name, second.name) == (
            "Frequent, weekends, cash",
            "Frequent, weekends, cash, pricier rides",
        )
        # If both states have a further trait, both names get it.
        low = {**two, "rolling_avg_price": 8.5}
        found = profiles(low, {**two, "rolling_avg_price": 11.5})
        assert names_of(found) == [
            "Frequent, weekends, cash, cheaper rides",
            "Frequent, weekends, cash, pricier rides",
        ]

    def test_equal_profiles_get_numbers(self) -> None:
        assert names_of(profiles({}, {}, {})) == [
            "Frequent",
            "Frequent 2",
            "Frequent 3",
        ]

    def test_names_of_any_profiles_are_unique_and_short(self) -> None:
        rng = np.random.default_rng(0)
        lengths = []
        for _ in range(200):
            n_states = int(rng.integers(1, 14))
            rows = [
                dict(zip(FEATURES, EVERYONE + SPREAD * draw, strict=True))
                for draw in rng.normal(size=(n_states, len(FEATURES))).round()
            ]
            named = name_states(
                profiles(*rows, rides=rng.uniform(0, 4, n_states).tolist()), WORDS
            )
            names = [name.name.casefold() for name in named]
            assert len(set(names)) == n_states
            for name in named:
                assert name.name not in name.longer_names
                lengths.append(len(name.name))
        assert np.quantile(lengths, 0.9) <= 40

    def test_a_free_name_is_the_first_unused_one(self) -> None:
        assert free_name(["Weekly", "Weekly, cash"], set()) == "Weekly"
        assert free_name(["Weekly", "Weekly, cash"], {"weekly"}) == "Weekly, cash"
        taken = {"Weekly", "Weekly, cash", "Weekly 2"}
        assert free_name(["Weekly", "Weekly, cash"], taken) == "Weekly 3"


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
    words = trait_words({"name": f, "family": "continuous"} for f in found.features)
    assert names_of(found, words) == names_of(found.permuted(np.arange(4)), words)
