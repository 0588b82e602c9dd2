"""Records of a file as text, before they get types."""

from __future__ import annotations

import csv
import io
import re
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
    raw_rows : sequence of str of length n, or None
        Each record as it stands in the file; None for a Parquet file.
    malformed : sequence of MalformedRecord
        Records of this part of the file that could not be read.
    n_bytes : int
        Bytes of the file that were read for the batch.
    n_lines_read : int
        Lines of the file that were read for the batch, whatever they are; of a Parquet
        file, rows.
    line_counts : list of int of length n, or None
        How many lines each record has; None if all have one.
    n_malformed_lines : int
        Lines of the malformed records.
    n_other_lines : int
        Lines of the header, and blank ones.
    n_skipped_lines : int
        Lines above the header that the mapping skips.
    """

    line_numbers: Sequence[int]
    columns: dict[str, pa.Array]
    raw_rows: Sequence[str] | None
    malformed: Sequence[MalformedRecord]
    n_bytes: int
    n_lines_read: int
    line_counts: list[int] | None = None
    n_malformed_lines: int = 0
    n_other_lines: int = 0
    n_skipped_lines: int = 0

    def n_lines(self, indices: Sequence[int] | None = None) -> int:
        """Return the lines of some records, or of all."""
        if self.line_counts is None:
            return len(self.line_numbers if indices is None else indices)
        if indices is None:
            return sum(self.line_counts)
        return sum(self.line_counts[index] for index in indices)

    def raw_row(self, index: int) -> str:
        """Return a record as a line of CSV."""
        if self.raw_rows is not None:
            return printable(self.raw_rows[index].rstrip("\r\n"))
        return csv_line([array[index].as_py() for array in self.columns.values()])


def csv_line(fields: Sequence[str | None]) -> str:
    """Return fields as a line of CSV that any database can store."""
    text = io.StringIO()
    # The writer quotes line breaks only if it has a line terminator.
    csv.writer(text, lineterminator="\n").writerow(fields)
    return printable(text.getvalue().removesuffix("\n"))


def printable(text: str) -> str:
    r"""Return a text with NUL and bytes that were not text as escapes, such as \xe9."""
    return re.sub(
        "[\x00\ud800-\udfff]", lambda match: f"\\x{ord(match[0]) & 0xFF:02x}", text
    )
