"""Customers compared with scipy's components: as of some weeks, and in hindsight."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from user_states.warehouse.server import LocalServerAddress
from warehouse_setup import query


def compare_with_components(address: LocalServerAddress) -> None:
    """Compare customers with scipy's components: as of some weeks, and in hindsight."""
    identifiers = query(
        address,
        """
        select distinct identifier_key, min(from_week_start) over (
            partition by identifier_key
        ) from intermediate.int_customer_ids_as_of where not was_shared_later
        """,
    )
    edges = query(
        address,
        "select from_key, to_key, first_week_start from intermediate.int_identity_edges "  # noqa: E501
        "where refused_because is null",
    )
    spells = query(
        address,
        "select identifier_key, from_week_start, to_week_start, customer_id "
        "from intermediate.int_customer_ids_as_of where not was_shared_later",
    )
    weeks = sorted({week for *_, week in edges})
    for week in (*weeks[::7], weeks[-1]):
        there = sorted(key for key, first in identifiers if first <= week)
        known = [(a, b) for a, b, first in edges if first <= week]
        found = {
            key: customer
            for key, begin, end, customer in spells
            if begin <= week and (end is None or end > week)
        }
        assert sorted(found) == there
        expected = components(there, known)
        _, customers = np.unique([found[key] for key in there], return_inverse=True)
        pairs = set(zip(expected.tolist(), customers.tolist(), strict=True))
        assert len(pairs) == expected.max() + 1 == customers.max() + 1
    newest = query(
        address,
        "select identifier_key, customer_id from intermediate.int_customer_identifiers",
    )
    assert dict(newest) == found


def components(nodes: list[str], edges: list[tuple[str, str]]) -> npt.NDArray[np.int32]:
    number = {key: row for row, key in enumerate(nodes)}
    ends = np.array([(number[a], number[b]) for a, b in edges]).reshape(-1, 2)
    matrix = coo_matrix((np.ones(len(ends)), tuple(ends.T)), (len(nodes), len(nodes)))
    labels: npt.NDArray[np.int32] = connected_components(matrix, directed=False)[1]
    return labels
