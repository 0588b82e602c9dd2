"""Which states of a new run continue which states of the champion."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.optimize import linear_sum_assignment

from user_states.hmm.arrays import FloatArray, IntArray

Relation = Literal["kept", "new", "split", "merged", "ended"]

# If no user-week was decoded by both runs, emissions alone decide: states up to this
# distance are the same. Two normals of equal variance have this distance if their
# means differ by 0.72 standard deviations in every feature.
MAX_EMISSION_DISTANCE = 0.25


@dataclass(frozen=True)
class Link:
    """How a state of a run and a state of the previous champion are related.

    Attributes
    ----------
    relation : str
        `kept`: the state continues the previous one and takes over its key. `new`:
        the state continues none. `split`: the state continues none; most of its
        user-weeks were in the previous state, and another state continues that one
        or comes mostly from it too. `merged`: no state continues the previous one;
        most of its user-weeks are in this state, which continues another state or
        holds most of another one too. `ended`: no state continues the previous one.
    state : int or None
        State of the run, from 0; None if the previous state ended.
    previous : int or None
        State of the previous champion, from 0; None if the state is new.
    n_shared : int
        User-weeks in both.
    share_of_state, share_of_previous : float or None
        `n_shared` as a share of the state's and of the previous state's user-weeks,
        counting those that both runs decoded; None if there are none.
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
    """Return a link for every state of the run, then for every state not continued.

    A pair may match if its user-weeks overlap by at least `min_overlap` (Jaccard
    index: user-weeks in both states over those in either). If neither state has a
    user-week that both runs decoded, a pair may match if its emissions are close
    (`MAX_EMISSION_DISTANCE`). Among these pairs the Hungarian method (Kuhn 1955;
    scipy's `linear_sum_assignment`) finds the one-to-one assignment with the largest
    sum of overlap and closeness, 1 − distance.

    Parameters
    ----------
    shared : array of int, shape (K, K_previous)
        User-weeks that the run decoded into the one state and the previous champion
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
    pairs = _Pairs(shared, distances)
    return (
        *_links_of_states(pairs, kept),
        *_links_of_previous(pairs, kept),
    )


def mint_key(run_id: str, state_id: int) -> str:
    """Return the permanent key of a state that no earlier run had."""
    digest = hashlib.sha256(f"{run_id}/{state_id}".encode()).hexdigest()
    return f"s_{digest[:10]}"


@dataclass(frozen=True, eq=False)
class _Pairs:
    """Shared user-weeks and distance of each pair of states, shape (K, K_previous)."""

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


def _links_of_states(pairs: _Pairs, kept: Mapping[int, int]) -> list[Link]:
    sources = _main_counterparts(pairs.shared)
    links = []
    for state in range(len(pairs.shared)):
        if state in kept:
            links.append(pairs.link("kept", state, kept[state]))
        elif _is_one_of_several(state, sources, set(kept.values())):
            links.append(pairs.link("split", state, sources[state]))
        else:
            links.append(Link("new", state, None, 0, None, None, None))
    return links


def _links_of_previous(pairs: _Pairs, kept: Mapping[int, int]) -> list[Link]:
    destinations = _main_counterparts(pairs.shared.T)
    links = []
    for previous in range(pairs.shared.shape[1]):
        if previous in kept.values():
            continue
        if _is_one_of_several(previous, destinations, set(kept)):
            links.append(pairs.link("merged", destinations[previous], previous))
        else:
            links.append(Link("ended", None, previous, 0, None, None, None))
    return links


def _main_counterparts(shared: IntArray) -> dict[int, int]:
    """Return, for each row that has one, the column with more than half of its sum."""
    totals = shared.sum(axis=1)
    return {
        row: int(shared[row].argmax())
        for row in range(len(shared))
        if shared[row].max(initial=0) * 2 > totals[row]
    }


def _is_one_of_several(
    state: int, counterparts: Mapping[int, int], continued: set[int]
) -> bool:
    """Return whether a state shares its main counterpart with another state."""
    if state not in counterparts:
        return False
    main = counterparts[state]
    return main in continued or list(counterparts.values()).count(main) > 1


def _jaccard(shared: IntArray) -> FloatArray:
    """Return user-weeks in both states over those in either, NaN if there are none."""
    in_either = shared.sum(axis=1, keepdims=True) + shared.sum(axis=0) - shared
    with np.errstate(invalid="ignore"):
        return np.asarray(np.true_divide(shared, in_either))


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
