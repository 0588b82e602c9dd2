"""Features of customers as propensities read them, from rows of `customer_snapshots`.

The fit and the reasons of trees read them in the same way.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from user_states.hmm.arrays import FloatArray, IntArray
from user_states.panel.features import Transform
from user_states.propensity.propensity_rows import FeatureBlock
from user_states.runs.propensity_model import BELIEF_PREFIX
from user_states.segments.raw_customers import week_number
from user_states.warehouse.connection import Connection, literal, quoted


@dataclass(frozen=True, eq=False)
class SnapshotRows:
    """Rows of `customer_snapshots`.

    Attributes
    ----------
    customer_ids : array of str, shape (n,)
        As known then.
    weeks : array of int, shape (n,)
        As of `week_number`.
    features : FeatureBlock
    belief : FeatureBlock
        The probability of the most likely state, and 0 for the others.
    has_state : array of bool, shape (n,)
    """

    customer_ids: npt.NDArray[np.object_]
    weeks: IntArray
    features: FeatureBlock
    belief: FeatureBlock
    has_state: npt.NDArray[np.bool_]


def read_snapshot_rows(
    connection: Connection,
    relation: str,
    transforms: Mapping[str, Transform],
    state_keys: Sequence[str],
) -> SnapshotRows:
    """Return all rows of a relation with columns of `customer_snapshots`.

    Parameters
    ----------
    connection : Connection
    relation : str
        A quoted name, or a query in brackets.
    transforms : mapping of str to str
        By feature to read.
    state_keys : sequence of str
        States to read the belief in.
    """
    columns = ", ".join(map(quoted, transforms))
    with connection.cursor() as cursor:
        cursor.execute(
            "select customer_id, as_of_week_start, state_key, state_probability"
            f"{', ' + columns if columns else ''} from {relation} as snapshots"
        )
        table = cursor.fetch_arrow_table()
    states = table.column("state_key").to_pandas().to_numpy(dtype=object)
    chances = np.nan_to_num(_numbers(table, "state_probability"))
    names = tuple(BELIEF_PREFIX + key for key in state_keys)
    belief = [np.where(states == key, chances, 0.0) for key in state_keys]
    plain: Transform = "none"
    return SnapshotRows(
        table.column("customer_id").to_pandas().to_numpy(dtype=object),
        week_numbers(table.column("as_of_week_start").to_pylist()),
        FeatureBlock(
            tuple(transforms),
            tuple(transforms.values()),
            _columns([_numbers(table, name) for name in transforms], len(table)),
        ),
        FeatureBlock(names, (plain,) * len(names), _columns(belief, len(table))),
        np.array([state is not None for state in states], dtype=np.bool_),
    )


def week_numbers(week_starts: Sequence[dt.date]) -> IntArray:
    """Return the number of the week of each Monday."""
    known = {start: week_number(start) for start in set(week_starts)}
    return np.array([known[start] for start in week_starts], dtype=np.int64)


def among(column: str, values: Sequence[str]) -> str:
    """Return the SQL condition that a column has one of these texts."""
    return f"{column} in ({', '.join(map(literal, values)) or 'null'})"


def _columns(columns: Sequence[FloatArray], n_rows: int) -> FloatArray:
    return np.column_stack(columns) if columns else np.empty((n_rows, 0))


def _numbers(table: pa.Table, column: str) -> FloatArray:
    """Return numbers, or 1 and 0 of booleans; NaN for null."""
    return np.asarray(table.column(column).to_pandas(), dtype=np.float64)
