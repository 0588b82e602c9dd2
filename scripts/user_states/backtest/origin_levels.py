"""The level of expected rides at the end of each week, by what a refresh learned."""

from __future__ import annotations

from collections.abc import Sequence

from user_states.hmm.arrays import FloatArray, IntArray
from user_states.outlook.forecast_level import level_shifts
from user_states.outlook.outlook_terms import history_terms
from user_states.outlook.regressions import NEXT_RIDES, Regression, published_rides
from user_states.outlook.ride_history import ride_history
from user_states.panel.user_weeks import UserWeeks


def origin_shifts(
    weeks: UserWeeks,
    regressions: Sequence[Regression],
    chain: FloatArray,
    rows: IntArray,
) -> FloatArray:
    """Return the shift of every week, shape (n_weeks,), as in `level_shifts`.

    Parameters
    ----------
    weeks : UserWeeks
    regressions : sequence of Regression
        With that of the next week's rides.
    chain : array, shape (n,)
        What the chain forecasts for the next week.
    rows : array of int, shape (n,)
        The rows of these forecasts: of any weeks but the last.
    """
    history = ride_history(weeks.n_rides, weeks.lengths).rows(rows)
    next_week = [found for found in regressions if found.target == NEXT_RIDES]
    expected = published_rides(
        next_week, {NEXT_RIDES.name: chain}, history_terms(history)
    )[NEXT_RIDES.n_weeks]
    return level_shifts(
        weeks.week[rows], expected, weeks.n_rides[rows + 1], weeks.n_weeks
    )
