"""Writes a backtest to the tables hmm.backtest*, whole or not at all.

Warehouse code only. dbt creates these tables (macros/hmm/hmm_migrations.sql).
"""

from __future__ import annotations

from collections.abc import Mapping

import adbc_driver_manager

from user_states.errors import UserError
from user_states.runs.table_writer import Rows, SchemaTables
from user_states.warehouse.connection import connect, execute

# In this order, because rows refer to the backtest they belong to.
BACKTEST_TABLES = (
    "backtests",
    "backtest_refreshes",
    "backtest_scores",
    "backtest_differences",
    "backtest_calibration",
    "backtest_sums",
)

# Number of backtests that are kept; the marts show the newest.
KEPT = 5


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
        self._tables = SchemaTables(schema)

    def check(self) -> None:
        """Raise UserError as in `SchemaTables.check` and `check_version`."""
        with connect(self._uri) as connection:
            self._tables.check(connection, BACKTEST_TABLES)
            self._tables.check_version(connection)

    def write(self, backtest_id: str, tables: Mapping[str, Rows]) -> None:
        """Write a backtest, and delete all but the newest, in one transaction.

        Parameters
        ----------
        backtest_id : str
            Sorts after earlier ids.
        tables : mapping from each name of BACKTEST_TABLES to rows
            Rows as mappings from column to value, without backtest_id.

        Raises
        ------
        UserError
            If the warehouse refuses the rows; then nothing is written.
        """
        try:
            with connect(self._uri) as connection:
                for table in BACKTEST_TABLES:
                    self._tables.insert(
                        connection,
                        table,
                        [{"backtest_id": backtest_id, **row} for row in tables[table]],
                    )
                name = self._tables.name(BACKTEST_TABLES[0])
                execute(
                    connection,
                    f"delete from {name} where backtest_id not in (select backtest_id "
                    f"from {name} order by backtest_id desc limit {KEPT})",
                )
                connection.commit()
        except adbc_driver_manager.Error as error:
            text = " ".join(str(error).split())
            raise UserError(
                f"the warehouse refused the backtest ({text}); expected it to accept "
                "the rows. Nothing was written: correct the cause and run it again"
            ) from error
