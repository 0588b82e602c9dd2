"""Rides gained: how many more rides users of one state make than of another."""

from __future__ import annotations

from matplotlib.figure import Figure

from user_states.figures.drawing import shades
from user_states.figures.drawing.pair_matrix import PairMeasure, draw_pair_matrix
from user_states.figures.picture import Picture
from user_states.marts.marts import Marts
from user_states.marts.outlook_rows import PairOutlookRow
from user_states.marts.texts import signed


def draw_rides_gained(marts: Marts) -> Figure:
    """Draw how many more rides users of one state make than users of another.

    Raises
    ------
    NothingToDrawError
        If the champion has no outlook of pairs of states.
    """
    measure = PairMeasure(
        lambda row: (
            row.associational_rides_gained_12_weeks,
            row.associational_rides_gained_12_weeks_low,
            row.associational_rides_gained_12_weeks_high,
        ),
        signed,
        lambda _, low, high: (
            None if low is None or high is None else f"{signed(low)} to {signed(high)}"
        ),
        lambda rides, _, most: shades.difference_colour(rides / most),
        can_be_negative=True,
    )
    return draw_pair_matrix(
        marts,
        measure,
        "How many more rides users of another state make in 12 weeks",
        "Row: state now. Column: other state. Each cell: how many more (red) or fewer "
        "(blue) rides a user of the column's state completes in the next 12 weeks than "
        "a user of the row's state, with a 90% interval; bold if the interval excludes "
        "zero. This is an association, not the effect of moving users: an action gains "
        "this only if its users then ride like those of the column's state.",
    )


PICTURE = Picture(
    "rides_gained", (PairOutlookRow,), lambda marts, _: draw_rides_gained(marts)
)
