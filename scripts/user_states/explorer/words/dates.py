"""Dates as people write them, independent of the machine's language."""

from __future__ import annotations

import datetime

MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August",
    "September", "October", "November", "December",
)  # fmt: skip
DAY_NAMES = (
    "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday",
)  # fmt: skip


def week_span(monday: datetime.date, *, with_year: bool = True) -> str:
    """Return a week's days: `16 to 22 November 2026`, `30 November to 6 December`."""
    return span(monday, monday + datetime.timedelta(days=6), with_year=with_year)


def span(first: datetime.date, last: datetime.date, *, with_year: bool = True) -> str:
    """Return two days and what is between: `7 September to 4 October 2026`."""
    start = str(first.day)
    if (first.year, first.month) != (last.year, last.month):
        start = f"{start} {MONTHS[first.month - 1]}"
    if first.year != last.year and with_year:
        start = f"{start} {first.year}"
    return f"{start} to {date(last, with_year=with_year)}"


def date(day: datetime.date, *, with_year: bool = True) -> str:
    """Return a day without its weekday: `22 November 2026`."""
    year = f" {day.year}" if with_year else ""
    return f"{day.day} {MONTHS[day.month - 1]}{year}"


def weekday_date(day: datetime.date) -> str:
    """Return a day with its weekday: `Tuesday 24 November`."""
    return f"{DAY_NAMES[day.weekday()]} {date(day, with_year=False)}"


def short_date(day: datetime.date) -> str:
    """Return a day for an axis: `24 Nov`."""
    return f"{day.day} {MONTHS[day.month - 1][:3]}"
