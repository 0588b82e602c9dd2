"""Weeks until something happens, as text; long times are only `over 5 years`."""

from __future__ import annotations

from math import isfinite

# The model knows neither seasons nor how long an app lives: longer expectations are
# true of the model, but say nothing about people.
MOST_YEARS = 5
MOST_WEEKS = 52 * MOST_YEARS


def weeks_in_words(weeks: float | None) -> str:
    """Return weeks as a number or as `over 5 years`; `–` if there are none."""
    if weeks is None or not isfinite(weeks):
        return "–"
    return f"over {MOST_YEARS} years" if weeks > MOST_WEEKS else _number(weeks)


def stay_in_words(weeks: float | None) -> str:
    """Return the mean stay in a state of the model: `12 weeks`, `over 5 years`.

    Parameters
    ----------
    weeks : float or None
        None if the model says that users never leave.
    """
    if weeks is None or not isfinite(weeks) or weeks > MOST_WEEKS:
        return f"over {MOST_YEARS} years"
    return f"{_number(weeks)} weeks"


def weeks_interval(
    weeks: float | None, low: float | None, high: float | None
) -> str | None:
    """Return the ends of an interval around weeks: `98 to 160`, `223 to >260`.

    Returns
    -------
    str or None
        None if there is no interval, or if the weeks are over the limit.
    """
    if weeks is None or low is None or high is None:
        return None
    if not isfinite(weeks + low + high) or weeks > MOST_WEEKS:
        return None
    end = _number(high) if high <= MOST_WEEKS else f">{MOST_WEEKS}"
    return f"{_number(low)} to {end}"


def _number(weeks: float) -> str:
    return f"{weeks:,.0f}" if weeks >= 10 else f"{weeks:.1f}"
