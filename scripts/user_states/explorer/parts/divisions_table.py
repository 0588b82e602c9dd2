"""Every way to divide customers that was tried, as lines of a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from user_states.explorer.parts.divisions_words import gain_of, row_name
from user_states.explorer.words import (
    LONGEST_REASON,
    decimal,
    shortened,
    with_closed_percent,
)
from user_states.explorer.words.numbers import percent
from user_states.marts.segment_rows import DivisionRow


@dataclass(frozen=True)
class DivisionLine:
    """One way, with what speaks for and against it, in words."""

    name: str
    n_segments: int
    gain: str
    interval: str
    stability: str
    smallest: str
    verdict: str


def division_lines(rows: Sequence[DivisionRow]) -> list[DivisionLine]:
    """Return a line for each way; the best first, then those without a gain."""
    return [
        DivisionLine(
            name=row_name(row),
            n_segments=row.n_segments,
            gain=decimal(row.gain_over_base, 4),
            interval=_interval(row),
            stability=decimal(row.stability, 2),
            smallest=percent(row.smallest_share),
            verdict="published"
            if row.is_published
            else with_closed_percent(
                shortened(row.why_not, LONGEST_REASON) or "not chosen"
            ),
        )
        for row in sorted(rows, key=lambda row: (-gain_of(row), row.division))
    ]


def _interval(row: DivisionRow) -> str:
    if row.gain_over_base_low is None:
        return "–"
    return (
        f"{decimal(row.gain_over_base_low, 4)} to {decimal(row.gain_over_base_high, 4)}"
    )
