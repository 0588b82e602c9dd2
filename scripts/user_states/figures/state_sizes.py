"""State sizes: users in each state week by week, as stacked areas."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter, date2num
from matplotlib.figure import Figure

from user_states.figures.drawing.canvas import (
    HINDSIGHT,
    SMALL_SIZE,
    TEXT_SIZE,
    Frame,
    count_axis,
    framed,
)
from user_states.figures.drawing.spreading import spread
from user_states.figures.drawing.text_sizes import text_width, widest_line
from user_states.figures.picture import Picture
from user_states.marts import palette
from user_states.marts.history_rows import SizeRow
from user_states.marts.marts import Marts, NothingToDrawError
from user_states.marts.texts import percent, signed, wrapped
from user_states.marts.weekly_sizes import WeeklySizes, weekly_sizes

# Inches.
AREAS_WIDTH = 6.6
HEIGHT_OF_LABEL = 0.36  # two lines
MIN_HEIGHT = 4.2
LEFT, TOP, BOTTOM = 0.75, 0.3, 0.55
# From the end of the areas to the names, with a line and two numbers between.
NAMES = 1.62
NAME_LENGTH = 30


def draw_state_sizes(marts: Marts) -> Figure:
    """Draw how many users were in each state in each week.

    Raises
    ------
    NothingToDrawError
        If there is no week.
    """
    if not marts.rows(SizeRow):
        raise NothingToDrawError("state_sizes is empty: no week has states yet")
    sizes = weekly_sizes(marts.rows(SizeRow), marts.states)
    height = max(MIN_HEIGHT, HEIGHT_OF_LABEL * len(sizes.states) + 0.4)
    names = [wrapped(state.state_name, NAME_LENGTH, 2) for state in marts.states]
    frame = framed(
        LEFT + AREAS_WIDTH + NAMES + widest_line(names, TEXT_SIZE) + 0.7,
        TOP + height + BOTTOM,
        "How many users are in each state, week by week",
        f"{_largest_change(sizes)} The height of a band is the number of users in "
        "the state. At the right: its share of users in the week of "
        f"{sizes.weeks[sizes.reported]}, and the change since the week of "
        f"{sizes.weeks[sizes.compared_with]} in percentage points."
        f"{_unsettled(sizes)}",
        f"Every week from a user's first request on; {HINDSIGHT}; marts.state_sizes; "
        f"{marts.source_line}",
    )
    axes = frame.axes_at(LEFT, TOP, AREAS_WIDTH, height)
    _draw_bands(axes, sizes)
    _label_bands(frame, axes, sizes)
    return frame.figure


def _draw_bands(axes: Axes, sizes: WeeklySizes) -> None:
    styles = [state.style for state in sizes.states]
    bands = axes.stackplot(
        [float(date2num(week)) for week in sizes.weeks],
        sizes.n_users.T,
        colors=[style.colour for style in styles],
        edgecolor="white",
        linewidth=0.8,
    )
    for band, style in zip(bands, styles, strict=True):
        band.set_hatch(style.hatch)
    axes.margins(x=0)
    axes.set_ylim(0, float(sizes.n_users.sum(axis=1).max()) * 1.02)
    axes.set_ylabel("users")
    axes.set_xlabel("week (Monday)")
    count_axis(axes)
    locator = AutoDateLocator(minticks=3, maxticks=8)
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(ConciseDateFormatter(locator))
    axes.grid(axis="y")
    if not sizes.is_settled:
        _shade_unsettled(axes, sizes)


def _shade_unsettled(axes: Axes, sizes: WeeklySizes) -> None:
    """Shade the weeks after the last settled one; all weeks if none is settled."""
    first = sizes.last_settled or sizes.weeks[0]
    start, end = float(date2num(first)), float(date2num(sizes.weeks[-1]))
    axes.axvspan(start, end, color="white", alpha=0.4, linewidth=0)
    axes.axvline(start, color=palette.INK, linewidth=0.8, linestyle=(0, (4, 3)))
    axes.annotate(
        "not settled",
        (end, 1),
        xycoords=axes.get_xaxis_transform(),
        xytext=(0, 3),
        textcoords="offset points",
        ha="right",
        fontsize=SMALL_SIZE,
        color=palette.MUTED,
    )


def _label_bands(frame: Frame, axes: Axes, sizes: WeeklySizes) -> None:
    """Name each band at its right end, with a line to it."""
    height = frame.body_height - TOP - BOTTOM
    newest = sizes.n_users[-1]
    low, high = axes.get_ylim()
    middles = np.cumsum(newest) - newest / 2
    gap = HEIGHT_OF_LABEL / height * (high - low)
    places = spread(list(middles), gap, low + gap / 2, high - gap / 2)
    width = frame.width - LEFT - AREAS_WIDTH
    labels = frame.axes_at(LEFT + AREAS_WIDTH, TOP, width, height)
    labels.set_axis_off()
    labels.set_ylim(low, high)
    labels.set_xlim(0, width)
    # To the right of the longest share.
    change_left = 0.47 + text_width("100.0%", TEXT_SIZE, bold=True) + 0.08
    for left, head in ((0.47, "share"), (change_left, "change"), (NAMES, "state")):
        labels.text(
            left,
            high,
            head,
            va="bottom",
            fontsize=SMALL_SIZE,
            color=palette.MUTED,
        )
    for number, state in enumerate(sizes.states):
        place = places[number]
        colour = palette.darkened(state.style.colour, 0.15)
        labels.plot(
            [0.02, 0.3, 0.42],
            [middles[number], place, place],
            color=colour,
            linewidth=1.2,
        )
        texts = (
            (
                0.47,
                percent(sizes.shares[sizes.reported, number]),
                {"fontweight": "bold"},
            ),
            (
                change_left,
                signed(float(sizes.changes[number])),
                {"color": palette.MUTED},
            ),
            (NAMES, wrapped(state.state_name, NAME_LENGTH, 2), {"linespacing": 1.05}),
        )
        for left, text, style in texts:
            labels.text(left, place, text, va="center", fontsize=TEXT_SIZE, **style)


def _largest_change(sizes: WeeklySizes) -> str:
    text = f"{sizes.n_users[-1].sum():,.0f} users in the newest week."
    number = int(np.abs(sizes.changes).argmax())
    change = float(sizes.changes[number])
    if change == 0:
        return text
    verb = "gained" if change > 0 else "lost"
    return (
        f"{text} In the {sizes.reported - sizes.compared_with} weeks to "
        f"{sizes.weeks[sizes.reported]}, “{sizes.states[number].state_name}” {verb} "
        f"most: {abs(change):.1f} percentage points."
    )


def _unsettled(sizes: WeeklySizes) -> str:
    if sizes.is_settled:
        return ""
    shaded = f"Weeks after {sizes.last_settled}" if sizes.last_settled else "All weeks"
    return (
        f" {shaded} are not settled (shaded): hindsight needs later weeks. For "
        "example, the newest weeks show too few users who went silent, the weeks just "
        "before too many."
    )


PICTURE = Picture("state_sizes", (SizeRow,), lambda marts, _: draw_state_sizes(marts))
