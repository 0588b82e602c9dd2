"""Checks of the data and the model as the page lists them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pictures.page_rows import QualityCheck


@dataclass(frozen=True)
class CheckLine:
    """A check in words: `warning`, `fine` or `not measured`."""

    check: QualityCheck
    verdict: str
    measured: str
    limit: str


def check_lines(checks: Iterable[QualityCheck]) -> list[CheckLine]:
    """Return the checks, those that warn first."""
    lines = [
        CheckLine(
            check,
            _verdict(check),
            measure(check.measured_value, check.unit),
            measure(check.threshold, check.unit),
        )
        for check in checks
    ]
    order = {"warning": 0, "not measured": 1, "fine": 2}
    return sorted(lines, key=lambda line: order[line.verdict])


def measure(value: float | None, unit: str) -> str:
    """Return a value with its unit; a share is written in percent."""
    if value is None:
        return "–"
    if unit == "share":
        return f"{value:.1%}"
    number = f"{value:,.0f}" if value == round(value) else f"{value:,.2f}"
    return f"{number} {unit}".replace("-", "−")


def _verdict(check: QualityCheck) -> str:
    if check.measured_value is None:
        return "not measured"
    return "warning" if check.is_warning else "fine"
