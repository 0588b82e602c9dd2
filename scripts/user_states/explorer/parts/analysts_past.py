"""Forecasts and what came, and past forecasts of single users, as tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from user_states.explorer.parts.trust import compared_forecasts
from user_states.explorer.words.dates import week_span
from user_states.explorer.words.numbers import about, number
from user_states.marts.forecast_models import (
    FIRST_TARGET,
    model_meaning,
    model_words,
    ordered,
    other_targets,
    target_words,
)
from user_states.marts.marts import Marts
from user_states.marts.trust_rows import BacktestSummaryRow


@dataclass(frozen=True)
class PastLine:
    """A week: what was expected of rides, and what came."""

    week: str
    expected: str
    low: str
    high: str
    observed: str
    is_inside: bool


@dataclass(frozen=True)
class RivalForecast:
    """A forecast model of one target."""

    target: str
    name: str
    meaning: str
    row: BacktestSummaryRow


@dataclass(frozen=True)
class BacktestTables:
    """Past forecasts of single users.

    Attributes
    ----------
    summary : str
    first : BacktestSummaryRow or None
        The published forecast of a ride next week; None if no backtest ran.
    rivals : sequence of RivalForecast
        Of a ride next week: the published forecast, then the others.
    further : sequence of RivalForecast
        The same for each other target.
    """

    summary: str
    first: BacktestSummaryRow | None
    rivals: Sequence[RivalForecast]
    further: Sequence[RivalForecast]


def past_lines(marts: Marts) -> list[PastLine]:
    """Return the weeks that can be compared, the newest first."""
    return [
        PastLine(
            week_span(forecast.week),
            about(forecast.expected, 4),
            about(forecast.low, 4),
            about(forecast.high, 4),
            number(forecast.observed),
            forecast.is_inside,
        )
        for forecast in reversed(compared_forecasts(marts))
    ]


def backtest_of(marts: Marts) -> BacktestTables:
    """Return the backtest; empty if none ran."""
    summary = marts.rows(BacktestSummaryRow)
    rivals = [_rival(row) for row in ordered(summary)]
    further = [
        _rival(row)
        for target in other_targets(summary)
        for row in ordered(summary, target)
    ]
    if not rivals:
        return BacktestTables("not run yet", None, [], further)
    first = rivals[0].row
    ahead = sum(
        row.log_loss < first.log_loss
        for row in summary
        if row.target == FIRST_TARGET and row.is_rival
    )
    n_rivals = sum(rival.row.is_rival for rival in rivals)
    return BacktestTables(
        f"better than {n_rivals - ahead} of {n_rivals} simpler forecasts",
        first,
        rivals,
        further,
    )


def _rival(row: BacktestSummaryRow) -> RivalForecast:
    return RivalForecast(
        target_words(row.target), model_words(row.model), model_meaning(row.model), row
    )
