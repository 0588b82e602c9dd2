"""What is expected of the users of each state, by city and platform."""

from __future__ import annotations

from dataclasses import dataclass

from user_states.marts.crossing_rows import CrossingRow
from user_states.marts.mart_row import MartSource


@dataclass(frozen=True)
class ExpectedRow(CrossingRow):
    """Users of one state now, and sums of what is expected of them.

    `n_expected` have an outlook. `spend_4_weeks` is None without prices.
    """

    source = MartSource(
        "user_list",
        sql="""
        select
            coalesce(home_city, 'not known'),
            coalesce(platform, 'not known'),
            state_key,
            count(ride_probability_next_week),
            coalesce(sum(ride_probability_next_week), 0),
            coalesce(sum(expected_rides_4_weeks), 0),
            sum(expected_spend_4_weeks)
        from {mart}
        group by 1, 2, state_key
        order by 1, 2, state_key
        """,
    )

    state_key: str
    n_expected: int
    riding_next_week: float
    rides_4_weeks: float
    spend_4_weeks: float | None
