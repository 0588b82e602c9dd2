"""How much of what is uncertain a forecast explains, beside simple rules."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from user_states.explorer.parts.propensities_words import BASE_RATE, SIMPLE_RULES
from user_states.explorer.parts.trust_charts import guess_bar
from user_states.explorer.words import starting_large
from user_states.marts.propensity_mart_rows import (
    PropensityCandidateRow,
    PropensityModelRow,
)


@dataclass(frozen=True)
class GuessBar:
    """What one way of forecasting explains, from 0 to 1 of what is uncertain."""

    name: str
    share: float
    drawing: Markup
    is_own: bool


@dataclass(frozen=True)
class Guessing:
    """The bars, their title, and the range of the difference."""

    title: str
    note: str
    bars: Sequence[GuessBar]


def guessing_of(
    model: PropensityModelRow, candidates: Sequence[PropensityCandidateRow]
) -> Guessing | None:
    """Return the bars of the newest search; None if there is nothing to compare with.

    The share is that of the log loss of one rate for everybody.

    Parameters
    ----------
    model : PropensityModelRow
    candidates : sequence of PropensityCandidateRow
        Of the same target.
    """
    losses = {row.candidate: row.log_loss for row in candidates}
    base = losses.get(BASE_RATE, 0.0)
    chosen = next((row for row in candidates if row.is_chosen), None)
    if base <= 0 or chosen is None:
        return None
    rules = [rule for rule in ("recency_bucket", "rfm") if rule in losses]
    longest = max([1e-9, *(1 - losses[rule] / base for rule in rules)])
    own = 1 - chosen.log_loss / base
    longest = max(longest, own)
    bars = [
        GuessBar(
            starting_large(SIMPLE_RULES[rule]),
            share := 1 - losses[rule] / base,
            guess_bar(share / longest, is_own=False),
            is_own=False,
        )
        for rule in rules
    ]
    bars.append(
        GuessBar("This forecast", own, guess_bar(own / longest, is_own=True), True)
    )
    return Guessing(*_in_words(model, base, own), bars)


def _in_words(model: PropensityModelRow, base: float, own: float) -> tuple[str, str]:
    """Return the title, and the note with the range of the difference to RFM."""
    scale = (
        "Bars: how much of the uncertainty about who does it is explained. 0%: the "
        "same chance for everybody; 100%: sure of each customer, and right. Measured "
        "on past weeks, with customers kept out of the search."
    )
    gain = model.gain_over_rfm
    low, high = model.gain_over_rfm_low, model.gain_over_rfm_high
    if gain is None or low is None or high is None:
        return f"It explains {points(own)} of the uncertainty", scale
    lead = (
        f"The difference is {points(gain / base)} of the uncertainty, between "
        f"{points(low / base)} and {points(high / base)} in 95 of 100 such "
        "measurements."
    )
    if low > 0:
        return f"It predicts better than {SIMPLE_RULES['rfm']}", f"{lead} {scale}"
    if high < 0:
        return f"It predicts worse than {SIMPLE_RULES['rfm']}", f"{lead} {scale}"
    return (
        f"It is not certain to predict better than {SIMPLE_RULES['rfm']}",
        f"{lead} {scale}",
    )


def points(share: float) -> str:
    """Return a share of what is uncertain: `4.2%`, `14%`, `−0.3%`."""
    value = 100 * share
    digits = 0 if abs(value) >= 9.95 else 1
    text = f"{value:.{digits}f}%"
    return text.removeprefix("-") if not float(text[:-1]) else text.replace("-", "−")
