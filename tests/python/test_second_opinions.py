"""Second opinions: agreement of reasons, on planted models where they are known."""

from __future__ import annotations

import importlib.util
from dataclasses import replace

import numpy as np
import pytest
from scipy.special import expit

from user_states.errors import UserError
from user_states.fit.second_opinions_job import second_opinions
from user_states.hmm.arrays import FloatArray, IntArray
from user_states.propensity.linear_scorer import fit_linear
from user_states.propensity.propensity_rows import (
    FeatureBlock,
    PropensityRows,
    no_features,
)
from user_states.propensity.score_reasons import explain_scores
from user_states.propensity.second_opinions import (
    eli5_importance,
    importance_agreement,
    lime_reasons,
    permutation_importance,
    top_agreement,
    without_gaps,
)

NAMES = ("a", "b", "c", "d", "e")
WEIGHTS = np.array([3.0, -2.0, 1.0, 0.0, 0.0])


def planted(n: int = 1500) -> tuple[FloatArray, IntArray]:
    """Return values and outcomes of a model with known weights."""
    rng = np.random.default_rng(7)
    values = rng.normal(size=(n, len(NAMES)))
    return values, (rng.random(n) < expit(values @ WEIGHTS)).astype(np.int64)


def chances(values: FloatArray) -> FloatArray:
    """Return the probabilities of the planted model."""
    second = expit(values @ WEIGHTS)
    return np.column_stack([1 - second, second])


class TestTopThree:
    def test_equal_reasons_agree_in_any_unit(self) -> None:
        reasons = np.random.default_rng(1).normal(size=(50, 6))
        assert top_agreement(reasons, -7 * reasons) == 1.0

    def test_the_share_is_a_mean_over_customers(self) -> None:
        ours = np.array([[9.0, 8, 7, 0, 0, 0], [9, 8, 7, 0, 0, 0]])
        theirs = np.array([[9.0, 8, 0, 7, 0, 0], [0, 0, 0, -9, 8, -7]])
        assert top_agreement(ours, theirs) == pytest.approx((2 / 3 + 0) / 2)

    def test_chance_is_a_half_of_six(self) -> None:
        rng = np.random.default_rng(3)
        found = top_agreement(rng.normal(size=(4000, 6)), rng.normal(size=(4000, 6)))
        assert found == pytest.approx(0.5, abs=0.02)

    def test_fewer_features_than_three(self) -> None:
        assert top_agreement(np.ones((2, 2)), np.ones((2, 2))) == 1.0

    @pytest.mark.parametrize("shape", [(2, 3), (0, 4)])
    def test_other_shapes_are_an_error(self, shape: tuple[int, int]) -> None:
        with pytest.raises(ValueError, match="expected two equal ones"):
            top_agreement(np.ones((0, 4)), np.ones(shape))


class TestImportance:
    def test_the_order_counts(self) -> None:
        ours = np.array([1.0, 2, 3, 4])
        assert importance_agreement(ours, ours**3) == pytest.approx(1.0)
        assert importance_agreement(ours, -ours) == pytest.approx(-1.0)

    def test_without_differences_there_is_no_order(self) -> None:
        assert importance_agreement(np.ones(4), np.arange(4.0)) is None

    def test_permutation_finds_the_planted_order(self) -> None:
        values, outcomes = planted()
        found = permutation_importance(chances, values, outcomes, 1)
        assert np.argsort(-found)[:3].tolist() == [0, 1, 2]
        # What is not used changes nothing, to the last bit.
        assert found[3] == found[4] == 0.0

    def test_permutation_agrees_with_the_reasons_of_a_fitted_model(self) -> None:
        values, outcomes = planted()
        block = FeatureBlock(NAMES, ("none",) * 5, values)
        scorer = fit_linear(block, outcomes, 2)

        def fitted(rows: FloatArray) -> FloatArray:
            return scorer.chances(FeatureBlock(NAMES, ("none",) * 5, rows))

        importance = explain_scores(scorer, block).importance
        found = permutation_importance(fitted, values, outcomes, 1)
        agreement = importance_agreement(importance[:3], found[:3])
        assert agreement == pytest.approx(1.0)

    def test_gaps_get_the_fill_of_their_feature(self) -> None:
        values = np.array([[1.0, np.nan], [np.nan, 4.0]])
        assert without_gaps(values, np.array([7.0, 8.0])).tolist() == [[1, 8], [7, 4]]


@pytest.mark.skipif(
    importlib.util.find_spec("lime") is None, reason="LIME is not installed"
)
def test_lime_names_the_planted_reasons() -> None:
    values, _ = planted()
    exact = values[:20] * WEIGHTS
    found = lime_reasons(chances, values, values[:20], NAMES, 1)
    # The two unused features are 0 in truth, so three are certain.
    assert top_agreement(exact, found) > 0.9


@pytest.mark.skipif(
    importlib.util.find_spec("eli5") is None, reason="ELI5 is not installed"
)
def test_eli5_orders_the_features_as_our_permutation_does() -> None:
    values, outcomes = planted()
    found = eli5_importance(chances, values, outcomes, 1)
    own = permutation_importance(chances, values, outcomes, 1)
    assert found == pytest.approx(own, abs=0.05)
    assert importance_agreement(found[:3], own[:3]) == pytest.approx(1.0)


def planted_rows() -> PropensityRows:
    """Return rows of 600 customers in one week, whose outcomes have known reasons."""
    values, outcomes = planted(600)
    # Every tenth value of the second feature is not known.
    values[::10, 1] = np.nan
    n = len(outcomes)
    return PropensityRows(
        FeatureBlock(NAMES, ("none",) * 5, values),
        no_features(n),
        outcomes,
        ("no", "yes"),
        np.arange(n),
        np.random.default_rng(5).random(n),
        np.zeros(n, dtype=np.int64),
        0,
    )


class TestOfAChampion:
    def test_missing_features_are_an_error(self) -> None:
        rows = planted_rows()
        scorer = fit_linear(rows.features, rows.outcomes, 2)
        fewer = replace(rows, features=rows.features.columns(NAMES[1:]))
        with pytest.raises(UserError, match=r"no feature a .*run `make propensity`"):
            second_opinions(scorer, fewer, 1)

    @pytest.mark.skipif(
        importlib.util.find_spec("lime") is not None, reason="LIME is installed"
    )
    def test_without_the_packages_it_says_what_to_run(self) -> None:
        rows = planted_rows()
        scorer = fit_linear(rows.features, rows.outcomes, 2)
        with pytest.raises(UserError, match=r"found no package lime.*make explanation"):
            second_opinions(scorer, rows, 1)

    @pytest.mark.skipif(
        importlib.util.find_spec("lime") is None
        or importlib.util.find_spec("eli5") is None,
        reason="LIME or ELI5 is not installed",
    )
    def test_all_agree_on_a_linear_model(self) -> None:
        rows = planted_rows()
        scorer = fit_linear(rows.features, rows.outcomes, 2)
        lime, eli5, permutation = second_opinions(scorer, rows, 1)
        # A fifth of the customers were not taught.
        assert 80 < lime.n_customers < 160
        assert lime.top_three_agreement is not None
        assert lime.top_three_agreement > 0.8
        for opinion in (eli5, permutation):
            assert opinion.rank_correlation is not None
            assert opinion.rank_correlation > 0.6
            assert opinion.note is None
