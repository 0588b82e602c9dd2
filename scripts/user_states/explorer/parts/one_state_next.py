"""What users of a state do next, and how long they stay."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from user_states.explorer.flows import Flows
from user_states.explorer.naming import called
from user_states.explorer.scene import Scene
from user_states.explorer.svg.elements import (
    chart,
    element,
    horizontal,
    rectangle,
    stretched,
    text,
)
from user_states.explorer.svg.scales import Scale, per_cent
from user_states.explorer.words import listed
from user_states.explorer.words.numbers import whole_percents
from user_states.marts.marts import Marts
from user_states.marts.state_rows import ShownState, StayRow
from user_states.marts.stays import reliable_stays_in

BAR = 25
# In per cent of the width; a number fits into a segment from here on.
LEAST_FOR_NUMBER = 5.0
MOST_NAMED = 3
LONGEST = 52
HEIGHT, TOP, BOTTOM = 150, 8, 126
LEFT = 11.0


@dataclass(frozen=True)
class Next:
    """What 100 users of a state do some weeks later."""

    drawing: Markup
    words: str


def next_of(scene: Scene, flows: Flows, state: ShownState) -> Next | None:
    """Return what users of a state do; None if too few were in it."""
    counts = flows.leaving(state.state_key)
    total = sum(counts.values())
    fewest = scene.options.min_cell_users
    if total < fewest:
        return None
    states = {other.state_key: other for other in scene.states}
    own = counts.pop(state.state_key, 0)
    told = {key: n for key, n in counts.items() if n >= fewest}
    rest = sum(counts.values()) - sum(told.values())
    sizes = [own, *told.values(), rest]
    hundreds = whole_percents(sizes)
    colours = [f"k{state.place}", *(f"k{states[key].place}" for key in told), "kept"]
    names = ["still in it", *(called(states[key]) for key in told), "elsewhere"]
    parts, start = [], 0.0
    for colour, name, size, n in zip(colours, names, sizes, hundreds, strict=True):
        width = 100 * size / total
        tip = f"{n} of 100 {name}"
        parts.append(
            rectangle(
                per_cent(start), 0, per_cent(width), BAR, f"{colour} seam", tip=tip
            )
        )
        if width >= LEAST_FOR_NUMBER:
            on = f"on {colour}" if colour != "kept" else "strong"
            middle = per_cent(start + width / 2)
            parts.append(text(middle, BAR / 2 + 4.3, str(n), on, "middle"))
        start += width
    moved = [
        f"{n} in {name}"
        for n, name in zip(hundreds[1:-1], names[1:-1], strict=True)
        if n
    ]
    more = sum(hundreds[1 + MOST_NAMED :]) if len(moved) > MOST_NAMED else hundreds[-1]
    said = [f"{hundreds[0]} are still in it", *moved[:MOST_NAMED]]
    if more:
        said.append(f"{more} elsewhere")
    return Next(chart(BAR, "", *parts, kind="next"), f"{listed(said)}.")


@dataclass(frozen=True)
class Stay:
    """How long users stay in a state: in words, and as a line."""

    state: ShownState
    words: str
    drawing: Markup


@dataclass(frozen=True)
class Stays:
    """How long users stay: the frame of the chart, and each state's lines."""

    frame: Markup
    stays: list[Stay]


def stays_of(marts: Marts, states: tuple[ShownState, ...]) -> Stays | None:
    """Return how long users stay; None if that is not known of any state."""
    rows = {s.state_key: reliable_stays_in(marts, s.state_id) for s in states}
    last = min(max((len(r) for r in rows.values()), default=0), LONGEST)
    if last < 2:
        return None
    weeks = Scale(0, last, LEFT, 100)
    found = [
        Stay(state, _stay_words(rows[state.state_key]), _lines(state, own, weeks))
        for state in states
        if (own := [row for row in rows[state.state_key] if row.n_weeks <= last])
    ]
    return Stays(_frame(weeks, last), found)


def _stay_words(rows: list[StayRow]) -> str:
    half = next((row.n_weeks for row in rows if row.longer_share < 0.5), None)
    if half is None:
        share = 100 * rows[-1].longer_share
        return f"{share:.0f} of 100 stay longer than {rows[-1].n_weeks} weeks"
    if half == 1:
        return "more than half leave after a week"
    return f"half stay {half} weeks or more"


def _height(share: float) -> float:
    return BOTTOM - share * (BOTTOM - TOP)


def _lines(state: ShownState, rows: list[StayRow], weeks: Scale) -> Markup:
    seen = [(0, 1.0), *((row.n_weeks, row.longer_share) for row in rows)]
    expected = [(0, 1.0), *((row.n_weeks, row.expected_longer_share) for row in rows)]

    def points(line: list[tuple[int, float]]) -> str:
        return " ".join(f"{weeks.at(n):.2f},{_height(y):.1f}" for n, y in line)

    colour = f"line k{state.place}"
    half = next((row for row in rows if row.longer_share < 0.5), None)
    marks = [
        stretched(
            100,
            HEIGHT,
            element("polyline", points=points(expected), class_=f"{colour} expected"),
            element("polyline", points=points(seen), class_=colour),
        )
    ]
    if half is not None:
        marks.append(
            element(
                "circle",
                cx=weeks.across(half.n_weeks),
                cy=_height(half.longer_share),
                r=4,
                class_=f"k{state.place} ringed",
                data_tip=f"{state.state_name}\nhalf stay {half.n_weeks} weeks or more",
            )
        )
    return Markup("").join(marks)


def _frame(weeks: Scale, last: int) -> Markup:
    marks = []
    for share in (0.0, 0.5, 1.0):
        y = _height(share)
        marks += [
            horizontal(y, "", per_cent(LEFT)),
            text("0%", y + 4, f"{100 * share:.0f}%", "pale"),
        ]
    step = 13 if last > 26 else 4 if last > 8 else 2
    for week in range(0, last + 1, step):
        is_last = week + step > last
        words = f"{week} weeks" if is_last else str(week)
        anchor = "end" if is_last else "middle" if week else ""
        marks.append(text(weeks.across(week), BOTTOM + 18, words, "pale", anchor))
    return Markup("").join(marks)
