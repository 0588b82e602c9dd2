"""Rows of the marts about the lists of this week."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from user_states.marts.mart_row import MartRow, MartSource


@dataclass(frozen=True)
class ListRow(MartRow):
    """One list: whom it is for, what to send, and what that brings.

    Effects are those of being written to, a user and four weeks; `on_top_…` are those
    of this week's list. They are None unless measured.
    """

    source = MartSource("audience_summary", "priority, audience")

    audience: str
    title: str
    description: str
    message: str | None
    moment: str | None
    priority: int
    n_users_to_write: int
    n_held_out: int
    n_in_another_list: int
    n_written_to_before: int
    expected_rides_4_weeks: float | None
    expected_spend_4_weeks: float | None
    n_earlier_users: int
    earlier_expected_rides: float | None
    earlier_rides: int | None
    earlier_expected_spend: float | None
    earlier_spend: float | None
    effect_status: str
    why_not_measured: str | None
    is_paused: bool
    first_result_on: datetime.date | None
    effect_rides: float | None
    effect_rides_low: float | None
    effect_rides_high: float | None
    effect_spend: float | None
    effect_spend_low: float | None
    effect_spend_high: float | None
    on_top_rides: float | None
    on_top_rides_low: float | None
    on_top_rides_high: float | None
    on_top_spend: float | None
    on_top_spend_low: float | None
    on_top_spend_high: float | None


@dataclass(frozen=True)
class ListMomentRow(MartRow):
    """First and last moment of the users to write to, with or without a usual ride.

    Who has no usual ride is written to at the moment that the list names.
    """

    source = MartSource(
        "audience_lists",
        sql="""
        select
            audience,
            is_usual_moment,
            count(*),
            min(suggested_moment),
            max(suggested_moment)
        from {mart}
        where list_status = 'write'
        group by audience, is_usual_moment
        order by audience, is_usual_moment
        """,
    )

    audience: str
    is_usual_moment: bool
    n_users: int
    first_moment: str | None
    last_moment: str | None


@dataclass(frozen=True)
class ForecastRow(MartRow):
    """A forecast of rides or money, its range, and what came.

    `state_key` is None for all users. `observed` is None while not known.
    """

    source = MartSource(
        "forecast_results",
        sql="""
        select
            target, weeks_ahead, origin_week_start, state_key,
            expected, expected_low, expected_high, observed, is_inside, source
        from {mart}
        order by target, weeks_ahead, origin_week_start, state_key, source
        """,
    )

    target: str
    weeks_ahead: int
    origin_week_start: datetime.date
    state_key: str | None
    expected: float
    expected_low: float | None
    expected_high: float | None
    observed: float | None
    is_inside: bool | None
    source_of_forecast: str


@dataclass(frozen=True)
class EffectRow(MartRow):
    """How the effect of writing to a list was measured: two groups, told by chance.

    `n_treated` could be written to; `n_treated_exposed` of them got a message.
    """

    source = MartSource("audience_effects", "audience, holdout_share")

    audience: str
    holdout_share: float
    first_entered_week_start: datetime.date
    last_entered_week_start: datetime.date
    n_treated: int
    n_held_out: int
    n_treated_exposed: int
    mean_rides_treated: float | None
    mean_rides_held_out: float | None
    mean_spend_treated: float | None
    mean_spend_held_out: float | None
