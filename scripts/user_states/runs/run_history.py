"""Reads runs for display: the list of all, and the details of one.

Warehouse code only. Every function uses the transaction of its caller.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from user_states.runs.registered_model import RegisteredModel
from user_states.runs.run_register import RunRegister, segment_labels
from user_states.runs.table_writer import SchemaTables
from user_states.warehouse.connection import Connection, fetch_all


@dataclass(frozen=True)
class ListedRun:
    """A run in the list of all runs.

    Attributes
    ----------
    run_id, model : str
    created_at : datetime
    n_segments : int or None
        None if the model has no segments.
    first_week_start, last_week_start : date or None
    log_score : float or None
        Mean log score of what held-out members did next, in nats; None if it was not
        measured.
    n_defects : int
    is_champion : bool
    promoted_at : datetime or None
        Time at which it last became champion.
    """

    run_id: str
    model: str
    created_at: dt.datetime
    n_segments: int | None
    first_week_start: dt.date | None
    last_week_start: dt.date | None
    log_score: float | None
    n_defects: int
    is_champion: bool
    promoted_at: dt.datetime | None


@dataclass(frozen=True)
class ListedSegment:
    """A segment of a run; `name` is what people see while the run is champion."""

    segment_id: int
    segment_key: str | None
    name: str
    member_share: float
    mean_rides: float | None
    automatic_name: str | None
    automatic_description: str | None


@dataclass(frozen=True)
class ListedLink:
    """How a segment and one of the previous champion are related, by name."""

    relation: str
    name: str | None
    previous_name: str | None
    share_of_segment: float | None
    share_of_previous: float | None
    profile_distance: float | None


@dataclass(frozen=True)
class RunDetails:
    """Everything that `show` prints about a run.

    Attributes
    ----------
    run : ListedRun
    noun : str
        What people call a segment of the model.
    choice : str
    features : tuple of str
    defects : tuple of str
    described : tuple of str
        What only its model says of it, as lines.
    settings, feature_settings, versions : mapping
    segments : tuple of ListedSegment
    previous_run_id : str or None
        The champion that its segments were matched to.
    lineage : tuple of ListedLink
    """

    run: ListedRun
    noun: str
    choice: str
    features: tuple[str, ...]
    defects: tuple[str, ...]
    described: tuple[str, ...]
    settings: Mapping[str, Any]
    feature_settings: Mapping[str, Any]
    versions: Mapping[str, Any]
    segments: tuple[ListedSegment, ...]
    previous_run_id: str | None
    lineage: tuple[ListedLink, ...]


def listed_runs(connection: Connection, register: SchemaTables) -> list[ListedRun]:
    """Return the runs of all models by model, the newest first."""
    rows = fetch_all(
        connection,
        f"""
        select
            runs.run_id,
            runs.model,
            runs.created_at,
            runs.n_segments,
            runs.first_week_start,
            runs.last_week_start,
            runs.log_score,
            json_array_length(cast(runs.defects as json)),
            champions.run_id is not null,
            (
                select max(promotions.promoted_at)
                from {register.name("promotions")} as promotions
                where promotions.run_id = runs.run_id
            )
        from {register.name("runs")} as runs
        left join {register.name("champions")} as champions
            on runs.run_id = champions.run_id
        order by runs.model, runs.created_at desc, runs.run_id desc
        """,
    )
    return [ListedRun(*row) for row in rows]


def run_details(
    connection: Connection, model: RegisteredModel, run_id: str
) -> RunDetails:
    """Return the details of a run.

    Parameters
    ----------
    connection : Connection
    model : RegisteredModel
    run_id : str
        Id of a run of the model that exists.
    """
    ((choice, settings, versions),) = fetch_all(
        connection,
        f"select choice, settings, versions from {model.register.name('runs')} "
        "where run_id = $1",
        (run_id,),
    )
    run = RunRegister(model).run(connection, run_id)
    labels = segment_labels(connection, model.labels)
    previous_run_id, lineage = _lineage(connection, model.register, run_id, labels)
    (listed,) = (
        item
        for item in listed_runs(connection, model.register)
        if item.run_id == run_id
    )
    return RunDetails(
        run=listed,
        noun=model.noun,
        choice=choice,
        features=run.features,
        defects=run.defects,
        described=tuple(model.described(connection, run_id)),
        settings=json.loads(settings),
        feature_settings=run.feature_settings or {},
        versions=json.loads(versions),
        segments=_segments(connection, model, run_id, labels),
        previous_run_id=previous_run_id,
        lineage=lineage,
    )


def _segments(
    connection: Connection,
    model: RegisteredModel,
    run_id: str,
    labels: Mapping[str, str],
) -> tuple[ListedSegment, ...]:
    """Return the segments, under the names that they have while the run is champion."""
    rows = fetch_all(
        connection,
        f"""
        select
            segment_id, segment_key, member_share, mean_rides, automatic_name,
            automatic_description, promoted_name
        from {model.register.name("segments")}
        where run_id = $1
        order by segment_id
        """,
        (run_id,),
    )
    segments = []
    for number, key, share, mean_rides, automatic, description, promoted in rows:
        name = (
            labels.get(key)
            or promoted
            or automatic
            or f"{model.noun.capitalize()} {number}"
        )
        segments.append(
            ListedSegment(number, key, name, share, mean_rides, automatic, description)
        )
    return tuple(segments)


def _lineage(
    connection: Connection,
    register: SchemaTables,
    run_id: str,
    labels: Mapping[str, str],
) -> tuple[str | None, tuple[ListedLink, ...]]:
    """Return the previous champion, and how its segments and the run's are related.

    Segments have the names of their run; if the run was removed, their current names.
    """
    rows = fetch_all(
        connection,
        f"""
        select
            lineage.previous_run_id,
            lineage.relation,
            lineage.segment_key,
            coalesce(segments.promoted_name, keys.current_name) as name,
            lineage.previous_segment_key,
            coalesce(previous.promoted_name, previous_keys.current_name)
                as previous_name,
            lineage.share_of_segment,
            lineage.share_of_previous_segment,
            lineage.profile_distance
        from {register.name("segment_lineage")} as lineage
        left join {register.name("segments")} as segments
            on
                lineage.run_id = segments.run_id
                and lineage.segment_key = segments.segment_key
        left join {register.name("segments")} as previous
            on
                lineage.previous_run_id = previous.run_id
                and lineage.previous_segment_key = previous.segment_key
        left join {register.name("segment_keys")} as keys
            on lineage.segment_key = keys.segment_key
        left join {register.name("segment_keys")} as previous_keys
            on lineage.previous_segment_key = previous_keys.segment_key
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
