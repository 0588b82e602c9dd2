"""Write a simulated log of rides, events and messages, with known truth.

python scripts/simulate_rides.py [--users N] [--weeks N] [--seed N] [--dirt SHARE]
    [--events N] [--messages X] [--replace] [--target NAME]
"""

from __future__ import annotations

import argparse
import logging
import sys
import time
from contextlib import closing

from user_states.commands.options import add_target, describe_script
from user_states.console import run_command
from user_states.events.load_simulated_events import EventWriter
from user_states.events.simulated_events import EventSettings
from user_states.messages.load_simulated_messages import MessageWriter
from user_states.messages.simulated_conversations import MessageSettings
from user_states.rides.landing import AppTables
from user_states.rides.load_simulation import load_simulation
from user_states.rides.simulation import SimulationSettings
from user_states.rides.truth_tables import TRUTH_SCHEMA
from user_states.warehouse.connection import connect
from user_states.warehouse.dbt_project import DbtProject

logger = logging.getLogger("user_states")


def main() -> None:
    """Simulate, and say what was written."""
    arguments = _parse_arguments()
    settings = SimulationSettings(
        arguments.users, arguments.weeks, arguments.seed, arguments.dirt
    )
    project = DbtProject.load(arguments.target)
    app = AppTables.from_vars(project.vars)
    events = EventWriter(EventSettings(arguments.events), app)
    messages = MessageWriter(MessageSettings(arguments.messages), app)
    started = time.monotonic()
    with (
        project.only_writer("load"),
        closing(connect(project.connection_uri)) as connection,
    ):
        report = load_simulation(
            *(connection, settings),
            app=app,
            replace=arguments.replace,
            events=events if arguments.events else None,
            messages=messages if arguments.messages else None,
        )
    logger.info("%s.%s: %s", app.schema, app.rides, report)
    seconds = time.monotonic() - started
    logger.info("in %.0f s; the truth is in the schema %s", seconds, TRUTH_SCHEMA)


def _parse_arguments() -> argparse.Namespace:
    parser = describe_script(__doc__)
    for flag, default in (("--users", 10_000), ("--weeks", 104), ("--seed", 0)):
        text = f"default: {default:,}"
        parser.add_argument(flag, type=int, default=default, metavar="N", help=text)
    text = "share of rides with an error (default: 0.01)"
    parser.add_argument("--dirt", type=float, default=0.01, metavar="SHARE", help=text)
    text = "events per person besides rides (default: 40; 0: write none)"
    parser.add_argument("--events", type=float, default=40, metavar="N", help=text)
    text = "how much users write (default: 1; 0: nothing)"
    parser.add_argument("--messages", type=float, default=1, metavar="X", help=text)
    text = "also empty tables that this project did not write"
    parser.add_argument("--replace", action="store_true", help=text)
    add_target(parser)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(run_command(main))
