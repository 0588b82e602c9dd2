"""Changes the champion of a model, the run that the marts read; deletes old runs.

One code for every model: the register knows whose runs they are.

Like fit_job.py, this module uses both array code and warehouse code. Every function
uses the transaction of its caller.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np

from user_states.errors import UserError
from user_states.hmm.arrays import IntArray
from user_states.naming.kept_names import promoted_names
from user_states.naming.profile_distance import SegmentProfiles, profile_distances
from user_states.naming.segment_identity import Link, match_segments, mint_key
from user_states.runs.run_register import RunRegister, segment_labels
from user_states.runs.stored_runs import (
    PromotionEntry,
    StoredProfile,
    StoredRun,
    StoredSegment,
)
from user_states.warehouse.connection import Connection


def promote(
    connection: Connection,
    register: RunRegister,
    run_id: str,
    *,
    force: bool,
) -> bool:
    """Make a run the champion; at its first promotion its segments get keys and names.

    Returns
    -------
    bool
        False if the run is already the champion; nothing is changed then.

    Raises
    ------
    UserError
        If the run has defects and `force` is not given, if its features have changed
        their meaning, or if it published nothing.
    """
    champion = register.champion(connection)
    if run_id == champion:
        return False
    run = register.run(connection, run_id)
    _require_the_same_features(connection, register, run)
    if not (run.has_passed_guards or force):
        raise UserError(
            f"the run {run_id} failed {len(run.defects)} of its checks: "
            f"{'; '.join(run.defects)}. Expected none for a published model, so "
            "nothing was changed: promote another run, or add --force to promote this "
            "one anyway"
        )
    segments = register.segments(connection, run_id)
    if register.model.members and not segments:
        raise UserError(
            f"found no {register.model.noun} in the run {run_id}: nothing was worth "
            "publishing. Expected some, so nothing was changed: promote another run"
        )
    if not register.model.publishes(connection, run_id):
        raise UserError(
            f"found no model in the run {run_id}: nothing was worth publishing. "
            "Expected one, so nothing was changed: promote another run, or fit again "
            "with --force"
        )
    if any(segment.segment_key is None for segment in segments):
        _settle_segments(connection, register, run_id, segments, champion)
    register.set_champion(
        connection,
        run_id,
        "promote",
        _next_number(register.promotions(connection)),
        is_forced=not run.has_passed_guards,
    )
    return True


def rollback(connection: Connection, register: RunRegister) -> str:
    """Make the previous champion the champion again, and return its id.

    Raises
    ------
    UserError
        If there is none, or if its features have changed their meaning.
    """
    promotions = register.promotions(connection)
    run_id = previous_champion(
        promotions, register.champion(connection), register.run_ids(connection)
    )
    if run_id is None:
        raise UserError(
            f"found no earlier champion among the runs of {register.model.name}; "
            "expected one to return to, so nothing was changed: `make runs` lists all "
            "runs, and `promote` makes any of them the champion"
        )
    run = register.run(connection, run_id)
    _require_the_same_features(connection, register, run)
    register.set_champion(
        connection,
        run_id,
        "rollback",
        _next_number(promotions),
        is_forced=not run.has_passed_guards,
    )
    return run_id


def prune(connection: Connection, register: RunRegister, keep: int) -> list[str]:
    """Delete all runs but the champion, the previous champion and the newest others.

    Parameters
    ----------
    connection : Connection
    register : RunRegister
    keep : int
        Number of other runs to keep.

    Returns
    -------
    list of str
        Ids of the deleted runs.
    """
    run_ids = register.run_ids(connection)
    champion = register.champion(connection)
    promotions = register.promotions(connection)
    kept = {champion, previous_champion(promotions, champion, run_ids)}
    others = [run_id for run_id in run_ids if run_id not in kept]
    deleted = others[keep:]
    register.delete(connection, deleted)
    return deleted


def previous_champion(
    promotions: Sequence[PromotionEntry],
    champion: str | None,
    run_ids: Collection[str],
) -> str | None:
    """Return the run that a rollback makes champion, or None.

    Promotions form a stack: a promotion adds a run, a rollback removes the runs above
    the one to which it returns. So a second rollback returns to the champion before
    that.

    Parameters
    ----------
    promotions : sequence of PromotionEntry
        All promotions and rollbacks, the oldest first.
    champion : str or None
    run_ids : collection of str
        Stored runs.
    """
    stack: list[str] = []
    for entry in promotions:
        if entry.action == "rollback":
            while stack and stack[-1] != entry.run_id:
                stack.pop()
        else:
            stack.append(entry.run_id)
    earlier = [run_id for run_id in stack if run_id in run_ids and run_id != champion]
    return earlier[-1] if earlier else None


def _next_number(promotions: Sequence[PromotionEntry]) -> int:
    return promotions[-1].number + 1 if promotions else 1


def _require_the_same_features(
    connection: Connection, register: RunRegister, run: StoredRun
) -> None:
    differences = register.model.changed_features(connection, run)
    if differences:
        raise UserError(
            f"found features that differ from those that the run {run.run_id} was "
            f"fitted on: {'; '.join(differences)}. Expected the same, so nothing was "
            "changed: restore the settings and run `make build`, or fit a new model"
        )


def _settle_segments(
    connection: Connection,
    register: RunRegister,
    run_id: str,
    segments: Sequence[StoredSegment],
    champion: str | None,
) -> None:
    """Give a run's segments the keys of the champion's or new ones, and names."""
    previous = register.segments(connection, champion) if champion else []
    links = _match(connection, register, run_id, segments, champion, previous)
    kept = {
        segments[link.segment].segment_id: str(previous[link.previous].segment_key)
        for link in links
        if link.relation == "kept"
        and link.segment is not None
        and link.previous is not None
    }
    keys = {
        segment.segment_id: kept.get(segment.segment_id)
        or mint_key(run_id, segment.segment_id)
        for segment in segments
    }
    names = promoted_names(
        {keys[segment.segment_id]: segment.automatic_name for segment in segments},
        register.current_names(connection),
        register.promoted_names(connection),
        segment_labels(connection, register.model.labels).values(),
    )
    minted_at = dt.datetime.now(dt.UTC)
    new_keys = [
        {
            "segment_key": keys[segment.segment_id],
            "minted_by_run_id": run_id,
            "minted_at": minted_at,
            "current_name": names[keys[segment.segment_id]],
            "first_description": segment.automatic_name.description,
        }
        for segment in segments
        if segment.segment_id not in kept
    ]
    lineage = [
        _lineage_row(position, run_id, champion, link, segments, previous, keys)
        for position, link in enumerate(links, start=1)
    ]
    of_segments = {segment_id: names[key] for segment_id, key in keys.items()}
    register.store_keys(connection, run_id, keys, of_segments, new_keys, lineage)


def _match(
    connection: Connection,
    register: RunRegister,
    run_id: str,
    segments: Sequence[StoredSegment],
    champion: str | None,
    previous: Sequence[StoredSegment],
) -> tuple[Link, ...]:
    shared: IntArray = np.zeros((len(segments), len(previous)), dtype=np.int64)
    distances = np.full(shared.shape, np.nan)
    if champion is not None:
        rows = {segment.segment_id: row for row, segment in enumerate(segments)}
        columns = {old.segment_id: column for column, old in enumerate(previous)}
        for one, other, n in register.shared_members(connection, run_id, champion):
            shared[rows[one], columns[other]] = n
        if register.model.profiles is not None:
            distances = profile_distances(
                _profiles(register.profiles(connection, run_id)),
                _profiles(register.profiles(connection, champion)),
            )
    return match_segments(shared, distances, register.model.min_overlap)


def _profiles(stored: Sequence[StoredProfile]) -> SegmentProfiles:
    """Return profiles, sorted by segment and feature, as arrays."""
    first = [row for row in stored if row.segment_id == stored[0].segment_id]
    shape = (-1, len(first))
    return SegmentProfiles.from_scaled(
        [row.feature for row in first],
        [row.family for row in first],
        [row.transform for row in first],
        np.reshape([row.mean for row in stored], shape),
        np.reshape([row.variance for row in stored], shape),
        np.array([row.scaling_mean for row in first]),
        np.array([row.scale for row in first]),
    )


def _lineage_row(
    position: int,
    run_id: str,
    champion: str | None,
    link: Link,
    segments: Sequence[StoredSegment],
    previous: Sequence[StoredSegment],
    keys: Mapping[int, str],
) -> dict[str, Any]:
    return {
        "run_id": run_id,
        "position": position,
        "previous_run_id": champion,
        "segment_key": None
        if link.segment is None
        else keys[segments[link.segment].segment_id],
        "previous_segment_key": None
        if link.previous is None
        else previous[link.previous].segment_key,
        "relation": link.relation,
        "n_shared_members": link.n_shared,
        "share_of_segment": link.share_of_segment,
        "share_of_previous_segment": link.share_of_previous,
        "profile_distance": link.distance,
    }
