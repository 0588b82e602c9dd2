"""A small chart for each state of when its users request rides."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from user_states.figures.drawing.canvas import HINDSIGHT, SMALL_SIZE, percent_axis
from user_states.figures.drawing.small_multiples import framed_panels
from user_states.marts import palette
from user_states.marts.array_types import Vector
from user_states.marts.marts import Marts
from user_states.marts.rhythms import RequestShares
from user_states.marts.texts import percent


def draw_rhythm_panels(
    marts: Marts,
    requests: RequestShares,
    draw: Callable[[Axes, palette.StateStyle, Vector], str],
    title: str,
    findings: str,
) -> tuple[Figure, list[Axes]]:
    """Return a figure with a chart for each state, and the charts.

    Parameters
    ----------
    marts : Marts
    requests : RequestShares
    draw : callable
        Draws the shares of one state into its chart and returns a finding.
    title, findings : str
        As in `framed`.
    """
    frame, panels = framed_panels(
        marts.states,
        title,
        findings,
        f"Requests in local time; {HINDSIGHT}; marts.state_rhythms; "
        f"{marts.source_line}",
    )
    for axes, state in zip(panels, marts.states, strict=True):
        shares = requests.of_state[state.state_id]
        if shares is None:
            axes.text(0.5, 0.5, "no requests", transform=axes.transAxes, ha="center")
        else:
            finding = draw(axes, state.style, shares)
            n_requests = requests.n_of_state[state.state_id]
            _note(axes, f"{n_requests:,} requests, {finding}")
    # All charts share their axes. The limit leaves room for a note above the highest.
    panels[0].set_ylim(0, panels[0].get_ylim()[1] * 1.16)
    percent_axis(panels[0])
    return frame.figure, panels


def _note(axes: Axes, text: str) -> None:
    axes.text(
        0.03,
        0.96,
        text,
        transform=axes.transAxes,
        va="top",
        fontsize=SMALL_SIZE,
        color=palette.MUTED,
    )


def most_unlike(requests: RequestShares, marts: Marts, how: str) -> str:
    """Name the state whose requests differ most from everyone's.

    By total variation: the share of its requests that would have to move to match.
    """
    distances = {
        state.state_id: float(np.abs(shares - requests.of_everyone).sum() / 2)
        for state in marts.model_states
        if (shares := requests.of_state[state.state_id]) is not None
    }
    # A single state is everyone.
    if not distances or marts.only_state:
        return ""
    state_id = max(distances, key=lambda key: distances[key])
    return (
        f"Most different from everyone: “{marts.name_of(state_id)}”, with "
        f"{percent(distances[state_id], 0)} of its requests {how}."
    )
