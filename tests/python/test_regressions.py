"""The regressions of the outlook: terms, solver, choice of the chain, cross-fitting."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression, PoissonRegressor

from user_states.benchmarks.coverage import planted
from user_states.hmm.arrays import FloatArray, IntArray
from user_states.hmm.fit_settings import FitSettings
from user_states.hmm.hidden_markov_model import HiddenMarkovModel
from user_states.outlook.chain_forecasts import chain_forecasts
from user_states.outlook.cross_fitting import N_FOLDS, cross_fitted
from user_states.outlook.outlook_terms import (
    FORECAST_TERMS,
    HISTORY_TERMS,
    forecast_terms,
    history_terms,
)
from user_states.outlook.regressions import (
    NEXT_WEEK,
    chain_forecast,
    learn_regressions,
    learn_without_states,
)
from user_states.outlook.ride_history import ride_history, within_next_weeks
from user_states.outlook.ridge_regression import fit_line, mean_outcomes
from user_states.outlook.weekly_rates import learn_weekly_rates
from user_states.panel.feature_scaling import FeatureScaling
from user_states.panel.training_data import ModelInput, TrainingData


class TestTerms:
    def test_hinges_are_zero_up_to_their_knots(self) -> None:
        scores = np.array([-2.0, -1.0, 0.5, 3.0])
        found = forecast_terms(scores)
        assert found.shape == (4, len(FORECAST_TERMS))
        assert found[:, 0].tolist() == scores.tolist()
        assert found[:, 1] == pytest.approx([0, 0.5, 2, 4.5])
        assert found[:, 2] == pytest.approx([0, 0, 0.5, 3])
        assert found[:, 3] == pytest.approx([0, 0, 0, 1.5])

    def test_terms_of_a_history_by_hand(self) -> None:
        # Rides in weeks 0, 1 and 4 of 10, so 5 weeks ago for the last time.
        # Another user was there for two weeks more.
        n_rides = np.array([1.0, *[0] * 11, 1, 2, 0, 0, 1, 0, 0, 0, 0, 0])
        history = ride_history(n_rides, np.array([12, 10]))
        terms = dict(zip(HISTORY_TERMS, history_terms(history)[-1], strict=True))
        odds = np.log((3 - 0.5) / (9 - 3 + 2))
        assert terms["log_weeks_since_last_ride"] == pytest.approx(np.log(6))
        assert terms["log_odds_of_active_week"] == pytest.approx(odds)
        assert terms["log_rides_this_week"] == 0
        assert terms["log_active_weeks_of_last_4"] == 0
        assert terms["log_active_weeks_of_last_12"] == pytest.approx(np.log(4))
        assert terms["recency_above_1"] == pytest.approx(np.log(6 / 2))
        assert terms["recency_above_3"] == pytest.approx(np.log(6 / 4))
        assert terms["recency_above_8"] == 0
        assert terms["log_odds_above_low"] == pytest.approx(odds + 1.5)
        assert terms["log_odds_above_middle"] == 0
        assert terms["recency_times_log_odds"] == pytest.approx(np.log(6) * odds)
        assert terms["root_share_before_first_ride"] == pytest.approx(np.sqrt(2 / 12))


class TestLine:
    def some_rows(self) -> tuple[FloatArray, FloatArray]:
        rng = np.random.default_rng(2)
        first = rng.normal(3, 2, size=2_000)
        terms = np.column_stack([first, np.maximum(first - 3, 0), rng.random(2_000)])
        return terms, 0.4 * terms[:, 0] - terms[:, 1] - 1

    def test_it_is_the_logistic_regression_of_scikit_learn(self) -> None:
        terms, scores = self.some_rows()
        rng = np.random.default_rng(3)
        outcomes = (rng.random(2_000) < mean_outcomes(scores, "logistic")).astype(float)
        line = fit_line(terms, outcomes, "logistic", 5.0)
        standard = (terms - terms.mean(axis=0)) / terms.std(axis=0)
        other = LogisticRegression(C=1 / 5, tol=1e-10, max_iter=5_000)
        other.fit(standard, outcomes)
        assert line.slopes * terms.std(axis=0) == pytest.approx(
            other.coef_[0], abs=1e-5
        )
        expected = other.predict_proba(standard)[:, 1]
        found = mean_outcomes(line.intercept + terms @ line.slopes, "logistic")
        assert found == pytest.approx(expected, abs=1e-6)

    def test_it_is_the_poisson_regression_of_scikit_learn(self) -> None:
        terms, scores = self.some_rows()
        outcomes = np.random.default_rng(4).poisson(np.exp(scores)).astype(float)
        line = fit_line(terms, outcomes, "poisson", 5.0)
        standard = (terms - terms.mean(axis=0)) / terms.std(axis=0)
        other = PoissonRegressor(alpha=5.0 / 2_000, tol=1e-10, max_iter=5_000)
        other.fit(standard, outcomes)
        found = mean_outcomes(line.intercept + terms @ line.slopes, "poisson")
        assert found == pytest.approx(other.predict(standard), rel=1e-5)
        # The sum of the forecasts is the sum of what happened: no penalty on it.
        assert found.sum() == pytest.approx(outcomes.sum())

    def test_where_the_search_begins_does_not_matter(self) -> None:
        terms, scores = self.some_rows()
        outcomes = np.random.default_rng(4).poisson(np.exp(scores)).astype(float)
        line = fit_line(terms, outcomes, "poisson", 5.0)
        half = fit_line(terms[::2], outcomes[::2], "poisson", 5.0)
        again = fit_line(terms, outcomes, "poisson", 5.0, half)
        assert again.slopes == pytest.approx(line.slopes, abs=1e-6)
        assert again.intercept == pytest.approx(line.intercept, abs=1e-6)

    def test_a_term_that_never_changes_has_no_slope(self) -> None:
        terms, scores = self.some_rows()
        outcomes = (scores > 0).astype(float)
        constant = np.column_stack([terms, np.full(2_000, 7.0)])
        line = fit_line(constant, outcomes, "logistic", 1.0)
        assert line.slopes[-1] == 0
        assert np.isfinite(line.slopes).all()


def regular_users(n_users: int, n_weeks: int) -> tuple[FloatArray, IntArray]:
    """Return users who each ride at a rate of their own that never changes."""
    rng = np.random.default_rng(5)
    rate = np.repeat(rng.gamma(1.0, 1.0, size=n_users), n_weeks)
    n_rides = rng.poisson(rate).astype(float)
    n_rides[::n_weeks] += 1
    return n_rides, np.full(n_users, n_weeks)


class TestChoice:
    def test_a_chain_that_knows_more_is_used(self) -> None:
        n_rides, lengths = regular_users(400, 40)
        # The chain knows next week's rides, but for some noise.
        rng = np.random.default_rng(6)
        coming = np.roll(n_rides, -1) > 0
        chain = np.where(coming, 0.8, 0.2) + rng.uniform(-0.1, 0.1, size=len(n_rides))
        (found,) = learn_regressions(
            {NEXT_WEEK.name: chain}, n_rides, lengths, (NEXT_WEEK,)
        )
        assert found.uses_states
        assert found.n_user_weeks == 400 * 39

    def test_a_chain_of_noise_has_no_weight(self) -> None:
        n_rides, lengths = regular_users(400, 40)
        noise = np.random.default_rng(7).uniform(0.05, 0.95, size=len(n_rides))
        (found,) = learn_regressions(
            {NEXT_WEEK.name: noise}, n_rides, lengths, (NEXT_WEEK,)
        )
        assert not found.uses_states
        (alone,) = learn_without_states(n_rides, lengths, (NEXT_WEEK,))
        assert found.coefficients == pytest.approx(alone.coefficients, abs=1e-4)
        assert found.intercept == pytest.approx(alone.intercept, abs=1e-4)

    def test_without_states_too_few_weeks_give_the_overall_rate(self) -> None:
        n_rides, lengths = regular_users(3, 10)
        for found in learn_without_states(n_rides, lengths):
            history = history_terms(ride_history(n_rides, lengths))
            forecast = found.predict(np.ones(len(history)), history)
            assert np.ptp(forecast) == 0
            assert 0 < forecast[0] < np.inf

    def test_sums_of_rides_are_those_of_the_newest_weeks(self) -> None:
        n_rides, lengths = regular_users(1_000, 40)
        # Twice as many rides in the last eight weeks.
        is_late = np.tile(np.arange(40) >= 32, 1_000)
        n_rides = np.where(is_late, 2 * n_rides, n_rides)
        history = ride_history(n_rides, lengths)
        for found in learn_without_states(n_rides, lengths):
            if found.target.kind != "rides":
                continue
            ahead = found.target.n_weeks
            rows, rides = within_next_weeks(n_rides, lengths, ahead)
            forecast = found.predict(
                np.ones(len(rows)), history_terms(history.rows(rows))
            )
            newest = (rows % 40) >= 40 - ahead - 4
            ratio = forecast[newest].sum() / rides[newest].sum()
            # Exactly right next week, but for the weight of few rides.
            assert ratio == pytest.approx(1, abs=0.02 if ahead == 1 else 0.3)


class TestCrossFitting:
    def test_every_user_is_forecast_once_and_by_others(self) -> None:
        model = planted("mixed")
        users = model.draw(300, 30, 3)
        names = tuple(users.names)
        scaling = FeatureScaling(names, ("none",) * 3, np.zeros(3), np.ones(3))
        is_held_out = np.arange(300) < 60
        data = TrainingData(
            ModelInput("mixed", model.features, (), scaling),
            training=users.of_users(~is_held_out),
            holdout=users.of_users(is_held_out),
        )
        rates = learn_weekly_rates(model.parameters, data.training)
        own = chain_forecasts(model.parameters.transition_matrix, rates, 5)
        past = cross_fitted(model.parameters, own, data, FitSettings(), 5, (NEXT_WEEK,))
        assert past.lengths.sum() == len(past.n_rides) == users.n_rows
        # Held-out users come first, and are forecast by the chain itself.
        holdout, training = data.holdout, data.training
        chain = past.chain[NEXT_WEEK.name]
        hmm = HiddenMarkovModel.from_parameters(model.parameters)
        expected = chain_forecast(
            own, NEXT_WEEK, hmm.filter_proba(holdout.X, holdout.lengths)
        )
        assert chain[: holdout.n_rows] == pytest.approx(expected)
        assert past.n_rides[holdout.n_rows :].tolist() == training.n_rides.tolist()
        # The others are forecast by chains that are close to it, but not the same.
        alike = chain_forecast(
            own, NEXT_WEEK, hmm.filter_proba(training.X, training.lengths)
        )
        differences = np.abs(chain[holdout.n_rows :] - alike)
        assert 0 < np.median(differences) < 0.05
        assert N_FOLDS == 5
