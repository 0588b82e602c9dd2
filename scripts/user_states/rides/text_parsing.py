"""Text columns converted to the types of the contract, with the values that fail."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from user_states.rides.contract import NUMERIC_DIGITS, NUMERIC_SCALE, ColumnType
from user_states.rides.text_formats import TextFormats
from user_states.rides.time_parsing import parse_times

Mask = npt.NDArray[np.bool_]

_NUMBER = r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?$"
# Software without missing integers writes 2.0.
_INTEGER = r"^[+-]?\d+(\.0*)?$"
_SPACES = r"[ \x{00a0}\x{202f}]"

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
    text: pa.Array, column_type: ColumnType, formats: TextFormats
) -> ParsedColumn:
    """Convert a column of text to a type. Null stays null.

    Parameters
    ----------
    text : StringArray, length n
    column_type : ColumnType
        The type to convert to.
    formats : TextFormats
        How times and numbers are written.
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
        instants, failures = parse_times(trimmed, formats)
        return _parsed(pa.array(instants).cast(ColumnType.TIMESTAMP.arrow), *failures)
    if column_type is ColumnType.BOOLEAN:
        return _parse_booleans(trimmed)
    return _parse_numbers(trimmed, column_type, formats)


def _parse_booleans(text: pa.Array) -> ParsedColumn:
    lowered = pc.utf8_lower(text)
    is_true = _true_mask(pc.is_in(lowered, pa.array(TRUE_WORDS)))
    is_false = _true_mask(pc.is_in(lowered, pa.array(FALSE_WORDS)))
    is_wrong = _true_mask(text.is_valid()) & ~is_true & ~is_false
    values = pa.array(is_true, mask=~(is_true | is_false))
    return _parsed(values, (is_wrong, "is not a boolean, such as true or false"))


def _parse_numbers(
    text: pa.Array, column_type: ColumnType, formats: TextFormats
) -> ParsedColumn:
    is_integer = column_type is ColumnType.INTEGER
    pattern = _INTEGER if is_integer else _NUMBER
    plain = _plain_numbers(text, formats)
    is_number = _true_mask(pc.match_substring_regex(plain, pattern))
    digits = pc.replace_substring_regex(plain, r"^\+", "")
    numbers = pc.cast(_null_where(digits, ~is_number), pa.float64())
    bound = _LARGEST_INTEGER + 1 if is_integer else _LARGEST_NUMBER
    is_large = _true_mask(pc.greater_equal(pc.abs(numbers), float(bound)))
    numbers = _null_where(numbers, is_large)
    is_wrong = _true_mask(text.is_valid()) & ~is_number
    return _parsed(
        pc.cast(numbers, column_type.arrow),
        (is_wrong, f"is not {_number_in_words(is_integer, formats)}"),
        (is_large, "is out of range"),
    )


def _number_in_words(is_integer: bool, formats: TextFormats) -> str:
    if is_integer:
        return "a whole number"
    if formats.thousands:
        return f"a number (1{formats.thousands}234{formats.decimal}5)"
    return f"a number (1234{formats.decimal}5, no separators)"


def _plain_numbers(text: pa.Array, formats: TextFormats) -> pa.Array:
    """Return numbers as 1234.5; what does not have the marks of the file is null."""
    plain = text
    if formats.currency_signs:
        # The longest first, so that "US$" is not read as "US" and "$".
        signs = sorted(formats.currency_signs, key=len, reverse=True)
        any_sign = f"(?:{'|'.join(map(re.escape, signs))})"
        before = rf"^([+-]?){_SPACES}*{any_sign}{_SPACES}*"
        plain = pc.replace_substring_regex(plain, before, r"\1")
        plain = pc.replace_substring_regex(plain, rf"{_SPACES}*{any_sign}$", "")
    if formats.decimal == "." and not formats.thousands:
        return plain
    decimal = re.escape(formats.decimal)
    if formats.thousands:
        mark = _SPACES if formats.thousands == " " else re.escape(formats.thousands)
        # Groups of three; in India, groups of two before them.
        grouped = rf"^[+-]?\d{{1,3}}((?:{mark}\d{{2,3}})*{mark}\d{{3}})({decimal}\d*)?$"
        is_grouped = _true_mask(pc.match_substring_regex(plain, grouped))
        bare = pc.replace_substring_regex(plain, mark, "")
        plain = pc.if_else(pa.array(is_grouped), bare, plain)
    # A point that is not the decimal mark is none.
    has_point = _true_mask(pc.match_substring(plain, "."))
    if formats.decimal != ".":
        plain = _null_where(plain, has_point)
        plain = pc.replace_substring(plain, formats.decimal, ".")
    return plain


def _parsed(values: pa.Array, *failures: tuple[Mask, str]) -> ParsedColumn:
    return ParsedColumn(values, tuple(f for f in failures if f[0].any()))


def _true_mask(condition: pa.Array) -> Mask:
    """Return a condition as numpy booleans, with null as false."""
    mask: Mask = np.asarray(condition.fill_null(False).to_numpy(zero_copy_only=False))
    return mask.astype(bool)


def _null_where(values: pa.Array, mask: Mask) -> pa.Array:
    return pc.if_else(pa.array(mask), pa.scalar(None, values.type), values)
