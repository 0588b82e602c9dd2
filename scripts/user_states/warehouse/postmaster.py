"""Is it our server that runs? What PostgreSQL's pid file says, and is it true."""

from __future__ import annotations

from pathlib import Path

import psutil


def find_postmaster(data: Path) -> psutil.Process | None:
    """Return the process of the server that works on `data`, if there is one."""
    lines = _pid_file_lines(data)
    try:
        process = psutil.Process(int(lines[0]))
        # After a crash or a reboot the number may be another process's.
        if lines[1] not in process.cmdline():
            return None
        # In a copy of the project the file speaks of the original's server; in a
        # project that was moved, of a path that is no more.
        started_on = Path(lines[1])
        if started_on.exists() and not started_on.samefile(data):
            return None
        return process
    except (IndexError, ValueError, psutil.Error):
        return None


def is_ready(data: Path) -> bool:
    """Return whether the server says that it accepts connections."""
    return _pid_file_lines(data)[7:8] == ["ready"]


def remove_stale_pid_file(data: Path) -> None:
    """Remove a pid file whose number is another process's by now.

    PostgreSQL would take that process for the server. If there is no such
    process the file stays: PostgreSQL then looks for orphans of its own.
    """
    lines = _pid_file_lines(data)
    if lines and lines[0].isdecimal() and psutil.pid_exists(int(lines[0])):
        (data / "postmaster.pid").unlink(missing_ok=True)


def _pid_file_lines(data: Path) -> list[str]:
    """Return the lines of postmaster.pid, none if there is no such file.

    Process, data folder, start time, port, socket folder, host, memory key,
    status: https://www.postgresql.org/docs/18/storage-file-layout.html
    """
    try:
        text = (data / "postmaster.pid").read_text("utf-8")
    except FileNotFoundError:
        return []
    return [line.strip() for line in text.splitlines()]
