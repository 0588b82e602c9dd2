"""What one customer did, week by week: lanes of places, and of groups."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from user_states.explorer.svg.elements import (
    chart,
    dot,
    horizontal,
    rectangle,
    text,
)
from user_states.explorer.svg.months import month_names
from user_states.explorer.svg.scales import Scale, per_cent
from user_states.explorer.words.dates import MONTHS, week_span
from user_states.explorer.words.numbers import number

# Pixels: the numbers of the notes, a lane's name, its bars, and the room below.
HEAD, NAME, BARS, GAP = 22.0, 15.0, 22.0, 7.0
STRIP, FOOT = 10.0, 20.0
# The first week starts here, in per cent.
START = 1.5
# A bar of any number is at least so high.
LEAST_BAR = 4.0


@dataclass(frozen=True)
class Lane:
    """What a customer did in one place.

    Attributes
    ----------
    name : str
        `Website`.
    nouns : tuple of str
        One of what is counted, and several: `ride`, `rides`.
    counts : sequence of int
        One a week.
    class_ : str
        Colour of the bars.
    """

    name: str
    nouns: tuple[str, str]
    counts: Sequence[int]
    class_: str

    def counted(self, n: int) -> str:
        """Return a count with its noun."""
        return f"{number(n)} {self.nouns[n != 1]}"


@dataclass(frozen=True)
class GroupLane:
    """When a customer was in a group: days from and to, the last one open."""

    name: str
    spells: Sequence[tuple[datetime.date, datetime.date | None]]


def story_lanes(
    weeks: Sequence[datetime.date],
    lanes: Sequence[Lane],
    groups: Sequence[GroupLane],
    marked: Sequence[datetime.date],
    label: str,
) -> Markup:
    """Return the lanes, one below the other.

    Parameters
    ----------
    weeks : sequence of date
        Mondays, rising, without gaps.
    lanes : sequence of Lane
    groups : sequence of GroupLane
    marked : sequence of date
        Days of the notes, in order; those before the first week have no mark.
    label : str
        What the chart shows, in words.
    """
    across = Scale(0, len(weeks), START, 100)
    marks: list[Markup] = []
    top = HEAD
    for lane in lanes:
        marks += _lane(lane, weeks, across, top)
        top += NAME + BARS + GAP
    for group in groups:
        marks += _group(group, weeks, across, top)
        top += NAME + STRIP + GAP
    marks += month_names(weeks, across, top + FOOT - 8)
    marks += _numbers(marked, weeks, across)
    return chart(int(top + FOOT), label, *marks, kind="story")


def _lane(
    lane: Lane, weeks: Sequence[datetime.date], across: Scale, top: float
) -> list[Markup]:
    most = max([*lane.counts, 1])
    base = top + NAME + BARS
    n = sum(lane.counts)
    total = number(n) if lane.nouns[1] == lane.name.lower() else lane.counted(n)
    found = [text("0%", top + NAME - 4, f"{lane.name}: {total}", "strong")]
    for place, count in enumerate(lane.counts):
        if count:
            height = max(BARS * count / most, LEAST_BAR)
            tip = f"{week_span(weeks[place])}\n{lane.name}: {lane.counted(count)}"
            found.append(
                rectangle(
                    per_cent(across.at(place + 0.12)),
                    base - height,
                    across.width(place + 0.12, place + 0.88),
                    height,
                    lane.class_,
                    radius=1.5,
                    tip=tip,
                )
            )
    return [*found, horizontal(base, "axis")]


def _group(
    group: GroupLane, weeks: Sequence[datetime.date], across: Scale, top: float
) -> list[Markup]:
    found = [text("0%", top + NAME - 4, f"In “{group.name}”", "")]
    y = top + NAME
    found.append(rectangle("0%", y, "100%", STRIP, "track", radius=2))
    for first, last in group.spells:
        start = max(_place(first, weeks), 0.0)
        end = len(weeks) if last is None else min(_place(last, weeks), len(weeks))
        if end > start:
            until = f" to {_day(last)}" if last else " until now"
            found.append(
                rectangle(
                    across.across(start),
                    y,
                    across.width(start, end),
                    STRIP,
                    "back",
                    radius=2,
                    tip=f"In “{group.name}”\nfrom {_day(first)}{until}",
                )
            )
    return found


def _day(day: datetime.date) -> str:
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def _place(day: datetime.date, weeks: Sequence[datetime.date]) -> float:
    return (day - weeks[0]).days / 7


def _numbers(
    marked: Sequence[datetime.date], weeks: Sequence[datetime.date], across: Scale
) -> list[Markup]:
    """Return the numbers of the notes above the weeks that they are about."""
    found: list[Markup] = []
    last = -10.0
    for number_, day in enumerate(marked, start=1):
        place = _place(day, weeks)
        if 0 <= place <= len(weeks):
            # Two notes of one week stand side by side.
            x = min(max(across.at(place), last + 6, 3.0), 97.0)
            found += [
                dot(per_cent(x), 10, 9, "ink"),
                text(per_cent(x), 14, str(number_), "on-ink", "middle"),
            ]
            last = x
    return found
