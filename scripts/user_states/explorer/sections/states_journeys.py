"""Weeks of a few typical users as strips, with their rides as evidence.

Users have a number instead of their id. A ride has its week, weekday, hour, city,
payment, platform and price, but neither its minute nor its id.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

from user_states.explorer.words import counted, decimal, shortened
from user_states.marts.marts import Marts
from user_states.marts.palette import StateStyle
from user_states.marts.rhythms import WEEKDAYS
from user_states.marts.state_rows import ShownState
from user_states.marts.user_rows import (
    JourneyRideRow,
    JourneyUserRow,
    JourneyWeekRow,
)

# Limits the size of the page, however busy a user is.
MAX_RIDES = 60


@dataclass(frozen=True)
class StripWeek:
    """A week of a strip: how its state is drawn, its rides, and a description."""

    style: StateStyle
    n_rides: int
    words: str


@dataclass(frozen=True)
class Evidence:
    """A request of the user, as text; None if something is not known."""

    when: str
    status: str
    city: str | None
    payment_mode: str | None
    platform: str | None
    price: str | None


@dataclass(frozen=True)
class Journey:
    """A typical user of a state.

    Attributes
    ----------
    title : str
        "User 1", or the user's id if the settings allow it.
    weeks : list of StripWeek
        In order; the last is the as-of week.
    first_week, last_week : date
    states_in_words : str
        The user's states, in order.
    evidence : list of Evidence
        Newest first, at most `MAX_RIDES`.
    n_left_out : int
        Number of older requests of these weeks that are not shown.
    """

    title: str
    weeks: list[StripWeek]
    first_week: datetime.date
    last_week: datetime.date
    states_in_words: str
    evidence: list[Evidence]
    n_left_out: int


def journeys(marts: Marts, state_id: int) -> list[Journey]:
    """Return the typical users of a state."""
    own = [row for row in marts.rows(JourneyWeekRow) if row.state_id == state_id]
    ids = {
        row.journey_number: row.user_id
        for row in marts.rows(JourneyUserRow)
        if row.state_id == state_id
    }
    found = []
    for number in sorted({row.journey_number for row in own}):
        weeks = sorted(
            (row for row in own if row.journey_number == number),
            key=lambda row: row.week_start,
        )
        rides = [
            row
            for row in marts.rows(JourneyRideRow)
            if (row.state_id, row.journey_number) == (state_id, number)
        ]
        rides.sort(key=_time_of, reverse=True)
        found.append(
            Journey(
                title=ids.get(number, f"User {number}"),
                weeks=[
                    _strip_week(week, marts.state_by_id[week.week_state_id])
                    for week in weeks
                ],
                first_week=weeks[0].week_start,
                last_week=weeks[-1].week_start,
                states_in_words=_in_words(weeks, marts),
                evidence=[
                    _evidence(ride, marts.currency) for ride in rides[:MAX_RIDES]
                ],
                n_left_out=max(len(rides) - MAX_RIDES, 0),
            )
        )
    return found


def _strip_week(week: JourneyWeekRow, state: ShownState) -> StripWeek:
    asked = counted(week.n_requests, "request")
    return StripWeek(
        state.style,
        week.n_rides,
        f"week of {week.week_start}: {state.state_name}, "
        + counted(week.n_rides, "ride")
        + (f", {asked}" if week.n_requests != week.n_rides else ""),
    )


def _in_words(weeks: Sequence[JourneyWeekRow], marts: Marts) -> str:
    """Return the states in order, each with its number of weeks in a row."""
    spells: list[tuple[int, int]] = []
    for week in weeks:
        if spells and spells[-1][0] == week.week_state_id:
            spells[-1] = (week.week_state_id, spells[-1][1] + 1)
        else:
            spells.append((week.week_state_id, 1))
    return ", then ".join(
        f"{counted(n, 'week')} “{marts.name_of(state_id)}”" for state_id, n in spells
    )


def _time_of(ride: JourneyRideRow) -> tuple[datetime.date, int, int]:
    return ride.week_start, ride.iso_weekday, ride.hour_of_day


def _evidence(ride: JourneyRideRow, currency: str) -> Evidence:
    weekday = WEEKDAYS[ride.iso_weekday - 1]
    return Evidence(
        f"week of {ride.week_start}, {weekday} {ride.hour_of_day:02d}h",
        shortened(ride.status) or "–",
        shortened(ride.city),
        shortened(ride.payment_mode),
        shortened(ride.platform),
        None if ride.price is None else f"{decimal(ride.price, 2)} {currency}",
    )
