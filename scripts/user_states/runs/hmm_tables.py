"""The tables of the schema `hmm`: their names, columns, and rows put into them.

Warehouse code only. dbt creates these tables (macros/hmm/hmm_migrations.sql owns
their columns and keys); here rows are put into them, never columns.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import adbc_driver_manager
import pyarrow as pa

from user_states.errors import UserError
from user_states.warehouse.connection import DISK_FULL, Connection, execute, quoted
from user_states.warehouse.dbt_project import BUILD_PANEL

# Rows of a table, as mappings from column to value.
Rows = list[dict[str, Any]]


class HmmTables:
    """The tables under one target.

    Parameters
    ----------
    schema : str
        Unquoted name of the schema, `hmm` with the target's prefix.
    """

    def __init__(self, schema: str) -> None:
        self.schema = schema

    def name(self, table: str) -> str:
        """Return the quoted name of a table."""
        return f"{quoted(self.schema)}.{quoted(table)}"

    def columns(self, connection: Connection, table: str) -> pa.Schema:
        """Return a table's columns as the warehouse has them.

        Raises
        ------
        UserError
            If the table is not there.
        """
        try:
            return connection.adbc_get_table_schema(table, db_schema_filter=self.schema)
        except adbc_driver_manager.Error:
            raise UserError(
                f"found no table {self.schema}.{table}; expected dbt to have created "
                f"it: run `{BUILD_PANEL}`"
            ) from None

    def insert(self, connection: Connection, table: str, rows: Rows) -> None:
        """Append rows, mappings from every column to its value.

        Raises
        ------
        UserError
            If the table has other columns.
        """
        schema = self.columns(connection, table)
        found = set().union(*rows)
        if rows and found != set(schema.names):
            raise UserError(
                f"the table hmm.{table} has the columns {', '.join(schema.names)}; "
                f"expected {', '.join(sorted(found))}: run `make build` of the same "
                "version of the project, which migrates it"
            )
        self.stream(connection, table, pa.Table.from_pylist(list(rows), schema=schema))

    def stream(
        self, connection: Connection, table: str, rows: pa.Table | pa.RecordBatchReader
    ) -> None:
        """Append rows that have the table's own columns."""
        with connection.cursor() as cursor:
            cursor.adbc_ingest(table, rows, mode="append", db_schema_name=self.schema)

    def analyze(self, connection: Connection, tables: Sequence[str]) -> None:
        """Take fresh statistics, or the marts' joins sort where they could hash."""
        for table in tables:
            execute(connection, f"analyze {self.name(table)}")


def refusal(error: adbc_driver_manager.Error) -> UserError:
    """Return what the warehouse said to a write, as an error for people."""
    text = " ".join(str(error).split())
    if error.sqlstate == DISK_FULL:
        return UserError(
            f"the warehouse's disk is full ({text}); expected room for the run. "
            "Nothing was written, the marts still show the previous run: free some "
            "space, then fit again"
        )
    return UserError(
        f"the warehouse refused the run ({text}); nothing was written, the marts "
        "still show the previous run"
    )
