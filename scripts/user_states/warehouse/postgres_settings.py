"""Settings of the local server, for a laptop that also runs Python."""

from __future__ import annotations

import shutil

import psutil

MIB = 2**20
GIB = 2**30


def laptop_settings() -> dict[str, str]:
    """Return settings of postgresql.conf, by the memory of this machine."""
    memory = psutil.virtual_memory().total
    return {
        # A quarter of the memory at most: Python needs the rest.
        "shared_buffers": _megabytes(min(memory // 4, 2 * GIB)),
        "effective_cache_size": _megabytes(memory // 2),
        # Per sort or hash, and a query has several of them.
        "work_mem": _megabytes(min(memory // 64, 256 * MIB)),
        "maintenance_work_mem": _megabytes(min(memory // 32, 512 * MIB)),
        "max_wal_size": "8GB",
        # A power cut may lose the last moments of a demo, but breaks nothing.
        "synchronous_commit": "off",
        # No replicas, so a new table goes to its file and not to the log as well:
        # `create table as` of 4 million rows took 2.6 s instead of 3.7.
        "wal_level": "minimal",
        "max_wal_senders": "0",
        # Compiling costs more than it saves in queries of a few seconds.
        "jit": "off",
        "dynamic_shared_memory_type": _shared_memory_type(),
        "timezone": "UTC",
        "log_timezone": "UTC",
    }


def _megabytes(n_bytes: int) -> str:
    return f"{n_bytes // MIB}MB"


def _shared_memory_type() -> str:
    """Return where parallel workers meet: files, where /dev/shm is tiny.

    A container has 64 MB of it by default, and a parallel hash join needs more.
    """
    try:
        return "posix" if shutil.disk_usage("/dev/shm").total >= GIB else "mmap"
    except OSError:  # macOS has no such folder and no such limit
        return "posix"
