"""The charts that an analyst wants first: each reads one mart, without SQL."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

ChartKind = Literal["areas", "bars", "heatmap", "lines", "number", "table"]
Aggregate = Literal["AVG", "MAX", "SUM"]


@dataclass(frozen=True)
class Metric:
    """An aggregated column, and what a reader calls it."""

    column: str
    label: str
    aggregate: Aggregate = "SUM"


@dataclass(frozen=True)
class Chart:
    """A chart of one mart.

    Attributes
    ----------
    title, description : str
    mart : str
    kind : str
    metrics : tuple of Metric
        One, except for bars, lines and tables.
    x : str or None
        The column of the horizontal axis; None for tables and numbers.
    group_by : tuple of str
        A series for each value; of a heatmap one column, its rows.
    columns : tuple of str
        Of a table of rows as they are, without metrics.
    equals : tuple of (str, value)
        Filters: a column and the value that it has.
    is_null : tuple of str
        Filters: columns that are null.
    number_format : str
        Of d3, such as `,d`.
    width : int
        In twelfths of the dashboard.
    """

    title: str
    description: str
    mart: str
    kind: ChartKind
    metrics: tuple[Metric, ...] = ()
    x: str | None = None
    group_by: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    equals: tuple[tuple[str, str | int | bool], ...] = ()
    is_null: tuple[str, ...] = ()
    number_format: str = ",d"
    width: int = 6

    @property
    def columns_read(self) -> set[str]:
        """All columns of the mart that the chart reads."""
        read = {metric.column for metric in self.metrics}
        read |= {column for column, _ in self.equals}
        read |= {*self.group_by, *self.columns, *self.is_null}
        return read | ({self.x} if self.x else set())


LATEST = (("is_latest_week", True),)

CHARTS = (
    Chart(
        "Users",
        "Users with a state in the newest week.",
        "state_sizes",
        "number",
        (Metric("n_users_as_known", "Users"),),
        equals=LATEST,
        width=3,
    ),
    Chart(
        "Riders",
        "Those of them who completed a ride in the newest week.",
        "state_sizes",
        "number",
        (Metric("n_riders_as_known", "Riders"),),
        equals=LATEST,
        width=3,
    ),
    Chart(
        "Spend",
        "Spend in the newest week, in the reporting currency.",
        "state_sizes",
        "number",
        (Metric("spend_as_known", "Spend"),),
        equals=LATEST,
        number_format=",.0f",
        width=3,
    ),
    Chart(
        "Expected rides, next 4 weeks",
        "The sum of what each user is expected to ride.",
        "user_list",
        "number",
        (Metric("expected_rides_4_weeks", "Expected rides"),),
        number_format=",.0f",
        width=3,
    ),
    Chart(
        "Users by state and week",
        "As known at the end of each week, so that all weeks compare.",
        "state_sizes",
        "areas",
        (Metric("n_users_as_known", "Users"),),
        x="week_start",
        group_by=("state_sort_name",),
        width=12,
    ),
    Chart(
        "Riders by week: new, retained, back",
        "Retained rode the week before, too. Those who are back rode earlier, but not "
        "in the week before.",
        "growth_accounting",
        "bars",
        (
            Metric("n_retained", "Retained"),
            Metric("n_new", "New"),
            Metric("n_resurrected", "Back after a pause"),
        ),
        x="period_start",
        equals=(("period_weeks", 1),),
        width=8,
    ),
    Chart(
        "Rode the week before, not in this one",
        "Most of them come back; see the churned users for those who did not.",
        "growth_accounting",
        "lines",
        (Metric("n_dormant", "Users"),),
        x="period_start",
        equals=(("period_weeks", 1),),
        width=4,
    ),
    Chart(
        "Moves in four weeks",
        "Users by their state four weeks ago (rows) and now (columns).",
        "state_flows_by_city_and_platform",
        "heatmap",
        (Metric("n_users", "Users"),),
        x="to_state_sort_name",
        group_by=("from_state_sort_name",),
        equals=(("weeks_apart", 4),),
        width=12,
    ),
    Chart(
        "Users who entered a state, by week",
        "As known at the end of each week; a week without any is a zero.",
        "state_weekly_flows",
        "lines",
        (Metric("n_entered_as_known", "Entered"),),
        x="week_start",
        group_by=("state_sort_name",),
    ),
    Chart(
        "Churned users by week",
        "Users who lapsed in the week, by the state that they left.",
        "state_weekly_flows",
        "bars",
        (Metric("n_lapsed_as_known", "Lapsed"),),
        x="week_start",
        group_by=("state_sort_name",),
    ),
    Chart(
        "Rides by state and month",
        "Completed rides in months of the calendar, of users by their state.",
        "state_sizes_by_month",
        "bars",
        (Metric("n_rides", "Rides"),),
        x="month_start",
        group_by=("state_sort_name",),
        equals=(("is_whole_month", True),),
    ),
    Chart(
        "Spend by state and month",
        "In the reporting currency, in months of the calendar.",
        "state_sizes_by_month",
        "bars",
        (Metric("spend", "Spend"),),
        x="month_start",
        group_by=("state_sort_name",),
        equals=(("is_whole_month", True),),
        number_format=",.0f",
    ),
    Chart(
        "Retention",
        "Share of the users who first rode in a month (rows) who ride some months "
        "later (columns).",
        "retention_cohorts",
        "heatmap",
        (Metric("rider_share", "Share who ride", "AVG"),),
        x="periods_since_first_ride",
        group_by=("cohort_period_start",),
        equals=(("cohort_length", "month"), ("is_over", True)),
        number_format=".0%",
        width=12,
    ),
    Chart(
        "States by city",
        "Users in the newest week, by their home city.",
        "state_sizes_by_city",
        "bars",
        (Metric("n_users_as_known", "Users"),),
        x="home_city",
        group_by=("state_sort_name",),
        equals=LATEST,
    ),
    Chart(
        "Expected rides by state, next 4 weeks",
        "The sum of what the users who are in the state now are expected to ride.",
        "user_list",
        "bars",
        (Metric("expected_rides_4_weeks", "Expected rides"),),
        x="state_sort_name",
        number_format=",.0f",
    ),
    Chart(
        "Expected and observed rides",
        "Rides of all users in four weeks, forecast in the week shown, and what came.",
        "forecast_results",
        "lines",
        (
            Metric("expected", "Expected"),
            Metric("observed", "Observed"),
            Metric("expected_low", "At least, nine times of ten"),
            Metric("expected_high", "At most, nine times of ten"),
        ),
        x="origin_week_start",
        equals=(("target", "rides"), ("weeks_ahead", 4)),
        is_null=("state_key",),
        number_format=",.0f",
    ),
    Chart(
        "Audiences",
        "Whom to write to this week, and what was measured so far.",
        "audience_summary",
        "table",
        columns=(
            "title",
            "n_users_to_write",
            "n_held_out",
            "n_paused",
            "expected_rides_4_weeks",
            "expected_spend_4_weeks",
            "effect_status",
        ),
        number_format=",.0f",
        width=12,
    ),
)
