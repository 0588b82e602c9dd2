"""Exact numbers of each target, for analysts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

from user_states.explorer.parts.propensities_charts import N_ERRORS, chance_words
from user_states.explorer.parts.propensities_words import SIMPLE_RULES
from user_states.explorer.scene import Scene
from user_states.explorer.words import decimal, starting_large, with_closed_percent
from user_states.explorer.words.dates import date
from user_states.explorer.words.numbers import number, percent
from user_states.marts.propensity_mart_rows import (
    PropensityCandidateRow,
    PropensityLeakRow,
    PropensityModelRow,
    PropensityTenthRow,
    PropensityWeekRow,
    SecondOpinionRow,
)

NO_OPINION = (
    "Whether other methods give the same reasons is not measured yet: run "
    "`make explanation-checks`."
)
_METHODS = {
    "lime": "LIME",
    "eli5": "ELI5’s permutation importance",
    "permutation": "Permutation importance",
}
_EVIDENCE = {"live": "published then", "at_the_fit": "held out of the fit"}


@dataclass(frozen=True)
class TargetNumbers:
    """What was measured of one target.

    Attributes
    ----------
    title : str
    facts : sequence of str
        The choice, gains over simple rules, leaks and second opinions, in sentences.
    candidates, tenths, weeks : sequence of tuples of str
        Rows of the three tables; empty if nothing was measured.
    """

    title: str
    facts: Sequence[str]
    candidates: Sequence[tuple[str, ...]]
    tenths: Sequence[tuple[str, ...]]
    weeks: Sequence[tuple[str, ...]]


def target_numbers(scene: Scene, model: PropensityModelRow) -> TargetNumbers:
    """Return the exact numbers of a target that was tried."""
    marts, target = scene.marts, model.target
    return TargetNumbers(
        title=model.title,
        facts=[
            *_facts(model),
            *(
                with_closed_percent(row.sentence)
                for row in marts.rows(PropensityLeakRow)
                if row.target == target
            ),
            *_out_of_order(
                [r for r in marts.rows(PropensityTenthRow) if r.target == target]
            ),
            *opinions([r for r in marts.rows(SecondOpinionRow) if r.target == target]),
        ],
        candidates=[
            _candidate(row)
            for row in marts.rows(PropensityCandidateRow)
            if row.target == target
        ],
        tenths=[
            (
                row.outcome_class,
                str(row.tenth),
                f"{decimal(row.lowest, 4)} to {decimal(row.highest, 4)}",
                number(row.n_rows),
                decimal(row.mean_forecast, 4),
                decimal(row.observed_rate, 4),
            )
            for row in marts.rows(PropensityTenthRow)
            if row.target == target
        ],
        weeks=[
            (
                date(row.as_of_week_start),
                row.outcome_class,
                _EVIDENCE.get(row.evidence, row.evidence),
                number(row.n_customers),
                decimal(row.mean_forecast, 4),
                decimal(row.observed_rate, 4),
                decimal(row.calibration_error, 4),
            )
            for row in marts.rows(PropensityWeekRow)
            if row.target == target
        ],
    )


def _out_of_order(rows: Sequence[PropensityTenthRow]) -> list[str]:
    """Return which tenth did it surely less often than a lower one, in a sentence.

    Of several such pairs the one that chance explains least; none of several classes.
    """
    if len({row.outcome_class for row in rows}) != 1:
        return []
    tenths = sorted((row for row in rows if row.n_rows), key=lambda row: row.tenth)
    pairs = [
        (_errors_apart(low, high), low, high)
        for place, low in enumerate(tenths)
        for high in tenths[place + 1 :]
    ]
    worst = max(pairs, key=lambda pair: pair[0], default=None)
    if worst is None or worst[0] <= N_ERRORS:
        return []
    _, low, high = worst
    return [
        (
            f"The order of the chances is not reliable: of tenth {high.tenth}, "
            f"{chance_words(high.observed_rate)} did it, and of tenth {low.tenth}, "
            f"whose chances are lower, {chance_words(low.observed_rate)}: more than "
            "chance explains."
        )
    ]


def _errors_apart(low: PropensityTenthRow, high: PropensityTenthRow) -> float:
    """Return by how many standard errors the lower tenth did it more often."""
    error = sqrt(
        sum(r.observed_rate * (1 - r.observed_rate) / r.n_rows for r in (low, high))
    )
    return (low.observed_rate - high.observed_rate) / max(error, 1e-9)


def opinions(rows: Sequence[SecondOpinionRow]) -> list[str]:
    """Return how far other methods agree with the reasons, in sentences."""
    if not rows:
        return [NO_OPINION]
    found = []
    for row in rows:
        name = _METHODS.get(row.method, row.method)
        parts = []
        if row.top_three_agreement is not None:
            parts.append(
                f"Of the three strongest reasons that SHAP names for a customer, "
                f"{name} names {3 * row.top_three_agreement:.1f} too, on average "
                f"({percent(row.top_three_agreement)})"
            )
        if row.rank_correlation is not None:
            parts.append(
                f"{name} orders the features as SHAP does with a rank correlation of "
                f"{decimal(row.rank_correlation, 2)} (1 is the same order)"
            )
        of = f", for {number(row.n_customers)} customers" if row.n_customers else ""
        sentence = f"{'; '.join(parts)}{of}." if parts else f"{name}: not measured."
        found.append(f"{sentence} {row.note}".strip() if row.note else sentence)
    return found


def _facts(model: PropensityModelRow) -> list[str]:
    found = [with_closed_percent(model.sentence)] if model.sentence else []
    if model.n_customers and model.n_rows:
        came = (
            f", {number(model.n_positives)} of them with the outcome"
            if model.n_positives is not None
            else ""
        )
        found.append(
            f"Fitted to {number(model.n_customers)} customers{came}, in "
            f"{number(model.n_rows)} customer-weeks."
        )
    gains = {
        "rfm": (model.gain_over_rfm, model.gain_over_rfm_low, model.gain_over_rfm_high),
        "recency_bucket": (
            model.gain_over_recency,
            model.gain_over_recency_low,
            model.gain_over_recency_high,
        ),
        "base_rate": (
            model.gain_over_base,
            model.gain_over_base_low,
            model.gain_over_base_high,
        ),
    }
    for rule, (gain, low, high) in gains.items():
        if gain is not None:
            found.append(
                f"{starting_large(SIMPLE_RULES[rule])}: the forecast gains "
                f"{decimal(gain, 4)} nats a customer-week over it (95% interval "
                f"{decimal(low, 4)} to "
                f"{decimal(high, 4)})."
            )
    return found


def _candidate(row: PropensityCandidateRow) -> tuple[str, ...]:
    kind = "chosen" if row.is_chosen else "simple rule" if row.is_rival else ""
    return (
        starting_large(row.label),
        decimal(row.log_loss, 4),
        decimal(row.auc, 3),
        decimal(row.brier, 4),
        decimal(row.calibration_error, 4),
        kind,
    )
