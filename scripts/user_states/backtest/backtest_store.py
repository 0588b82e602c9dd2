"""The tables hmm.backtest*: one backtest in, whole or not at all.

Warehouse code only. dbt creates these tables (macros/hmm/hmm_migrations.sql).
"""

from __future__ import annotations

from collections.abc import Mapping

import adbc_driver_manager

from user_states.errors import UserError
from user_states.runs.hmm_tables import HmmTables, Rows
from user_states.warehouse.connection import connect, execute

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
        self._tables = HmmTables(schema)

    def check(self) -> None:
        """Raise UserError unless the tables are there."""
        with connect(self._uri) as connection:
            for table in TABLES:
                self._tables.columns(connection, table)

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
                    self._tables.insert(
                        connection,
                        table,
                        [{"backtest_id": backtest_id, **row} for row in tables[table]],
                    )
                name = self._tables.name(TABLES[0])
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
