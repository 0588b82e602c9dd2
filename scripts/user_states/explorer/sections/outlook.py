"""Outlook: what to expect of users, how good past forecasts were, and audiences."""

from __future__ import annotations

from dataclasses import dataclass

from user_states.explorer.section import (
    Contents,
    PageOptions,
    Section,
    View,
    charts_with_data,
)
from user_states.explorer.sections.outlook_audiences import (
    AudienceView,
    audience_views,
)
from user_states.explorer.sections.outlook_charts import backtest_gains, calibration
from user_states.marts.audience_rows import (
    AudienceDefinitionRow,
    AudienceEffectRow,
    AudienceSizeRow,
)
from user_states.marts.forecast_models import (
    FIRST_TARGET,
    model_meaning,
    model_words,
    ordered,
    other_targets,
    target_words,
)
from user_states.marts.marts import Marts
from user_states.marts.outlook_rows import StateOutlookRow
from user_states.marts.state_rows import ShownState
from user_states.marts.trust_rows import BacktestSummaryRow, CalibrationBinRow


@dataclass(frozen=True)
class OutlookLine:
    """A state and what is expected of a user in it."""

    state: ShownState
    row: StateOutlookRow


@dataclass(frozen=True)
class ForecastLine:
    """A forecast of the backtest.

    Attributes
    ----------
    target, name, meaning : str
        In words; an unknown forecast has no meaning.
    row : BacktestSummaryRow
    bins : list of CalibrationBinRow
    """

    target: str
    name: str
    meaning: str
    row: BacktestSummaryRow
    bins: list[CalibrationBinRow]


@dataclass(frozen=True, kw_only=True)
class OutlookView(View):
    """What the section of the outlook shows.

    Attributes
    ----------
    contents : Contents
    only_state : ShownState or None
        The state of a model that has only one: it has no stays and no other shares.
    outlooks : list of OutlookLine
        In the order of display.
    forecasts : list of ForecastLine
        Of a ride next week: the published forecast, then the others; empty without a
        backtest.
    further : list of ForecastLine
        The same for each other target, without bins.
    audiences : list of AudienceView
    """

    contents: Contents
    only_state: ShownState | None
    outlooks: list[OutlookLine]
    forecasts: list[ForecastLine]
    further: list[ForecastLine]
    audiences: list[AudienceView]

    @property
    def has_effects(self) -> bool:
        """Whether the effect of contact is known for any audience."""
        return any(audience.effects for audience in self.audiences)


def outlook_view(marts: Marts, options: PageOptions) -> OutlookView:
    """Return what the section of the outlook shows."""
    outlooks = [
        OutlookLine(state, row)
        for state in marts.states
        for row in marts.rows(StateOutlookRow)
        if row.state_id == state.state_id
    ]
    summary = marts.rows(BacktestSummaryRow)
    forecasts = [
        _forecast_line(
            row,
            [
                each
                for each in marts.rows(CalibrationBinRow)
                if each.target == FIRST_TARGET and each.model == row.model
            ],
        )
        for row in ordered(summary)
    ]
    further = [
        _forecast_line(row, [])
        for target in other_targets(summary)
        for row in ordered(summary, target)
    ]
    audiences = audience_views(marts, options.name_in_sql)
    headings = {
        "states": ("What to expect of a user in each state", outlooks),
        "backtest": ("How good past forecasts were", True),
        "calibration": ("When it says 30%, do 30% ride?", forecasts),
        "audiences": ("Audiences: whom to contact", audiences),
    }
    return OutlookView(
        charts=charts_with_data(
            {"backtest": backtest_gains(marts), "calibration": calibration(marts)}
        ),
        contents=Contents.of_present(SECTION.address, SECTION.title, headings),
        only_state=marts.only_state,
        outlooks=outlooks,
        forecasts=forecasts,
        further=further,
        audiences=audiences,
    )


def _forecast_line(
    row: BacktestSummaryRow, bins: list[CalibrationBinRow]
) -> ForecastLine:
    return ForecastLine(
        target_words(row.target),
        model_words(row.model),
        model_meaning(row.model),
        row,
        bins,
    )


SECTION = Section(
    address="outlook",
    title="Outlook",
    template="outlook.html.j2",
    reads=(
        StateOutlookRow,
        BacktestSummaryRow,
        CalibrationBinRow,
        AudienceDefinitionRow,
        AudienceSizeRow,
        AudienceEffectRow,
    ),
    view=outlook_view,
)
