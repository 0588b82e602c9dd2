"""Work on several items at once, in processes."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

# What a process does with each item. It is set where the process begins.
_work: Callable[[Any], Any]


def in_processes(
    work: Callable[[Item], Result], items: Sequence[Item]
) -> Iterator[Result]:
    """Return the result of each item, in their order.

    Linux works in as many processes as there are cores. They are copies of this one, so
    that only items and results are sent. Elsewhere a new process would begin by
    importing everything again.
    """
    if sys.platform != "linux" or len(items) < 2:
        yield from map(work, items)
        return
    n_cores = len(os.sched_getaffinity(0))
    with ProcessPoolExecutor(
        n_cores, get_context("fork"), initializer=_begin, initargs=(work,)
    ) as processes:
        try:
            yield from processes.map(_work_on, items)
        finally:
            processes.shutdown(wait=False, cancel_futures=True)


def _begin(work: Callable[[Any], Any]) -> None:
    global _work
    _work = work


def _work_on(item: Any) -> Any:
    return _work(item)
