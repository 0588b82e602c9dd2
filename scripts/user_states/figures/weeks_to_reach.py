"""Weeks to reach: how long it takes to get from one state to another."""

from __future__ import annotations

import math

from matplotlib.figure import Figure

from user_states.figures.drawing import shades
from user_states.figures.drawing.pair_matrix import PairMeasure, draw_pair_matrix
from user_states.figures.picture import Picture
from user_states.marts.marts import Marts
from user_states.marts.outlook_rows import PairOutlookRow
from user_states.marts.weeks_ahead import (
    MOST_WEEKS,
    MOST_YEARS,
    weeks_in_words,
    weeks_interval,
)


def draw_weeks_to_reach(marts: Marts) -> Figure:
    """Draw the weeks until a user of one state is in another for the first time.

    Raises
    ------
    NothingToDrawError
        If the champion has no outlook of pairs of states.
    """
    # The soonest cells are the darkest, because they matter most.
    measure = PairMeasure(
        lambda row: (
            row.expected_weeks_to_reach,
            row.expected_weeks_to_reach_low,
            row.expected_weeks_to_reach_high,
        ),
        weeks_in_words,
        weeks_interval,
        lambda weeks, least, _: shades.share_colour(_nearness(weeks, least)),
    )
    return draw_pair_matrix(
        marts,
        measure,
        "How many weeks it takes to get from one state to another",
        "Row: state now. Column: state to reach. Each cell: mean number of weeks until "
        "a user is there for the first time if nobody acts, with a 90% interval. "
        f"Darker is sooner. Times over {MOST_YEARS} years are not shown in weeks. "
        "–: some users never get there.",
    )


def _nearness(weeks: float, least: float) -> float:
    """Return a nearness from 0 for the most weeks shown to 1 for the least.

    The scale is logarithmic, because the largest are often many times the others.
    """
    if least >= MOST_WEEKS:
        return 0.0
    return math.log(MOST_WEEKS / min(weeks, MOST_WEEKS)) / math.log(MOST_WEEKS / least)


PICTURE = Picture(
    "weeks_to_reach", (PairOutlookRow,), lambda marts, _: draw_weeks_to_reach(marts)
)
