"""When the customers of a persona write: hours of the day, and their finding."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

from markupsafe import Markup

from user_states.explorer.parts.what_they_write_words import FEWEST_PEOPLE
from user_states.explorer.svg.elements import (
    chart,
    horizontal,
    rectangle,
    text,
    vertical,
)
from user_states.explorer.svg.scales import Scale, per_cent, round_values
from user_states.explorer.words.numbers import percent
from user_states.marts.persona_rows import PersonaHourRow

N_HOURS, LONGEST_WINDOW = 24, 6
# The share of a part of the day is a finding if it is that much larger than usual.
LEAST_RATIO = 1.15
# Pixels, and per cents left of the first hour for the values of the axis.
HEIGHT, TOP, BOTTOM, LEFT = 138, 10.0, 116.0, 8.0


@dataclass(frozen=True)
class DayPart:
    """Hours of the day in which more is written than by others.

    Attributes
    ----------
    start, n_hours : int
    share, share_of_all : float
    """

    start: int
    n_hours: int
    share: float
    share_of_all: float

    @property
    def words(self) -> str:
        """The hours: `between 18:00 and 21:00`."""
        end = (self.start + self.n_hours) % N_HOURS
        return f"between {self.start}:00 and {end}:00"


@dataclass(frozen=True)
class PersonaHours:
    """What part of the day stands out, the drawing, and whether bars are missing."""

    part: DayPart | None
    drawing: Markup
    has_few: bool


def persona_hours(rows: Sequence[PersonaHourRow]) -> PersonaHours | None:
    """Return when a persona writes; None without messages."""
    if not any(row.n_messages for row in rows):
        return None
    by_hour = {row.hour_of_day: row for row in rows}
    has_few = any(row.n_messages < FEWEST_PEOPLE for row in rows)
    return PersonaHours(_part(by_hour), _drawn(by_hour), has_few)


def _part(by_hour: dict[int, PersonaHourRow]) -> DayPart | None:
    """Return the hours with the largest surplus over all, if it is no chance.

    At least half of the hours must be surely above all: their ranges are.
    """
    found: list[tuple[float, DayPart]] = []
    for start, n_hours in product(range(N_HOURS), range(2, LONGEST_WINDOW + 1)):
        hours = [(start + place) % N_HOURS for place in range(n_hours)]
        rows = [by_hour[hour] for hour in hours if hour in by_hour]
        share = sum(row.message_share for row in rows)
        of_all = sum(row.share_of_all for row in rows)
        n_sure = sum(
            row.share_lower is not None and row.share_lower > row.share_of_all
            for row in rows
        )
        if share >= LEAST_RATIO * of_all and 2 * n_sure >= n_hours:
            found.append((share - of_all, DayPart(start, n_hours, share, of_all)))
    return max(found, key=lambda pair: pair[0])[1] if found else None


def _drawn(by_hour: dict[int, PersonaHourRow]) -> Markup:
    highest = max(
        max(row.message_share, row.share_upper or 0.0, row.share_of_all)
        for row in by_hour.values()
    )
    down = Scale(0, highest, BOTTOM, TOP)
    step = (100 - LEFT) / N_HOURS
    parts = [
        mark
        for value in round_values(0, highest, 2)[1:]
        for mark in (
            horizontal(down.at(value), "", per_cent(LEFT)),
            text("0%", down.at(value) + 4, percent(value), "pale"),
        )
    ]
    for hour, row in sorted(by_hour.items()):
        parts += _hour(row, LEFT + step * hour, step, down)
    parts.append(horizontal(BOTTOM, "axis", per_cent(LEFT)))
    parts += [
        text(
            per_cent(LEFT + step * hour),
            HEIGHT - 4,
            f"{hour}:00",
            "pale",
            "end" if hour == N_HOURS else "middle" if hour else "",
        )
        for hour in range(0, N_HOURS + 1, 6)
    ]
    return chart(HEIGHT, "", *parts)


def _hour(row: PersonaHourRow, left: float, step: float, down: Scale) -> list[Markup]:
    is_few = row.n_messages < FEWEST_PEOPLE
    tip = (
        f"{row.hour_of_day}:00 to {row.hour_of_day + 1}:00\n"
        f"{_share_words(row)} of their messages\n"
        f"{percent(row.share_of_all)} of all messages"
    )
    height = 0.0 if is_few else BOTTOM - down.at(row.message_share)
    marks = [
        rectangle(
            per_cent(left + 0.12 * step),
            BOTTOM - height,
            per_cent(0.76 * step),
            height,
            "hour-bar",
        )
    ]
    middle = per_cent(left + 0.5 * step)
    if not is_few and row.share_lower is not None and row.share_upper is not None:
        low, high = down.at(row.share_lower), down.at(row.share_upper)
        marks.append(vertical(middle, high, low, "whisker"))
    y = down.at(row.share_of_all)
    ends = (per_cent(left + 0.04 * step), per_cent(left + 0.96 * step))
    marks.append(horizontal(y, "everyone", *ends))
    # The whole hour shows the tip, also where the bar is low.
    marks.append(
        rectangle(per_cent(left), TOP, per_cent(step), BOTTOM - TOP, "clear", tip=tip)
    )
    return marks


def _share_words(row: PersonaHourRow) -> str:
    if row.n_messages < FEWEST_PEOPLE:
        return f"Fewer than {FEWEST_PEOPLE}"
    words = percent(row.message_share)
    if row.share_lower is None or row.share_upper is None:
        return words
    return (
        f"{words} (between {percent(row.share_lower)} and {percent(row.share_upper)})"
    )
