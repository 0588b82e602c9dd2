"""The mapping file: which columns of a file become the columns of the contract."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import yaml

from user_states.errors import UserError
from user_states.rides.contract import RIDES, ColumnType
from user_states.rides.local_time import is_time_zone
from user_states.rides.text_parsing import parse_column

_COLUMN_TYPES = {column.name: column.type for column in RIDES.columns}
_KEYS = ("columns", "constants", "timestamps_in", "delimiter", "null_values")


@dataclass(frozen=True)
class SourceColumn:
    """The column of a file that a column of the contract is read from.

    Attributes
    ----------
    name : str
        The column in the file.
    when_true, when_false : str or None
        Texts for the two values of a boolean column; both None to copy the values.
    """

    name: str
    when_true: str | None = None
    when_false: str | None = None

    @property
    def is_boolean(self) -> bool:
        """Whether the values are texts for a boolean."""
        return self.when_true is not None


@dataclass(frozen=True)
class RideMapping:
    """The content of a mapping file, checked.

    Attributes
    ----------
    name : str
        Name of the file, for messages.
    columns : mapping of str to SourceColumn
        By contract column.
    constants : mapping of str to str
        A value for every row, by contract column.
    timestamps_in : str or None
        IANA time zone of timestamps that carry no offset.
    delimiter : str
        One character, between the fields of a CSV file.
    null_values : tuple of str
        Texts that mean "no value" in a CSV file.
    """

    name: str
    columns: Mapping[str, SourceColumn]
    constants: Mapping[str, str] = field(default_factory=dict)
    timestamps_in: str | None = None
    delimiter: str = ","
    null_values: tuple[str, ...] = ("",)

    def __post_init__(self) -> None:
        _check_names(self)
        _check_required(self)
        _check_constants(self)
        if self.timestamps_in is not None:
            _check_time_zone(self, "timestamps_in", self.timestamps_in)
        if len(self.delimiter) != 1:
            raise UserError(
                f"{self.name}: delimiter is {self.delimiter!r}; expected one "
                r'character, such as ";" or "\t".'
            )

    @property
    def source_names(self) -> list[str]:
        """The columns of the file that are read, each once."""
        return list(dict.fromkeys(source.name for source in self.columns.values()))

    def check_header(self, header: Sequence[str], file_name: str) -> None:
        """Raise UserError unless a file has all columns that are read.

        Raises
        ------
        UserError
            With the missing columns, those of the file, and the most similar name.
        """
        missing = [name for name in self.source_names if name not in header]
        if missing:
            wanted = "; ".join(
                f"{name!r}{_suggestion(name, header)}" for name in missing
            )
            raise UserError(
                f"{file_name} lacks columns that {self.name} reads: {wanted}. The file "
                f"has the columns {', '.join(header)}. Correct the names in the "
                "mapping, or its delimiter."
            )


def read_mapping(path: str | Path) -> RideMapping:
    """Read a mapping file.

    Raises
    ------
    UserError
        If the file does not exist or is not YAML, names a column that the contract
        does not have, or omits a required one.
    """
    content = _read_yaml(Path(path))
    name = str(path)
    if unknown := [key for key in content if key not in _KEYS]:
        raise UserError(
            f"{name} has the key {unknown[0]!r}{_suggestion(str(unknown[0]), _KEYS)}; "
            f"expected {', '.join(_KEYS)}."
        )
    columns = _section(content, "columns", name)
    constants = _section(content, "constants", name)
    return RideMapping(
        name=name,
        columns={str(k): _source_column(str(k), v, name) for k, v in columns.items()},
        constants={str(k): _constant(str(k), v, name) for k, v in constants.items()},
        timestamps_in=_optional_text(content, "timestamps_in", name),
        delimiter=_optional_text(content, "delimiter", name) or ",",
        null_values=_null_values(content, name),
    )


def _read_yaml(path: Path) -> dict[str, Any]:
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UserError(
            f"cannot read the mapping file {path}: {error.strerror}; expected a YAML "
            "file such as those in scripts/user_states/rides/mappings."
        ) from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        words = " ".join(str(error).split())
        raise UserError(f"{path} is not valid YAML: {words}") from error
    if not isinstance(content, dict):
        raise UserError(
            f"{path} has no section `columns`; expected one line per column of the "
            "contract, such as `ride_id: their_column`."
        )
    return content


def _section(content: Mapping[str, Any], key: str, name: str) -> dict[Any, Any]:
    section = content.get(key) or {}
    if not isinstance(section, dict):
        raise UserError(
            f"{name}: {key} is {section!r}; expected one line per column of the "
            "contract, such as `ride_id: their_column`."
        )
    return section


def _source_column(contract_name: str, value: Any, name: str) -> SourceColumn:
    if isinstance(value, str):
        return SourceColumn(value)
    if isinstance(value, dict):
        # YAML reads a bare true as a boolean, a quoted one as text.
        parts = {str(key).lower(): item for key, item in value.items()}
        if set(parts) == {"column", "true", "false"} and all(
            isinstance(item, str) for item in parts.values()
        ):
            return SourceColumn(parts["column"], parts["true"], parts["false"])
    raise UserError(
        f"{name}: columns.{contract_name} is {value!r}; expected the name of a "
        "column in quotes, or {column: name, true: text, false: text} for a boolean."
    )


def _constant(contract_name: str, value: Any, name: str) -> str:
    column_type = _COLUMN_TYPES.get(contract_name)
    is_plain = isinstance(value, (str, int, float)) and not isinstance(value, bool)
    if is_plain or (column_type is ColumnType.BOOLEAN and isinstance(value, bool)):
        return str(value)
    # YAML 1.1 reads NO, which is also a country, as false.
    raise UserError(
        f"{name}: constants.{contract_name} is read as {value!r}; expected text or a "
        "number: put it in quotes."
    )


def _optional_text(content: Mapping[str, Any], key: str, name: str) -> str | None:
    value = content.get(key)
    if value is None or isinstance(value, str):
        return value
    raise UserError(f"{name}: {key} is {value!r}; expected text: put it in quotes.")


def _null_values(content: Mapping[str, Any], name: str) -> tuple[str, ...]:
    values = content.get("null_values", [""])
    if isinstance(values, list) and all(isinstance(value, str) for value in values):
        return tuple(values)
    raise UserError(
        f"{name}: null_values is {values!r}; expected a list of texts in quotes, "
        'such as ["", "NULL"].'
    )


def _check_names(mapping: RideMapping) -> None:
    for section, names in (
        ("columns", mapping.columns),
        ("constants", mapping.constants),
    ):
        for name in names:
            if name not in _COLUMN_TYPES:
                raise UserError(
                    f"{mapping.name}: {section} names {name!r}"
                    f"{_suggestion(name, RIDES.names)}, which the contract does not "
                    f"have; it has {', '.join(RIDES.names)}."
                )
    if twice := sorted(set(mapping.columns) & set(mapping.constants)):
        raise UserError(
            f"{mapping.name} has both a column and a constant for {', '.join(twice)}; "
            "expected one of the two."
        )
    for name, source in mapping.columns.items():
        if source.is_boolean and _COLUMN_TYPES[name] is not ColumnType.TEXT:
            raise UserError(
                f"{mapping.name}: columns.{name} has texts for a boolean, but the "
                "column of the contract is not text; expected the name of a column."
            )


def _check_required(mapping: RideMapping) -> None:
    given = set(mapping.columns) | set(mapping.constants)
    if missing := [name for name in RIDES.required_names if name not in given]:
        raise UserError(
            f"{mapping.name} has neither a column nor a constant for "
            f"{', '.join(missing)}; the contract requires "
            f"{', '.join(RIDES.required_names)}."
        )


def _check_constants(mapping: RideMapping) -> None:
    for name, value in mapping.constants.items():
        parsed = parse_column(
            pa.array([value]), _COLUMN_TYPES[name], mapping.timestamps_in
        )
        if parsed.failures:
            raise UserError(
                f"{mapping.name}: constants.{name} is {value!r}, which "
                f"{parsed.failures[0][1]}."
            )
    if "time_zone" in mapping.constants:
        _check_time_zone(mapping, "constants.time_zone", mapping.constants["time_zone"])


def _check_time_zone(mapping: RideMapping, key: str, name: str) -> None:
    if not is_time_zone(name):
        raise UserError(
            f"{mapping.name}: {key} is {name!r}, which is not a time zone; expected "
            "an IANA name such as Europe/Madrid or UTC."
        )


def _suggestion(name: str, candidates: Sequence[str]) -> str:
    nearest = difflib.get_close_matches(name, candidates, n=1)
    return f" (did you mean {nearest[0]!r}?)" if nearest else ""
