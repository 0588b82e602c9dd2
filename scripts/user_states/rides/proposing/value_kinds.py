"""What the values of a column can be read as: times and numbers, in which format."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from user_states.rides.contract import ColumnType
from user_states.rides.text_formats import DATE_ORDERS, EPOCHS, TextFormats
from user_states.rides.text_parsing import parse_column
from user_states.rides.time_parsing import parse_times

# Of the values of a column, so many fit a format if it is the right one.
_MIN_SHARE = 0.95
_MAX_VALUES = 1_000
_PATTERNS = (
    *(
        f"{date}{time}"
        for date in ("%d %b %Y", "%d %B %Y", "%b %d, %Y", "%B %d, %Y", "%d-%b-%Y")
        for time in (" %H:%M", " %H:%M:%S", " %I:%M %p", ", %I:%M %p", "")
    ),
    "%Y%m%d",
    "%a %b %d %H:%M:%S %Y",
)
# A number of seconds outside of these years is not a time.
_FIRST, _LAST = np.datetime64("1995-01-01", "us"), np.datetime64("2050-01-01", "us")

_MARKS = ((".", ""), (",", ""), (".", ","), (",", "."), (",", " "), (".", "'"))
CODES_OF_SIGNS = {
    "€": "EUR",
    "£": "GBP",
    "₹": "INR",
    "zł": "PLN",
    "R$": "BRL",
    "₺": "TRY",
}
_SIGN = re.compile(
    r"^([^\d\s.,'+-]{0,4})\s*[+-]?\s*[\d.,'\s]*\d\s*([^\d\s.,'+-]{0,4})$"
)


@dataclass(frozen=True)
class TimeKind:
    """How the times of a column are written.

    Attributes
    ----------
    time_format : str or None
        As in `TextFormats`.
    has_clock, has_offset : bool
        Whether there is a time of day, and an offset from UTC.
    is_ambiguous : bool
        Whether day and month could be the other way round.
    """

    time_format: str | None
    has_clock: bool
    has_offset: bool
    is_ambiguous: bool = False


def time_kind(values: Sequence[str]) -> TimeKind | None:
    """Return how times are written; None if the values are no times."""
    texts = _some(values)
    if not texts or not any(any(c.isdigit() for c in text) for text in texts):
        return None
    fitting = [name for name in (None, *DATE_ORDERS) if _fits(texts, name)]
    if fitting:
        chosen = fitting[0]
        both = {"d/m/y", "m/d/y"} <= set(fitting)
        if both:
            chosen = _order_of_days(values)
        has_clock = any(":" in text for text in texts)
        return TimeKind(chosen, has_clock, _has_offset(texts, chosen), both)
    for name in (*EPOCHS, *_PATTERNS):
        if _fits(texts, name, is_recent=name in EPOCHS or name == "%Y%m%d"):
            has_clock = name in EPOCHS or "%H" in name or "%I" in name
            return TimeKind(name, has_clock, name in EPOCHS)
    return None


def is_clock(values: Sequence[str]) -> bool:
    """Return whether values are times of day without a date."""
    texts = _some(values)
    clock = re.compile(r"\d{1,2}:\d{2}(:\d{2}(\.\d+)?)? ?([AaPp]\.?[Mm]\.?)?$")
    n_clocks = sum(bool(clock.match(text)) for text in texts)
    return bool(texts) and n_clocks >= _MIN_SHARE * len(texts)


def number_formats(values: Sequence[str]) -> list[TextFormats]:
    """Return the ways in which values can be read as numbers, the best first."""
    texts = _some(values)
    signs = tuple(sorted({s for text in texts for s in _signs(text)}))
    if not texts or len(signs) > 3:
        return []
    formats = [
        TextFormats(decimal=decimal, thousands=mark, currency_signs=signs)
        for decimal, mark in _MARKS
        if mark or decimal == "." or not _in_thousands(texts)
    ]
    shares = [share_read(texts, ColumnType.NUMERIC, item) for item in formats]
    # The sort is stable: of equal shares, the simplest.
    ranked = sorted(zip(shares, formats, strict=True), key=lambda pair: -pair[0])
    return [item for share, item in ranked if share >= _MIN_SHARE]


def _in_thousands(texts: Sequence[str]) -> bool:
    """Return whether every comma stands before three digits: 1,234 is no decimal."""
    marked = [text for text in texts if "," in text]
    return all(re.search(r",\d{3}(\D|$)", text) for text in marked)


def share_read(
    values: Sequence[str], column_type: ColumnType, formats: TextFormats
) -> float:
    """Return the share of values that are read as a type."""
    texts = [text for text in values if text]
    if not texts:
        return 0.0
    parsed = parse_column(pa.array(texts, pa.string()), column_type, formats)
    return 1 - sum(int(mask.sum()) for mask, _ in parsed.failures) / len(texts)


def _some(values: Sequence[str]) -> list[str]:
    """Return some values of all parts of a column, without those that are empty."""
    texts = [text for text in values if text and not _is_half(text)]
    return texts[:: max(1, len(texts) // _MAX_VALUES)]


def _is_half(text: str) -> bool:
    """Return whether a text has bytes that could not be decoded."""
    return any("\ud800" <= character <= "\udfff" for character in text)


def _fits(texts: Sequence[str], name: str | None, *, is_recent: bool = False) -> bool:
    formats = TextFormats(timestamps_in="UTC", time_format=name)
    instants, _ = parse_times(pa.array(texts, pa.string()), formats)
    is_read = ~np.isnat(instants)
    if is_recent:
        is_read &= (instants >= _FIRST) & (instants < _LAST)
    return bool(is_read.mean() >= _MIN_SHARE)


def _has_offset(texts: Sequence[str], name: str | None) -> bool:
    formats = TextFormats(time_format=name)
    instants, _ = parse_times(pa.array(texts, pa.string()), formats)
    return bool((~np.isnat(instants)).mean() >= _MIN_SHARE)


def _order_of_days(values: Sequence[str]) -> str:
    """Return the order in which a log goes back in time less often."""
    turns = {}
    for name in ("d/m/y", "m/d/y"):
        formats = TextFormats(timestamps_in="UTC", time_format=name)
        texts = pa.array([text for text in values if text], pa.string())
        instants, _ = parse_times(texts, formats)
        turns[name] = int((np.diff(instants) < np.timedelta64(0, "us")).sum())
    return min(turns, key=lambda name: turns[name])


def _signs(text: str) -> set[str]:
    match = _SIGN.match(text)
    return {sign for sign in match.groups() if sign} if match else set()
