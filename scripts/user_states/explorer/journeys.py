"""Weeks of a few typical users as strips, with the rides that are the evidence.

Users are called by a number. Of a ride there are week, weekday, hour, city, payment,
platform and price: neither the minute nor its id.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from user_states.explorer.words import counted, decimal, shortened
from user_states.marts.mart_data import MartData
from user_states.marts.page_rows import JourneyRide, JourneyWeek
from user_states.marts.palette import StateStyle
from user_states.marts.rhythms import WEEKDAYS

# The page stays small however busy a user is.
MAX_RIDES = 60


@dataclass(frozen=True)
class StripWeek:
    """A week of a strip: how its state is drawn, its rides, and all in words."""

    style: StateStyle
    n_rides: int
    words: str


@dataclass(frozen=True)
class Evidence:
    """A request of the user, in words; None where it is not known."""

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
        "User 1", or the user's id where the project says that it may be shown.
    weeks : list of StripWeek
        Rising; the last is the as-of week.
    first_week, last_week : date
    states_in_words : str
        States that the user was in, in their order.
    evidence : list of Evidence
        Newest first, at most `MAX_RIDES`.
    n_left_out : int
        Older requests of these weeks that are not shown.
    """

    title: str
    weeks: list[StripWeek]
    first_week: datetime.date
    last_week: datetime.date
    states_in_words: str
    evidence: list[Evidence]
    n_left_out: int


def journeys(data: MartData, state_id: int) -> list[Journey]:
    """Return the typical users of a state."""
    own = [row for row in data.journey_weeks if row.state_id == state_id]
    ids = {
        row.journey_number: row.user_id
        for row in data.journey_users
        if row.state_id == state_id
    }
    names = {state.state_id: state.state_name for state in data.states}
    found = []
    for number in sorted({row.journey_number for row in own}):
        weeks = sorted(
            (row for row in own if row.journey_number == number),
            key=lambda row: row.week_start,
        )
        rides = [
            row
            for row in data.journey_rides
            if (row.state_id, row.journey_number) == (state_id, number)
        ]
        rides.sort(key=_time_of, reverse=True)
        found.append(
            Journey(
                title=ids.get(number, f"User {number}"),
                weeks=[
                    _strip_week(week, data.style_of(week.week_state_id), names)
                    for week in weeks
                ],
                first_week=weeks[0].week_start,
                last_week=weeks[-1].week_start,
                states_in_words=_in_words(weeks, names),
                evidence=[_evidence(ride, data.currency) for ride in rides[:MAX_RIDES]],
                n_left_out=max(len(rides) - MAX_RIDES, 0),
            )
        )
    return found


def _strip_week(
    week: JourneyWeek, style: StateStyle, names: Mapping[int, str]
) -> StripWeek:
    asked = counted(week.n_requests, "request")
    return StripWeek(
        style,
        week.n_rides,
        f"week of {week.week_start}: {names[week.week_state_id]}, "
        + counted(week.n_rides, "ride")
        + (f", {asked}" if week.n_requests != week.n_rides else ""),
    )


def _in_words(weeks: Sequence[JourneyWeek], names: Mapping[int, str]) -> str:
    """Return the states one after the other, each with its weeks in a row."""
    spells: list[tuple[int, int]] = []
    for week in weeks:
        if spells and spells[-1][0] == week.week_state_id:
            spells[-1] = (week.week_state_id, spells[-1][1] + 1)
        else:
            spells.append((week.week_state_id, 1))
    return ", then ".join(
        f"{counted(n, 'week')} “{names[state_id]}”" for state_id, n in spells
    )


def _time_of(ride: JourneyRide) -> tuple[datetime.date, int, int]:
    return ride.week_start, ride.iso_weekday, ride.hour_of_day


def _evidence(ride: JourneyRide, currency: str) -> Evidence:
    weekday = WEEKDAYS[ride.iso_weekday - 1]
    return Evidence(
        f"week of {ride.week_start}, {weekday} {ride.hour_of_day:02d}h",
        shortened(ride.status) or "–",
        shortened(ride.city),
        shortened(ride.payment_mode),
        shortened(ride.platform),
        None if ride.price is None else f"{decimal(ride.price, 2)} {currency}",
    )
