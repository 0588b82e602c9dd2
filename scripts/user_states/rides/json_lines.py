"""Files with one JSON object a line, as batches of text with line numbers."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from user_states.rides.mapping import FileMapping
from user_states.rides.text_batches import MalformedRecord, TextBatch, printable
from user_states.rides.text_lines import TextLines


def read_json_lines(
    path: Path, mapping: FileMapping, batch_rows: int
) -> Iterator[TextBatch]:
    """Yield the objects of a file; errors as in `source_files.read_batches`.

    A nested value has the names on the way to it, with dots: `context.page.path`. Of a
    list of keys and values, as in GA4's `event_params`, a value is found by its key:
    `event_params.page_location`. What an object does not have is null.
    """
    lines = TextLines(path, mapping.encoding)
    try:
        first_line, n_bytes = 1, 0
        while texts := lines.take(batch_rows):
            position = lines.position()
            yield _text_batch(texts, first_line, mapping, position - n_bytes)
            first_line, n_bytes = first_line + len(texts), position
    finally:
        lines.close()


def _text_batch(
    lines: Sequence[str], first_line: int, mapping: FileMapping, n_bytes: int
) -> TextBatch:
    names = mapping.source_names
    numbers: list[int] = []
    rows: list[dict[str, str]] = []
    kept: list[str] = []
    malformed: list[MalformedRecord] = []
    n_blank = 0
    for number, line in enumerate(lines, first_line):
        if not line.strip():
            n_blank += 1
            continue
        row = _flat_object(line)
        if row is None:
            raw_row = printable(line.rstrip("\r\n"))
            malformed.append(MalformedRecord(number, "is not a JSON object", raw_row))
            continue
        numbers.append(number)
        rows.append(row)
        kept.append(line)
    columns = {
        name: pa.array([_known(row.get(name), mapping) for row in rows], pa.string())
        for name in names
    }
    return TextBatch(
        numbers,
        columns,
        kept,
        malformed,
        n_bytes,
        len(lines),
        n_malformed_lines=len(malformed),
        n_other_lines=n_blank,
    )


def _known(text: str | None, mapping: FileMapping) -> str | None:
    return None if text is None or text in mapping.null_values else text


def _flat_object(line: str) -> dict[str, str] | None:
    """Return the values of an object by their dotted names; None if it is none."""
    try:
        # Numbers stay as they are written: a float would lose digits of an id.
        content = json.loads(line, parse_float=str, parse_int=str)
        # Bytes that are no text were marked when the line was read.
        line.encode()
    except (ValueError, RecursionError):
        return None
    if not isinstance(content, dict):
        return None
    flat: dict[str, str] = {}
    pending: list[tuple[str, Any]] = list(content.items())
    while pending:
        name, value = pending.pop()
        if isinstance(value, dict):
            pending += [(f"{name}.{key}", item) for key, item in value.items()]
        elif isinstance(value, list):
            pending += [(f"{name}.{key}", item) for key, item in _keyed(value)]
        elif isinstance(value, bool):
            flat[name] = str(value).lower()
        elif value is not None:
            flat[name] = str(value)
    return {name: text for name, text in flat.items() if _is_text(text)}


def _keyed(values: Sequence[Any]) -> list[tuple[str, Any]]:
    """Return keys and values of a list: of its keys, or else its places from 0."""
    pairs: list[tuple[str, Any]] = []
    for place, item in enumerate(values):
        if isinstance(item, dict) and set(item) >= {"key", "value"}:
            pairs.append((str(item["key"]), _typed_value(item["value"])))
        else:
            pairs.append((str(place), item))
    return pairs


def _typed_value(value: Any) -> Any:
    """Return the value in BigQuery's `{"string_value": …, "int_value": …}`."""
    if isinstance(value, dict) and value and all(k.endswith("_value") for k in value):
        return next((item for item in value.values() if item is not None), None)
    return value


def _is_text(text: str) -> bool:
    r"""Return whether a text is whole: JSON may hold half a character as \\ud800."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
