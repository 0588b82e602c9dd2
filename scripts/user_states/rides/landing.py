"""Replace the content of the tables that a load owns, in one transaction."""

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

# Begins the comment of every table that a load may empty. A company's own table
# has no such comment, so a demo never overwrites it.
MARK = "Written by user_states"


@dataclass(frozen=True)
class AppTables:
    """Where the company's tables are: the vars of dbt_project.yml."""

    schema: str = "app"
    rides: str = "rides"
    users: str = "users"

    @classmethod
    def from_vars(cls, dbt_vars: Mapping[str, Any]) -> AppTables:
        """Read the names from the project's vars."""
        return cls(
            dbt_vars["app_schema"], dbt_vars["rides_table"], dbt_vars["users_table"]
        )


DEFAULT_TABLES = AppTables()


@contextmanager
def landing(connection: Connection) -> Iterator[None]:
    """Keep all that happens inside, or nothing.

    Raises
    ------
    UserError
        If the warehouse refuses a statement: the message has its words.
    """
    try:
        yield
        connection.commit()
    except adbc_driver_manager.Error as error:
        connection.rollback()
        words = " ".join(str(error).split())
        raise UserError(
            f"the warehouse stopped the load: {words} Nothing was changed: mend "
            "that and load again."
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
) -> None:
    """Create a table, or empty it, and mark it as written by this project.

    The table is emptied and not dropped, because views hang on it.

    Parameters
    ----------
    writer : str
        The script that fills the table, named in its comment.
    replace : bool
        Empty the table even if this project did not write it.

    Raises
    ------
    UserError
        If the table is not this project's own and `replace` is false, or has
        other columns than `spec`.
    """
    name = f"{quoted(schema)}.{quoted(table)}"
    if table_exists(connection, schema, table):
        if not replace and not is_marked(connection, schema, table):
            raise UserError(
                f"{schema}.{table} exists and was not written by this project; "
                "nothing was changed. If it holds your own data, it needs no "
                "loading: run dbt on it as it is. To lose its content for this "
                "load, add --replace; to keep it, set other names with the vars "
                "app_schema, rides_table and users_table."
            )
        _check_columns(connection, spec, schema, table)
        execute(connection, f"truncate table {name}")
    else:
        if not fetch_all(
            connection, "select 1 from pg_namespace where nspname = $1", (schema,)
        ):
            # Only if missing: `if not exists` asks for a right one may not have.
            execute(connection, f"create schema {quoted(schema)}")
        execute(connection, spec.create_sql(schema, table))
    comment = f"{MARK} ({writer}): {spec.purpose}. Each load replaces the content."
    execute(connection, f"comment on table {name} is '{comment}'")


def append(
    connection: Connection, schema: str, table: str, batch: pa.RecordBatch
) -> None:
    """Add rows to a table by binary COPY."""
    if batch.num_rows:
        with connection.cursor() as cursor:
            cursor.adbc_ingest(table, batch, mode="append", db_schema_name=schema)


def analyze(connection: Connection, schema: str, table: str) -> None:
    """Tell the planner what a table holds: autovacuum would come too late."""
    execute(connection, f"analyze {quoted(schema)}.{quoted(table)}")


def table_exists(connection: Connection, schema: str, table: str) -> bool:
    """Say whether there is a table, view or the like of that name."""
    return bool(_comments(connection, schema, table))


def is_marked(connection: Connection, schema: str, table: str) -> bool:
    """Say whether a table carries this project's mark."""
    comments = _comments(connection, schema, table)
    return bool(comments) and (comments[0] or "").startswith(MARK)


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
            f"{schema}.{table} lacks {', '.join(missing)}, which a load writes; it "
            f"has {', '.join(sorted(found))}. Nothing was changed: rename or drop "
            "that table (views on it go with it), or set another name with the "
            "vars app_schema, rides_table and users_table."
        )
