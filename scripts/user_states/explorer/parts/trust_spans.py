"""Forecasts of one, four and twelve weeks beside what came, in sentences."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence

from user_states.explorer.words import listed
from user_states.explorer.words.numbers import in_words, number
from user_states.marts.list_rows import ForecastRow

SPANS = (1, 4, 12)
_NOUNS = {"rides": "rides", "spend": "money"}
# Forecasts are called too low or too high if of so many at least this share lie on one
# side.
_LEAST_ONE_SIDED = 9
_ONE_SIDED = 0.9
_TOO = "So far ahead we expect too "


def span_sentences(rows: Sequence[ForecastRow]) -> list[str]:
    """Return how far forecasts over several weeks were from what came.

    Sums over the newest forecasts of all users whose weeks are over are compared. A
    published forecast outranks one that was made later for a past week.
    """
    found = [sentence for weeks in SPANS if (sentence := _sentence(rows, weeks))]
    if any(_TOO in sentence for sentence in found):
        found.append(
            "Forecasts follow the newest weeks. They do not know whether a season will "
            "go on rising or falling: the longer they reach, the farther they are off."
        )
    return found


def _sentence(rows: Sequence[ForecastRow], weeks: int) -> str:
    # The chart has the rides of the next week.
    targets = [target for target in _NOUNS if weeks > 1 or target != "rides"]
    known = {target: _known(rows, target, weeks) for target in targets}
    first = known[targets[0]]
    differences = [
        _difference(found, _NOUNS[target])
        for target, found in known.items()
        if sum(row.expected for row in found) > 0
    ]
    if not differences or not first:
        return ""
    n = f"{number(len(first))} forecasts" if len(first) > 1 else "one forecast"
    span = f"Over {weeks} weeks" if weeks > 1 else "In the week after"
    told = f"{span}, in {n}: {listed(differences)} came than we expected."
    return " ".join(filter(None, [told, _one_sided(known), _inside(known, weeks)]))


def _known(rows: Sequence[ForecastRow], target: str, weeks: int) -> list[ForecastRow]:
    """Return the forecasts of all users whose weeks are over, the oldest first."""
    best: dict[datetime.date, ForecastRow] = {}
    for row in rows:
        is_wanted = row.target == target and row.weeks_ahead == weeks
        if not is_wanted or row.state_key is not None or row.observed is None:
            continue
        held = best.get(row.origin_week_start)
        if held is None or row.source_of_forecast == "published":
            best[row.origin_week_start] = row
    return sorted(best.values(), key=lambda row: row.origin_week_start)


def _difference(known: Sequence[ForecastRow], noun: str) -> str:
    expected = sum(row.expected for row in known)
    came = sum(row.observed or 0.0 for row in known)
    share = 100 * (came / expected - 1)
    less = "fewer" if noun == "rides" else "less"
    if abs(share) < 0.5:
        return f"hardly more or {less} {noun}"
    return f"{abs(share):.0f}% {'more' if share > 0 else less} {noun}"


def _one_sided(known: Mapping[str, Sequence[ForecastRow]]) -> str:
    """Return that nearly all known forecasts were too low, or too high."""
    low, high = [], []
    for target, rows in known.items():
        n = len(rows)
        n_above = sum((row.observed or 0.0) > row.expected for row in rows)
        n_below = sum((row.observed or 0.0) < row.expected for row in rows)
        if n >= _LEAST_ONE_SIDED:
            what = f"of {number(n)} ({_NOUNS[target]})"
            if n_above >= _ONE_SIDED * n:
                low.append(f"{number(n_above)} {what}")
            elif n_below >= _ONE_SIDED * n:
                high.append(f"{number(n_below)} {what}")
    return " ".join(
        f"{_TOO}{wrong}: {came} came in {listed(found)}."
        for found, wrong, came in ((low, "little", "more"), (high, "much", "less"))
        if found
    )


def _inside(compared: Mapping[str, Sequence[ForecastRow]], weeks: int) -> str:
    """Return how many of the forecasts were within their ranges.

    Forecasts whose weeks overlap are nearly the same; so it is told how many are of
    weeks of their own.
    """
    counts = []
    n_apart = n_most = 0
    for target, rows in compared.items():
        ranged = [row for row in rows if row.is_inside is not None]
        if not ranged:
            continue
        n_inside = sum(bool(row.is_inside) for row in ranged)
        counts.append(f"{number(n_inside)} of {number(len(ranged))} ({_NOUNS[target]})")
        n_most = max(n_most, len(ranged))
        n_apart = max(n_apart, _apart(ranged, weeks))
    if not counts:
        return "Too few earlier forecasts are known to say whether that is usual."
    told = f"Within our ranges: {listed(counts)}."
    if n_apart < n_most:
        told += f" Their weeks overlap, so they tell as much as {in_words(n_apart)}."
    return told


def _apart(rows: Sequence[ForecastRow], weeks: int) -> int:
    """Return how many of the forecasts have no week in common, at most."""
    n = 0
    free_from: datetime.date | None = None
    for row in rows:
        if free_from is None or row.origin_week_start >= free_from:
            n += 1
            free_from = row.origin_week_start + datetime.timedelta(weeks=weeks)
    return n
