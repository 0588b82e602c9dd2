"""The models of the panel timed against a plain query, as a ratio.

The rival reads the same screened rides, aggregates them by user and week, and repeats
each week up to the next one: the least work that a weekly panel can take. It has no
rolling price and no value "so far"; every value comes from the week alone. Both write
tables, on a server of their own, in turn.
"""

from __future__ import annotations

import os
import platform
import statistics
import time
from contextlib import closing
from dataclasses import dataclass

import psutil

from user_states.console import format_table
from user_states.rides.landing import AppTables
from user_states.rides.load_simulation import load_simulation
from user_states.rides.simulation import SimulationSettings
from user_states.warehouse.connection import Connection, connect, execute, fetch_all
from user_states.warehouse.dbt_project import DbtProject
from user_states.warehouse.server import temporary_server

PANEL_MODELS = (
    "int_user_request_weeks",
    "int_user_away_weeks",
    "int_user_ride_weeks",
    "int_feature_sources",
    "int_user_week_features",
    "user_week_panel",
)

PLAIN_WEEKS = """
create table plain.weeks as
select
    rides.user_id, rides.week_start,
    count(*) as n_requests,
    count(case when is_completed then 1 end) as n_rides,
    count(case when is_cancelled then 1 end) as n_cancellations,
    count(case when is_painful_cancellation then 1 end) as n_painful_cancellations,
    avg(case when is_weekend then 1.0 else 0.0 end) as weekend_share,
    avg(case when is_evening then 1.0 else 0.0 end) as evening_share,
    avg(case when payment_mode = 'cash' then 1.0 else 0.0 end) as cash_share,
    avg(case when coupon_count > 0 then 1.0 else 0.0 end) as coupon_share,
    avg(price_in_reporting_currency) as avg_price,
    avg(surge_multiplier) as mean_surge_multiplier,
    bool_or(payment_mode = 'cash') as is_cash,
    bool_or(platform = 'ios') as is_ios,
    min(city) <> max(city) as has_used_multiple_cities,
    min(requested_at) as first_request_at,
    max(requested_at) as last_request_at
from {rides} as rides
cross join {as_of_week} as as_of_week
where rides.week_start <= as_of_week.as_of_week_start
group by rides.user_id, rides.week_start
"""

PLAIN_PANEL = """
create table plain.panel as
with followed as (
    select
        weeks.*,
        coalesce(
            lead(weeks.week_start) over (
                partition by weeks.user_id order by weeks.week_start
            ),
            as_of_week.as_of_week_start + 7
        ) as next_week_start
    from plain.weeks as weeks
    cross join {as_of_week} as as_of_week
)
select
    user_id, week_start + 7 * n_silent_weeks as week_start,
    week_start as filled_from_week_start,
    case when n_silent_weeks = 0 then n_requests else 0 end as n_requests,
    case when n_silent_weeks = 0 then n_rides else 0 end as n_rides,
    case when n_silent_weeks = 0 then n_cancellations else 0 end as n_cancellations,
    case when n_silent_weeks = 0 then n_painful_cancellations else 0 end
        as n_painful_cancellations,
    weekend_share, evening_share, cash_share, coupon_share, avg_price,
    mean_surge_multiplier, is_cash, is_ios, has_used_multiple_cities,
    n_silent_weeks as weeks_since_last_ride
from followed
cross join lateral generate_series(0, (next_week_start - week_start) / 7 - 1)
    as silent (n_silent_weeks)
"""


@dataclass(frozen=True)
class PanelTiming:
    """What the plain query and the models took.

    Attributes
    ----------
    rides, panel_rows : int
        Simulated rides; rows of user_week_panel.
    plain_seconds, ours_seconds : float
        Medians of the rounds.
    ratio : float
        Median of the rounds' ratios, ours to the plain query's.
    rounds : int
    machine : str
    """

    rides: int
    panel_rows: int
    plain_seconds: float
    ours_seconds: float
    ratio: float
    rounds: int
    machine: str


def time_panel(n_users: int, rounds: int) -> PanelTiming:
    """Simulate rides, build once, and time both contenders in turn."""
    with temporary_server() as server:
        os.environ.update(server.address.environment())
        project = DbtProject.load("demo")
        with closing(connect(project.connection_uri)) as connection:
            report = load_simulation(
                connection,
                SimulationSettings(n_users),
                app=AppTables.from_vars(project.vars),
            )
        build_without_tests(project, "+user_week_panel")
        with closing(connect(project.connection_uri, autocommit=True)) as connection:
            seconds = [
                (_time_plain(connection, project), _time_ours(project))
                for _ in range(rounds)
            ]
            ((n_rows,),) = fetch_all(
                connection, f"select count(*) from {project.relation(PANEL_MODELS[-1])}"
            )
    return PanelTiming(
        rides=report.n_rides,
        panel_rows=n_rows,
        plain_seconds=statistics.median(plain for plain, _ in seconds),
        ours_seconds=statistics.median(ours for _, ours in seconds),
        ratio=statistics.median(ours / plain for plain, ours in seconds),
        rounds=rounds,
        machine=describe_cores(),
    )


def describe(timing: PanelTiming) -> list[str]:
    """Return the timing as lines for a person to read."""
    return [
        f"{timing.rides:,} rides, {timing.panel_rows:,} panel rows, {timing.machine}",
        *format_table(
            ("what", "median seconds", "ratio"),
            [
                (
                    "plain aggregate and sparse fill",
                    f"{timing.plain_seconds:.1f}",
                    "1.00",
                ),
                (
                    "the models of the panel",
                    f"{timing.ours_seconds:.1f}",
                    f"{timing.ratio:.2f}",
                ),
            ],
        ),
    ]


def build_without_tests(project: DbtProject, *selection: str) -> float:
    """Build models without any tests, and return the seconds that it took."""
    started = time.monotonic()
    project.build(
        *("--select", *selection, "--exclude-resource-type", "test"), label="building"
    )
    return time.monotonic() - started


def describe_cores() -> str:
    """Return the architecture of this machine and its number of cores."""
    return f"{platform.machine()}, {psutil.cpu_count()} cores"


def _time_plain(connection: Connection, project: DbtProject) -> float:
    names = {
        "rides": project.relation("int_rides"),
        "as_of_week": project.relation("int_as_of_week"),
    }
    execute(connection, "drop schema if exists plain cascade")
    execute(connection, "create schema plain")
    started = time.monotonic()
    execute(connection, PLAIN_WEEKS.format(**names))
    execute(connection, "analyze plain.weeks")
    execute(connection, PLAIN_PANEL.format(**names))
    return time.monotonic() - started


def _time_ours(project: DbtProject) -> float:
    started = time.monotonic()
    project.run("run", "--select", *PANEL_MODELS, label="timing the models")
    return time.monotonic() - started
