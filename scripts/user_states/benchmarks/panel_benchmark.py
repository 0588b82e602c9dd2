"""The models of the panel timed against two plain queries, as ratios.

benchmarks/panel_rivals.py says what the queries do: one is the plainest panel, the
other makes the same columns as user_week_panel in one statement. All write tables, on a
server of their own, in turn. Compared are seconds of the processor of all processes of
the server.
"""

from __future__ import annotations

import os
import platform
import statistics
import time
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass

import psutil

from user_states.benchmarks.panel_rivals import plainest_panel, same_columns
from user_states.benchmarks.server_processor import server_processor_seconds
from user_states.console import format_table
from user_states.errors import UserError
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
# One process each, so that the ratio does not depend on what else the machine does; and
# nobody pays for the upkeep of tables.
_ONE_QUIET_PROCESS = {"max_parallel_workers_per_gather": "0", "autovacuum": "off"}


@dataclass(frozen=True)
class PanelTiming:
    """What the plain queries and the models took, in seconds of the processor.

    Attributes
    ----------
    rides, panel_rows : int
        Simulated rides; rows of user_week_panel.
    plainest_seconds, same_columns_seconds, ours_seconds : float
        Medians of the rounds: the plainest panel, the plain query with the columns of
        user_week_panel, and the project's models.
    ratio, ratio_to_same_columns : float
        Medians of the rounds' ratios, ours to the plainest panel, and to the plain
        query with the same columns.
    rounds : int
    machine : str
    """

    rides: int
    panel_rows: int
    plainest_seconds: float
    same_columns_seconds: float
    ours_seconds: float
    ratio: float
    ratio_to_same_columns: float
    rounds: int
    machine: str


def time_panel(n_users: int, rounds: int) -> PanelTiming:
    """Simulate rides, build once, and time the contenders in turn.

    Raises
    ------
    UserError
        If the plain query with the same columns has other rows than user_week_panel.
    """
    with temporary_server(_ONE_QUIET_PROCESS) as server:
        os.environ.update(server.address.environment())
        project = DbtProject.load("demo")
        with closing(connect(project.connection_uri)) as connection:
            report = load_simulation(
                connection,
                SimulationSettings(n_users),
                app=AppTables.from_vars(project.vars),
            )
        build_without_tests(project, "+user_week_panel")
        names = {
            "rides": project.relation("int_rides"),
            "as_of_week": project.relation("int_as_of_week"),
        }
        panel = project.relation(PANEL_MODELS[-1])
        with closing(connect(project.connection_uri, autocommit=True)) as connection:
            seconds = []
            for _ in range(rounds):
                execute(connection, "drop schema if exists plain cascade")
                execute(connection, "create schema plain")
                execute(connection, "checkpoint")
                seconds.append(
                    (
                        _run(connection, plainest_panel(names)),
                        _run(connection, [same_columns(names, project.vars)]),
                        _build(connection, project),
                    )
                )
            _require_same_rows(connection, panel)
            ((n_rows,),) = fetch_all(connection, f"select count(*) from {panel}")
    plainest, same, ours = zip(*seconds, strict=True)
    return PanelTiming(
        rides=report.n_rides,
        panel_rows=n_rows,
        plainest_seconds=statistics.median(plainest),
        same_columns_seconds=statistics.median(same),
        ours_seconds=statistics.median(ours),
        ratio=_median_ratio(ours, plainest),
        ratio_to_same_columns=_median_ratio(ours, same),
        rounds=rounds,
        machine=describe_cores(),
    )


def describe(timing: PanelTiming) -> list[str]:
    """Return the timing as lines for a person to read."""
    rows = (
        ("plainest panel", timing.plainest_seconds),
        ("plain query, same columns", timing.same_columns_seconds),
        ("the models of the panel", timing.ours_seconds),
    )
    return [
        f"{timing.rides:,} rides, {timing.panel_rows:,} panel rows, {timing.machine}",
        *format_table(
            ("what", "seconds of the processor"),
            [(name, f"{seconds:.1f}") for name, seconds in rows],
        ),
        f"ours over the plainest panel: {timing.ratio:.2f}",
        f"ours over the same columns: {timing.ratio_to_same_columns:.2f}",
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


def _run(connection: Connection, statements: Iterable[str]) -> float:
    before = server_processor_seconds(connection)
    for statement in statements:
        execute(connection, statement)
    return server_processor_seconds(connection) - before


def _build(connection: Connection, project: DbtProject) -> float:
    before = server_processor_seconds(connection)
    project.run("run", "--select", *PANEL_MODELS, label="timing the models")
    return server_processor_seconds(connection) - before


def _require_same_rows(connection: Connection, panel: str) -> None:
    columns = ", ".join(
        name
        for (name,) in fetch_all(
            connection,
            "select attname from pg_attribute where attnum > 0 "
            f"and attrelid = cast('{panel}' as regclass) order by attnum",
        )
    )
    for one, other in (("plain.same_columns", panel), (panel, "plain.same_columns")):
        ((n_others,),) = fetch_all(
            connection,
            f"select count(*) from (select {columns} from {one} "
            f"except all select {columns} from {other}) as others",
        )
        if n_others:
            raise UserError(
                f"found {n_others:,} rows of {one} that are not in {other}; expected "
                "the same: correct benchmarks/panel_rivals.py if the panel has changed"
            )


def _median_ratio(ours: Sequence[float], rival: Sequence[float]) -> float:
    return statistics.median(
        mine / plain for mine, plain in zip(ours, rival, strict=True)
    )
