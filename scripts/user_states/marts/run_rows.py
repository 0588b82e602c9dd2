"""Rows of the marts about runs, and about states over runs."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from user_states.marts.mart_row import MartRow, MartSource


@dataclass(frozen=True)
class RunRow(MartRow):
    """One run: one fit of the model."""

    source = MartSource("runs", "created_at desc, run_id")

    run_id: str
    created_at: datetime.datetime
    first_week_start: datetime.date
    last_week_start: datetime.date
    n_states: int
    emissions: str
    choice: str
    n_users: int
    n_user_weeks: int
    next_week_log_score: float | None
    base_log_score: float | None
    has_passed_guards: bool
    defects: str | None
    is_champion: bool


@dataclass(frozen=True)
class LineageRow(MartRow):
    """What happened to a state when a run was promoted."""

    source = MartSource("state_lineage", "promoted_at desc, lineage_position")

    run_id: str
    lineage_position: int
    promoted_at: datetime.datetime
    previous_run_id: str | None
    relation: str
    state_key: str | None
    state_name: str | None
    previous_state_name: str | None
    share_of_state: float | None
