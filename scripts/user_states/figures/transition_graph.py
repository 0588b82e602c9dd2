"""Transition graph: states as cards, and likely moves as arrows between them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle, FancyArrowPatch, FancyBboxPatch
from matplotlib.path import Path

from user_states.figures.drawing.canvas import SMALL_SIZE, TEXT_SIZE, Frame, framed
from user_states.figures.graph.graph_layout import lay_out
from user_states.figures.graph.graph_places import Edge, GraphLayout, Route
from user_states.figures.picture import Picture
from user_states.marts import palette
from user_states.marts.array_types import Point
from user_states.marts.marts import Marts, NothingToDrawError
from user_states.marts.state_rows import ShownState, TransitionRow
from user_states.marts.texts import percent, wrapped

# Size of a card in inches. It has a disc as large as the state, its name and shares.
CARD = (2.4, 0.8)
CARD_PADDING = 0.09
LARGEST_DISC = 0.28  # radius
SHARES_HEIGHT = 0.17
NAME_LENGTH = 20
LABEL = (0.44, 0.18)
# Width of an arrow in points, from the least likely to the most likely move.
THINNEST, THICKEST = 0.8, 6.0
MIN_WIDTH = 7.5


def draw_transition_graph(
    marts: Marts,
    min_probability: float,
    programs: list[str] | None = None,
) -> Figure:
    """Draw states and the moves between them.

    Parameters
    ----------
    marts : Marts
    min_probability : float
        Less likely moves are left out.
    programs : list of str, optional
        See `lay_out`.

    Raises
    ------
    NothingToDrawError
        If there are no transitions.
    """
    if not marts.rows(TransitionRow):
        raise NothingToDrawError("state_transitions is empty: no model has been fitted")
    states = marts.model_states
    moves = [
        pair
        for pair in marts.rows(TransitionRow)
        if pair.from_state_id != pair.to_state_id
    ]
    edges = likely_edges(moves, min_probability)
    layout = lay_out([state.state_id for state in states], edges, CARD, LABEL, programs)
    frame = framed(
        max(layout.width + 0.7, MIN_WIDTH),
        layout.height + 0.2,
        "How users move between the states",
        _findings(moves, edges, min_probability, layout),
        "Probabilities by the model; shares of users in the newest week; "
        f"marts.state_transitions and marts.states; {marts.source_line}",
    )
    _draw(frame, layout, states, edges)
    return frame.figure


def likely_edges(
    moves: Sequence[TransitionRow], min_probability: float
) -> dict[Edge, float]:
    """Return the probabilities of likely moves, by the two states of each move."""
    return {
        (pair.from_state_id, pair.to_state_id): pair.probability
        for pair in moves
        if pair.probability >= min_probability
    }


def _findings(
    moves: Sequence[TransitionRow],
    edges: Mapping[Edge, float],
    min_probability: float,
    layout: GraphLayout,
) -> str:
    n_left_out = len(moves) - len(edges)
    text = (
        "Arrows: probability of the move from one week to the next, as width and "
        "number. Discs: the area is the state's share of users. "
    )
    if n_left_out:
        text += (
            f"{len(edges)} moves are drawn; {n_left_out} below "
            f"{percent(min_probability)} are left out (var "
            "picture_min_edge_probability)."
        )
    else:
        text += f"All {len(edges)} moves are drawn."
    if not moves:
        text = "There is only one state, so no user moves to another one."
    if layout.program is None:
        text += " Drawn on a circle, because Graphviz could not be run."
    return text


def _draw(
    frame: Frame,
    layout: GraphLayout,
    states: Sequence[ShownState],
    edges: Mapping[Edge, float],
) -> None:
    left = (frame.width - layout.width) / 2
    axes = frame.axes_at(left, 0.1, layout.width, layout.height)
    axes.set_axis_off()
    axes.set_xlim(0, layout.width)
    axes.set_ylim(0, layout.height)
    highest = max(edges.values(), default=1.0)
    colours = {
        state.state_id: palette.darkened(state.style.colour, 0.15) for state in states
    }
    # The most likely moves are drawn last, on top.
    for edge in sorted(edges, key=lambda key: edges[key]):
        colour = colours[edge[0]]
        _draw_arrow(axes, layout.routes[edge], colour, edges[edge] / highest)
    for edge, probability in edges.items():
        _label_arrow(axes, layout.routes[edge], colours[edge[0]], probability)
    largest = max(state.user_share or 0.0 for state in states) or 1.0
    for state in states:
        relative = (state.user_share or 0.0) / largest
        _draw_card(axes, layout.nodes[state.state_id], state, relative)


def _draw_arrow(axes: Axes, route: Route, colour: str, relative: float) -> None:
    codes = [Path.MOVETO] + [Path.CURVE4] * (len(route.curve) - 1)
    width = THINNEST + (THICKEST - THINNEST) * relative
    axes.add_patch(
        FancyArrowPatch(
            path=Path(route.curve, codes),
            arrowstyle=(
                f"-|>,head_length={4 + 0.6 * width},head_width={2.2 + 0.5 * width}"
            ),
            mutation_scale=1,
            linewidth=width,
            color=colour,
            fill=True,
            capstyle="butt",
            joinstyle="miter",
            shrinkA=0,
            shrinkB=0,
            clip_on=False,
            zorder=1 + relative,
        )
    )


def _label_arrow(axes: Axes, route: Route, colour: str, probability: float) -> None:
    axes.text(
        *route.label,
        percent(probability),
        ha="center",
        va="center",
        fontsize=SMALL_SIZE,
        zorder=4,
        bbox={
            "boxstyle": "round,pad=0.15",
            "facecolor": "white",
            "edgecolor": colour,
            "linewidth": 0.5,
        },
    )


def _draw_card(axes: Axes, place: Point, state: ShownState, relative: float) -> None:
    x, y = place
    width, height = CARD
    style = state.style
    axes.add_patch(
        FancyBboxPatch(
            (x - width / 2, y - height / 2),
            width,
            height,
            boxstyle="round,pad=0,rounding_size=0.1",
            facecolor="white",
            edgecolor=palette.darkened(style.colour, 0.15),
            linewidth=1,
            clip_on=False,
            zorder=5,
        )
    )
    middle = x - width / 2 + CARD_PADDING + LARGEST_DISC
    axes.add_patch(
        Circle(
            (middle, y),
            LARGEST_DISC * math.sqrt(relative),
            facecolor=style.colour,
            hatch=style.hatch,
            edgecolor=palette.darkened(style.colour),
            linewidth=0.8,
            zorder=6,
        )
    )
    left = middle + LARGEST_DISC + CARD_PADDING
    axes.text(
        left,
        y + SHARES_HEIGHT / 2,
        wrapped(state.state_name, NAME_LENGTH),
        va="center",
        fontsize=TEXT_SIZE - 0.5,
        fontweight="bold",
        linespacing=1.1,
        zorder=7,
    )
    axes.text(
        left,
        y - height / 2 + CARD_PADDING,
        f"{percent(state.user_share)} of users · "
        f"{percent(state.stay_probability)} stay",
        fontsize=SMALL_SIZE - 0.5,
        color=palette.MUTED,
        zorder=7,
    )


PICTURE = Picture(
    "transition_graph",
    (TransitionRow,),
    lambda marts, options: draw_transition_graph(marts, options.min_edge_probability),
)
