"""Time the forward step in SQL, with the panel's own build beside it.

python scripts/bench_forward.py [--cases 5000x104,20000x26] [--states K] [--rounds N]

For each number of users and weeks, on a server of its own: rides are simulated, a
model is fitted on few of the users, and all beliefs are taken from the first rides
on, so that the table holds all of history. What is timed then is what a Monday
costs: every build takes the weeks in which rides may have come late anew, and the
newest week with them. Seconds are those of dbt, its own start included.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import statistics
import sys
import time
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

from bench_panel import OURS
from user_states.console import format_table, run_command
from user_states.fit.fit_job import fit_and_publish
from user_states.hmm.fit_options import FitOptions
from user_states.project_folder import PROJECT_FOLDER
from user_states.rides.landing import AppTables
from user_states.rides.load_simulation import load_simulation
from user_states.rides.simulation import SimulationSettings
from user_states.warehouse.connection import connect, fetch_all
from user_states.warehouse.dbt_project import DbtProject
from user_states.warehouse.server import temporary_server

BELIEFS = ("int_belief_window", "int_user_beliefs")
CASES = ((5_000, 104), (20_000, 26), (20_000, 104), (60_000, 104))
# Few users are enough for parameters to step with.
SAMPLE_USERS = 2_000


@dataclass(frozen=True)
class Timing:
    """What one case took.

    Attributes
    ----------
    users, weeks : int
        Simulated.
    panel_rows, belief_rows : int
        User-weeks of the panel; beliefs that the table holds.
    panel_seconds : float
        The models that the panel consists of, once.
    step_seconds : float
        Median of the rounds of a routine build of the beliefs.
    steps : int
        Weeks that it took anew.
    replay_seconds : float
        All beliefs from every user's first ride on, once.
    """

    users: int
    weeks: int
    panel_rows: int
    belief_rows: int
    panel_seconds: float
    step_seconds: float
    steps: int
    replay_seconds: float


def main() -> None:
    """Time each case on a server of its own."""
    arguments = _parse_arguments()
    timings = [
        time_case(users, weeks, arguments.states, arguments.rounds)
        for users, weeks in arguments.cases
    ]
    machine = f"{platform.machine()}, {psutil.cpu_count()} cores"
    (PROJECT_FOLDER / "target").mkdir(exist_ok=True)
    Path(PROJECT_FOLDER / "target" / "bench_forward.json").write_text(
        json.dumps({"machine": machine, "cases": [asdict(case) for case in timings]})
    )
    print(f"{arguments.states} states, {machine}")
    print("\n".join(_table(timings)))


def time_case(users: int, weeks: int, n_states: int, rounds: int) -> Timing:
    """Simulate, fit, and time the panel, a replay and routine builds of beliefs."""
    with temporary_server() as server:
        os.environ.update(server.address.environment())
        project = DbtProject.load("demo")
        with closing(connect(project.connection_uri)) as connection:
            load_simulation(
                connection,
                SimulationSettings(users, weeks),
                app=AppTables.from_vars(project.vars),
            )
        _run(project, "+exposure:fit_hmm")
        panel_seconds = _run(project, *OURS)
        # The view on the rides goes with the tables that were made anew.
        _run(project, "int_latest_complete_week")
        fit_and_publish(project, _options(project, n_states))
        _run(project, "staging.hmm")
        replay = DbtProject.load("demo", {"beliefs_begin_at": "first_ride"})
        replay_seconds = _run(replay, *BELIEFS, "--full-refresh")
        steps = [_run(project, *BELIEFS) for _ in range(rounds)]
        with closing(connect(project.connection_uri)) as connection:
            panel_rows, belief_rows = (
                fetch_all(connection, f"select count(*) from {project.relation(name)}")
                for name in ("user_week_panel", "int_user_beliefs")
            )
    return Timing(
        users=users,
        weeks=weeks,
        panel_rows=panel_rows[0][0],
        belief_rows=belief_rows[0][0],
        panel_seconds=panel_seconds,
        step_seconds=statistics.median(steps),
        steps=project.vars["late_ride_weeks"] + 1,
        replay_seconds=replay_seconds,
    )


def _run(project: DbtProject, *selection: str) -> float:
    """Build models without their tests, and return the seconds that it took."""
    without_tests = ("--exclude-resource-type", "test", "unit_test")
    started = time.monotonic()
    project.run("build", "--select", *selection, *without_tests, label="building")
    return time.monotonic() - started


def _options(project: DbtProject, n_states: int) -> FitOptions:
    return FitOptions.from_vars(
        {**project.vars, "hmm.bootstrap_refits": 2},
        n_states=(n_states,),
        n_starts=1,
        sample_users=SAMPLE_USERS,
        force=True,
    )


def _table(timings: list[Timing]) -> list[str]:
    return format_table(
        (
            *("users", "weeks", "panel rows", "panel s", "beliefs held"),
            *("beliefs s", "s a week", "replay s"),
        ),
        [
            (
                f"{case.users:,}",
                str(case.weeks),
                f"{case.panel_rows:,}",
                f"{case.panel_seconds:.1f}",
                f"{case.belief_rows:,}",
                f"{case.step_seconds:.1f}",
                f"{case.step_seconds / case.steps:.2f}",
                f"{case.replay_seconds:.1f}",
            )
            for case in timings
        ],
    )


def _parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument(
        "--cases",
        type=parse_cases,
        default=CASES,
        metavar="USERSxWEEKS,…",
        help="by default 5000x104,20000x26,20000x104,60000x104",
    )
    parser.add_argument("--states", type=int, default=8, metavar="K")
    parser.add_argument("--rounds", type=int, default=3, metavar="N")
    return parser.parse_args()


def parse_cases(text: str) -> tuple[tuple[int, int], ...]:
    """Return the numbers of users and weeks that `5000x104,20000x26` means.

    Raises
    ------
    argparse.ArgumentTypeError
        If it is no such list.
    """
    cases = [re.fullmatch(r"(\d+)x(\d+)", part) for part in text.split(",")]
    if not all(cases):
        raise argparse.ArgumentTypeError(
            f"got {text!r}; expected users and weeks, such as 5000x104,20000x26"
        )
    return tuple((int(case[1]), int(case[2])) for case in cases if case)


if __name__ == "__main__":
    sys.exit(run_command(main))
