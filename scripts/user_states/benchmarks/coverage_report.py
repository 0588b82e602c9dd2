"""The coverage of intervals as lines for a person to read, and its limits."""

from __future__ import annotations

from collections.abc import Sequence

from user_states.benchmarks.coverage import Coverage
from user_states.console import format_table
from user_states.errors import UserError

LOWEST, HIGHEST = 0.85, 0.95


def describe(rows: Sequence[Coverage]) -> list[str]:
    """Return the coverage of each measure as aligned lines."""
    return format_table(
        ("measure", "contain the truth", "least of a state or pair", "width"),
        [
            (
                row.measure,
                f"{row.share:.1%}",
                f"{row.least_share:.1%}",
                f"{row.width_ratio:.2f}",
            )
            for row in rows
        ],
    )


def require_coverage(rows: Sequence[Coverage]) -> None:
    """Raise UserError if a share lies outside the limits."""
    outside = [row for row in rows if not LOWEST <= row.share <= HIGHEST]
    if outside:
        found = "; ".join(f"{row.measure} in {row.share:.1%}" for row in outside)
        raise UserError(
            f"intervals contain the truth for {found} of the simulations; expected "
            f"{LOWEST:.0%} to {HIGHEST:.0%}: with few simulations this is chance, with "
            "many it is a defect of parameter_draws.py"
        )
