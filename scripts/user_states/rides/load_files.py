"""Load files of rides into the contract's table; what cannot be typed is kept."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from user_states.console import progress_bar
from user_states.errors import UserError
from user_states.rides.contract import (
    REJECTED_ROWS,
    REJECTED_ROWS_SCHEMA,
    REJECTED_ROWS_TABLE,
    RIDES,
    USERS,
    Column,
    ColumnType,
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
from user_states.rides.source_files import (
    TextBatch,
    expand_paths,
    printable,
    read_batches,
)
from user_states.rides.text_parsing import ParsedColumn, parse_column
from user_states.rides.truth_tables import clear_truth
from user_states.warehouse.connection import Connection, fetch_all, quoted

_WRITER = "load_rides.py"


@dataclass(frozen=True)
class LoadReport:
    """What a load did.

    Attributes
    ----------
    n_read, n_loaded, n_rejected : int
        Records; the first is the sum of the others.
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


@dataclass(frozen=True)
class TypedBatch:
    """A batch in the contract's types, and the records that are not in it.

    Attributes
    ----------
    rides : RecordBatch
        In the schema of `contract.RIDES`.
    rejected : list of dict
        Rows of `contract.REJECTED_ROWS`, by column name.
    """

    rides: pa.RecordBatch
    rejected: list[dict[str, Any]]


def load_files(
    connection: Connection,
    patterns: Iterable[str | Path],
    mapping: RideMapping,
    *,
    app: AppTables = DEFAULT_TABLES,
    replace: bool = False,
) -> LoadReport:
    """Replace the table of rides with the content of files.

    Rows whose values cannot be typed go to `ingest.rejected_rows`. A table of
    users that an earlier load wrote is emptied, and one that is missing is
    created empty: its rows would be of other rides. All in one transaction.

    Parameters
    ----------
    patterns : iterable of str or Path
        Files and glob patterns.
    replace : bool
        Also empty a table of rides that this project did not write.

    Raises
    ------
    UserError
        If a file cannot be read, has no rows, or every row was rejected; if the
        table is not this project's own. Nothing is changed then.
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


def typed_batch(
    batch: TextBatch, mapping: RideMapping, source_file: str, loaded_at: dt.datetime
) -> TypedBatch:
    """Type a batch of text by a mapping."""
    n_rows = len(batch.line_numbers)
    arrays, first_failures = [], dict[int, tuple[Column, str]]()
    for column in RIDES.columns:
        parsed = _contract_column(column, batch, mapping)
        arrays.append(parsed.values)
        for mask, reason in parsed.failures:
            for index in mask.nonzero()[0].tolist():
                # One rejected row a record, by the first column that fails.
                first_failures.setdefault(index, (column, reason))
    rides = pa.record_batch(arrays, schema=RIDES.arrow_schema)
    if first_failures:
        is_good = [index not in first_failures for index in range(n_rows)]
        rides = rides.filter(pa.array(is_good))
    common = {"loaded_at": loaded_at, "source_file": source_file}
    rejected: list[dict[str, Any]] = [
        common | vars(record) for record in batch.malformed
    ]
    for index, (column, reason) in sorted(first_failures.items()):
        source = mapping.columns[column.name].name
        rejected.append(
            common
            | {
                "line_number": batch.line_numbers[index],
                "column_name": column.name,
                "value": printable(batch.columns[source][index].as_py()),
                "reason": reason,
                "raw_row": batch.raw_row(index),
            }
        )
    return TypedBatch(rides, rejected)


def _contract_column(
    column: Column, batch: TextBatch, mapping: RideMapping
) -> ParsedColumn:
    n_rows = len(batch.line_numbers)
    source = mapping.columns.get(column.name)
    if source is not None and source.is_boolean:
        parsed = parse_column(batch.columns[source.name], ColumnType.BOOLEAN, None)
        texts = pc.if_else(parsed.values, source.when_true, source.when_false)
        return ParsedColumn(texts.cast(pa.string()), parsed.failures)
    if source is not None:
        text = batch.columns[source.name]
    elif column.name in mapping.constants:
        text = pa.repeat(pa.scalar(mapping.constants[column.name]), n_rows)
    else:
        return ParsedColumn(pa.nulls(n_rows, column.type.arrow), ())
    return parse_column(text, column.type, mapping.timestamps_in)


def _prepare_tables(connection: Connection, app: AppTables, replace: bool) -> None:
    prepare_table(
        connection, RIDES, app.schema, app.rides, writer=_WRITER, replace=replace
    )
    # A company's own table of users goes with its own rides: it stays.
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
    advance: Any,
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
    """Return the reason with its column, free of the value."""
    return f"{rejected.get('column_name') or 'the row'} {rejected['reason']}"


def _check_report(
    report: LoadReport, paths: Sequence[Path], mapping: RideMapping
) -> None:
    names = ", ".join(map(str, paths))
    if report.n_read == 0:
        raise UserError(
            f"{names}: a header and no rows; expected one line per ride. Nothing was "
            "changed."
        )
    if report.n_loaded == 0:
        raise UserError(
            f"every row of {names} was rejected, and nothing was changed:\n{report}\n"
            f"Correct {mapping.name} or the file."
        )
    if report.n_read != report.n_loaded + report.n_rejected:
        raise AssertionError(f"rows were lost between reading and loading: {report}")


def _check_row_count(
    connection: Connection, app: AppTables, report: LoadReport
) -> None:
    """Ask the warehouse itself, which has the last word on what was loaded."""
    [(n_rides,)] = fetch_all(
        connection,
        f"select count(*) from {quoted(app.schema)}.{quoted(app.rides)}",
    )
    if n_rides != report.n_loaded:
        raise AssertionError(f"{n_rides} rides are in the table, expected {report}")
