"""Batches of text in the types of the contract, with the records that do not fit."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from user_states.rides.contract import RIDES, Column, ColumnType
from user_states.rides.mapping import RideMapping
from user_states.rides.text_batches import TextBatch, printable
from user_states.rides.text_parsing import ParsedColumn, parse_column


@dataclass(frozen=True)
class TypedBatch:
    """A batch in the types of the contract, and the records that were rejected.

    Attributes
    ----------
    rides : RecordBatch
        In the schema of `contract.RIDES`.
    rejected : list of dict
        Rows of `contract.REJECTED_ROWS`, by column name.
    """

    rides: pa.RecordBatch
    rejected: list[dict[str, Any]]


def typed_batch(
    batch: TextBatch, mapping: RideMapping, source_file: str, loaded_at: dt.datetime
) -> TypedBatch:
    """Return a batch of text in the types of the contract, as a mapping reads it."""
    n_rows = len(batch.line_numbers)
    arrays, first_failures = [], dict[int, tuple[Column, str]]()
    for column in RIDES.columns:
        parsed = _contract_column(column, batch, mapping)
        arrays.append(parsed.values)
        for mask, reason in parsed.failures:
            for index in mask.nonzero()[0].tolist():
                # A record is rejected once, for the first column that fails.
                first_failures.setdefault(index, (column, reason))
    rides = pa.record_batch(arrays, schema=RIDES.arrow_schema)
    if first_failures:
        is_good = [index not in first_failures for index in range(n_rows)]
        rides = rides.filter(pa.array(is_good))
    common = {"loaded_at": loaded_at, "source_file": source_file}
    rejected: list[dict[str, Any]] = [
        common | vars(record) for record in batch.malformed
    ]
    for index, (column, reason) in sorted(first_failures.items()):
        source = mapping.columns[column.name].name
        rejected.append(
            common
            | {
                "line_number": batch.line_numbers[index],
                "column_name": column.name,
                "value": printable(batch.columns[source][index].as_py()),
                "reason": reason,
                "raw_row": batch.raw_row(index),
            }
        )
    return TypedBatch(rides, rejected)


def _contract_column(
    column: Column, batch: TextBatch, mapping: RideMapping
) -> ParsedColumn:
    n_rows = len(batch.line_numbers)
    source = mapping.columns.get(column.name)
    if source is not None and source.is_boolean:
        parsed = parse_column(batch.columns[source.name], ColumnType.BOOLEAN, None)
        texts = pc.if_else(parsed.values, source.when_true, source.when_false)
        return ParsedColumn(texts.cast(pa.string()), parsed.failures)
    if source is not None:
        text = batch.columns[source.name]
    elif column.name in mapping.constants:
        text = pa.repeat(pa.scalar(mapping.constants[column.name]), n_rows)
    else:
        return ParsedColumn(pa.nulls(n_rows, column.type.arrow), ())
    return parse_column(text, column.type, mapping.timestamps_in)
