"""Requests by hour of the day and by day of the week, for each state and for all."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from user_states.marts.array_types import Vector
from user_states.marts.marts import Marts, NothingToDrawError
from user_states.marts.state_rows import RhythmRow

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


@dataclass(frozen=True)
class RequestShares:
    """Shares of requests in each of n hours or days.

    Attributes
    ----------
    n_of_state : mapping of int to int
        Requests by state.
    of_state : mapping of int to array, shape (n,), or None
        By state; None for a state without requests.
    of_everyone : array, shape (n,)
    """

    n_of_state: Mapping[int, int]
    of_state: Mapping[int, Vector | None]
    of_everyone: Vector


def has_time_of_day(marts: Marts) -> bool:
    """Return whether any request is after the first hour of its day.

    In a log of dates every request is at 00:00, which is no hour to speak of.
    """
    return any(row.hour_of_day and row.n_requests for row in marts.rows(RhythmRow))


def requests_by(
    marts: Marts, place: Callable[[RhythmRow], int], n: int
) -> RequestShares:
    """Add requests up by hour or by day.

    Parameters
    ----------
    marts : Marts
    place : callable
        Takes a row, returns its hour or day, from 0 to n − 1.
    n : int

    Raises
    ------
    NothingToDrawError
        If there are no requests.
    """
    counts = {state.state_id: np.zeros(n) for state in marts.states}
    for row in marts.rows(RhythmRow):
        counts[row.state_id][place(row)] += row.n_requests
    everyone = sum(counts.values(), np.zeros(n))
    if everyone.sum() == 0:
        raise NothingToDrawError("state_rhythms has no requests")
    return RequestShares(
        {state_id: int(own.sum()) for state_id, own in counts.items()},
        {
            state_id: own / own.sum() if own.sum() > 0 else None
            for state_id, own in counts.items()
        },
        everyone / everyone.sum(),
    )
