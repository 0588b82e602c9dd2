"""Fits side by side, each with one thread.

scikit-learn's own threads spin while they wait, which costs much on cores that have
other work as well.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable

from threadpoolctl import ThreadpoolController

from user_states.hmm.threads import Item, Result, in_order


def each_with_one_thread(
    function: Callable[[Item], Result], items: Iterable[Item]
) -> list[Result]:
    """Return the function's results in the order of the items.

    Items are worked on side by side, on all cores. BLAS has one thread for the whole
    process meanwhile, and OpenMP one in each thread, which is where it counts them.
    """
    controller = _controller()

    def limited(item: Item) -> Result:
        with controller.limit(limits=1, user_api="openmp"):
            return function(item)

    with controller.limit(limits=1):
        return list(in_order(limited, items))


@functools.lru_cache
def _controller() -> ThreadpoolController:
    """Look for the libraries with threads, once: it reads a file of the system."""
    return ThreadpoolController()
