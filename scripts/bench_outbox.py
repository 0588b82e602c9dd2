"""Time the sender of the outbox against a receiver on this machine.

python scripts/bench_outbox.py [--messages N] [--target NAME]

It writes into the warehouse of the target, which should be empty: `make bench-outbox`
starts one. The result also goes to target/bench_outbox.json. The script fails if fewer
than 200 messages a second are sent.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import asdict

from user_states.benchmarks.outbox_benchmark import (
    LEAST_A_SECOND,
    describe_outbox_timing,
    time_outbox,
)
from user_states.benchmarks.result_file import write_result
from user_states.commands.options import add_count, add_dbt_options, describe_script
from user_states.console import run_command
from user_states.errors import UserError
from user_states.warehouse.dbt_project import DbtProject


def main() -> None:
    """Time it, and print the result."""
    options = _parse_arguments()
    project = DbtProject.load(options.target, options.vars)
    timing = time_outbox(project, options.messages)
    write_result("bench_outbox.json", asdict(timing))
    print("\n".join(describe_outbox_timing(timing)))
    if timing.n_a_second < LEAST_A_SECOND:
        raise UserError(
            f"found {timing.n_a_second:.0f} messages a second; expected at least "
            f"{LEAST_A_SECOND}: look at the queries of outbox/deliveries.py with "
            "explain analyze"
        )


def _parse_arguments() -> argparse.Namespace:
    parser = describe_script(__doc__)
    add_count(parser, "--messages", "messages to make up", 20_000)
    add_dbt_options(parser)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(run_command(main))
