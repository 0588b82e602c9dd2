"""Propensity beeswarm: what each feature adds to the scores of single customers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from user_states.figures.drawing.canvas import TEXT_SIZE, framed
from user_states.figures.drawing.target_panels import (
    TARGET_READS,
    panel_heights,
    panel_title,
    published_targets,
    words_of_features,
)
from user_states.figures.picture import Picture
from user_states.marts import palette
from user_states.marts.marts import Marts, NothingToDrawError
from user_states.marts.propensity_mart_rows import (
    PropensityModelRow,
    PropensityPointRow,
)
from user_states.marts.reason_words import ReasonWords
from user_states.marts.segment_rows import CustomerFeatureRow
from user_states.marts.texts import wrapped

WIDTH = 8.5
ROW_HEIGHT, HEAD_HEIGHT = 0.42, 0.95
# Columns in which dots pile up, over the range of a panel; rows are one high.
N_BINS, STEP, REACH = 90, 0.07, 0.42
# From little to much of a feature; they differ for colour-blind people too.
VALUES = LinearSegmentedColormap.from_list("values", ["#2b6cb0", "#a79cae", "#c2500a"])


def draw_propensity_beeswarm(marts: Marts) -> Figure:
    """Draw a dot for each customer of a sample and feature, by what it adds.

    Of a target with several classes the one whose scores move most is drawn.

    Raises
    ------
    NothingToDrawError
        If no propensity is published, or it has no points.
    """
    swarms = {
        row: swarm for row in published_targets(marts) if (swarm := _swarm(marts, row))
    }
    if not swarms:
        raise NothingToDrawError(
            "propensity_points is empty: the published models have no points"
        )
    words = words_of_features(marts)
    heights = panel_heights(
        [len(features) for _, features in swarms.values()], ROW_HEIGHT, HEAD_HEIGHT
    )
    frame = framed(
        WIDTH,
        sum(heights),
        "How features move the scores of single customers",
        "Each dot is one customer of a sample: how much a feature adds to the score "
        "(SHAP value; in log odds, in probability for a random forest). Blue: little "
        "of the feature; orange: much; hollow: not known. The strongest features are "
        "at the top.",
        f"marts.propensity_points; {marts.source_line}",
    )
    panels = frame.panels(len(swarms), 1, gridspec_kw={"height_ratios": heights})
    for axes, (row, (name, features)) in zip(panels, swarms.items(), strict=True):
        _draw_panel(axes, row, name, features, words)
    panels[-1].set_xlabel("less likely  ←  added to the score  →  likelier")
    return frame.figure


def _swarm(
    marts: Marts, row: PropensityModelRow
) -> tuple[str, Mapping[str, Sequence[PropensityPointRow]]] | None:
    """Return the class that moves most, and its points by feature."""
    found: dict[str, dict[str, list[PropensityPointRow]]] = {}
    strength: dict[str, float] = defaultdict(float)
    for point in marts.rows(PropensityPointRow):
        if point.target == row.target:
            own = found.setdefault(point.outcome_class, {})
            own.setdefault(point.feature, []).append(point)
            strength[point.outcome_class] += abs(point.contribution)
    if not found:
        return None
    name = max(found, key=lambda each: (strength[each], each))
    return name if len(found) > 1 else "", found[name]


def _draw_panel(
    axes: Axes,
    row: PropensityModelRow,
    outcome_class: str,
    features: Mapping[str, Sequence[PropensityPointRow]],
    words: ReasonWords,
) -> None:
    title = panel_title(row) + (f" “{outcome_class}”" if outcome_class else "")
    axes.set_title(
        wrapped(title, 56, 2), loc="left", fontsize=TEXT_SIZE, fontweight="bold"
    )
    most = max(abs(p.contribution) for own in features.values() for p in own) or 1.0
    axes.axvline(0, color=palette.MUTED, linewidth=1)
    for place, own in enumerate(features.values()):
        added = np.array([point.contribution for point in own])
        heights = place + piled(added, 2 * most / N_BINS)
        known = np.array([point.value_place is not None for point in own])
        values = np.array([point.value_place or 0.0 for point in own])
        axes.scatter(
            added[known],
            heights[known],
            c=values[known],
            cmap=VALUES,
            vmin=0,
            vmax=1,
            s=9,
            linewidths=0,
        )
        axes.scatter(
            added[~known],
            heights[~known],
            s=9,
            facecolors="none",
            edgecolors=palette.MUTED,
            linewidths=0.7,
        )
    axes.set_yticks(
        range(len(features)), [wrapped(words.of(name), 44, 1) for name in features]
    )
    axes.set_ylim(len(features) - 0.5, -0.5)
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="x")


def piled(added: np.ndarray, width: float) -> np.ndarray:
    """Return how far from the middle of its row each dot lies.

    Dots in one column of this width pile up from the middle, alternately to both sides;
    a pile that is higher than the row starts again.
    """
    away = np.zeros(len(added))
    piles: dict[int, int] = defaultdict(int)
    for number in np.argsort(added, kind="stable"):
        column = int(added[number] // (width or 1.0))
        n_before = piles[column]
        piles[column] += 1
        distance = (STEP * ((n_before + 1) // 2)) % REACH
        away[number] = distance if n_before % 2 else -distance
    return away


PICTURE = Picture(
    "propensity_beeswarm",
    (*TARGET_READS, CustomerFeatureRow, PropensityPointRow),
    lambda marts, _: draw_propensity_beeswarm(marts),
)
