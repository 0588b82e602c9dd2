"""Forecasts of single customers in sentences: what is expected, what it is worth."""

from __future__ import annotations

import datetime
import re
from collections.abc import Sequence

from user_states.explorer.parts.propensities_charts import (
    ChanceGroup,
    are_alike,
    chance_words,
)
from user_states.explorer.words import (
    LONGEST_REASON,
    listed,
    shortened,
    starting_large,
    with_closed_percent,
)
from user_states.explorer.words.dates import date
from user_states.explorer.words.numbers import about, in_words, number, percent
from user_states.marts.propensity_mart_rows import (
    PropensityModelRow,
    PropensitySumRow,
)

# The class of a target with two of them that is forecast.
YES = "yes"
PURCHASE, RIDE = "purchase", "ride"
# Targets in the order in which people ask for them; then any others by name.
_FIRST = (PURCHASE, RIDE, "conversion", "churn")
# Simple rules, as what one knows with them; in the order in which they are compared.
SIMPLE_RULES = {
    "rfm": "how recently and how often customers came, and what they spent",
    "recency_bucket": "how recently customers came",
    "base_rate": "how many customers do it at all",
}
BASE_RATE = "base_rate"
# A forecast that missed what came by a smaller part is not called too high or too low.
LEAST_MISS = 0.03


def in_order(rows: Sequence[PropensityModelRow]) -> list[PropensityModelRow]:
    """Return targets in the order in which people ask for them."""
    return sorted(
        rows,
        key=lambda row: (
            _FIRST.index(row.target) if row.target in _FIRST else len(_FIRST),
            row.target,
        ),
    )


def has_classes(sums: Sequence[PropensitySumRow]) -> bool:
    """Return whether a target has several classes, so that it says which, not if."""
    return any(row.outcome_class != YES for row in sums)


def plain(words: str) -> str:
    """Return what customers will do without what stands in brackets: `leave`."""
    return re.sub(r"\s*\([^)]*\)", "", words)


def expected_words(row: PropensitySumRow, least: int) -> str:
    """Return how many are expected: `about 1,200`; `under 20` for a few."""
    if row.n_expected < least:
        return f"under {least}"
    return f"about {about(row.n_expected)}"


def beaten_by(row: PropensityModelRow) -> str | None:
    """Return the first rule that the newest model does not surely beat; else None."""
    lows = {
        "rfm": row.gain_over_rfm_low,
        "recency_bucket": row.gain_over_recency_low,
        "base_rate": row.gain_over_base_low,
    }
    known = {rule: low for rule, low in lows.items() if low is not None}
    return next((rule for rule in SIMPLE_RULES if known.get(rule, 1.0) <= 0), None)


def verdict(row: PropensityModelRow, *, has_scores: bool) -> str:
    """Return what the newest search found, in a sentence.

    Parameters
    ----------
    row : PropensityModelRow
    has_scores : bool
        Whether customers have a forecast, of this search or an earlier one.
    """
    stays = " The forecast of an earlier search stays." if has_scores else ""
    if row.refusal:
        why = _reason(row.refusal)
        return f"The newest search was not possible. {why}.{stays}"
    if not row.is_tried:
        return "It was not tried yet: ask your analyst."
    rule = beaten_by(row)
    if row.is_published:
        if rule:
            return (
                "Published because somebody asked for it: it is not certain to "
                f"predict better than {SIMPLE_RULES[rule]}."
            )
        known = "rfm" if _has_rfm(row) else BASE_RATE
        return f"Predicts better than {SIMPLE_RULES[known]}."
    if row.gain_over_base_low is not None and row.gain_over_base_low <= 0:
        return (
            "Nothing is published: no model predicts better than one rate for "
            f"everybody.{stays}"
        )
    if rule:
        return (
            f"No better than {SIMPLE_RULES[rule]}, so nothing is published. Go by that "
            f"instead.{stays}"
        )
    why = _reason(row.sentence)
    return f"Not published. {why}{'.' if why else ''}{stays}".strip()


# How a search says that an outcome is too rare.
_TOO_FEW = re.compile(
    r"^found (\d+) customers with the outcome '(.+)'; expected at least (\d+)", re.I
)


def _reason(text: str | None) -> str:
    few = _TOO_FEW.match(text or "")
    if few:
        n, outcome, least = few.groups()
        what = f" with “{outcome}”" if outcome not in ("yes", "True") else ""
        return f"Too few customers{what} to learn from: {n} of the {least} it needs"
    found = with_closed_percent(shortened(text, LONGEST_REASON) or "")
    return starting_large(found).rstrip(".")


def past_words(said: float, came: float, n_expected: float) -> str:
    """Return what came in past weeks, and how many that would be now.

    Parameters
    ----------
    said, came : float
        Shares of customers in past weeks.
    n_expected : float
        The sum of the chances now.

    Returns
    -------
    str
        Empty if about as many came as were said.
    """
    if not said or abs(came / said - 1) < LEAST_MISS:
        return ""
    return (
        f"Past weeks: {chance_words(said)} said, {chance_words(came)} came; by that "
        f"about {about(n_expected * came / said)}."
    )


def what_they_do(row: PropensityModelRow, *, has_rides: bool) -> str:
    """Return what customers will do, and whether buying includes rides."""
    if row.target == PURCHASE and has_rides:
        return f"{row.words}, rides not counted"
    return row.words


def notes_of(rows: Sequence[PropensityModelRow], *, has_rides: bool) -> list[str]:
    """Return what else on the page counts purchases and rides differently.

    Parameters
    ----------
    rows : sequence of PropensityModelRow
        Targets of which customers have a forecast.
    has_rides : bool
    """
    if not has_rides:
        return []
    targets = {row.target for row in rows}
    notes = []
    if PURCHASE in targets:
        notes.append(
            "To buy here is to buy in the shop or at a till; “bought or rode” counts "
            "rides too."
        )
    if RIDE in targets:
        notes.append(
            "Rides have two forecasts: this one of customers, and that of users, from "
            "rides and states alone. Either may be off, so the two sums differ."
        )
    return notes


def whose_words(rows: Sequence[PropensityModelRow], week: datetime.date) -> str:
    """Return of which customers forecasts are: not of all that other parts count.

    Parameters
    ----------
    rows : sequence of PropensityModelRow
        Targets of which customers have a forecast.
    week : date
        Monday of the week at whose end they were made.
    """
    sunday = date(week + datetime.timedelta(days=6), with_year=False)
    active = listed([f"“{row.title}”" for row in rows if row.population == "active"])
    text = f"Of customers known on {sunday}; other parts count newer ones too."
    return f"{text} {active}: of those active shortly before." if active else text


def title_of(
    told: Sequence[tuple[PropensityModelRow, PropensitySumRow]],
    *,
    has_rides: bool = False,
) -> str:
    """Return the finding.

    Parameters
    ----------
    told : sequence of (PropensityModelRow, PropensitySumRow)
        Targets of which customers have a forecast and whose number is not small.
    has_rides : bool
        Whether the log has rides, which are no purchases here.
    """
    if not told:
        return "No forecast of single customers is worth publishing yet"
    (row, first), *others = told
    found = f"About {about(first.n_expected)} customers will "
    found += plain(what_they_do(row, has_rides=has_rides))
    if others:
        other, number_of_other = others[-1]
        found += f", and about {about(number_of_other.n_expected)} will "
        found += plain(what_they_do(other, has_rides=has_rides))
    return found


def lead_of(
    rows: Sequence[PropensityModelRow],
    told: Sequence[tuple[PropensityModelRow, PropensitySumRow]],
    n_published: int,
    groups: Sequence[ChanceGroup],
) -> str:
    """Return what that means for somebody who writes to customers.

    Parameters
    ----------
    rows : sequence of PropensityModelRow
    told : sequence of (PropensityModelRow, PropensitySumRow)
        As in `title_of`.
    n_published : int
        Targets of which customers have a forecast.
    groups : sequence of ChanceGroup
        Of the first target that is told, the likeliest first.
    """
    rule = (
        "A forecast is shown only if it predicted past weeks better than simple rules."
    )
    tried = [row for row in rows if row.is_tried]
    if not n_published:
        names = listed([f"“{row.title}”" for row in tried])
        return (
            f"{rule} Tried: {names}. For you: keep to how recently and how "
            "often customers came."
        )
    shown = (
        f"{starting_large(in_words(n_published))} of {in_words(len(rows))} "
        f"{'is' if n_published == 1 else 'are'}."
    )
    if not told:
        return f"{rule} {shown}"
    if len(groups) > 1 and are_alike(*groups[:2]):
        high, next_ = groups[:2]
        return (
            "For you: the highest chances say little here. Of those with "
            f"{high.words}, {high.of_hundred} did, and of those with {next_.words}, "
            f"{next_.of_hundred}: treat both alike. {rule} {shown}"
        )
    row, first = told[0]
    held = first.n_expected_of_likeliest / first.n_expected
    return (
        f"For you: begin at the top. The likeliest tenth, {number(first.n_likeliest)} "
        f"customers, holds {percent(held)} of all who will {plain(row.words)}, by "
        f"their chances. "
        f"{rule} {shown}"
    )


def _has_rfm(row: PropensityModelRow) -> bool:
    return row.gain_over_rfm is not None
