"""When the users of a state ride: an hour map, its finding, and parts of the week."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from markupsafe import Markup

from user_states.explorer.svg.elements import chart, element, text
from user_states.explorer.svg.scales import per_cent
from user_states.explorer.words.dates import DAY_NAMES
from user_states.explorer.words.numbers import percent
from user_states.marts.array_types import Matrix
from user_states.marts.marts import Marts
from user_states.marts.rhythms import has_time_of_day
from user_states.marts.state_rows import RhythmRow, ShownState

DAYS, HOURS = 7, 24
CELL, GAP = 17, 2
LEFT = 10.0
# A part of the week is a finding from this share of the rides on.
LEAST_SHARE = 0.4

# Parts of the week: words, days (Monday is 0) and hours. As in the names of states,
# Friday is a day of the weekend.
_WORKDAYS, _WEEKEND = range(4), range(4, 7)
_COMMUTE = (*range(6, 10), *range(16, 20))
_NIGHT = (*range(20, 24), *range(6))
_DAYS: tuple[tuple[str, Sequence[int]], ...] = (
    ("on Monday to Thursday", _WORKDAYS),
    ("on Friday to Sunday", _WEEKEND),
)
_TIMES: tuple[tuple[str, Sequence[int]], ...] = (
    ("from 6 to 10 or 16 to 20", _COMMUTE),
    ("between 20 and 6", _NIGHT),
    ("after 16", range(16, 24)),
    ("from 6 to 16", range(6, 16)),
)
_PARTS: tuple[tuple[str, Sequence[int], Sequence[int]], ...] = (
    *(
        (f"{days} {times}", places, hours)
        for days, places in _DAYS
        for times, hours in _TIMES
    ),
    *((days, places, range(24)) for days, places in _DAYS),
    ("between 20 and 6", range(7), _NIGHT),
    ("after 16", range(7), range(16, 24)),
    ("from 6 to 10", range(7), range(6, 10)),
    ("from 6 to 16", range(7), range(6, 16)),
)
_TABLE: tuple[tuple[str, Sequence[int]], ...] = (
    ("Mornings, 6 to 10", range(6, 10)),
    ("Daytime, 10 to 16", range(10, 16)),
    ("Evenings, 16 to 20", range(16, 20)),
    ("Nights, 20 to 6", _NIGHT),
)


@dataclass(frozen=True)
class Hours:
    """When the users of a state ride.

    Attributes
    ----------
    finding : str
    drawing : Markup or None
        None if there are too few rides.
    parts : list of (str, str, str, str, str)
        Part of the day; shares of rides on Monday to Thursday and on Friday to Sunday,
        of the state and of everyone. Empty without a time of day.
    """

    finding: str
    drawing: Markup | None
    parts: list[tuple[str, str, str, str, str]]


def hours_of(marts: Marts, state: ShownState, fewest: int) -> Hours:
    """Return when the users of a state ride."""
    rides = _rides(marts, lambda row: row.state_id == state.state_id)
    total = rides.sum()
    if total < fewest:
        return Hours("Hardly any rides, so nothing can be said about hours.", None, [])
    shares = rides / total
    if not has_time_of_day(marts):
        return Hours(_days_finding(shares), _days(shares, state), [])
    everyone = _rides(marts, lambda _: True)
    return Hours(
        _finding(shares),
        _map(shares, state),
        _table(shares, everyone / everyone.sum()),
    )


def _rides(marts: Marts, is_wanted: Callable[[RhythmRow], bool]) -> Matrix:
    rides: Matrix = np.zeros((DAYS, HOURS))
    for row in marts.rows(RhythmRow):
        if is_wanted(row):
            rides[row.iso_weekday - 1, row.hour_of_day] += row.n_rides
    return rides


def _share(shares: Matrix, days: Sequence[int], hours: Sequence[int]) -> float:
    return float(shares[np.ix_(list(days), list(hours))].sum())


def _finding(shares: Matrix) -> str:
    """Return the part of the week that stands out most, and the busiest hour."""
    found = [
        (_share(shares, days, hours), len(days) * len(hours) / shares.size, words)
        for words, days, hours in _PARTS
    ]
    share, size, words = max(found, key=lambda part: part[0] - part[1])
    day, hour = np.unravel_index(int(shares.argmax()), shares.shape)
    busiest = f"Busiest: {DAY_NAMES[day]}, {hour}:00 to {hour + 1}:00."
    if share < LEAST_SHARE or share < 1.25 * size:
        return f"Spread over the week. {busiest}"
    return f"{percent(share)} of rides fall {words}. {busiest}"


def _days_finding(shares: Matrix) -> str:
    day = int(shares.sum(axis=1).argmax())
    share = percent(float(shares[day].sum()))
    return (
        f"Busiest: {DAY_NAMES[day]}, with {share} of rides. The log has no time of day."
    )


def _map(shares: Matrix, state: ShownState) -> Markup:
    most, busiest = shares.max(), int(shares.argmax())
    width = (100 - LEFT) / HOURS
    marks = []
    for day in range(DAYS):
        y = day * (CELL + GAP)
        marks.append(text("0%", y + CELL - 4, DAY_NAMES[day][:3]))
        for hour in range(HOURS):
            share = float(shares[day, hour])
            is_busiest = day * HOURS + hour == busiest
            marks.append(
                element(
                    "rect",
                    x=per_cent(LEFT + hour * width),
                    y=y,
                    width=per_cent(width * 0.9),
                    height=CELL,
                    rx=2.5,
                    fill_opacity=round(0.07 + 0.93 * share / most, 2),
                    class_=f"k{state.place}" + (" busiest" if is_busiest else ""),
                    data_tip=f"{DAY_NAMES[day]}, {hour}:00 to {hour + 1}:00\n"
                    f"{100 * share:.1f}% of rides",
                )
            )
    bottom = DAYS * (CELL + GAP) + 13
    marks += [
        text(
            per_cent(LEFT + hour * width),
            bottom,
            f"{hour}:00",
            "pale",
            "end" if hour == HOURS else "middle" if hour else "",
        )
        for hour in (0, 6, 12, 18, 24)
    ]
    return chart(bottom + 4, "", *marks, kind="hours")


def _days(shares: Matrix, state: ShownState) -> Markup:
    by_day = shares.sum(axis=1)
    most = float(by_day.max())
    marks = []
    for day in range(DAYS):
        y = day * (CELL + GAP)
        share = float(by_day[day])
        marks += [
            text("0%", y + CELL - 4, DAY_NAMES[day][:3]),
            element(
                "rect",
                x=per_cent(LEFT),
                y=y + 2,
                width=per_cent(share / most * 75),
                height=CELL - 4,
                rx=2,
                class_=f"k{state.place}",
                data_tip=f"{DAY_NAMES[day]}\n{100 * share:.1f}% of rides",
            ),
            text(
                per_cent(LEFT + share / most * 75 + 1.5), y + CELL - 4, percent(share)
            ),
        ]
    return chart(DAYS * (CELL + GAP), "", *marks, kind="hours")


def _table(shares: Matrix, everyone: Matrix) -> list[tuple[str, str, str, str, str]]:
    return [
        (
            words,
            percent(_share(shares, _WORKDAYS, hours)),
            percent(_share(everyone, _WORKDAYS, hours)),
            percent(_share(shares, _WEEKEND, hours)),
            percent(_share(everyone, _WEEKEND, hours)),
        )
        for words, hours in _TABLE
    ]
