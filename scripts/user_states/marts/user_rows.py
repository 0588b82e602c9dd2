"""Rows of the marts about users: how many there are of a kind, and examples."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from user_states.marts.mart_row import MartRow, MartSource

# The current settings decide: they may have been lowered since the marts were built,
# and a page that is about to leave the company must not wait for the next build.
MAY_BE_SHOWN = "journey_number <= {n_journeys} and week_start > date '{journeys_after}'"

# Kinds of dominant state, as in the column names of user_dominant_states.
SPANS = ("dominant", "recent", "active", "current")

_USERS_BY_SPAN = " union all ".join(
    f"""
    select '{span}' as span, {span}_state_id as state_id, count(*) as n_users
    from {{mart}}
    where {span}_state_id is not null
    group by {span}_state_id
    """
    for span in SPANS
)


@dataclass(frozen=True)
class DominantCountRow(MartRow):
    """Users who were mostly in one state over one span.

    The span is `dominant` (the whole history), `recent`, `active` (weeks with a ride)
    or `current`.
    """

    source = MartSource(
        "user_dominant_states", sql=f"{_USERS_BY_SPAN} order by span, state_id"
    )

    span: str
    state_id: int
    n_users: int


@dataclass(frozen=True)
class JourneyWeekRow(MartRow):
    """One week of one typical user, without the user's id.

    The user is the example `journey_number` of `state_id`; `week_state_id` is the state
    in that week.
    """

    source = MartSource(
        "example_journeys", "state_id, journey_number, week_start", MAY_BE_SHOWN
    )

    state_id: int
    journey_number: int
    week_start: datetime.date
    week_state_id: int
    n_requests: int
    n_rides: int


@dataclass(frozen=True)
class JourneyRideRow(MartRow):
    """One request of a typical user."""

    source = MartSource(
        "example_journey_rides",
        "state_id, journey_number, week_start, iso_weekday, hour_of_day, ride_id",
        MAY_BE_SHOWN,
    )

    state_id: int
    journey_number: int
    week_start: datetime.date
    iso_weekday: int
    hour_of_day: int
    status: str
    city: str | None
    payment_mode: str | None
    platform: str | None
    price: float | None


@dataclass(frozen=True)
class JourneyUserRow(MartRow):
    """The id of a typical user; no row unless explorer_shows_user_ids is true."""

    source = MartSource(
        "example_journeys",
        sql=f"""
        select distinct state_id, journey_number, user_id
        from {{mart}}
        where {{shows_user_ids}} and {MAY_BE_SHOWN}
        order by state_id, journey_number, user_id
        """,
    )

    state_id: int
    journey_number: int
    user_id: str
