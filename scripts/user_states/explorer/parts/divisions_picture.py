"""The picture that compares ways to divide customers: a range and a dot for each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from user_states.explorer.parts.divisions_words import (
    EVERYBODY,
    gain_of,
    is_given,
    plain_name,
)
from user_states.explorer.svg import ranges
from user_states.explorer.svg.scales import Scale, round_values
from user_states.marts.segment_rows import DivisionRow


@dataclass(frozen=True)
class ComparedDivision:
    """A row of the picture.

    Attributes
    ----------
    name : str
    drawing : Markup
    value : str
        The gain, in per cent of what is uncertain.
    is_published, is_given : bool
    """

    name: str
    drawing: Markup
    value: str
    is_published: bool
    is_given: bool


@dataclass(frozen=True)
class ComparedWays:
    """The picture: its rows, the best first, and its axis."""

    rows: Sequence[ComparedDivision]
    axis: Markup


def compared(rows: Sequence[DivisionRow], uncertainty: float) -> ComparedWays | None:
    """Return the picture; None if nothing but everybody can be compared.

    Parameters
    ----------
    rows : sequence of DivisionRow
        With a gain, the best first.
    uncertainty : float
        Minus the log score of everybody, in nats: what a division could take away.
    """
    shown = [row for row in _shown(rows) if row.division != EVERYBODY]
    if not shown or uncertainty <= 0:
        return None
    ends = [
        value / uncertainty
        for row in shown
        for value in (row.gain_over_base_low, row.gain_over_base_high)
        if value is not None
    ]
    reach = max([*ends, 0.01])
    scale = Scale(min([*ends, -0.08 * reach]), 1.05 * reach, 2, 98)
    ticks = [(v, share_words(v)) for v in round_values(scale.low, scale.high, 3)]
    return ComparedWays(
        [_row(row, uncertainty, scale) for row in shown], ranges.axis(scale, ticks)
    )


def share_words(share: float) -> str:
    """Return a share of what is uncertain: `4.2%`, `−0.3%`."""
    text = f"{100 * share:.1f}".removesuffix(".0")
    return f"{'0' if text == '-0' else text}%".replace("-", "−")


def _shown(rows: Sequence[DivisionRow]) -> list[DivisionRow]:
    """Return those that exist, what is published, and the best new one."""
    best = next((row for row in rows if not is_given(row)), None)
    return [row for row in rows if is_given(row) or row.is_published or row is best]


def _row(row: DivisionRow, uncertainty: float, scale: Scale) -> ComparedDivision:
    gain = gain_of(row) / uncertainty
    low = (row.gain_over_base_low or 0.0) / uncertainty
    high = (row.gain_over_base_high or 0.0) / uncertainty
    words = (
        f"{plain_name(row)}: takes away {share_words(gain)} of what is uncertain, "
        f"between {share_words(low)} and {share_words(high)}"
    )
    class_ = "good" if row.is_published else "ink" if is_given(row) else "back"
    return ComparedDivision(
        name=plain_name(row),
        drawing=ranges.effect(gain, low, high, scale, class_, words),
        value=share_words(gain),
        is_published=row.is_published,
        is_given=is_given(row),
    )
