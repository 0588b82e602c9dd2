"""A usual Monday timed: a build that keeps closed weeks, beside one of every week.

For each number of users and weeks, on a server of its own: rides are simulated, and
the last three weeks are held back. So is one ride in 200 of the three weeks before any
build. A model is fitted, quickly; then each of these weeks arrives, and a build keeps
the closed weeks. The third of them is a usual Monday: the first has none to keep yet,
and the second adds up all that is closed. At last the same week is built with every
week open. A build is the command `make build`: it starts Python, reads the project, and
builds and tests all tables.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date, timedelta

from user_states.benchmarks.server_processor import server_processor_seconds
from user_states.benchmarks.table_digests import table_digests
from user_states.console import format_table
from user_states.errors import UserError
from user_states.fit.fit_job import fit_and_publish
from user_states.hmm.fit_options import FitOptions
from user_states.project_folder import PROJECT_FOLDER
from user_states.rides.landing import AppTables
from user_states.rides.load_simulation import load_simulation
from user_states.rides.simulation import SimulationSettings
from user_states.warehouse.connection import Connection, connect, execute, fetch_all
from user_states.warehouse.dbt_project import UP_TO_THE_PANEL, DbtProject
from user_states.warehouse.server import temporary_server

LATE = "md5(ride_id) < '0148'"
# A Sunday on which logs of all lengths end.
LAST_DAY = date(2025, 12, 28)
# A fit that takes seconds: the states need not be good, only there.
QUICK_FIT = {"hmm.bootstrap_refits": 2, "hmm.polished_starts": 1}
# Tables that must be the same after a usual Monday and after a build of every week.
COMPARED = (
    "user_week_panel",
    "user_weekly_states",
    "user_state_spells",
    "users",
    "states",
    "state_attributes",
    "state_rhythms",
    "state_sizes_by_city_and_platform",
    "state_sizes_by_month",
    "state_weekly_flows",
)


@dataclass(frozen=True)
class BuildTiming:
    """What one build took.

    Attributes
    ----------
    model_seconds : float
        Node-seconds of models.
    processor_seconds : float
        Of the whole command: dbt's, and those of the server.
    seconds : float
        The whole command by the clock.
    """

    model_seconds: float
    processor_seconds: float
    seconds: float


@dataclass(frozen=True)
class WeeklyTiming:
    """What one case took.

    Attributes
    ----------
    users, weeks : int
        Simulated.
    panel_rows : int
        User-weeks of the panel.
    first, usual, full : BuildTiming
        The first build that will keep closed weeks, a usual Monday two weeks later, and
        a build that opens every week.
    """

    users: int
    weeks: int
    panel_rows: int
    first: BuildTiming
    usual: BuildTiming
    full: BuildTiming


def time_weeks(users: int, weeks: int) -> WeeklyTiming:
    """Simulate, let three weeks arrive one after the other, and time the builds.

    Raises
    ------
    UserError
        If a table differs after a usual Monday and after a build of every week.
    """
    with temporary_server() as server:
        os.environ.update(server.address.environment())
        project = DbtProject.load("demo")
        with closing(connect(project.connection_uri, autocommit=True)) as connection:
            load_simulation(
                connection,
                SimulationSettings.ending(users, weeks, LAST_DAY),
                app=AppTables.from_vars(project.vars),
            )
            execute(connection, "create table public.log as select * from app.rides")
            ((newest,),) = fetch_all(
                connection,
                # Some rides have wrong clocks on purpose.
                "select cast(date_trunc('week', max(requested_at)) as date) "
                "from public.log where requested_at < now()",
            )
            mondays = [newest - timedelta(weeks=back) for back in (4, 3, 2, 1)]
            _fit(connection, mondays[0])
            first, _, usual = (_build(connection, day, "keep") for day in mondays[1:])
            compared = dict.fromkeys(COMPARED, "true")
            kept = table_digests(connection, project, compared)
            full = _build(connection, mondays[-1], "rebuild", arrive=False)
            rebuilt = table_digests(
                connection, project, dict.fromkeys(COMPARED, "true")
            )
            different = [name for name in COMPARED if kept[name] != rebuilt[name]]
            if different:
                raise UserError(
                    f"found {', '.join(different)} different after a build that kept "
                    "closed weeks and after one that opened every week; expected the "
                    "same rows"
                )
            ((n_rows,),) = fetch_all(
                connection,
                f"select count(*) from {project.relation('user_week_panel')}",
            )
    return WeeklyTiming(users, weeks, n_rows, first, usual, full)


def _vars(monday: date, closed_weeks: str) -> dict[str, str]:
    return {
        "closed_weeks": closed_weeks,
        "tested_weeks": "changed",
        "as_of_date": str(monday + timedelta(days=6)),
    }


def _fit(connection: Connection, monday: date) -> None:
    """Build up to the panel as of a week, fit a few states, and publish them."""
    _let_arrive(connection, monday)
    project = DbtProject.load("demo", _vars(monday, "keep") | QUICK_FIT)
    project.run("seed", label="seeds")
    project.run("run", "--select", UP_TO_THE_PANEL, label="panel")
    options = FitOptions.from_vars(
        project.vars, n_states=(6,), n_starts=1, sample_users=2000, force=True
    )
    fit_and_publish(project, options)


def _let_arrive(connection: Connection, monday: date) -> None:
    """Let all rides up to a week arrive but those that are late."""
    execute(connection, "truncate app.rides")
    execute(
        connection,
        "insert into app.rides select * from public.log where requested_at is null or "
        f"requested_at < date '{monday}' + 7 and (not {LATE} or "
        f"requested_at < date '{monday}' - 7 * 3)",
    )
    execute(connection, "analyze app.rides")
    # Otherwise writing these rows to disk would fall into the build.
    execute(connection, "checkpoint")


def _build(
    connection: Connection, monday: date, closed_weeks: str, *, arrive: bool = True
) -> BuildTiming:
    """Let the rides of a week arrive, and call `make build`."""
    if arrive:
        _let_arrive(connection, monday)
    of_server, of_dbt = server_processor_seconds(connection), _processor_of_children()
    began = time.perf_counter()
    outcome = subprocess.run(
        [
            *(sys.executable, str(PROJECT_FOLDER / "scripts" / "build.py")),
            *("--target", "demo", "--vars", json.dumps(_vars(monday, closed_weeks))),
        ],
        capture_output=True,
        text=True,
    )
    seconds = time.perf_counter() - began
    if outcome.returncode:
        raise UserError(f"a build failed: {outcome.stdout[-2000:]}{outcome.stderr}")
    of_server = server_processor_seconds(connection) - of_server
    of_dbt = _processor_of_children() - of_dbt
    path = PROJECT_FOLDER / "target" / "run_results.json"
    results = json.loads(path.read_text("utf-8"))["results"]
    models = [one for one in results if one["unique_id"].startswith("model.")]
    return BuildTiming(
        sum(float(one["execution_time"]) for one in models), of_server + of_dbt, seconds
    )


def _processor_of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def describe_weeks(timings: Sequence[WeeklyTiming]) -> list[str]:
    """Return the timings as aligned lines."""
    measures = {
        "models s": "model_seconds",
        "command processor s": "processor_seconds",
        "command s": "seconds",
    }
    return format_table(
        (
            "users",
            "weeks",
            "what",
            "every week",
            "first Monday",
            "usual Monday",
            "share",
        ),
        [
            (
                f"{case.users:,}",
                str(case.weeks),
                what,
                f"{getattr(case.full, name):.1f}",
                f"{getattr(case.first, name):.1f}",
                f"{getattr(case.usual, name):.1f}",
                f"{getattr(case.usual, name) / getattr(case.full, name):.2f}",
            )
            for case in timings
            for what, name in measures.items()
        ],
    )
