"""Records of CSV files as batches of text, each with its line number.

This uses Python's reader instead of Arrow's: it knows the line on which a record begins
even after quoted line breaks, and it continues after a malformed record.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from operator import itemgetter
from pathlib import Path
from typing import TypeVar

import pyarrow as pa
import pyarrow.compute as pc

from user_states.errors import UserError
from user_states.rides.csv_records import (
    MAX_LINES,
    CsvRecords,
    RecordSplitter,
    first_record,
    malformed_line,
)
from user_states.rides.mapping import MAX_SKIPPED_LINES, FileMapping
from user_states.rides.text_batches import TextBatch
from user_states.rides.text_lines import TextLines

_T = TypeVar("_T")

# A batch of wide rows has fewer of them.
_BATCH_CHARACTERS = 50_000_000


def read_csv(path: Path, mapping: FileMapping, batch_rows: int) -> Iterator[TextBatch]:
    """Yield the records of a CSV file; errors as in `source_files.read_batches`."""
    _check_is_text(path, mapping)
    lines = TextLines(path, mapping.encoding)
    try:
        buffer = lines.take(mapping.skip_lines + MAX_LINES)
        header, indices, n_header = _header(buffer, mapping, path)
        del buffer[:n_header]
        splitter = RecordSplitter(
            mapping.dialect, len(header), indices[mapping.time_column]
        )
        row_size = max(100, sum(map(len, header)))
        batch_rows = max(1, min(batch_rows, _BATCH_CHARACTERS // row_size))
        n_skipped = mapping.skip_lines
        first_line, n_bytes, n_other = n_header + 1, 0, n_header - n_skipped
        while buffer := _filled(buffer, batch_rows, lines):
            records = splitter.of_single_lines(buffer[:batch_rows], first_line)
            if records is None:
                buffer = _filled(buffer, batch_rows + MAX_LINES, lines)
                n_starts = min(batch_rows, len(buffer))
                records = splitter.of_lines(buffer, n_starts, first_line)
            del buffer[: records.n_lines]
            first_line += records.n_lines
            position = lines.position()
            yield replace(
                _text_batch(records, indices, mapping),
                n_bytes=position - n_bytes,
                n_lines_read=n_skipped + n_other + records.n_lines,
                n_other_lines=n_other + records.n_blank,
                n_skipped_lines=n_skipped,
            )
            n_bytes, n_other, n_skipped = position, 0, 0
        if n_other:
            # There is nothing after the header.
            nothing = CsvRecords([], [], (), None, [], 0, 0)
            yield replace(
                _text_batch(nothing, indices, mapping),
                n_lines_read=n_skipped + n_other,
                n_other_lines=n_other,
                n_skipped_lines=n_skipped,
            )
        if first_line - 1 != lines.n_read:
            raise AssertionError(f"{first_line - 1} lines of {lines.n_read} were read")
    finally:
        lines.close()


def _filled(buffer: list[str], n_lines: int, lines: TextLines) -> list[str]:
    """Return the buffer with lines of the file added, up to a number."""
    return buffer + lines.take(n_lines - len(buffer))


def _text_batch(
    records: CsvRecords, indices: dict[str, int], mapping: FileMapping
) -> TextBatch:
    """Return the columns that are read; set aside rows with bytes that are not text."""
    columns = {
        name: list(map(itemgetter(index), records.rows))
        for name, index in indices.items()
    }
    flaws: dict[int, str] = {}
    for name, values in columns.items():
        for index in _not_text(values):
            flaws.setdefault(
                index, f"has bytes in {name!r} that are not {mapping.encoding}"
            )
    kept = [i for i in range(len(records.rows)) if i not in flaws] if flaws else None
    malformed = [
        *records.malformed,
        *(
            malformed_line(records.line_numbers[i], flaw, records.texts[i])
            for i, flaw in flaws.items()
        ),
    ]
    counts = records.line_counts
    n_malformed = len(records.malformed) + sum(
        counts[i] if counts else 1 for i in flaws
    )
    return TextBatch(
        _kept(records.line_numbers, kept),
        {
            name: _null_texts(_kept(values, kept), mapping.null_values)
            for name, values in columns.items()
        },
        _kept(records.texts, kept),
        malformed,
        0,
        0,
        None if counts is None else list(_kept(counts, kept)),
        n_malformed,
    )


def _kept(values: Sequence[_T], kept: list[int] | None) -> Sequence[_T]:
    return values if kept is None else [values[i] for i in kept]


def _not_text(values: Sequence[str]) -> list[int]:
    """Return which values have bytes that could not be decoded."""
    try:
        "".join(values).encode()
        return []
    except UnicodeEncodeError:
        return [i for i, value in enumerate(values) if not _is_text(value)]


def _is_text(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _header(
    lines: list[str], mapping: FileMapping, path: Path
) -> tuple[list[str], dict[str, int], int]:
    """Return the header, the places of columns that are read, and a number of lines.

    It is that of the lines before the first ride, with those that the mapping skips.
    """
    try:
        row, n_before = _first_row(lines, mapping, path)
        return row, mapping.find_columns(_names(row), str(path)), n_before
    except UserError:
        n_above = _lines_above_the_names(lines, mapping)
        if n_above is None or n_above == mapping.skip_lines:
            raise
        raise UserError(
            f"found the columns that {mapping.name} reads in line {n_above + 1} of "
            f"{path}; expected them in line {mapping.skip_lines + 1}: write "
            f"`skip_lines: {n_above}` in the mapping."
        ) from None


def _names(row: Sequence[str]) -> list[str]:
    return [name.strip() for name in row]


def _lines_above_the_names(lines: Sequence[str], mapping: FileMapping) -> int | None:
    """Return how many lines stand above the first that has every name, if one has."""
    for n_above, line in enumerate(lines[: 2 * MAX_SKIPPED_LINES]):
        row, _, flaw = first_record([line], mapping.dialect)
        if not flaw and set(mapping.source_names) <= set(_names(row)):
            return n_above
    return None


def _first_row(
    lines: list[str], mapping: FileMapping, path: Path
) -> tuple[list[str], int]:
    """Return the first row of a file, and how many lines it and what is above has."""
    n_before = mapping.skip_lines
    # Excel's own line before the header names the delimiter.
    n_before += "".join(lines[n_before : n_before + 1]).lower().startswith("sep=")
    while n_before < len(lines):
        row, n_lines, flaw = first_record(lines[n_before:], mapping.dialect)
        if flaw:
            raise UserError(
                f"{path} does not begin with a CSV header (line {n_before + 1} {flaw});"
                f" expected the names of the columns, in {mapping.encoding}."
            )
        n_before += n_lines
        if row:
            return row, n_before
    what = f"has no line after the {mapping.skip_lines} that are skipped"
    raise UserError(
        f"{path} {what if mapping.skip_lines else 'is empty'}; expected a header and "
        "one line per ride."
    )


def _check_is_text(path: Path, mapping: FileMapping) -> None:
    try:
        with path.open("rb") as file:
            start = file.read(4096)
    except OSError as error:
        raise UserError(f"cannot read {path}: {error.strerror}.") from error
    if not start:
        raise UserError(f"{path} is empty; expected a header and one line per ride.")
    # UTF-16 and most binary formats have a NUL where the header should be.
    is_wide = "16" in mapping.encoding or "32" in mapping.encoding
    has_nul = b"\x00" in start.split(b"\n")[0] and not is_wide
    if has_nul or start.startswith((b"PAR1", b"\x1f\x8b", b"PK\x03\x04")):
        raise UserError(
            f"{path} is not a CSV file in {mapping.encoding}: it begins with "
            f"{start[:8]!r}. Expected text: rename a Parquet file to *.parquet, unpack "
            "a compressed file, save a spreadsheet as CSV; if it is UTF-16, write "
            "`encoding: utf-16` in the mapping."
        )


def _null_texts(values: Sequence[str], null_values: Sequence[str]) -> pa.Array:
    array = pa.array(values, pa.string())
    is_null = pc.is_in(array, pa.array(null_values, pa.string()))
    return pc.if_else(is_null, pa.scalar(None, pa.string()), array)
