"""Load files of rides into the table of rides; rows that do not fit go elsewhere."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa

from user_states.console import progress_bar
from user_states.errors import UserError
from user_states.rides.contract import (
    REJECTED_ROWS,
    REJECTED_ROWS_SCHEMA,
    REJECTED_ROWS_TABLE,
    RIDES,
    USERS,
)
from user_states.rides.landing import (
    DEFAULT_TABLES,
    AppTables,
    analyze,
    append,
    is_marked,
    landing,
    prepare_table,
    table_exists,
)
from user_states.rides.mapping import RideMapping
from user_states.rides.source_files import expand_paths, read_batches
from user_states.rides.text_batches import TextBatch
from user_states.rides.truth_tables import clear_truth
from user_states.rides.typed_batches import typed_batch
from user_states.warehouse.connection import Connection, fetch_all, quoted

_WRITER = "load_rides.py"


@dataclass(frozen=True)
class LoadReport:
    """How many records a load read, loaded and rejected.

    Attributes
    ----------
    n_read, n_loaded, n_rejected : int
        Records; `n_read` is the sum of the other two.
    reasons : Counter of str
        Rejected records by reason.
    """

    n_read: int
    n_loaded: int
    n_rejected: int
    reasons: Counter[str] = field(default_factory=Counter)

    def __str__(self) -> str:
        counts = (
            f"{self.n_read:,} rows read: {self.n_loaded:,} loaded, "
            f"{self.n_rejected:,} rejected"
        )
        lines = [counts]
        lines += [f"  {n:,} × {reason}" for reason, n in self.reasons.most_common()]
        return "\n".join(lines)


def load_files(
    connection: Connection,
    patterns: Iterable[str | Path],
    mapping: RideMapping,
    *,
    app: AppTables = DEFAULT_TABLES,
    replace: bool = False,
) -> LoadReport:
    """Replace the rows of the table of rides with those of files.

    Rows whose values do not have the type of the contract go to
    `ingest.rejected_rows`. A table of users from an earlier load is emptied, because
    its rows belong to other rides; a missing one is created. All this is one
    transaction.

    Parameters
    ----------
    patterns : iterable of str or Path
        Files and glob patterns.
    replace : bool
        Also empty a table of rides that this project did not write.

    Raises
    ------
    UserError
        If a file cannot be read or has no rows, if every row was rejected, or if this
        project did not write the table. Nothing is changed then.
    """
    paths = expand_paths(patterns)
    n_bytes = sum(path.stat().st_size for path in paths)
    bar = progress_bar(n_bytes, "loading rides", "bytes")
    with bar, landing(connection):
        _prepare_tables(connection, app, replace)
        report = _copy_files(connection, paths, mapping, app, bar.update)
        _check_report(report, paths, mapping)
        _check_row_count(connection, app, report)
        analyze(connection, app.schema, app.rides)
    return report


def _prepare_tables(connection: Connection, app: AppTables, replace: bool) -> None:
    prepare_table(
        connection, RIDES, app.schema, app.rides, writer=_WRITER, replace=replace
    )
    # A company's own table of users belongs to its own rides: it stays.
    if not table_exists(connection, app.schema, app.users) or is_marked(
        connection, app.schema, app.users
    ):
        prepare_table(connection, USERS, app.schema, app.users, writer=_WRITER)
    prepare_table(
        connection,
        REJECTED_ROWS,
        REJECTED_ROWS_SCHEMA,
        REJECTED_ROWS_TABLE,
        writer=_WRITER,
    )
    clear_truth(connection)


def _copy_files(
    connection: Connection,
    paths: Sequence[Path],
    mapping: RideMapping,
    app: AppTables,
    advance: Callable[[int], object],
) -> LoadReport:
    n_read = n_loaded = 0
    reasons: Counter[str] = Counter()
    loaded_at = dt.datetime.now(dt.UTC)
    for path, batch in _batches(paths, mapping):
        typed = typed_batch(batch, mapping, str(path), loaded_at)
        append(connection, app.schema, app.rides, typed.rides)
        append(
            connection,
            REJECTED_ROWS_SCHEMA,
            REJECTED_ROWS_TABLE,
            pa.RecordBatch.from_pylist(typed.rejected, REJECTED_ROWS.arrow_schema),
        )
        n_read += len(batch.line_numbers) + len(batch.malformed)
        n_loaded += typed.rides.num_rows
        reasons.update(_reason(row) for row in typed.rejected)
        advance(batch.n_bytes)
    return LoadReport(n_read, n_loaded, reasons.total(), reasons)


def _batches(
    paths: Sequence[Path], mapping: RideMapping
) -> Iterator[tuple[Path, TextBatch]]:
    for path in paths:
        for batch in read_batches(path, mapping):
            yield path, batch


def _reason(rejected: dict[str, Any]) -> str:
    """Return the column and the reason of a rejection, without the value."""
    return f"{rejected.get('column_name') or 'the row'} {rejected['reason']}"


def _check_report(
    report: LoadReport, paths: Sequence[Path], mapping: RideMapping
) -> None:
    names = ", ".join(map(str, paths))
    if report.n_read == 0:
        raise UserError(
            f"found a header and no rows in {names}; expected one line per ride. "
            "Nothing was changed."
        )
    if report.n_loaded == 0:
        raise UserError(
            f"all rows of {names} were rejected; expected rows that fit the contract. "
            f"Nothing was changed:\n{report}\nCorrect {mapping.name} or the file."
        )
    if report.n_read != report.n_loaded + report.n_rejected:
        raise AssertionError(f"rows were lost between reading and loading: {report}")


def _check_row_count(
    connection: Connection, app: AppTables, report: LoadReport
) -> None:
    """Compare the report with the number of rows in the warehouse."""
    [(n_rides,)] = fetch_all(
        connection,
        f"select count(*) from {quoted(app.schema)}.{quoted(app.rides)}",
    )
    if n_rides != report.n_loaded:
        raise AssertionError(f"{n_rides} rides are in the table, expected {report}")
