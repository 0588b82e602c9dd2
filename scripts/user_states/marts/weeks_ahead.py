"""Weeks until something happens, as text: no longer than anybody can plan with."""

from __future__ import annotations

from math import isfinite

# A chain of weeks knows no life of an app and no year: what it expects beyond this is
# true of the chain, and says nothing of people.
MOST_YEARS = 5
MOST_WEEKS = 52 * MOST_YEARS


def weeks_in_words(weeks: float | None) -> str:
    """Return weeks as a number, `over 5 years`, or `–` where there are none."""
    if weeks is None or not isfinite(weeks):
        return "–"
    return f"over {MOST_YEARS} years" if weeks > MOST_WEEKS else _number(weeks)


def weeks_interval(
    weeks: float | None, low: float | None, high: float | None
) -> str | None:
    """Return the ends of an interval around weeks: `98 to 160`, `223 to >260`.

    Returns
    -------
    str or None
        None where there is no interval, or the weeks are too many to be told.
    """
    if weeks is None or low is None or high is None:
        return None
    if not isfinite(weeks + low + high) or weeks > MOST_WEEKS:
        return None
    end = _number(high) if high <= MOST_WEEKS else f">{MOST_WEEKS}"
    return f"{_number(low)} to {end}"


def _number(weeks: float) -> str:
    return f"{weeks:,.0f}" if weeks >= 10 else f"{weeks:.1f}"
