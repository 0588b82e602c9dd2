"""Settings of the local server, for a laptop on which Python runs as well."""

from __future__ import annotations

import shutil

import psutil

MIB = 2**20
GIB = 2**30


def laptop_settings() -> dict[str, str]:
    """Return settings of postgresql.conf for the memory of this machine."""
    memory = psutil.virtual_memory().total
    return {
        # At most a quarter of the memory: Python needs the rest.
        "shared_buffers": _megabytes(min(memory // 4, 2 * GIB)),
        "effective_cache_size": _megabytes(memory // 2),
        # Per sort or hash; a query has several of them.
        "work_mem": _megabytes(min(memory // 64, 256 * MIB)),
        "maintenance_work_mem": _megabytes(min(memory // 32, 512 * MIB)),
        "max_wal_size": "8GB",
        # A power cut may lose the last moments of a demo, but does no other harm.
        "synchronous_commit": "off",
        # There are no replicas, so a new table need not be written to the log as well:
        # `create table as` of 4 million rows took 2.6 s instead of 3.7.
        "wal_level": "minimal",
        "max_wal_senders": "0",
        # In queries of a few seconds, compilation takes more time than it saves.
        "jit": "off",
        "dynamic_shared_memory_type": _shared_memory_type(),
        "timezone": "UTC",
        "log_timezone": "UTC",
    }


def _megabytes(n_bytes: int) -> str:
    return f"{n_bytes // MIB}MB"


def _shared_memory_type() -> str:
    """Return the kind of shared memory: files if /dev/shm is small.

    A container has 64 MB of it by default, and a parallel hash join needs more.
    """
    try:
        return "posix" if shutil.disk_usage("/dev/shm").total >= GIB else "mmap"
    except OSError:  # macOS has no such folder and no such limit
        return "posix"
