"""Measure on simulated users whether an audience names them before they stop.

python scripts/study_audiences.py [--users N] [--seeds N] [--audience NAME]

It needs no warehouse. The rules are those of seeds/audience_rules.csv.
"""

from __future__ import annotations

import argparse
import sys

from user_states.benchmarks.lapse_study import read_rules, study_lapse
from user_states.commands.options import add_count, describe_script
from user_states.console import run_command
from user_states.rides.simulation import SimulationSettings


def main() -> None:
    """Simulate and judge, one line a seed."""
    options = _parse_arguments()
    rules = read_rules(options.audience)
    for seed in range(options.seeds):
        settings = SimulationSettings(options.users, seed=seed, dirt=0)
        print(f"seed {seed}: {study_lapse(settings, rules)}")


def _parse_arguments() -> argparse.Namespace:
    parser = describe_script(__doc__)
    add_count(parser, "--users", "users to simulate", 10_000)
    add_count(parser, "--seeds", "simulated logs", 3)
    parser.add_argument(
        "--audience",
        default="likely_to_lapse",
        metavar="NAME",
        help="default: likely_to_lapse",
    )
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(run_command(main))
