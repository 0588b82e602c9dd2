"""Identifiers and edges to stitch, drawn from a seed.

Most are a person's few: a user with devices, an e-mail and a telephone. Some are chains
of two hundred, in which labels have far to go.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

CHAIN_LENGTH = 200
_IDENTIFIERS_PER_CHAIN = 20_000
_FIRST_DAY = np.datetime64("2024-01-01T00:00:00", "s")  # a Monday
_N_WEEKS, _SECONDS_A_WEEK = 104, 7 * 24 * 3600
# Beside the first identifier, a user id, a person has so many on average.
_MEAN_OTHERS = 2.3
_OTHER_TYPES = ("anonymous_id", "email", "phone", "crm_id")
_SHARES_OF_TYPES = (0.6, 0.2, 0.1, 0.1)
# How many are seen before the edge that joins them, and how many edges are added to
# what connects a person's identifiers already.
_SHARE_SEEN_BEFORE, _SHARE_OF_MORE_EDGES = 0.3, 0.35

WholeNumbers = npt.NDArray[np.int64]


@dataclass(frozen=True)
class PlantedIdentifiers:
    """What is to be stitched.

    Attributes
    ----------
    identifiers : DataFrame
        identifier_key, identifier_type, identifier, priority, first_seen_at,
        first_week_start.
    edges : DataFrame
        from_key, to_key, first_seen_at, first_week_start; the stronger end first.
    """

    identifiers: pd.DataFrame
    edges: pd.DataFrame


def plant_identifiers(n_identifiers: int, seed: int) -> PlantedIdentifiers:
    """Draw identifiers of many people and some chains.

    Parameters
    ----------
    n_identifiers : int
        How many to draw, to within a chain's length.
    seed : int
    """
    rng = np.random.default_rng(seed)
    n_chains = max(n_identifiers // _IDENTIFIERS_PER_CHAIN, 1)
    n_of_people = max(n_identifiers - n_chains * CHAIN_LENGTH, 0)
    person = _draw_people(n_of_people, rng)
    one, other = _edges_of_people(person, rng)
    chain_one, chain_other = _edges_of_chains(n_chains, len(person), rng)
    ends = np.stack([np.append(one, chain_one), np.append(other, chain_other)])
    ends = np.unique(np.sort(ends, axis=0), axis=1)
    n_nodes = len(person) + n_chains * CHAIN_LENGTH
    edge_seconds = rng.integers(0, _N_WEEKS * _SECONDS_A_WEEK, (ends.shape[1],))
    node_seconds = np.full(n_nodes, _N_WEEKS * _SECONDS_A_WEEK - 1)
    for end in ends:
        np.minimum.at(node_seconds, end, edge_seconds)
    is_seen_before = rng.random(n_nodes) < _SHARE_SEEN_BEFORE
    first_seconds: WholeNumbers = np.where(
        is_seen_before, (node_seconds * rng.random(n_nodes)).astype(int), node_seconds
    )
    # The first of each person is the user, as the sorted numbers have it.
    is_first = np.append(
        np.diff(person, prepend=-1) > 0, np.zeros(n_chains * CHAIN_LENGTH, bool)
    )
    kinds = np.where(
        is_first, 0, 1 + rng.choice(len(_OTHER_TYPES), n_nodes, p=_SHARES_OF_TYPES)
    )
    return PlantedIdentifiers(*_frames(kinds, first_seconds, ends, edge_seconds, rng))


def _draw_people(n_identifiers: int, rng: np.random.Generator) -> WholeNumbers:
    """Return the person of each identifier, in order."""
    sizes = 1 + rng.poisson(_MEAN_OTHERS, n_identifiers + 1)
    return np.repeat(np.arange(len(sizes)), sizes)[:n_identifiers]


def _edges_of_people(
    person: WholeNumbers, rng: np.random.Generator
) -> tuple[WholeNumbers, WholeNumbers]:
    """Return both ends of edges: of each identifier to an earlier one of its person."""
    nodes = np.arange(len(person))
    starts = np.searchsorted(person, person)
    place = nodes - starts
    # Mostly with the user: logins. Otherwise with any earlier one.
    earlier = starts + np.where(
        rng.random(len(nodes)) < 0.85, 0, (place * rng.random(len(nodes))).astype(int)
    )
    more = rng.random(len(nodes)) < _SHARE_OF_MORE_EDGES
    also = starts + (place * rng.random(len(nodes))).astype(int)
    joined, more = place > 0, more & (place > 1)
    return (
        np.append(nodes[joined], nodes[more]),
        np.append(earlier[joined], also[more]),
    )


def _edges_of_chains(
    n_chains: int, first: int, rng: np.random.Generator
) -> tuple[WholeNumbers, WholeNumbers]:
    """Return both ends of the links of chains whose members have no order."""
    nodes = first + np.arange(n_chains * CHAIN_LENGTH).reshape(n_chains, CHAIN_LENGTH)
    nodes = rng.permuted(nodes, axis=1)
    return nodes[:, 1:].ravel(), nodes[:, :-1].ravel()


def _frames(
    kinds: WholeNumbers,
    node_seconds: WholeNumbers,
    ends: WholeNumbers,
    edge_seconds: WholeNumbers,
    rng: np.random.Generator,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the tables, with texts as long as those of real identifiers."""
    types = np.array(["user_id", *_OTHER_TYPES], dtype=object)[kinds]
    texts = np.array([rng.bytes(12).hex() for _ in kinds], dtype=object)
    keys = types + ":" + texts
    identifiers = pd.DataFrame(
        {
            "identifier_key": keys,
            "identifier_type": types,
            "identifier": texts,
            "priority": kinds + 1,
            **_times(node_seconds),
        }
    )
    is_turned = kinds[ends[0]] > kinds[ends[1]]
    from_end = np.where(is_turned, ends[1], ends[0])
    to_end = np.where(is_turned, ends[0], ends[1])
    edges = pd.DataFrame(
        {"from_key": keys[from_end], "to_key": keys[to_end], **_times(edge_seconds)}
    )
    return identifiers, edges


def _times(seconds: WholeNumbers) -> dict[str, object]:
    moments = pd.Series(_FIRST_DAY + seconds.astype("timedelta64[s]"))
    weeks = (seconds // _SECONDS_A_WEEK * 7).astype("timedelta64[D]")
    days = pd.Series(_FIRST_DAY.astype("datetime64[D]") + weeks)
    return {
        "first_seen_at": moments.dt.tz_localize("UTC"),
        "first_week_start": days.dt.date,
    }
