"""For analysts: how was this made? Everything here is folded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from user_states.explorer.part import Part, View
from user_states.explorer.parts.analysts_checks import (
    CheckLine,
    check_lines,
    drift_limit,
)
from user_states.explorer.parts.analysts_model import Model, model_of
from user_states.explorer.parts.analysts_past import (
    BacktestTables,
    PastLine,
    backtest_of,
    past_lines,
)
from user_states.explorer.parts.analysts_states import StateTables, state_tables
from user_states.explorer.parts.analysts_sums import (
    Hindsight,
    SumLine,
    hindsight_of,
    sum_lines,
)
from user_states.explorer.parts.analysts_tables import NAMED_TABLES
from user_states.explorer.scene import MADE_GROUP, Scene
from user_states.explorer.words import counted
from user_states.marts.distinct_features import one_of_each_group
from user_states.marts.feature_labels import FeatureLabel
from user_states.marts.history_rows import SizeRow
from user_states.marts.list_rows import ForecastRow
from user_states.marts.marts import Marts
from user_states.marts.outlook_rows import StateOutlookRow
from user_states.marts.run_rows import LineageRow, RunRow
from user_states.marts.state_rows import ProfileRow, TransitionRow, WordRow
from user_states.marts.trust_rows import (
    BacktestSummaryRow,
    CandidateRow,
    DriftRow,
    QualityCheckRow,
)

# Checks that say that rides are missing or wrong; a warning of one of them stands at
# the top of the page. A model that has aged is a matter for analysts.
_OF_THE_DATA = frozenset(
    {
        "days_since_newest_ride",
        "change_in_rides",
        "rides_set_aside",
        "status_other",
        "value_missing",
    }
)


@dataclass(frozen=True)
class DriftLine:
    """A feature, by its label, and its drift; of a feature of parts the largest."""

    label: FeatureLabel
    row: DriftRow


@dataclass(frozen=True)
class Everything:
    """What is shown for all users only.

    Attributes
    ----------
    checks : sequence of CheckLine
        Warnings first.
    checks_summary : str
    drifts : sequence of DriftLine
    drift_limit : float or None
    model : Model
    states : StateTables
    past : sequence of PastLine
    past_summary : str
    backtest : BacktestTables
    hindsight : Hindsight or None
    tables : sequence of (str, str, str)
        Names in SQL, what a row is, and the question.
    """

    checks: Sequence[CheckLine]
    checks_summary: str
    drifts: Sequence[DriftLine]
    drift_limit: float | None
    model: Model
    states: StateTables
    past: Sequence[PastLine]
    past_summary: str
    backtest: BacktestTables
    hindsight: Hindsight | None
    tables: Sequence[tuple[str, str, str]]


@dataclass(frozen=True, kw_only=True)
class Analysts(View):
    """How the page was made.

    Attributes
    ----------
    everything : Everything or None
        None under a filter.
    sums : sequence of SumLine
        The last is the sum.
    """

    everything: Everything | None
    sums: Sequence[SumLine]


def view(scene: Scene) -> Analysts | None:
    """Return how the page was made; None without users."""
    if not scene.n_users:
        return None
    checks = check_lines(scene.marts)
    return Analysts(
        title="Checks, model, tables and SQL",
        unfiltered=(
            "Checks, model and tables are about all users: show everyone to see them."
        ),
        warning=_warning(checks),
        everything=None if scene.is_filtered else _everything(scene, checks),
        sums=sum_lines(scene),
    )


def _everything(scene: Scene, checks: Sequence[CheckLine]) -> Everything:
    marts = scene.marts
    past = past_lines(marts)
    n_inside = sum(line.is_inside for line in past)
    return Everything(
        checks=checks,
        checks_summary=_summary(checks, len(marts.rows(QualityCheckRow))),
        drifts=_drifts(marts),
        drift_limit=drift_limit(marts),
        model=model_of(marts),
        states=state_tables(marts),
        past=past,
        past_summary=f"{n_inside} of {len(past)} inside" if past else "none known yet",
        backtest=backtest_of(marts),
        hindsight=hindsight_of(marts),
        tables=[
            (scene.options.name_in_sql(name), row, question)
            for name, row, question in NAMED_TABLES
        ],
    )


def _drifts(marts: Marts) -> list[DriftLine]:
    return [
        DriftLine(marts.labels.of(row.feature), row)
        for row in one_of_each_group(
            marts.rows(DriftRow),
            marts.labels,
            lambda row: row.feature,
            lambda row: row.population_stability_index or 0.0,
        )
    ]


def _summary(checks: Sequence[CheckLine], n_all: int) -> str:
    n_of = {
        verdict: sum(line.verdict == verdict for line in checks)
        for verdict in ("fine", "warning", "not measured")
    }
    parts = [f"{n_of['fine']} of {len(checks)} passed"]
    if n_of["warning"]:
        parts.append(counted(n_of["warning"], "warning"))
    if n_of["not measured"]:
        parts.append(f"{n_of['not measured']} not measured yet")
    if n_all > len(checks):
        parts.append(f"{n_all - len(checks)} more in the table quality_checks")
    return ", ".join(parts) if checks else "none measured"


def _warning(checks: Sequence[CheckLine]) -> str:
    """Return why the data are broken; empty while they are sound."""
    broken = [
        line
        for line in checks
        if line.verdict == "warning" and line.check.check_name in _OF_THE_DATA
    ]
    if not broken:
        return ""
    line = broken[0]
    title = line.check.title
    subject = "" if line.subject in title else f" ({line.subject})"
    return f"{title} {line.measured}{subject}, with a limit of {line.limit}."


PART = Part(
    "analysts",
    "For analysts",
    view,
    (
        QualityCheckRow,
        DriftRow,
        CandidateRow,
        RunRow,
        LineageRow,
        ProfileRow,
        WordRow,
        TransitionRow,
        StateOutlookRow,
        ForecastRow,
        BacktestSummaryRow,
        SizeRow,
    ),
    MADE_GROUP,
)
