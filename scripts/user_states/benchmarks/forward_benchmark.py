"""The forward step in SQL timed, with the build of the panel beside it.

For each number of users and weeks, on a server of its own: rides are simulated, a model
is fitted on few of the users, and all beliefs are computed from every user's first ride
on, so that the table holds the whole history. The timed part is what a weekly build
costs at most, if late rides have changed all users: it computes the weeks in which late
rides may arrive, and the newest week.
Seconds are those of dbt, its start included.
"""

from __future__ import annotations

import os
import statistics
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass

from user_states.benchmarks.panel_benchmark import PANEL_MODELS, build_without_tests
from user_states.console import format_table
from user_states.fit.fit_job import fit_and_publish
from user_states.hmm.fit_options import FitOptions
from user_states.rides.landing import AppTables
from user_states.rides.load_simulation import load_simulation
from user_states.rides.simulation import SimulationSettings
from user_states.warehouse.connection import connect, execute, fetch_all
from user_states.warehouse.dbt_project import DbtProject
from user_states.warehouse.server import temporary_server

BELIEFS = ("int_belief_window", "int_user_beliefs")
# A model fitted on few users steps as fast as any other.
SAMPLE_USERS = 2_000


@dataclass(frozen=True)
class ForwardTiming:
    """What one case took.

    Attributes
    ----------
    users, weeks : int
        Simulated.
    panel_rows, belief_rows : int
        User-weeks of the panel; beliefs in the table.
    panel_seconds : float
        The models of the panel, once.
    step_seconds : float
        Median of the rounds of a build of the newest beliefs.
    steps : int
        Weeks that it computed.
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


def time_case(
    users: int, weeks: int, n_states: int, n_levels: int, *, rounds: int
) -> ForwardTiming:
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
        build_without_tests(project, "+exposure:fit_hmm")
        panel_seconds = build_without_tests(project, *PANEL_MODELS)
        # dbt dropped this view on the rides with the tables that it replaced.
        build_without_tests(project, "int_latest_complete_week")
        fit_and_publish(project, _options(project, n_states, n_levels))
        build_without_tests(project, "staging.hmm")
        replay = DbtProject.load("demo", {"beliefs_begin_at": "first_ride"})
        replay_seconds = build_without_tests(replay, *BELIEFS, "--full-refresh")
        with closing(connect(project.connection_uri, autocommit=True)) as connection:
            steps = []
            for _ in range(rounds):
                execute(
                    connection,
                    f"delete from {project.relation('int_user_beliefs')} "
                    "where week_start >= (select first_step_week_start "
                    f"from {project.relation('int_belief_window')})",
                )
                steps.append(build_without_tests(project, *BELIEFS))
            panel_rows, belief_rows = (
                fetch_all(connection, f"select count(*) from {project.relation(name)}")
                for name in ("user_week_panel", "int_user_beliefs")
            )
    return ForwardTiming(
        users=users,
        weeks=weeks,
        panel_rows=panel_rows[0][0],
        belief_rows=belief_rows[0][0],
        panel_seconds=panel_seconds,
        step_seconds=statistics.median(steps),
        steps=project.vars["late_ride_weeks"] + 1,
        replay_seconds=replay_seconds,
    )


def _options(project: DbtProject, n_states: int, n_levels: int) -> FitOptions:
    return FitOptions.from_vars(
        {**project.vars, "hmm.bootstrap_refits": 2, "hmm.levels": n_levels},
        n_states=(n_states,),
        n_starts=1,
        sample_users=SAMPLE_USERS,
        force=True,
    )


def describe(timings: Sequence[ForwardTiming]) -> list[str]:
    """Return the timings as aligned lines."""
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
