"""Errors put into simulated rides at a given rate, each one recorded."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from user_states.rides.simulated_population import Generator, Integers
from user_states.rides.simulated_rides import (
    CLEAN_STATUSES,
    COMPLETED,
    CURRENCIES,
    NULL,
    PLATFORMS,
    TIME_ZONES,
    WEB,
    RideArrays,
    concatenate,
)
from user_states.rides.simulated_world import (
    DIRT_WEIGHTS,
    DIRTY_PLATFORMS,
    FUTURE_DAYS,
    UNKNOWN_CURRENCY,
    UNKNOWN_TIME_ZONE,
)

KINDS = tuple(DIRT_WEIGHTS)
_CLEAN = -1


@dataclass(frozen=True)
class Dirt:
    """The rides that got an error: arrays of length d.

    Attributes
    ----------
    ride : int
        Number of the ride.
    kind : int
        Index in KINDS.
    """

    ride: Integers
    kind: Integers


def add_dirt(rng: Generator, rides: RideArrays, rate: float) -> tuple[RideArrays, Dirt]:
    """Return the rides with errors, duplicates at the end, and a record of them."""
    kind = _draw_kinds(rng, rides, rate)
    dirty = np.flatnonzero(kind != _CLEAN)
    dirt = Dirt(rides.ride[dirty], kind[dirty])
    rows = {name: np.flatnonzero(kind == KINDS.index(name)) for name in KINDS}
    exact = rides.take(rows["exact_duplicate"])
    conflicting = rides.take(rows["conflicting_duplicate"])
    conflicting.price[:] = np.round(conflicting.price * 1.1 + 0.01, 2)

    altered = rides.take(np.arange(len(rides.ride)))
    altered.ride[rows["null_ride_id"]] = NULL
    altered.user[rows["null_user_id"]] = NULL
    for clean, spelling in DIRTY_PLATFORMS.items():
        is_clean = rides.platform == PLATFORMS.index(clean)
        wrong = is_clean & (kind == KINDS.index("platform_spelling"))
        altered.platform[wrong] = PLATFORMS.index(spelling)
    altered.status[rows["status_spelling"]] += len(CLEAN_STATUSES)
    altered.price[rows["negative_price"]] *= -1
    altered.requested_at[rows["future_date"]] += np.timedelta64(FUTURE_DAYS, "D")
    altered.time_zone[rows["unknown_time_zone"]] = TIME_ZONES.index(UNKNOWN_TIME_ZONE)
    altered.currency[rows["unknown_currency"]] = CURRENCIES.index(UNKNOWN_CURRENCY)
    return concatenate(altered, concatenate(exact, conflicting)), dirt


def _draw_kinds(rng: Generator, rides: RideArrays, rate: float) -> Integers:
    """Draw the error of each ride, _CLEAN for most."""
    n_rides = len(rides.ride)
    weights = np.array(list(DIRT_WEIGHTS.values()))
    drawn = rng.choice(len(KINDS), n_rides, p=weights / weights.sum())
    needs_price = ("negative_price", "conflicting_duplicate")
    is_impossible = np.isin(drawn, [KINDS.index(name) for name in needs_price])
    is_impossible &= rides.status != COMPLETED
    # There is no wrong spelling of "web".
    is_impossible |= (drawn == KINDS.index("platform_spelling")) & (
        rides.platform == WEB
    )
    drawn[is_impossible] = KINDS.index("exact_duplicate")
    return np.where(rng.random(n_rides) < rate, drawn, _CLEAN)
