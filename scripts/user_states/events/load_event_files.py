"""Load files of events into the table of events; rows that do not fit go elsewhere."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from user_states.console import progress_bar
from user_states.events.event_contract import EVENTS
from user_states.rides.contract import (
    REJECTED_ROWS,
    REJECTED_ROWS_SCHEMA,
    REJECTED_ROWS_TABLE,
)
from user_states.rides.landing import (
    DEFAULT_TABLES,
    AppTables,
    TableName,
    analyze,
    landing,
    prepare_table,
)
from user_states.rides.load_files import (
    LoadReport,
    check_row_count,
    copy_files,
    count_rows,
)
from user_states.rides.mapping import FileMapping
from user_states.rides.source_files import expand_paths
from user_states.warehouse.connection import Connection

MAPPINGS = Path(__file__).parent / "mappings"
_WRITER = "load_events.py"


def load_event_files(
    connection: Connection,
    patterns: Iterable[str | Path],
    mapping: FileMapping,
    *,
    app: AppTables = DEFAULT_TABLES,
    adds: bool = False,
    replace: bool = False,
) -> LoadReport:
    """Replace the rows of the table of events with those of files, or add them.

    Rows whose values do not have the type of the contract go to
    `ingest.rejected_rows`. All this is one transaction.

    Parameters
    ----------
    patterns : iterable of str or Path
        Files and glob patterns: CSV, Parquet or JSON lines.
    mapping : FileMapping
        Of the contract `EVENT_FILES`.
    adds : bool
        Keep the events of earlier loads, such as those of other sources. A file that
        is loaded twice does no harm: builds set copies aside.
    replace : bool
        Also write to a table of events that this project did not create.

    Raises
    ------
    UserError
        If a file cannot be read or has no rows, if every row was rejected, or if this
        project did not write the table. Nothing is changed then.
    """
    paths = expand_paths(patterns)
    table = TableName(app.schema, app.events)
    n_bytes = sum(path.stat().st_size for path in paths)
    with progress_bar(n_bytes, "loading events", "bytes") as bar, landing(connection):
        prepare_table(
            connection,
            EVENTS,
            table.schema,
            table.name,
            writer=_WRITER,
            replace=replace,
            adds=adds,
        )
        prepare_table(
            connection,
            REJECTED_ROWS,
            REJECTED_ROWS_SCHEMA,
            REJECTED_ROWS_TABLE,
            writer=_WRITER,
        )
        n_before = count_rows(connection, table)
        report = copy_files(connection, paths, mapping, table, bar.update)
        check_row_count(connection, table, n_before + report.n_records)
        analyze(connection, table.schema, table.name)
    return report
