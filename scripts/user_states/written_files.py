"""Files that are written completely, or not at all."""

from __future__ import annotations

import glob
import os
import tempfile
import time
from contextlib import suppress
from pathlib import Path

# Readable by their owner only: pages and figures may show people's data.
PRIVATE = 0o600

# An unfinished file that is older belongs to a process that was killed.
_ABANDONED_AFTER_SECONDS = 3600


def write_file(path: Path, content: str | bytes, mode: int = PRIVATE) -> None:
    """Write a file beside its place, then move it there.

    Whoever reads the file sees the old one or the new one. If this process is killed,
    the old one stays.

    Parameters
    ----------
    path : Path
        Its folder is created if it does not exist.
    content : str or bytes
        Text is written as UTF-8, with the line ends that it has.
    mode : int
        Permissions of the file.
    """
    place = path.resolve()  # a link stays a link
    place.parent.mkdir(parents=True, exist_ok=True)
    _remove_abandoned(place)
    # mkstemp creates a file that no other user can read.
    descriptor, name = tempfile.mkstemp(prefix=f".{place.name}.", dir=place.parent)
    beside = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content.encode("utf-8") if isinstance(content, str) else content)
        beside.chmod(mode)
        beside.replace(place)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


def _remove_abandoned(place: Path) -> None:
    """Remove what a killed process left beside a file."""
    oldest = time.time() - _ABANDONED_AFTER_SECONDS
    for path in place.parent.glob(f".{glob.escape(place.name)}.*"):
        with suppress(OSError):
            if path.lstat().st_mtime < oldest:
                path.unlink()
