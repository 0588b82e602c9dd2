"""Forecasts from the origins of one refresh: the outlook, its parts, the rivals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from user_states.backtest.origin_levels import OriginShifts
from user_states.backtest.rivals import PRICE, PastWeeks, rivals_of
from user_states.hmm.arrays import FloatArray, IntArray
from user_states.hmm.rate_margin import within_margin
from user_states.outlook.outlook_terms import LEAST_RIDES, history_terms
from user_states.outlook.regressions import (
    Regression,
    Target,
    chain_forecast,
    published_rides,
)
from user_states.outlook.ride_history import (
    RideHistory,
    ride_history,
    within_next_weeks,
)
from user_states.outlook.spend_regressions import SpendOutlook
from user_states.outlook.spend_terms import own_price
from user_states.outlook.user_outlook import UserOutlook
from user_states.panel.user_weeks import UserWeeks

PUBLISHED = "published"
# Not rivals, but parts of the published forecasts: they show what each part adds.
STATES_ALONE = "hmm"
WITHOUT_STATES = "history_without_states"
PARTS = (STATES_ALONE, WITHOUT_STATES)


@dataclass(frozen=True, eq=False)
class OwnForecasters:
    """What makes the published forecasts and those of their parts.

    Attributes
    ----------
    outlook : UserOutlook
    without_states : tuple of Regression
        From users' past rides only.
    spend_without_states : SpendOutlook or None
        From those rides.
    shifts, shifts_without_states : OriginShifts
        Of the level of either at the end of each week.
    """

    outlook: UserOutlook
    without_states: tuple[Regression, ...]
    spend_without_states: SpendOutlook | None
    shifts: OriginShifts
    shifts_without_states: OriginShifts

    def can_forecast(self, target: Target) -> bool:
        """Return whether the log was long enough for a target, and has its prices."""
        spend = self.outlook.spend
        known = [
            *(found.target for found in self.outlook.regressions),
            *(() if spend is None else (found.target for found in spend.regressions)),
        ]
        return target in known


@dataclass(frozen=True, eq=False)
class TargetForecasts:
    """Forecasts of one target, and what happened.

    Attributes
    ----------
    target : Target
    week, user : array of int, shape (n,)
        Origin and user of each forecast, numbered as in `UserWeeks`.
    outcome : array, shape (n,)
        What happened in the weeks after: 0 or 1, the number of rides, or spend.
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
        history = ride_history(weeks.n_rides, weeks.lengths, weeks.spend)
        return cls(weeks, history, weeks.values([PRICE])[:, 0], weeks.week)


def origin_forecasts(
    log: Log,
    own: OwnForecasters,
    beliefs: FloatArray,
    target: Target,
    start: int,
    end: int,
) -> TargetForecasts | None:
    """Return the forecasts of a target from the origins of one refresh.

    Parameters
    ----------
    log : Log
    own : OwnForecasters
        Learned from the weeks up to `start`.
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
    values = weeks.spend if target.kind == "spend" else weeks.n_rides
    if values is None or not own.can_forecast(target):
        return None
    rows, ahead = within_next_weeks(values, weeks.lengths, target.n_weeks)
    outcomes, week = target.outcomes(ahead), log.week[rows]
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
            **_own_forecasts(own, at_origins, history, week[is_origin], target),
            **{
                name: learn(past).predict(history, price)
                for name, learn in rivals_of(target).items()
            },
        },
    )


def _own_forecasts(
    own: OwnForecasters,
    beliefs: FloatArray,
    history: RideHistory,
    week: IntArray,
    target: Target,
) -> dict[str, FloatArray]:
    """Return the forecasts of the published outlook and of its parts."""
    outlook, terms = own.outlook, history_terms(history)
    chain = {
        found.target.name: chain_forecast(outlook.forecasts, found.target, beliefs)
        for found in outlook.regressions
    }
    levelled = (
        (outlook.regressions, own.shifts),
        (own.without_states, own.shifts_without_states),
    )
    if target.kind == "probability":
        alone = chain[target.name]
        published, without = (
            _of(target, found).predict(alone, terms, shifts.odds[week])
            for found, shifts in levelled
        )
        return {
            PUBLISHED: published,
            STATES_ALONE: within_margin(alone),
            WITHOUT_STATES: without,
        }
    rides, rides_without = (
        published_rides(found, chain, terms, shifts.rides[week])
        for found, shifts in levelled
    )
    prices, prices_without = (shifts.prices[week] for _, shifts in levelled)
    (rides_target,) = (
        found.target
        for found in outlook.regressions
        if (found.target.kind, found.target.n_weeks) == ("rides", target.n_weeks)
    )
    alone = np.maximum(chain[rides_target.name], LEAST_RIDES)
    if target.kind == "rides":
        return {
            PUBLISHED: rides[target.n_weeks],
            STATES_ALONE: alone,
            WITHOUT_STATES: rides_without[target.n_weeks],
        }
    if outlook.spend is None or own.spend_without_states is None:
        raise ValueError("got a target of spend without prices; expected prices")
    return {
        PUBLISHED: outlook.spend.predict(rides, history, prices)[target.name],
        STATES_ALONE: alone * own_price(outlook.spend.price, history),
        WITHOUT_STATES: own.spend_without_states.predict(
            rides_without, history, prices_without
        )[target.name],
    }


def _of(target: Target, regressions: Sequence[Regression]) -> Regression:
    (found,) = (item for item in regressions if item.target == target)
    return found
