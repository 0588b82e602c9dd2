"""Rows of the marts about audiences."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from user_states.marts.mart_row import MartRow, MartSource

# Columns of the file of a list, in their order, and what each is.
LIST_COLUMNS = {
    "user_id": "The user, as in your log of rides",
    "state_name": "The state they are in",
    "expected_rides_4_weeks": "Forecast: rides in four weeks without a message",
    "expected_spend_4_weeks": "Forecast: money from these rides; empty without prices",
    "suggested_moment": "When to write, in the user’s local time",
    "suggested_at": "The same moment in UTC",
    "last_exposed_at": "When they last got a message of this list, in UTC",
    "home_city": "Their home city",
    "platform": "Their usual platform, such as ios",
    "is_usual_moment": (
        "yes: an hour before their usual ride. no: no usual ride is known, and it is "
        "the moment of the list"
    ),
    "crm_id": "Their newest id in the CRM; empty if none is known",
}


@dataclass(frozen=True)
class AudienceDefinitionRow(MartRow):
    """The definition of an audience, in words."""

    source = MartSource("audience_definitions", "audience")

    audience: str
    description: str


@dataclass(frozen=True)
class AudienceSizeRow(MartRow):
    """Users in an audience now, and how many of them are in the hold-out."""

    source = MartSource(
        "audiences",
        sql="""
        select audience, count(*), count(*) filter (where is_holdout)
        from {mart}
        where left_at is null
        group by audience
        order by audience
        """,
    )

    audience: str
    n_members: int
    n_held_out: int


@dataclass(frozen=True)
class AudienceEffectRow(MartRow):
    """The effect of contacting an audience."""

    source = MartSource("audience_effects", "audience, holdout_share")

    audience: str
    holdout_share: float
    n_treated: int
    n_held_out: int
    n_treated_exposed: int
    n_held_out_exposed: int
    rode_share_treated: float | None
    rode_share_held_out: float | None
    rode_share_difference: float | None
    rode_share_difference_low: float | None
    rode_share_difference_high: float | None


@dataclass(frozen=True)
class AudienceListRow(MartRow):
    """A user to write to this week."""

    source = MartSource(
        "audience_lists", "audience, user_id", where="list_status = 'write'"
    )

    audience: str
    user_id: str
    state_name: str | None
    expected_rides_4_weeks: float | None
    expected_spend_4_weeks: float | None
    suggested_moment: str | None
    suggested_at: datetime.datetime | None
    last_exposed_at: datetime.datetime | None
    home_city: str | None
    platform: str | None
    is_usual_moment: bool
    crm_id: str | None


@dataclass(frozen=True)
class AudienceSummaryRow(MartRow):
    """An audience with its list of this week, in numbers."""

    source = MartSource("audience_summary", "priority")

    audience: str
    title: str
    n_users_to_write: int
    n_held_out: int
    n_in_another_list: int
    n_paused: int
    effect_status: str
    why_paused: str | None
