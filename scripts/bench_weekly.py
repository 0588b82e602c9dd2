"""Time a usual Monday, closed weeks kept, beside a build of every week.

python scripts/bench_weekly.py [--cases 5000x104,20000x26]

benchmarks/weekly_benchmark.py says what is timed. The result also goes to
target/bench_weekly.json.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import asdict

from user_states.benchmarks.panel_benchmark import describe_cores
from user_states.benchmarks.result_file import write_result
from user_states.benchmarks.weekly_benchmark import describe_weeks, time_weeks
from user_states.commands.options import add_cases, describe_script
from user_states.console import run_command

CASES = "5000x104,20000x26,20000x104,20000x208"


def main() -> None:
    """Time each case, and print the table."""
    timings = [time_weeks(users, weeks) for users, weeks in _parse_arguments().cases]
    machine = describe_cores()
    cases = [asdict(timing) for timing in timings]
    write_result("bench_weekly.json", {"machine": machine, "cases": cases})
    print("\n".join([machine, *describe_weeks(timings)]))


def _parse_arguments() -> argparse.Namespace:
    parser = describe_script(__doc__)
    add_cases(parser, CASES)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(run_command(main))
