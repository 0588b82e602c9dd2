"""Users against money: two bars of the same states, one above the other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, TypeVar

from markupsafe import Markup

from user_states.explorer.svg.elements import (
    chart,
    element,
    rectangle,
    stretched,
    text,
)
from user_states.explorer.svg.labels import on_lines, text_width
from user_states.explorer.svg.scales import per_cent
from user_states.explorer.words.numbers import percent
from user_states.marts.state_rows import ShownState

# The bars are shown on screens that leave them at least this room, in pixels; they are
# not drawn for phones.
ROOM = 820
NAMES, BAR, GAP = 32, 34, 30
SIZE = 12.5
HEIGHT = NAMES + 2 * BAR + GAP


class SharesOfState(Protocol):
    """A state's shares of users and of money."""

    @property
    def state(self) -> ShownState:
        """The state."""

    @property
    def of_users(self) -> float:
        """Its share of users."""

    @property
    def of_worth(self) -> float:
        """Its share of money."""


AnyShares = TypeVar("AnyShares", bound=SharesOfState)


def stacked_bars(shares: Sequence[SharesOfState], worth: str) -> Markup:
    """Return both bars, joined by bands, with the names above the first.

    A name that does not fit stands in the text below the chart only.
    """
    tops = (NAMES, NAMES + BAR + GAP)
    users = _segments([s.of_users for s in shares])
    worths = _segments([s.of_worth for s in shares])
    parts = [_joined(shares, users, worths)]
    for top, segments, what in zip(
        tops, (users, worths), ("users", worth), strict=True
    ):
        for share, (start, width) in zip(shares, segments, strict=True):
            shown = percent(width / 100)
            tip = f"{share.state.state_name}\n{shown} of {what}"
            parts.append(_segment(share.state, start, width, top, shown, tip))
    parts += _names(shares, users)
    return chart(HEIGHT, "", *parts, kind="stacked")


def unnamed(shares: Sequence[AnyShares]) -> list[AnyShares]:
    """Return those whose names do not fit above the bars."""
    users = _segments([s.of_users for s in shares])
    return [
        share
        for share, (_, width) in zip(shares, users, strict=True)
        if _lines(share.state, width) is None
    ]


def _segments(shares: Sequence[float]) -> list[tuple[float, float]]:
    """Return start and width of each segment, in per cent."""
    found, start = [], 0.0
    for share in shares:
        found.append((start, 100 * share))
        start += 100 * share
    return found


def _segment(
    state: ShownState, start: float, width: float, top: float, label: str, tip: str
) -> Markup:
    if width <= 0:
        return Markup("")
    box = rectangle(
        per_cent(start),
        top,
        per_cent(width),
        BAR,
        f"k{state.place} seam",
        tip=tip,
    )
    if text_width(label, SIZE) + 6 > ROOM * width / 100:
        return box
    middle = per_cent(start + width / 2)
    return box + text(
        middle, top + BAR / 2 + 4.5, label, f"on k{state.place}", "middle"
    )


def _joined(
    shares: Sequence[SharesOfState],
    users: Sequence[tuple[float, float]],
    worths: Sequence[tuple[float, float]],
) -> Markup:
    """Return the pale bands that join both segments of a state."""
    bands = [
        element(
            "polygon",
            points=(f"{a:.2f},0 {a + b:.2f},0 {c + d:.2f},{GAP} {c:.2f},{GAP}"),
            class_=f"k{share.state.place} tint",
        )
        for share, (a, b), (c, d) in zip(shares, users, worths, strict=True)
    ]
    return element("svg", stretched(100, GAP, *bands), y=NAMES + BAR, height=GAP)


def _lines(state: ShownState, width: float) -> list[str] | None:
    return on_lines(state.state_short_name, SIZE, ROOM * width / 100 - 4)


def _names(
    shares: Sequence[SharesOfState], users: Sequence[tuple[float, float]]
) -> list[Markup]:
    found = []
    for share, (start, width) in zip(shares, users, strict=True):
        lines = _lines(share.state, width) or []
        for number, line in enumerate(reversed(lines)):
            y = NAMES - 7 - 14 * number
            place = per_cent(start + width / 2)
            found.append(text(place, y, line, f"named k{share.state.place}", "middle"))
    return found
