"""The tables of a schema that fits write: names, columns, and inserting rows.

Warehouse code only. dbt creates the tables (macros/hmm/hmm_migrations.sql has the
columns and keys of `hmm` and `register`); this module adds rows and never changes
columns.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import adbc_driver_manager
import pyarrow as pa

from user_states.errors import UserError
from user_states.warehouse.connection import (
    DISK_FULL,
    Connection,
    columns_of,
    execute,
    fetch_all,
    quoted,
)
from user_states.warehouse.dbt_project import BUILD_PANEL, DbtProject

# The number of entries in macros/hmm/hmm_migrations.sql.
SCHEMA_VERSION = 12

# Rows of a table, as mappings from column to value.
Rows = list[dict[str, Any]]


class SchemaTables:
    """The tables of one schema.

    Parameters
    ----------
    schema : str
        Unquoted name of the schema, with the target's prefix.
    """

    def __init__(self, schema: str) -> None:
        self.schema = schema

    def name(self, table: str) -> str:
        """Return the quoted name of a table."""
        return f"{quoted(self.schema)}.{quoted(table)}"

    @classmethod
    def of(cls, project: DbtProject, schema: str) -> SchemaTables:
        """Return the tables of a source of the project, such as `hmm` or `register`."""
        return cls(project.source_schema(schema))

    def check(self, connection: Connection, tables: Iterable[str]) -> None:
        """Raise UserError if a table does not exist, or the role may not read it."""
        for table in tables:
            self.columns(connection, table)

    def check_version(self, connection: Connection) -> None:
        """Check that the tables of fits are those that this copy of the project writes.

        The schema is `hmm`, which has the version of `register` too.

        Raises
        ------
        UserError
            If they have another version.
        """
        ((version,),) = fetch_all(
            connection, f"select max(version) from {self.name('schema_migrations')}"
        )
        if version != SCHEMA_VERSION:
            raise UserError(
                f"found the schema {self.schema} at version {version}; expected "
                f"{SCHEMA_VERSION}: run `make build`, which upgrades it, or update "
                "this copy of the project"
            )

    def columns(self, connection: Connection, table: str) -> pa.Schema:
        """Return the columns that a table has in the warehouse.

        Raises
        ------
        UserError
            If the table does not exist, or the role may not read it.
        """
        try:
            columns_of(connection, self.name(table))
            return connection.adbc_get_table_schema(table, db_schema_filter=self.schema)
        except adbc_driver_manager.Error:
            raise UserError(
                f"found no table {self.schema}.{table}; expected dbt to have created "
                f"it: run `{BUILD_PANEL}`"
            ) from None

    def insert(self, connection: Connection, table: str, rows: Rows) -> None:
        """Append rows given as mappings from every column to its value.

        Raises
        ------
        UserError
            If the columns differ from those of the table.
        """
        schema = self.columns(connection, table)
        found = set().union(*rows)
        if rows and found != set(schema.names):
            raise UserError(
                f"found the columns {', '.join(schema.names)} in the table "
                f"{self.schema}.{table}; "
                f"expected {', '.join(sorted(found))}: run `make build` of the same "
                "version of the project, which migrates it"
            )
        self.stream(connection, table, pa.Table.from_pylist(list(rows), schema=schema))

    def stream(
        self, connection: Connection, table: str, rows: pa.Table | pa.RecordBatchReader
    ) -> None:
        """Append rows that have exactly the columns of the table."""
        with connection.cursor() as cursor:
            cursor.adbc_ingest(table, rows, mode="append", db_schema_name=self.schema)

    def analyze(self, connection: Connection, tables: Sequence[str]) -> None:
        """Refresh statistics: without them the marts' joins sort instead of hashing."""
        for table in tables:
            execute(connection, f"analyze {self.name(table)}")


def refusal(error: adbc_driver_manager.Error) -> UserError:
    """Return the error of a refused write as a readable UserError."""
    text = " ".join(str(error).split())
    if error.sqlstate == DISK_FULL:
        return UserError(
            f"found the warehouse's disk full ({text}); expected space for the run. "
            "Nothing was written, and the marts still show the previous run: free "
            "some space, then fit again"
        )
    return UserError(
        f"the warehouse refused the run ({text}); nothing was written, and the marts "
        "still show the previous run"
    )
