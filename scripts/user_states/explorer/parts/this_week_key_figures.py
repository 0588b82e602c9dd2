"""The headline figures of the week, each with what is usual."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from markupsafe import Markup

from user_states.explorer.scene import Scene
from user_states.explorer.svg.lines import spark
from user_states.explorer.weekly_figures import relative_changes, usual_range
from user_states.explorer.words.dates import date
from user_states.explorer.words.numbers import number, signed_percent
from user_states.marts.array_types import Vector
from user_states.marts.crossing_rows import NextWeekRow
from user_states.marts.list_rows import ForecastRow

YEAR = 52
# Of whom the forecasts are: users who have ridden before.
_WHOM = "without new riders"
# A smaller change is none, in words.
LEAST_CHANGE = 0.005


@dataclass(frozen=True)
class KeyFigure:
    """One figure.

    Attributes
    ----------
    name, value, note : str
    is_unusual : bool
        Whether its change is larger than nine in ten changes of the past year.
    spark : Markup or None
        The past year.
    """

    name: str
    value: str
    note: str
    is_unusual: bool = False
    spark: Markup | None = None


def key_figures(scene: Scene) -> list[KeyFigure]:
    """Return users who rode, rides, money, and what is expected next week."""
    figures = scene.figures
    first = figures.first_compared
    found = [
        _figure("Users who rode", figures.riders[first:].sum(axis=1), number),
        _figure("Rides", figures.rides[first:].sum(axis=1), number),
    ]
    if figures.spend is not None:
        spend = figures.spend[first:].sum(axis=1)
        found.append(_figure("Money from rides", spend, scene.money.about))
    expected = _next_week(scene)
    return [*found, *([expected] if expected else [])]


def _figure(name: str, values: Vector, written: Callable[[float], str]) -> KeyFigure:
    year = values[-YEAR - 1 :]
    note, is_unusual = _change(year)
    low, high = float(year.min()), float(year.max())
    room = max(high - low, 0.02 * high, 1.0)
    drawing = None
    if len(year) > 3:
        ends = (low - 0.1 * room, high + 0.1 * room)
        drawing = spark(year.tolist(), ends, "soft")
    return KeyFigure(name, written(float(values[-1])), note, is_unusual, drawing)


def _change(values: Vector) -> tuple[str, bool]:
    """Return the newest change in words, and whether it is larger than usual."""
    if len(values) < 2 or not values[-2]:
        return "No week before to compare with", False
    changes = relative_changes(values)
    change = float(changes[-1])
    usual = usual_range(changes[:-1])
    if abs(change) < LEAST_CHANGE:
        return "As in the week before", False
    text = f"{signed_percent(change, 1)} on the week before"
    if usual is None:
        return text, False
    if usual[0] <= change <= usual[1]:
        return f"{text}: usual", False
    more = "more than usual" if change > 0 else "a larger fall than usual"
    if usual[0] > change > 0 or usual[1] < change < 0:
        more = "less than usual"
    return f"{text}: {more}", True


def _next_week(scene: Scene) -> KeyFigure | None:
    """Return what is expected next week; without a filter with its range."""
    target = "rides" if scene.figures.spend is None else "spend"
    written = scene.money.about if target == "spend" else _rides
    row = _forecast(scene.marts.rows(ForecastRow), scene.week, target)
    sums = [
        r.expected_rides if target == "rides" else r.expected_spend
        for r in scene.rows(NextWeekRow)
    ]
    known = [value for value in sums if value is not None]
    sunday = scene.week + datetime.timedelta(days=13)
    name = f"Expected to {date(sunday, with_year=False)}"
    if row is not None and not scene.is_filtered:
        note = "No range: too few past weeks to say"
        if row.expected_low is not None and row.expected_high is not None:
            low = written(row.expected_low).removesuffix(" rides")
            note = f"{low} to {written(row.expected_high)}"
        note = f"{note}, {_whom(scene, target, written)}"
        return KeyFigure(name, written(row.expected), note)
    if not known or not np.isfinite(sum(known)):
        return None
    note = "The range is known for everyone only" if row else "No range yet"
    note = f"{note}, {_WHOM}"
    return KeyFigure(name, written(float(sum(known))), note)


def _whom(scene: Scene, target: str, written: Callable[[float], str]) -> str:
    """Return of which users the forecast is, and what they brought in the week.

    The other figures count everybody, so the forecast is not to be compared with them.
    """
    before = scene.week - datetime.timedelta(weeks=1)
    row = _forecast(scene.marts.rows(ForecastRow), before, target)
    if row is None or row.observed is None:
        return _WHOM
    return f"{_WHOM}; {written(row.observed)} the week before"


def _forecast(
    rows: Sequence[ForecastRow], origin: datetime.date, target: str
) -> ForecastRow | None:
    """Return the forecast of all users for the week after a week."""
    of_now = [
        row
        for row in rows
        if row.target == target
        and row.weeks_ahead == 1
        and row.state_key is None
        and row.origin_week_start == origin
    ]
    published = [row for row in of_now if row.source_of_forecast == "published"]
    return next(iter(published or of_now), None)


def _rides(value: float) -> str:
    return f"{float(f'{value:.3g}'):,.0f} rides"
