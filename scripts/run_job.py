"""The main job in one process: rides in, `user_weekly_states` out.

python scripts/run_job.py [--users N] [--weeks N] [--states K] [--starts N]
    [--data complete_journey | --rides FILE --map FILE | --existing-rides]
    [--force] [--target NAME]

`make demo` and `make run` call this.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from urllib.parse import urlsplit

from explore import DEFAULT_PAGE, write_page
from user_states.commands import summary
from user_states.commands.options import parse_states
from user_states.console import run_command
from user_states.errors import UserError
from user_states.fit.fit_job import fit_and_publish
from user_states.hmm.fit_options import FitOptions
from user_states.rides.complete_journey import load_complete_journey
from user_states.rides.landing import AppTables
from user_states.rides.load_files import load_files
from user_states.rides.load_simulation import load_simulation
from user_states.rides.mapping import read_mapping
from user_states.rides.simulation import SimulationSettings
from user_states.rides.source_files import expand_paths
from user_states.warehouse.connection import Connection, connect, execute, quoted
from user_states.warehouse.dbt_project import DbtProject
from user_states.warehouse.server import SERVER_FOLDER, LocalServer, LocalServerAddress

logger = logging.getLogger("user_states")

DEMO_TARGET = "demo"
FIT_EXPOSURE = "+exposure:fit_hmm"
# Unit tests try the SQL on made-up rows: a matter for `make test`.
BUILD_OPTIONS = ("--exclude-resource-type", "unit_test")


def main() -> None:
    """Run every step, and show what came out."""
    arguments = _parse_arguments()
    seconds: list[tuple[str, float]] = []

    @contextmanager
    def step(name: str) -> Iterator[None]:
        started = time.monotonic()
        yield
        seconds.append((name, time.monotonic() - started))
        logger.info("%s: %.1f s", name, seconds[-1][1])

    is_demo = arguments.target in (None, DEMO_TARGET)
    if is_demo:
        with step("start the local PostgreSQL"):
            os.environ.update(LocalServer(SERVER_FOLDER).start().environment())
    with step("read the project"):
        # By its name: a profile may have another target as its default.
        project = DbtProject.load(DEMO_TARGET if is_demo else arguments.target)
        project.check_settings()
    if not arguments.existing_rides:
        with step("load rides"), closing(connect(project.connection_uri)) as connection:
            report = _loader(arguments)(connection, AppTables.from_vars(project.vars))
            logger.info("%s", report)
            if is_demo:
                # Runs, names and histories are of the rides that were there before.
                start_over(connection, project, LocalServer(SERVER_FOLDER).address)
    with step("build up to the panel"):
        project.run(
            "build",
            "--select",
            FIT_EXPOSURE,
            *BUILD_OPTIONS,
            label="building the panel",
        )
    with step("fit, decode and write back"):
        # A demo shows what it found, with a warning, even where it is doubtful.
        options = FitOptions.from_vars(
            project.vars,
            n_states=arguments.states,
            n_starts=arguments.starts,
            force=arguments.force or not arguments.existing_rides,
        )
        fit_and_publish(project, options)
    with step("build from the model's tables on"):
        project.run(
            "build",
            "--exclude",
            FIT_EXPOSURE,
            *BUILD_OPTIONS,
            label="building the marts",
        )
    with step("write the explorer"):
        write_page(project)
    with closing(connect(project.connection_uri)) as connection:
        _print_summary(connection, project, seconds, is_demo)


def _parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--users", type=int, default=10_000, help="users to simulate")
    parser.add_argument("--weeks", type=int, default=104, help="weeks to simulate")
    parser.add_argument(
        "--states", type=parse_states, help="a number or a range, such as 8 or 2-13"
    )
    parser.add_argument("--starts", type=int, help="starts of EM for each number")
    parser.add_argument("--data", choices=["complete_journey"], help="real data")
    parser.add_argument("--rides", help="a CSV or Parquet file of rides")
    parser.add_argument("--map", help="the mapping of its columns")
    parser.add_argument(
        "--existing-rides",
        action="store_true",
        help="load nothing: the rides are there",
    )
    parser.add_argument(
        "--force", action="store_true", help="publish a model in spite of defects"
    )
    parser.add_argument("--target", help="target of the dbt profile")
    arguments = parser.parse_args()
    if bool(arguments.rides) != bool(arguments.map):
        parser.error("--rides (RIDES=) and --map (MAP=) go together")
    if sum(map(bool, (arguments.data, arguments.rides, arguments.existing_rides))) > 1:
        parser.error("choose one of --data, --rides and --existing-rides")
    return arguments


def start_over(
    connection: Connection, project: DbtProject, server: LocalServerAddress
) -> None:
    """Drop all that was made of earlier rides, histories and runs among it.

    Raises
    ------
    UserError
        If the target is not on the local server: elsewhere nothing may ever do this.
    """
    target = urlsplit(project.connection_uri)
    if (target.hostname, target.port) != (server.host, server.port):
        raise UserError(
            f"found the target demo at {target.hostname}:{target.port}; expected the "
            f"local server at {server.host}:{server.port}, where a demo starts over: "
            "mend profiles.yml. Nothing was dropped"
        )
    for schema in project.own_schemas():
        execute(connection, f"drop schema if exists {quoted(schema)} cascade")
    connection.commit()


def _loader(
    arguments: argparse.Namespace,
) -> Callable[[Connection, AppTables], object]:
    """Return what puts rides into the warehouse, its own input read and checked."""
    if arguments.data == "complete_journey":
        return lambda connection, app: load_complete_journey(connection, app=app)
    if arguments.rides:
        expand_paths([arguments.rides])
        mapping = read_mapping(arguments.map)
        return lambda connection, app: load_files(
            connection, [arguments.rides], mapping, app=app
        )
    settings = SimulationSettings(arguments.users, arguments.weeks)
    return lambda connection, app: load_simulation(connection, settings, app=app)


def _print_summary(
    connection: Connection,
    project: DbtProject,
    seconds: list[tuple[str, float]],
    is_demo: bool,
) -> None:
    schema = project.schema_of("user_weekly_states")
    paragraphs = [
        summary.describe_rides(connection, project),
        summary.describe_states(connection, project),
        summary.describe_defects(connection, project),
        summary.describe_moves(connection, project),
        summary.describe_outlook(connection, project),
        summary.describe_seconds(seconds),
        [
            "Look around",
            f"  open {DEFAULT_PAGE.as_uri()}",
            *_ways_to_connect(is_demo),
            f"  select * from {schema}.user_weekly_states limit 10;",
        ],
    ]
    print("\n" + "\n\n".join("\n".join(lines) for lines in paragraphs if lines))


def _ways_to_connect(is_demo: bool) -> list[str]:
    """Return how to reach the result; the password only of the local server."""
    if not is_demo:
        return ["  psql, by the same variables PGHOST, PGUSER, …"]
    url = LocalServer(SERVER_FOLDER).address.url
    return [f"  psql '{url}'", "  make psql opens it, make url prints the URL"]


if __name__ == "__main__":
    sys.exit(run_command(main))
