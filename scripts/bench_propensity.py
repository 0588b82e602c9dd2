"""Time scoring and reasons of propensities in SQL against Python, as ratios.

python scripts/bench_propensity.py [--customers N] [--rounds N]

benchmarks/propensity_benchmark.py says what is compared. The result also goes to
target/bench_propensity.json. The script fails if a ratio is too high.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import asdict

from user_states.benchmarks.propensity_benchmark import (
    MOST_OF_BOOSTING,
    MOST_OF_LOGISTIC,
    describe_propensity_timing,
    time_propensity,
)
from user_states.benchmarks.result_file import write_result
from user_states.commands.options import add_count, describe_script
from user_states.console import run_command
from user_states.errors import UserError


def main() -> None:
    """Time all, and print the ratios."""
    options = _parse_arguments()
    timing = time_propensity(options.customers, options.rounds)
    write_result("bench_propensity.json", asdict(timing))
    print("\n".join(describe_propensity_timing(timing)))
    logistic, boosting = (
        one.ratio_with_reading for one in (timing.logistic, timing.boosting)
    )
    if logistic > MOST_OF_LOGISTIC or boosting > MOST_OF_BOOSTING:
        raise UserError(
            f"found ratios of {logistic:.2f} and {boosting:.2f}; expected at most "
            f"{MOST_OF_LOGISTIC:g} and {MOST_OF_BOOSTING:g}: look at the query of "
            "propensity_history with explain analyze"
        )


def _parse_arguments() -> argparse.Namespace:
    parser = describe_script(__doc__)
    add_count(parser, "--customers", "customers to make up", 60_000)
    add_count(parser, "--rounds", "runs of each contender", 5)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(run_command(main))
