"""Replace the rows of the tables that a load owns, in one transaction."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import adbc_driver_manager
import pyarrow as pa

from user_states.errors import UserError
from user_states.rides.contract import TableSpec
from user_states.warehouse.connection import Connection, execute, fetch_all, quoted

# The comment of every table that a load may empty begins with this mark. A company's
# own table has no such comment, so a demo never overwrites it.
MARK = "Written by user_states"
# The table of vectors that the company made of messages, beside that of the messages.
MESSAGE_VECTORS = "message_embeddings"


@dataclass(frozen=True)
class AppTables:
    """Where the company's tables are: the vars of dbt_project.yml."""

    schema: str = "app"
    rides: str = "rides"
    users: str = "users"
    events: str = "events"
    customers: str = "customers"
    identities: str = "identities"
    messages: str = "messages"

    @classmethod
    def from_vars(cls, dbt_vars: Mapping[str, Any]) -> AppTables:
        """Read the names from the project's vars."""
        return cls(
            dbt_vars["app_schema"],
            dbt_vars["rides_table"],
            dbt_vars["users_table"],
            dbt_vars["events_table"],
            dbt_vars["customers_table"],
            dbt_vars["identities_table"],
            dbt_vars["messages_table"],
        )


@dataclass(frozen=True)
class TableName:
    """A table: its schema and its name, not quoted."""

    schema: str
    name: str


DEFAULT_TABLES = AppTables()


@contextmanager
def landing(connection: Connection) -> Iterator[None]:
    """Commit everything that is written in the context, or nothing.

    Raises
    ------
    UserError
        If the warehouse refuses a statement, with its message.
    """
    try:
        yield
        connection.commit()
    except adbc_driver_manager.Error as error:
        connection.rollback()
        words = " ".join(str(error).split())
        raise UserError(
            f"the warehouse stopped the load: {words} Nothing was changed: correct "
            "this, and load again."
        ) from error
    except BaseException:
        connection.rollback()
        raise


def prepare_table(
    connection: Connection,
    spec: TableSpec,
    schema: str,
    table: str,
    *,
    writer: str,
    replace: bool = False,
    adds: bool = False,
) -> None:
    """Create a table, or empty it, and mark it as written by this project.

    The table is not dropped, because views depend on it.

    Parameters
    ----------
    writer : str
        The script that fills the table, for its comment.
    replace : bool
        Empty the table even if this project did not write it.
    adds : bool
        Keep the rows of earlier loads.

    Raises
    ------
    UserError
        If this project did not write the table and `replace` is false, or if the table
        has other columns than `spec`.
    """
    name = f"{quoted(schema)}.{quoted(table)}"
    if table_exists(connection, schema, table):
        if not replace and not is_marked(connection, schema, table):
            raise UserError(
                f"found the table {schema}.{table}, which this project did not write; "
                "expected none, or one of an earlier load. Nothing was changed. If it "
                "contains your own rides or events, do not load any: `make run` reads "
                "them. Otherwise add --replace to lose its rows, or keep it and set "
                "other names with the vars app_schema, rides_table, users_table and "
                "events_table."
            )
        _check_columns(connection, spec, schema, table)
        if not adds:
            execute(connection, f"truncate table {name}")
    else:
        if not fetch_all(
            connection, "select 1 from pg_namespace where nspname = $1", (schema,)
        ):
            # Only if missing: `if not exists` needs a right that may not be granted.
            execute(connection, f"create schema {quoted(schema)}")
        execute(connection, spec.create_sql(schema, table))
    comment = f"{MARK} ({writer}): {spec.purpose}. Each load replaces its rows"
    comment += ", unless it adds to them." if adds else "."
    execute(connection, f"comment on table {name} is '{comment}'")


def append(
    connection: Connection, schema: str, table: str, batch: pa.RecordBatch
) -> None:
    """Add rows to a table by binary COPY."""
    if batch.num_rows:
        with connection.cursor() as cursor:
            cursor.adbc_ingest(table, batch, mode="append", db_schema_name=schema)


def analyze(connection: Connection, schema: str, table: str) -> None:
    """Update the planner's statistics now: autovacuum would be too late."""
    execute(connection, f"analyze {quoted(schema)}.{quoted(table)}")


def table_exists(connection: Connection, schema: str, table: str) -> bool:
    """Return whether there is a table or view of that name."""
    return bool(_comments(connection, schema, table))


def is_marked(
    connection: Connection, schema: str, table: str, *, writer: str | None = None
) -> bool:
    """Return whether a table has this project's mark, of a certain script or of any."""
    comments = _comments(connection, schema, table)
    mark = f"{MARK} ({writer})" if writer else MARK
    return bool(comments) and (comments[0] or "").startswith(mark)


def _comments(connection: Connection, schema: str, table: str) -> list[str | None]:
    rows = fetch_all(
        connection,
        "select obj_description(pg_class.oid, 'pg_class')"
        " from pg_class"
        " inner join pg_namespace on pg_namespace.oid = pg_class.relnamespace"
        " where pg_namespace.nspname = $1 and pg_class.relname = $2",
        (schema, table),
    )
    return [row[0] for row in rows]


def _check_columns(
    connection: Connection, spec: TableSpec, schema: str, table: str
) -> None:
    rows = fetch_all(
        connection,
        "select column_name::text, data_type::text"
        " from information_schema.columns"
        " where table_schema = $1 and table_name = $2",
        (schema, table),
    )
    found = {f"{name} {data_type}" for name, data_type in rows}
    expected = {f"{column.name} {column.type.value}" for column in spec.columns}
    if missing := sorted(expected - found):
        raise UserError(
            f"found the table {schema}.{table} without {', '.join(missing)}, which a "
            f"load writes; it has {', '.join(sorted(found))}. Nothing was changed: "
            "rename or drop that table (its views are dropped with it), or set another "
            "name with the vars app_schema, rides_table, users_table and "
            "events_table."
        )
