"""What a mapping file says: which columns of a file become those of the contract."""

from __future__ import annotations

import csv
import difflib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pyarrow as pa

from user_states.errors import UserError
from user_states.rides.contract import RIDE_FILES, RIDES, ColumnType, FileContract
from user_states.rides.local_time import is_time_zone
from user_states.rides.text_batches import printable
from user_states.rides.text_formats import (
    TIME_FORMATS_IN_WORDS,
    TextFormats,
    is_time_format,
)
from user_states.rides.text_lines import known_encoding
from user_states.rides.text_parsing import parse_column

COLUMN_TYPES = {column.name: column.type for column in RIDES.columns}
_SHOWN_NAMES = 30
# Titles are a few lines.
MAX_SKIPPED_LINES = 100


@dataclass(frozen=True)
class SourceColumn:
    """What a column of the contract is read from.

    Attributes
    ----------
    names : tuple of str
        The column of the file. Several are hashed to an id, or are the date and the
        time of the contract's time. None if the id is made of file and line.
    is_first_of : bool
        Whether the first of several columns that has a value counts.
    values : mapping of str to str
        Translations of texts, by text in lower case.
    when_true, when_false : str or None
        Texts for the two values of a boolean column; both None to copy the values.
    time_format : str or None
        As in `TextFormats`.
    """

    names: tuple[str, ...]
    values: Mapping[str, str] = field(default_factory=dict)
    when_true: str | None = None
    when_false: str | None = None
    time_format: str | None = None
    is_first_of: bool = False

    @property
    def is_boolean(self) -> bool:
        """Whether the values are texts for a boolean."""
        return self.when_true is not None


@dataclass(frozen=True)
class FileMapping:
    """The content of a mapping file, checked.

    Attributes
    ----------
    name : str
        Name of the file, for messages.
    columns : mapping of str to SourceColumn
        By contract column.
    constants : mapping of str to str
        A value for every row, by contract column.
    formats : TextFormats
        How times and numbers are written.
    encoding : str
        Of a CSV file.
    delimiter, quote, escape : str
        One character each, of a CSV file; quote and escape may be empty.
    null_values : tuple of str
        Texts that mean "no value" in a CSV file.
    sum_lines : bool
        Whether rows with the same ride_id are lines of one order, whose amounts are
        summed.
    skip_lines : int
        Lines above the header of a CSV file, such as titles.
    log_words : str
        What the log is of, as the setting of that name; empty if it does not say.
    contract : FileContract
        What the file fills.
    """

    name: str
    columns: Mapping[str, SourceColumn]
    constants: Mapping[str, str] = field(default_factory=dict)
    formats: TextFormats = field(default_factory=TextFormats)
    encoding: str = "utf-8"
    delimiter: str = ","
    quote: str = '"'
    escape: str = ""
    null_values: tuple[str, ...] = ("",)
    sum_lines: bool = False
    skip_lines: int = 0
    log_words: str = ""
    contract: FileContract = RIDE_FILES

    def __post_init__(self) -> None:
        _check_names(self)
        _check_required(self)
        _check_sources(self)
        _check_file_format(self)
        _check_formats(self)
        _check_constants(self)

    @property
    def source_names(self) -> list[str]:
        """The columns of the file that are read, each once."""
        names = (name for source in self.columns.values() for name in source.names)
        return list(dict.fromkeys(names))

    @property
    def time_column(self) -> str:
        """The column of the file with the time, or its date."""
        return self.columns[self.contract.time_column].names[0]

    def column_type(self, name: str) -> ColumnType:
        """Return the type of a column of the contract."""
        return next(c.type for c in self.contract.table.columns if c.name == name)

    @property
    def dialect(self) -> dict[str, Any]:
        """Options of `csv.reader` for the file."""
        return {
            "delimiter": self.delimiter,
            "quotechar": self.quote or None,
            "quoting": csv.QUOTE_MINIMAL if self.quote else csv.QUOTE_NONE,
            "escapechar": self.escape or None,
            "strict": True,
        }

    def constant(self, name: str) -> str | None:
        """Return the value of a contract column that no column of the file gives.

        Rides have the zone of their clocks unless the mapping says another, and a log
        without statuses has completed rides.
        """
        implied = {"time_zone": self.formats.timestamps_in, "status": "completed"}
        return self.constants.get(name, implied.get(name))

    def formats_of(self, name: str) -> TextFormats:
        """Return how the values of a contract column are written."""
        source = self.columns.get(name)
        time_format = source.time_format if source else None
        return replace(self.formats, time_format=time_format)

    def find_columns(self, header: Sequence[str], file_name: str) -> dict[str, int]:
        """Return the place of every column that is read, by its name.

        Columns that are not read may have any names, or none.

        Raises
        ------
        UserError
            If a column is missing, with the most similar names, or is there twice.
        """
        counts = Counter(header)
        missing = [name for name in self.source_names if name not in counts]
        if missing:
            wanted = "; ".join(
                f"{name!r}{_suggestion(name, header)}" for name in missing
            )
            raise UserError(
                f"{file_name} lacks columns that {self.name} reads: {wanted}. The file "
                f"has the columns {_shown(header)}. Correct the names in the "
                "mapping, or its delimiter."
            )
        if twice := [name for name in self.source_names if counts[name] > 1]:
            raise UserError(
                f"{file_name} has more than one column named "
                f"{', '.join(map(repr, twice))}, which {self.name} reads; expected "
                "each of these names once: rename them in the file."
            )
        return {name: header.index(name) for name in self.source_names}


def _shown(header: Sequence[str]) -> str:
    """Return the names of a file's columns, not all if there are very many."""
    names = ", ".join(printable(name)[:100] for name in header[:_SHOWN_NAMES])
    more = len(header) - _SHOWN_NAMES
    return names + (f" and {more:,} more" if more > 0 else "")


def _check_names(mapping: FileMapping) -> None:
    for section, names in (
        ("columns", mapping.columns),
        ("constants", mapping.constants),
    ):
        for name in names:
            contract_names = mapping.contract.table.names
            if name not in contract_names:
                raise UserError(
                    f"{mapping.name}: {section} names {name[:100]!r}"
                    f"{_suggestion(name, contract_names)}, which the contract does not "
                    f"have; it has {', '.join(contract_names)}."
                )
    if twice := sorted(set(mapping.columns) & set(mapping.constants)):
        raise UserError(
            f"{mapping.name} has both a column and a constant for {', '.join(twice)}; "
            "expected one of the two."
        )


def _check_required(mapping: FileMapping) -> None:
    contract = mapping.contract
    # One value for all rows would make all of them one, or one moment.
    for name in (contract.id_column, contract.time_column):
        if name in mapping.constants:
            raise UserError(
                f"{mapping.name}: constants.{name} gives all rows the same value; "
                f"expected a column: map {name} in `columns`."
                + (
                    f" If the file has no ids, write `{name}: {{from: file_and_line}}`."
                    if name == contract.id_column
                    else ""
                )
            )
    given = set(mapping.columns) | set(mapping.constants)
    if missing := [name for name in contract.required if name not in given]:
        raise UserError(
            f"{mapping.name} has neither a column nor a constant for "
            f"{', '.join(missing)}; the contract requires "
            f"{', '.join(contract.required)}."
        )
    if contract.one_of and not given & set(contract.one_of):
        raise UserError(
            f"{mapping.name} says nowhere whose {contract.noun} these are; expected a "
            f"column for at least one of {', '.join(contract.one_of)}."
        )


def _check_sources(mapping: FileMapping) -> None:
    id_column, time_column = mapping.contract.id_column, mapping.contract.time_column
    for name, source in mapping.columns.items():
        where = f"{mapping.name}: columns.{name}"
        is_text = mapping.column_type(name) is ColumnType.TEXT
        if (source.is_boolean or source.values) and not is_text:
            kind = "texts for a boolean" if source.is_boolean else "translated values"
            raise UserError(
                f"{where} has {kind}, but the "
                "column of the contract is not text; expected the name of a column."
            )
        if not source.names and name != id_column:
            raise UserError(
                f"{where} is made of file and line, which only {id_column} can be; "
                "expected the name of a column."
            )
        n_most = {id_column: len(source.names), time_column: 2}.get(name, 1)
        if len(source.names) > n_most and not source.is_first_of:
            raise UserError(
                f"{where} names {len(source.names)} columns; expected one. Only "
                f"{id_column} can have several, and {time_column} two: date and time."
            )
        if source.time_format is not None and name != time_column:
            raise UserError(
                f"{where} has a format, which only {time_column} can have; expected "
                "the name of a column."
            )
        if source.time_format is not None and not is_time_format(source.time_format):
            raise UserError(
                f"{where}.format is {source.time_format[:100]!r}, which is not a "
                f"format of date and time; expected {TIME_FORMATS_IN_WORDS}."
            )


def _check_file_format(mapping: FileMapping) -> None:
    if not known_encoding(mapping.encoding):
        raise UserError(
            f"{mapping.name}: encoding is {mapping.encoding[:100]!r}, which is not "
            "known; expected a name such as utf-8, latin-1, cp1252 or utf-16."
        )
    for key, value, may_be_empty in (
        ("delimiter", mapping.delimiter, False),
        ("quote", mapping.quote, True),
        ("escape", mapping.escape, True),
    ):
        is_right = len(value) == 1 or (may_be_empty and not value)
        if not is_right or value in ("\r", "\n", "\x00"):
            raise UserError(
                f"{mapping.name}: {key} is {value[:100]!r}; expected one character, "
                r'such as ";" or "\t"' + (' or "" for none.' if may_be_empty else ".")
            )
    marks = [m for m in (mapping.delimiter, mapping.quote, mapping.escape) if m]
    try:
        csv.reader([], **mapping.dialect)
        is_readable = len(set(marks)) == len(marks)
    except (TypeError, ValueError):
        is_readable = False
    if not is_readable:
        raise UserError(
            f"{mapping.name}: delimiter, quote and escape are "
            f"{', '.join(map(repr, marks))}, which cannot be told apart; expected "
            "different characters."
        )


def _check_formats(mapping: FileMapping) -> None:
    formats = mapping.formats
    if formats.timestamps_in is not None:
        _check_time_zone(mapping, "timestamps_in", formats.timestamps_in)
    if formats.decimal not in (".", ","):
        raise UserError(
            f'{mapping.name}: decimal is {formats.decimal[:100]!r}; expected "." or '
            '",", the mark before the cents.'
        )
    is_mark = formats.thousands in ("", ".", ",", " ", "'", "’", "_")
    if not is_mark or formats.thousands == formats.decimal:
        raise UserError(
            f"{mapping.name}: thousands is {formats.thousands[:100]!r}; expected a "
            'mark such as ",", ".", " " or "\'", another one than the decimal mark '
            f"{formats.decimal!r}."
        )
    for sign in formats.currency_signs:
        # Not a part of a number, such as the e of 1e5.
        is_part = sign.strip() in ("", "+", "-", ".", ",", "e", "E")
        if is_part or any(character.isdigit() for character in sign):
            raise UserError(
                f"{mapping.name}: currency_signs has {sign[:100]!r}; expected texts "
                'that stand before or after an amount, such as ["€", "EUR"].'
            )


def _check_constants(mapping: FileMapping) -> None:
    for name, value in mapping.constants.items():
        parsed = parse_column(
            pa.array([value], pa.string()), mapping.column_type(name), mapping.formats
        )
        if parsed.failures:
            raise UserError(
                f"{mapping.name}: constants.{name} is {value[:100]!r}, which "
                f"{parsed.failures[0][1]}."
            )
    if "time_zone" in mapping.constants:
        _check_time_zone(mapping, "constants.time_zone", mapping.constants["time_zone"])


def _check_time_zone(mapping: FileMapping, key: str, name: str) -> None:
    if not is_time_zone(name):
        raise UserError(
            f"{mapping.name}: {key} is {name[:100]!r}, which is not a time zone; "
            "expected an IANA name such as Europe/Madrid or UTC."
        )


def _suggestion(name: str, candidates: Sequence[str]) -> str:
    """Return the most similar name; comparing very many would take minutes."""
    near = [text for text in candidates[:1_000] if abs(len(text) - len(name)) < 20]
    nearest = difflib.get_close_matches(name[:100], near, n=1)
    return f" (did you mean {printable(nearest[0])!r}?)" if nearest else ""
