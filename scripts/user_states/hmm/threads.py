"""Work on several cores, with results in the order of the items."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import TypeVar

# Rows of users who are packed and decoded together: few enough for the cache, enough
# that Python's part of the work does not matter.
BLOCK_ROWS = 32_768

Item = TypeVar("Item")
Result = TypeVar("Result")


def in_order(
    function: Callable[[Item], Result],
    items: Iterable[Item],
    n_threads: int | None = None,
) -> Iterable[Result]:
    """Yield the function's results in the order of the items.

    The work runs in threads, so the function should spend its time in compiled code
    that releases the GIL. It must not use these threads itself, which could deadlock.
    An interrupt cancels work that has not begun.

    Parameters
    ----------
    function : callable
    items : iterable
    n_threads : int, optional
        By default all cores.
    """
    n_threads = n_threads or default_threads()
    if n_threads == 1:
        return map(function, items)
    return _threads(n_threads).map(function, items)


def read_ahead(items: Iterable[Item]) -> Iterator[Item]:
    """Yield the items; a thread fetches the next one while the last one is used."""
    waiting_items = iter(items)

    def fetch() -> list[Item]:
        return list(islice(waiting_items, 1))

    with ThreadPoolExecutor(1, thread_name_prefix="ahead") as thread:
        waiting = thread.submit(fetch)
        while found := waiting.result():
            waiting = thread.submit(fetch)
            yield found[0]


def default_threads() -> int:
    """Return the number of cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@functools.lru_cache
def _threads(n_threads: int) -> ThreadPoolExecutor:
    """Return a pool of threads that lives until the process ends."""
    return ThreadPoolExecutor(n_threads, thread_name_prefix="hmm")
