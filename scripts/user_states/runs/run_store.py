"""Transactions on the schema `hmm`: a run or champion is written fully or not at all.

Warehouse code only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

import adbc_driver_manager
import pyarrow as pa

from user_states.runs.table_writer import HmmTables, Rows, refusal
from user_states.warehouse.connection import Connection, connect

# In the order of writing: the row of the run is first, because the others refer to it.
TABLES = (
    "runs",
    "states",
    "state_words",
    "start_probabilities",
    "transition_matrix",
    "levels",
    "emissions",
    "feature_scaling",
    "selection",
    "candidates",
    "state_outlooks",
    "state_pair_outlooks",
    "expected_stays",
    "state_forecasts",
    "lapse_times",
    "outlook_coefficients",
)
# These have one row per user and week, so they are written as streams.
STREAMS = ("state_assignments", "filtered_beliefs")
# Not part of a run; all but `champion` stay when runs are deleted.
REGISTER = ("champion", "promotions", "state_keys", "state_lineage")


class RunStore:
    """The stored runs of one warehouse: writes them and opens transactions.

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
        """Raise UserError as in `HmmTables.check`."""
        with connect(self._uri) as connection:
            self.tables.check(connection, (*TABLES, *STREAMS, *REGISTER))

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Open a transaction; it is committed at the end, or rolled back on an error.

        Raises
        ------
        UserError
            If the warehouse refuses a statement.
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
        """Write a run, then call `then` in the same transaction.

        Parameters
        ----------
        run_id : str
        tables : mapping from a name of TABLES to rows
            Rows as mappings from column to value, without run_id.
        streams : mapping from a name of STREAMS to callable
            Called with the columns of the table; returns its rows.
        require_unchanged_panel : callable
            Raises UserError if the panel is not the one that was read.
        then : callable
            Called with the connection when all rows are written.

        Raises
        ------
        UserError
            If the panel changed or the warehouse refuses the rows. Nothing is
            written then.
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
