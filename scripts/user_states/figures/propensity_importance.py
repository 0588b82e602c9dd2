"""Propensity importance: what moves the forecast of each target most."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from user_states.figures.drawing.canvas import (
    SMALL_SIZE,
    TEXT_SIZE,
    framed,
    percent_axis,
)
from user_states.figures.drawing.target_panels import (
    TARGET_READS,
    panel_heights,
    panel_title,
    published_targets,
    strongest_features,
    words_of_features,
)
from user_states.figures.picture import Picture
from user_states.marts import palette
from user_states.marts.marts import Marts
from user_states.marts.propensity_mart_rows import (
    PropensityImportanceRow,
    PropensityModelRow,
)
from user_states.marts.reason_words import ReasonWords
from user_states.marts.segment_rows import CustomerFeatureRow
from user_states.marts.texts import percent, wrapped

N_FEATURES = 10
WIDTH = 8.5
ROW_HEIGHT, HEAD_HEIGHT = 0.29, 0.75


def draw_propensity_importance(marts: Marts) -> Figure:
    """Draw the share of each feature in all that moves the scores of a target.

    Raises
    ------
    NothingToDrawError
        If no propensity is published.
    """
    targets = published_targets(marts)
    words = words_of_features(marts)
    shown = [strongest_features(marts, row.target, N_FEATURES) for row in targets]
    heights = panel_heights([len(each) for each in shown], ROW_HEIGHT, HEAD_HEIGHT)
    frame = framed(
        WIDTH,
        sum(heights),
        "What moves the forecasts of single customers",
        "Bars: mean absolute SHAP value of a feature, as a share of that of all "
        "features; with several classes, of all classes together. It says how much a "
        "feature moves a score, up or down, and not that a change of it would change "
        "what a customer does.",
        f"marts.propensity_importance; {marts.source_line}",
    )
    panels = frame.panels(
        len(targets), 1, gridspec_kw={"height_ratios": heights}, sharex=True
    )
    for axes, row, features in zip(panels, targets, shown, strict=True):
        total = sum(
            each.importance
            for each in marts.rows(PropensityImportanceRow)
            if each.target == row.target
        )
        shares = {name: weight / total for name, weight in features.items()}
        _draw_panel(axes, row, shares, words)
    panels[-1].set_xlabel("share of all that moves the scores")
    return frame.figure


def _draw_panel(
    axes: Axes, row: PropensityModelRow, shares: dict[str, float], words: ReasonWords
) -> None:
    axes.set_title(panel_title(row), loc="left", fontsize=TEXT_SIZE, fontweight="bold")
    places = range(len(shares))
    axes.barh(places, list(shares.values()), height=0.66, color=palette.CHOSEN)
    axes.set_yticks(list(places), [wrapped(words.of(name), 44, 1) for name in shares])
    axes.invert_yaxis()
    axes.tick_params(axis="y", length=0)
    for place, share in zip(places, shares.values(), strict=True):
        axes.text(
            share, place, f" {percent(share, 0)}", va="center", fontsize=SMALL_SIZE
        )
    percent_axis(axes, "x")
    axes.grid(axis="x")


PICTURE = Picture(
    "propensity_importance",
    (*TARGET_READS, CustomerFeatureRow),
    lambda marts, _: draw_propensity_importance(marts),
)
