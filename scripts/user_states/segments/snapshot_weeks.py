"""Weekly snapshots of customers put together: who is who, and what came after."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd

from user_states.hmm.arrays import BoolArray, FloatArray, IntArray
from user_states.segments.customer_weeks import (
    CustomerWeek,
    CustomerWeeks,
    hashed_places,
)

# Outcomes: the column with days since the newest one, and the weeks in which it counts.
SNAPSHOT_OUTCOMES: dict[str, tuple[str, int]] = {
    "active_next_week": ("days_since_last_activity", 1),
    "active_in_four_weeks": ("days_since_last_activity", 4),
    "purchase_next_week": ("days_since_last_purchase", 1),
    "purchase_in_four_weeks": ("days_since_last_purchase", 4),
}


@dataclass(frozen=True, eq=False)
class SnapshotWeek:
    """The newest revisions of one week of `customer_snapshots`.

    Attributes
    ----------
    week : int
        Number of the week, counted from any Monday.
    customer_ids : array of str, shape (n,)
        As known then; none twice.
    values : array, shape (n, n_features)
        Filled, transformed and scaled.
    days_since : mapping of str to array, shape (n,)
        Columns of SNAPSHOT_OUTCOMES; 0 is the last day of the week, NaN is never.
    is_active : array of bool, shape (n,)
    labels : mapping of str to array of int, shape (n,)
        As of CustomerWeek.
    """

    week: int
    customer_ids: npt.NDArray[np.object_]
    values: FloatArray
    days_since: Mapping[str, FloatArray]
    is_active: BoolArray
    labels: Mapping[str, IntArray] = field(default_factory=dict)


def joined_weeks(
    snapshots: Sequence[SnapshotWeek],
    origins: Sequence[int],
    merged_into: Mapping[str, str],
    holdout_share: float = 0.2,
    salt: str = "",
) -> CustomerWeeks:
    """Return the weeks that are judged, with what came after each.

    Something came within h weeks if fewer than 7 h days had passed since the newest one
    at the end of the week h weeks later, of the same customer: by the id of then, or
    the id that it was merged into. It is not known, and not judged, if there is no
    snapshot of that week, or the customer is not in it.

    Parameters
    ----------
    snapshots : sequence of SnapshotWeek
        The origins, and the weeks after them.
    origins : sequence of int
        Numbers of the weeks to return.
    merged_into : mapping of str to str
        From an id to the one that it was merged into, at once or through others.
    holdout_share, salt
        As of CustomerWeeks and `hashed_places`.

    Raises
    ------
    ValueError
        If there is no snapshot of an origin.
    """
    by_week = {snapshot.week: snapshot for snapshot in snapshots}
    if missing := sorted(set(origins) - set(by_week)):
        raise ValueError(f"got no snapshot of week {missing[0]}; expected one")
    own = [by_week[week] for week in sorted(origins)]
    everyone = pd.Index(np.unique(np.concatenate([one.customer_ids for one in own])))
    living = {old: survivor(old, merged_into) for old in merged_into}
    weeks = tuple(
        CustomerWeek(
            week=one.week,
            customers=everyone.get_indexer(pd.Index(one.customer_ids)).astype(np.int64),
            values=one.values,
            is_active=one.is_active,
            outcomes={
                name: _came(
                    one.customer_ids, by_week.get(one.week + h), column, h, living
                )
                for name, (column, h) in SNAPSHOT_OUTCOMES.items()
            },
            labels=one.labels,
        )
        for one in own
    )
    return CustomerWeeks(weeks, hashed_places(everyone, salt), holdout_share)


def survivor(customer_id: str, merged_into: Mapping[str, str]) -> str:
    """Return the id at the end of the merges, or of a circle of them any.

    Parameters
    ----------
    customer_id : str
    merged_into : mapping of str to str
        As of `joined_weeks`.
    """
    seen = {customer_id}
    while (following := merged_into.get(customer_id)) and following not in seen:
        customer_id = following
        seen.add(customer_id)
    return customer_id


def _came(
    customer_ids: npt.NDArray[np.object_],
    later: SnapshotWeek | None,
    column: str,
    horizon: int,
    living: Mapping[str, str],
) -> FloatArray:
    if later is None:
        return np.full(len(customer_ids), np.nan)
    there = pd.Index(later.customer_ids)
    rows = there.get_indexer(pd.Index(customer_ids))
    survivors = [living.get(customer_id, customer_id) for customer_id in customer_ids]
    rows = np.where(rows < 0, there.get_indexer(pd.Index(survivors)), rows)
    # NaN days are never: not within the weeks.
    came = (later.days_since[column] < 7 * horizon).astype(np.float64)
    return np.where(rows < 0, np.nan, came[rows])
