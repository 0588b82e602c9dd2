"""State profiles: how each state differs from everyone, feature by feature."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from user_states.figures.drawing import matrices, shades
from user_states.figures.drawing.canvas import SMALL_SIZE, TEXT_SIZE, Frame, framed
from user_states.figures.drawing.matrices import ColumnNames
from user_states.figures.drawing.text_sizes import text_width
from user_states.figures.picture import Picture
from user_states.marts import palette
from user_states.marts.distinct_features import distance, farthest
from user_states.marts.feature_labels import FeatureLabel, FeatureLabels
from user_states.marts.known_means import profiles
from user_states.marts.marts import Marts, NothingToDrawError
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
EVERYONE = "Everyone"


@dataclass(frozen=True)
class _Row:
    """A row of the figure: a feature, or a heading, which has no feature."""

    label: FeatureLabel
    feature: str = ""

    @property
    def unit(self) -> str:
        """The unit below the name; parts have it below their heading."""
        return "" if self.feature and self.label.group else self.label.unit


def draw_state_profiles(marts: Marts) -> Figure:
    """Draw the mean of every feature in every state, and how far it is from everyone's.

    Raises
    ------
    NothingToDrawError
        If there are no profiles.
    """
    if not marts.rows(ProfileRow):
        raise NothingToDrawError("state_profiles is empty: no model has been fitted")
    # A single state is everyone, so there is nothing to compare.
    states = () if marts.only_state else marts.model_states
    names = [state.state_name for state in states] or [EVERYONE]
    shown = features_that_differ(marts)
    # The mean of everyone is the same in the rows of all states.
    everyone = {
        row.feature: row.mean_of_everyone
        for row in profiles(marts)
        if row.feature in shown
    }
    rows = _rows(list(everyone), marts.labels)
    left = max(_name_width(row) for row in rows) + 0.15
    cell_width = max(CELL_WIDTH, MIN_STATES_WIDTH / (len(states) + 1))
    columns = ColumnNames(names, cell_width)
    top = columns.height
    width = cell_width * (len(states) + 1)
    height = CELL_HEIGHT * len(rows)
    title, subtitle = _words(marts, is_compared=bool(states))
    frame = framed(
        max(left + width + columns.overhang, MIN_WIDTH),
        top + height + (KEY_HEIGHT if states else 0),
        title,
        subtitle,
        f"{_left_out(marts, shown)}marts.state_profiles; {marts.source_line}",
    )
    axes = frame.axes_at(left, top, width, height)
    matrices.prepare(axes, len(rows), len(states) + 1)
    for i, row in enumerate(rows):
        _name_row(axes, i, row, cell_width)
        if row.feature:
            axes.text(
                0,
                i,
                row.label.value(everyone[row.feature]),
                ha="center",
                va="center",
                fontsize=TEXT_SIZE,
            )
    axes.text(0, -0.5 - matrices.SPACE / CELL_HEIGHT, EVERYONE, **columns.style)
    if states:
        _draw_cells(axes, marts, rows)
        matrices.name_columns(axes, states, columns, CELL_HEIGHT, first=1)
        _draw_key(frame, left, top + height + 0.2)
    return frame.figure


def _words(marts: Marts, *, is_compared: bool) -> tuple[str, str]:
    """Return title and subtitle."""
    if not is_compared:
        return (
            "What users do in a week",
            (
                "There is only one state, so it is everyone, and nothing is compared. "
                "Each number: mean of all weeks, in the feature's unit."
            ),
        )
    return (
        "How each state differs from everyone",
        (
            f"{_farthest(marts)} Each cell: mean of the state's weeks in the "
            "feature's unit, and below it the difference from everyone in standard "
            "deviations. Red: more than everyone. Blue: less."
        ),
    )


def _rows(features: Sequence[str], labels: FeatureLabels) -> list[_Row]:
    """Return the rows of the figure: features, and a heading above those of parts."""
    rows: list[_Row] = []
    group = ""
    for feature in features:
        label = labels.of(feature)
        if label.group and label.group != group:
            rows.append(_Row(replace(label, text=label.group)))
        group = label.group
        rows.append(_Row(label, feature))
    return rows


def features_that_vary(marts: Marts) -> list[str]:
    """Return the features that vary between users; all features if none does."""
    features = dict.fromkeys(row.feature for row in profiles(marts))
    varying = {
        row.feature
        for row in profiles(marts)
        if row.standard_deviations_from_everyone is not None
    }
    return [feature for feature in features if feature in varying or not varying]


def features_that_differ(marts: Marts) -> list[str]:
    """Return features in which a state stands out; if none does, those that vary.

    A feature of several parts is shown with all of them, or not at all.
    """

    def fact(feature: str) -> str:
        return marts.labels.of(feature).group or feature

    standing_out = {
        fact(row.feature) for row in profiles(marts) if distance(row) >= STANDS_OUT
    }
    varying = features_that_vary(marts)
    return [feature for feature in varying if fact(feature) in standing_out] or varying


def _left_out(marts: Marts, shown: Sequence[str]) -> str:
    """Name the features that are not shown, with the reason."""
    has_value = {
        row.feature for row in profiles(marts) if row.mean_of_everyone is not None
    }
    features = dict.fromkeys(row.feature for row in profiles(marts))
    left_out = [feature for feature in features if feature not in shown]
    reasons = {
        "without data": [name for name in left_out if name not in has_value],
        "nearly the same in all states": [
            name for name in left_out if name in has_value
        ],
    }
    return "".join(
        f"Left out, {reason}: "
        + ", ".join(
            dict.fromkeys(
                label.group or label.text for label in map(marts.labels.of, names)
            )
        )
        + ". "
        for reason, names in reasons.items()
        if names
    )


def _draw_cells(axes: Axes, marts: Marts, shown: Sequence[_Row]) -> None:
    """Fill the cells: one row per feature, one column per state after everyone's."""
    rows = {row.feature: i for i, row in enumerate(shown) if row.feature}
    columns = {state.state_id: j for j, state in enumerate(marts.model_states, start=1)}
    for cell in profiles(marts):
        if cell.feature not in rows:
            continue
        i, j = rows[cell.feature], columns[cell.state_id]
        label = marts.labels.of(cell.feature)
        deviations = cell.standard_deviations_from_everyone
        colour = deviation_colour(deviations)
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
            fontweight="bold" if distance(cell) >= NOTABLE else "normal",
            **({"color": palette.MUTED} if distance(cell) < NEGLIGIBLE else {}),
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


def _name_row(axes: Axes, i: int, row: _Row, cell_width: float) -> None:
    right = -0.5 - 0.08 / cell_width
    axes.text(
        right,
        i - 0.18 if row.unit else i,
        row.label.text,
        ha="right",
        va="center",
        fontsize=TEXT_SIZE,
        fontweight="normal" if row.feature else "bold",
    )
    axes.text(
        right,
        i + 0.25,
        row.unit,
        ha="right",
        va="center",
        fontsize=SMALL_SIZE - 0.5,
        color=palette.MUTED,
    )


def _name_width(row: _Row) -> float:
    # Headings are bold.
    bold = 1.0 if row.feature else 1.15
    return max(
        bold * text_width(row.label.text, TEXT_SIZE),
        text_width(row.unit, SMALL_SIZE - 0.5),
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
    found = farthest(profiles(marts), marts.labels, 1)
    if not found or not distance(found[0]):
        return "The states do not differ in any feature."
    row = found[0]
    text = marts.labels.of(row.feature).full_text
    is_above = (row.standard_deviations_from_everyone or 0) > 0
    return (
        f"Largest difference from everyone: “{marts.name_of(row.state_id)}”, "
        f"{text[0].lower()}{text[1:]}, {distance(row):.1f} standard deviations "
        f"{'above' if is_above else 'below'}."
    )


PICTURE = Picture(
    "state_profiles", (ProfileRow,), lambda marts, _: draw_state_profiles(marts)
)
