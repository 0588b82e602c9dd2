"""Time the estimator against hmmlearn, as ratios in one run.

python scripts/bench_engine.py [--users N] [--rounds N] [--states K ...] [--sweep] …

benchmarks/engine_benchmark.py says what is compared and how. The result also goes to
target/bench_engine.json.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from user_states.benchmarks.engine_benchmark import EngineOptions, run_benchmark
from user_states.benchmarks.result_file import write_result
from user_states.commands.options import add_count, describe_script, positive_number
from user_states.console import run_command


def main() -> None:
    """Measure, print the tables, and write the result."""
    arguments = vars(_parse_arguments())
    output = arguments.pop("output")
    write_result(output, run_benchmark(EngineOptions(**arguments)))


def _parse_arguments() -> argparse.Namespace:
    parser = describe_script(__doc__)
    usual = EngineOptions()
    for flag, text, default in (
        ("--users", "users to time our estimator on", usual.users),
        ("--rival-users", "users to time hmmlearn on", usual.rival_users),
        ("--rounds", "runs of each contender", usual.rounds),
        ("--most-states", "largest number of states in the sweep", usual.most_states),
        ("--starts", "starts of EM in the sweep", usual.starts),
        (
            "--rival-fit-users",
            "users to fit hmmlearn on in the sweep",
            usual.rival_fit_users,
        ),
    ):
        add_count(parser, flag, text, default)
    parser.add_argument(
        "--states", type=positive_number, nargs="+", default=usual.states, metavar="K"
    )
    parser.add_argument("--sweep", action="store_true", help="run the whole sweep too")
    parser.add_argument(
        "--output", type=Path, default=Path("bench_engine.json"), metavar="FILE"
    )
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(run_command(main))
