"""The level of forecasts at the end of each week, by what a refresh learned."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from user_states.hmm.arrays import FloatArray, IntArray
from user_states.outlook.forecast_level import level_shifts, odds_shifts
from user_states.outlook.outlook_terms import history_terms
from user_states.outlook.regressions import (
    NEXT_RIDES,
    NEXT_WEEK,
    Regression,
    Target,
)
from user_states.outlook.ride_history import ride_history
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
    """

    rides: FloatArray
    odds: FloatArray


def origin_shifts(
    weeks: UserWeeks,
    regressions: Sequence[Regression],
    chain: Mapping[str, FloatArray],
    rows: IntArray,
) -> OriginShifts:
    """Return the shifts of every week.

    Parameters
    ----------
    weeks : UserWeeks
    regressions : sequence of Regression
        With those of the next week.
    chain : mapping from target to array, shape (n,)
        What the chain forecasts for the next week.
    rows : array of int, shape (n,)
        The rows of these forecasts: of any weeks but the last.
    """
    terms = history_terms(ride_history(weeks.n_rides, weeks.lengths).rows(rows))
    week, came = weeks.week[rows], weeks.n_rides[rows + 1]

    def expected(target: Target) -> FloatArray:
        (found,) = (item for item in regressions if item.target == target)
        return found.predict(chain[target.name], terms)

    return OriginShifts(
        level_shifts(week, expected(NEXT_RIDES), came, weeks.n_weeks),
        odds_shifts(week, expected(NEXT_WEEK), NEXT_WEEK.outcomes(came), weeks.n_weeks),
    )
