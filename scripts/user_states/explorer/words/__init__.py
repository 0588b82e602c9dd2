"""Numbers, money, dates and lists as people write them."""

from __future__ import annotations

from user_states.explorer.words.page_texts import (
    bar_length,
    counted,
    decimal,
    in_reading_order,
    listed,
    shortened,
    starting_large,
)

__all__ = [
    "bar_length",
    "counted",
    "decimal",
    "in_reading_order",
    "listed",
    "shortened",
    "starting_large",
]
