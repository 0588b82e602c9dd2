"""Orders that a file has on several lines: noticed, and summed if asked to."""

from __future__ import annotations

import pyarrow as pa

from user_states.rides.contract import RIDES, ColumnType
from user_states.rides.landing import AppTables
from user_states.warehouse.connection import Connection, execute, quoted

# Rides of a log may be repeated now and then; order lines are so in large part.
_MIN_SHARE = 0.1
_MIN_LINES = 2

# What the lines of an order have in common. If they differ in it, they stay apart, and
# the build reports them as repeats that contradict each other.
_KEYS = ("ride_id", "user_id", "status", "currency")
_SUMMED = ("price", "estimated_price")
_COUNTED = ("coupon_count",)
_LARGEST_COUNT = 2**31 - 1


def looks_like_order_lines(rides: pa.RecordBatch) -> bool:
    """Return whether many rides share id, user and time and differ in their price.

    Parameters
    ----------
    rides : RecordBatch
        In the schema of `contract.RIDES`.
    """
    names = ["ride_id", "user_id", "requested_at", "status", "price"]
    frame = pa.table({name: rides[name] for name in names}).to_pandas()
    frame = frame[frame["ride_id"].notna()]
    keys = ["ride_id", "user_id", "requested_at", "status"]
    repeated = frame[frame.duplicated("ride_id", keep=False)]
    lines = repeated[repeated.duplicated(keys, keep=False)].drop_duplicates()
    n_lines = int(lines.duplicated(keys, keep=False).sum())
    return n_lines >= max(_MIN_LINES, _MIN_SHARE * len(frame))


def sum_order_lines(connection: Connection, app: AppTables) -> None:
    """Replace the rows of each order with one: amounts summed, the earliest time.

    Rows without an id stay as they are. A text that differs within an order becomes
    the first in alphabetical order.
    """
    table = f"{quoted(app.schema)}.{quoted(app.rides)}"
    names = ", ".join(map(quoted, RIDES.names))
    chosen = ", ".join(_summed(column.name, column.type) for column in RIDES.columns)
    execute(connection, "drop table if exists pg_temp.order_lines")
    execute(
        connection,
        f"create temporary table order_lines on commit drop as select * from {table}",
    )
    execute(connection, f"truncate table {table}")
    execute(
        connection,
        f"insert into {table} ({names})"
        f" select {names} from order_lines where ride_id is null"
        f" union all select {chosen} from order_lines where ride_id is not null"
        f" group by {', '.join(_KEYS)}",
    )


def _summed(name: str, column_type: ColumnType) -> str:
    """Return the SQL of a column of an order, from those of its lines."""
    column = quoted(name)
    if name in _KEYS:
        return column
    if name in _SUMMED:
        return f"sum({column})"
    if name in _COUNTED:
        # A sum that no integer holds is no count; the lines have none either.
        return (
            f"case when abs(sum({column})) <= {_LARGEST_COUNT}"
            f" then cast(sum({column}) as integer) end"
        )
    if column_type is ColumnType.BOOLEAN:
        return f"bool_or({column})"
    return f"min({column})"
