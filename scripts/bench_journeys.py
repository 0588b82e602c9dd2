"""Time chains and funnels against retentioneering, as a ratio.

python scripts/bench_journeys.py [--people N] [--events N] [--rounds N]

benchmarks/journeys_benchmark.py says what is compared. Ten million events take about
20 GB of disk. The result also goes to target/bench_journeys.json. The script fails if
the two count differently.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import asdict

from user_states.benchmarks.journeys_benchmark import (
    describe_journeys,
    time_journeys,
)
from user_states.benchmarks.result_file import write_result
from user_states.commands.options import add_count, describe_script
from user_states.console import run_command


def main() -> None:
    """Time both, and print the ratio."""
    options = _parse_arguments()
    timing = time_journeys(options.people, options.events, options.rounds)
    write_result("bench_journeys.json", asdict(timing))
    print("\n".join(describe_journeys(timing)))


def _parse_arguments() -> argparse.Namespace:
    parser = describe_script(__doc__)
    add_count(parser, "--people", "people to make up", 60_000)
    add_count(parser, "--events", "events to make up", 10_000_000)
    add_count(parser, "--rounds", "runs of each contender", 1)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(run_command(main))
