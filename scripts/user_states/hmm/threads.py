"""Work on several cores, with results in the order of the items."""

from __future__ import annotations

import functools
import os
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import CancelledError, ThreadPoolExecutor
from contextlib import contextmanager
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


class Ahead:
    """Work that runs in threads of its own before its results are asked for."""

    def __init__(self, threads: ThreadPoolExecutor | None) -> None:
        self._threads = threads
        self._has_ended = threading.Event()

    def submit(self, function: Callable[[], Result]) -> Callable[[], Result]:
        """Begin the work, and return a function that waits for its result."""
        if self._threads is None:
            return function
        return self._threads.submit(function).result

    def check(self, *_: object) -> None:
        """Raise CancelledError if nobody waits for results any more."""
        if self._has_ended.is_set():
            raise CancelledError

    def end(self) -> None:
        """Cancel what has not begun, and wait for what calls `check`."""
        self._has_ended.set()
        if self._threads is not None:
            self._threads.shutdown(cancel_futures=True)


@contextmanager
def running_ahead(n_threads: int | None = None) -> Iterator[Ahead]:
    """Give a place for work that runs ahead, until the end of the block.

    On one core, work runs when its result is asked for.

    Parameters
    ----------
    n_threads : int, optional
        By default all cores.
    """
    n_threads = n_threads or default_threads()
    ahead = Ahead(ThreadPoolExecutor(n_threads, "starts") if n_threads > 1 else None)
    try:
        yield ahead
    finally:
        ahead.end()


def default_threads() -> int:
    """Return the number of cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@functools.lru_cache
def _threads(n_threads: int) -> ThreadPoolExecutor:
    """Return a pool of threads that lives until the process ends."""
    return ThreadPoolExecutor(n_threads, thread_name_prefix="hmm")
