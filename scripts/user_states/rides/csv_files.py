"""Records of CSV files as batches of text, each with its line number.

This uses Python's reader instead of Arrow's: it knows the line on which a record begins
even after quoted line breaks, and it continues after a malformed record.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from user_states.errors import UserError
from user_states.rides.mapping import RideMapping
from user_states.rides.text_batches import MalformedRecord, TextBatch, printable


def read_csv(path: Path, mapping: RideMapping, batch_rows: int) -> Iterator[TextBatch]:
    """Yield the records of a CSV file; errors as in `source_files.read_batches`."""
    _check_is_text(path)
    lines = _Lines(path)
    try:
        reader = csv.reader(lines, delimiter=mapping.delimiter, strict=True)
        header = _csv_header(reader, lines, path)
        mapping.check_header(header, str(path))
        indices = {name: header.index(name) for name in mapping.source_names}
        n_bytes = 0
        for numbers, rows, malformed in _csv_chunks(
            reader, lines, len(header), batch_rows
        ):
            columns = list(zip(*rows, strict=True)) or [()] * len(header)
            position = lines.position()
            yield TextBatch(
                numbers,
                {
                    name: _null_texts(columns[index], mapping.null_values)
                    for name, index in indices.items()
                },
                rows,
                malformed,
                position - n_bytes,
            )
            n_bytes = position
    finally:
        lines.close()


class _Lines:
    """The lines of a file, with the text that was read since the last `take`."""

    def __init__(self, path: Path) -> None:
        self._raw = path.open("rb", buffering=0)
        buffered = io.BufferedReader(self._raw, buffer_size=1 << 20)
        self._text = io.TextIOWrapper(
            buffered, encoding="utf-8-sig", errors="surrogateescape", newline=""
        )
        self.pending: list[str] = []

    def __iter__(self) -> Iterator[str]:
        for line in self._text:
            self.pending.append(line)
            yield line

    def position(self) -> int:
        """Return the bytes read from the file so far."""
        return self._raw.tell()

    def take(self) -> str:
        """Return the text read since the last call."""
        text = "".join(self.pending)
        self.pending.clear()
        return text

    def close(self) -> None:
        self._text.close()


_Chunk = tuple[list[int], list[list[str]], list[MalformedRecord]]


def _csv_chunks(
    reader: Iterator[list[str]], lines: _Lines, n_fields: int, chunk_rows: int
) -> Iterator[_Chunk]:
    """Yield (line numbers, records, malformed records) in chunks."""
    chunk: _Chunk = ([], [], [])
    for line_number, record, error in _csv_records(reader, lines):
        text = lines.take()
        reason = error or _malformation(record, text, n_fields)
        if reason:
            raw_row = printable(text.rstrip("\r\n"))
            chunk[2].append(MalformedRecord(line_number, reason, raw_row))
        else:
            chunk[0].append(line_number)
            chunk[1].append(record)
        if len(chunk[0]) + len(chunk[2]) >= chunk_rows:
            yield chunk
            chunk = ([], [], [])
    if chunk[0] or chunk[2]:
        yield chunk


def _csv_records(
    reader: Iterator[list[str]], lines: _Lines
) -> Iterator[tuple[int, list[str], str | None]]:
    """Yield (first line, fields, error or None) of each record but blank lines."""
    while True:
        line_number = reader.line_num + 1  # type: ignore[attr-defined]
        try:
            record, error = next(reader), None
        except StopIteration:
            return
        except csv.Error as csv_error:
            # The reader continues on the next line.
            record, error = [], f"is not CSV: {csv_error}"
        if record or error:
            yield line_number, record, error
        else:
            lines.take()


def _malformation(record: Sequence[str], text: str, n_fields: int) -> str | None:
    """Return what is wrong with a whole record, None if it is well-formed."""
    if not text.isascii():
        try:
            text.encode("utf-8")
        except UnicodeEncodeError:
            return "is not valid UTF-8"
    if len(record) != n_fields:
        return f"has {len(record)} fields where the header has {n_fields}"
    return None


def _csv_header(reader: Iterator[list[str]], lines: _Lines, path: Path) -> list[str]:
    header: list[str] = []
    try:
        while not header:
            header = next(reader)
    except StopIteration:
        raise UserError(
            f"{path} is empty; expected a header and one line per ride."
        ) from None
    except csv.Error as error:
        raise UserError(
            f"{path} does not begin with a CSV header ({error}); expected the names "
            "of the columns, in UTF-8."
        ) from error
    lines.take()
    header = [name.strip() for name in header]
    if twice := sorted({name for name in header if header.count(name) > 1}):
        raise UserError(
            f"{path} has more than one column named {', '.join(map(repr, twice))}; "
            "expected each name once: rename them in the file."
        )
    return header


def _check_is_text(path: Path) -> None:
    try:
        with path.open("rb") as file:
            start = file.read(4096)
    except OSError as error:
        raise UserError(f"cannot read {path}: {error.strerror}.") from error
    if not start:
        raise UserError(f"{path} is empty; expected a header and one line per ride.")
    # UTF-16 and most binary formats have a NUL where the header should be.
    has_nul = b"\x00" in start.split(b"\n")[0]
    if has_nul or start.startswith((b"PAR1", b"\x1f\x8b", b"PK")):
        raise UserError(
            f"{path} is not a CSV file in UTF-8: it begins with {start[:8]!r}. "
            "Expected text: rename a Parquet file to *.parquet, unpack a compressed "
            "file."
        )


def _null_texts(values: Sequence[str], null_values: Sequence[str]) -> pa.Array:
    array = pa.array(values, pa.string())
    is_null = pc.is_in(array, pa.array(null_values, pa.string()))
    return pc.if_else(is_null, pa.scalar(None, pa.string()), array)
