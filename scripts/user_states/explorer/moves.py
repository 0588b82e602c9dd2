"""How users move, as data for the page: flows between weeks, and the graph."""

from __future__ import annotations

import datetime
import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from user_states.explorer.charts import lines_in_chart, name_on_a_line
from user_states.marts import palette
from user_states.marts.mart_data import MartData
from user_states.marts.rows import State, Transition
from user_states.marts.texts import percent

Point = tuple[float, float]

# Where users come from who were not there in the earlier week.
NEWCOMERS = -1
# Weeks between the two that are shown first: long enough for moves to be seen.
FIRST_SPAN = 12
HINDSIGHT_WORDS = "in hindsight"
AS_KNOWN_WORDS = "as known on the Mondays after"

# Probabilities of the slider, in a week.
THRESHOLDS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.2, 0.3, 0.5)
# Inches of the ellipse on which the states stand, and of their discs.
HALF_WIDTH, HALF_HEIGHT = 3.6, 2.3
LARGEST_DISC, SMALLEST_DISC = 0.42, 0.1
# Of names around the ellipse: characters of a line, and lines. Many names get one
# line each, so that none lies on its neighbour.
FEW_STATES = 12
NAMES_OF_FEW, NAMES_OF_MANY = (22, 3), (30, 1)
# Pixels of an arrow's line.
THINNEST, THICKEST = 1.0, 7.0
N_POINTS = 14
# How far an arrow bends to its left, as a share of its length.
BEND = 0.16
# Inches between the middle of an arrow's head and the disc.
BEFORE_DISC = 0.11


@dataclass(frozen=True)
class Telling:
    """Flows as they are told in one way: in hindsight, or as known at the time.

    Attributes
    ----------
    words : str
        How they are told.
    weeks : list of str
        Rising.
    start : tuple of str
        The two weeks that are shown first.
    pairs : dict
        By "from|to", rows (from, to, users); users who came between the two weeks are
        from `NEWCOMERS`.
    """

    words: str
    weeks: list[str]
    start: tuple[str, str]
    pairs: dict[str, list[list[int]]]

    @property
    def rows_at_start(self) -> list[list[int]]:
        """The rows that are shown first, the largest on top."""
        rows = self.pairs.get("|".join(self.start), [])
        return sorted(rows, key=lambda row: -row[2])


@dataclass(frozen=True)
class Flows:
    """Flows between any two of some weeks.

    Attributes
    ----------
    tellings : dict
        By `hindsight` and `known`; one that there is nothing of is left out.
    last_settled : str
        The last week of those with flows whose states in hindsight are settled; empty
        where none is.
    """

    tellings: dict[str, Telling]
    last_settled: str


def flows(data: MartData) -> Flows:
    """Return the users of every pair of states between any two of some weeks.

    In hindsight flows into the last settled week are shown first: later on moves that
    show late are missing, so that a state such as silence seems to lose its newcomers.
    """
    settled = [str(flow.to_week_start) for flow in data.flows if flow.is_settled]
    last_settled = max(settled, default="")
    tellings = {
        "hindsight": _told(data, "n_users", HINDSIGHT_WORDS, last_settled),
        "known": _told(data, "n_users_as_known", AS_KNOWN_WORDS, ""),
    }
    return Flows(
        {name: telling for name, telling in tellings.items() if telling.pairs},
        last_settled,
    )


def _told(data: MartData, column: str, words: str, last: str) -> Telling:
    """Return the flows of a column, which Flow and Size both have.

    They are first shown into the week `last`, or into the newest where that is empty.
    """
    pairs: defaultdict[str, list[list[int]]] = defaultdict(list)
    arrived: defaultdict[str, Counter[int]] = defaultdict(Counter)
    for flow in data.flows:
        n_users = getattr(flow, column)
        if n_users:
            pair = f"{flow.from_week_start}|{flow.to_week_start}"
            pairs[pair].append([flow.from_state_id, flow.to_state_id, n_users])
            arrived[pair][flow.to_state_id] += n_users
    sizes = {
        (str(row.week_start), row.state_id): getattr(row, column) or 0
        for row in data.sizes
    }
    for pair, rows in pairs.items():
        to_week = pair.split("|")[1]
        for state in data.states:
            there = sizes.get((to_week, state.state_id), 0)
            came = there - arrived[pair][state.state_id]
            if came > 0:
                rows.append([NEWCOMERS, state.state_id, came])
    weeks = sorted({week for pair in pairs for week in pair.split("|")})
    return Telling(words, weeks, _start(weeks, last), dict(pairs))


def _start(weeks: Sequence[str], last: str) -> tuple[str, str]:
    """Return the two weeks to begin with: far enough apart for moves to be seen."""
    if len(weeks) < 2:
        return ("", "")
    to_week = last if last in weeks[1:] else weeks[-1]
    far = datetime.date.fromisoformat(to_week) - datetime.timedelta(weeks=FIRST_SPAN)
    earlier = [week for week in weeks if week <= far.isoformat()]
    return (earlier[-1] if earlier else weeks[0], to_week)


def flow_content(told: Flows, data: MartData) -> dict[str, Any]:
    """Return the flows as the page's script reads them, with the look of the states."""
    return {
        **asdict(told),
        "states": {
            state.state_id: {
                "name": state.state_name,
                "label": name_on_a_line(state),
                "colour": state.style.colour,
            }
            for state in data.states
        },
    }


def graph(data: MartData, min_probability: float) -> dict[str, Any]:
    """Return places of the states, and the way of every move between two of them.

    The states stand on an ellipse in their order, clockwise from the top: they keep
    their places whichever moves are drawn, and their names lie outside. Places are in
    inches around (0, 0). Moves that are less likely than the lowest threshold are left
    out; the page says how many.
    """
    moves = [
        pair
        for pair in data.transitions
        if pair.from_state_id != pair.to_state_id and pair.probability > 0
    ]
    thresholds = sorted({*THRESHOLDS, min_probability})
    drawn = [pair for pair in moves if pair.probability >= thresholds[0]]
    likeliest = max((pair.probability for pair in drawn), default=1.0)
    places = on_ellipse([state.state_id for state in data.model_states])
    radii = _radii(data.model_states)
    shape = NAMES_OF_FEW if len(places) <= FEW_STATES else NAMES_OF_MANY
    return {
        "thresholds": thresholds,
        "start": thresholds.index(min_probability),
        "n_moves": len(moves),
        "nodes": [
            _node(state, places[state.state_id], radii[state.state_id], shape)
            for state in data.model_states
        ],
        "edges": [
            _edge(data, pair, places, radii, pair.probability / likeliest)
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


def _radii(states: Sequence[State]) -> dict[int, float]:
    """Return radii in inches: a disc's area is the state's share of users."""
    largest = max((s.user_share or 0.0 for s in states), default=0.0) or 1.0
    return {
        s.state_id: max(
            SMALLEST_DISC, LARGEST_DISC * math.sqrt((s.user_share or 0.0) / largest)
        )
        for s in states
    }


def _node(
    state: State, place: Point, radius: float, name_shape: tuple[int, int]
) -> dict[str, Any]:
    # On one line names may be cut to the same words; the list below has the numbers.
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
    data: MartData,
    pair: Transition,
    places: Mapping[int, Point],
    radii: Mapping[int, float],
    relative: float,
) -> dict[str, Any]:
    start, end = pair.from_state_id, pair.to_state_id
    curve = bent_arrow(places[start], places[end], (radii[start], radii[end]))
    names = {state.state_id: name_on_a_line(state) for state in data.model_states}
    along = curve[-1] - curve[-2]
    return {
        "from": start,
        "to": end,
        "probability": pair.probability,
        "x": [round(float(x), 3) for x in curve[:, 0]],
        "y": [round(float(y), 3) for y in curve[:, 1]],
        # Degrees clockwise from upwards, as Plotly turns a mark.
        "angle": round(math.degrees(math.atan2(along[0], along[1])), 1),
        "width": round(THINNEST + (THICKEST - THINNEST) * relative, 2),
        "colour": palette.darkened(data.style_of(start).colour, 0.15),
        "text": f"{names[start]} → {names[end]}<br>{percent(pair.probability)} a week",
    }


def bent_arrow(
    start: Point, end: Point, radii: tuple[float, float]
) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """Return points from one disc to another on a curve that bends to its left.

    A quadratic Bézier curve between the middles, without its ends inside the discs: so
    two moves between the same states do not lie on each other.

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
    points: np.ndarray[tuple[int, int], np.dtype[np.float64]] = visible[kept]
    return points
