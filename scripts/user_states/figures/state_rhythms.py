"""When users of each state ask for rides: by hour of the day and by day of the week."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from user_states.figures.canvas import SMALL_SIZE, percent_axis
from user_states.figures.small_multiples import framed_panels, label_outer
from user_states.marts import palette
from user_states.marts.mart_data import HINDSIGHT, MartData
from user_states.marts.rhythms import WEEKDAYS, Requests, Shares, requests_by
from user_states.marts.texts import percent

HOURS = np.arange(24)
FRIDAY = 4


def draw_hourly_rhythm(data: MartData) -> Figure:
    """Draw the share of each state's requests in every hour of the day.

    Raises
    ------
    NothingToDrawError
        If there are no requests.
    """
    requests = requests_by(data, lambda row: row.hour_of_day, 24)

    def draw(axes: Axes, style: palette.StateStyle, shares: Shares) -> str:
        outline = palette.darkened(style.colour)
        axes.fill_between(
            HOURS,
            shares,
            facecolor=style.colour,
            hatch=style.hatch,
            edgecolor=outline,
            linewidth=0,
        )
        axes.plot(HOURS, shares, color=outline, linewidth=1.3)
        # On white, for it crosses dark states too.
        axes.plot(HOURS, requests.of_everyone, color="white", linewidth=2.6)
        axes.plot(
            HOURS,
            requests.of_everyone,
            color=palette.INK,
            linewidth=1,
            linestyle=(0, (4, 2)),
        )
        peak = int(shares.argmax())
        return f"peak at {peak:02d}:00 with {percent(shares[peak])}"

    figure, panels = _draw_panels(
        data,
        requests,
        draw,
        "At what time of day each state asks for rides",
        "Filled: the state's requests by hour. Dashed: everyone's. "
        + _most_unlike(requests, data, "at other times"),
    )
    panels[0].set_xlim(0, 23)
    panels[0].set_xticks([0, 6, 12, 18, 23])
    label_outer(panels, "hour of the day (local time)", "share of requests")
    return figure


def draw_weekly_rhythm(data: MartData) -> Figure:
    """Draw the share of each state's requests on every day of the week.

    Raises
    ------
    NothingToDrawError
        If there are no requests.
    """
    requests = requests_by(data, lambda row: row.iso_weekday - 1, 7)
    days = np.arange(7)

    def draw(axes: Axes, style: palette.StateStyle, shares: Shares) -> str:
        axes.bar(
            days,
            shares,
            width=0.8,
            color=style.colour,
            hatch=style.hatch,
            edgecolor=palette.darkened(style.colour),
            linewidth=0.6,
        )
        # On white, for they cross dark states too.
        for colour, width in (("white", 2.8), (palette.INK, 1.4)):
            axes.hlines(
                requests.of_everyone,
                days - 0.46,
                days + 0.46,
                color=colour,
                linewidth=width,
            )
        return f"{percent(float(shares[FRIDAY:].sum()))} Fri–Sun"

    figure, panels = _draw_panels(
        data,
        requests,
        draw,
        "On which days of the week each state asks for rides",
        "Bars: the state's requests by day. Lines: everyone's. "
        + _most_unlike(requests, data, "on other days"),
    )
    panels[0].set_xticks(days, WEEKDAYS)
    label_outer(panels, "", "share of requests")
    return figure


def _draw_panels(
    data: MartData,
    requests: Requests,
    draw: Callable[[Axes, palette.StateStyle, Shares], str],
    title: str,
    findings: str,
) -> tuple[Figure, list[Axes]]:
    frame, panels = framed_panels(
        data.states,
        title,
        findings,
        f"Requests in local time, {HINDSIGHT}; marts.state_rhythms; {data.source_line}",
    )
    for axes, state in zip(panels, data.states, strict=True):
        shares = requests.of_state[state.state_id]
        if shares is None:
            axes.text(0.5, 0.5, "no requests", transform=axes.transAxes, ha="center")
        else:
            finding = draw(axes, state.style, shares)
            n_requests = requests.n_of_state[state.state_id]
            _note(axes, f"{n_requests:,} requests, {finding}")
    # All share their axes. Above the highest there is room for a note.
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


def _most_unlike(requests: Requests, data: MartData, how: str) -> str:
    """Name the state whose requests lie farthest from everyone's.

    By total variation: the share of requests that would have to move.
    """
    distances = {
        state.state_id: float(np.abs(shares - requests.of_everyone).sum() / 2)
        for state in data.model_states
        if (shares := requests.of_state[state.state_id]) is not None
    }
    if not distances:
        return ""
    state_id = max(distances, key=lambda key: distances[key])
    return (
        f"Most unlike everyone: “{data.name_of(state_id)}”, with "
        f"{percent(distances[state_id], 0)} of its requests {how}."
    )
