"""Numbers, money, dates and lists as people write them."""

from __future__ import annotations

from user_states.explorer.words.page_texts import (
    LONGEST_REASON,
    counted,
    decimal,
    in_reading_order,
    listed,
    shortened,
    starting_large,
    with_closed_percent,
)

__all__ = [
    "LONGEST_REASON",
    "counted",
    "decimal",
    "in_reading_order",
    "listed",
    "shortened",
    "starting_large",
    "with_closed_percent",
]
