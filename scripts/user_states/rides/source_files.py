"""Files of rides: those that a path or pattern matches, and their records."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from glob import glob
from pathlib import Path

from user_states.errors import UserError
from user_states.rides.csv_files import read_csv
from user_states.rides.json_lines import read_json_lines
from user_states.rides.mapping import FileMapping
from user_states.rides.parquet_files import read_parquet
from user_states.rides.text_batches import TextBatch

BATCH_ROWS = 50_000
_PARQUET_SUFFIXES = (".parquet", ".pq")
_JSON_SUFFIXES = (".jsonl", ".ndjson", ".json")


def expand_paths(patterns: Iterable[str | Path]) -> list[Path]:
    """Return the files that paths and glob patterns match, each once, in order.

    Raises
    ------
    UserError
        If one of them matches no file.
    """
    paths: list[Path] = []
    for pattern in patterns:
        # The name of a file may look like a pattern, with brackets. Path.glob does not
        # accept absolute patterns.
        is_plain = Path(pattern).exists()
        found = [str(pattern)] if is_plain else sorted(glob(str(pattern)))  # noqa: PTH207
        files = [Path(name) for name in found if Path(name).is_file()]
        if not files:
            raise UserError(
                f"found no file {pattern}; expected a CSV, Parquet or JSON-lines file, "
                'or a pattern such as "rides/*.csv".'
            )
        paths += files
    return list(dict.fromkeys(paths))


def is_parquet(path: Path) -> bool:
    """Return whether a file is read as Parquet."""
    return path.suffix.lower() in _PARQUET_SUFFIXES


def read_batches(
    path: Path, mapping: FileMapping, batch_rows: int = BATCH_ROWS
) -> Iterator[TextBatch]:
    """Yield the records of a file, after a check of its header.

    Raises
    ------
    UserError
        If the file is empty, has another format than its name says, or lacks a column
        that the mapping reads or has it twice.
    """
    if is_parquet(path):
        return read_parquet(path, mapping, batch_rows)
    if path.suffix.lower() in _JSON_SUFFIXES:
        return read_json_lines(path, mapping, batch_rows)
    return read_csv(path, mapping, batch_rows)
