"""A fit of a propensity as rows, and back; judged forecasts; hindsight in features."""

from __future__ import annotations

import datetime as dt
import itertools
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pytest

from user_states.benchmarks.planted_drivers import planted_drivers, with_leak
from user_states.hmm.arrays import FloatArray, IntArray
from user_states.propensity.boosted_trees import fit_boosting
from user_states.propensity.calibration import fit_calibration
from user_states.propensity.candidate_models import (
    CANDIDATE_MODELS,
    CandidateModel,
    PropensityModel,
)
from user_states.propensity.forest_trees import fit_forest
from user_states.propensity.hindsight_identity import MIN_ROWS, require_no_hindsight
from user_states.propensity.judged_forecasts import judged_tenths, judged_weeks
from user_states.propensity.linear_scorer import LinearScorer
from user_states.propensity.propensity_certificate import (
    PropensitySettings,
    certify_propensity,
)
from user_states.propensity.propensity_folds import propensity_folds, publication_fold
from user_states.propensity.propensity_rows import PropensityRows
from user_states.runs.propensity_details import certified_candidates
from user_states.runs.propensity_scorers import (
    calibration_rows,
    stored_calibration,
    stored_linear,
    stored_trees,
)
from user_states.runs.propensity_tables import (
    MOST_EXPLAINED,
    PropensityRun,
    PropensityTarget,
)
from user_states.runs.table_writer import Rows

LINEAR = CANDIDATE_MODELS[0]
FOREST = replace(CANDIDATE_MODELS[2], fit=partial(fit_forest, n_trees=10))
BOOSTING = replace(CANDIDATE_MODELS[4], fit=partial(fit_boosting, n_trees=10))
# The week of Monday 2025-01-06.
FIRST_WEEK = 2870
TARGET = PropensityTarget("purchase", "purchase", "everybody", 3, 100)


def rows_of_weeks(n_customers: int = 300, *, has_gaps: bool = True) -> PropensityRows:
    planted = planted_drivers("slopes", 1, n_customers).rows
    values = planted.features.values.copy()
    if has_gaps:
        values[::7, 4] = np.nan
    return replace(
        planted,
        features=replace(planted.features, values=values),
        weeks=planted.weeks + FIRST_WEEK,
    )


def fitted(
    rows: PropensityRows, candidate: CandidateModel = LINEAR, **settings: Any
) -> PropensityRun:
    asked = PropensitySettings(50, **settings)
    certificate = certify_propensity(rows, asked, [candidate])
    return PropensityRun(TARGET, rows, certificate, asked, {"features": {}})


def given_back(run: PropensityRun, tables: dict[str, Rows]) -> PropensityModel:
    """Return the model that the rows say."""
    (fit,) = tables["fits"]
    features, classes = tables["features"], tables["classes"]
    if fit["model_kind"] == "linear":
        scorer: Any = stored_linear(features, classes, tables["coefficients"])
    else:
        nodes, leaves = tables["tree_nodes"], tables["leaf_values"]
        scorer = stored_trees(features, classes, nodes, leaves, fit["link"])
    calibration = stored_calibration(fit["calibration_kind"], tables["calibration"])
    return PropensityModel(scorer, calibration)


def shuffled(tables: dict[str, Rows]) -> dict[str, Rows]:
    """Return the rows in another order, as a table may have them."""
    rng = np.random.default_rng(0)
    return {
        name: [rows[i] for i in rng.permutation(len(rows))]
        for name, rows in tables.items()
    }


@pytest.mark.parametrize("candidate", [LINEAR, FOREST, BOOSTING], ids=lambda c: c.name)
@pytest.mark.parametrize("n_classes", [2, 3])
def test_the_rows_give_back_every_chance_exactly(
    candidate: CandidateModel, n_classes: int
) -> None:
    if candidate is not LINEAR:
        pytest.importorskip("shap")
    rows = rows_of_weeks()
    if n_classes == 3:
        labels: IntArray = rows.features.values[:, 3:6].argmax(axis=1).astype(np.int64)
        rows = replace(rows, outcomes=labels, classes=("x", "y", "z"))
    run = fitted(rows, candidate, is_forced=True)
    model = run.certificate.model
    assert model is not None
    back = given_back(run, shuffled(run.tables()))
    features = run.certificate.candidate.features(rows)
    np.testing.assert_array_equal(back.chances(features), model.chances(features))
    np.testing.assert_array_equal(
        back.scorer.scores(features), model.scorer.scores(features)
    )


def test_steps_of_a_calibration_are_rows() -> None:
    rng = np.random.default_rng(2)
    chances = rng.dirichlet((1.0, 2.0, 1.0), 400)
    outcomes = rng.integers(3, size=400).astype(np.int64)
    calibration = fit_calibration("isotonic", chances, outcomes)
    rows = calibration_rows(calibration, 3)
    assert {row["class_number"] for row in rows} == {1, 2, 3}
    back = stored_calibration("isotonic", rows)
    np.testing.assert_array_equal(back.apply(chances), calibration.apply(chances))


def test_what_is_stored_about_a_fit() -> None:
    rows = rows_of_weeks()
    run = fitted(rows)
    tables = run.tables()
    (fit,) = tables["fits"]
    assert (fit["model_kind"], fit["link"]) == ("linear", "logit")
    assert fit["is_published"]
    assert not fit["is_forced"]
    assert (fit["n_customers"], fit["n_rows"]) == (300, 1200)
    assert fit["n_positives"] == len(np.unique(rows.customers[rows.outcomes == 1]))
    assert fit["first_week_start"] == dt.date(2025, 1, 6)
    assert fit["as_of_week_start"] == dt.date(2025, 3, 10)
    assert [row["class_name"] for row in tables["classes"]] == ["no", "yes"]
    assert [row["score_base"] is None for row in tables["classes"]] == [True, False]
    assert sum(row["base_rate"] for row in tables["classes"]) == pytest.approx(1)

    newest = rows.features.values[rows.weeks == rows.weeks.max()]
    for row in tables["features"]:
        column = newest[:, rows.features.names.index(row["feature"])]
        assert row["typical_value"] == np.nanmedian(column)
    drawn = {(row["feature"], row["point_number"]) for row in tables["points"]}
    assert len(drawn) == len(tables["points"]) == 9 * min(300, MOST_EXPLAINED)
    for row in tables["features"]:
        own = [p for p in tables["points"] if p["feature"] == row["feature"]]
        strength = np.mean([abs(point["contribution"]) for point in own])
        assert row["importance"] == pytest.approx(strength)

    by_name = {row["candidate"]: row for row in tables["candidates"]}
    assert set(by_name) == {"logistic", "base_rate", "recency_bucket", "rfm"}
    assert by_name["logistic"]["is_chosen"]
    assert by_name["logistic"]["chosen_gain"] is None
    for rival in ("base_rate", "recency_bucket", "rfm"):
        row = by_name[rival]
        assert row["is_rival"]
        gained = row["log_loss"] - by_name["logistic"]["log_loss"]
        assert row["chosen_gain"] == pytest.approx(gained)
        assert row["chosen_gain_low"] < row["chosen_gain"] < row["chosen_gain_high"]
    printed = "\n".join(certified_candidates(tables["candidates"]))
    assert f"{by_name['rfm']['log_loss']:.4f}" in printed


def test_a_fit_without_gain_stores_its_certificate_only() -> None:
    rows = replace(
        planted_drivers("nothing", 0, 300).rows,
        weeks=rows_of_weeks().weeks,
    )
    run = fitted(rows)
    assert not run.is_published
    assert not run.is_promotable
    assert run.defects == [{"kind": "no_gain", "text": run.sentence}]
    tables = run.tables()
    (fit,) = tables["fits"]
    assert (fit["model_kind"], fit["calibration_kind"], fit["link"]) == (None,) * 3
    empty = {name for name, found in tables.items() if not found}
    assert empty == {
        "segments", "feature_scaling", "features", "coefficients", "tree_nodes",
        "leaf_values", "calibration", "points", "leaks",
    }  # fmt: skip
    forced = fitted(rows, is_forced=True)
    assert forced.is_promotable
    assert forced.tables()["fits"][0]["is_forced"]
    assert [defect["kind"] for defect in forced.defects] == ["no_gain"]


def test_a_model_with_a_leak_is_stored_and_waits_for_force() -> None:
    rows = with_leak(rows_of_weeks(), 1)
    run = fitted(rows)
    assert run.is_published
    assert not run.is_promotable
    assert [defect["kind"] for defect in run.defects] == ["leak"]
    (leak,) = run.tables()["leaks"]
    assert leak["feature"] == "page_value"
    assert leak["alone"] > 0.3
    assert leak["sentence"] in run.sentence
    assert "stored and not promoted" in run.sentence
    assert fitted(rows, is_forced=True).is_promotable


def test_the_column_of_the_outcome_is_no_feature() -> None:
    with pytest.raises(ValueError, match="found the target among the features, as spe"):
        fitted(rows_of_weeks(), outcome_column="spend")


class TestJudged:
    def test_weeks_and_tenths_say_what_was_forecast_and_what_came(self) -> None:
        rng = np.random.default_rng(0)
        chances: FloatArray = rng.random(2000)
        came = rng.random(2000) < chances
        weeks = rng.integers(5, size=2000).astype(np.int64)
        by_week = list(judged_weeks(chances, came, weeks))
        assert [group.number for group in by_week] == [0, 1, 2, 3, 4]
        for group in by_week:
            own = weeks == group.number
            assert group.n_rows == own.sum()
            assert group.mean_forecast == pytest.approx(chances[own].mean())
            assert group.observed_rate == pytest.approx(came[own].mean())
            assert group.calibration_error < 0.1
        tenths = list(judged_tenths(chances, came))
        assert [group.n_rows for group in tenths] == [200] * 10
        for lower, upper in itertools.pairwise(tenths):
            assert lower.highest < upper.lowest
            assert lower.mean_forecast < upper.mean_forecast

    def test_equal_forecasts_are_in_one_tenth(self) -> None:
        chances = np.array([0.1] * 50 + [0.9] * 50)
        groups = list(judged_tenths(chances, chances > 0.5))
        assert [(one.n_rows, one.observed_rate) for one in groups] == [(50, 0), (50, 1)]

    def test_half_a_year_is_judged_by_eight_weeks(self) -> None:
        weeks = np.tile(np.arange(22), 100).astype(np.int64)
        few = rows_of_weeks(100)
        n = len(weeks)
        rows = replace(
            few,
            features=replace(few.features, values=np.zeros((n, 9))),
            belief=replace(few.belief, values=np.zeros((n, 2))),
            outcomes=np.arange(n) % 2,
            customers=np.repeat(np.arange(100), 22),
            weeks=weeks,
            horizon_weeks=4,
        )
        for fold in propensity_folds(rows):
            assert np.unique(weeks[fold.judged]).tolist() == list(range(14, 22))
            taught = np.unique(weeks[np.concatenate([fold.taught, fold.calibrated])])
            assert taught.tolist() == [0, 2, 4, 6, 8, 10]
        published = publication_fold(rows)
        assert np.unique(weeks[published.taught]).tolist() == list(range(1, 22, 2))


def some_days() -> FloatArray:
    return (np.arange(MIN_ROWS) % 9 + 1).astype(np.float64)


class TestHindsight:
    def test_features_that_know_later_links_are_refused(self) -> None:
        days = some_days()
        with pytest.raises(ValueError, match=r"found 0 of 50 rows .* know the later"):
            require_no_hindsight(days, days)

    def test_honest_features_pass(self) -> None:
        days = some_days()
        require_no_hindsight(days - (np.arange(MIN_ROWS) % 5 == 0), days)

    def test_few_rows_say_nothing(self) -> None:
        days = np.ones(MIN_ROWS - 1)
        require_no_hindsight(days, days)


def test_linear_is_what_is_published_here() -> None:
    # Else the tests above would not see coefficients.
    model = fitted(rows_of_weeks()).certificate.model
    assert model is not None
    assert isinstance(model.scorer, LinearScorer)
