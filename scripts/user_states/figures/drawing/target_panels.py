"""Panels of propensities: one target below the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from user_states.marts.marts import Marts, NothingToDrawError
from user_states.marts.propensity_mart_rows import (
    PropensityImportanceRow,
    PropensityModelRow,
)
from user_states.marts.reason_words import ReasonWords, reason_words_of
from user_states.marts.segment_rows import CustomerFeatureRow

# What every figure of propensities reads.
TARGET_READS = (PropensityModelRow, PropensityImportanceRow)


def published_targets(marts: Marts) -> list[PropensityModelRow]:
    """Return the targets of which a model is published.

    Raises
    ------
    NothingToDrawError
        If there is none.
    """
    shown = {row.target for row in marts.rows(PropensityImportanceRow)}
    found = [row for row in marts.rows(PropensityModelRow) if row.target in shown]
    if not found:
        raise NothingToDrawError(
            "propensity_importance is empty: no propensity is published"
        )
    return found


def strongest_features(marts: Marts, target: str, most: int) -> Mapping[str, float]:
    """Return the importance of the strongest features, over all classes of a target."""
    weights: dict[str, float] = {}
    for row in marts.rows(PropensityImportanceRow):
        if row.target == target:
            weights[row.feature] = weights.get(row.feature, 0.0) + row.importance
    names = sorted(weights, key=lambda name: (-weights[name], name))
    return {name: weights[name] for name in names[:most]}


def words_of_features(marts: Marts) -> ReasonWords:
    """Return the features in words."""
    return reason_words_of(
        marts.rows(CustomerFeatureRow),
        {state.state_key: state.state_name for state in marts.states},
    )


def panel_title(row: PropensityModelRow) -> str:
    """Return the title of a target's panel: `Who will buy? (buy within 4 weeks)`."""
    return f"{row.title} ({row.words})"


def panel_heights(sizes: Sequence[int], line: float, head: float) -> list[float]:
    """Return the heights of panels with so many rows each, in inches."""
    return [head + line * size for size in sizes]
