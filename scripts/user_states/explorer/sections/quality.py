"""Quality: whether data and model can be trusted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from user_states.explorer.section import (
    Contents,
    PageOptions,
    Section,
    View,
    charts_with_data,
)
from user_states.explorer.sections.quality_charts import selection
from user_states.explorer.sections.quality_checks import (
    CheckLine,
    check_lines,
    drift_limit,
)
from user_states.marts.candidate_marks import marks_in_words
from user_states.marts.distinct_features import one_of_each_group
from user_states.marts.feature_labels import FeatureLabel
from user_states.marts.marts import Marts
from user_states.marts.run_rows import LineageRow, RunRow
from user_states.marts.texts import with_minus
from user_states.marts.trust_rows import CandidateRow, DriftRow, QualityCheckRow

# What happened to a state, by the values of the mart state_lineage.
_CHANGES = {
    "kept": "kept: the same state",
    "new": "new",
    "split": "split off from the state before",
    "merged": "merged with the state before",
    "ended": "ended",
}


@dataclass(frozen=True)
class DriftLine:
    """A feature, by its label, and its drift; of a feature of parts the largest."""

    label: FeatureLabel
    row: DriftRow


@dataclass(frozen=True)
class LineageLine:
    """What happened to a state when the run was promoted, in words."""

    change: str
    row: LineageRow


@dataclass(frozen=True, kw_only=True)
class QualityView(View):
    """What the section of quality shows.

    Attributes
    ----------
    contents : Contents
    checks : list of CheckLine
        Warnings first.
    drifts : list of DriftLine
    drift_limit : float or None
    run : RunRow or None
        The run that is shown.
    choice : str
        Why it has its number of states.
    chosen : CandidateRow or None
        The chosen number of states.
    candidates : sequence of CandidateRow
        All numbers of states that were tried.
    marks : str
        The meanings of the marks in the chart of them.
    runs : sequence of RunRow
        The newest first.
    lineage : list of LineageLine
        Empty for the first run.
    """

    contents: Contents
    checks: list[CheckLine]
    drifts: list[DriftLine]
    drift_limit: float | None
    run: RunRow | None
    choice: str
    chosen: CandidateRow | None
    candidates: Sequence[CandidateRow]
    marks: str
    runs: Sequence[RunRow]
    lineage: list[LineageLine]


def quality_view(marts: Marts, _: PageOptions) -> QualityView:
    """Return what the section of quality shows."""
    checks = check_lines(marts)
    run = marts.shown_run
    candidates = marts.rows(CandidateRow)
    drifts = [
        DriftLine(marts.labels.of(row.feature), row)
        for row in one_of_each_group(
            marts.rows(DriftRow),
            marts.labels,
            lambda row: row.feature,
            lambda row: row.population_stability_index or 0.0,
        )
    ]
    lineage = [
        LineageLine(_CHANGES.get(row.relation, row.relation), row)
        for row in marts.rows(LineageRow)
        if row.run_id == marts.run_id and row.previous_run_id
    ]
    headings = {
        "checks": ("Checks of the data and the model", True),
        "drift": ("Drift of the features", drifts),
        "model": ("The model and its checks", True),
        "fits": ("Runs", marts.rows(RunRow)),
        "lineage": ("What changed in the states with this run", lineage),
    }
    return QualityView(
        charts=charts_with_data({"selection": selection(marts)}),
        warning=_warning(checks),
        contents=Contents.of_present(SECTION.address, SECTION.title, headings),
        checks=checks,
        drifts=drifts,
        drift_limit=drift_limit(marts),
        run=run,
        choice=with_minus(run.choice) if run else "",
        chosen=next((row for row in candidates if row.is_chosen), None),
        candidates=candidates,
        marks=marks_in_words(candidates),
        runs=marts.rows(RunRow),
        lineage=lineage,
    )


def _warning(checks: Sequence[CheckLine]) -> str:
    n_warnings = sum(line.verdict == "warning" for line in checks)
    if not n_warnings:
        return ""
    return (
        f"{n_warnings} {'warning' if n_warnings == 1 else 'warnings'} on data or model"
    )


SECTION = Section(
    address="quality",
    title="Quality",
    template="quality.html.j2",
    reads=(QualityCheckRow, DriftRow, CandidateRow, RunRow, LineageRow),
    view=quality_view,
)
