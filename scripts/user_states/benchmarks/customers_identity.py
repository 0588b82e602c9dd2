"""Identity stitching timed against a plain aggregate, and a day against all of it.

The rival counts the edges of each identifier and writes a table: the least that can be
asked of so many edges. All stitch the same planted identifiers, in turn, on a server of
their own. Ours are the models from edges to the customer of each identifier as of every
week, without those that find identifiers and edges in events. Compared are seconds of
the processor, those of all processes of the server: the clock also counts waiting for
other work. What dbt asks the server at its start is among ours.

A usual day follows another day. The day after a full stitching reads tables that were
just written whole, and PostgreSQL marks each row at its first reading. It is shown too.
"""

from __future__ import annotations

import os
import statistics
import time
from contextlib import closing
from dataclasses import dataclass
from typing import NamedTuple

import pandas as pd
import pyarrow as pa

from user_states.benchmarks.panel_benchmark import (
    build_without_tests,
    describe_cores,
)
from user_states.benchmarks.planted_identifiers import plant_identifiers
from user_states.benchmarks.server_processor import server_processor_seconds
from user_states.console import format_table
from user_states.events.load_simulated_events import EventWriter
from user_states.rides.load_simulation import load_simulation
from user_states.rides.simulation import SimulationSettings
from user_states.warehouse.connection import Connection, connect, execute, fetch_all
from user_states.warehouse.dbt_project import DbtProject
from user_states.warehouse.server import temporary_server

STITCHING = (
    "int_fact_weeks",
    "int_touched_identifiers",
    "int_identifier_numbers",
    "int_numbered_edges",
    "int_identifier_roots",
    "int_root_edges",
    "int_root_labels",
    "int_root_spells",
    "int_new_customers",
    "int_identifier_spells",
    "int_stitched_facts",
    "int_stitched_weeks",
)
# Otherwise the aggregate would use several cores and most steps of stitching one, and
# the ratio would depend on what else the machine does; and whoever runs while planted
# tables are looked after would pay for it.
_ONE_QUIET_PROCESS = {"max_parallel_workers_per_gather": "0", "autovacuum": "off"}
# The least that a server's processes can be told apart by.
_TICK = 1 / os.sysconf("SC_CLK_TCK")
# The newest edges, of which each of two days adds as many.
_SHARE_OF_A_DAY = 0.01
# Tables that models read exist once something was built.
_FEW_USERS, _FEW_WEEKS = 50, 6

_PLAIN = """
create table plain.edges_by_identifier as
select identifier_key, count(*) as n_edges
from (
    select from_key as identifier_key from {edges}
    union all
    select to_key as identifier_key from {edges}
) as ends
group by identifier_key
"""


@dataclass(frozen=True)
class IdentityTiming:
    """What the aggregate, a full stitching and the two days after it took.

    Attributes
    ----------
    identifiers, edges, day_edges : int
        Planted; how many of the edges each day adds.
    plain_processor, full_processor, next_day_processor, day_processor : float
        Seconds of the processor; medians of the rounds.
    plain_elapsed, full_elapsed, next_day_elapsed, day_elapsed : float
        The same on the clock, of the models without the start of dbt.
    full_ratio : float
        Median of the rounds' ratios, a full stitching to the plain aggregate, of the
        processor.
    next_day_ratio, day_ratio : float
        The same, the day after a full stitching, and the next one, to the stitching.
    rounds : int
    machine : str
    """

    identifiers: int
    edges: int
    day_edges: int
    plain_processor: float
    full_processor: float
    next_day_processor: float
    day_processor: float
    plain_elapsed: float
    full_elapsed: float
    next_day_elapsed: float
    day_elapsed: float
    full_ratio: float
    next_day_ratio: float
    day_ratio: float
    rounds: int
    machine: str


class _Seconds(NamedTuple):
    processor: float
    elapsed: float


def time_identity(n_identifiers: int, rounds: int, seed: int = 1) -> IdentityTiming:
    """Plant identifiers, and time the contenders in turn, on a server of their own."""
    with temporary_server(_ONE_QUIET_PROCESS) as server:
        os.environ.update(server.address.environment())
        project = DbtProject.load("demo")
        prepare_identity(project)
        return time_rounds(project, n_identifiers, rounds, seed)


def prepare_identity(project: DbtProject) -> None:
    """Build the models that stitching reads from few simulated users."""
    with closing(connect(project.connection_uri)) as connection:
        load_simulation(
            connection,
            SimulationSettings(_FEW_USERS, _FEW_WEEKS),
            events=EventWriter(),
        )
    build_without_tests(project, "+int_identifier_spells")


def time_rounds(
    project: DbtProject, n_identifiers: int, rounds: int, seed: int
) -> IdentityTiming:
    """Time the contenders in turn, in a warehouse that `prepare_identity` has built."""
    planted = plant_identifiers(n_identifiers, seed)
    edges = planted.edges.sort_values("first_seen_at", kind="stable")
    n_of_day = max(round(len(edges) * _SHARE_OF_A_DAY), 1)
    plain, full, next_day, day = [], [], [], []
    with closing(connect(project.connection_uri, autocommit=True)) as connection:

        def write_edges(n_days_before_the_end: int) -> None:
            so_far = edges.iloc[: len(edges) - n_days_before_the_end * n_of_day]
            write_identifiers(connection, project, planted.identifiers, so_far)
            # Planted tables are on disk before the clock runs.
            execute(connection, "checkpoint")

        for _ in range(rounds):
            execute(connection, f"truncate {_customers(project)}")
            write_edges(2)
            plain.append(_time_plain(connection, project))
            full.append(_time_models(connection, project, "--full-refresh"))
            write_edges(1)
            next_day.append(_time_models(connection, project))
            write_edges(0)
            day.append(_time_models(connection, project))
    return IdentityTiming(
        identifiers=len(planted.identifiers),
        edges=len(edges),
        day_edges=n_of_day,
        plain_processor=statistics.median(run.processor for run in plain),
        full_processor=statistics.median(run.processor for run in full),
        next_day_processor=statistics.median(run.processor for run in next_day),
        day_processor=statistics.median(run.processor for run in day),
        plain_elapsed=statistics.median(run.elapsed for run in plain),
        full_elapsed=statistics.median(run.elapsed for run in full),
        next_day_elapsed=statistics.median(run.elapsed for run in next_day),
        day_elapsed=statistics.median(run.elapsed for run in day),
        full_ratio=_median_ratio(full, plain),
        next_day_ratio=_median_ratio(next_day, full),
        day_ratio=_median_ratio(day, full),
        rounds=rounds,
        machine=describe_cores(),
    )


def write_identifiers(
    connection: Connection,
    project: DbtProject,
    identifiers: pd.DataFrame,
    edges: pd.DataFrame,
) -> None:
    """Replace what stitching reads by planted identifiers and edges.

    Identifiers are those that are seen by the last of the edges.
    """
    known = identifiers[identifiers.first_seen_at <= edges.first_seen_at.max()]
    tables = {
        "int_identifiers": known.assign(
            last_seen_at=known.first_seen_at, n_seen=1, is_blocked=False
        ),
        "int_identity_edges": edges.assign(
            last_seen_at=edges.first_seen_at, n_seen=1, source="planted"
        ),
        "int_shared_identifiers": None,
    }
    for model, rows in tables.items():
        table = project.relation(model)
        execute(connection, f"truncate {table}")
        if rows is None:
            continue
        with connection.cursor() as cursor:
            cursor.adbc_ingest(
                "planted_rows",
                pa.Table.from_pandas(rows, preserve_index=False),
                mode="replace",
                temporary=True,
            )
        columns = ", ".join(rows.columns)
        execute(
            connection,
            f"insert into {table} ({columns}) select {columns} from planted_rows",
        )
        execute(connection, "drop table planted_rows")
        execute(connection, f"vacuum analyze {table}")


def describe(timing: IdentityTiming) -> list[str]:
    """Return the timing as lines for a person to read."""
    planted = f"{timing.identifiers:,} identifiers, {timing.edges:,} edges"
    by_day = f"{timing.day_edges:,} of them on each of the last two days"
    return [
        f"{planted}, {by_day}; {timing.rounds} rounds, {timing.machine}",
        *format_table(
            ("what", "seconds of the processor", "on the clock", "ratio", "to"),
            [
                (
                    "edges by identifier",
                    f"{timing.plain_processor:.2f}",
                    f"{timing.plain_elapsed:.2f}",
                    "1.00",
                    "",
                ),
                (
                    "full stitching",
                    f"{timing.full_processor:.2f}",
                    f"{timing.full_elapsed:.2f}",
                    f"{timing.full_ratio:.2f}",
                    "edges by identifier",
                ),
                (
                    "the day after it",
                    f"{timing.next_day_processor:.2f}",
                    f"{timing.next_day_elapsed:.2f}",
                    f"{timing.next_day_ratio:.2f}",
                    "full stitching",
                ),
                (
                    "a usual day",
                    f"{timing.day_processor:.2f}",
                    f"{timing.day_elapsed:.2f}",
                    f"{timing.day_ratio:.2f}",
                    "full stitching",
                ),
            ],
        ),
    ]


def count_customers(connection: Connection, project: DbtProject) -> int:
    """Return the number of customers that the last stitching found."""
    ((n_customers,),) = fetch_all(
        connection,
        "select count(distinct customer_id) from "
        f"{project.relation('int_identifier_spells')} where is_newest",
    )
    return int(n_customers)


def _time_plain(connection: Connection, project: DbtProject) -> _Seconds:
    execute(connection, "drop schema if exists plain cascade")
    execute(connection, "create schema plain")
    started, before = time.monotonic(), server_processor_seconds(connection)
    execute(connection, _PLAIN.format(edges=project.relation("int_identity_edges")))
    execute(connection, "analyze plain.edges_by_identifier")
    processor = server_processor_seconds(connection) - before
    return _Seconds(max(processor, _TICK), time.monotonic() - started)


def _time_models(
    connection: Connection, project: DbtProject, *options: str
) -> _Seconds:
    before = server_processor_seconds(connection)
    seconds = project.run("run", "--select", *STITCHING, *options, label="stitching")
    processor = server_processor_seconds(connection) - before
    return _Seconds(max(processor, _TICK), sum(seconds[model] for model in STITCHING))


def _median_ratio(runs: list[_Seconds], references: list[_Seconds]) -> float:
    """Return the median over rounds of the ratio of processor seconds."""
    return statistics.median(
        run.processor / reference.processor
        for run, reference in zip(runs, references, strict=True)
    )


def _customers(project: DbtProject) -> str:
    schema, table = project.source("identity", "customers")
    return f'"{schema}"."{table}"'
