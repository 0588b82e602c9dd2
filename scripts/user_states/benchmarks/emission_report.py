"""The comparison of emissions as lines for a person to read."""

from __future__ import annotations

import math
from itertools import combinations

from user_states.benchmarks.emission_comparison import (
    GAIN_LEVEL,
    GAIN_RESAMPLES,
    Comparison,
    ContenderOutcome,
    Gain,
    gain,
)
from user_states.console import format_table
from user_states.selection.guards import IN_SHORT


def describe(comparison: Comparison) -> list[str]:
    """Return the figures as lines of text."""
    users = (
        f"{comparison.n_training:,} users to fit on, {comparison.n_holdout:,} held "
        "out. Scores: mean log probability of a"
    )
    return [
        users,
        "held-out user's activity next week, in nats a user-week; errors are by user.",
        "",
        *_described_features(comparison),
        "",
        "Chosen by the certificate's rule",
        *_choices(comparison),
        "",
        "Differences of the chosen",
        *_gains(comparison),
        "",
        "By number of states",
        *_by_number(comparison),
        "",
        *_agreement_note(comparison),
        *(
            f"{outcome.contender.name}: {outcome.choice.explanation}"
            for outcome in comparison.outcomes
        ),
    ]


def _described_features(comparison: Comparison) -> list[str]:
    lines = []
    for outcome in comparison.outcomes:
        names = ", ".join(feature.name for feature in outcome.input.features)
        lines.append(f"{outcome.contender.name} reads {names}")
        lines += [f"  without {item.reason}" for item in outcome.input.dropped]
    return lines


def _choices(comparison: Comparison) -> list[str]:
    agreement = comparison.agreement
    rows = []
    for number, outcome in enumerate(comparison.outcomes):
        above_base = gain(outcome.scores(), outcome.base, comparison.seed)
        defects = outcome.choice.verdicts[outcome.choice.n_states].defects
        kinds = dict.fromkeys(IN_SHORT[defect.kind] for defect in defects)
        rows.append(
            (
                outcome.contender.name,
                str(outcome.choice.n_states),
                f"{outcome.scores().mean:.5f}",
                f"{outcome.scores().standard_error:.5f}",
                f"{above_base.difference.mean:.5f}",
                "" if agreement is None else f"{agreement.rand_indices[number]:.4f}",
                "; ".join(kinds) or "sound",
            )
        )
    base = comparison.outcomes[0].base
    overall = ("overall rate alone", "", f"{base.mean:.5f}")
    rows.append((*overall, f"{base.standard_error:.5f}", "", "", ""))
    header = (
        "emissions",
        "states",
        "score",
        "standard error",
        "above the rate",
        "agreement",
        "checks",
    )
    return format_table(header, rows)


def _gains(comparison: Comparison) -> list[str]:
    header = (
        "",
        "difference",
        "standard error",
        f"{GAIN_LEVEL:.0%} interval of resamples",
    )
    rows = []
    for before, after in combinations(comparison.outcomes, 2):
        found = gain(after.scores(), before.scores(), comparison.seed)
        rows.append(
            (
                f"{after.contender.name} minus {before.contender.name}",
                *_in_figures(found),
                f"{found.low:.5f} to {found.high:.5f}",
            )
        )
    return [
        *format_table(header, rows),
        f"  ({GAIN_RESAMPLES:,} resamples of whole users)",
    ]


def _by_number(comparison: Comparison) -> list[str]:
    """Return scores, defects and gains for every number of states."""
    gaussian, *others = comparison.outcomes
    header = ["states", gaussian.contender.name, "defects"]
    for outcome in others:
        header += [outcome.contender.name, "defects", "minus gaussian", "error"]
    rows = []
    for n_states in gaussian.certificates:
        row = [str(n_states), *_score_and_defects(gaussian, n_states)]
        for outcome in others:
            found = gain(
                outcome.scores(n_states), gaussian.scores(n_states), comparison.seed
            )
            row += [*_score_and_defects(outcome, n_states), *_in_figures(found)]
        rows.append(row)
    return format_table(header, rows)


def _score_and_defects(outcome: ContenderOutcome, n_states: int) -> tuple[str, str]:
    n_defects = len(outcome.choice.verdicts[n_states].defects)
    return f"{outcome.scores(n_states).mean:.5f}", str(n_defects)


def _in_figures(found: Gain) -> tuple[str, str]:
    error = found.difference.standard_error
    return (
        f"{found.difference.mean:.5f}",
        "unknown" if math.isinf(error) else f"{error:.5f}",
    )


def _agreement_note(comparison: Comparison) -> list[str]:
    agreement = comparison.agreement
    if agreement is None:
        return []
    text = (
        "Agreement: adjusted Rand index of decoded and true states, 1 for the same and "
        f"0 for chance, of\n{agreement.n_user_weeks:,} user-weeks of all users; "
        f"{agreement.n_without_truth:,} more have no true state."
    )
    return [text, ""]
