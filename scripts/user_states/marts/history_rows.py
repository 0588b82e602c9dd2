"""Rows of the marts about states week by week."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from user_states.marts.mart_row import MartRow, MartSource


@dataclass(frozen=True)
class NewestWeekRow(MartRow):
    """The last week that has states, and the run that they belong to."""

    source = MartSource(
        "state_sizes",
        sql="select max(week_start) as week_start, max(run_id) as run_id from {mart}",
    )

    week_start: datetime.date | None
    run_id: str | None


@dataclass(frozen=True)
class SizeRow(MartRow):
    """One state in one week."""

    source = MartSource("state_sizes", "week_start, state_id")

    week_start: datetime.date
    state_id: int
    n_users: int
    user_share: float
    n_rides: int
    n_users_as_known: int | None
    is_settled: bool


@dataclass(frozen=True)
class FlowRow(MartRow):
    """Users of one state in one week who are in another state in a later week."""

    source = MartSource(
        "state_flows", "from_week_start, to_week_start, from_state_id, to_state_id"
    )

    from_week_start: datetime.date
    to_week_start: datetime.date
    from_state_id: int
    to_state_id: int
    n_users: int
    n_users_as_known: int | None
    is_settled: bool
