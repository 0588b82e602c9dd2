"""Load files of rides into the table of rides; rows that do not fit go elsewhere."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from dataclasses import replace as with_changes
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
from user_states.rides.order_lines import looks_like_order_lines, sum_order_lines
from user_states.rides.ride_ids import id_prefixes
from user_states.rides.source_files import expand_paths, read_batches
from user_states.rides.text_batches import TextBatch
from user_states.rides.truth_tables import clear_truth
from user_states.rides.typed_batches import typed_batch
from user_states.warehouse.connection import Connection, fetch_all, quoted

_WRITER = "load_rides.py"


@dataclass(frozen=True)
class LoadReport:
    """What became of every line of the files.

    Attributes
    ----------
    n_lines : int
        Lines of the files; of a Parquet file, rows.
    n_loaded_lines, n_rejected_lines, n_other_lines, n_skipped_lines : int
        Lines of rides that were loaded, lines that were rejected, those of headers and
        blank ones, and those above headers that the mapping skips. The four sum to
        `n_lines`.
    n_rides : int
        Rides that were loaded. One may stand on several lines: with line breaks in
        quotes, or as the lines of an order.
    reasons : Counter of str
        Rejected rows by reason.
    notes : tuple of str
        What a person should know about the rides.
    """

    n_lines: int
    n_loaded_lines: int
    n_rejected_lines: int
    n_other_lines: int
    n_rides: int
    reasons: Counter[str] = field(default_factory=Counter)
    notes: tuple[str, ...] = ()
    n_skipped_lines: int = 0

    @property
    def n_rejected(self) -> int:
        """Rejected rows."""
        return self.reasons.total()

    def __str__(self) -> str:
        counts = (
            f"{self.n_lines:,} lines read: {self.n_loaded_lines:,} with "
            f"{self.n_rides:,} rides, {self.n_rejected_lines:,} rejected, "
            f"{self.n_other_lines:,} headers or blank"
        )
        if self.n_skipped_lines:
            counts += f", {self.n_skipped_lines:,} skipped above the header"
        lines = [counts]
        lines += [f"  {n:,} × {reason}" for reason, n in self.reasons.most_common()]
        lines += [f"note: {note}" for note in self.notes]
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
    `ingest.rejected_rows`. Lines of one order are summed if the mapping says so. A
    table of users from an earlier load is emptied, because
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
        if mapping.sum_lines:
            sum_order_lines(connection, app)
            report = with_changes(report, n_rides=_count(connection, app))
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
    n_lines = n_loaded = n_rejected = n_other = n_skipped = n_rides = 0
    reasons: Counter[str] = Counter()
    notes: dict[str, None] = {}
    loaded_at = dt.datetime.now(dt.UTC)
    prefixes = dict(zip(paths, id_prefixes(paths), strict=True))
    for path, batch in _batches(paths, mapping):
        typed = typed_batch(batch, mapping, str(path), loaded_at, prefixes[path])
        append(connection, app.schema, app.rides, typed.rides)
        append(
            connection,
            REJECTED_ROWS_SCHEMA,
            REJECTED_ROWS_TABLE,
            pa.RecordBatch.from_pylist(typed.rejected, REJECTED_ROWS.arrow_schema),
        )
        if batch.n_other_lines or n_rides == 0:
            # The first rides of a file are enough to see what it is.
            notes.update(dict.fromkeys(_notes(typed.rides, path, mapping)))
        n_lines += batch.n_lines_read
        n_loaded += typed.n_loaded_lines
        n_rejected += typed.n_rejected_lines
        n_other += batch.n_other_lines
        n_skipped += batch.n_skipped_lines
        n_rides += typed.rides.num_rows
        reasons.update(_reason(row) for row in typed.rejected)
        advance(batch.n_bytes)
    return LoadReport(
        n_lines,
        n_loaded,
        n_rejected,
        n_other,
        n_rides,
        reasons,
        (*notes, *_notes_of_columns(mapping)),
        n_skipped,
    )


def _notes(rides: pa.RecordBatch, path: Path, mapping: RideMapping) -> list[str]:
    if mapping.sum_lines or not looks_like_order_lines(rides):
        return []
    note = (
        f"these look like lines of an order: in {path} many rows have the same "
        "ride_id, user and time, and different prices. Only one row of each id will "
        f"count. Write `sum_lines: true` in {mapping.name} to sum them."
    )
    return [note]


def _notes_of_columns(mapping: RideMapping) -> list[str]:
    given = {*mapping.columns, *mapping.constants}
    notes = {
        "price": "there are no prices: features of spend have no values",
        "status": "there are no statuses: every ride counts as completed",
    }
    return [note for name, note in notes.items() if name not in given]


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
    n_without_rides = report.n_other_lines + report.n_skipped_lines
    if report.n_lines != (
        report.n_loaded_lines + report.n_rejected_lines + n_without_rides
    ):
        raise AssertionError(f"lines were lost between reading and loading: {report}")
    if report.n_lines == n_without_rides:
        raise UserError(
            f"found a header and no rows in {names}; expected one line per ride. "
            "Nothing was changed."
        )
    if report.n_rides == 0:
        raise UserError(
            f"all rows of {names} were rejected; expected rows that fit the contract. "
            f"Nothing was changed:\n{report}\nCorrect {mapping.name} or the file."
        )


def _check_row_count(
    connection: Connection, app: AppTables, report: LoadReport
) -> None:
    """Compare the report with the number of rows in the warehouse."""
    n_rides = _count(connection, app)
    if n_rides != report.n_rides:
        raise AssertionError(f"{n_rides} rides are in the table, expected {report}")


def _count(connection: Connection, app: AppTables) -> int:
    table = f"{quoted(app.schema)}.{quoted(app.rides)}"
    [(n_rides,)] = fetch_all(connection, f"select count(*) from {table}")
    return int(n_rides)
