"""The first rows of a file of which nothing is known yet, and how it is written."""

from __future__ import annotations

import codecs
import csv
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from user_states.errors import UserError
from user_states.rides.mapping import MAX_SKIPPED_LINES
from user_states.rides.source_files import is_parquet
from user_states.rides.text_lines import TextLines

SAMPLE_ROWS = 5_000
_SAMPLE_CHARACTERS = 10_000_000
_ENCODING_BYTES = 64 << 20
_DELIMITERS = (",", ";", "\t", "|")
_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


@dataclass(frozen=True)
class FileSample:
    """The beginning of a file.

    Attributes
    ----------
    path : Path
    encoding, delimiter, escape : str
        As in `FileMapping`; those of a Parquet file are not read.
    columns : dict of str to list of str
        The values of each column with a name of its own, empty where there is none.
    n_rows : int
    skip_lines : int
        Lines above the header, such as titles.
    """

    path: Path
    encoding: str
    delimiter: str
    escape: str
    columns: dict[str, list[str]]
    n_rows: int
    skip_lines: int = 0


def read_sample(path: Path) -> FileSample:
    """Read the beginning of a CSV or Parquet file.

    Raises
    ------
    UserError
        If the file cannot be read, or has no header, no rows or only one column.
    """
    sample = _parquet_sample(path) if is_parquet(path) else _csv_sample(path)
    if not sample.n_rows:
        raise UserError(
            f"found a header and no rows in {path}; expected one line per ride."
        )
    return sample


def _parquet_sample(path: Path) -> FileSample:
    try:
        with pq.ParquetFile(path) as file:
            batch = next(file.iter_batches(SAMPLE_ROWS), None)
            columns = {} if batch is None else _parquet_columns(batch)
    except (pa.ArrowException, OSError) as error:
        raise UserError(
            f"cannot read {path} as Parquet: {str(error).rstrip('.')}. Expected a "
            "Parquet file: give another kind of file its own ending, such as .csv."
        ) from error
    n_rows = 0 if batch is None else batch.num_rows
    return FileSample(path, "utf-8", ",", "", columns, n_rows)


def _parquet_columns(batch: pa.RecordBatch) -> dict[str, list[str]]:
    counts = Counter(batch.schema.names)
    columns = {}
    for field, array in zip(batch.schema, batch.columns, strict=True):
        if counts[field.name] > 1 or pa.types.is_nested(field.type):
            continue
        if pa.types.is_dictionary(array.type):
            array = array.dictionary_decode()
        try:
            texts = array.cast(pa.string(), safe=False).to_pylist()
        except (pa.ArrowException, UnicodeDecodeError):
            continue
        columns[field.name] = [text or "" for text in texts]
    return columns


def _csv_sample(path: Path) -> FileSample:
    encoding = _encoding(path)
    texts = _first_lines(path, encoding)
    n_above = 0
    if texts and texts[0].lower().startswith("sep="):
        del texts[0]
    else:
        n_above = _titles(texts)
        del texts[:n_above]
    escape = "\\" if any('\\"' in text for text in texts) else ""
    delimiter, rows = _most_regular(texts, escape)
    if escape and _regularity(rows) < _regularity(_most_regular(texts, "")[1]):
        escape = ""
        delimiter, rows = _most_regular(texts, escape)
    if not rows:
        raise UserError(f"{path} is empty; expected a header and one line per ride.")
    header = [name.strip() for name in rows[0]]
    if len(header) < 2:
        raise UserError(
            f"found one column in {path}; expected at least the user and the time of "
            "each ride, with a comma, semicolon, tab or | between them."
        )
    counts = Counter(header)
    good = [row for row in rows[1:] if len(row) == len(header)]
    columns = {
        name: [row[index].strip() for row in good]
        for index, name in enumerate(header)
        if name and counts[name] == 1 and name.isprintable()
    }
    return FileSample(path, encoding, delimiter, escape, columns, len(good), n_above)


def _titles(lines: Sequence[str]) -> int:
    """Return how many lines stand above the header; 0 if the first may be it.

    A line is a title if it is not as wide as most lines, or if most of its fields are
    empty; spreadsheets write such lines with delimiters to the end. A line with numbers
    or dates is no header.
    """
    if not lines:
        return 0
    parsed = [[_fields(line, mark) for line in lines] for mark in _DELIMITERS]
    widths = [Counter(map(len, rows)).most_common(1)[0] for rows in parsed]
    regular = [
        (n, w, rows) for (w, n), rows in zip(widths, parsed, strict=True) if w > 1
    ]
    if not regular:
        return 0
    # The delimiter that gives most lines the same width; the wider one of two.
    n_regular, width, rows = max(regular, key=lambda item: item[:2])
    if 2 * n_regular <= len(lines):
        return 0
    for n_above, fields in enumerate(rows[: MAX_SKIPPED_LINES + 1]):
        names = [field.strip() for field in fields if field.strip()]
        is_header = len(names) > 1 and not any(name[0].isdigit() for name in names)
        if is_header and len(fields) == width and 2 * len(names) >= width:
            # Blank lines above a header are skipped anyway.
            return n_above if any(line.strip() for line in lines[:n_above]) else 0
    return 0


def _fields(line: str, delimiter: str) -> list[str]:
    """Return the fields of one line; none if a quote goes on in the next."""
    try:
        return next(csv.reader([line], delimiter=delimiter, strict=True), [])
    except csv.Error:
        return []


def _first_lines(path: Path, encoding: str) -> list[str]:
    """Return lines for the header and the sample; fewer if they are very long."""
    lines, n_characters = TextLines(path, encoding), 0
    texts: list[str] = []
    try:
        while len(texts) <= SAMPLE_ROWS and n_characters < _SAMPLE_CHARACTERS:
            more = lines.take(min(100, SAMPLE_ROWS + 1 - len(texts)))
            if not more:
                break
            texts += more
            n_characters += sum(map(len, more))
    finally:
        lines.close()
    return texts


def _encoding(path: Path) -> str:
    """Return UTF-8 if the file is that; a byte order mark or Windows's otherwise."""
    try:
        with path.open("rb") as file:
            start = file.read(_ENCODING_BYTES)
    except OSError as error:
        raise UserError(f"cannot read {path}: {error.strerror}.") from error
    for mark, name in _BYTE_ORDER_MARKS:
        if start.startswith(mark):
            return name
    if b"\x00" in start[:4096] or start.startswith(
        (b"PAR1", b"\x1f\x8b", b"PK\x03\x04")
    ):
        raise UserError(
            f"{path} is not a CSV file: it begins with {start[:8]!r}. Expected text: "
            "rename a Parquet file to *.parquet, unpack a compressed file, save a "
            "spreadsheet as CSV."
        )
    for name in ("utf-8", "cp1252"):
        try:
            codecs.getincrementaldecoder(name)().decode(start)
        except UnicodeDecodeError:
            continue
        return name
    return "latin-1"


def _most_regular(lines: Sequence[str], escape: str) -> tuple[str, list[list[str]]]:
    """Return the delimiter that gives most rows as many fields as the header."""
    parsed = [(mark, _parse(lines, mark, escape)) for mark in _DELIMITERS]
    return max(parsed, key=lambda pair: _regularity(pair[1]))


def _parse(lines: Sequence[str], delimiter: str, escape: str) -> list[list[str]]:
    reader = csv.reader(lines, delimiter=delimiter, escapechar=escape or None)
    rows: list[list[str]] = []
    # The rows before an error are enough.
    with suppress(csv.Error):
        rows.extend(row for row in reader if row)
    return rows


def _regularity(rows: Sequence[Sequence[str]]) -> tuple[float, int]:
    """Return the share of rows as long as the first, and its length."""
    if not rows or len(rows[0]) < 2:
        return (0.0, 0)
    width = len(rows[0])
    return (sum(len(row) == width for row in rows) / len(rows), width)
