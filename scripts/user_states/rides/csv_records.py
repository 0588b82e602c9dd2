"""Lines of CSV split into records, so that every line is in exactly one count.

A line belongs to a record that was read, to one that was set aside, or is blank. A
record that is wrong costs its first line only: reading goes on at the line after it,
whatever its quotes do. Python's reader splits the fields.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from user_states.rides.text_batches import MalformedRecord, printable

# A field of any length is read: Python refuses more than 128 kB otherwise.
csv.field_size_limit(2**31 - 1)

# A quoted field that is still open after this many lines counts as never closed.
MAX_LINES = 1_000


@dataclass(frozen=True)
class CsvRecords:
    """The records that begin in a run of lines.

    Attributes
    ----------
    rows : list of lists of str
        The fields of each good record.
    texts : list of str
        The good records as they stand in the file.
    line_numbers : sequence of int
        The line on which each good record begins.
    line_counts : list of int, or None
        How many lines each good record has; None if all have one.
    malformed : list of MalformedRecord
        Lines that were set aside, each one line.
    n_blank : int
        Blank lines.
    n_lines : int
        All lines of these records: the next record begins after them.
    """

    rows: list[list[str]]
    texts: list[str]
    line_numbers: Sequence[int]
    line_counts: list[int] | None
    malformed: list[MalformedRecord]
    n_blank: int
    n_lines: int


class RecordSplitter:
    """Splits lines into records.

    Parameters
    ----------
    dialect : dict
        Options of `csv.reader`.
    n_fields : int
        Fields of the header.
    time_index : int
        The field with the time of the ride, by which a line is known as a record of its
        own.
    """

    def __init__(self, dialect: dict[str, Any], n_fields: int, time_index: int) -> None:
        self._dialect = dialect
        self._n_fields = n_fields
        self._time_index = time_index

    def of_single_lines(
        self, lines: Sequence[str], first_line: int
    ) -> CsvRecords | None:
        """Return the records of lines that have one each; None if they do not."""
        try:
            rows = list(csv.reader(lines, **self._dialect))
        except csv.Error:
            return None
        if len(rows) != len(lines):
            return None
        numbers = range(first_line, first_line + len(lines))
        if set(map(len, rows)) == {self._n_fields}:
            return CsvRecords(rows, list(lines), numbers, None, [], 0, len(lines))
        good = [i for i, row in enumerate(rows) if len(row) == self._n_fields]
        malformed = [
            malformed_line(numbers[i], self._wrong_length(row), lines[i])
            for i, row in enumerate(rows)
            if row and len(row) != self._n_fields
        ]
        return CsvRecords(
            [rows[i] for i in good],
            [lines[i] for i in good],
            [numbers[i] for i in good],
            None,
            malformed,
            len(rows) - len(good) - len(malformed),
            len(lines),
        )

    def of_lines(
        self, lines: Sequence[str], n_starts: int, first_line: int
    ) -> CsvRecords:
        """Return the records that begin in the first `n_starts` lines.

        Parameters
        ----------
        lines : sequence of str
            At least `MAX_LINES` more than `n_starts`, unless the file ends.
        """
        rows, texts, numbers, counts = [], [], [], []
        malformed: list[MalformedRecord] = []
        n_blank = 0
        feed = _Feed(lines)
        reader = csv.reader(feed, **self._dialect)
        while (start := feed.position) < n_starts:
            row, flaw = next_record(reader, feed)
            record = lines[start : feed.position]
            if flaw is None and row:
                flaw = self._flaw(row, record)
            if flaw:
                malformed.append(malformed_line(first_line + start, flaw, lines[start]))
                feed.position = start + 1
            elif row:
                rows.append(row)
                texts.append("".join(record))
                numbers.append(first_line + start)
                counts.append(len(record))
            else:
                n_blank += len(record)
        return CsvRecords(
            rows, texts, numbers, counts, malformed, n_blank, feed.position
        )

    def _flaw(self, row: Sequence[str], record: Sequence[str]) -> str | None:
        """Return what is wrong with a record, None if nothing is."""
        # Not the last line: with a comma in the quoted text, as in an address, what
        # follows the text completes a record.
        if any(self._is_record(line, row) for line in record[1:-1]):
            return NEVER_CLOSED
        return None if len(row) == self._n_fields else self._wrong_length(row)

    def _is_record(self, line: str, row: Sequence[str]) -> bool:
        """Return whether a line inside a record is a record of its own.

        It is if it has all fields, and its time is written like that of the record.
        """
        try:
            [fields] = csv.reader([line], **self._dialect)
        except (csv.Error, ValueError):
            return False
        if not len(fields) == self._n_fields > self._time_index < len(row):
            return False
        shape = _shape(fields[self._time_index])
        return "0" in shape and shape == _shape(row[self._time_index])

    def _wrong_length(self, row: Sequence[str]) -> str:
        return f"has {len(row)} fields where the header has {self._n_fields}"


NEVER_CLOSED = "has a quote that is never closed"


def first_record(
    lines: Sequence[str], dialect: dict[str, Any]
) -> tuple[list[str], int, str | None]:
    """Return the first record of some lines: its fields, its lines, and its flaw."""
    feed = _Feed(lines)
    row, flaw = next_record(csv.reader(feed, **dialect), feed)
    return row, feed.position, flaw


def next_record(
    reader: Iterator[list[str]], feed: _Feed
) -> tuple[list[str], str | None]:
    """Return the fields of the next record, and why it is not CSV or None."""
    feed.stop = feed.position + MAX_LINES
    try:
        return next(reader), None
    except StopIteration:
        return [], NEVER_CLOSED
    except csv.Error as error:
        if "unexpected end of data" in str(error):
            return [], NEVER_CLOSED
        return [], f"is not CSV: {error}"


def malformed_line(line_number: int, reason: str, line: str) -> MalformedRecord:
    """Return a line that is set aside."""
    return MalformedRecord(line_number, reason, printable(line.rstrip("\r\n")))


class _Feed:
    """Lines for a reader, which can be sent back to an earlier one."""

    def __init__(self, lines: Sequence[str]) -> None:
        self._lines = lines
        self.position = 0
        self.stop = MAX_LINES

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        position = self.position
        if position == self.stop or position == len(self._lines):
            raise StopIteration
        self.position = position + 1
        return self._lines[position]


def _shape(text: str) -> str:
    """Return a text with each run of digits as 0 and each run of letters as a."""
    return re.sub(r"\d+", "0", re.sub(r"[^\W\d_]+", "a", text.strip()))
