"""Rows of the marts about what the model expects of users."""

from __future__ import annotations

from dataclasses import dataclass

from user_states.marts.mart_row import MartRow, MartSource


@dataclass(frozen=True)
class StateOutlookRow(MartRow):
    """What the model expects of a user in one state."""

    source = MartSource("state_outlook", "state_id")

    state_id: int
    expected_stay_weeks: float | None
    expected_stay_weeks_low: float | None
    expected_stay_weeks_high: float | None
    long_run_share: float | None
    long_run_share_low: float | None
    long_run_share_high: float | None
    expected_rides_12_weeks: float | None
    expected_rides_12_weeks_low: float | None
    expected_rides_12_weeks_high: float | None


@dataclass(frozen=True)
class PairOutlookRow(MartRow):
    """A pair of states: the weeks from one to the other, and the rides gained."""

    source = MartSource("state_pair_outlook", "from_state_id, to_state_id")

    from_state_id: int
    to_state_id: int
    expected_weeks_to_reach: float | None
    expected_weeks_to_reach_low: float | None
    expected_weeks_to_reach_high: float | None
    associational_rides_gained_12_weeks: float | None
    associational_rides_gained_12_weeks_low: float | None
    associational_rides_gained_12_weeks_high: float | None


@dataclass(frozen=True)
class NextWeeksRow(MartRow):
    """What is expected of all users together; no row if there is no outlook."""

    source = MartSource(
        "user_outlook",
        sql="""
        select
            count(*),
            sum(ride_probability_next_week),
            sum(ride_probability_4_weeks),
            sum(expected_rides_next_week)
        from {mart}
        where as_of_week_start = date '{as_of_week}'
        having count(*) > 0
        """,
    )

    n_users: int
    n_riding_next_week: float
    n_riding_4_weeks: float
    n_rides_next_week: float
