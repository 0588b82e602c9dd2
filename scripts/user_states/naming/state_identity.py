"""Which state of a new run is which state of the champion."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.optimize import linear_sum_assignment

from user_states.hmm.arrays import FloatArray, IntArray

Relation = Literal["kept", "new", "split", "merged", "ended"]

# Where no user-week was decoded by both runs the emissions decide alone: states up
# to this distance are the same. Of two normals of one variance it is reached when
# their means are 0.72 standard deviations apart in every feature.
MAX_EMISSION_DISTANCE = 0.25


@dataclass(frozen=True)
class Link:
    """How a state of a run and a state of the previous champion are related.

    Attributes
    ----------
    relation : str
        `kept`: the state continues the previous one, and has its key. `new`: it
        continues none. `split`: it continues none either, but most of its
        user-weeks were in the previous state, which another state continues or
        shares with it. `merged`: the previous state is continued by none, but
        most of its user-weeks are in the state, which continues or joins
        another. `ended`: the previous state is continued by none.
    state : int or None
        State of the run, from 0; None where one ended.
    previous : int or None
        State of the previous champion, from 0; None where one is new.
    n_shared : int
        User-weeks in both.
    share_of_state, share_of_previous : float or None
        Share that they are of the state, and of the previous state, among the
        user-weeks that both runs decoded; None where there is none.
    distance : float or None
        As in `emission_distances`.
    """

    relation: Relation
    state: int | None
    previous: int | None
    n_shared: int
    share_of_state: float | None
    share_of_previous: float | None
    distance: float | None


def match_states(
    shared: IntArray, distances: FloatArray, min_overlap: float
) -> tuple[Link, ...]:
    """Return what became of every state: those of the run, then those that ended.

    A pair may match where its user-weeks overlap (Jaccard index: those in both
    states over those in either) by `min_overlap`; where neither state has any
    user-week that both runs decoded, where their emissions are near
    (`MAX_EMISSION_DISTANCE`). Among such pairs the Hungarian method (Kuhn 1955;
    scipy's `linear_sum_assignment`) finds the one-to-one assignment with the
    largest sum of overlap and nearness, 1 − distance.

    Parameters
    ----------
    shared : array of int, shape (K, K_previous)
        User-weeks that the run decoded into one state and the previous champion
        into the other.
    distances : array, shape (K, K_previous)
        As from `emission_distances`.
    min_overlap : float
        In (0, 1].
    """
    overlap = _jaccard(shared)
    is_unseen = np.isnan(overlap)
    near = np.where(np.isnan(distances), 0.0, 1 - distances)
    may_match = np.where(
        is_unseen, distances <= MAX_EMISSION_DISTANCE, overlap >= min_overlap
    )
    gains = np.where(may_match, np.where(is_unseen, 0.0, overlap) + near, 0.0)
    assigned = zip(*linear_sum_assignment(gains, maximize=True), strict=True)
    kept = {int(i): int(j) for i, j in assigned if may_match[i, j]}
    table = _Table(shared, distances)
    return (
        *_links_of_states(table, kept),
        *_links_of_previous(table, kept),
    )


def mint_key(run_id: str, state_id: int) -> str:
    """Return the lasting key of a state that a run is the first to find."""
    digest = hashlib.sha256(f"{run_id}/{state_id}".encode()).hexdigest()
    return f"s_{digest[:10]}"


@dataclass(frozen=True, eq=False)
class _Table:
    """What is known of each pair of states, shape (K, K_previous) each."""

    shared: IntArray
    distances: FloatArray

    def link(self, relation: Relation, state: int, previous: int) -> Link:
        n_shared = int(self.shared[state, previous])
        distance = float(self.distances[state, previous])
        return Link(
            relation=relation,
            state=state,
            previous=previous,
            n_shared=n_shared,
            share_of_state=_share(n_shared, int(self.shared[state].sum())),
            share_of_previous=_share(n_shared, int(self.shared[:, previous].sum())),
            distance=None if np.isnan(distance) else distance,
        )


def _links_of_states(table: _Table, kept: Mapping[int, int]) -> list[Link]:
    sources = _main_counterparts(table.shared)
    links = []
    for state in range(len(table.shared)):
        if state in kept:
            links.append(table.link("kept", state, kept[state]))
        elif _is_one_of_several(state, sources, set(kept.values())):
            links.append(table.link("split", state, sources[state]))
        else:
            links.append(Link("new", state, None, 0, None, None, None))
    return links


def _links_of_previous(table: _Table, kept: Mapping[int, int]) -> list[Link]:
    goals = _main_counterparts(table.shared.T)
    links = []
    for previous in range(table.shared.shape[1]):
        if previous in kept.values():
            continue
        if _is_one_of_several(previous, goals, set(kept)):
            links.append(table.link("merged", goals[previous], previous))
        else:
            links.append(Link("ended", None, previous, 0, None, None, None))
    return links


def _main_counterparts(shared: IntArray) -> dict[int, int]:
    """Return the column that holds more than half of a row, where one does."""
    totals = shared.sum(axis=1)
    return {
        row: int(shared[row].argmax())
        for row in range(len(shared))
        if shared[row].max(initial=0) * 2 > totals[row]
    }


def _is_one_of_several(
    own: int, counterparts: Mapping[int, int], continued: set[int]
) -> bool:
    """Tell whether a state's main counterpart is another state's as well."""
    if own not in counterparts:
        return False
    main = counterparts[own]
    return main in continued or list(counterparts.values()).count(main) > 1


def _jaccard(shared: IntArray) -> FloatArray:
    """Return user-weeks in both over those in either, NaN where there is none."""
    in_either = shared.sum(axis=1, keepdims=True) + shared.sum(axis=0) - shared
    with np.errstate(invalid="ignore"):
        return np.asarray(np.true_divide(shared, in_either))


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
