"""Local times converted to instants in UTC, in bulk."""

from __future__ import annotations

from functools import cache
from zoneinfo import available_timezones

import numpy as np
import numpy.typing as npt
import pandas as pd

Instants = npt.NDArray[np.datetime64]


@cache
def _time_zones() -> frozenset[str]:
    return frozenset(available_timezones())


def is_time_zone(name: str) -> bool:
    """Return whether a name is an IANA time zone."""
    return name in _time_zones()


def to_utc(local_times: Instants, time_zone: str) -> Instants:
    """Return the instants at which clocks in a time zone showed these times.

    A time that clocks skipped in spring becomes the instant of the change. A time that
    clocks showed twice in autumn becomes the first of the two instants.

    Parameters
    ----------
    local_times : array of datetime64, shape (n,)
        Clock times, NaT allowed.
    time_zone : str
        IANA name.

    Returns
    -------
    array of datetime64[us], shape (n,)
        The same moments in UTC.
    """
    clock = pd.DatetimeIndex(local_times.astype("datetime64[us]"))
    is_first = np.ones(len(clock), dtype=bool)
    instants = clock.tz_localize(
        time_zone, ambiguous=is_first, nonexistent="shift_forward"
    )
    return instants.tz_convert("UTC").tz_localize(None).to_numpy()
