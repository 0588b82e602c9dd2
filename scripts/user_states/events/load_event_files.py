"""Load files of events into the table of events; rows that do not fit go elsewhere."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from user_states.rides.landing import DEFAULT_TABLES, AppTables, TableName
from user_states.rides.load_files import LoadReport
from user_states.rides.load_tables import load_into_table
from user_states.rides.mapping import FileMapping
from user_states.warehouse.connection import Connection

MAPPINGS = Path(__file__).parent / "mappings"


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
    return load_into_table(
        connection,
        patterns,
        mapping,
        TableName(app.schema, app.events),
        writer="load_events.py",
        adds=adds,
        replace=replace,
    )
