"""SQL that gets users out of the warehouse, for readers to copy.

Names of states and audiences are somebody's text: quoted where they are values, and on
one line where they stand in a comment.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable

from user_states.marts.rows import State

# From a mart's name to how SQL calls it in a target.
Relation = Callable[[str], str]


def users_in_state(state: State, week: datetime.date | None, relation: Relation) -> str:
    """Return SQL for the users who are in a state in a week.

    With what is known of them at its end; whoever has not completed a ride has no
    outlook.
    """
    columns = [
        "states.user_id",
        "states.n_rides",
        "states.filled_from_week_start as last_week_with_a_request",
    ]
    join = ""
    if state.is_of_the_model:
        columns += [
            "outlook.ride_probability_next_week",
            "outlook.expected_weeks_until_lapse",
        ]
        join = (
            f"left join {relation('user_outlook')} as outlook\n"
            "    on\n"
            "        states.user_id = outlook.user_id\n"
            "        and states.week_start = outlook.as_of_week_start\n"
        )
    listed = ",\n    ".join(columns)
    return (
        f"-- Users in “{_on_one_line(state.state_name)}” in the week of {week}\n"
        f"select\n    {listed}\n"
        f"from {relation('user_weekly_states')} as states\n"
        f"{join}"
        f"where\n    states.state_key = {_quoted(state.state_key)}\n"
        f"    and states.week_start = date '{week}'\n"
        "order by states.user_id;"
    )


def users_to_act_on(audience: str, relation: Relation) -> str:
    """Return SQL for the users who are in an audience now and may be reached."""
    return (
        f"-- Users of the audience “{_on_one_line(audience)}” to act on: without those "
        "left alone\n"
        "select\n"
        "    audiences.user_id,\n"
        "    audiences.entered_week_start\n"
        f"from {relation('audiences')} as audiences\n"
        f"where\n    audiences.audience = {_quoted(audience)}\n"
        "    and audiences.left_at is null\n"
        "    and not audiences.is_holdout\n"
        "order by audiences.user_id;"
    )


def _on_one_line(text: str) -> str:
    return " ".join(text.split())


def _quoted(text: str) -> str:
    doubled = text.replace("'", "''")
    return f"'{doubled}'"
