"""State stays: how long users stay in each state, observed and by the model."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from user_states.figures.drawing.canvas import HINDSIGHT, SMALL_SIZE, percent_axis
from user_states.figures.drawing.small_multiples import framed_panels, label_outer
from user_states.figures.picture import Picture
from user_states.marts import palette
from user_states.marts.marts import Marts, NothingToDrawError
from user_states.marts.state_rows import ShownState, StayRow
from user_states.marts.stays import MIN_AT_RISK, reliable_stays_in, stays_in


def draw_state_stays(marts: Marts) -> Figure:
    """Draw the share of stays that last longer than a number of weeks.

    Raises
    ------
    NothingToDrawError
        If there are no stays, or only one state, which no user leaves.
    """
    if not marts.rows(StayRow):
        raise NothingToDrawError("state_stays is empty: no user has a state")
    states = marts.model_states
    if marts.only_state:
        raise NothingToDrawError("the model has only one state, which no user leaves")
    frame, panels = framed_panels(
        states,
        "How long users stay in each state",
        "Solid: share of observed stays that last longer than the number of weeks, "
        f"shown while at least {MIN_AT_RISK} stays are left; stays that continue count "
        "up to now. Dashed: the same of users drawn from the model. Where the solid "
        "line is flat and above the dashed one, some users leave quickly and others "
        "remain. Median: half have left.",
        f"Kaplan-Meier estimate (1958); {HINDSIGHT}; marts.state_stays; "
        f"{marts.source_line}",
    )
    longest = 1
    for axes, state in zip(panels, states, strict=True):
        reliable = reliable_stays_in(marts, state.state_id)
        longest = max([longest, *(row.n_weeks for row in reliable)])
        _draw_curves(axes, state, reliable)
        _write_note(axes, state, stays_in(marts, state.state_id))
    panels[0].set_xlim(0, longest)
    # Leave room for a note above the curves.
    panels[0].set_ylim(0, 1.24)
    panels[0].set_yticks([0, 0.25, 0.5, 0.75, 1])
    panels[0].xaxis.set_major_locator(MaxNLocator(5, integer=True))
    percent_axis(panels[0])
    label_outer(panels, "weeks in the state", "still there")
    return frame.figure


def _draw_curves(axes: Axes, state: ShownState, stays: Sequence[StayRow]) -> None:
    axes.step(
        [0, *(row.n_weeks for row in stays)],
        [1, *(row.longer_share for row in stays)],
        where="post",
        color=palette.darkened(state.style.colour, 0.15),
        linewidth=2.2,
    )
    axes.plot(
        [0, *(row.n_weeks for row in stays)],
        [1, *(row.expected_longer_share for row in stays)],
        color=palette.INK,
        linewidth=1.1,
        linestyle=(0, (4, 2)),
    )


def _write_note(axes: Axes, state: ShownState, stays: Sequence[StayRow]) -> None:
    n_stays = sum(row.n_left + row.n_still_there for row in stays)
    seen = observed_median(stays)
    expected = expected_median(stays)
    median = "not reached" if seen is None else f"{seen} weeks"
    text = f"{n_stays:,} stays, median {median}"
    axes.text(
        0.03,
        0.97,
        text if expected is None else f"{text} (model {expected})",
        transform=axes.transAxes,
        va="top",
        fontsize=SMALL_SIZE,
        color=palette.MUTED,
    )


def observed_median(stays: Sequence[StayRow]) -> int | None:
    """Return the weeks after which half of a state's stays have ended, if they have."""
    return min((row.n_weeks for row in stays if row.longer_share <= 0.5), default=None)


def expected_median(stays: Sequence[StayRow]) -> int | None:
    """Return the same of the users drawn from the model."""
    return min(
        (row.n_weeks for row in stays if row.expected_longer_share <= 0.5),
        default=None,
    )


PICTURE = Picture("state_stays", (StayRow,), lambda marts, _: draw_state_stays(marts))
