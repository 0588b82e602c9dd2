"""Load files into one table of the company's; rows that do not fit go elsewhere."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from user_states.console import progress_bar
from user_states.rides.contract import (
    REJECTED_ROWS,
    REJECTED_ROWS_SCHEMA,
    REJECTED_ROWS_TABLE,
)
from user_states.rides.landing import TableName, analyze, landing, prepare_table
from user_states.rides.load_files import (
    LoadReport,
    check_row_count,
    copy_files,
    count_rows,
)
from user_states.rides.mapping import FileMapping
from user_states.rides.source_files import expand_paths
from user_states.warehouse.connection import Connection


def load_into_table(
    connection: Connection,
    patterns: Iterable[str | Path],
    mapping: FileMapping,
    table: TableName,
    *,
    writer: str,
    adds: bool = False,
    replace: bool = False,
) -> LoadReport:
    """Replace the rows of a table with those of files, or add them.

    Rows whose values do not have the type of the mapping's contract go to
    `ingest.rejected_rows`. All this is one transaction.

    Parameters
    ----------
    patterns : iterable of str or Path
        Files and glob patterns: CSV, Parquet or JSON lines.
    mapping : FileMapping
    table : TableName
        Created if it is missing.
    writer : str
        The script that loads, for the comments of tables.
    adds : bool
        Keep the rows of earlier loads.
    replace : bool
        Also write to a table that this project did not create.

    Raises
    ------
    UserError
        If a file cannot be read or has no rows, if every row was rejected, or if this
        project did not write the table. Nothing is changed then.
    """
    paths = expand_paths(patterns)
    contract = mapping.contract
    n_bytes = sum(path.stat().st_size for path in paths)
    label = f"loading {contract.noun}"
    with progress_bar(n_bytes, label, "bytes") as bar, landing(connection):
        prepare_table(
            connection,
            contract.table,
            table.schema,
            table.name,
            writer=writer,
            replace=replace,
            adds=adds,
        )
        prepare_table(
            connection,
            REJECTED_ROWS,
            REJECTED_ROWS_SCHEMA,
            REJECTED_ROWS_TABLE,
            writer=writer,
        )
        n_before = count_rows(connection, table)
        report = copy_files(connection, paths, mapping, table, bar.update)
        check_row_count(connection, table, n_before + report.n_records)
        analyze(connection, table.schema, table.name)
    return report
