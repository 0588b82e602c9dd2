"""State profiles: how each state differs from everyone, feature by feature."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from user_states.figures.drawing import matrices, shades
from user_states.figures.drawing.canvas import SMALL_SIZE, TEXT_SIZE, Frame, framed
from user_states.figures.drawing.matrices import ColumnNames
from user_states.figures.drawing.text_sizes import text_width
from user_states.figures.picture import Picture
from user_states.marts import palette
from user_states.marts.feature_labels import FeatureLabel
from user_states.marts.marts import Marts, NothingToDrawError
from user_states.marts.profiles import profiles
from user_states.marts.state_rows import ProfileRow
from user_states.marts.texts import signed

# Inches. Few states get wider cells.
CELL_WIDTH, CELL_HEIGHT = 0.78, 0.42
MIN_STATES_WIDTH = 5.4
MIN_WIDTH = 8.5
# From this many standard deviations on the colour is strongest.
STRONGEST = 2.0
# From this many standard deviations on a difference is bold.
NOTABLE = 1.0
# A feature in which every state is closer to everyone than this is left out.
STANDS_OUT = 0.3
# Smaller differences are written as ±0.0, in grey.
NEGLIGIBLE = 0.05
KEY_HEIGHT = 0.7


def draw_state_profiles(marts: Marts) -> Figure:
    """Draw the mean of every feature in every state, and how far it is from everyone's.

    Raises
    ------
    NothingToDrawError
        If there are no profiles.
    """
    if not marts.rows(ProfileRow):
        raise NothingToDrawError("state_profiles is empty: no model has been fitted")
    states = marts.model_states
    names = [state.state_name for state in states]
    shown = features_that_differ(marts)
    # The mean of everyone is the same in the rows of all states.
    everyone = {
        row.feature: row.mean_of_everyone
        for row in marts.rows(ProfileRow)
        if row.feature in shown
    }
    labels = [marts.labels.of(name) for name in everyone]
    left = max(_label_width(label) for label in labels) + 0.15
    cell_width = max(CELL_WIDTH, MIN_STATES_WIDTH / (len(states) + 1))
    columns = ColumnNames(names, cell_width)
    top = columns.height
    width = cell_width * (len(states) + 1)
    height = CELL_HEIGHT * len(labels)
    frame = framed(
        max(left + width + columns.overhang, MIN_WIDTH),
        top + height + KEY_HEIGHT,
        "How each state differs from everyone",
        f"{_farthest(marts)} Each cell: mean of the state's weeks in the "
        "feature's unit, and below it the difference from everyone in standard "
        "deviations. Red: more than everyone. Blue: less.",
        f"{_left_out(marts, shown)}marts.state_profiles; {marts.source_line}",
    )
    axes = frame.axes_at(left, top, width, height)
    matrices.prepare(axes, len(labels), len(states) + 1)
    for i, (label, mean) in enumerate(zip(labels, everyone.values(), strict=True)):
        _name_row(axes, i, label, cell_width)
        axes.text(
            0,
            i,
            label.value(mean),
            ha="center",
            va="center",
            fontsize=TEXT_SIZE,
        )
    axes.text(0, -0.5 - matrices.SPACE / CELL_HEIGHT, "Everyone", **columns.style)
    _draw_cells(axes, marts, list(everyone))
    matrices.name_columns(axes, states, columns, CELL_HEIGHT, first=1)
    _draw_key(frame, left, top + height + 0.2)
    return frame.figure


def features_that_vary(marts: Marts) -> list[str]:
    """Return the features that vary between users; all features if none does."""
    features = dict.fromkeys(row.feature for row in marts.rows(ProfileRow))
    varying = {
        row.feature
        for row in marts.rows(ProfileRow)
        if row.standard_deviations_from_everyone is not None
    }
    return [feature for feature in features if feature in varying or not varying]


def features_that_differ(marts: Marts) -> list[str]:
    """Return features in which a state stands out; if none does, those that vary."""
    standing_out = {
        row.feature
        for row in profiles(marts)
        if abs(row.standard_deviations_from_everyone or 0.0) >= STANDS_OUT
    }
    varying = features_that_vary(marts)
    return [feature for feature in varying if feature in standing_out] or varying


def _left_out(marts: Marts, shown: Sequence[str]) -> str:
    """Name the features that are not shown, with the reason."""
    has_value = {
        row.feature
        for row in marts.rows(ProfileRow)
        if row.mean_of_everyone is not None
    }
    features = dict.fromkeys(row.feature for row in marts.rows(ProfileRow))
    left_out = [feature for feature in features if feature not in shown]
    reasons = {
        "without data": [name for name in left_out if name not in has_value],
        "nearly the same in all states": [
            name for name in left_out if name in has_value
        ],
    }
    return "".join(
        f"Left out, {reason}: "
        + ", ".join(marts.labels.of(name).text for name in names)
        + ". "
        for reason, names in reasons.items()
        if names
    )


def _draw_cells(axes: Axes, marts: Marts, features: Sequence[str]) -> None:
    """Fill the cells: one row per feature, one column per state after everyone's."""
    rows = {feature: i for i, feature in enumerate(features)}
    columns = {state.state_id: j for j, state in enumerate(marts.model_states, start=1)}
    for cell in profiles(marts):
        if cell.feature not in rows:
            continue
        i, j = rows[cell.feature], columns[cell.state_id]
        label = marts.labels.of(cell.feature)
        deviations = cell.standard_deviations_from_everyone
        colour = deviation_colour(deviations)
        distance = abs(deviations or 0.0)
        matrices.fill_cell(axes, i, j, colour)
        matrices.write_cell(
            axes, i - 0.17, j, label.value(cell.mean_value), colour, fontsize=TEXT_SIZE
        )
        matrices.write_cell(
            axes,
            i + 0.25,
            j,
            _difference(cell),
            colour,
            fontsize=SMALL_SIZE - 0.5,
            fontweight="bold" if distance >= NOTABLE else "normal",
            **({"color": palette.MUTED} if distance < NEGLIGIBLE else {}),
        )


def deviation_colour(deviations: float | None) -> str:
    """Return the colour of a difference in standard deviations; white if unknown."""
    if deviations is None:
        return "#ffffff"
    return shades.difference_colour(float(np.clip(deviations / STRONGEST, -1, 1)))


def _difference(cell: ProfileRow) -> str:
    if cell.mean_value is None:
        return "few weeks"
    deviations = cell.standard_deviations_from_everyone
    return "constant" if deviations is None else signed(deviations)


def _name_row(axes: Axes, i: int, label: FeatureLabel, cell_width: float) -> None:
    right = -0.5 - 0.08 / cell_width
    axes.text(right, i - 0.18, label.text, ha="right", va="center", fontsize=TEXT_SIZE)
    axes.text(
        right,
        i + 0.25,
        label.unit,
        ha="right",
        va="center",
        fontsize=SMALL_SIZE - 0.5,
        color=palette.MUTED,
    )


def _label_width(label: FeatureLabel) -> float:
    return max(
        text_width(label.text, TEXT_SIZE), text_width(label.unit, SMALL_SIZE - 0.5)
    )


def _draw_key(frame: Frame, left: float, top: float) -> None:
    """Draw a key to the colours below the matrix."""
    steps = (-2.0, -1.0, -0.5, 0.0, 0.5, 1.0, 2.0)
    axes = frame.axes_at(left, top, 0.7 * len(steps), 0.2)
    matrices.prepare(axes, 1, len(steps))
    for j, step in enumerate(steps):
        matrices.fill_cell(axes, 0, j, deviation_colour(step))
        ends = {steps[0]: " or less", steps[-1]: " or more"}
        text = signed(step) + ends.get(step, "")
        axes.text(j, 0.6, text, ha="center", va="top", fontsize=SMALL_SIZE)
    axes.text(
        (len(steps) - 1) / 2,
        1.4,
        "standard deviations from everyone",
        ha="center",
        va="top",
        fontsize=SMALL_SIZE,
        color=palette.MUTED,
    )


def _farthest(marts: Marts) -> str:
    """Say which state differs most from everyone, and in which feature."""
    distances = [
        (abs(row.standard_deviations_from_everyone), row)
        for row in profiles(marts)
        if row.standard_deviations_from_everyone
    ]
    if not distances:
        return "The states do not differ in any feature."
    distance, row = max(distances, key=lambda pair: pair[0])
    text = marts.labels.of(row.feature).text
    is_above = (row.standard_deviations_from_everyone or 0) > 0
    return (
        f"Largest difference from everyone: “{marts.name_of(row.state_id)}”, "
        f"{text[0].lower()}{text[1:]}, {distance:.1f} standard deviations "
        f"{'above' if is_above else 'below'}."
    )


PICTURE = Picture(
    "state_profiles", (ProfileRow,), lambda marts, _: draw_state_profiles(marts)
)
