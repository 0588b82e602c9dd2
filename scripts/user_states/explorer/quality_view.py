"""Checks of the data and the model as the page lists them."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite

from user_states.marts.mart_data import MartData
from user_states.marts.page_rows import QualityCheck
from user_states.marts.rows import Candidate
from user_states.marts.texts import percent

# What became of a state, as the mart state_lineage calls it and as the page says it.
_BECAME = {
    "kept": "kept: the same state",
    "new": "new",
    "split": "split off from the state before",
    "merged": "took in the state before",
    "ended": "ended",
}


@dataclass(frozen=True)
class CheckLine:
    """A check in words.

    Attributes
    ----------
    check : QualityCheck
    subject : str
        What it is of; a feature by its name in words.
    verdict : str
        `warning`, `fine` or `not measured`.
    measured, limit : str
    remark : str
        What to do about a warning; why there is no measure; empty where all is fine.
    """

    check: QualityCheck
    subject: str
    verdict: str
    measured: str
    limit: str
    remark: str


def check_lines(data: MartData) -> list[CheckLine]:
    """Return the checks, those that warn first."""
    features = {row.feature for row in data.drifts}
    lines = [
        CheckLine(
            check,
            data.labels.of(check.subject).text
            if check.subject in features
            else check.subject,
            _verdict(check),
            measure(check.measured_value, check.unit),
            measure(check.threshold, check.unit),
            _remark(check),
        )
        for check in data.quality_checks
    ]
    order = {"warning": 0, "not measured": 1, "fine": 2}
    return sorted(lines, key=lambda line: order[line.verdict])


def measure(value: float | None, unit: str) -> str:
    """Return a value with its unit; a share is written in percent."""
    if value is None or not isfinite(value):
        return "–"
    if unit == "share":
        return percent(value).replace("-", "−")
    number = f"{value:,.0f}" if value == round(value) else f"{value:,.2f}"
    # Of these two the question says what is counted.
    text = number if unit in ("count", "index") else f"{number} {unit}"
    return text.replace("-", "−")


def drift_limit(data: MartData) -> float | None:
    """Return the stability index above which a feature drifts; None where unknown."""
    return next(
        (
            check.threshold
            for check in data.quality_checks
            if check.check_name == "feature_drift"
        ),
        None,
    )


def chosen_number(data: MartData) -> Candidate | None:
    """Return the number of states that was chosen, with its certificate."""
    return next((row for row in data.candidates if row.is_chosen), None)


def became(relation: str) -> str:
    """Return what became of a state with a fit, in words."""
    return _BECAME.get(relation, relation)


def _remark(check: QualityCheck) -> str:
    if check.measured_value is None:
        return check.not_measured_because or ""
    return check.what_to_do if check.is_warning else ""


def _verdict(check: QualityCheck) -> str:
    if check.measured_value is None:
        return "not measured"
    return "warning" if check.is_warning else "fine"
