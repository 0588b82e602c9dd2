"""Checks of the data and the model, as text."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite

from user_states.marts.distinct_features import one_of_each_group
from user_states.marts.marts import Marts
from user_states.marts.texts import percent
from user_states.marts.trust_rows import (
    DriftRow,
    QualityCheckRow,
)

# The check of every feature that the model reads.
DRIFT = "feature_drift"


@dataclass(frozen=True)
class CheckLine:
    """A check as text.

    Attributes
    ----------
    check : QualityCheck
    subject : str
        What was checked; a feature has its name in words.
    verdict : str
        `warning`, `fine` or `not measured`.
    measured, limit : str
    remark : str
        What was found and what to do about a warning, or why there is no measure;
        empty if all is fine.
    """

    check: QualityCheckRow
    subject: str
    verdict: str
    measured: str
    limit: str
    remark: str


def check_lines(marts: Marts) -> list[CheckLine]:
    """Return the checks, warnings first."""
    features = {row.feature for row in marts.rows(DriftRow)}
    lines = [
        CheckLine(
            check,
            marts.labels.of(check.subject).full_text
            if check.subject in features
            else check.subject,
            _verdict(check),
            measure(check.measured_value, check.unit),
            measure(check.threshold, check.unit),
            _remark(check),
        )
        for check in _shown_checks(marts)
    ]
    order = {"warning": 0, "not measured": 1, "fine": 2}
    return sorted(lines, key=lambda line: order[line.verdict])


def _shown_checks(marts: Marts) -> list[QualityCheckRow]:
    """Return the checks; of those of a feature's parts only the largest."""
    checks = marts.rows(QualityCheckRow)
    largest = one_of_each_group(
        [check for check in checks if check.check_name == DRIFT],
        marts.labels,
        lambda check: check.subject,
        lambda check: check.measured_value or 0.0,
    )
    return [check for check in checks if check.check_name != DRIFT or check in largest]


def measure(value: float | None, unit: str) -> str:
    """Return a value with its unit; a share is written in percent."""
    if value is None or not isfinite(value):
        return "–"
    if unit == "share":
        return percent(value).replace("-", "−")
    number = f"{value:,.0f}" if value == round(value) else f"{value:,.2f}"
    # For these two the title of the check says what is counted.
    text = number if unit in ("count", "index") else f"{number} {unit}"
    return text.replace("-", "−")


def drift_limit(marts: Marts) -> float | None:
    """Return the stability index above which a feature drifts; None if unknown."""
    return next(
        (
            check.threshold
            for check in marts.rows(QualityCheckRow)
            if check.check_name == DRIFT
        ),
        None,
    )


def _remark(check: QualityCheckRow) -> str:
    if check.measured_value is None:
        return check.not_measured_because or ""
    if not check.is_warning:
        return ""
    return " ".join(filter(None, (check.found, check.what_to_do)))


def _verdict(check: QualityCheckRow) -> str:
    if check.measured_value is None:
        return "not measured"
    return "warning" if check.is_warning else "fine"
