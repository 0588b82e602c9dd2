"""Words about personas: how they are called, and how large they are."""

from __future__ import annotations

from math import exp

from user_states.explorer.words import shortened
from user_states.explorer.words.numbers import about, percent
from user_states.marts.persona_rows import PersonaRow

# Fewer people are never counted, quoted or drawn.
FEWEST_PEOPLE = 5
# Standard errors from which more or less than before is no chance.
MORE_THAN_USUAL = 2.0
# Larger ratios say nothing more.
_LARGEST_RATIO = 50.0


def quoted(row: PersonaRow) -> str:
    """Return the name of a persona for a sentence."""
    return f"“{shortened(row.persona_name)}”"


def ratio(value: float) -> str:
    """Return a ratio with two digits: `12`, `2.3`, `0.7`, `0.04`."""
    return about(value) if value >= 1 or value < 0.1 else f"{value:.1f}"


def ratio_of(log_ratio: float) -> float:
    """Return a ratio from its logarithm; one that is too large to matter is cut."""
    return min(exp(min(log_ratio, 10.0)), _LARGEST_RATIO)


def times(log_ratio: float) -> str:
    """Return the logarithm of a ratio as `3.1×`."""
    value = ratio_of(log_ratio)
    return f"over {value:.0f}×" if value >= _LARGEST_RATIO else f"{ratio(value)}×"


def times_as_many(lift: float) -> str:
    """Return a ratio in words: `2.3 times as many`, `half as many`."""
    return "half as many" if 0.45 <= lift < 0.55 else f"{ratio(lift)} times as many"


def growth_words(row: PersonaRow, *, is_few: bool = False) -> str:
    """Return the recent and the earlier share, without a full stop; may be empty.

    Parameters
    ----------
    row : PersonaRow
    is_few : bool
        Whether a few people may have written recently: then their share is not told.
    """
    if row.recent_share is None or row.earlier_share is None:
        return ""
    before = f"{percent(row.earlier_share)} in the twelve weeks before"
    if is_few:
        return f"hardly anybody in the past four weeks, {before}"
    recently = f"{percent(row.recent_share)} of all conversations"
    return f"{recently} in the past four weeks, {before}"


def is_more(row: PersonaRow) -> bool:
    """Return whether there are more of its conversations than chance explains."""
    return row.growth_z is not None and row.growth_z >= MORE_THAN_USUAL


def is_less(row: PersonaRow) -> bool:
    """Return whether there are fewer of its conversations than chance explains."""
    return row.growth_z is not None and row.growth_z <= -MORE_THAN_USUAL
