"""A Monday's tables up to the panel timed: closed weeks kept, beside all weeks rebuilt.

For each number of users and weeks, on a server of its own: rides are simulated, and
the last two weeks are held back. So is one ride in 200 of the three weeks before any
build. A build opens every week; then each of the two weeks arrives, and a build keeps
the closed weeks. The second of these is a usual Monday: the first also adds up all that
is closed. At last the same week is built with every week open.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date, timedelta

from user_states.console import format_table
from user_states.errors import UserError
from user_states.rides.landing import AppTables
from user_states.rides.load_simulation import load_simulation
from user_states.rides.simulation import SimulationSettings
from user_states.warehouse.connection import Connection, connect, execute, fetch_all
from user_states.warehouse.dbt_project import DbtProject
from user_states.warehouse.server import temporary_server

# The last model of the chain: everything before it is built.
UP_TO_KEPT_WEEKS = "+int_kept_weeks"
LATE = "md5(ride_id) < '0148'"


@dataclass(frozen=True)
class WeeklyTiming:
    """What one case took.

    Attributes
    ----------
    users, weeks : int
        Simulated.
    panel_rows : int
        User-weeks of the panel.
    first_seconds, usual_seconds, full_seconds : float
        Node-seconds of models: the first build that keeps closed weeks, a usual Monday
        after it, and a build that opens every week.
    """

    users: int
    weeks: int
    panel_rows: int
    first_seconds: float
    usual_seconds: float
    full_seconds: float

    @property
    def share(self) -> float:
        """A usual Monday over a build that opens every week."""
        return self.usual_seconds / self.full_seconds


def time_weeks(users: int, weeks: int) -> WeeklyTiming:
    """Simulate, let two weeks arrive one after the other, and time the builds.

    Raises
    ------
    UserError
        If the panel differs after a usual Monday and after a build of every week.
    """
    with temporary_server() as server:
        os.environ.update(server.address.environment())
        project = DbtProject.load("demo")
        with closing(connect(project.connection_uri, autocommit=True)) as connection:
            load_simulation(
                connection,
                SimulationSettings(users, weeks),
                app=AppTables.from_vars(project.vars),
            )
            execute(connection, "create table public.log as select * from app.rides")
            ((newest,),) = fetch_all(
                connection,
                # Some rides have wrong clocks on purpose.
                "select cast(date_trunc('week', max(requested_at)) as date) "
                "from public.log where requested_at < now()",
            )
            project.run("seed", label="seeds")
            mondays = [newest - timedelta(weeks=back) for back in (3, 2, 1)]
            seconds = [_build(connection, monday, "keep") for monday in mondays]
            by_weeks = _panel(connection)
            full_seconds = _build(connection, mondays[-1], "rebuild")
            if _panel(connection) != by_weeks:
                raise UserError(
                    "found another panel after a build that kept closed weeks than "
                    "after one that opened every week; expected the same rows"
                )
            ((n_rows,),) = fetch_all(
                connection,
                f"select count(*) from {project.relation('user_week_panel')}",
            )
    return WeeklyTiming(users, weeks, n_rows, seconds[1], seconds[2], full_seconds)


def _build(connection: Connection, monday: date, closed_weeks: str) -> float:
    """Let all rides up to a week arrive but those that are late, and build."""
    execute(connection, "truncate app.rides")
    execute(
        connection,
        "insert into app.rides select * from public.log where requested_at is null or "
        f"requested_at < date '{monday}' + 7 and (not {LATE} or "
        f"requested_at < date '{monday}' - 7 * 3)",
    )
    execute(connection, "analyze app.rides")
    project = DbtProject.load(
        "demo",
        {"closed_weeks": closed_weeks, "as_of_date": str(monday + timedelta(days=6))},
    )
    return sum(
        project.run("run", "--select", UP_TO_KEPT_WEEKS, label=closed_weeks).values()
    )


def _panel(connection: Connection) -> list[tuple[object, ...]]:
    relation = DbtProject.load("demo").relation("user_week_panel")
    return fetch_all(
        connection,
        "select count(*), sum(hashtextextended(cast(rows as text), 0)) "
        f"from {relation} as rows",
    )


def describe_weeks(timings: Sequence[WeeklyTiming]) -> list[str]:
    """Return the timings as aligned lines."""
    return format_table(
        (
            *("users", "weeks", "panel rows", "every week s", "first Monday s"),
            *("usual Monday s", "share"),
        ),
        [
            (
                f"{case.users:,}",
                str(case.weeks),
                f"{case.panel_rows:,}",
                f"{case.full_seconds:.1f}",
                f"{case.first_seconds:.1f}",
                f"{case.usual_seconds:.1f}",
                f"{case.share:.2f}",
            )
            for case in timings
        ],
    )
