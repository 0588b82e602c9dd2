"""Write a simulated ride-hailing log, with known truth, into the warehouse.

python scripts/simulate_rides.py [--users N] [--weeks N] [--seed N] [--dirt SHARE]
"""

from __future__ import annotations

import argparse
import logging
import sys
import time
from contextlib import closing

from user_states.console import run_command
from user_states.rides.landing import AppTables
from user_states.rides.load_simulation import load_simulation
from user_states.rides.simulation import SimulationSettings
from user_states.rides.truth_tables import TRUTH_SCHEMA
from user_states.warehouse.connection import connect
from user_states.warehouse.dbt_project import DbtProject

logger = logging.getLogger("user_states")


def main() -> None:
    """Parse the command line, simulate, and say what was written."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--users", type=int, default=10_000, metavar="N")
    parser.add_argument("--weeks", type=int, default=104, metavar="N")
    parser.add_argument("--seed", type=int, default=0, metavar="N")
    parser.add_argument(
        "--dirt",
        type=float,
        default=0.01,
        metavar="SHARE",
        help="share of rides with something wrong (default: 0.01)",
    )
    parser.add_argument(
        "--replace",
        action="store_true",
        help="also empty tables that this project did not write",
    )
    parser.add_argument("--target", metavar="NAME", help="target of the dbt profile")
    arguments = parser.parse_args()
    settings = SimulationSettings(
        arguments.users, arguments.weeks, arguments.seed, arguments.dirt
    )
    project = DbtProject.load(arguments.target)
    app = AppTables.from_vars(project.vars)
    started = time.monotonic()
    with closing(connect(project.connection_uri)) as connection:
        report = load_simulation(
            connection, settings, app=app, replace=arguments.replace
        )
    logger.info("%s.%s: %s", app.schema, app.rides, report)
    logger.info(
        "in %.0f s; the truth is in the schema %s",
        time.monotonic() - started,
        TRUTH_SCHEMA,
    )


if __name__ == "__main__":
    sys.exit(run_command(main))
