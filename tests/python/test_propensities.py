"""Propensities from rows to what is published: folds, calibration, choice, leaks."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from scipy.special import expit, logit

from user_states.benchmarks.online_shoppers import KNOWN_LEAK, read_shoppers
from user_states.benchmarks.planted_drivers import HORIZON, DriverKind, planted_drivers
from user_states.benchmarks.propensity_study import (
    require_right_reasons,
    study_propensities,
)
from user_states.errors import UserError
from user_states.hmm.arrays import IntArray
from user_states.propensity.boosted_trees import fit_boosting
from user_states.propensity.calibration import choose_calibration, fit_calibration
from user_states.propensity.candidate_models import CANDIDATE_MODELS, CandidateModel
from user_states.propensity.leak_checks import find_leaks
from user_states.propensity.propensity_certificate import (
    PropensitySettings,
    certify_propensity,
)
from user_states.propensity.propensity_folds import propensity_folds, publication_fold
from user_states.propensity.propensity_rows import FeatureBlock, PropensityRows
from user_states.propensity.propensity_scores import calibration_error
from user_states.propensity.required_rows import (
    require_enough_outcomes,
    require_known_outcomes,
    require_no_target,
)

QUICK_CANDIDATES: tuple[CandidateModel, ...] = (
    *CANDIDATE_MODELS[:2],
    replace(CANDIDATE_MODELS[4], fit=partial(fit_boosting, n_trees=40)),
)


def small_rows(seed: int = 0, n_customers: int = 400) -> PropensityRows:
    return planted_drivers("slopes", seed, n_customers).rows


def test_planted_reasons_in_steps_are_found_by_trees() -> None:
    # Steps are a matter of trees, whose reasons need shap.
    pytest.importorskip("shap")
    outcomes = list(study_propensities(("steps",), (0,), 500, QUICK_CANDIDATES))
    require_right_reasons(outcomes)
    assert outcomes[0].chosen == "boosting"


def test_planted_reasons_are_found_and_nothing_where_there_is_none() -> None:
    kinds: tuple[DriverKind, ...] = ("slopes", "nothing")
    outcomes = list(study_propensities(kinds, (0,), 400, QUICK_CANDIDATES[:1]))
    require_right_reasons(outcomes)
    slopes = [row for row in outcomes if row.kind == "slopes"]
    assert all(row.is_published for row in slopes)
    # The study would notice what it is there for.
    wrong = [replace(row, n_first=0) for row in slopes]
    with pytest.raises(UserError, match="expected 90%"):
        require_right_reasons(wrong)
    with pytest.raises(UserError, match="permuted outcomes were published"):
        require_right_reasons([replace(slopes[0], kind="nothing")])
    with pytest.raises(UserError, match="an honest feature was named"):
        require_right_reasons([replace(slopes[0], leaks=("spend",))])


def test_states_that_tell_something_are_chosen() -> None:
    rows = small_rows(n_customers=800)
    rng = np.random.default_rng(5)
    belief = expit(
        rng.normal(size=(len(rows.outcomes), 1)) + 2 * rows.outcomes[:, None]
    )
    with_states = replace(rows, belief=FeatureBlock(("belief_1",), ("none",), belief))
    found = certify_propensity(with_states, PropensitySettings(), QUICK_CANDIDATES[:2])
    assert found.choice.chosen == "logistic_with_states"
    assert found.choice.is_published
    assert found.choice.gain_over_rfm is not None
    assert found.choice.gain_over_rfm.low > 0


def test_a_model_without_gain_is_published_by_force_only() -> None:
    rows = planted_drivers("nothing", 0, 400).rows
    found = certify_propensity(rows, PropensitySettings(), QUICK_CANDIDATES[:1])
    assert found.model is None
    assert found.reasons(rows) is None
    assert "It is not published" in found.choice.explanation
    settings = PropensitySettings(is_forced=True)
    forced = certify_propensity(rows, settings, QUICK_CANDIDATES[:1])
    assert forced.model is not None
    assert forced.choice.is_forced
    assert "Published by force" in forced.choice.explanation


def test_known_segments_are_forecast_as_classes() -> None:
    rows = small_rows(n_customers=500)
    X = rows.features.values
    rng = np.random.default_rng(3)
    score = np.log1p(X[:, 3:6]) + 0.5 * rng.normal(size=(len(X), 3))
    labels: IntArray = score.argmax(axis=1).astype(np.int64)
    three = replace(rows, outcomes=labels, classes=("x", "y", "z"))
    found = certify_propensity(three, PropensitySettings(), QUICK_CANDIDATES[:1])
    assert found.model is not None
    chances = found.model.chances(three.features)
    np.testing.assert_allclose(chances.sum(axis=1), 1)
    assert np.mean(chances.argmax(axis=1) == labels) > 0.6
    assert found.scores["logistic"].log_loss < found.scores["base_rate"].log_loss
    few = np.where(labels == 2, 0, labels)
    few[np.array([0, 9])] = 2
    with pytest.raises(ValueError, match=r"found 2 customers with the outcome 'z'"):
        require_enough_outcomes(replace(three, outcomes=few))


def test_folds_share_no_customer_and_leave_a_gap_of_the_horizon() -> None:
    rows = small_rows()
    folds = propensity_folds(rows)
    for fold in folds:
        parts = [fold.taught, fold.calibrated, fold.judged]
        people = [set(rows.customers[part].tolist()) for part in parts]
        assert not people[0] & people[1] | people[0] & people[2] | people[1] & people[2]
        newest = rows.weeks[np.concatenate(parts[:2])].max()
        assert newest + HORIZON <= rows.weeks[fold.judged].min()
        assert min(map(len, parts)) > 0
    judged = np.concatenate([fold.judged for fold in folds])
    assert len(np.unique(judged)) == len(judged)
    assert set(rows.customers[judged].tolist()) == set(range(400))
    published = publication_fold(rows)
    assert len(published.taught) + len(published.calibrated) == len(rows.outcomes)
    with pytest.raises(ValueError, match=r"weeks 0 to 9 with a horizon of 12 weeks"):
        propensity_folds(replace(rows, horizon_weeks=12))


def test_too_few_positives_are_refused() -> None:
    rows = small_rows()
    few = np.zeros_like(rows.outcomes)
    # Two weeks of one customer are one customer.
    few[:40] = 1
    with pytest.raises(ValueError, match=r"found 10 customers .* at least 100: choose"):
        certify_propensity(replace(rows, outcomes=few), PropensitySettings())


def test_a_horizon_beyond_the_log_is_refused() -> None:
    weeks = np.array([1, 5, 8])
    require_known_outcomes(weeks, 4, 12)
    with pytest.raises(ValueError, match=r"week 8 .* in week 12; expected .* week 11"):
        require_known_outcomes(weeks, 4, 11)


@pytest.mark.parametrize("is_opposite", [False, True])
def test_the_target_among_the_features_is_refused(is_opposite: bool) -> None:
    rows = small_rows()
    column = (rows.outcomes == (0 if is_opposite else 1)).astype(np.float64)[:, None]
    target = FeatureBlock(("converted",), ("none",), column)
    with_target = replace(rows, features=rows.features.beside(target))
    with pytest.raises(ValueError, match="target among the features, as converted"):
        certify_propensity(with_target, PropensitySettings())
    with pytest.raises(ValueError, match="as spend"):
        require_no_target(rows.features, rows.outcomes, "spend")
    require_no_target(rows.features, rows.outcomes, "converted")


def test_a_strong_honest_feature_is_no_leak_and_two_copies_of_a_leak_are() -> None:
    rng = np.random.default_rng(0)
    rows = small_rows(n_customers=500)
    n = len(rows.outcomes)
    rhythm = rng.normal(size=n)
    outcomes = (rng.random(n) < expit(4 * rhythm)).astype(np.int64)
    # Recency, sessions and active days: each tells much, and nearly the same.
    habits = rhythm[:, None] + 0.35 * rng.normal(size=(n, 3))
    names = ("days_since_last_activity", "n_sessions", "n_active_days")
    honest = replace(
        rows,
        features=FeatureBlock(names, ("none",) * 3, habits),
        outcomes=outcomes,
        rfm=names,
    )
    folds = propensity_folds(honest)
    assert find_leaks(honest, folds, 0) == []
    leak = outcomes + 0.3 * rng.normal(size=n)
    copies = np.column_stack([leak, 3 * leak + 1])
    both = FeatureBlock(("paid", "paid_in_cents"), ("none", "none"), copies)
    leaky = replace(honest, features=honest.features.beside(both))
    named = find_leaks(leaky, folds, 0)
    assert {row.name for row in named} == {"paid", "paid_in_cents"}
    assert "may have been computed from the outcome" in str(named[0])


def test_calibration_repairs_scores_and_leaves_good_ones() -> None:
    rng = np.random.default_rng(0)
    true = expit(1.5 * rng.normal(size=6_000))
    came = (rng.random(6_000) < true).astype(np.int64)
    customers = np.arange(6_000)
    too_sure = expit(2 * logit(true) + 0.7)
    kinked = np.where(true < 0.5, 0.2 * true, 0.9 + 0.1 * true)
    for scored, kind in (
        (true, "as_scored"),
        (too_sure, "platt"),
        (kinked, "isotonic"),
    ):
        chances = np.column_stack([1 - scored, scored])
        chosen = choose_calibration(chances, came, customers)
        assert chosen.kind == kind
        repaired = chosen.apply(chances)
        np.testing.assert_allclose(repaired.sum(axis=1), 1)
        assert np.abs(repaired[:, 1] - true).mean() < 0.03


def test_calibration_of_scores_that_say_nothing_is_the_rate() -> None:
    rng = np.random.default_rng(1)
    came = np.arange(400) % 4 == 0
    # The wrong way round: calibration does not turn scores.
    scored = np.where(came, 0.3, 0.6) + 0.1 * rng.random(400)
    chances = np.column_stack([1 - scored, scored])
    line = fit_calibration("platt", chances, came.astype(np.int64))
    np.testing.assert_allclose(line.apply(chances)[:, 1], 0.25)


def test_calibration_error_of_tenths_by_hand() -> None:
    chances = np.array([0.05, 0.05, 0.95, 1.0])
    came = np.array([0.0, 1.0, 1.0, 1.0])
    # Two rows at 0.05 of which half came, and two at 0.975 that came.
    assert calibration_error(chances, came) == pytest.approx(0.5 * 0.45 + 0.5 * 0.025)


def test_sessions_are_read_and_their_leak_is_named(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    path, lines = tmp_path / "sessions.csv", []
    for _ in range(1_500):
        bought = rng.random() < 0.2
        value = rng.gamma(2, 10) if rng.random() < (0.85 if bought else 0.05) else 0.0
        month = rng.choice(["Nov", "May"], p=[0.7, 0.3] if bought else [0.4, 0.6])
        lines.append(
            f"{rng.poisson(3)};{value:.2f};{month};1;2;3;4;New_Visitor;"
            f"{str(bought).upper()}"
        )
    header = "Pages;PageValues;Month;OperatingSystems;Browser;Region;TrafficType"
    path.write_text("\n".join([f"{header};VisitorType;Revenue", *lines]))
    rows = read_shoppers(path)
    assert {"Pages", "Month=May", "Month=Nov"} < set(rows.features.names)
    found = certify_propensity(rows, PropensitySettings(), QUICK_CANDIDATES[:1])
    assert [leak.name for leak in found.leaks] == [KNOWN_LEAK]
    path.write_text("a;b\n1;2\n")
    with pytest.raises(UserError, match="found no column Browser"):
        read_shoppers(path)
