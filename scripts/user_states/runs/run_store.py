"""Transactions on stored runs: a run or champion is written fully or not at all.

Warehouse code only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

import adbc_driver_manager
import pyarrow as pa

from user_states.runs.registered_model import RegisteredModel
from user_states.runs.table_writer import Rows, refusal
from user_states.warehouse.connection import Connection, connect

# Tables of the register that a run writes. The row of the run is first, because all
# others refer to it.
ROWS_OF_A_RUN = ("runs", "segments", "feature_scaling")
# Not part of a run; all but `champions` stay when runs are deleted.
REGISTER = ("champions", "promotions", "segment_keys", "segment_lineage")


class RunStore:
    """The stored runs of one model: writes them and opens transactions.

    Parameters
    ----------
    uri : str
        libpq URL of the warehouse.
    model : RegisteredModel
    """

    def __init__(self, uri: str, model: RegisteredModel) -> None:
        self._uri = uri
        self._model = model

    def check(self) -> None:
        """Check that the tables are those that this copy of the project writes.

        Raises
        ------
        UserError
            If a table is missing, or the tables have another version.
        """
        model = self._model
        with connect(self._uri) as connection:
            model.register.check(connection, (*ROWS_OF_A_RUN, *REGISTER))
            model.own.check(connection, (*model.tables, *model.streams))
            model.versions.check_version(connection)

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
        require_unchanged: Callable[[Connection], None],
        then: Callable[[Connection], object],
    ) -> None:
        """Write a run, then call `then` in the same transaction.

        Parameters
        ----------
        run_id : str
        tables : mapping from name to rows
            For each table of ROWS_OF_A_RUN and of the model's `tables`. Rows as
            mappings from column to value, without run_id and model. Columns of the
            register that a row lacks are null.
        streams : mapping from name to callable
            For each table of the model's `streams`. Called with the columns of the
            table; returns its rows.
        require_unchanged : callable
            Raises UserError if the data are not those that were read.
        then : callable
            Called with the connection when all rows are written.

        Raises
        ------
        UserError
            If the data changed or the warehouse refuses the rows. Nothing is
            written then.
        """
        with self.transaction() as connection:
            require_unchanged(connection)
            self._write_to_register(connection, run_id, tables)
            own = self._model.own
            for table in self._model.tables:
                rows = [{"run_id": run_id, **row} for row in tables[table]]
                own.insert(connection, table, rows)
            for table in self._model.streams:
                schema = own.columns(connection, table)
                own.stream(connection, table, streams[table](schema))
            own.analyze(connection, (*self._model.tables, *self._model.streams))
            then(connection)

    def _write_to_register(
        self, connection: Connection, run_id: str, tables: Mapping[str, Rows]
    ) -> None:
        """Write the rows of a run to the register; columns that they lack are null."""
        register = self._model.register
        for table in ROWS_OF_A_RUN:
            empty = dict.fromkeys(register.columns(connection, table).names)
            of_run = {"run_id": run_id, "model": self._model.name}
            rows = [{**empty, **of_run, **row} for row in tables[table]]
            register.insert(connection, table, rows)
        register.analyze(connection, ROWS_OF_A_RUN)
