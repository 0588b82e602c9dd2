"""What came out of the main job, as lines for a person to read.

Reads the marts only: what is printed here is what a BI tool would show.
"""

from __future__ import annotations

from collections.abc import Iterable

from user_states.console import format_table
from user_states.warehouse.connection import Connection, fetch_all
from user_states.warehouse.dbt_project import DbtProject

LARGEST_MOVES = 8


def describe_rides(connection: Connection, project: DbtProject) -> list[str]:
    """Return how many rides were kept, and what was set aside by which rule."""
    ((n_kept,),) = fetch_all(
        connection, f"select count(*) from {project.relation('int_rides')}"
    )
    rules = fetch_all(
        connection,
        f"""
        select broken_rule, outcome, count(*)
        from {project.relation("int_rejected_rides")}
        group by broken_rule, outcome
        order by count(*) desc, broken_rule
        """,
    )
    n_aside = sum(n for _, outcome, n in rules if outcome == "set aside")
    lines = [
        f"Rides: {n_kept + n_aside:,} in = {n_kept:,} kept + {n_aside:,} set aside"
    ]
    if not rules:
        return lines
    return lines + format_table(
        ("rule", "rides", "what was done"),
        [(rule, f"{n:,}", outcome) for rule, outcome, n in rules],
    )


def describe_states(connection: Connection, project: DbtProject) -> list[str]:
    """Return the states with their share of users, mean rides and stay."""
    rows = fetch_all(
        connection,
        f"""
        select
            state_id, state_name, user_share, user_week_share, ride_share,
            mean_rides, expected_stay_weeks
        from {project.relation("states")}
        order by state_id = 0, state_id
        """,
    )
    ((as_of_week, n_users),) = fetch_all(
        connection,
        f"""
        select cast(week_start as text), count(*)
        from {project.relation("user_weekly_states")}
        group by week_start
        order by week_start desc
        limit 1
        """,
    )
    table = format_table(
        ("state", "name", "users", "weeks", "rides", "rides/week", "mean stay"),
        [
            (
                str(state_id),
                name,
                f"{user_share or 0:.1%}",
                f"{week_share or 0:.1%}",
                f"{ride_share or 0:.1%}",
                f"{mean_rides or 0:.2f}",
                "" if stay is None else f"{stay:.1f} weeks",
            )
            for (
                state_id,
                name,
                user_share,
                week_share,
                ride_share,
                mean_rides,
                stay,
            ) in rows
        ],
    )
    title = (
        f"States: {n_users:,} users in the week of {as_of_week}; shares of these "
        "users, of all user-weeks and of all rides"
    )
    return [title, *table, *_what_stands_out(connection, project)]


def describe_defects(connection: Connection, project: DbtProject) -> list[str]:
    """Return why the model that is shown should be doubted; nothing if it passed."""
    rows = fetch_all(
        connection,
        f"""
        select n_states, defects
        from {project.relation("runs")}
        where is_champion and not has_passed_guards
        """,
    )
    return [
        f"Doubt these {n_states} states: a demo publishes what it found, as --force "
        f"does, and this model fails a check: {defects}. `make run "
        f"STATES=2-{max(n_states, 4)}` tries other numbers of states, and publishes a "
        "model that passes, if there is one"
        for n_states, defects in rows
    ]


def _what_stands_out(connection: Connection, project: DbtProject) -> list[str]:
    """Return for each state the features that differ most from everyone's."""
    rows = fetch_all(
        connection,
        f"""
        select state_id, state_name, feature, mean_value, mean_of_everyone
        from (
            select
                profiles.*,
                row_number() over (
                    partition by state_id
                    order by abs(standard_deviations_from_everyone) desc, feature
                ) as distinctness_rank
            from {project.relation("state_profiles")} as profiles
            where standard_deviations_from_everyone is not null
        ) as ranked
        where distinctness_rank <= 3
        order by state_id, distinctness_rank
        """,
    )
    texts: dict[tuple[int, str], list[str]] = {}
    for state_id, name, feature, mean, everyone in rows:
        texts.setdefault((state_id, name), []).append(
            f"{feature} {mean:.2f} ({everyone:.2f})"
        )
    return [
        "What stands out, with everyone's mean in brackets",
        *format_table(
            ("state", "name", "features"),
            [(str(i), name, ", ".join(texts[i, name])) for i, name in texts],
        ),
    ]


def describe_moves(connection: Connection, project: DbtProject) -> list[str]:
    """Return the largest moves from one state to another."""
    rows = fetch_all(
        connection,
        f"""
        select
            from_state_name, to_state_name, observed_moves, observed_share, probability
        from {project.relation("state_transitions")}
        where from_state_id <> to_state_id
        order by observed_moves desc, from_state_id, to_state_id
        limit {LARGEST_MOVES}
        """,
    )
    return [
        "Largest moves from one week to the next, over all weeks",
        *format_table(
            ("from", "to", "moves", "of those there", "the model's probability"),
            [
                (
                    before,
                    after,
                    f"{n:,}",
                    f"{share or 0:.1%}",
                    f"{probability:.1%}",
                )
                for before, after, n, share, probability in rows
            ],
        ),
    ]


def describe_outlook(connection: Connection, project: DbtProject) -> list[str]:
    """Return what is to be expected of everyone, and how large the audiences are."""
    outlook = project.relation("user_outlook")
    states = project.relation("user_weekly_states")
    ((week, n_users, n_next, n_four, n_rides),) = fetch_all(
        connection,
        f"""
        select
            cast(max(as_of_week_start) as text),
            count(*),
            coalesce(sum(ride_probability_next_week), 0),
            coalesce(sum(ride_probability_4_weeks), 0),
            coalesce(sum(expected_rides_next_week), 0)
        from {outlook}
        where as_of_week_start = (select max(week_start) from {states})
        """,
    )
    if not n_users:
        return ["Outlook: none yet"]
    audiences = fetch_all(
        connection,
        f"""
        select audience, count(*), count(case when is_holdout then 1 end)
        from {project.relation("audiences")}
        where left_at is null
        group by audience
        order by audience
        """,
    )
    title = (
        f"Outlook after the week of {week}: of {n_users:,} users {n_next:,.0f} are "
        f"expected to ride next week ({n_rides:,.0f} rides), {n_four:,.0f} within four"
    )
    return [
        title,
        *format_table(
            ("audience", "users", "held out"),
            [(name, f"{n:,}", f"{n_held_out:,}") for name, n, n_held_out in audiences],
        ),
    ]


def describe_seconds(seconds: Iterable[tuple[str, float]]) -> list[str]:
    """Return how long each step took."""
    steps = list(seconds)
    total = sum(duration for _, duration in steps)
    return [
        f"Seconds: {total:.0f} in all",
        *format_table(
            ("step", "seconds"), [(step, f"{duration:.1f}") for step, duration in steps]
        ),
    ]
