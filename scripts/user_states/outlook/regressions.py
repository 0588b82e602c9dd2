"""The published outlook: regressions on the chain's forecast and the user's history.

A hidden Markov model with few states does not describe how regular one user is, and a
count of past rides does not contain the user's state. So regressions with both as terms
are learned from past weeks, with forecasts of chains that were not fitted on the user
(`cross_fitting`): logistic for the probability of a ride, Poisson for the number of
rides (McCullagh and Nelder 1989, Generalized Linear Models, chapters 4 and 6; a
forecast as one of the terms is the stacking of Wolpert 1992, Neural Networks
5:241-259).

Each log decides whether the chain's forecast is among the terms: where a regression
without it forecasts the newest known weeks as well, it is published.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from threadpoolctl import threadpool_limits

from user_states.hmm.arrays import BoolArray, FloatArray, IntArray
from user_states.hmm.rate_margin import within_margin
from user_states.hmm.threads import in_order
from user_states.outlook.chain_forecasts import ChainForecasts
from user_states.outlook.forecast_level import (
    LEVEL_WEEKS,
    LONGEST_LEVEL_SPAN,
    level_shift,
)
from user_states.outlook.outlook_terms import (
    FORECAST,
    FORECAST_TERMS,
    HISTORY_TERMS,
    TERMS,
    forecast_terms,
    history_terms,
    log_odds,
    log_rides,
)
from user_states.outlook.ride_history import (
    RideHistory,
    ride_history,
    within_next_weeks,
)
from user_states.outlook.ridge_regression import (
    Family,
    Line,
    fit_line,
    losses,
    mean_outcomes,
)

# Penalty on the squared coefficients of standardised terms, in nats: about the weight
# of 30 user-weeks. Less lets logs of half a year overfit; for longer ones anything from
# 1 to 300 is the same.
_PENALTY = 30.0

# Newest weeks whose outcomes say whether the chain helps, and their largest share of
# all weeks.
_VALIDATION_WEEKS = 13
_VALIDATION_SHARE = 0.25

# Longest span that the chain may forecast alone. A longer one is not forecast at all
# before the log has shown it to users with at least half a year behind them.
_LONGEST_ALONE = 12
_LEAST_WEEKS_BEFORE = 26

# Least user-weeks for a regression, and least with a ride (for a probability, also
# without): with fewer, the forecast of the chain is published.
_LEAST_USER_WEEKS = 200
_LEAST_OF_EACH_KIND = 20


@dataclass(frozen=True)
class Target:
    """One figure that is forecast.

    Attributes
    ----------
    name : str
    kind : str
        `probability`: of at least one ride. `rides`: their expected number. `spend`:
        the expected sum of their prices.
    n_weeks : int
        Number of weeks ahead.
    """

    name: str
    kind: Literal["probability", "rides", "spend"]
    n_weeks: int

    @property
    def family(self) -> Family:
        """The family of the regression."""
        return "logistic" if self.kind == "probability" else "poisson"

    def outcomes(self, ahead: FloatArray) -> FloatArray:
        """Return what is forecast, from the rides or spend of the weeks ahead."""
        return (ahead > 0).astype(np.float64) if self.kind == "probability" else ahead


TARGETS = (
    Target("ride_probability_next_week", "probability", 1),
    Target("ride_probability_4_weeks", "probability", 4),
    Target("expected_rides_next_week", "rides", 1),
    Target("expected_rides_4_weeks", "rides", 4),
    Target("expected_rides_12_weeks", "rides", 12),
    Target("expected_rides_52_weeks", "rides", 52),
)
NEXT_WEEK, NEXT_RIDES = TARGETS[0], TARGETS[2]


@dataclass(frozen=True, eq=False)
class Regression:
    """One target's regression.

    Attributes
    ----------
    target : Target
    intercept : float
    coefficients : array, shape (len(TERMS),)
        In the order of TERMS, in the terms' own units.
    n_user_weeks : int
        User-weeks that it was learned from; 0 if there were too few, and the forecast
        of the chain is published.
    """

    target: Target
    intercept: float
    coefficients: FloatArray
    n_user_weeks: int

    @property
    def uses_states(self) -> bool:
        """Whether the forecast of the chain is among the terms."""
        return bool(self.coefficients[: len(FORECAST_TERMS)].any())

    def predict(
        self,
        forecast: FloatArray,
        history: FloatArray,
        shift: FloatArray | float = 0.0,
    ) -> FloatArray:
        """Return the published forecast for each row.

        Parameters
        ----------
        forecast : array, shape (n_rows,)
            Of the chain: a probability, or a number of rides.
        history : array, shape (n_rows, len(HISTORY_TERMS))
        shift : array, shape (n_rows,), or float
            Of the level at the end of the row's week: of the log-odds, or of the
            logarithm of rides (`forecast_level`).
        """
        terms = _terms(self.target, forecast, history)
        scores = self.intercept + shift + terms @ self.coefficients
        outcomes = mean_outcomes(scores, self.target.family)
        return (
            within_margin(outcomes) if self.target.kind == "probability" else outcomes
        )


def chain_forecast(
    forecasts: ChainForecasts, target: Target, beliefs: FloatArray
) -> FloatArray:
    """Return the forecast of the chain alone, shape (n_rows,).

    Parameters
    ----------
    forecasts : ChainForecasts
    target : Target
    beliefs : array, shape (n_rows, C * K)
        Filtered probability of each level and state, one level after the other.
    """
    by_horizon: Mapping[int, FloatArray] = (
        forecasts.ride_probability
        if target.kind == "probability"
        else forecasts.expected_rides
    )
    forecast: FloatArray = beliefs @ by_horizon[target.n_weeks].ravel()
    return forecast


# A regression, unless the log is too short for it, and the shift of the level that it
# found.
_Learned = tuple[Regression | None, float]


def learn_regressions(
    chain: Mapping[str, FloatArray],
    n_rides: FloatArray,
    lengths: IntArray,
    targets: Sequence[Target] = TARGETS,
) -> tuple[Regression, ...]:
    """Learn the regression of each target.

    Parameters
    ----------
    chain : mapping from target to array, shape (n_rows,)
        Forecasts of chains that were not fitted on the row's user. Users are observed
        up to the same last week: each user's weeks in one block, in order of time, from
        the week of the first completed ride on.
    n_rides : array, shape (n_rows,)
        Completed rides of the week.
    lengths : array of int, shape (n_users,)
        Rows of each user.
    targets : sequence of Target

    Returns
    -------
    tuple of Regression
        In the order of the targets, without those of a year if the log is too short.
    """
    history = ride_history(n_rides, lengths)

    def learn(target: Target) -> _Learned:
        past = _Past.of(target, chain[target.name], history, n_rides, lengths)
        if not past.is_long_enough:
            return None, 0.0
        if not past.is_enough:
            return Regression(target, 0.0, _forecast_alone(), 0), 0.0
        return past.with_shift(past.regression(*past.choice()))

    return _learn_each(learn, targets)


def learn_without_states(
    n_rides: FloatArray, lengths: IntArray, targets: Sequence[Target] = TARGETS
) -> tuple[Regression, ...]:
    """Learn the same regressions from users' histories only.

    With too few user-weeks they forecast the same for everyone.

    Parameters
    ----------
    n_rides, lengths : array
        As in `learn_regressions`.
    targets : sequence of Target
    """
    nothing = np.ones(len(n_rides))
    history = ride_history(n_rides, lengths)

    def learn(target: Target) -> _Learned:
        past = _Past.of(target, nothing, history, n_rides, lengths)
        if not past.is_long_enough:
            return None, 0.0
        if not past.is_enough:
            return past.mean(), 0.0
        return past.with_shift(past.regression(False))

    return _learn_each(learn, targets)


def _learn_each(
    learn: Callable[[Target], _Learned], targets: Sequence[Target]
) -> tuple[Regression, ...]:
    """Learn the regressions in threads, and give rides the level of the next week's."""
    # The limit inside each thread then restores one thread, not that of another thread.
    with threadpool_limits(limits=1):
        learned = list(in_order(learn, targets))
    shift = sum(shift for _, shift in learned)
    return tuple(_shifted(regression, shift) for regression, _ in learned if regression)


def published_rides(
    regressions: Sequence[Regression],
    chain: Mapping[str, FloatArray],
    history: FloatArray,
    shift: FloatArray | float = 0.0,
) -> dict[int, FloatArray]:
    """Return the published numbers of rides by weeks ahead, each shape (n_rows,).

    A longer span includes the shorter ones, but the regression of each span ignores
    that: it is at least theirs.

    Parameters
    ----------
    regressions : sequence of Regression
    chain : mapping from target to array, shape (n_rows,)
        Forecasts of the chain.
    history : array, shape (n_rows, len(HISTORY_TERMS))
    shift : array, shape (n_rows,), or float
        Of the level at the end of the row's week (`forecast_level`).
    """
    found: dict[int, FloatArray] = {}
    shorter = np.zeros(len(history))
    for regression in regressions:
        target = regression.target
        if target.kind == "rides":
            forecast = regression.predict(chain[target.name], history)
            if target.n_weeks <= LONGEST_LEVEL_SPAN:
                forecast = forecast * np.exp(shift)
            shorter = found[target.n_weeks] = np.maximum(forecast, shorter)
    return found


def _shifted(regression: Regression, shift: float) -> Regression:
    """Return a regression with numbers of rides multiplied by exp(shift).

    One that was not learned stays as it is.
    """
    if regression.target.kind != "rides" or not regression.n_user_weeks:
        return regression
    return replace(regression, intercept=regression.intercept + shift)


@dataclass(frozen=True, eq=False)
class _Past:
    """Weeks whose outcome is known.

    Attributes
    ----------
    target : Target
    terms : array, shape (n_rows, len(TERMS))
    outcomes : array, shape (n_rows,)
    age : array of int, shape (n_rows,)
        Weeks from the row's week to the last one.
    """

    target: Target
    terms: FloatArray
    outcomes: FloatArray
    age: IntArray

    @classmethod
    def of(
        cls,
        target: Target,
        chain: FloatArray,
        history: RideHistory,
        n_rides: FloatArray,
        lengths: IntArray,
    ) -> _Past:
        rows, rides = within_next_weeks(n_rides, lengths, target.n_weeks)
        ends = np.repeat(np.cumsum(lengths), lengths)
        return cls(
            target,
            _terms(target, chain[rows], history_terms(history.rows(rows))),
            target.outcomes(rides),
            ends[rows] - rows - 1,
        )

    @property
    def is_long_enough(self) -> bool:
        """Whether the log is long enough for the span."""
        ahead = self.target.n_weeks
        oldest = int(self.age.max(initial=0))
        return ahead <= _LONGEST_ALONE or oldest >= ahead + _LEAST_WEEKS_BEFORE - 1

    @property
    def is_enough(self) -> bool:
        """Whether there is enough to learn from."""
        return self._is_enough(np.ones(len(self.outcomes), dtype=np.bool_))

    def regression(self, with_chain: bool, near: Line | None = None) -> Regression:
        """Learn from all rows, with or without the chain.

        `near` is a line of some of the rows, so that it is found sooner.
        """
        everything = np.ones(len(self.outcomes), dtype=np.bool_)
        columns = _columns(with_chain)
        line = self._line(everything, columns, near)
        coefficients = np.zeros(len(TERMS))
        coefficients[columns] = line.slopes
        return Regression(self.target, line.intercept, coefficients, len(self.outcomes))

    def mean(self) -> Regression:
        """Return a forecast of the mean for everyone."""
        # Half a user-week of each kind is added, so that the mean has a link.
        mean = (self.outcomes.sum() + 0.5) / (len(self.outcomes) + 1.0)
        is_probability = self.target.kind == "probability"
        as_score = log_odds if is_probability else log_rides
        intercept = float(as_score(np.array([mean]))[0])
        return Regression(self.target, intercept, np.zeros(len(TERMS)), 0)

    def with_shift(self, regression: Regression) -> _Learned:
        """Return the regression, and of next week's rides the newest weeks' shift."""
        if self.target != NEXT_RIDES:
            return regression, 0.0
        is_newest = self.age < self.target.n_weeks + LEVEL_WEEKS
        scores = regression.intercept + (
            self.terms[is_newest] @ regression.coefficients
        )
        expected = mean_outcomes(scores, self.target.family).sum()
        came = float(self.outcomes[is_newest].sum())
        return regression, level_shift(float(expected), came)

    def choice(self) -> tuple[bool, Line | None]:
        """Return whether the newest weeks are forecast better with the chain.

        Both regressions learn from outcomes that were known before the first of those
        weeks. With too few of them the chain stays. The line of the better one comes
        with it.
        """
        ahead = self.target.n_weeks
        newest = min(_VALIDATION_WEEKS, int(_VALIDATION_SHARE * self.age.max()))
        is_judged = self.age < ahead + newest
        is_known = self.age >= 2 * ahead + newest - 1
        if not self._is_enough(is_known) or not is_judged.any():
            return True, None
        terms, outcomes = self.terms[is_judged], self.outcomes[is_judged]
        lines, mean_losses = [], []
        for with_chain in (False, True):
            columns = _columns(with_chain)
            line = self._line(is_known, columns)
            scores = line.intercept + terms[:, columns] @ line.slopes
            lines.append(line)
            mean_losses.append(losses(scores, outcomes, self.target.family).mean())
        helps = bool(mean_losses[True] < mean_losses[False])
        return helps, lines[helps]

    def _line(self, rows: BoolArray, columns: slice, near: Line | None = None) -> Line:
        return fit_line(
            self.terms[rows][:, columns],
            self.outcomes[rows],
            self.target.family,
            _PENALTY,
            near,
        )

    def _is_enough(self, rows: BoolArray) -> bool:
        n_rows = int(rows.sum())
        n_active = int(np.count_nonzero(self.outcomes[rows]))
        n_least = (
            n_active
            if self.target.kind == "rides"
            else min(n_active, n_rows - n_active)
        )
        return n_rows >= _LEAST_USER_WEEKS and n_least >= _LEAST_OF_EACH_KIND


def _columns(with_chain: bool) -> slice:
    """Return the terms of a regression with or without the chain."""
    return slice(0 if with_chain else len(FORECAST_TERMS), None)


def _forecast_alone() -> FloatArray:
    """Return coefficients that do not change the forecast."""
    coefficients = np.zeros(len(TERMS))
    coefficients[TERMS.index(FORECAST)] = 1.0
    return coefficients


def _terms(target: Target, forecast: FloatArray, history: FloatArray) -> FloatArray:
    """Return all terms of one target, shape (n_rows, len(TERMS))."""
    if history.shape[1] != len(HISTORY_TERMS):
        raise ValueError(
            f"got {history.shape[1]} terms of history; expected {len(HISTORY_TERMS)}"
        )
    as_score = log_odds if target.kind == "probability" else log_rides
    return np.hstack([forecast_terms(as_score(forecast)), history])
