"""Records of CSV and Parquet files as batches of text, each with its line.

The CSV side is Python's own reader and not Arrow's: it knows the line on which
a record begins also after quoted line breaks, and goes on after a bad record.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from glob import glob
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from user_states.errors import UserError
from user_states.rides.mapping import RideMapping

BATCH_ROWS = 50_000
_PARQUET_SUFFIXES = (".parquet", ".pq")


@dataclass(frozen=True)
class MalformedRecord:
    """A record that could not be cut into fields."""

    line_number: int
    reason: str
    raw_row: str


@dataclass(frozen=True)
class TextBatch:
    """Consecutive records of a file.

    Attributes
    ----------
    line_numbers : sequence of int, length n
        The line a record begins on (CSV; the header is line 1) or the number of
        the row, from 1 (Parquet).
    columns : dict of str to StringArray of length n
        The columns that the mapping reads.
    raw_rows : sequence of sequences of text, length n, or None
        All fields of each record, where they are at hand.
    malformed : sequence of MalformedRecord
        Records among these that are in no array.
    n_bytes : int
        Bytes of the file that the batch took.
    """

    line_numbers: Sequence[int]
    columns: dict[str, pa.Array]
    raw_rows: Sequence[Sequence[str]] | None
    malformed: Sequence[MalformedRecord]
    n_bytes: int

    def raw_row(self, index: int) -> str:
        """Return a record as a line of CSV."""
        if self.raw_rows is not None:
            return csv_line(self.raw_rows[index])
        return csv_line([array[index].as_py() for array in self.columns.values()])


def expand_paths(patterns: Iterable[str | Path]) -> list[Path]:
    """Return the files that paths and glob patterns name, each once, in order.

    Raises
    ------
    UserError
        If one names no file.
    """
    paths: list[Path] = []
    for pattern in patterns:
        # A file may be named like a pattern, with brackets; and Path.glob takes no
        # absolute pattern.
        is_plain = Path(pattern).exists()
        found = [str(pattern)] if is_plain else sorted(glob(str(pattern)))  # noqa: PTH207
        files = [Path(name) for name in found if Path(name).is_file()]
        if not files:
            raise UserError(
                f"no file {pattern}; expected a CSV or Parquet file of rides, or a "
                'pattern such as "rides/*.csv".'
            )
        paths += files
    return list(dict.fromkeys(paths))


def read_batches(
    path: Path, mapping: RideMapping, batch_rows: int = BATCH_ROWS
) -> Iterator[TextBatch]:
    """Yield the records of a file; the header is checked before the first.

    Raises
    ------
    UserError
        If the file is empty, is not what its name says, or lacks a column that
        the mapping reads.
    """
    if path.suffix.lower() in _PARQUET_SUFFIXES:
        return _read_parquet(path, mapping, batch_rows)
    return _read_csv(path, mapping, batch_rows)


def csv_line(fields: Sequence[str | None]) -> str:
    """Return fields as a line of CSV that any database can hold."""
    text = io.StringIO()
    # Without a terminator, the writer would not quote line breaks.
    csv.writer(text, lineterminator="\n").writerow(fields)
    return printable(text.getvalue().removesuffix("\n"))


def printable(text: str) -> str:
    """Write bytes that are not UTF-8, and NUL, as escapes."""
    encoded = text.encode("utf-8", "surrogateescape")
    return encoded.decode("utf-8", "backslashreplace").replace("\x00", "\\x00")


# --- CSV ------------------------------------------------------------------


class _Lines:
    """The lines of a file, noting whether one since `reset` was not UTF-8."""

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


def _read_csv(path: Path, mapping: RideMapping, batch_rows: int) -> Iterator[TextBatch]:
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


_Chunk = tuple[list[int], list[list[str]], list[MalformedRecord]]


def _csv_chunks(
    reader: Iterator[list[str]], lines: _Lines, n_fields: int, chunk_rows: int
) -> Iterator[_Chunk]:
    """Yield (line numbers, records, malformed records), some at a time."""
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
    """Yield (line it begins on, fields, what is wrong), blank lines left out."""
    while True:
        line_number = reader.line_num + 1  # type: ignore[attr-defined]
        try:
            record, error = next(reader), None
        except StopIteration:
            return
        except csv.Error as csv_error:
            # The reader begins anew on the next line.
            record, error = [], f"is not CSV: {csv_error}"
        if record or error:
            yield line_number, record, error
        else:
            lines.take()


def _malformation(record: Sequence[str], text: str, n_fields: int) -> str | None:
    """Say what is wrong with a record as a whole."""
    if not text.isascii():
        try:
            text.encode("utf-8")
        except UnicodeEncodeError:
            return "is not valid UTF-8"
    if len(record) != n_fields:
        return f"has {len(record)} fields, the header has {n_fields}"
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
    # UTF-16, and most binary formats, have a NUL in what would be the header.
    has_nul = b"\x00" in start.split(b"\n")[0]
    if has_nul or start.startswith((b"PAR1", b"\x1f\x8b", b"PK")):
        raise UserError(
            f"{path} is not a CSV file in UTF-8: it begins with {start[:8]!r}. "
            "Expected text; a Parquet file has to be named *.parquet, and a "
            "compressed one to be unpacked first."
        )


def _null_texts(values: Sequence[str], null_values: Sequence[str]) -> pa.Array:
    array = pa.array(values, pa.string())
    is_null = pc.is_in(array, pa.array(null_values, pa.string()))
    return pc.if_else(is_null, pa.scalar(None, pa.string()), array)


# --- Parquet --------------------------------------------------------------


def _read_parquet(
    path: Path, mapping: RideMapping, batch_rows: int
) -> Iterator[TextBatch]:
    try:
        file = pq.ParquetFile(path)
    except (pa.ArrowInvalid, OSError) as error:
        raise UserError(f"{path} is not a Parquet file: {error}") from error
    with file:
        mapping.check_header(file.schema_arrow.names, str(path))
        _check_plain_columns(path, file.schema_arrow, mapping)
        n_rows, size, first_row = file.metadata.num_rows, path.stat().st_size, 1
        for batch in file.iter_batches(batch_rows, columns=mapping.source_names):
            yield _text_batch(batch, first_row, size * batch.num_rows // n_rows)
            first_row += batch.num_rows


def _text_batch(batch: pa.RecordBatch, first_row: int, n_bytes: int) -> TextBatch:
    """Turn every column into text, so that Parquet and CSV are typed alike."""
    columns, is_good = {}, [True] * batch.num_rows
    for name in batch.schema.names:
        columns[name] = _as_text(batch[name], is_good)
    if all(is_good):
        numbers = range(first_row, first_row + batch.num_rows)
        return TextBatch(numbers, columns, None, (), n_bytes)
    bad = [index for index, good in enumerate(is_good) if not good]
    malformed = [
        MalformedRecord(
            first_row + index,
            "is not valid UTF-8",
            csv_line([array[index].as_py() for array in columns.values()]),
        )
        for index in bad
    ]
    kept = pa.array(is_good)
    return TextBatch(
        [first_row + index for index, good in enumerate(is_good) if good],
        {name: array.filter(kept) for name, array in columns.items()},
        None,
        malformed,
        n_bytes,
    )


def _as_text(array: pa.Array, is_good: list[bool]) -> pa.Array:
    """Return a column as text, noting in `is_good` what is not UTF-8."""
    if pa.types.is_dictionary(array.type):
        array = array.dictionary_decode()
    text = array.cast(pa.string(), safe=False)
    try:
        text.validate(full=True)
        return text
    except pa.ArrowInvalid:
        values = []
        for index, value in enumerate(text.cast(pa.binary())):
            raw = value.as_py()
            clean = None if raw is None else raw.decode("utf-8", "backslashreplace")
            values.append(clean)
            if raw is not None and clean is not None and clean.encode() != raw:
                is_good[index] = False
        return pa.array(values, pa.string())


def _check_plain_columns(path: Path, schema: pa.Schema, mapping: RideMapping) -> None:
    for name in mapping.source_names:
        column_type = schema.field(name).type
        if pa.types.is_nested(column_type):
            raise UserError(
                f"column {name!r} of {path} is of type {column_type}; expected plain "
                "values: map a column that holds one value per ride."
            )
