"""Texts of times converted to instants, in the formats that a mapping can name."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from user_states.rides.local_time import to_utc
from user_states.rides.text_formats import DATE_ORDERS, EPOCHS, TextFormats

Mask = npt.NDArray[np.bool_]
Instants = npt.NDArray[np.datetime64]

NO_OFFSET = "has no UTC offset, and the mapping does not set timestamps_in"

_ISO_8601 = (
    r"^\d{4}-\d{2}-\d{2}"
    r"([ T]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}(:?\d{2})?)?)?$"
)
_OFFSET = r":.*(Z|[+-]\d{2}(:?\d{2})?)$"

_DATE_PARTS = {
    "d": r"(?P<day>\d{1,2})",
    "m": r"(?P<month>\d{1,2})",
    "y": r"(?P<year>\d{4}|\d{2})",
}
_TIME = (
    r"(?:(?:,? +|T)(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2}(?:\.\d+)?))?"
    r" ?(?P<half>[AaPp]\.?[Mm]\.?)?(?P<offset> ?(?:Z|UTC|GMT|[+-]\d{2}:?\d{2}))?)?"
)

# The years that every program can read.
_FIRST = np.datetime64("0001-01-01", "us")
_LAST = np.datetime64("9999-12-31T23:59:59.999999", "us")
_MIDNIGHT = r"[ T]0?0:00(:00(\.0+)?)?$"


def parse_times(
    text: pa.Array, formats: TextFormats
) -> tuple[Instants, list[tuple[Mask, str]]]:
    """Return instants in UTC, NaT where there is none, and what could not be read.

    Parameters
    ----------
    text : StringArray, length n
        Trimmed, null where empty.

    Returns
    -------
    array of datetime64[us], shape (n,)
    list of (mask of shape (n,), reason)
        Masks do not overlap.
    """
    time_format = formats.time_format
    reason = "is not an ISO 8601 timestamp"
    if time_format in EPOCHS:
        instants = _from_epoch(text, EPOCHS[time_format])
        has_offset = ~np.isnat(instants)
    elif time_format is None or time_format in DATE_ORDERS:
        iso = text if time_format is None else _iso_texts(text, time_format)
        instants, has_offset = _from_iso(iso)
    else:
        instants = _to_instants(text, time_format)
        has_offset = np.full(len(instants), "%z" in time_format)
    if time_format is not None:
        reason = f"is not a time in the format {time_format}"
    if formats.timestamps_in is not None:
        is_local = ~np.isnat(instants) & ~has_offset
        instants[is_local] = to_utc(instants[is_local], formats.timestamps_in)
        has_offset = np.ones(len(instants), dtype=bool)
    # NaT compares as false.
    instants[(instants < _FIRST) | (instants > _LAST)] = np.datetime64("NaT")
    is_given = text.is_valid().to_numpy(zero_copy_only=False).astype(bool)
    is_wrong = is_given & np.isnat(instants)
    is_naive = ~np.isnat(instants) & ~has_offset
    instants[is_naive] = np.datetime64("NaT")
    return instants, [(is_wrong, reason), (is_naive, NO_OFFSET)]


def join_date_and_time(dates: pa.Array, times: pa.Array) -> pa.Array:
    """Return dates and times of day as one text; a date alone stays alone."""
    # Spreadsheets write a date as a time at midnight.
    days = pc.replace_substring_regex(pc.utf8_trim_whitespace(dates), _MIDNIGHT, "")
    has_time = pc.fill_null(pc.not_equal(pc.utf8_trim_whitespace(times), ""), False)
    joined = pc.binary_join_element_wise(days, times, " ")
    return pc.if_else(has_time, joined, days)


def _from_iso(text: pa.Array) -> tuple[Instants, Mask]:
    """Return the instants of ISO 8601, and which texts have an offset."""
    # Programs export "… UTC", "… +01:00" and "… +0000 UTC"; ISO 8601 has no such words.
    iso = pc.replace_substring_regex(text, r"([+-]\d{2}:?\d{2}) ?(UTC|GMT)$", r"\1")
    iso = pc.replace_substring_regex(iso, r"(\d) ?(UTC|GMT)$", r"\1Z")
    iso = pc.replace_substring_regex(iso, r" ([+-])", r"\1")
    # PostgreSQL stores microseconds.
    iso = pc.replace_substring_regex(iso, r"(\.\d{6})\d+", r"\1")
    is_iso = pc.fill_null(pc.match_substring_regex(iso, _ISO_8601), False)
    iso = pc.if_else(is_iso, iso, pa.scalar(None, pa.string()))
    has_offset = pc.fill_null(pc.match_substring_regex(iso, _OFFSET), False)
    offsets = has_offset.to_numpy(zero_copy_only=False).astype(bool)
    return _to_instants(iso, "ISO8601"), offsets


def _to_instants(text: pa.Array, time_format: str) -> Instants:
    parsed = pd.to_datetime(
        pd.Series(text.to_pandas(), dtype="str"),
        errors="coerce",
        format=time_format,
        utc=True,
    )
    instants: Instants = parsed.dt.tz_localize(None).to_numpy().astype("datetime64[us]")
    return instants


def _iso_texts(text: pa.Array, order: str) -> pa.Array:
    """Return dates with day, month and year in some order as ISO 8601."""
    date = r"[/.\-]".join(_DATE_PARTS[part] for part in order.split("/"))
    parts = pc.extract_regex(text, f"^{date}{_TIME}$")
    year, month, day, hour, minute, second, half, offset = (
        pc.struct_field(parts, name)
        for name in (
            "year", "month", "day", "hour", "minute", "second", "half", "offset",
        )
    )  # fmt: skip
    is_short = pc.equal(pc.utf8_length(year), 2)
    year = pc.if_else(is_short, pc.binary_join_element_wise("20", year, ""), year)
    iso_date = pc.binary_join_element_wise(year, _two(month), _two(day), "-")
    clock = pc.binary_join_element_wise(
        _hour_of_day(hour, half),
        minute,
        pc.if_else(pc.equal(second, ""), "00", second),
        ":",
    )
    iso = pc.binary_join_element_wise(
        iso_date, "T", clock, pc.utf8_trim_whitespace(offset), ""
    )
    return pc.if_else(pc.equal(minute, ""), iso_date, iso)


def _hour_of_day(hour: pa.Array, half: pa.Array) -> pa.Array:
    """Return hours from 00 to 23; a 12-hour clock has no hour 0 and none over 12."""
    number = pc.cast(pc.if_else(pc.equal(hour, ""), "0", hour), pa.int32())
    is_half = pc.not_equal(half, "")
    is_wrong = pc.and_(is_half, pc.or_(pc.equal(number, 0), pc.greater(number, 12)))
    noon = pc.if_else(pc.equal(number, 12), 0, number)
    is_pm = pc.starts_with(pc.utf8_lower(half), "p")
    number = pc.if_else(is_half, pc.add(noon, pc.if_else(is_pm, 12, 0)), number)
    text = _two(pc.cast(number, pa.string()))
    return pc.if_else(is_wrong, pa.scalar(None, pa.string()), text)


def _two(text: pa.Array) -> pa.Array:
    return pc.utf8_lpad(text, 2, "0")


def _from_epoch(text: pa.Array, microseconds: int) -> Instants:
    is_number = pc.match_substring_regex(text, r"^-?\d{1,18}(\.\d*)?$")
    numbers = pc.cast(
        pc.if_else(pc.fill_null(is_number, False), text, pa.scalar(None, pa.string())),
        pa.float64(),
    ).to_numpy(zero_copy_only=False)
    scaled = np.round(numbers * microseconds)
    with np.errstate(invalid="ignore"):
        is_in_range = (scaled >= _FIRST.astype(np.int64)) & (
            scaled <= _LAST.astype(np.int64)
        )
    instants = np.full(len(scaled), np.datetime64("NaT"), dtype="datetime64[us]")
    instants[is_in_range] = scaled[is_in_range].astype(np.int64).view("datetime64[us]")
    return instants
