"""Time a pulse against a full build, and compare the tables of both.

python scripts/bench_pulse.py [--users N] [--events N] [--new N] [--target NAME]

It writes into the warehouse of the target, which must be empty: `make bench-pulse`
starts one. The result also goes to target/bench_pulse.json. The script fails if a pulse
takes more than a minute or a twentieth of a build, or makes other tables.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import asdict

from user_states.benchmarks.pulse_benchmark import (
    MOST_OF_A_BUILD,
    MOST_SECONDS,
    describe_pulse_timing,
    time_pulse,
)
from user_states.benchmarks.result_file import write_result
from user_states.commands.options import add_count, add_dbt_options, describe_script
from user_states.console import run_command
from user_states.errors import UserError
from user_states.warehouse.dbt_project import DbtProject


def main() -> None:
    """Time both, and print the result."""
    options = _parse_arguments()
    project = DbtProject.load(options.target, options.vars)
    timing = time_pulse(project, options.users, options.events, options.new)
    write_result("bench_pulse.json", asdict(timing))
    print("\n".join(describe_pulse_timing(timing)))
    if timing.seconds > MOST_SECONDS or timing.share > MOST_OF_A_BUILD:
        raise UserError(
            f"found {timing.seconds:.0f} s and {timing.share:.1%} of a build; expected "
            f"at most {MOST_SECONDS:.0f} s and {MOST_OF_A_BUILD:.0%}: look at the "
            "queries of models/intermediate/recent with explain analyze"
        )


def _parse_arguments() -> argparse.Namespace:
    parser = describe_script(__doc__)
    add_count(parser, "--users", "users to make up", 60_000)
    add_count(parser, "--events", "events to make up", 10_000_000)
    add_count(parser, "--new", "events that come after the first build", 100_000)
    add_dbt_options(parser)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(run_command(main))
