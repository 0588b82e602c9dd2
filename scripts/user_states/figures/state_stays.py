"""How long users stay in each state: as observed, and as the model says."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from user_states.figures.canvas import SMALL_SIZE, percent_axis
from user_states.figures.small_multiples import framed_panels, label_outer
from user_states.marts import palette
from user_states.marts.mart_data import HINDSIGHT, MartData
from user_states.marts.rows import State, Stay
from user_states.marts.stays import MIN_AT_RISK, expected_median, observed_median
from user_states.marts.texts import NothingToDrawError


def draw_state_stays(data: MartData) -> Figure:
    """Draw the share of stays that last longer than so many weeks.

    Raises
    ------
    NothingToDrawError
        If there are no stays.
    """
    if not data.stays:
        raise NothingToDrawError("state_stays is empty: no user has a state")
    states = data.model_states
    frame, panels = framed_panels(
        states,
        "How long users stay in each state",
        "Solid: share of the observed stays that last longer than so many weeks, drawn "
        f"while at least {MIN_AT_RISK} stays are left; stays that still go on count up "
        "to now. Dashed: by the model, where the chance of leaving is the same every "
        "week. Where the solid line flattens out above it, some users pass through and "
        "others settle. Median: when half have left.",
        f"Estimated as Kaplan & Meier (1958) do, {HINDSIGHT}; marts.state_stays; "
        f"{data.source_line}",
    )
    longest = max(
        [row.n_weeks for row in data.stays if row.n_at_risk >= MIN_AT_RISK], default=1
    )
    for axes, state in zip(panels, states, strict=True):
        own = [row for row in data.stays if row.state_id == state.state_id]
        _draw_stays(axes, state, own)
    panels[0].set_xlim(0, longest)
    # Above all curves there is room for a note.
    panels[0].set_ylim(0, 1.24)
    panels[0].set_yticks([0, 0.25, 0.5, 0.75, 1])
    panels[0].xaxis.set_major_locator(MaxNLocator(5, integer=True))
    percent_axis(panels[0])
    label_outer(panels, "weeks in the state", "still there")
    return frame.figure


def _draw_stays(axes: Axes, state: State, stays: Sequence[Stay]) -> None:
    style = state.style
    seen = [row for row in stays if row.n_at_risk >= MIN_AT_RISK]
    axes.step(
        [0, *(row.n_weeks for row in seen)],
        [1, *(row.longer_share for row in seen)],
        where="post",
        color=palette.darkened(style.colour, 0.15),
        linewidth=2.2,
    )
    weeks = np.arange(0, max(len(seen), 1) + 1)
    axes.plot(
        weeks,
        (state.stay_probability or 0.0) ** weeks,
        color=palette.INK,
        linewidth=1.1,
        linestyle=(0, (4, 2)),
    )
    axes.text(
        0.03,
        0.97,
        _note(stays, state.stay_probability),
        transform=axes.transAxes,
        va="top",
        fontsize=SMALL_SIZE,
        color=palette.MUTED,
    )


def _note(stays: Sequence[Stay], stay_probability: float | None) -> str:
    n_stays = sum(row.n_left + row.n_still_there for row in stays)
    seen = observed_median(stays)
    expected = expected_median(stay_probability)
    median = "not reached" if seen is None else f"{seen} weeks"
    text = f"{n_stays:,} stays, median {median}"
    return text if expected is None else f"{text} (model {expected})"
