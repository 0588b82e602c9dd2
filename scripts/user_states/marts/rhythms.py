"""Requests by hour of the day and by day of the week, by state and in all."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from user_states.marts.mart_data import MartData
from user_states.marts.rows import Rhythm
from user_states.marts.texts import NothingToDrawError

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


Shares = np.ndarray[tuple[int], np.dtype[np.float64]]


@dataclass(frozen=True)
class Requests:
    """Shares of requests in each of n hours or days.

    Attributes
    ----------
    n_of_state : mapping of int to int
        Requests by state.
    of_state : mapping of int to array, shape (n,), or None
        By state; None for one without a request.
    of_everyone : array, shape (n,)
    """

    n_of_state: Mapping[int, int]
    of_state: Mapping[int, Shares | None]
    of_everyone: Shares


def requests_by(data: MartData, place: Callable[[Rhythm], int], n: int) -> Requests:
    """Add requests up by hour or by day.

    Parameters
    ----------
    data : MartData
    place : callable
        From a row to its hour or day, from 0 to n − 1.
    n : int

    Raises
    ------
    NothingToDrawError
        If there are no requests.
    """
    counts = {state.state_id: np.zeros(n) for state in data.states}
    for row in data.rhythms:
        counts[row.state_id][place(row)] += row.n_requests
    everyone = sum(counts.values(), np.zeros(n))
    if everyone.sum() == 0:
        raise NothingToDrawError("state_rhythms has no requests")
    return Requests(
        {state_id: int(own.sum()) for state_id, own in counts.items()},
        {
            state_id: own / own.sum() if own.sum() > 0 else None
            for state_id, own in counts.items()
        },
        everyone / everyone.sum(),
    )
