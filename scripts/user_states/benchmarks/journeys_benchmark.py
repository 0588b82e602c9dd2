"""Chains and funnels in SQL against retentioneering, which counts them with DuckDB.

Both count the same made-up events, in the journeys of people and of sessions: every
transition, and how many reach each step of two funnels. What they count must be the
same. The rival has an environment of its own (`make bench-journeys` makes it) and reads
a file of events of known customers. Ours are all models from events and their customers
to the two marts: they also count by platform, with intervals, in two windows and by
three ways of counting, and keep what drop-offs are found in.

Compared are seconds of the processor: of the rival's process, and of all processes of
the server. dbt's own are left out.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from user_states.benchmarks.panel_benchmark import build_without_tests, describe_cores
from user_states.benchmarks.retentioneering_rival import PATH_COLUMNS
from user_states.benchmarks.server_processor import server_processor_seconds
from user_states.benchmarks.walked_sessions import EXIT, START, walk_sessions
from user_states.console import format_table
from user_states.errors import UserError
from user_states.events.load_simulated_events import EventWriter
from user_states.project_folder import PROJECT_FOLDER
from user_states.rides.load_simulation import load_simulation
from user_states.rides.simulation import SimulationSettings
from user_states.warehouse.connection import Connection, connect, execute, fetch_all
from user_states.warehouse.dbt_project import DbtProject
from user_states.warehouse.server import temporary_server

# The goal: seconds of the processor over the rival's.
MOST_OF_RETENTIONEERING = 2.0
RIVAL_PYTHON = PROJECT_FOLDER / ".venv-retentioneering/bin/python"
JOURNEY_MODELS = (
    "int_customer_steps",
    "int_split_steps",
    "int_journey_steps",
    "int_journey_triples",
    "int_funnel_steps",
    "int_funnel_events",
    "int_funnel_reach",
    "journey_transitions",
    "journey_funnels",
)
_RIVAL_SCRIPT = Path(__file__).with_name("retentioneering_rival.py")
_RIVAL_NAMES = {"path_start": START, "path_end": EXIT}
# Funnels of the seed, of which each place is one step here.
_FUNNELS = {
    "purchase": ["catalog", "add_to_cart", "purchase"],
    "checkout": [
        *("product_view", "add_to_cart", "checkout_start", "payment_details"),
        "purchase",
    ],
}
# Otherwise its work would be counted too.
_QUIET = {"autovacuum": "off"}

# Customers have ids of the form that the project gives.
_FILLED = """
insert into {int_customer_events} (
    event_key, identifier_key, customer_id, is_by_last_login, event_type,
    raw_event_type, occurred_at, session_key, platform, local_date
)
select
    md5(events::text), 'user_id:' || customer_id,
    'c' || lpad(split_part(customer_id, ' ', 2), 9, '0'), false, step, step,
    occurred_at, md5(session_key), platform, (occurred_at at time zone 'UTC')::date
from generated.events
"""

Counts = dict[tuple[str, str, str], int]


@dataclass(frozen=True)
class JourneyCounts:
    """What a contender counted.

    Attributes
    ----------
    transitions : dict
        By unit, step and next step.
    reached : dict
        By unit, funnel and place.
    """

    transitions: Counts
    reached: Counts


@dataclass(frozen=True)
class JourneysTiming:
    """Seconds of both contenders; medians of the rounds.

    Attributes
    ----------
    events, people : int
    ours_processor, rival_processor : float
        Seconds of the processor; the rival's without reading its file.
    ours_elapsed, rival_elapsed : float
        On the clock.
    rival_reading : float
        Seconds of the processor in which the rival reads its file.
    ratio : float
        Median of the rounds' ratios, of seconds of the processor.
    model_seconds, rival_seconds : mapping of str to float
        Of the last round: ours by model on the clock, the rival's of the processor.
    rival : str
    rounds : int
    machine : str
    """

    events: int
    people: int
    ours_processor: float
    rival_processor: float
    ours_elapsed: float
    rival_elapsed: float
    rival_reading: float
    ratio: float
    model_seconds: Mapping[str, float]
    rival_seconds: Mapping[str, float]
    rival: str
    rounds: int
    machine: str


def time_journeys(n_people: int, n_events: int, rounds: int = 1) -> JourneysTiming:
    """Make up events on a server of its own, and time both contenders in turn.

    Raises
    ------
    UserError
        If the environment of the rival is missing, or if it counts something else.
    """
    if not RIVAL_PYTHON.exists():
        raise UserError(
            f"found no {RIVAL_PYTHON}; expected retentioneering in it: "
            "`make bench-journeys` installs it"
        )
    ours, rivals = [], []
    with TemporaryDirectory() as folder, temporary_server(_QUIET) as server:
        os.environ.update(server.address.environment())
        project = DbtProject.load("demo")
        path = Path(folder) / "events.parquet"
        prepare_journeys(project, n_people, n_events, path)
        for _ in range(rounds):
            rivals.append(_run_rival(path))
            ours.append(_run_models(project))
            check_same(_counts_of_models(project), _counts_of_rival(rivals[-1]))
    rival_processor, rival_elapsed, reading = zip(*map(_sums, rivals), strict=True)
    ours_processor = [processor for processor, _ in ours]
    return JourneysTiming(
        events=n_events,
        people=n_people,
        ours_processor=statistics.median(ours_processor),
        rival_processor=statistics.median(rival_processor),
        ours_elapsed=statistics.median(sum(models.values()) for _, models in ours),
        rival_elapsed=statistics.median(rival_elapsed),
        rival_reading=statistics.median(reading),
        ratio=statistics.median(
            a / b for a, b in zip(ours_processor, rival_processor, strict=True)
        ),
        model_seconds=ours[-1][1],
        rival_seconds={what: one[0] for what, one in rivals[-1]["seconds"].items()},
        rival=f"retentioneering {rivals[-1]['version']}",
        rounds=rounds,
        machine=describe_cores(),
    )


def prepare_journeys(
    project: DbtProject, n_people: int, n_events: int, path: Path
) -> None:
    """Fill what the models read with made-up events, and write the rival's file."""
    with closing(connect(project.connection_uri)) as connection:
        load_simulation(connection, SimulationSettings(50, 16), events=EventWriter())
    # It makes the tables; their rows are replaced.
    build_without_tests(project, *(f"+{model}" for model in JOURNEY_MODELS[-2:]))
    events = walk_sessions(n_people, n_events).events()
    pq.write_table(events, path)
    with closing(connect(project.connection_uri, autocommit=True)) as connection:
        _fill(connection, project, events)


def check_same(ours: JourneyCounts, rival: JourneyCounts) -> None:
    """Compare what was counted.

    Raises
    ------
    UserError
        If anything differs; it names the first difference.
    """
    for what in ("transitions", "reached"):
        found, expected = getattr(ours, what), getattr(rival, what)
        for key in sorted(found.keys() | expected.keys()):
            if found.get(key) != expected.get(key):
                raise UserError(
                    f"found {found.get(key)} for {', '.join(map(str, key))} ({what}); "
                    f"expected {expected.get(key)}, as retentioneering counts: look "
                    "at the models of journeys and funnels"
                )


def describe_journeys(timing: JourneysTiming) -> list[str]:
    """Return the timing as lines for a person to read."""
    counted = f"{timing.events:,} events of {timing.people:,} people, counted the same"
    return [
        f"{counted}; {timing.rounds} rounds, {timing.machine}",
        *format_table(
            ("what", "seconds of the processor", "on the clock", "ratio"),
            [
                (
                    timing.rival,
                    f"{timing.rival_processor:.1f}",
                    f"{timing.rival_elapsed:.1f}",
                    "1.00",
                ),
                (
                    "the models",
                    f"{timing.ours_processor:.1f}",
                    f"{timing.ours_elapsed:.1f}",
                    f"{timing.ratio:.2f}",
                ),
                *(
                    (f"  {model}", "", f"{seconds:.1f}", "")
                    for model, seconds in timing.model_seconds.items()
                ),
            ],
        ),
        f"the rival also reads its file in {timing.rival_reading:.1f} s",
        f"goal: at most {MOST_OF_RETENTIONEERING:g} times the rival; "
        + ("reached" if timing.ratio <= MOST_OF_RETENTIONEERING else "not reached"),
    ]


def _fill(connection: Connection, project: DbtProject, events: pa.Table) -> None:
    events_of_customers = project.relation("int_customer_events")
    execute(connection, "create schema generated")
    with connection.cursor() as cursor:
        cursor.adbc_ingest("events", events, mode="create", db_schema_name="generated")
    execute(connection, f"truncate {events_of_customers}")
    execute(connection, _FILLED.format(int_customer_events=events_of_customers))
    execute(connection, "drop schema generated cascade")
    execute(connection, f"vacuum analyze {events_of_customers}")


def _run_rival(path: Path) -> dict[str, Any]:
    result = path.with_name("result.json")
    # -I: nothing of this project's environment and folders is imported.
    subprocess.run(
        [RIVAL_PYTHON, "-I", _RIVAL_SCRIPT, path, result, json.dumps(_FUNNELS)],
        check=True,
        env=os.environ | {"RETENTIONEERING_NO_TRACK": "1"},
    )
    found: dict[str, Any] = json.loads(result.read_text("utf-8"))
    return found


def _run_models(project: DbtProject) -> tuple[float, dict[str, float]]:
    """Return seconds of the server's processors, and on the clock by model."""
    with closing(connect(project.connection_uri, autocommit=True)) as connection:
        execute(connection, "checkpoint")
        before = server_processor_seconds(connection)
        seconds = project.run("run", "--select", *JOURNEY_MODELS, label="the models")
        processor = server_processor_seconds(connection) - before
    return processor, {model: seconds[model] for model in JOURNEY_MODELS}


def _sums(result: Mapping[str, Any]) -> tuple[float, float, float]:
    """Return the rival's seconds of the processor and on the clock, and of reading."""
    counting = [
        both for what, both in result["seconds"].items() if not what.startswith("read")
    ]
    return (
        sum(processor for processor, _ in counting),
        sum(elapsed for _, elapsed in counting),
        result["seconds"]["reading"][0],
    )


def _counts_of_rival(result: Mapping[str, Any]) -> JourneyCounts:
    return JourneyCounts(
        {
            (unit, _RIVAL_NAMES.get(a, a), _RIVAL_NAMES.get(b, b)): n
            for unit, a, b, n in result["transitions"]
        },
        {(unit, funnel, str(place)): n for unit, funnel, place, n in result["reached"]},
    )


def _counts_of_models(project: DbtProject) -> JourneyCounts:
    with closing(connect(project.connection_uri)) as connection:
        transitions = fetch_all(
            connection,
            "select unit, from_step, to_step, n_transitions from "
            f"{project.relation('journey_transitions')} where population = 'everybody'",
        )
        reached = fetch_all(
            connection,
            "select unit, funnel, cast(position as text), n_reached from "
            f"{project.relation('journey_funnels')} "
            "where counting = 'ordered' and within = 'ever'",
        )
    asked = set(PATH_COLUMNS)
    return JourneyCounts(
        {(unit, a, b): n for unit, a, b, n in transitions if unit in asked},
        {
            (unit, funnel, place): n
            for unit, funnel, place, n in reached
            if funnel in _FUNNELS
        },
    )
