"""Forecasts from the origins of one refresh: the outlook, its parts, the rivals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from user_states.backtest.rivals import PRICE, PastWeeks, rivals_of
from user_states.hmm.arrays import FloatArray, IntArray
from user_states.hmm.rate_margin import within_margin
from user_states.outlook.outlook_terms import LEAST_RIDES, history_terms
from user_states.outlook.regressions import (
    Regression,
    Target,
    chain_forecast,
)
from user_states.outlook.ride_history import (
    RideHistory,
    ride_history,
    within_next_weeks,
)
from user_states.outlook.user_outlook import UserOutlook
from user_states.panel.user_weeks import UserWeeks

PUBLISHED = "published"
# Not rivals, but parts of the published forecasts: they show what each part adds.
STATES_ALONE = "hmm"
WITHOUT_STATES = "history_without_states"
PARTS = (STATES_ALONE, WITHOUT_STATES)


@dataclass(frozen=True, eq=False)
class TargetForecasts:
    """Forecasts of one target, and what happened.

    Attributes
    ----------
    target : Target
    week, user : array of int, shape (n,)
        Origin and user of each forecast, numbered as in `UserWeeks`.
    outcome : array, shape (n,)
        What happened in the weeks after: 0 or 1, or the number of rides.
    forecasts : dict of str to array, shape (n,)
        By model: the published outlook, its parts, and the rivals.
    """

    target: Target
    week: IntArray
    user: IntArray
    outcome: FloatArray
    forecasts: dict[str, FloatArray]

    @classmethod
    def joined(cls, parts: Sequence[TargetForecasts]) -> TargetForecasts:
        """Return the forecasts of several refreshes together."""
        return cls(
            parts[0].target,
            np.concatenate([part.week for part in parts]),
            np.concatenate([part.user for part in parts]),
            np.concatenate([part.outcome for part in parts]),
            {
                name: np.concatenate([part.forecasts[name] for part in parts])
                for name in parts[0].forecasts
            },
        )


@dataclass(frozen=True, eq=False)
class Log:
    """All user-weeks, and what each user's history was at the end of each.

    Attributes
    ----------
    weeks : UserWeeks
        With the rolling price.
    history : RideHistory
    price : array, shape (n_rows,)
    week : array of int, shape (n_rows,)
        Number of each row's calendar week.
    """

    weeks: UserWeeks
    history: RideHistory
    price: FloatArray
    week: IntArray

    @classmethod
    def of(cls, weeks: UserWeeks) -> Log:
        """Return the log of all weeks."""
        history = ride_history(weeks.n_rides, weeks.lengths)
        return cls(weeks, history, weeks.values([PRICE])[:, 0], weeks.week)


def origin_forecasts(
    log: Log,
    outlook: UserOutlook,
    without_states: Sequence[Regression],
    beliefs: FloatArray,
    target: Target,
    start: int,
    end: int,
) -> TargetForecasts | None:
    """Return the forecasts of a target from the origins of one refresh.

    Parameters
    ----------
    log : Log
    outlook : UserOutlook
    without_states : sequence of Regression
        Both learned from the weeks up to `start`.
    beliefs : array, shape (n_rows, C * K)
        Of the rows of the weeks `start` to `end` - 1, in the order of the log.
    target : Target
    start, end : int
        Origins are the weeks from the refresh, `start`, to `end` - 1.

    Returns
    -------
    TargetForecasts or None
        None if nothing is known to learn from, or no outcome.
    """
    weeks = log.weeks
    rows, rides = within_next_weeks(weeks.n_rides, weeks.lengths, target.n_weeks)
    outcomes, week = target.outcomes(rides), log.week[rows]
    is_known = week + target.n_weeks <= start
    is_origin = (week >= start) & (week < end)
    if not is_known.any() or not is_origin.any():
        return None
    at = rows[is_origin]
    history, price = log.history.rows(at), log.price[at]
    past = PastWeeks(
        target=target,
        history=log.history.rows(rows[is_known]),
        price=log.price[rows[is_known]],
        outcomes=outcomes[is_known],
        last_history=log.history.rows(np.flatnonzero(log.week == start)),
    )
    in_span = np.flatnonzero((log.week >= start) & (log.week < end))
    at_origins = beliefs[np.searchsorted(in_span, at)]
    return TargetForecasts(
        target=target,
        week=week[is_origin],
        user=weeks.user[at],
        outcome=outcomes[is_origin],
        forecasts={
            **_own_forecasts(outlook, without_states, at_origins, history, target),
            **{
                name: learn(past).predict(history, price)
                for name, learn in rivals_of(target).items()
            },
        },
    )


def _own_forecasts(
    outlook: UserOutlook,
    without_states: Sequence[Regression],
    beliefs: FloatArray,
    history: RideHistory,
    target: Target,
) -> dict[str, FloatArray]:
    """Return the forecasts of the published outlook and of its parts."""
    (regression,), (without,) = (
        [found for found in regressions if found.target == target]
        for regressions in (outlook.regressions, without_states)
    )
    chain = chain_forecast(outlook.forecasts, target, beliefs)
    terms = history_terms(history)
    return {
        PUBLISHED: regression.predict(chain, terms),
        STATES_ALONE: within_margin(chain)
        if target.kind == "probability"
        else np.maximum(chain, LEAST_RIDES),
        WITHOUT_STATES: without.predict(chain, terms),
    }
