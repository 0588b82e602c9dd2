"""Ids of rides for files that have none."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import sha256
from pathlib import Path

import pyarrow as pa

# Of the hash; 32 hexadecimal digits do not collide by chance.
_LENGTH = 32


def ids_of_lines(file_name: str, line_numbers: Iterable[int]) -> pa.Array:
    """Return an id for each line of a file: the same whenever it is loaded again."""
    start = sha256(file_name.encode("utf-8", "surrogateescape") + b"\n")
    ids = []
    for number in line_numbers:
        hashed = start.copy()
        hashed.update(str(number).encode())
        ids.append(hashed.hexdigest()[:_LENGTH])
    return pa.array(ids, pa.string())


def ids_of_columns(columns: Sequence[pa.Array]) -> pa.Array:
    """Return an id for each row of some columns; null where all of them are null."""
    ids: list[str | None] = []
    for values in zip(*(column.to_pylist() for column in columns), strict=True):
        if all(value is None for value in values):
            ids.append(None)
            continue
        # With their lengths, so that ("a", "bc") and ("ab", "c") differ.
        texts = [None if value is None else value.strip() for value in values]
        parts = (
            b"-" if text is None else b"%d:%b" % (len(text), text.encode())
            for text in texts
        )
        ids.append(sha256(b"".join(parts)).hexdigest()[:_LENGTH])
    return pa.array(ids, pa.string())


def id_prefixes(paths: Sequence[Path]) -> list[str]:
    """Return the name of each file for ids of lines.

    It is the name without folders, so that a file may move; files of one load with the
    same name are told apart by their folders.
    """
    names = [path.name for path in paths]
    is_unique = len(set(names)) == len(names)
    return names if is_unique else [str(path) for path in paths]
