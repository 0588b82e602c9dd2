"""Reads runs for display: the list of all, and the details of one.

Warehouse code only. Every function uses the transaction of its caller.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from user_states.runs.run_register import RunRegister, defect_texts, state_labels
from user_states.runs.table_writer import HmmTables
from user_states.warehouse.connection import Connection, fetch_all


@dataclass(frozen=True)
class ListedRun:
    """A run in the list of all runs.

    Attributes
    ----------
    run_id : str
    created_at : datetime
    n_states : int
    first_week_start, last_week_start : date
    log_score : float or None
        Log score of held-out users' next week, in nats a user-week; None if it was
        not measured.
    n_defects : int
    is_champion : bool
    promoted_at : datetime or None
        Time at which it last became champion.
    """

    run_id: str
    created_at: dt.datetime
    n_states: int
    first_week_start: dt.date
    last_week_start: dt.date
    log_score: float | None
    n_defects: int
    is_champion: bool
    promoted_at: dt.datetime | None


@dataclass(frozen=True)
class ListedCandidate:
    """A number of states that a run tried, with its best start."""

    n_states: int
    log_likelihood: float
    bic: float
    log_score: float | None
    min_state_share: float
    n_at_best: int
    n_polished: int
    stability: float | None
    is_chosen: bool
    defects: tuple[str, ...]


@dataclass(frozen=True)
class ListedState:
    """A state of a run; `state_name` is what people see while the run is champion."""

    state_id: int
    state_key: str | None
    state_name: str
    user_week_share: float
    mean_rides: float | None
    automatic_name: str | None
    automatic_description: str | None


@dataclass(frozen=True)
class ListedLink:
    """How a state and a state of the previous champion are related, by name."""

    relation: str
    state_name: str | None
    previous_state_name: str | None
    share_of_state: float | None
    share_of_previous: float | None
    emission_distance: float | None


@dataclass(frozen=True)
class RunDetails:
    """Everything that `show` prints about a run.

    Attributes
    ----------
    run : ListedRun
    n_users, n_user_weeks : int
        Users and user-weeks that were decoded.
    n_levels : int
        Levels of users; 1 without levels.
    emissions, choice : str
    features : tuple of str
    defects : tuple of str
    settings, panel_settings, versions : mapping
    candidates : tuple of ListedCandidate
    states : tuple of ListedState
    previous_run_id : str or None
        The champion that its states were matched to.
    lineage : tuple of ListedLink
    """

    run: ListedRun
    n_users: int
    n_user_weeks: int
    n_levels: int
    emissions: str
    choice: str
    features: tuple[str, ...]
    defects: tuple[str, ...]
    settings: Mapping[str, Any]
    panel_settings: Mapping[str, Any]
    versions: Mapping[str, Any]
    candidates: tuple[ListedCandidate, ...]
    states: tuple[ListedState, ...]
    previous_run_id: str | None
    lineage: tuple[ListedLink, ...]


def listed_runs(
    connection: Connection, tables: HmmTables, run_id: str | None = None
) -> list[ListedRun]:
    """Return all runs, the newest first, or only the run with a given id."""
    rows = fetch_all(
        connection,
        f"""
        select
            runs.run_id,
            runs.created_at,
            runs.n_states,
            runs.first_week_start,
            runs.last_week_start,
            candidates.next_week_log_score,
            json_array_length(cast(runs.defects as json)),
            champion.run_id is not null,
            (
                select max(promotions.promoted_at)
                from {tables.name("promotions")} as promotions
                where promotions.run_id = runs.run_id
            )
        from {tables.name("runs")} as runs
        left join {tables.name("champion")} as champion
            on runs.run_id = champion.run_id
        left join {tables.name("candidates")} as candidates
            on runs.run_id = candidates.run_id and candidates.is_chosen
        order by runs.created_at desc, runs.run_id desc
        """,
    )
    runs = [ListedRun(*row) for row in rows]
    return [run for run in runs if run_id in (None, run.run_id)]


def run_details(
    connection: Connection, tables: HmmTables, run_id: str, labels: str
) -> RunDetails:
    """Return the details of a run.

    Parameters
    ----------
    connection : Connection
    tables : HmmTables
    run_id : str
        Id of a run that exists.
    labels : str
        Quoted name of the seed state_labels.
    """
    ((n_users, n_weeks, n_levels, emissions, choice, settings, versions),) = fetch_all(
        connection,
        "select n_users, n_user_weeks, n_levels, emissions, choice, settings, versions "
        f"from {tables.name('runs')} where run_id = $1",
        (run_id,),
    )
    run = RunRegister(tables).run(connection, run_id)
    names = state_labels(connection, labels)
    previous_run_id, lineage = _lineage(connection, tables, run_id, names)
    return RunDetails(
        run=listed_runs(connection, tables, run_id)[0],
        n_users=n_users,
        n_user_weeks=n_weeks,
        n_levels=n_levels,
        emissions=emissions,
        choice=choice,
        features=run.features,
        defects=run.defects,
        settings=json.loads(settings),
        panel_settings=run.panel_settings or {},
        versions=json.loads(versions),
        candidates=_candidates(connection, tables, run_id),
        states=_states(connection, tables, run_id, names),
        previous_run_id=previous_run_id,
        lineage=lineage,
    )


def _candidates(
    connection: Connection, tables: HmmTables, run_id: str
) -> tuple[ListedCandidate, ...]:
    rows = fetch_all(
        connection,
        f"""
        select
            n_states, log_likelihood, bic, next_week_log_score, min_state_share,
            n_starts_at_best, n_polished_starts, stability, is_chosen, defects
        from {tables.name("candidates")}
        where run_id = $1
        order by n_states
        """,
        (run_id,),
    )
    return tuple(ListedCandidate(*(*row[:-1], defect_texts(row[-1]))) for row in rows)


def _states(
    connection: Connection,
    tables: HmmTables,
    run_id: str,
    labels: Mapping[str, str],
) -> tuple[ListedState, ...]:
    """Return the states, under the names that they have while the run is champion."""
    rows = fetch_all(
        connection,
        f"""
        select
            state_id, state_key, user_week_share, mean_rides, automatic_name,
            automatic_description, promoted_name
        from {tables.name("states")}
        where run_id = $1
        order by state_id
        """,
        (run_id,),
    )
    states = []
    for state_id, key, share, mean_rides, automatic, description, promoted in rows:
        name = labels.get(key) or promoted or automatic or f"State {state_id}"
        states.append(
            ListedState(state_id, key, name, share, mean_rides, automatic, description)
        )
    return tuple(states)


def _lineage(
    connection: Connection,
    tables: HmmTables,
    run_id: str,
    labels: Mapping[str, str],
) -> tuple[str | None, tuple[ListedLink, ...]]:
    """Return the previous champion, and how its states and the run's are related.

    States have the names of their run; if the run was removed, their current names.
    """
    rows = fetch_all(
        connection,
        f"""
        select
            lineage.previous_run_id,
            lineage.relation,
            lineage.state_key,
            coalesce(states.promoted_name, keys.current_name) as name,
            lineage.previous_state_key,
            coalesce(previous.promoted_name, previous_keys.current_name)
                as previous_name,
            lineage.share_of_state,
            lineage.share_of_previous_state,
            lineage.emission_distance
        from {tables.name("state_lineage")} as lineage
        left join {tables.name("states")} as states
            on
                lineage.run_id = states.run_id
                and lineage.state_key = states.state_key
        left join {tables.name("states")} as previous
            on
                lineage.previous_run_id = previous.run_id
                and lineage.previous_state_key = previous.state_key
        left join {tables.name("state_keys")} as keys
            on lineage.state_key = keys.state_key
        left join {tables.name("state_keys")} as previous_keys
            on lineage.previous_state_key = previous_keys.state_key
        where lineage.run_id = $1
        order by lineage.position
        """,
        (run_id,),
    )
    links = tuple(
        ListedLink(
            relation, labels.get(key, name), labels.get(old_key, old_name), *rest
        )
        for _, relation, key, name, old_key, old_name, *rest in rows
    )
    return (rows[0][0] if rows else None), links
