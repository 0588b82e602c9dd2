"""Records of a file as text, before they get types."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa


@dataclass(frozen=True)
class MalformedRecord:
    """A record that cannot be split into fields."""

    line_number: int
    reason: str
    raw_row: str


@dataclass(frozen=True)
class TextBatch:
    """Consecutive records of a file.

    Attributes
    ----------
    line_numbers : sequence of int, length n
        The line on which a record begins (CSV; the header is line 1) or the number
        of the row, from 1 (Parquet).
    columns : dict of str to StringArray of length n
        The columns that the mapping reads.
    raw_rows : sequence of sequences of text, length n, or None
        All fields of each record; None for a Parquet file.
    malformed : sequence of MalformedRecord
        Records of this part of the file that could not be read.
    n_bytes : int
        Bytes of the file that were read for the batch.
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


def csv_line(fields: Sequence[str | None]) -> str:
    """Return fields as a line of CSV that any database can store."""
    text = io.StringIO()
    # The writer quotes line breaks only if it has a line terminator.
    csv.writer(text, lineterminator="\n").writerow(fields)
    return printable(text.getvalue().removesuffix("\n"))


def printable(text: str) -> str:
    """Return a text with NUL and bytes that are not UTF-8 written as escapes."""
    encoded = text.encode("utf-8", "surrogateescape")
    return encoded.decode("utf-8", "backslashreplace").replace("\x00", "\\x00")
