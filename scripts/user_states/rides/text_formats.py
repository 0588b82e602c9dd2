"""How values are written in a file: times, numbers and currency signs."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

import pandas as pd

# Numbers of seconds, milliseconds and microseconds since 1970, in microseconds.
EPOCHS = {
    "epoch seconds": 1_000_000,
    "epoch milliseconds": 1_000,
    "epoch microseconds": 1,
}
# The order of day, month and year, with any of / . - between them.
DATE_ORDERS = ("d/m/y", "m/d/y", "y/m/d")
TIME_FORMATS_IN_WORDS = (
    f"{', '.join(DATE_ORDERS)}, {', '.join(EPOCHS)}, or a pattern such as "
    '"%d %b %Y %H:%M" (as in Python)'
)


@dataclass(frozen=True)
class TextFormats:
    """How the values of a file are written.

    Attributes
    ----------
    timestamps_in : str or None
        IANA time zone of timestamps that carry no offset.
    time_format : str or None
        One of `EPOCHS`, one of `DATE_ORDERS`, or a pattern of strptime; None for
        ISO 8601.
    decimal, thousands : str
        The marks in numbers; `thousands` may be empty.
    currency_signs : tuple of str
        Texts before or after a number that are left out.
    """

    timestamps_in: str | None = None
    time_format: str | None = None
    decimal: str = "."
    thousands: str = ""
    currency_signs: tuple[str, ...] = ()


def is_time_format(text: str) -> bool:
    """Return whether a text names a format, or is a pattern with a whole date."""
    if text in EPOCHS or text in DATE_ORDERS:
        return True
    # Names of time zones are ambiguous; offsets (%z) are not.
    if "%" not in text or "%Z" in text:
        return False
    moment = dt.datetime(2021, 2, 3, 16, 5, 6, tzinfo=dt.UTC)
    try:
        written = pd.Series([moment.strftime(text)], dtype="str")
        [read] = pd.to_datetime(written, format=text, utc=True)
    except (ValueError, TypeError, KeyError, OverflowError, re.error):
        return False
    return bool(read.date() == moment.date())
