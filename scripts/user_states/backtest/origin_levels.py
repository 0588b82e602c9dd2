"""The level of forecasts at the end of each week, by what a refresh learned."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from user_states.hmm.arrays import FloatArray, IntArray
from user_states.outlook.forecast_level import (
    level_shifts,
    odds_shifts,
    price_shifts,
)
from user_states.outlook.outlook_terms import history_terms
from user_states.outlook.regressions import (
    NEXT_RIDES,
    NEXT_WEEK,
    Regression,
    Target,
)
from user_states.outlook.ride_history import ride_history
from user_states.outlook.spend_regressions import SpendOutlook
from user_states.panel.user_weeks import UserWeeks


@dataclass(frozen=True, eq=False)
class OriginShifts:
    """Shifts of the level at the end of each week.

    Attributes
    ----------
    rides : array, shape (n_weeks,)
        Of the logarithm of rides, as in `level_shifts`.
    odds : array, shape (n_weeks,)
        Of the log-odds of a ride, as in `odds_shifts`.
    prices : array, shape (n_weeks,)
        Of the logarithm of prices, as in `price_shifts`; 0 in a log without prices.
    """

    rides: FloatArray
    odds: FloatArray
    prices: FloatArray


def origin_shifts(
    weeks: UserWeeks,
    regressions: Sequence[Regression],
    spend: SpendOutlook | None,
    chain: Mapping[str, FloatArray],
    rows: IntArray,
) -> OriginShifts:
    """Return the shifts of every week.

    Parameters
    ----------
    weeks : UserWeeks
    regressions : sequence of Regression
        With those of the next week.
    spend : SpendOutlook or None
        What is learned from their rides; None if the log has no prices.
    chain : mapping from target to array, shape (n,)
        What the chain forecasts for the next week.
    rows : array of int, shape (n,)
        The rows of these forecasts: of any weeks but the last.
    """
    history = ride_history(weeks.n_rides, weeks.lengths, weeks.spend).rows(rows)
    terms = history_terms(history)
    week, came = weeks.week[rows], weeks.n_rides[rows + 1]

    def expected(target: Target) -> FloatArray:
        (found,) = (item for item in regressions if item.target == target)
        return found.predict(chain[target.name], terms)

    rides = expected(NEXT_RIDES)
    of_rides = level_shifts(week, rides, came, weeks.n_weeks)
    prices = np.zeros(weeks.n_weeks)
    next_week = None if spend is None else spend.next_week
    if spend is not None and next_week is not None and weeks.spend is not None:
        prices = price_shifts(
            week,
            spend.predict({1: rides}, history)[next_week.target.name]
            / spend.price.mean,
            weeks.spend[rows + 1] / spend.price.mean,
            next_week.by_rides * of_rides,
        )
    return OriginShifts(
        of_rides,
        odds_shifts(week, expected(NEXT_WEEK), NEXT_WEEK.outcomes(came), weeks.n_weeks),
        prices,
    )
