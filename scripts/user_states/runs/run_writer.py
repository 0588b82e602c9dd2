"""Writes to the schema `hmm`: a run in, or a new champion, whole or not at all.

Warehouse code only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

import adbc_driver_manager
import pyarrow as pa

from user_states.errors import UserError
from user_states.runs.hmm_tables import HmmTables, Rows, refusal
from user_states.warehouse.connection import Connection, connect, fetch_all

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
    "state_outlooks",
    "state_pair_outlooks",
    "state_forecasts",
    "lapse_times",
    "outlook_coefficients",
)
# One row per user and week: these come as a stream.
STREAMS = ("state_assignments", "filtered_beliefs")
# These outlive the runs, but for the champion.
REGISTER = ("champion", "promotions", "state_keys", "state_lineage")


class Registry:
    """Changes the schema `hmm` of one warehouse, a transaction at a time.

    Parameters
    ----------
    uri : str
        libpq URL of the warehouse.
    schema : str
        Unquoted name of the schema, `hmm` with the target's prefix.
    """

    def __init__(self, uri: str, schema: str) -> None:
        self._uri = uri
        self.tables = HmmTables(schema)

    def check(self) -> None:
        """Raise UserError unless the tables are there."""
        with connect(self._uri) as connection:
            for table in (*TABLES, *STREAMS, *REGISTER):
                self.tables.columns(connection, table)

    @contextmanager
    def fit_lock(self) -> Iterator[None]:
        """Hold the right to fit or promote; however the process ends, it ends too.

        Raises
        ------
        UserError
            If another process holds it.
        """
        schema = self.tables.schema
        # An advisory lock of the session: no transaction stays open under it.
        with connect(self._uri, autocommit=True) as connection:
            key = f"user_states fit into {schema}"
            ((is_ours,),) = fetch_all(
                connection, "select pg_try_advisory_lock(hashtext($1))", (key,)
            )
            if not is_ours:
                raise UserError(
                    f"another fit into the schema {schema}, or another change of its "
                    "champion, is running; expected one at a time: wait until it has "
                    "ended"
                )
            yield

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Open a transaction that is committed at the end, or rolled back.

        Raises
        ------
        UserError
            If the warehouse refuses something.
        """
        try:
            with connect(self._uri) as connection:
                yield connection
                connection.commit()
        except adbc_driver_manager.Error as error:
            raise refusal(error) from error

    def write(
        self,
        run_id: str,
        tables: Mapping[str, Rows],
        streams: Mapping[str, Callable[[pa.Schema], pa.RecordBatchReader]],
        require_unchanged_panel: Callable[[Connection], None],
        then: Callable[[Connection], object],
    ) -> None:
        """Write a run, and do what is to follow in the same transaction.

        Parameters
        ----------
        run_id : str
        tables : mapping from a name of TABLES to rows
            Rows as mappings from column to value, without run_id.
        streams : mapping from a name of STREAMS to callable
            Given the columns of the table, returns its rows.
        require_unchanged_panel : callable
            Raises where the panel is no longer the one that was read.
        then : callable
            Called with the connection when all rows are there.

        Raises
        ------
        UserError
            If the panel changed or the warehouse refuses the rows; then nothing
            is written.
        """
        with self.transaction() as connection:
            require_unchanged_panel(connection)
            for table in TABLES:
                rows = [{"run_id": run_id, **row} for row in tables[table]]
                self.tables.insert(connection, table, rows)
            for table in STREAMS:
                schema = self.tables.columns(connection, table)
                self.tables.stream(connection, table, streams[table](schema))
            self.tables.analyze(connection, (*TABLES, *STREAMS))
            then(connection)
