"""Time how customers are found and described, against plain queries in the same run.

python scripts/bench_customers.py [--identifiers N] [--events N] [--rounds N]

benchmarks/customers_identity.py and customers_features.py say what is compared.
A million events take about 1 GB of disk. The result also goes to
target/bench_customers.json.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import asdict

from user_states.benchmarks.customers_features import (
    describe_features,
    measure_features,
)
from user_states.benchmarks.customers_identity import describe, time_identity
from user_states.benchmarks.result_file import write_result
from user_states.commands.options import add_count, describe_script
from user_states.console import run_command


def main() -> None:
    """Time all contenders, and print the ratios."""
    arguments = _parse_arguments()
    identity = time_identity(arguments.identifiers, arguments.rounds)
    print("\n".join(describe(identity)))
    features = measure_features(arguments.events, arguments.rounds)
    print("\n".join(describe_features(features)))
    write_result(
        "bench_customers.json",
        {"identity": asdict(identity), "features": asdict(features)},
    )


def _parse_arguments() -> argparse.Namespace:
    parser = describe_script(__doc__)
    add_count(parser, "--identifiers", "identifiers to plant", 1_000_000)
    add_count(parser, "--events", "events to generate", 10_000_000)
    add_count(parser, "--rounds", "runs of each contender", 3)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(run_command(main))
