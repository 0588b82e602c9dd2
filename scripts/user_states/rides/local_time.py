"""Local times converted to instants in UTC, in bulk."""

from __future__ import annotations

from functools import cache
from zoneinfo import available_timezones

import numpy as np
import numpy.typing as npt
import pandas as pd

Instants = npt.NDArray[np.datetime64]

# The instant may be in another year than the clock, and pandas knows years 1 to 9999.
_FIRST_DAYS_END = np.datetime64("0001-01-03", "us")
_LAST_DAYS_BEGIN = np.datetime64("9999-12-30", "us")
# The calendar repeats after 400 years, weekdays included.
_CYCLE = np.timedelta64(146_097, "D").astype("timedelta64[us]")


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
    times = local_times.astype("datetime64[us]")
    shift = np.zeros(len(times), dtype="timedelta64[us]")
    shift[times < _FIRST_DAYS_END] = _CYCLE
    shift[times >= _LAST_DAYS_BEGIN] = -_CYCLE
    clock = pd.DatetimeIndex(times + shift)
    is_first = np.ones(len(clock), dtype=bool)
    instants = clock.tz_localize(
        time_zone, ambiguous=is_first, nonexistent="shift_forward"
    )
    in_utc: Instants = instants.tz_convert("UTC").tz_localize(None).to_numpy()
    return in_utc - shift
