"""Forecasts over four and twelve weeks beside what came, in sentences."""

from __future__ import annotations

import datetime
from collections.abc import Sequence

from user_states.explorer.words import listed
from user_states.explorer.words.numbers import number
from user_states.marts.list_rows import ForecastRow

SPANS = (4, 12)
_NOUNS = {"rides": "rides", "spend": "money"}
# So many of the newest forecasts of a span are compared.
_MOST_FORECASTS = 12
# Ranges are meant to hold nine times in ten; with so few forecasts a share below this
# is called unusual.
_LEAST_INSIDE = 0.8


def span_sentences(rows: Sequence[ForecastRow]) -> list[str]:
    """Return how far forecasts over several weeks were from what came.

    Sums over the newest forecasts of all users whose weeks are over are compared. A
    published forecast outranks one that was made later for a past week.
    """
    return [sentence for weeks in SPANS if (sentence := _sentence(rows, weeks))]


def _sentence(rows: Sequence[ForecastRow], weeks: int) -> str:
    compared = {target: _known(rows, target, weeks) for target in _NOUNS}
    rides = compared["rides"]
    differences = [
        _difference(known, _NOUNS[target])
        for target, known in compared.items()
        if sum(row.expected for row in known) > 0
    ]
    if not differences or not rides:
        return ""
    newest = (
        f"of the newest {len(rides)} forecasts" if len(rides) > 1 else "of one forecast"
    )
    return (
        f"Over {weeks} weeks {listed(differences)} came than we expected (the sum "
        f"{newest}). {_usual(rides)}"
    )


def _known(rows: Sequence[ForecastRow], target: str, weeks: int) -> list[ForecastRow]:
    best: dict[datetime.date, ForecastRow] = {}
    for row in rows:
        is_wanted = row.target == target and row.weeks_ahead == weeks
        if not is_wanted or row.state_key is not None or row.observed is None:
            continue
        held = best.get(row.origin_week_start)
        if held is None or row.source_of_forecast == "published":
            best[row.origin_week_start] = row
    newest = sorted(best.values(), key=lambda row: row.origin_week_start)
    return newest[-_MOST_FORECASTS:]


def _difference(known: Sequence[ForecastRow], noun: str) -> str:
    expected = sum(row.expected for row in known)
    came = sum(row.observed or 0.0 for row in known)
    share = 100 * (came / expected - 1)
    if abs(share) < 0.5:
        return f"hardly more or less {noun}"
    less = "fewer" if noun == "rides" else "less"
    return f"{abs(share):.0f}% {'more' if share > 0 else less} {noun}"


def _usual(known: Sequence[ForecastRow]) -> str:
    ranged = [row for row in known if row.is_inside is not None]
    if not ranged:
        return "Too few earlier forecasts are known to say whether that is usual."
    n_inside = sum(bool(row.is_inside) for row in ranged)
    told = f"{number(n_inside)} of {number(len(ranged))} were within our range of rides"
    if n_inside < _LEAST_INSIDE * len(ranged):
        return f"That is more than usual: only {told}."
    return f"That is within the usual: {told}."
