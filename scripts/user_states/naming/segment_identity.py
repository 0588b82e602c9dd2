"""Which segments of a new run continue which segments of the champion.

A segment is what a model divides its members into: a state, whose members are
user-weeks, or a cluster, whose members are customers.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.optimize import linear_sum_assignment

from user_states.hmm.arrays import FloatArray, IntArray

Relation = Literal["kept", "new", "split", "merged", "ended"]

# If both runs share no member, profiles alone decide: segments up to this distance are
# the same. Two normals of equal variance have this distance if their means differ by
# 0.72 standard deviations in every feature.
MAX_PROFILE_DISTANCE = 0.25


@dataclass(frozen=True)
class Link:
    """How a segment of a run and a segment of the previous champion are related.

    Attributes
    ----------
    relation : str
        `kept`: the segment continues the previous one and takes over its key. `new`:
        the segment continues none. `split`: the segment continues none; most of its
        members were in the previous segment, and another segment continues that one
        or comes mostly from it too. `merged`: no segment continues the previous one;
        most of its members are in this segment, which continues another segment or
        holds most of another one too. `ended`: no segment continues the previous one.
    segment : int or None
        Segment of the run, from 0; None if the previous segment ended.
    previous : int or None
        Segment of the previous champion, from 0; None if the segment is new.
    n_shared : int
        Members in both.
    share_of_segment, share_of_previous : float or None
        `n_shared` as a share of the segment's and of the previous segment's members,
        counting those that both runs divided; None if there are none.
    distance : float or None
        As in `profile_distances`.
    """

    relation: Relation
    segment: int | None
    previous: int | None
    n_shared: int
    share_of_segment: float | None
    share_of_previous: float | None
    distance: float | None


def match_segments(
    shared: IntArray, distances: FloatArray, min_overlap: float
) -> tuple[Link, ...]:
    """Return a link for every segment of the run, then for every segment not continued.

    A pair may match if its members overlap by at least `min_overlap` (Jaccard
    index: members in both segments over those in either). If neither segment has a
    member that both runs divided, a pair may match if its profiles are close
    (`MAX_PROFILE_DISTANCE`). Among these pairs the Hungarian method (Kuhn 1955;
    scipy's `linear_sum_assignment`) finds the one-to-one assignment with the largest
    sum of overlap and closeness, 1 − distance.

    Parameters
    ----------
    shared : array of int, shape (K, K_previous)
        Members that the run put into the one segment and the previous champion into the
        other.
    distances : array, shape (K, K_previous)
        As from `profile_distances`.
    min_overlap : float
        In (0, 1].
    """
    overlap = _jaccard(shared)
    is_unseen = np.isnan(overlap)
    near = np.where(np.isnan(distances), 0.0, 1 - distances)
    may_match = np.where(
        is_unseen, distances <= MAX_PROFILE_DISTANCE, overlap >= min_overlap
    )
    gains = np.where(may_match, np.where(is_unseen, 0.0, overlap) + near, 0.0)
    assigned = zip(*linear_sum_assignment(gains, maximize=True), strict=True)
    kept = {int(i): int(j) for i, j in assigned if may_match[i, j]}
    pairs = _Pairs(shared, distances)
    return (
        *_links_of_segments(pairs, kept),
        *_links_of_previous(pairs, kept),
    )


def mint_key(run_id: str, segment_id: int) -> str:
    """Return the permanent key of a segment that no earlier run had."""
    digest = hashlib.sha256(f"{run_id}/{segment_id}".encode()).hexdigest()
    return f"s_{digest[:10]}"


@dataclass(frozen=True, eq=False)
class _Pairs:
    """Shared members and distance of each pair of segments, shape (K, K_previous)."""

    shared: IntArray
    distances: FloatArray

    def link(self, relation: Relation, segment: int, previous: int) -> Link:
        n_shared = int(self.shared[segment, previous])
        distance = float(self.distances[segment, previous])
        return Link(
            relation=relation,
            segment=segment,
            previous=previous,
            n_shared=n_shared,
            share_of_segment=_share(n_shared, int(self.shared[segment].sum())),
            share_of_previous=_share(n_shared, int(self.shared[:, previous].sum())),
            distance=None if np.isnan(distance) else distance,
        )


def _links_of_segments(pairs: _Pairs, kept: Mapping[int, int]) -> list[Link]:
    sources = _main_counterparts(pairs.shared)
    links = []
    for segment in range(len(pairs.shared)):
        if segment in kept:
            links.append(pairs.link("kept", segment, kept[segment]))
        elif _is_one_of_several(segment, sources, set(kept.values())):
            links.append(pairs.link("split", segment, sources[segment]))
        else:
            links.append(Link("new", segment, None, 0, None, None, None))
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
    segment: int, counterparts: Mapping[int, int], continued: set[int]
) -> bool:
    """Return whether a segment shares its main counterpart with another segment."""
    if segment not in counterparts:
        return False
    main = counterparts[segment]
    return main in continued or list(counterparts.values()).count(main) > 1


def _jaccard(shared: IntArray) -> FloatArray:
    """Return members in both segments over those in either, NaN if there are none."""
    in_either = shared.sum(axis=1, keepdims=True) + shared.sum(axis=0) - shared
    with np.errstate(invalid="ignore"):
        return np.asarray(np.true_divide(shared, in_either))


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
