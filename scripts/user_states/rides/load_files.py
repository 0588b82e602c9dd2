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
    RIDE_FILES,
    RIDES,
    USERS,
)
from user_states.rides.landing import (
    DEFAULT_TABLES,
    AppTables,
    TableName,
    analyze,
    append,
    is_marked,
    landing,
    prepare_table,
    table_exists,
)
from user_states.rides.mapping import FileMapping
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
    n_records : int
        Rides or events that were loaded. One may stand on several lines: with line
        breaks in quotes, or as the lines of an order.
    reasons : Counter of str
        Rejected rows by reason.
    notes : tuple of str
        What a person should know about the rides.
    noun : str
        What was loaded, in the plural.
    """

    n_lines: int
    n_loaded_lines: int
    n_rejected_lines: int
    n_other_lines: int
    n_records: int
    reasons: Counter[str] = field(default_factory=Counter)
    notes: tuple[str, ...] = ()
    n_skipped_lines: int = 0
    noun: str = "rides"

    @property
    def n_rejected(self) -> int:
        """Rejected rows."""
        return self.reasons.total()

    def __str__(self) -> str:
        counts = (
            f"{self.n_lines:,} lines read: {self.n_loaded_lines:,} with "
            f"{self.n_records:,} {self.noun}, {self.n_rejected_lines:,} rejected, "
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
    mapping: FileMapping,
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
        table = TableName(app.schema, app.rides)
        report = copy_files(connection, paths, mapping, table, bar.update)
        check_row_count(connection, table, report.n_records)
        if mapping.sum_lines:
            sum_order_lines(connection, app)
            report = with_changes(report, n_records=count_rows(connection, table))
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


def copy_files(
    connection: Connection,
    paths: Sequence[Path],
    mapping: FileMapping,
    table: TableName,
    advance: Callable[[int], object],
) -> LoadReport:
    """Append the records of files to a table; those that do not fit go elsewhere.

    Parameters
    ----------
    table : TableName
        It exists, as `ingest.rejected_rows` does.
    advance : callable
        Gets the bytes that were read, batch by batch.

    Raises
    ------
    UserError
        If the files have no rows, or if every row was rejected.
    """
    n_lines = n_loaded = n_rejected = n_other = n_skipped = n_records = 0
    reasons: Counter[str] = Counter()
    notes: dict[str, None] = {}
    loaded_at = dt.datetime.now(dt.UTC)
    prefixes = dict(zip(paths, id_prefixes(paths), strict=True))
    is_of_rides = mapping.contract is RIDE_FILES
    for path, batch in _batches(paths, mapping):
        typed = typed_batch(batch, mapping, str(path), loaded_at, prefixes[path])
        append(connection, table.schema, table.name, typed.rows)
        append(
            connection,
            REJECTED_ROWS_SCHEMA,
            REJECTED_ROWS_TABLE,
            pa.RecordBatch.from_pylist(typed.rejected, REJECTED_ROWS.arrow_schema),
        )
        if is_of_rides and (batch.n_other_lines or n_records == 0):
            # The first rides of a file are enough to see what it is.
            notes.update(dict.fromkeys(_notes(typed.rows, path, mapping)))
        n_lines += batch.n_lines_read
        n_loaded += typed.n_loaded_lines
        n_rejected += typed.n_rejected_lines
        n_other += batch.n_other_lines
        n_skipped += batch.n_skipped_lines
        n_records += typed.rows.num_rows
        reasons.update(_reason(row) for row in typed.rejected)
        advance(batch.n_bytes)
    report = LoadReport(
        n_lines,
        n_loaded,
        n_rejected,
        n_other,
        n_records,
        reasons,
        (*notes, *(_notes_of_columns(mapping) if is_of_rides else ())),
        n_skipped,
        mapping.contract.noun,
    )
    _check_report(report, paths, mapping)
    return report


def _notes(rides: pa.RecordBatch, path: Path, mapping: FileMapping) -> list[str]:
    if mapping.sum_lines or not looks_like_order_lines(rides):
        return []
    note = (
        f"these look like lines of an order: in {path} many rows have the same "
        "ride_id, user and time, and different prices. Only one row of each id will "
        f"count. Write `sum_lines: true` in {mapping.name} to sum them."
    )
    return [note]


def _notes_of_columns(mapping: FileMapping) -> list[str]:
    given = {*mapping.columns, *mapping.constants}
    notes = {
        "price": "there are no prices: features of spend have no values",
        "status": "there are no statuses: every ride counts as completed",
    }
    return [note for name, note in notes.items() if name not in given]


def _batches(
    paths: Sequence[Path], mapping: FileMapping
) -> Iterator[tuple[Path, TextBatch]]:
    for path in paths:
        for batch in read_batches(path, mapping):
            yield path, batch


def _reason(rejected: dict[str, Any]) -> str:
    """Return the column and the reason of a rejection, without the value."""
    return f"{rejected.get('column_name') or 'the row'} {rejected['reason']}"


def _check_report(
    report: LoadReport, paths: Sequence[Path], mapping: FileMapping
) -> None:
    names = ", ".join(map(str, paths))
    n_without_rides = report.n_other_lines + report.n_skipped_lines
    if report.n_lines != (
        report.n_loaded_lines + report.n_rejected_lines + n_without_rides
    ):
        raise AssertionError(f"lines were lost between reading and loading: {report}")
    if report.n_lines == n_without_rides:
        raise UserError(
            f"found a header and no rows in {names}; expected one line per "
            f"{report.noun[:-1]}. Nothing was changed."
        )
    if report.n_records == 0:
        raise UserError(
            f"all rows of {names} were rejected; expected rows that fit the contract. "
            f"Nothing was changed:\n{report}\nCorrect {mapping.name} or the file."
        )


def check_row_count(connection: Connection, table: TableName, n_expected: int) -> None:
    """Compare the rows that were written with those in the warehouse."""
    n_rows = count_rows(connection, table)
    if n_rows != n_expected:
        raise AssertionError(f"{n_rows} rows are in {table}, expected {n_expected}")


def count_rows(connection: Connection, table: TableName) -> int:
    """Return the number of rows of a table."""
    name = f"{quoted(table.schema)}.{quoted(table.name)}"
    [(n_rows,)] = fetch_all(connection, f"select count(*) from {name}")
    return int(n_rows)
