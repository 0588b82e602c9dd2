"""What the study of propensities prints."""

from __future__ import annotations

from collections.abc import Sequence

from user_states.benchmarks.propensity_study import PropensityOutcome
from user_states.console import format_table
from user_states.propensity.propensity_certificate import PropensityCertificate


def scores_table(found: PropensityCertificate) -> list[str]:
    """Return the scores of every model, the choice and the leaks, as lines."""
    rows = [
        (
            name,
            f"{one.log_loss:.4f}",
            f"{one.auc:.3f}",
            f"{one.brier:.4f}",
            f"{one.calibration_error:.4f}",
        )
        for name, one in found.scores.items()
    ]
    header = ("sessions", "log loss", "AUC", "Brier", "calibration error")
    words = [found.choice.explanation, *map(str, found.leaks)]
    return [*format_table(header, rows), *words]


def outcomes_table(outcomes: Sequence[PropensityOutcome]) -> list[str]:
    """Return what came out, a line for each kind of simulation."""
    rows = []
    for kind in dict.fromkeys(outcome.kind for outcome in outcomes):
        own = [outcome for outcome in outcomes if outcome.kind == kind]
        first = f"{sum(o.n_first for o in own)} of {sum(o.n_explained for o in own)}"
        chosen = " ".join(sorted({o.chosen for o in own}))
        rows.append((kind, str(sum(o.is_published for o in own)), first, chosen))
    return format_table(("reasons", "published", "found first", "chosen"), rows)
