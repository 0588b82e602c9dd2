"""Dominant states: in which state users mostly are, overall, recently and now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from user_states.figures.drawing.canvas import (
    HINDSIGHT,
    SMALL_SIZE,
    TEXT_SIZE,
    framed,
    percent_axis,
)
from user_states.figures.drawing.text_sizes import row_height, text_width, widest_line
from user_states.figures.picture import Picture
from user_states.marts import palette
from user_states.marts.marts import Marts, NothingToDrawError
from user_states.marts.state_rows import ShownState
from user_states.marts.texts import percent, wrapped
from user_states.marts.user_rows import DominantCountRow

# Inches.
ROW = 0.42
BARS_WIDTH = 2.3
BETWEEN = 0.35
BOTTOM, TOP = 0.6, 0.35
NAME_LENGTH = 28
TITLES = {
    "dominant": "most weeks of the whole history",
    "recent": "most of the last {} weeks",
    "current": "now",
}


def draw_dominant_states(marts: Marts, recent_weeks: int) -> Figure:
    """Draw how many users are mostly in each state, over three spans of time.

    Parameters
    ----------
    marts : Marts
    recent_weeks : int
        Length of the second span: the var of that name.

    Raises
    ------
    NothingToDrawError
        If no user has a state.
    """
    if not marts.rows(DominantCountRow):
        raise NothingToDrawError("user_dominant_states is empty: no user has a state")
    states = marts.states
    names = [wrapped(state.state_name, NAME_LENGTH) for state in states]
    left = widest_line(names, TEXT_SIZE) + 0.15
    height = row_height(names, ROW) * len(states)
    counts = {span: users_by_state(marts, span) for span in TITLES}
    frame = framed(
        left + len(TITLES) * (BARS_WIDTH + BETWEEN) + 0.5,
        TOP + height + BOTTOM,
        "In which state users mostly are",
        f"{_most_common(counts['dominant'], marts)} Each user counts once in each "
        "column.",
        f"{HINDSIGHT[0].upper()}{HINDSIGHT[1:]}; marts.user_dominant_states; "
        f"{marts.source_line}",
    )
    largest = max(
        n / sum(column.values()) for column in counts.values() for n in column.values()
    )
    for number, (span, title) in enumerate(TITLES.items()):
        axes = frame.axes_at(
            left + number * (BARS_WIDTH + BETWEEN), TOP, BARS_WIDTH, height
        )
        _draw_bars(axes, counts[span], states, largest)
        axes.set_title(title.format(recent_weeks), fontsize=TEXT_SIZE, loc="left")
    labels = frame.axes_at(0, TOP, left, height)
    labels.set_axis_off()
    labels.set_xlim(0, left)
    labels.set_ylim(len(states) - 0.5, -0.5)
    for i, name in enumerate(names):
        labels.text(left - 0.08, i, name, ha="right", va="center")
    return frame.figure


def users_by_state(marts: Marts, span: str) -> dict[int, int]:
    """Return how many users were mostly in each state over a span."""
    return {
        row.state_id: row.n_users
        for row in marts.rows(DominantCountRow)
        if row.span == span
    }


def _draw_bars(
    axes: Axes, counts: Mapping[int, int], states: Sequence[ShownState], largest: float
) -> None:
    total = max(sum(counts.values()), 1)
    # Room for the numbers after the longest bar.
    room = (text_width(f"100.0% ({total:,})", SMALL_SIZE) + 0.08) / BARS_WIDTH
    axes.set_xlim(0, largest / max(1 - room, 0.2))
    for i, state in enumerate(states):
        n_users = counts.get(state.state_id, 0)
        style = state.style
        axes.barh(
            i,
            n_users / total,
            height=0.72,
            color=style.colour,
            hatch=style.hatch,
            edgecolor=palette.darkened(style.colour),
            linewidth=0.6,
        )
        axes.annotate(
            f"{percent(n_users / total)} ({n_users:,})",
            (n_users / total, i),
            (4, 0),
            textcoords="offset points",
            va="center",
            fontsize=SMALL_SIZE,
        )
    axes.set_ylim(len(states) - 0.5, -0.5)
    axes.set_yticks([])
    # No share is above 100%, even where the axis has room for a number beyond it.
    end = axes.get_xlim()[1]
    ticks = MaxNLocator(3).tick_values(0, end)
    axes.set_xticks([tick for tick in ticks if tick <= min(end, 1)])
    percent_axis(axes, "x")
    axes.set_xlabel("share of users")
    axes.grid(axis="x")


def _most_common(counts: Mapping[int, int], marts: Marts) -> str:
    state_id = max(counts, key=lambda key: counts[key])
    share = counts[state_id] / sum(counts.values())
    return (
        f"Of {sum(counts.values()):,} users {percent(share)} were mostly in "
        f"“{marts.name_of(state_id)}”."
    )


PICTURE = Picture(
    "dominant_states",
    (DominantCountRow,),
    lambda marts, options: draw_dominant_states(marts, options.recent_weeks),
)
