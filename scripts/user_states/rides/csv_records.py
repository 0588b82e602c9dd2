"""Lines of CSV split into records, so that every line is in exactly one count.

A line belongs to a record that was read, to one that was set aside, or is blank. A
record that is wrong costs its first line only: reading goes on at the line after it,
whatever its quotes do. Python's reader splits the fields.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from typing import Any

from user_states.rides.text_batches import MalformedRecord, printable

# A field of any length is read: Python refuses more than 128 kB otherwise.
csv.field_size_limit(2**31 - 1)

# A quoted field that is still open after this many lines counts as never closed.
MAX_LINES = 1_000
# So many lines are read one by one after the first bad quote.
_FIRST_CAREFUL_LINES = 64


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
        found = _Found(lines, first_line)
        n_careful = _FIRST_CAREFUL_LINES
        while found.n_lines < n_starts:
            self._read_good(found, n_starts)
            self._read_any(found, min(n_starts, found.n_lines + n_careful))
            # A file with many bad quotes is read with care throughout.
            n_careful *= 2
        return found.records()

    def _read_good(self, found: _Found, n_starts: int) -> None:
        """Read records up to the first with a bad quote."""
        before = found.n_lines
        reader = csv.reader(islice(found.lines, before, None), **self._dialect)
        # The line with the error is read again, with care.
        with suppress(csv.Error):
            for row in reader:
                n_lines = before + reader.line_num - found.n_lines
                if found.n_lines >= n_starts:
                    return
                if n_lines > 1:
                    record = found.lines[found.n_lines : found.n_lines + n_lines]
                    if n_lines > MAX_LINES or self._flaw(row, record):
                        return
                    found.add(row, n_lines)
                elif row and len(row) != self._n_fields:
                    found.reject(self._wrong_length(row))
                else:
                    found.add(row, 1)

    def _read_any(self, found: _Found, n_starts: int) -> None:
        """Read records, each bad one as a line of its own."""
        feed = _Feed(found.lines)
        reader = csv.reader(feed, **self._dialect)
        while found.n_lines < n_starts:
            feed.position = found.n_lines
            row, flaw = next_record(reader, feed)
            record = found.lines[found.n_lines : feed.position]
            if flaw is None and row:
                flaw = self._flaw(row, record)
            if flaw:
                found.reject(flaw)
            else:
                found.add(row, len(record))

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


class _Found:
    """The records that were found so far in some lines."""

    def __init__(self, lines: Sequence[str], first_line: int) -> None:
        self.lines = lines
        self.n_lines = 0
        self._first_line = first_line
        self._rows: list[list[str]] = []
        self._starts: list[int] = []
        self._counts: list[int] = []
        self._malformed: list[MalformedRecord] = []
        self._n_blank = 0

    def add(self, row: list[str], n_lines: int) -> None:
        """Add a record of some lines; without fields, they are blank."""
        if row:
            self._rows.append(row)
            self._starts.append(self.n_lines)
            self._counts.append(n_lines)
        else:
            self._n_blank += n_lines
        self.n_lines += n_lines

    def reject(self, flaw: str) -> None:
        """Set the next line aside."""
        number = self._first_line + self.n_lines
        line = self.lines[self.n_lines]
        self._malformed.append(malformed_line(number, flaw, line))
        self.n_lines += 1

    def records(self) -> CsvRecords:
        """Return all of them."""
        texts = [
            self.lines[start]
            if count == 1
            else "".join(self.lines[start : start + count])
            for start, count in zip(self._starts, self._counts, strict=True)
        ]
        return CsvRecords(
            self._rows,
            texts,
            [self._first_line + start for start in self._starts],
            self._counts,
            self._malformed,
            self._n_blank,
            self.n_lines,
        )


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
