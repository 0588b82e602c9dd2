"""Text columns converted to the types of the contract, with the values that fail."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from user_states.rides.contract import NUMERIC_DIGITS, NUMERIC_SCALE, ColumnType
from user_states.rides.local_time import to_utc

Mask = npt.NDArray[np.bool_]

_ISO_8601 = (
    r"^\d{4}-\d{2}-\d{2}"
    r"([ T]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}(:?\d{2})?)?)?$"
)
_OFFSET = r":.*(Z|[+-]\d{2}(:?\d{2})?)$"
_NUMBER = r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?$"
# Software without missing integers writes 2.0.
_INTEGER = r"^[+-]?\d+(\.0*)?$"

TRUE_WORDS = ("true", "t", "yes", "y", "1")
FALSE_WORDS = ("false", "f", "no", "n", "0")

_LARGEST_INTEGER = 2**31 - 1
_LARGEST_NUMBER = 10.0 ** (NUMERIC_DIGITS - NUMERIC_SCALE)


@dataclass(frozen=True)
class ParsedColumn:
    """A typed column, and which of its values could not be converted.

    Attributes
    ----------
    values : Array, length n
        In the Arrow type; null if the text is null or cannot be converted.
    failures : tuple of (mask of shape (n,), reason)
        One entry per reason that occurs. Masks do not overlap.
    """

    values: pa.Array
    failures: tuple[tuple[Mask, str], ...]


def parse_column(
    text: pa.Array, column_type: ColumnType, timestamps_in: str | None
) -> ParsedColumn:
    """Convert a column of text to a type. Null stays null.

    Parameters
    ----------
    text : StringArray, length n
    column_type : ColumnType
        The type to convert to.
    timestamps_in : str or None
        IANA time zone of timestamps without an offset.
    """
    if column_type is ColumnType.TEXT:
        has_nul = _true_mask(pc.match_substring(text, "\x00"))
        return _parsed(
            _null_where(text, has_nul),
            (has_nul, "has a NUL character, which PostgreSQL cannot store"),
        )
    trimmed = pc.utf8_trim_whitespace(text)
    trimmed = _null_where(trimmed, _true_mask(pc.equal(trimmed, "")))
    if column_type is ColumnType.TIMESTAMP:
        return _parse_timestamps(trimmed, timestamps_in)
    if column_type is ColumnType.BOOLEAN:
        return _parse_booleans(trimmed)
    return _parse_numbers(trimmed, column_type)


def _parse_timestamps(text: pa.Array, timestamps_in: str | None) -> ParsedColumn:
    # Warehouses export "… UTC" and "… +01:00"; ISO 8601 has no such space.
    iso = pc.replace_substring_regex(text, r"(\d) ?UTC$", r"\1Z")
    iso = pc.replace_substring_regex(iso, r" ([+-])", r"\1")
    # PostgreSQL stores microseconds.
    iso = pc.replace_substring_regex(iso, r"(\.\d{6})\d+", r"\1")
    iso = _null_where(iso, ~_true_mask(pc.match_substring_regex(iso, _ISO_8601)))
    parsed = pd.to_datetime(
        pd.Series(iso.to_pandas(), dtype="str"),
        errors="coerce",
        format="ISO8601",
        utc=True,
    )
    instants = parsed.dt.tz_localize(None).to_numpy().astype("datetime64[us]")
    has_offset = _true_mask(pc.match_substring_regex(iso, _OFFSET))
    is_naive = ~np.isnat(instants) & ~has_offset
    if timestamps_in is not None:
        instants[is_naive] = to_utc(instants[is_naive], timestamps_in)
        is_naive[:] = False
    is_wrong = _true_mask(text.is_valid()) & np.isnat(instants)
    instants[is_naive] = np.datetime64("NaT")
    return _parsed(
        pa.array(instants).cast(ColumnType.TIMESTAMP.arrow),
        (is_wrong, "is not an ISO 8601 timestamp"),
        (is_naive, "has no UTC offset, and the mapping does not set timestamps_in"),
    )


def _parse_booleans(text: pa.Array) -> ParsedColumn:
    lowered = pc.utf8_lower(text)
    is_true = _true_mask(pc.is_in(lowered, pa.array(TRUE_WORDS)))
    is_false = _true_mask(pc.is_in(lowered, pa.array(FALSE_WORDS)))
    is_wrong = _true_mask(text.is_valid()) & ~is_true & ~is_false
    values = pa.array(is_true, mask=~(is_true | is_false))
    return _parsed(values, (is_wrong, "is not a boolean, such as true or false"))


def _parse_numbers(text: pa.Array, column_type: ColumnType) -> ParsedColumn:
    is_integer = column_type is ColumnType.INTEGER
    pattern = _INTEGER if is_integer else _NUMBER
    is_number = _true_mask(pc.match_substring_regex(text, pattern))
    digits = pc.replace_substring_regex(text, r"^\+", "")
    numbers = pc.cast(_null_where(digits, ~is_number), pa.float64())
    bound = _LARGEST_INTEGER + 1 if is_integer else _LARGEST_NUMBER
    is_large = _true_mask(pc.greater_equal(pc.abs(numbers), float(bound)))
    numbers = _null_where(numbers, is_large)
    is_wrong = _true_mask(text.is_valid()) & ~is_number
    kind = "a whole number" if is_integer else "a number (1234.5, no separators)"
    return _parsed(
        pc.cast(numbers, column_type.arrow),
        (is_wrong, f"is not {kind}"),
        (is_large, "is out of range"),
    )


def _parsed(values: pa.Array, *failures: tuple[Mask, str]) -> ParsedColumn:
    return ParsedColumn(values, tuple(f for f in failures if f[0].any()))


def _true_mask(condition: pa.Array) -> Mask:
    """Return a condition as numpy booleans, with null as false."""
    mask: Mask = np.asarray(condition.fill_null(False).to_numpy(zero_copy_only=False))
    return mask.astype(bool)


def _null_where(values: pa.Array, mask: Mask) -> pa.Array:
    return pc.if_else(pa.array(mask), pa.scalar(None, values.type), values)
