"""The tables of the schema `hmm`: one run in, whole or not at all.

Warehouse code only. dbt creates these tables (macros/hmm/hmm_migrations.sql owns
their columns and keys); here rows are put into them, never columns.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import adbc_driver_manager
import pyarrow as pa

from errors import UserError
from warehouse.connection import (
    DISK_FULL,
    Connection,
    connect,
    execute,
    fetch_all,
    quoted,
)

# In this order: a row must not come before the run that it belongs to.
TABLES = (
    "runs",
    "states",
    "start_probabilities",
    "transition_matrix",
    "emissions",
    "feature_scaling",
    "selection",
    "candidates",
)
# One row per user and week: these come as a stream.
STREAMS = ("state_assignments", "filtered_beliefs")

Rows = Sequence[Mapping[str, Any]]


class Registry:
    """Writes runs to the schema `hmm` of one warehouse.

    Parameters
    ----------
    uri : str
        libpq URL of the warehouse.
    schema : str
        Unquoted name of the schema, `hmm` with the target's prefix.
    """

    def __init__(self, uri: str, schema: str) -> None:
        self._uri = uri
        self._schema = schema

    def check(self) -> None:
        """Raise UserError unless the tables are there."""
        with connect(self._uri) as connection:
            for table in (*TABLES, *STREAMS, "champion"):
                self._table_schema(connection, table)

    @contextmanager
    def fit_lock(self) -> Iterator[None]:
        """Hold the right to fit; it ends with the process, however that ends.

        Raises
        ------
        UserError
            If another fit holds it.
        """
        # An advisory lock of the session: no transaction stays open under it.
        with connect(self._uri, autocommit=True) as connection:
            key = f"user_states fit into {self._schema}"
            ((is_ours,),) = fetch_all(
                connection, "select pg_try_advisory_lock(hashtext($1))", (key,)
            )
            if not is_ours:
                raise UserError(
                    f"another fit into the schema {self._schema} is running; expected "
                    "one at a time: wait until it has ended"
                )
            yield

    def publish(
        self,
        run_id: str,
        tables: Mapping[str, Rows],
        streams: Mapping[str, Callable[[pa.Schema], pa.RecordBatchReader]],
        require_unchanged_panel: Callable[[Connection], None],
        *,
        is_forced: bool,
    ) -> None:
        """Write a run and make it the champion, in one transaction.

        Parameters
        ----------
        run_id : str
        tables : mapping from a name of TABLES to rows
            Rows as mappings from column to value, without run_id.
        streams : mapping from a name of STREAMS to callable
            Given the columns of the table, returns its rows.
        require_unchanged_panel : callable
            Raises where the panel is no longer the one that was read.
        is_forced : bool
            Whether the run became champion in spite of defects.

        Raises
        ------
        UserError
            If the panel changed or the warehouse refuses the rows; then nothing
            is written.
        """
        try:
            with connect(self._uri) as connection:
                require_unchanged_panel(connection)
                for table in TABLES:
                    schema = self._table_schema(connection, table)
                    self._ingest(
                        connection,
                        table,
                        _as_table(run_id, table, tables[table], schema),
                    )
                for table in STREAMS:
                    schema = self._table_schema(connection, table)
                    self._ingest(connection, table, streams[table](schema))
                execute(connection, f"delete from {self._name('champion')}")
                execute(
                    connection,
                    f"insert into {self._name('champion')} "
                    "(slot, run_id, promoted_at, is_forced) "
                    f"values (1, $1, now(), {is_forced})",
                    (run_id,),
                )
                for table in (*TABLES, *STREAMS, "champion"):
                    # Fresh statistics, or the marts' joins sort where they could hash.
                    execute(connection, f"analyze {self._name(table)}")
                connection.commit()
        except adbc_driver_manager.Error as error:
            raise UserError(_refusal(error)) from error

    def _ingest(
        self, connection: Connection, table: str, rows: pa.Table | pa.RecordBatchReader
    ) -> None:
        with connection.cursor() as cursor:
            cursor.adbc_ingest(table, rows, mode="append", db_schema_name=self._schema)

    def _table_schema(self, connection: Connection, table: str) -> pa.Schema:
        """Return a table's columns as the warehouse has them."""
        try:
            return connection.adbc_get_table_schema(
                table, db_schema_filter=self._schema
            )
        except adbc_driver_manager.Error:
            raise UserError(
                f"found no table {self._schema}.{table}; expected dbt to have created "
                "it: run `dbt build --select +exposure:fit_hmm`"
            ) from None

    def _name(self, table: str) -> str:
        return f"{quoted(self._schema)}.{quoted(table)}"


def _as_table(run_id: str, name: str, rows: Rows, schema: pa.Schema) -> pa.Table:
    """Return rows in the types that the warehouse's table has."""
    with_run = [{"run_id": run_id, **row} for row in rows]
    found = set().union(*with_run)
    if found != set(schema.names):
        raise UserError(
            f"the table hmm.{name} has the columns {', '.join(schema.names)}; expected "
            f"{', '.join(sorted(found))}: run `dbt build` of the same version of the "
            "project, which migrates it"
        )
    return pa.Table.from_pylist(with_run, schema=schema)


def _refusal(error: adbc_driver_manager.Error) -> str:
    """Say what the warehouse said to a write."""
    text = " ".join(str(error).split())
    if error.sqlstate == DISK_FULL:
        return (
            f"the warehouse's disk is full ({text}); expected room for the run. "
            "Nothing was written, the marts still show the previous run: free some "
            "space, then fit again"
        )
    return (
        f"the warehouse refused the run ({text}); nothing was written, the marts "
        "still show the previous run"
    )
