"""Numbers as people read them: exact counts, rounded expectations, shares, changes."""

from __future__ import annotations

from collections.abc import Sequence
from math import floor, isfinite, log10

_SMALL = (
    "no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine",
    "ten", "eleven", "twelve",
)  # fmt: skip
# Digits that are kept of what is expected, and of ranges.
RIDE_DIGITS = 2
MONEY_DIGITS = 3
RANGE_DIGITS = 2


def number(value: float) -> str:
    """Return a whole number with separators: `24,598`; a minus sign before negative."""
    return f"{value:,.0f}".replace("-", "−")


def in_words(n: int) -> str:
    """Return a small count as a word, a larger one as a number; 0 is `no`."""
    return _SMALL[n] if 0 <= n < len(_SMALL) else number(n)


def rounded(value: float, digits: int = RIDE_DIGITS) -> float:
    """Return a number rounded to that many digits: 6,583 becomes 6,600."""
    if not value or not isfinite(value):
        return 0.0
    places = digits - 1 - floor(log10(abs(value)))
    return round(value, places)


def rounded_range(
    low: float, high: float, digits: int = RANGE_DIGITS
) -> tuple[float, float]:
    """Return both ends of a range, the smaller one hardly finer than the larger.

    It has at most one digit more: −81 to 13,000 becomes −100 to 13,000.
    """
    largest = max(abs(low), abs(high))
    if not largest or not isfinite(largest):
        return 0.0, 0.0
    most_places = digits - floor(log10(largest))
    ends = []
    for end in (low, high):
        found = rounded(end, digits)
        if end and digits - 1 - floor(log10(abs(end))) > most_places:
            found = round(end, most_places)
        ends.append(found)
    return ends[0], ends[1]


def about(value: float, digits: int = RIDE_DIGITS) -> str:
    """Return an expected count with few digits: `6,600`, `0.42`."""
    found = rounded(value, digits)
    decimals = 0 if abs(found) >= 10 else 1 if abs(found) >= 1 else 2
    return f"{found:,.{decimals}f}".replace("-", "−")


def rate(value: float) -> str:
    """Return rides a user and week: `4.3`, `0.4`, `0.04`."""
    return about(value) if 0 < value < 0.1 else f"{value:.1f}"


def percent(share: float) -> str:
    """Return a share as whole per cents, `−155%`; a small one is `under 1%`."""
    if 0 < share < 0.005:
        return "under 1%"
    return f"{100 * share:.0f}%".replace("-", "−")


def fine_percent(share: float) -> str:
    """Return a share with one decimal, where changes are told: `14.3%`."""
    return f"{100 * share:.1f}%"


def signed_percent(change: float, digits: int = 0) -> str:
    """Return a relative change: `+45%`, `−1.2%`, `±0%`."""
    text = f"{100 * change:+,.{digits}f}%"
    if not float(text[1:-1].replace(",", "")):
        return f"±{text[1:]}"
    return text.replace("-", "−")


def whole_percents(values: Sequence[float]) -> list[int]:
    """Return whole per cents of a whole that add up to 100.

    The values with the largest remainders are rounded up.

    Parameters
    ----------
    values : sequence of float
        Not negative.

    Returns
    -------
    list of int
        Zeros if all values are zero.
    """
    total = sum(values)
    if not total:
        return [0] * len(values)
    exact = [100 * value / total for value in values]
    found = [floor(share) for share in exact]
    by_remainder = sorted(
        range(len(exact)), key=lambda place: (found[place] - exact[place], place)
    )
    for place in by_remainder[: 100 - sum(found)]:
        found[place] += 1
    return found
