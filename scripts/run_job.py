"""The main job in one process: rides in, `user_weekly_states` out.

python scripts/run_job.py [--users N] [--weeks N] [--states K] [--starts N]
    [--end YYYY-MM-DD]
    [--data NAME | --rides FILE --map FILE | --existing-rides]
    [--force] [--target NAME] [--vars YAML]

`make demo` and `make run` call this.
"""

from __future__ import annotations

import argparse
import sys

from user_states.commands.main_job import JobOptions, run_main_job
from user_states.commands.options import (
    add_count,
    add_day,
    add_dbt_options,
    add_states,
    describe_script,
)
from user_states.console import run_command


def main() -> None:
    """Run every step, and print the results."""
    arguments = _parse_arguments()
    run_main_job(JobOptions(**vars(arguments)))


def _parse_arguments() -> argparse.Namespace:
    parser = describe_script(__doc__)
    add_count(parser, "--users", "users to simulate", 6_000)
    add_count(parser, "--weeks", "weeks to simulate", 104)
    add_day(
        parser, "--end", "last day of the simulated log (default: the newest Sunday)"
    )
    add_states(parser)
    add_count(parser, "--starts", "starts of EM for each number of states")
    parser.add_argument(
        "--data",
        choices=["complete_journey", "ecom", "chitchat"],
        help="other data: real baskets, or without rides a shop's events, or chats",
    )
    parser.add_argument("--rides", metavar="FILE", help="CSV or Parquet file of rides")
    parser.add_argument("--map", metavar="FILE", help="mapping of its columns")
    parser.add_argument(
        "--existing-rides",
        action="store_true",
        help="load nothing: use the rides in the warehouse",
    )
    parser.add_argument(
        "--force", action="store_true", help="publish the model even if checks fail"
    )
    add_dbt_options(parser)
    arguments = parser.parse_args()
    if bool(arguments.rides) != bool(arguments.map):
        parser.error(
            "--rides (RIDES=) and --map (MAP=) go together; `make map RIDES=FILE` "
            "proposes a mapping"
        )
    if sum(map(bool, (arguments.data, arguments.rides, arguments.existing_rides))) > 1:
        parser.error("choose one of --data, --rides and --existing-rides")
    return arguments


if __name__ == "__main__":
    sys.exit(run_command(main))
