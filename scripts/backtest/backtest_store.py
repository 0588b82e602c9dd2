"""The tables hmm.backtest*: one backtest in, whole or not at all.

Warehouse code only. dbt creates these tables (macros/hmm/hmm_migrations.sql).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import adbc_driver_manager
import pyarrow as pa

from errors import UserError
from warehouse.connection import Connection, connect, execute, quoted

# In this order: a row must not come before the backtest that it belongs to.
TABLES = (
    "backtests",
    "backtest_refreshes",
    "backtest_scores",
    "backtest_differences",
    "backtest_calibration",
)

# Backtests that are kept; the marts show the newest.
KEPT = 5

Rows = Sequence[Mapping[str, Any]]


class BacktestStore:
    """Writes backtests to the schema `hmm` of one warehouse.

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
            for table in TABLES:
                self._columns(connection, table)

    def write(self, backtest_id: str, tables: Mapping[str, Rows]) -> None:
        """Write a backtest, and forget all but the newest, in one transaction.

        Parameters
        ----------
        backtest_id : str
            Sorts after those before it.
        tables : mapping from a name of TABLES to rows
            Rows as mappings from column to value, without backtest_id.

        Raises
        ------
        UserError
            If the warehouse refuses the rows; then nothing is written.
        """
        try:
            with connect(self._uri) as connection:
                for table in TABLES:
                    self._append(connection, table, backtest_id, tables[table])
                name = f"{quoted(self._schema)}.{quoted(TABLES[0])}"
                execute(
                    connection,
                    f"delete from {name} where backtest_id not in (select backtest_id "
                    f"from {name} order by backtest_id desc limit {KEPT})",
                )
                connection.commit()
        except adbc_driver_manager.Error as error:
            text = " ".join(str(error).split())
            raise UserError(
                f"the warehouse refused the backtest ({text}); expected it to take "
                "the rows. Nothing was written: mend that, and run it again"
            ) from error

    def _append(
        self, connection: Connection, table: str, backtest_id: str, rows: Rows
    ) -> None:
        columns = self._columns(connection, table)
        with_id = [{"backtest_id": backtest_id, **row} for row in rows]
        found = set().union(*with_id)
        if found != set(columns.names):
            raise UserError(
                f"the table hmm.{table} has the columns {', '.join(columns.names)}; "
                f"expected {', '.join(sorted(found))}: run `dbt build` of the same "
                "version of the project, which migrates it"
            )
        with connection.cursor() as cursor:
            cursor.adbc_ingest(
                table,
                pa.Table.from_pylist(with_id, schema=columns),
                mode="append",
                db_schema_name=self._schema,
            )

    def _columns(self, connection: Connection, table: str) -> pa.Schema:
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
