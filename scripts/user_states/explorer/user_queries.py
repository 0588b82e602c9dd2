"""SQL that returns users from the warehouse, for readers to copy.

Names of states and audiences are free text: values are quoted, and comments are on one
line.
"""

from __future__ import annotations

import datetime

from user_states.explorer.scene import NameInSql
from user_states.marts.audience_rows import LIST_COLUMNS
from user_states.marts.state_rows import ShownState


def users_in_state(
    state: ShownState, week: datetime.date | None, name_in_sql: NameInSql
) -> str:
    """Return SQL for the users who are in a state in a week.

    The query also returns what is known about them at the end of the week. Users
    without a completed ride have no outlook.
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
            "outlook.user_level",
        ]
        join = (
            f"left join {name_in_sql('user_outlook')} as outlook\n"
            "    on\n"
            "        states.user_id = outlook.user_id\n"
            "        and states.week_start = outlook.as_of_week_start\n"
        )
    listed = ",\n    ".join(columns)
    return (
        f"-- Users in “{_on_one_line(state.state_name)}” in the week of {week}\n"
        f"select\n    {listed}\n"
        f"from {name_in_sql('user_weekly_states')} as states\n"
        f"{join}"
        f"where\n    states.state_key = {_quoted(state.state_key)}\n"
        f"    and states.week_start = date '{week}'\n"
        "order by states.user_id;"
    )


def list_in_sql(audience: str, title: str, name_in_sql: NameInSql) -> str:
    """Return SQL for the rows of a list's file: who is held out is left out."""
    columns = ",\n    ".join(f"lists.{name}" for name in LIST_COLUMNS)
    return (
        f"-- {_on_one_line(title)}\n"
        f"select\n    {columns}\n"
        f"from {name_in_sql('audience_lists')} as lists\n"
        f"where\n    lists.audience = {_quoted(audience)}\n"
        "    and lists.list_status = 'write'\n"
        "order by lists.user_id;"
    )


def likeliest_in_sql(
    target: str, title: str, n_customers: int, name_in_sql: NameInSql
) -> str:
    """Return SQL for the likeliest customers of a target, in each class so many."""
    return (
        f"-- {_on_one_line(title)} The likeliest {n_customers} customers\n"
        "-- probability: what the forecast says. past_rate: the share of n_past such\n"
        "-- customers in past weeks who did it. Where they differ, trust past_rate.\n"
        "with likely as (\n"
        "    select\n"
        "        customer_id,\n"
        "        outcome_class,\n"
        "        probability,\n"
        "        past_rate,\n"
        "        n_past,\n"
        "        sentence,\n"
        "        row_number() over (\n"
        "            partition by outcome_class order by place, customer_id\n"
        "        ) as number\n"
        f"    from {name_in_sql('customer_propensities')}\n"
        f"    where target = {_quoted(target)}\n"
        ")\n"
        "select\n"
        "    likely.customer_id,\n"
        "    likely.outcome_class,\n"
        "    likely.probability,\n"
        "    likely.past_rate,\n"
        "    likely.n_past,\n"
        "    likely.sentence\n"
        "from likely\n"
        f"where likely.number <= {n_customers}\n"
        "order by\n"
        "    likely.outcome_class,\n"
        "    likely.number;"
    )


def _on_one_line(text: str) -> str:
    return " ".join(text.split())


def _quoted(text: str) -> str:
    doubled = text.replace("'", "''")
    return f"'{doubled}'"
