"""The tables that the project reads, as data: columns, types and what is required.

SQL reads these tables in `models/staging/app/`. A company has its own; the loader and
the simulator write theirs in this shape. The tables have no keys and no not-null
constraints: a real log contains errors, and SQL sets those rows aside.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

import pyarrow as pa

from user_states.warehouse.connection import quoted


class ColumnType(Enum):
    """A column's type: its name in SQL, and the Arrow type to transfer it in."""

    TEXT = "text"
    TIMESTAMP = "timestamp with time zone"
    DATE = "date"
    NUMERIC = "numeric"
    INTEGER = "integer"
    BIGINT = "bigint"
    FLOAT = "double precision"
    BOOLEAN = "boolean"

    @property
    def arrow(self) -> pa.DataType:
        """The Arrow type that binary COPY writes to this SQL type."""
        return _ARROW_TYPES[self]


# Amounts of money: below 10^12, exact to a millionth of a unit.
NUMERIC_DIGITS, NUMERIC_SCALE = 18, 6

_ARROW_TYPES = {
    ColumnType.TEXT: pa.string(),
    ColumnType.TIMESTAMP: pa.timestamp("us", tz="UTC"),
    ColumnType.DATE: pa.date32(),
    ColumnType.NUMERIC: pa.decimal128(NUMERIC_DIGITS, NUMERIC_SCALE),
    ColumnType.INTEGER: pa.int32(),
    ColumnType.BIGINT: pa.int64(),
    ColumnType.FLOAT: pa.float64(),
    ColumnType.BOOLEAN: pa.bool_(),
}


@dataclass(frozen=True)
class Column:
    """One column of a table."""

    name: str
    type: ColumnType
    is_required: bool = False


@dataclass(frozen=True)
class TableSpec:
    """The shape of a table: its purpose, and its columns in order."""

    purpose: str
    columns: tuple[Column, ...]

    @property
    def names(self) -> list[str]:
        """Names of the columns, in order."""
        return [column.name for column in self.columns]

    @property
    def required_names(self) -> list[str]:
        """Names of the columns that a source of rides must have."""
        return [column.name for column in self.columns if column.is_required]

    @property
    def arrow_schema(self) -> pa.Schema:
        """The Arrow schema of a batch for this table."""
        return pa.schema([(column.name, column.type.arrow) for column in self.columns])

    def create_sql(self, schema: str, table: str) -> str:
        """Return the statement that creates the table unless it exists."""
        columns = ", ".join(
            f"{quoted(column.name)} {column.type.value}" for column in self.columns
        )
        name = f"{quoted(schema)}.{quoted(table)}"
        return f"create table if not exists {name} ({columns})"


def _columns(
    column_type: ColumnType, names: Sequence[str], *, is_required: bool = False
) -> list[Column]:
    return [Column(name, column_type, is_required) for name in names]


RIDES = TableSpec(
    purpose="one row per ride request",
    columns=(
        Column("ride_id", ColumnType.TEXT, is_required=True),
        Column("user_id", ColumnType.TEXT, is_required=True),
        Column("requested_at", ColumnType.TIMESTAMP, is_required=True),
        Column("status", ColumnType.TEXT, is_required=True),
        Column("price", ColumnType.NUMERIC, is_required=True),
        *_columns(
            ColumnType.TEXT,
            (
                "time_zone",
                "currency",
                "payment_mode",
                "platform",
                "app_version",
                "country",
                "city",
                "cancel_reason",
            ),
        ),
        Column("is_painful_cancellation", ColumnType.BOOLEAN),
        *_columns(ColumnType.NUMERIC, ("surge_multiplier", "estimated_price")),
        *_columns(ColumnType.INTEGER, ("coupon_count", "stopover_count")),
    ),
)

USERS = TableSpec(
    purpose="one row per user who signed up",
    columns=(
        Column("user_id", ColumnType.TEXT, is_required=True),
        Column("signed_up_at", ColumnType.TIMESTAMP),
        Column("country", ColumnType.TEXT),
    ),
)


@dataclass(frozen=True)
class FileContract:
    """What files may fill: a table, and the parts that some of its columns play.

    Attributes
    ----------
    table : TableSpec
    noun : str
        What a row is, in the plural.
    id_column : str
        May be made of several columns, or of file and line.
    time_column : str
        May have a format of its own, or be a date and a time.
    required : tuple of str
        Columns that a mapping must fill.
    one_of : tuple of str
        Columns of which a mapping must fill at least one; empty for none.
    trimmed : tuple of str
        Ids, whose white space is taken off.
    """

    table: TableSpec
    noun: str
    id_column: str
    time_column: str
    required: tuple[str, ...]
    one_of: tuple[str, ...] = ()
    trimmed: tuple[str, ...] = ()


RIDE_FILES = FileContract(
    RIDES,
    "rides",
    "ride_id",
    "requested_at",
    ("ride_id", "user_id", "requested_at"),
    trimmed=("ride_id", "user_id"),
)

REJECTED_ROWS_SCHEMA, REJECTED_ROWS_TABLE = "ingest", "rejected_rows"

REJECTED_ROWS = TableSpec(
    purpose="one row per record of the last load that does not fit the contract",
    columns=(
        Column("loaded_at", ColumnType.TIMESTAMP),
        Column("source_file", ColumnType.TEXT),
        # The line on which a CSV record begins (the header is line 1), or the number
        # of the row in a Parquet file, from 1.
        Column("line_number", ColumnType.BIGINT),
        # The column of the contract whose value was rejected, and that value; both are
        # null if the record as a whole is malformed.
        Column("column_name", ColumnType.TEXT),
        Column("value", ColumnType.TEXT),
        Column("reason", ColumnType.TEXT),
        Column("raw_row", ColumnType.TEXT),
    ),
)
