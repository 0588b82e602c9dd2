"""Decoded states on disk, between decoding and writing back.

The numbers that states are shown by, and whether the model may be published,
are known only when everyone is decoded; so the states wait in a temporary file,
and memory does not depend on how many users there are.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import TracebackType

import numpy as np
import pyarrow as pa

from segmentation.arrays import FloatArray, IntArray

_SCHEMA = pa.schema(
    [
        ("user_id", pa.string()),
        ("week_start", pa.date32()),
        ("state", pa.int16()),
        ("smoothed_probability", pa.float64()),
    ]
)


class AssignmentSpool:
    """Writes decoded chunks to a file, and reads them back in the same order.

    Parameters
    ----------
    path : Path
        File to write; the caller removes it.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._writer = pa.ipc.new_file(path, _SCHEMA)

    def __enter__(self) -> AssignmentSpool:
        """Return the open spool."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the file."""
        self._writer.close()

    def append(
        self, keys: pa.Table, states: IntArray, probabilities: FloatArray
    ) -> None:
        """Write a chunk.

        Parameters
        ----------
        keys : pyarrow.Table
            Columns user_id and week_start.
        states : array of int, shape (n_rows,)
            As the model numbers them, from 0.
        probabilities : array, shape (n_rows,)
            Smoothed probability of that state.
        """
        table = keys.append_column("state", pa.array(states, pa.int16()))
        table = table.append_column("smoothed_probability", pa.array(probabilities))
        self._writer.write_table(table.cast(_SCHEMA))

    def read(
        self, run_id: str, state_ids: IntArray, schema: pa.Schema
    ) -> pa.RecordBatchReader:
        """Return the rows of hmm.state_assignments; the spool must be closed.

        Parameters
        ----------
        run_id : str
        state_ids : array of int, shape (K,)
            The number that each of the model's states is shown by.
        schema : pyarrow.Schema
            Columns of hmm.state_assignments.
        """

        def batches() -> Iterator[pa.RecordBatch]:
            with pa.memory_map(str(self._path)) as file:
                reader = pa.ipc.open_file(file)
                for index in range(reader.num_record_batches):
                    yield renamed(reader.get_batch(index))

        def renamed(batch: pa.RecordBatch) -> pa.RecordBatch:
            columns = {
                "run_id": pa.repeat(run_id, batch.num_rows),
                "user_id": batch.column("user_id"),
                "week_start": batch.column("week_start"),
                "state_id": pa.array(
                    np.asarray(state_ids)[batch.column("state").to_numpy()]
                ),
                "smoothed_probability": batch.column("smoothed_probability"),
            }
            return pa.RecordBatch.from_arrays(
                [columns[field.name].cast(field.type) for field in schema],
                schema=schema,
            )

        return pa.RecordBatchReader.from_batches(schema, batches())
