"""Finds out from PostgreSQL's pid file whether our server is running."""

from __future__ import annotations

from pathlib import Path

import psutil


def find_postmaster(data: Path) -> psutil.Process | None:
    """Return the process of the server of `data`, if it is running."""
    lines = _pid_file_lines(data)
    try:
        process = psutil.Process(int(lines[0]))
        # After a crash or a reboot another process may have this number.
        if lines[1] not in process.cmdline():
            return None
        # In a copy of the project the file names the original's folder. After a move
        # of the project it names a folder that no longer exists.
        started_on = Path(lines[1])
        if started_on.exists() and not started_on.samefile(data):
            return None
        return process
    except (IndexError, ValueError, psutil.Error):
        return None


def is_ready(data: Path) -> bool:
    """Return whether the server reports that it accepts connections."""
    return _pid_file_lines(data)[7:8] == ["ready"]


def remove_stale_pid_file(data: Path) -> None:
    """Remove a pid file whose number now belongs to another process.

    PostgreSQL would assume that this process is the server. If there is no such
    process, the file stays: PostgreSQL then looks for processes left over from a crash.
    """
    lines = _pid_file_lines(data)
    if lines and lines[0].isdecimal() and psutil.pid_exists(int(lines[0])):
        (data / "postmaster.pid").unlink(missing_ok=True)


def _pid_file_lines(data: Path) -> list[str]:
    """Return the lines of postmaster.pid, or none if the file does not exist.

    Process, data folder, start time, port, socket folder, host, memory key,
    status: https://www.postgresql.org/docs/18/storage-file-layout.html
    """
    try:
        text = (data / "postmaster.pid").read_text("utf-8")
    except FileNotFoundError:
        return []
    return [line.strip() for line in text.splitlines()]
