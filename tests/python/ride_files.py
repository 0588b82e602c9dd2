"""Files of rides and their mappings, read without a warehouse."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from user_states.rides.contract import RIDES
from user_states.rides.mapping import FileMapping
from user_states.rides.mapping_file import parse_mapping
from user_states.rides.ride_ids import id_prefixes
from user_states.rides.source_files import BATCH_ROWS, read_batches
from user_states.rides.typed_batches import typed_batch

PLAIN = """
columns: {ride_id: id, user_id: user, requested_at: at, price: price}
timestamps_in: UTC
"""


@dataclass(frozen=True)
class ReadRides:
    """What became of the lines of a file.

    Attributes
    ----------
    rides : list of dict
        By column of the contract.
    rejected : list of (line number, column, reason)
    lines : (int, int, int, int)
        Read, loaded, rejected, and headers or blank.
    n_skipped_lines : int
        Lines above headers.
    """

    rides: list[dict[str, Any]]
    rejected: list[tuple[int, str | None, str]]
    lines: tuple[int, int, int, int]
    n_skipped_lines: int = 0

    def values(self, column: str) -> list[Any]:
        """Return the values of a column of the contract."""
        return [ride[column] for ride in self.rides]


def read_rides(
    path: Path, mapping: FileMapping | str, batch_rows: int = BATCH_ROWS
) -> ReadRides:
    """Read a file as a load does; a mapping may be given as the text of its file."""
    if isinstance(mapping, str):
        mapping = parse_mapping(mapping, "map.yml")
    now = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    [prefix] = id_prefixes([path])
    tables, rejected = [RIDES.arrow_schema.empty_table()], []
    counts = [0, 0, 0, 0, 0]
    for batch in read_batches(path, mapping, batch_rows):
        typed = typed_batch(batch, mapping, str(path), now, prefix)
        tables.append(pa.Table.from_batches([typed.rows]))
        rejected += [
            (row["line_number"], row.get("column_name"), row["reason"])
            for row in typed.rejected
        ]
        for index, n_lines in enumerate(
            (
                batch.n_lines_read,
                typed.n_loaded_lines,
                typed.n_rejected_lines,
                batch.n_other_lines,
                batch.n_skipped_lines,
            )
        ):
            counts[index] += n_lines
    rides = pa.concat_tables(tables).to_pylist()
    n_read, n_loaded, n_rejected, n_other, n_skipped = counts
    assert n_read == n_loaded + n_rejected + n_other + n_skipped
    lines = (n_read, n_loaded, n_rejected, n_other)
    return ReadRides(rides, sorted(rejected), lines, n_skipped)
