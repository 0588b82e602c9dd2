"""Rows of the marts about moves between states."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from user_states.marts.mart_row import MartRow, MartSource


@dataclass(frozen=True)
class WeekMovesRow(MartRow):
    """Users who were in another state in the week before, both as known then."""

    source = MartSource(
        "state_weekly_flows",
        sql="""
        select week_start, cast(sum(n_left_as_known) as bigint)
        from {mart}
        group by week_start
        having sum(n_left_as_known) is not null
        order by week_start
        """,
    )

    week_start: datetime.date
    n_moved: int
