"""The transition graph, as data for the page's script."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from user_states.explorer.charts import lines_in_chart, name_on_a_line
from user_states.marts import palette
from user_states.marts.array_types import Matrix, Point
from user_states.marts.marts import Marts
from user_states.marts.state_rows import ShownState, TransitionRow
from user_states.marts.texts import percent

# Probabilities of the slider, for one week.
THRESHOLDS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.2, 0.3, 0.5)
# Inches: the ellipse on which the states stand, and their discs.
HALF_WIDTH, HALF_HEIGHT = 3.6, 2.3
LARGEST_DISC, SMALLEST_DISC = 0.42, 0.1
# Names around the ellipse: characters of a line, and lines. With many states each name
# has one line, so that names do not overlap.
FEW_STATES = 12
NAMES_OF_FEW, NAMES_OF_MANY = (22, 3), (30, 1)
# Width of an arrow in pixels.
THINNEST, THICKEST = 1.0, 7.0
N_POINTS = 14
# How far an arrow bends to its left, as a share of its length.
BEND = 0.16
# Inches between the centre of an arrowhead and the disc.
BEFORE_DISC = 0.11


def graph(marts: Marts, min_probability: float) -> dict[str, Any]:
    """Return the places of the states and the curves of the moves between them.

    The states stand on an ellipse in order, clockwise from the top. Their places do not
    depend on which moves are drawn, and their names fit outside. Places are in inches
    around (0, 0). Moves that are less likely than the lowest threshold
    are left out; the page says how many.
    """
    moves = [
        pair
        for pair in marts.rows(TransitionRow)
        if pair.from_state_id != pair.to_state_id and pair.probability > 0
    ]
    thresholds = sorted({*THRESHOLDS, min_probability})
    drawn = [pair for pair in moves if pair.probability >= thresholds[0]]
    most_likely = max((pair.probability for pair in drawn), default=1.0)
    places = on_ellipse([state.state_id for state in marts.model_states])
    radii = _radii(marts.model_states)
    shape = NAMES_OF_FEW if len(places) <= FEW_STATES else NAMES_OF_MANY
    return {
        "thresholds": thresholds,
        "start": thresholds.index(min_probability),
        "n_moves": len(moves),
        "nodes": [
            _node(state, places[state.state_id], radii[state.state_id], shape)
            for state in marts.model_states
        ],
        "edges": [
            _edge(marts, pair, places, radii, pair.probability / most_likely)
            for pair in sorted(drawn, key=lambda pair: -pair.probability)
        ],
    }


def on_ellipse(states: Sequence[int]) -> dict[int, Point]:
    """Return places in inches, clockwise from the top, around (0, 0)."""
    angles = [
        math.pi / 2 - 2 * math.pi * place / max(len(states), 1)
        for place in range(len(states))
    ]
    return {
        state: (HALF_WIDTH * math.cos(angle), HALF_HEIGHT * math.sin(angle))
        for state, angle in zip(states, angles, strict=True)
    }


def _radii(states: Sequence[ShownState]) -> dict[int, float]:
    """Return radii in inches: a disc's area is the state's share of users."""
    largest = max((s.user_share or 0.0 for s in states), default=0.0) or 1.0
    return {
        s.state_id: max(
            SMALLEST_DISC, LARGEST_DISC * math.sqrt((s.user_share or 0.0) / largest)
        )
        for s in states
    }


def _node(
    state: ShownState, place: Point, radius: float, name_shape: tuple[int, int]
) -> dict[str, Any]:
    # Names cut to one line may look the same, so they get their numbers.
    number = f"{state.state_id} " if name_shape == NAMES_OF_MANY else ""
    return {
        "state": state.state_id,
        "name": lines_in_chart(number + state.state_name, *name_shape),
        "x": round(place[0], 3),
        "y": round(place[1], 3),
        "radius": round(radius, 3),
        "colour": state.style.colour,
        "text": f"{percent(state.user_share)} of users, "
        f"{percent(state.stay_probability)} stay for another week",
    }


def _edge(
    marts: Marts,
    pair: TransitionRow,
    places: Mapping[int, Point],
    radii: Mapping[int, float],
    relative: float,
) -> dict[str, Any]:
    start, end = pair.from_state_id, pair.to_state_id
    curve = bent_arrow(places[start], places[end], (radii[start], radii[end]))
    names = {key: name_on_a_line(marts.state_by_id[key]) for key in (start, end)}
    along = curve[-1] - curve[-2]
    return {
        "from": start,
        "to": end,
        "probability": pair.probability,
        "x": [round(float(x), 3) for x in curve[:, 0]],
        "y": [round(float(y), 3) for y in curve[:, 1]],
        # Degrees clockwise from upwards, as Plotly rotates a mark.
        "angle": round(math.degrees(math.atan2(along[0], along[1])), 1),
        "width": round(THINNEST + (THICKEST - THINNEST) * relative, 2),
        "colour": palette.darkened(marts.style_of(start).colour, 0.15),
        "text": f"{names[start]} → {names[end]}<br>"
        f"{percent(pair.probability)} per week",
    }


def bent_arrow(start: Point, end: Point, radii: tuple[float, float]) -> Matrix:
    """Return points from one disc to another on a curve that bends to its left.

    A quadratic Bézier curve between the centres, without its ends inside the discs. So
    the two moves between a pair of states do not overlap.

    Returns
    -------
    array of float, shape (N_POINTS, 2)
    """
    first, last = np.asarray(start, dtype=float), np.asarray(end, dtype=float)
    along = last - first
    middle = (first + last) / 2 + BEND * np.array([-along[1], along[0]])
    t = np.linspace(0, 1, 40 * N_POINTS)[:, None]
    curve = (1 - t) ** 2 * first + 2 * t * (1 - t) * middle + t**2 * last
    is_outside = (np.hypot(*(curve - first).T) >= radii[0]) & (
        np.hypot(*(curve - last).T) >= radii[1] + BEFORE_DISC
    )
    visible = curve[is_outside] if is_outside.any() else curve
    kept = np.linspace(0, len(visible) - 1, N_POINTS).round().astype(int)
    points: Matrix = visible[kept]
    return points
