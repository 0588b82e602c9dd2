"""Records of Parquet files as batches of text, each with its row number."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from user_states.errors import UserError
from user_states.rides.mapping import FileMapping
from user_states.rides.text_batches import MalformedRecord, TextBatch, csv_line


def read_parquet(
    path: Path, mapping: FileMapping, batch_rows: int
) -> Iterator[TextBatch]:
    """Yield the records of a Parquet file; errors as in `source_files.read_batches`."""
    try:
        file = pq.ParquetFile(path)
    except (pa.ArrowInvalid, OSError) as error:
        raise UserError(
            f"cannot read {path} as Parquet: {str(error).rstrip('.')}. Expected a "
            "Parquet file: give another kind of file its own ending, such as .csv."
        ) from error
    with file:
        mapping.find_columns(file.schema_arrow.names, str(path))
        _check_plain_columns(path, file.schema_arrow, mapping)
        n_rows, size, first_row = file.metadata.num_rows, path.stat().st_size, 1
        try:
            for batch in file.iter_batches(batch_rows, columns=mapping.source_names):
                yield _text_batch(batch, first_row, size * batch.num_rows // n_rows)
                first_row += batch.num_rows
        except (pa.ArrowException, OSError) as error:
            raise UserError(
                f"cannot read {path} as text after row {first_row - 1:,}: {error}. "
                "Expected a whole Parquet file with columns of text, numbers or times: "
                "write it again, or map other columns."
            ) from error


def _text_batch(batch: pa.RecordBatch, first_row: int, n_bytes: int) -> TextBatch:
    """Return all columns as text, so that Parquet and CSV are typed in the same way."""
    columns, is_good = {}, [True] * batch.num_rows
    for name in batch.schema.names:
        columns[name] = _as_text(batch[name], is_good)
    if all(is_good):
        numbers = range(first_row, first_row + batch.num_rows)
        return TextBatch(numbers, columns, None, (), n_bytes, batch.num_rows)
    bad = [index for index, good in enumerate(is_good) if not good]
    malformed = [
        MalformedRecord(
            first_row + index,
            "is not valid UTF-8",
            csv_line([array[index].as_py() for array in columns.values()]),
        )
        for index in bad
    ]
    kept = pa.array(is_good)
    return TextBatch(
        [first_row + index for index, good in enumerate(is_good) if good],
        {name: array.filter(kept) for name, array in columns.items()},
        None,
        malformed,
        n_bytes,
        batch.num_rows,
        n_malformed_lines=len(malformed),
    )


def _as_text(array: pa.Array, is_good: list[bool]) -> pa.Array:
    """Return a column as text; set `is_good` to False where it is not UTF-8."""
    if pa.types.is_dictionary(array.type):
        array = array.dictionary_decode()
    text = array.cast(pa.string(), safe=False)
    try:
        text.validate(full=True)
        return text
    except pa.ArrowInvalid:
        values = []
        for index, value in enumerate(text.cast(pa.binary())):
            raw = value.as_py()
            clean = None if raw is None else raw.decode("utf-8", "backslashreplace")
            values.append(clean)
            if raw is not None and clean is not None and clean.encode() != raw:
                is_good[index] = False
        return pa.array(values, pa.string())


def _check_plain_columns(path: Path, schema: pa.Schema, mapping: FileMapping) -> None:
    for name in mapping.source_names:
        column_type = schema.field(name).type
        if pa.types.is_nested(column_type):
            raise UserError(
                f"column {name!r} of {path} is of type {column_type}; expected plain "
                "values: map a column that holds one value per ride."
            )
