"""Time the forward step in SQL and, for comparison, the build of the panel.

python scripts/bench_forward.py [--cases 5000x104,20000x26] [--states K] [--levels C]
    [--rounds N]

benchmarks/forward_benchmark.py says what is timed. The result also goes to
target/bench_forward.json.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import asdict

from user_states.benchmarks.forward_benchmark import describe, time_case
from user_states.benchmarks.panel_benchmark import describe_cores
from user_states.benchmarks.result_file import write_result
from user_states.commands.options import add_cases, add_count, describe_script
from user_states.console import run_command

CASES = "5000x104,20000x26,20000x104,60000x104"


def main() -> None:
    """Time each case, and print the table."""
    arguments = _parse_arguments()
    timings = [
        time_case(
            users, weeks, arguments.states, arguments.levels, rounds=arguments.rounds
        )
        for users, weeks in arguments.cases
    ]
    machine = describe_cores()
    cases = [asdict(timing) for timing in timings]
    write_result("bench_forward.json", {"machine": machine, "cases": cases})
    model = f"{arguments.states} states, levels of users: {arguments.levels}"
    print("\n".join([f"{model}; {machine}", *describe(timings)]))


def _parse_arguments() -> argparse.Namespace:
    parser = describe_script(__doc__)
    add_cases(parser, CASES)
    add_count(parser, "--states", "states of the model", 8)
    add_count(parser, "--levels", "levels of users", 5)
    add_count(parser, "--rounds", "weekly builds to time in each case", 3)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(run_command(main))
