"""States and beliefs on disk, between decoding and writing back.

The displayed numbers of the states, and whether the model may be published, are known
only after everyone is decoded. Until then, temporary files hold the decoded states, so
memory does not grow with the number of users.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
import pyarrow as pa

from user_states.hmm.arrays import FloatArray, IntArray
from user_states.hmm.decoding import Decoded

_KEYS = [("user_id", pa.string()), ("week_start", pa.date32())]


class _Spool:
    """Writes chunks to a file, and reads them back in the same order.

    Parameters
    ----------
    path : Path
        File to write; the caller deletes it.
    schema : pyarrow.Schema
        Columns of the file.
    """

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        self._path = path
        self._schema = schema
        self._writer = pa.ipc.new_file(path, schema)

    def __enter__(self) -> Self:
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

    def _write(self, table: pa.Table) -> None:
        self._writer.write_table(table.cast(self._schema))

    def _read(
        self,
        run_id: str,
        schema: pa.Schema,
        shown: Callable[[pa.RecordBatch], dict[str, pa.Array]],
    ) -> pa.RecordBatchReader:
        """Return the rows of a table of `hmm`, chunk by chunk.

        Parameters
        ----------
        run_id : str
        schema : pyarrow.Schema
            Columns of the table.
        shown : callable
            Takes a chunk of the file, returns the columns that the file lacks or has in
            other units.
        """

        def batches() -> Iterator[pa.RecordBatch]:
            with pa.memory_map(str(self._path)) as file:
                reader = pa.ipc.open_file(file)
                for index in range(reader.num_record_batches):
                    yield renamed(reader.get_batch(index))

        def renamed(batch: pa.RecordBatch) -> pa.RecordBatch:
            columns = {
                **dict(zip(batch.schema.names, batch.columns, strict=True)),
                "run_id": pa.repeat(run_id, batch.num_rows),
                **shown(batch),
            }
            return pa.RecordBatch.from_arrays(
                [columns[field.name].cast(field.type) for field in schema],
                schema=schema,
            )

        return pa.RecordBatchReader.from_batches(schema, batches())


class AssignmentSpool(_Spool):
    """Decoded states on disk, and beside each the state that was known at the time.

    Parameters
    ----------
    path : Path
        File to write; the caller deletes it.
    """

    def __init__(self, path: Path) -> None:
        columns = [
            ("state", pa.int16()),
            ("smoothed_probability", pa.float64()),
            ("filtered_state", pa.int16()),
        ]
        super().__init__(path, pa.schema([*_KEYS, *columns]))

    def append(self, keys: pa.Table, decoded: Decoded) -> None:
        """Write a chunk.

        Parameters
        ----------
        keys : pyarrow.Table
            Columns user_id and week_start.
        decoded : Decoded
            The same rows.
        """
        columns = {
            "state": pa.array(decoded.states, pa.int16()),
            "smoothed_probability": pa.array(decoded.state_probabilities),
            "filtered_state": pa.array(decoded.filtered_states, pa.int16()),
        }
        for name, values in columns.items():
            keys = keys.append_column(name, values)
        self._write(keys)

    def read(
        self, run_id: str, state_ids: IntArray, schema: pa.Schema
    ) -> pa.RecordBatchReader:
        """Return the rows of hmm.state_assignments; the spool must be closed.

        Parameters
        ----------
        run_id : str
        state_ids : array of int, shape (K,)
            Displayed number of each of the model's states.
        schema : pyarrow.Schema
            Columns of hmm.state_assignments.
        """

        def shown(batch: pa.RecordBatch) -> dict[str, pa.Array]:
            return {
                shown_column: pa.array(np.asarray(state_ids)[batch.column(column)])
                for shown_column, column in (
                    ("state_id", "state"),
                    ("filtered_state_id", "filtered_state"),
                )
            }

        return self._read(run_id, schema, shown)


class BeliefSpool(_Spool):
    """Filtered beliefs on disk.

    Parameters
    ----------
    path : Path
        File to write; the caller deletes it.
    """

    def __init__(self, path: Path) -> None:
        column = ("belief", pa.list_(pa.float64()))
        super().__init__(path, pa.schema([*_KEYS, column]))

    def append(self, keys: pa.Table, beliefs: FloatArray) -> None:
        """Write a chunk.

        Parameters
        ----------
        keys : pyarrow.Table
            Columns user_id and week_start.
        beliefs : array, shape (n_rows, C * K)
            Filtered probability of each level and state: those of the first level, in
            the model's order of states, then those of the next level.
        """
        self._write(keys.append_column("belief", _as_lists(beliefs)))

    def read(
        self, run_id: str, order: IntArray, schema: pa.Schema
    ) -> pa.RecordBatchReader:
        """Return the rows of hmm.filtered_beliefs; the spool must be closed.

        Parameters
        ----------
        run_id : str
        order : array of int, shape (K,)
            `order[i]` is the index in the model of the state that is shown as i + 1.
            Within each level, beliefs are returned in this order.
        schema : pyarrow.Schema
            Columns of hmm.filtered_beliefs.
        """

        def shown(batch: pa.RecordBatch) -> dict[str, pa.Array]:
            flat = batch.column("belief").flatten().to_numpy()
            by_level = flat.reshape(batch.num_rows, -1, len(order))[:, :, order]
            return {"belief": _as_lists(by_level.reshape(batch.num_rows, -1))}

        return self._read(run_id, schema, shown)


def _as_lists(values: FloatArray) -> pa.ListArray:
    """Return the rows of an array, shape (n_rows, C * K), as lists."""
    n_rows, n_entries = values.shape
    offsets = np.arange(n_rows + 1, dtype=np.int32) * n_entries
    return pa.ListArray.from_arrays(offsets, values.ravel())
