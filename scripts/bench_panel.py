"""Time the models of the panel against a plain query, as a ratio in one run.

python scripts/bench_panel.py [--users N] [--rounds N]

benchmarks/panel_benchmark.py says what the plain query does. The result also goes to
target/bench_panel.json.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import asdict

from user_states.benchmarks.panel_benchmark import describe, time_panel
from user_states.benchmarks.result_file import write_result
from user_states.commands.options import add_count, describe_script
from user_states.console import run_command


def main() -> None:
    """Time both, and print the ratio."""
    arguments = _parse_arguments()
    timing = time_panel(arguments.users, arguments.rounds)
    write_result("bench_panel.json", asdict(timing))
    print("\n".join(describe(timing)))


def _parse_arguments() -> argparse.Namespace:
    parser = describe_script(__doc__)
    add_count(parser, "--users", "users to simulate", 60_000)
    add_count(parser, "--rounds", "runs of each contender", 3)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(run_command(main))
