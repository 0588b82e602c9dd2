"""Rides a week of one user, in the colours of the states."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from user_states.explorer.svg.elements import (
    chart,
    dot,
    element,
    horizontal,
    rectangle,
    text,
)
from user_states.explorer.svg.labels import text_width
from user_states.explorer.svg.months import month_names
from user_states.explorer.svg.scales import Scale, per_cent, round_values
from user_states.explorer.words import counted
from user_states.explorer.words.dates import week_span
from user_states.marts.state_rows import ShownState
from user_states.marts.user_rows import JourneyWeekRow

LEFT = 3.5
TOP, BASE = 34.0, 150.0
STRIP, MONTH = 158.0, 204
HEIGHT = 212
# Width of the chart in pixels for which names are fitted: a phone's.
ROOM = 350


@dataclass(frozen=True)
class Spell:
    """Weeks in a row in one state: places of the first week and the one after."""

    state: ShownState
    first: int
    end: int


def spells_of(
    weeks: Sequence[JourneyWeekRow], states: Mapping[int, ShownState]
) -> list[Spell]:
    """Return the stays of a user, in order."""
    found: list[Spell] = []
    for place, week in enumerate(weeks):
        if found and found[-1].state.state_id == week.week_state_id:
            found[-1] = Spell(found[-1].state, found[-1].first, place + 1)
        else:
            found.append(Spell(states[week.week_state_id], place, place + 1))
    return found


def story_chart(
    weeks: Sequence[JourneyWeekRow],
    spells: Sequence[Spell],
    marked: Sequence[int],
    label: str,
) -> Markup:
    """Return the bars, the strip of states, and the numbers of the notes.

    Parameters
    ----------
    weeks : sequence of JourneyWeekRow
        In order, without gaps.
    spells : sequence of Spell
    marked : sequence of int
        Places of the weeks that have notes, in order.
    label : str
        What the chart shows, in words.
    """
    most = max(max(week.n_rides for week in weeks), 1)
    up = Scale(0, most, BASE, TOP)
    across = Scale(0, len(weeks), LEFT, 100)
    marks = []
    for value in round_values(0, most, 3):
        if value == int(value):
            y = up.at(value)
            marks += [
                horizontal(y, "", per_cent(LEFT)),
                text("0%", y + 4, f"{value:.0f}", "pale"),
            ]
    for spell in spells:
        marks += [
            _bar(week, place, spell.state, across, up)
            for place, week in enumerate(weeks[spell.first : spell.end], spell.first)
        ]
        marks.append(_strip(spell, across))
    marks += month_names([week.week_start for week in weeks], across, MONTH)
    for number, place in enumerate(marked, start=1):
        x = per_cent(across.at(place + 0.5))
        y = up.at(weeks[place].n_rides) - 13
        marks += [
            dot(x, y, 9, "ink"),
            text(x, y + 4, str(number), "on-ink", "middle"),
        ]
    return chart(HEIGHT, label, *marks, kind="story")


def _bar(
    week: JourneyWeekRow, place: int, state: ShownState, across: Scale, up: Scale
) -> Markup:
    step = across.at(1) - across.at(0)
    tip = (
        f"{week_span(week.week_start)}\n{counted(week.n_rides, 'ride')}\n"
        f"{state.state_name}"
    )
    y = up.at(week.n_rides) if week.n_rides else BASE - 2
    return rectangle(
        per_cent(across.at(place) + 0.12 * step),
        y,
        per_cent(0.76 * step),
        BASE - y,
        f"k{state.place}" if week.n_rides else "band",
        radius=1.5,
        tip=tip,
    )


def _strip(spell: Spell, across: Scale) -> Markup:
    start, end = across.at(spell.first), across.at(spell.end)
    box = rectangle(
        per_cent(start),
        STRIP,
        per_cent(end - start - 0.15),
        26,
        f"k{spell.state.place}",
        radius=2,
        tip=spell.state.state_name,
    )
    name = spell.state.state_short_name
    parts = [box]
    # A name that fits only a wide screen is left out on a phone by the style sheet.
    for room, class_ in ((ROOM, ""), (2.6 * ROOM, "wide-only")):
        if text_width(name, 12.5) + 8 <= room * (end - start) / 100:
            middle = per_cent((start + end) / 2)
            on = f"on k{spell.state.place} {class_}".strip()
            parts.append(text(middle, STRIP + 17.5, name, on, "middle"))
            break
    return element("g", *parts)
