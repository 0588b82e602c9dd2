"""Batches of text in the types of the contract, with the records that do not fit."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from user_states.rides.contract import Column, ColumnType
from user_states.rides.mapping import FileMapping
from user_states.rides.ride_ids import ids_of_columns, ids_of_lines
from user_states.rides.text_batches import TextBatch, printable
from user_states.rides.text_formats import TextFormats
from user_states.rides.text_parsing import ParsedColumn, parse_column
from user_states.rides.time_parsing import join_date_and_time
from user_states.rides.white_space import WHITE_SPACE


@dataclass(frozen=True)
class TypedBatch:
    """A batch in the types of the contract, and the records that were rejected.

    Attributes
    ----------
    rows : RecordBatch
        In the schema of the contract's table.
    rejected : list of dict
        Rows of `contract.REJECTED_ROWS`, by column name.
    n_loaded_lines, n_rejected_lines : int
        Lines of the two. A record may have several.
    """

    rows: pa.RecordBatch
    rejected: list[dict[str, Any]]
    n_loaded_lines: int
    n_rejected_lines: int


def typed_batch(
    batch: TextBatch,
    mapping: FileMapping,
    source_file: str,
    loaded_at: dt.datetime,
    id_prefix: str | None = None,
) -> TypedBatch:
    """Return a batch of text in the types of the contract, as a mapping reads it.

    Parameters
    ----------
    id_prefix : str or None
        The file's name in ids made of file and line; None for `source_file`.
    """
    n_rows = len(batch.line_numbers)
    arrays, first_failures = [], dict[int, tuple[Column, str, pa.Array]]()
    for column in mapping.contract.table.columns:
        if column.name == "loaded_at" and column.name not in mapping.columns:
            arrays.append(pa.repeat(pa.scalar(loaded_at, column.type.arrow), n_rows))
            continue
        text = _source_text(column, batch, mapping, id_prefix or source_file)
        parsed = _contract_column(column, text, n_rows, mapping)
        arrays.append(parsed.values)
        for mask, reason in parsed.failures:
            for index in mask.nonzero()[0].tolist():
                # A record is rejected once, for the first column that fails.
                first_failures.setdefault(index, (column, reason, text))
    rows = pa.record_batch(arrays, schema=mapping.contract.table.arrow_schema)
    if first_failures:
        is_good = [index not in first_failures for index in range(n_rows)]
        rows = rows.filter(pa.array(is_good))
    common = {"loaded_at": loaded_at, "source_file": printable(source_file)}
    rejected: list[dict[str, Any]] = [
        common | vars(record) for record in batch.malformed
    ]
    for index, (column, reason, text) in sorted(
        first_failures.items(), key=lambda item: item[0]
    ):
        rejected.append(
            common
            | {
                "line_number": batch.line_numbers[index],
                "column_name": column.name,
                "value": printable(text[index].as_py()),
                "reason": reason,
                "raw_row": batch.raw_row(index),
            }
        )
    n_failed_lines = batch.n_lines(list(first_failures))
    return TypedBatch(
        rows,
        rejected,
        batch.n_lines() - n_failed_lines,
        batch.n_malformed_lines + n_failed_lines,
    )


def _source_text(
    column: Column, batch: TextBatch, mapping: FileMapping, id_prefix: str
) -> pa.Array | None:
    """Return the texts of a column of the contract, None if it has no source."""
    source = mapping.columns.get(column.name)
    if source is None:
        constant = mapping.constant(column.name)
        n_rows = len(batch.line_numbers)
        return None if constant is None else pa.repeat(pa.scalar(constant), n_rows)
    texts = [batch.columns[name] for name in source.names]
    if not texts:
        return ids_of_lines(id_prefix, batch.line_numbers)
    if len(texts) == 1:
        return texts[0]
    if source.is_first_of:
        return pc.coalesce(*(_filled(text) for text in texts))
    if column.type is ColumnType.TIMESTAMP:
        return join_date_and_time(*texts)
    return ids_of_columns(texts)


def _contract_column(
    column: Column, text: pa.Array | None, n_rows: int, mapping: FileMapping
) -> ParsedColumn:
    if text is None:
        return ParsedColumn(pa.nulls(n_rows, column.type.arrow), ())
    source = mapping.columns.get(column.name)
    if source is not None and source.is_boolean:
        parsed = parse_column(text, ColumnType.BOOLEAN, TextFormats())
        texts = pc.if_else(parsed.values, source.when_true, source.when_false)
        return ParsedColumn(texts.cast(pa.string()), parsed.failures)
    if source is not None and source.values:
        text = _translated(text, source.values)
    if column.name in mapping.contract.trimmed:
        text = pc.utf8_trim(text, WHITE_SPACE)
    return parse_column(text, column.type, mapping.formats_of(column.name))


def _filled(text: pa.Array) -> pa.Array:
    """Return texts with blank ones as null."""
    is_blank = pc.equal(pc.utf8_trim_whitespace(text), "").fill_null(False)
    return pc.if_else(is_blank, pa.scalar(None, text.type), text)


def _translated(text: pa.Array, values: Mapping[str, str]) -> pa.Array:
    """Return texts with those that a mapping lists replaced; the rest stay."""
    lowered = pc.utf8_lower(pc.utf8_trim_whitespace(text))
    places = pc.index_in(lowered, pa.array(list(values), pa.string()))
    translated = pa.array(list(values.values()), pa.string()).take(places)
    return pc.if_else(places.is_valid(), translated, text)
