"""Which run the marts read: promoted, rolled back, and the rest cleared away.

Like job.py, a place where array code and warehouse code meet. Each function is one
transaction of its caller, and changes nothing where nothing is to be done.
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
from user_states.naming.kept_names import settle_names
from user_states.naming.state_identity import Link, match_states, mint_key
from user_states.runs.panel_settings import changed_settings
from user_states.runs.run_register import (
    PromotionEntry,
    RunRegister,
    StoredEmission,
    StoredRun,
    StoredState,
    labelled_names,
    panel_columns,
)
from user_states.warehouse.connection import Connection
from user_states.warehouse.dbt_project import DbtProject


@dataclass(frozen=True)
class Rules:
    """What a run is held against before it becomes champion.

    Attributes
    ----------
    project_vars : mapping
        Every var of the project.
    panel, labels : str
        Quoted names of user_week_panel and of the seed state_labels.
    """

    project_vars: Mapping[str, Any]
    panel: str
    labels: str

    @classmethod
    def of(cls, project: DbtProject) -> Rules:
        """Return those of a project under its target and vars."""
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
    """Make a run the champion; its states get their keys if they have none.

    Returns
    -------
    bool
        False where it is the champion already, and nothing is done.

    Raises
    ------
    UserError
        If the run has defects and `force` is not given, or its features are not
        those of the panel.
    """
    champion = register.champion(connection)
    if run_id == champion:
        return False
    run = register.run(connection, run_id)
    _require_the_panels_features(connection, run, rules)
    if not (run.has_passed_guards or force):
        raise UserError(
            f"the run {run_id} fails {len(run.defects)} of its checks: "
            f"{'; '.join(run.defects)}. Expected none in a published model, so nothing "
            "was changed: promote another run, or this one all the same with --force"
        )
    states = register.states(connection, run_id)
    if any(state.state_key is None for state in states):
        _settle(connection, register, run_id, states, champion, rules)
    register.set_champion(
        connection,
        run_id,
        "promote",
        _next_number(register.promotions(connection)),
        is_forced=not run.has_passed_guards,
    )
    return True


def rollback(connection: Connection, register: RunRegister, rules: Rules) -> str:
    """Make the run the champion that was it before, and return it.

    Raises
    ------
    UserError
        If there is none, or its features are not those of the panel.
    """
    promotions = register.promotions(connection)
    run_id = before_champion(
        promotions, register.champion(connection), register.run_ids(connection)
    )
    if run_id is None:
        raise UserError(
            "found no earlier champion that is still there; expected one to go back "
            "to, so nothing was changed: `make runs` shows all runs, "
            "`promote` makes any of them the champion"
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
    """Take out all runs but the champion, the one before it and the newest others.

    Parameters
    ----------
    connection : Connection
    register : RunRegister
    keep : int
        How many others stay.

    Returns
    -------
    list of str
        The runs that are gone.
    """
    run_ids = register.run_ids(connection)
    champion = register.champion(connection)
    promotions = register.promotions(connection)
    spared = {champion, before_champion(promotions, champion, run_ids)}
    others = [run_id for run_id in run_ids if run_id not in spared]
    gone = others[keep:]
    register.delete(connection, gone)
    return gone


def before_champion(
    promotions: Sequence[PromotionEntry],
    champion: str | None,
    run_ids: Collection[str],
) -> str | None:
    """Return the run that a rollback goes to, None where there is none.

    A promotion lays a run upon the earlier champions; a rollback takes those off
    that lie upon the run it went to. So a second rollback goes one further back.

    Parameters
    ----------
    promotions : sequence of PromotionEntry
        The whole log, the oldest first.
    champion : str or None
    run_ids : collection of str
        Runs that are still there.
    """
    pile: list[str] = []
    for entry in promotions:
        if entry.action == "rollback":
            while pile and pile[-1] != entry.run_id:
                pile.pop()
        else:
            pile.append(entry.run_id)
    earlier = [run_id for run_id in pile if run_id in run_ids and run_id != champion]
    return earlier[-1] if earlier else None


def _next_number(promotions: Sequence[PromotionEntry]) -> int:
    return promotions[-1].number + 1 if promotions else 1


def _require_the_panels_features(
    connection: Connection, run: StoredRun, rules: Rules
) -> None:
    columns = panel_columns(connection, rules.panel)
    differences = [
        f"the panel has no column {name}"
        for name in run.features
        if name not in columns
    ]
    if run.panel_settings is not None:
        differences += changed_settings(run.panel_settings, rules.project_vars)
    if differences:
        raise UserError(
            f"the run {run.run_id} was fitted on other features than the panel has: "
            f"{'; '.join(differences)}. Expected the same, so nothing was changed: "
            "set the vars back and run `make build`, or fit anew"
        )


def _settle(
    connection: Connection,
    register: RunRegister,
    run_id: str,
    states: Sequence[StoredState],
    champion: str | None,
    rules: Rules,
) -> None:
    """Match a run's states to the champion's; mint keys for the others; name all."""
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
    names = settle_names(
        {keys[state.state_id]: state.naming for state in states},
        register.names(connection),
        register.earlier_names(connection),
        labelled_names(connection, rules.labels).values(),
    )
    minted_at = dt.datetime.now(dt.UTC)
    minted = [
        {
            "state_key": keys[state.state_id],
            "minted_by_run_id": run_id,
            "minted_at": minted_at,
            "name": names[keys[state.state_id]],
            "description": state.description,
        }
        for state in states
        if state.state_id not in kept
    ]
    lineage = [
        _lineage_row(position, run_id, champion, link, states, previous, keys)
        for position, link in enumerate(links, start=1)
    ]
    given = {state_id: names[key] for state_id, key in keys.items()}
    register.settle_keys(connection, run_id, keys, given, minted, lineage)


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
    """Return emissions, by state and feature, as arrays."""
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
