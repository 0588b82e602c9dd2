"""Changes the champion, the run that the marts read, and deletes old runs.

Like fit_job.py, this module uses both array code and warehouse code. Every function
uses the transaction of its caller.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from user_states.errors import UserError
from user_states.hmm.arrays import IntArray
from user_states.naming.emission_distance import StateEmissions, emission_distances
from user_states.naming.kept_names import promoted_names
from user_states.naming.state_identity import Link, match_states, mint_key
from user_states.runs.panel_settings import changed_settings, columns_read
from user_states.runs.run_register import (
    PromotionEntry,
    RunRegister,
    StoredEmission,
    StoredRun,
    StoredState,
    panel_columns,
    state_labels,
)
from user_states.warehouse.connection import Connection
from user_states.warehouse.dbt_project import DbtProject


@dataclass(frozen=True)
class Rules:
    """The parts of the project that a promotion depends on.

    Attributes
    ----------
    project_vars : mapping
        All vars of the project.
    panel, labels : str
        Quoted names of user_week_panel and of the seed state_labels.
    """

    project_vars: Mapping[str, Any]
    panel: str
    labels: str

    @classmethod
    def of(cls, project: DbtProject) -> Rules:
        """Return the rules of a project under its target and vars."""
        return cls(
            project.vars,
            project.relation("user_week_panel"),
            project.relation("state_labels"),
        )


def promote(
    connection: Connection,
    register: RunRegister,
    run_id: str,
    rules: Rules,
    *,
    force: bool,
) -> bool:
    """Make a run the champion; at its first promotion its states get keys and names.

    Returns
    -------
    bool
        False if the run is already the champion; nothing is changed then.

    Raises
    ------
    UserError
        If the run has defects and `force` is not given, or if its features differ
        from those of the panel.
    """
    champion = register.champion(connection)
    if run_id == champion:
        return False
    run = register.run(connection, run_id)
    _require_the_panels_features(connection, run, rules)
    if not (run.has_passed_guards or force):
        raise UserError(
            f"the run {run_id} failed {len(run.defects)} of its checks: "
            f"{'; '.join(run.defects)}. Expected none for a published model, so "
            "nothing was changed: promote another run, or add --force to promote this "
            "one anyway"
        )
    states = register.states(connection, run_id)
    if any(state.state_key is None for state in states):
        _settle_states(connection, register, run_id, states, champion, rules)
    register.set_champion(
        connection,
        run_id,
        "promote",
        _next_number(register.promotions(connection)),
        is_forced=not run.has_passed_guards,
    )
    return True


def rollback(connection: Connection, register: RunRegister, rules: Rules) -> str:
    """Make the previous champion the champion again, and return its id.

    Raises
    ------
    UserError
        If there is none, or if its features differ from those of the panel.
    """
    promotions = register.promotions(connection)
    run_id = previous_champion(
        promotions, register.champion(connection), register.run_ids(connection)
    )
    if run_id is None:
        raise UserError(
            "found no earlier champion among the stored runs; expected one to return "
            "to, so nothing was changed: `make runs` lists all runs, and `promote` "
            "makes any of them the champion"
        )
    run = register.run(connection, run_id)
    _require_the_panels_features(connection, run, rules)
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


def _require_the_panels_features(
    connection: Connection, run: StoredRun, rules: Rules
) -> None:
    columns = panel_columns(connection, rules.panel)
    differences = [
        f"the panel has no column {name}"
        for name in columns_read(run.panel_settings, run.features)
        if name not in columns
    ]
    if run.panel_settings is not None:
        differences += changed_settings(run.panel_settings, rules.project_vars)
    if differences:
        raise UserError(
            f"the features of the panel differ from those that the run {run.run_id} "
            f"was fitted on: {'; '.join(differences)}. Expected the same, so nothing "
            "was changed: restore the vars and run `make build`, or fit a new model"
        )


def _settle_states(
    connection: Connection,
    register: RunRegister,
    run_id: str,
    states: Sequence[StoredState],
    champion: str | None,
    rules: Rules,
) -> None:
    """Give a run's states the keys of the champion's states or new ones, and names."""
    previous = register.states(connection, champion) if champion else []
    links = _match(connection, register, run_id, states, champion, previous, rules)
    kept = {
        states[link.state].state_id: str(previous[link.previous].state_key)
        for link in links
        if link.relation == "kept"
        and link.state is not None
        and link.previous is not None
    }
    keys = {
        state.state_id: kept.get(state.state_id) or mint_key(run_id, state.state_id)
        for state in states
    }
    names = promoted_names(
        {keys[state.state_id]: state.automatic_name for state in states},
        register.current_names(connection),
        register.promoted_names(connection),
        state_labels(connection, rules.labels).values(),
    )
    minted_at = dt.datetime.now(dt.UTC)
    new_keys = [
        {
            "state_key": keys[state.state_id],
            "minted_by_run_id": run_id,
            "minted_at": minted_at,
            "current_name": names[keys[state.state_id]],
            "first_description": state.automatic_name.description,
        }
        for state in states
        if state.state_id not in kept
    ]
    lineage = [
        _lineage_row(position, run_id, champion, link, states, previous, keys)
        for position, link in enumerate(links, start=1)
    ]
    of_states = {state_id: names[key] for state_id, key in keys.items()}
    register.store_keys(connection, run_id, keys, of_states, new_keys, lineage)


def _match(
    connection: Connection,
    register: RunRegister,
    run_id: str,
    states: Sequence[StoredState],
    champion: str | None,
    previous: Sequence[StoredState],
    rules: Rules,
) -> tuple[Link, ...]:
    shared: IntArray = np.zeros((len(states), len(previous)), dtype=np.int64)
    distances = np.full(shared.shape, np.nan)
    if champion is not None:
        rows = {state.state_id: row for row, state in enumerate(states)}
        columns = {state.state_id: column for column, state in enumerate(previous)}
        for one, other, n in register.shared_user_weeks(connection, run_id, champion):
            shared[rows[one], columns[other]] = n
        distances = emission_distances(
            _emissions(register.emissions(connection, run_id)),
            _emissions(register.emissions(connection, champion)),
        )
    return match_states(
        shared, distances, float(rules.project_vars["hmm.match_min_overlap"])
    )


def _emissions(stored: Sequence[StoredEmission]) -> StateEmissions:
    """Return emissions, sorted by state and feature, as arrays."""
    one_state = [row for row in stored if row.state_id == stored[0].state_id]
    shape = (-1, len(one_state))
    return StateEmissions.from_scaled(
        [row.feature for row in one_state],
        [row.family for row in one_state],
        [row.transform for row in one_state],
        np.reshape([row.mean for row in stored], shape),
        np.reshape([row.variance for row in stored], shape),
        np.array([row.scaling_mean for row in one_state]),
        np.array([row.scale for row in one_state]),
    )


def _lineage_row(
    position: int,
    run_id: str,
    champion: str | None,
    link: Link,
    states: Sequence[StoredState],
    previous: Sequence[StoredState],
    keys: Mapping[int, str],
) -> dict[str, Any]:
    return {
        "run_id": run_id,
        "position": position,
        "previous_run_id": champion,
        "state_key": None if link.state is None else keys[states[link.state].state_id],
        "previous_state_key": None
        if link.previous is None
        else previous[link.previous].state_key,
        "relation": link.relation,
        "n_shared_user_weeks": link.n_shared,
        "share_of_state": link.share_of_state,
        "share_of_previous_state": link.share_of_previous,
        "emission_distance": link.distance,
    }
