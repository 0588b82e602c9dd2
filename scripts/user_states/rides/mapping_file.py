"""Mapping files: YAML of any content becomes a mapping or a message."""

from __future__ import annotations

import difflib
import re
import reprlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from user_states.errors import UserError
from user_states.rides.contract import RIDE_FILES, FileContract
from user_states.rides.mapping import MAX_SKIPPED_LINES, FileMapping, SourceColumn
from user_states.rides.text_formats import TextFormats
from user_states.rides.text_parsing import FALSE_WORDS, TRUE_WORDS

KEYS = (
    "columns",
    "constants",
    "timestamps_in",
    "decimal",
    "thousands",
    "currency_signs",
    "encoding",
    "delimiter",
    "quote",
    "escape",
    "null_values",
    "sum_lines",
    "skip_lines",
    "log_words",
)
# A mapping is a page of text.
_LARGEST_FILE = 1_000_000
_SOURCE_FORMS = (
    "the name of a column; {column: name, true: text, false: text} for a boolean; "
    "{column: name, values: {their text: ours}}; for requested_at {column: name, "
    "format: d/m/y} or {columns: [date, time]}; for ride_id {columns: [a, b]} or "
    "{from: file_and_line}; {first_of: [a, b]} for the first that has a value"
)


class _TextLoader(yaml.BaseLoader):
    """YAML in which every value is text, and no key stands twice in a section.

    YAML's own types lose what a mapping means: NO, a country, is false in YAML.
    """

    def construct_mapping(
        self, node: yaml.MappingNode, deep: bool = False
    ) -> dict[Any, Any]:
        result = super().construct_mapping(node, deep=deep)
        if len(result) != len(node.value):
            keys = [key.value for key, _ in node.value]
            twice = next(key for key in keys if keys.count(key) > 1)
            raise yaml.constructor.ConstructorError(
                None, None, f"found the key {twice!r} twice", node.start_mark
            )
        return result


def read_mapping(path: str | Path, contract: FileContract = RIDE_FILES) -> FileMapping:
    """Read a mapping file; `contract` says what it may fill.

    Raises
    ------
    UserError
        If the file does not exist or is not YAML, names a column that the contract
        does not have, or omits a required one.
    """
    return parse_mapping(_read_text(Path(path)), str(path), contract)


def parse_mapping(
    text: str, name: str, contract: FileContract = RIDE_FILES
) -> FileMapping:
    """Return the mapping in a text of YAML; `name` is for messages.

    Raises
    ------
    UserError
        As in `read_mapping`.
    """
    content = _parse_yaml(text, name)
    if unknown := [key for key in content if key not in KEYS]:
        nearest = difflib.get_close_matches(unknown[0][:100], KEYS, n=1)
        hint = f" (did you mean {nearest[0]!r}?)" if nearest else ""
        raise UserError(
            f"{name} has the key {_short(unknown[0])}{hint}; expected "
            f"{', '.join(KEYS)}."
        )
    columns = _section(content, "columns", name)
    constants = _section(content, "constants", name)
    return FileMapping(
        name=name,
        columns={k: _source_column(k, v, name) for k, v in columns.items()},
        constants={k: _constant(k, v, name) for k, v in constants.items()},
        formats=TextFormats(
            timestamps_in=_text(content, "timestamps_in", name, "") or None,
            decimal=_text(content, "decimal", name, "."),
            thousands=_text(content, "thousands", name, ""),
            currency_signs=_texts(content, "currency_signs", name, ()),
        ),
        encoding=_text(content, "encoding", name, "utf-8"),
        delimiter=_text(content, "delimiter", name, ","),
        quote=_text(content, "quote", name, '"'),
        escape=_text(content, "escape", name, ""),
        null_values=_texts(content, "null_values", name, ("",)),
        sum_lines=_yes_or_no(content, "sum_lines", name),
        skip_lines=_number_of_lines(content, "skip_lines", name),
        log_words=_text(content, "log_words", name, ""),
        contract=contract,
    )


def _read_text(path: Path) -> str:
    try:
        if path.stat().st_size > _LARGEST_FILE:
            raise UserError(
                f"{path} has {path.stat().st_size:,} bytes; expected a mapping, a "
                "short file of YAML: give the rides as RIDES, the mapping as MAP."
            )
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise UserError(
            f"{path} is not text in UTF-8 ({error.reason} at byte {error.start:,}); "
            "expected a mapping, a short file of YAML: save it as UTF-8."
        ) from error
    except OSError as error:
        raise UserError(
            f"cannot read the mapping file {path}: {error.strerror}; expected a YAML "
            "file such as those in scripts/user_states/rides/mappings. "
            "`make map RIDES=FILE` proposes one."
        ) from error


def _parse_yaml(text: str, name: str) -> dict[str, Any]:
    try:
        content = yaml.load(text, _TextLoader)
    except (yaml.YAMLError, ValueError, OverflowError) as error:
        words = " ".join(str(error).split())
        raise UserError(f"{name} is not valid YAML: {words[:500]}") from error
    except RecursionError:
        raise UserError(
            f"{name} is not valid YAML: it is nested too deeply; expected two or three "
            "levels, such as `columns:` and `ride_id: their_column` below it."
        ) from None
    if not isinstance(content, dict):
        raise UserError(
            f"{name} has no section `columns`; expected one line per column of the "
            "contract, such as `ride_id: their_column`."
        )
    for key in content:
        _check_text(key, f"{name}: a key")
    return content


def _section(content: Mapping[str, Any], key: str, name: str) -> dict[str, Any]:
    section = content.get(key) or {}
    if not isinstance(section, dict) or not all(isinstance(k, str) for k in section):
        raise UserError(
            f"{name}: {key} is {_short(section)}; expected one line per column of the "
            "contract, such as `ride_id: their_column`."
        )
    for inner in section:
        _check_text(inner, f"{name}: a key of {key}")
    return section


def _source_column(contract_name: str, value: Any, name: str) -> SourceColumn:
    where = f"{name}: columns.{contract_name}"
    if isinstance(value, str) and value:
        return SourceColumn((_check_text(value, where),))
    if isinstance(value, dict):
        parts = {str(key).lower(): item for key, item in value.items()}
        if parts == {"from": "file_and_line"}:
            return SourceColumn(())
        names = _column_names(parts)
        rest = set(parts) - {"column", "columns", "first_of"}
        is_boolean = rest == {"true", "false"}
        texts = [parts[key] for key in rest if key != "values"]
        if (
            names
            and (is_boolean or rest <= {"values", "format"})
            and all(isinstance(text, str) for text in texts)
            and _is_translation(parts.get("values", {}))
        ):
            for text in [*names, *texts, *parts.get("values", {}).values()]:
                _check_text(text, where)
            for text in parts.get("values", {}):
                _check_text(text, where)
            return SourceColumn(
                tuple(names),
                {k.strip().lower(): v for k, v in parts.get("values", {}).items()},
                parts.get("true"),
                parts.get("false"),
                parts.get("format"),
                "first_of" in parts,
            )
    raise UserError(f"{where} is {_short(value)}; expected {_SOURCE_FORMS}.")


def _column_names(parts: Mapping[str, Any]) -> list[str]:
    """Return the names of columns in a source; none if it has another form."""
    forms = [key for key in ("column", "columns", "first_of") if key in parts]
    if len(forms) != 1:
        return []
    names = [parts["column"]] if forms == ["column"] else parts[forms[0]]
    is_right = isinstance(names, list) and all(isinstance(n, str) and n for n in names)
    return list(dict.fromkeys(names)) if is_right else []


def _is_translation(values: Any) -> bool:
    return isinstance(values, dict) and all(
        isinstance(text, str) for item in values.items() for text in item
    )


def _constant(contract_name: str, value: Any, name: str) -> str:
    where = f"{name}: constants.{contract_name}"
    if isinstance(value, str):
        return _check_text(value, where)
    raise UserError(f"{where} is {_short(value)}; expected text or a number.")


def _text(content: Mapping[str, Any], key: str, name: str, default: str) -> str:
    value = content.get(key, default)
    if isinstance(value, str):
        return _check_text(value, f"{name}: {key}")
    raise UserError(f"{name}: {key} is {_short(value)}; expected text.")


def _texts(
    content: Mapping[str, Any], key: str, name: str, default: Sequence[str]
) -> tuple[str, ...]:
    values = content.get(key, list(default))
    if isinstance(values, list) and all(isinstance(value, str) for value in values):
        return tuple(_check_text(value, f"{name}: {key}") for value in values)
    raise UserError(
        f"{name}: {key} is {_short(values)}; expected a list of texts in quotes, "
        'such as ["", "NULL"].'
    )


def _yes_or_no(content: Mapping[str, Any], key: str, name: str) -> bool:
    value = content.get(key, "false")
    if isinstance(value, str) and value.lower() in (*TRUE_WORDS, *FALSE_WORDS):
        return value.lower() in TRUE_WORDS
    raise UserError(f"{name}: {key} is {_short(value)}; expected true or false.")


def _number_of_lines(content: Mapping[str, Any], key: str, name: str) -> int:
    value = content.get(key, "0")
    if isinstance(value, str) and re.fullmatch("[0-9]{1,3}", value):
        n_lines = int(value)
        if n_lines <= MAX_SKIPPED_LINES:
            return n_lines
    raise UserError(
        f"{name}: {key} is {_short(value)}; expected a whole number from 0 to "
        f"{MAX_SKIPPED_LINES}, the lines above the header."
    )


def _check_text(text: Any, where: str) -> str:
    """Return a text that can be written in UTF-8."""
    if not isinstance(text, str):
        raise UserError(f"{where} is {_short(text)}; expected text.")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise UserError(
            f"{where} is {_short(text)}, which has half a character; expected text: "
            r"write the character itself instead of \u escapes."
        ) from None
    return text


def _short(value: Any) -> str:
    """Return a value for a message; a mapping may hold very much of it."""
    shortener = reprlib.Repr()
    shortener.maxstring = shortener.maxother = 100
    shortener.maxlevel = 3
    return shortener.repr(value)
