"""The rivals: published estimates, and probabilities compared with simulated users."""

from __future__ import annotations

import importlib.metadata
import itertools
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.integrate import quad
from scipy.stats import beta

from user_states.backtest.bg_bb import BGBB, _log_likelihoods, fit_bg_bb
from user_states.backtest.bg_nbd import BGNBD, fit_bg_nbd
from user_states.backtest.rivals import (
    RECENCY_BUCKETS,
    RIVALS,
    BaseRate,
    BGNBDGammaGammaRival,
    PastWeeks,
    RecencyBucket,
    rivals_of,
)
from user_states.errors import UserError
from user_states.hmm.arrays import FloatArray, IntArray
from user_states.outlook.regressions import NEXT_WEEK, Target
from user_states.outlook.ride_history import RideHistory, ride_history


def published_data(name: str) -> pd.DataFrame:
    """Read a table from the package `lifetimes`, without importing it."""
    files = importlib.metadata.files("lifetimes") or []
    (found,) = [file for file in files if Path(file).name == name]
    return pd.read_csv(Path(str(found.locate())))


class TestPublishedEstimates:
    def test_bg_nbd_on_cdnow(self) -> None:
        # Fader, Hardie and Lee 2005, table 2.
        data = published_data("cdnow_customers_summary.csv")
        model = fit_bg_nbd(
            data["frequency"].to_numpy(),
            data["recency"].to_numpy(),
            data["T"].to_numpy(),
        )
        found = [model.r, model.alpha, model.a, model.b]
        assert np.round(found, 3).tolist() == [0.243, 4.414, 0.793, 2.426]
        assert round(model.log_likelihood, 1) == -9582.4

    def test_bg_bb_on_the_donations(self) -> None:
        # Fader, Hardie and Shang 2010, table 3.
        data = published_data("donations.csv")
        model = fit_bg_bb(
            data["frequency"].to_numpy(),
            data["recency"].to_numpy(),
            data["periods"].to_numpy(),
            data["weights"].to_numpy(dtype=np.float64),
        )
        found = [model.alpha, model.beta, model.gamma, model.delta]
        assert np.round(found, 3).tolist() == [1.204, 0.750, 0.657, 2.783]
        assert round(model.log_likelihood, 1) == -33225.6


def simulated_bg_bb(
    n_users: int, n_weeks: int
) -> tuple[BGBB, IntArray, IntArray, FloatArray]:
    """Return a model, x and t_x of its users, and who rode in the following week."""
    model = BGBB(1.2, 0.9, 0.7, 4.0, 0.0)
    rng = np.random.default_rng(2)
    p = rng.beta(model.alpha, model.beta, size=(n_users, 1))
    leaves = rng.beta(model.gamma, model.delta, size=n_users)
    # The number of weeks until the user leaves, which is at the start of a week.
    active_weeks = rng.geometric(leaves) - 1
    weeks = np.arange(1, n_weeks + 2)
    rides = (rng.random((n_users, n_weeks + 1)) < p) & (
        weeks <= active_weeks[:, np.newaxis]
    )
    known = rides[:, :n_weeks]
    t_x = (known * weeks[:n_weeks]).max(axis=1)
    return model, known.sum(axis=1), t_x, rides[:, n_weeks].astype(float)


def test_bg_bb_is_calibrated_on_its_own_users() -> None:
    model, x, t_x, outcome = simulated_bg_bb(200_000, 6)
    forecast = model.ride_probability(x, t_x, np.full(len(x), 6))
    for history in {(int(a), int(b)) for a, b in zip(x, t_x, strict=True)}:
        rows = (x == history[0]) & (t_x == history[1])
        error = np.sqrt(forecast[rows][0] * (1 - forecast[rows][0]) / rows.sum())
        assert outcome[rows].mean() == pytest.approx(forecast[rows][0], abs=4 * error)


def test_bg_bb_over_several_weeks_leaves_the_probability_of_silence() -> None:
    model = BGBB(0.8, 1.5, 0.6, 4.0, 0.0)
    x, t_x, n = np.array([0, 2, 5]), np.array([0, 3, 9]), np.array([4, 12, 9])
    parameters = np.array([model.alpha, model.beta, model.gamma, model.delta])
    # The same history with more silent weeks, over the history.
    silent = np.exp(
        _log_likelihoods(parameters, x, t_x, n + 4)
        - _log_likelihoods(parameters, x, t_x, n)
    )
    found = model.ride_probability(x, t_x, n, n_weeks=4)
    assert found == pytest.approx(1 - silent)


def test_bg_nbd_is_calibrated_on_its_own_users() -> None:
    model = BGNBD(0.6, 3.0, 0.8, 2.5, 0.0)
    rng = np.random.default_rng(4)
    n_users, T = 60_000, 20.0
    rates = rng.gamma(model.r, 1 / model.alpha, size=n_users)
    leaves = rng.beta(model.a, model.b, size=n_users)
    x, t_x = np.zeros(n_users, dtype=np.int64), np.zeros(n_users)
    outcome, n_ahead = np.zeros(n_users, dtype=bool), np.zeros(n_users)
    # Starts after the first ride; users can leave only after a repeat ride.
    clock, is_here = np.zeros(n_users), np.ones(n_users, dtype=bool)
    while is_here.any():
        clock = np.where(is_here, clock + rng.exponential(1 / rates), clock)
        known, later = is_here & (clock <= T), is_here & (clock > T)
        x[known] += 1
        t_x[known] = clock[known]
        outcome |= later & (clock <= T + 1)
        n_ahead[later & (clock <= T + 12)] += 1
        is_here = (known | (later & (clock <= T + 12))) & (
            rng.random(n_users) >= leaves
        )
    expected = model.expected_rides(x, t_x, np.full(n_users, T), 12.0)
    for tenth in np.array_split(np.argsort(expected, kind="stable"), 10):
        error = n_ahead[tenth].std() / np.sqrt(len(tenth))
        assert n_ahead[tenth].mean() == pytest.approx(
            expected[tenth].mean(), abs=4 * error
        )
    forecast = model.ride_probability(x, t_x, np.full(n_users, T), 1.0)
    for tenth in np.array_split(np.argsort(forecast, kind="stable"), 10):
        error = np.sqrt(np.sum(forecast[tenth] * (1 - forecast[tenth]))) / len(tenth)
        assert outcome[tenth].mean() == pytest.approx(
            forecast[tenth].mean(), abs=4 * error
        )


def past_weeks(n_users: int = 300, n_weeks: int = 30) -> PastWeeks:
    """Return the past of users who each have their own rate of rides."""
    rng = np.random.default_rng(9)
    lengths = rng.integers(2, n_weeks, size=n_users)
    rate = np.repeat(rng.beta(0.5, 1.5, size=n_users), lengths)
    n_rides = (rng.random(len(rate)) < rate).astype(float)
    ends = np.cumsum(lengths)
    n_rides[ends - lengths] = 1
    history, price = ride_history(n_rides, lengths), rng.uniform(5, 9, len(rate))
    pairs = np.setdiff1d(np.arange(len(rate)), ends - 1)
    return PastWeeks(
        target=NEXT_WEEK,
        history=history.rows(pairs),
        price=price[pairs],
        outcomes=n_rides[pairs + 1],
        last_history=history.rows(ends - 1),
    )


def test_bg_nbd_expects_the_same_of_users_who_hardly_differ() -> None:
    x, t_x, T = np.array([0, 3, 40]), np.array([0.0, 8, 50]), np.array([10.0, 12, 52])
    some = BGNBD(0.6, 3.0, 3e3, 1e5, 0.0).expected_rides(x, t_x, T, 12.0)
    more = BGNBD(0.6, 3.0, 3e5, 1e7, 0.0).expected_rides(x, t_x, T, 12.0)
    assert more == pytest.approx(some, rel=2e-3)


@pytest.mark.parametrize(
    ("r", "alpha", "a", "b", "n_weeks"),
    [
        (0.5, 0.4, 0.05, 0.5, 169),
        (0.5, 0.4, 4.0, 90.0, 169),
        # The hypergeometric function has no digits left for these.
        (0.1, 0.05, 1000.0, 5.0, 160),
        (0.1, 20.0, 30.0, 50.0, 3),
        (0.5, 0.05, 1.5, 500.0, 0),
    ],
)
def test_bg_nbd_expects_a_year_of_regular_users(
    r: float, alpha: float, a: float, b: float, n_weeks: int
) -> None:
    x = np.unique(np.linspace(0, n_weeks, 6).astype(int))
    T = np.full(len(x), float(n_weeks))
    model = BGNBD(r, alpha, a, b, 0.0)
    found = model.expected_rides(x, T, T, 52.0) / model.alive(x, T, T)
    for rides, mean in zip(x.tolist(), found.tolist(), strict=True):

        def given(leaving: float, rides: int = rides) -> float:
            stays = -(r + rides) * np.log1p(leaving * 52 / (alpha + n_weeks))
            return float(-np.expm1(stays) / leaving * beta.pdf(leaving, a, b + rides))

        # Without the smallest probabilities, whose density has no bound: they have the
        # most rides.
        middle = a / (a + b + rides)
        points = [1e-6, 1e-3, middle / 2, middle, (1 + middle) / 2]
        expected = quad(given, 1e-9, 1, points=points, limit=400)[0]
        expected += beta.cdf(1e-9, a, b + rides) * (r + rides) * 52 / (alpha + n_weeks)
        assert mean == pytest.approx(expected, rel=2e-3), rides


def test_bg_nbd_with_gamma_gamma_expects_rides_times_spend() -> None:
    past = past_weeks()
    rng = np.random.default_rng(3)

    def with_spend(history: RideHistory) -> RideHistory:
        each = rng.lognormal(2, 0.3, size=len(history.n_rides))
        return replace(history, spend=each * history.n_rides)

    target = Target("expected_spend_12_weeks", "spend", 12)
    last = with_spend(past.last_history)
    rival = BGNBDGammaGammaRival(replace(past, target=target, last_history=last))
    found = rival.predict(last, np.empty(0))
    n = last.weeks_since_first_ride.astype(float)
    rides = rival.weeks.model.expected_rides(
        last.n_active_weeks - 1, n - last.weeks_since_last_ride, n, 12.0
    )
    assert rival.spend is not None
    each = rival.spend.expected(last.n_active_weeks.astype(float), last.spend)
    assert found == pytest.approx(np.maximum(rides * each, 1e-6))
    # A user's own spend is drawn to the mean.
    own = last.spend / last.n_active_weeks
    assert each.std() < own.std()


class TestRivals:
    def test_each_rival_scores_better_than_the_base_rate(self) -> None:
        past = past_weeks()
        outcome = past.outcomes > 0
        scores = {}
        for name, learn in rivals_of(NEXT_WEEK).items():
            forecast = learn(past).predict(past.history, past.price)
            assert ((forecast > 0) & (forecast < 1)).all()
            scores[name] = np.log(np.where(outcome, forecast, 1 - forecast)).mean()
        base = scores.pop("base_rate")
        assert min(scores.values()) > base + 0.01

    def test_buckets_are_shares_of_their_weeks(self) -> None:
        past = past_weeks()
        recency = past.history.weeks_since_last_ride
        forecast = RecencyBucket(past).predict(past.history, past.price)
        base = BaseRate(past).predict(past.history, past.price)[0]
        edges = (*RECENCY_BUCKETS, 10_000)
        for first, end in itertools.pairwise(edges):
            rows = (recency >= first) & (recency < end)
            if rows.any():
                share = (past.outcomes[rows].sum() + base) / (rows.sum() + 1)
                assert forecast[rows] == pytest.approx(share)

    def test_an_unknown_price_gives_finite_forecasts(self) -> None:
        past = past_weeks()
        without = replace(past, price=np.full(len(past.price), np.nan))
        rival = RIVALS["recency_frequency_value"](without)
        forecast = rival.predict(without.history, without.price)
        assert np.isfinite(forecast).all()

    def test_rivals_forecast_numbers_of_rides(self) -> None:
        past = past_weeks()
        past = replace(
            past, target=Target("rides", "rides", 1), outcomes=3 * past.outcomes
        )
        names = set(rivals_of(past.target))
        assert names == set(RIVALS) - {"bg_nbd", "bg_bb", "bg_nbd_gamma_gamma"}
        for name in names:
            forecast = RIVALS[name](past).predict(past.history, past.price)
            assert (forecast > 0).all()
            # The sum is right in the weeks that it was learned from.
            assert forecast.sum() == pytest.approx(past.outcomes.sum(), rel=0.01)

    def test_a_fit_without_history_is_an_error(self) -> None:
        nothing = np.empty(0, dtype=np.int64)
        with pytest.raises(UserError, match="expected at least one"):
            fit_bg_nbd(nothing, nothing.astype(float), nothing.astype(float))
        with pytest.raises(UserError, match="expected at least one"):
            fit_bg_bb(nothing, nothing, nothing)


def test_selected_rows_of_a_history_keep_their_values() -> None:
    past = past_weeks()
    some = np.array([5, 0, 3])
    chosen: RideHistory = past.history.rows(some)
    assert (chosen.n_rides == past.history.n_rides[some]).all()
