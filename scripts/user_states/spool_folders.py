"""Temporary folders with users' data, which outlive no command for long."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

# Of the folders in the system's folder for temporary files.
PREFIX = "user-states-spool-"


@contextmanager
def spool_folder() -> Iterator[Path]:
    """Create a folder, and remove it and its files at the end.

    Only its owner can read it. While the process lives it holds a lock on the folder;
    the system releases the lock when the process ends, however it ends.
    """
    folder, lock = _locked_folder()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


def remove_abandoned_spools() -> int:
    """Remove the folders whose process was killed, and return how many there were."""
    n_removed = 0
    for folder in sorted(Path(tempfile.gettempdir()).glob(f"{PREFIX}*")):
        with suppress(OSError):  # another user's, in use, or just removed
            lock = _lock(folder)
            try:
                shutil.rmtree(folder)
                n_removed += 1
            finally:
                os.close(lock)
    return n_removed


def _locked_folder() -> tuple[Path, int]:
    while True:
        folder = Path(tempfile.mkdtemp(prefix=PREFIX))
        # Another command may take a folder without a lock for abandoned: try again.
        with suppress(OSError):
            lock = _lock(folder)
            if folder.exists():
                return folder, lock
            os.close(lock)


def _lock(folder: Path) -> int:
    """Lock a folder, and return the descriptor that holds the lock.

    Raises
    ------
    OSError
        If another process holds it, or the folder cannot be read.
    """
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor
