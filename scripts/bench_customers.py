"""Time how customers are found, against plain queries, as ratios in one run.

python scripts/bench_customers.py [--identifiers N] [--rounds N]

benchmarks/customers_identity.py says what is compared. The result also goes to
target/bench_customers.json.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import asdict

from user_states.benchmarks.customers_identity import describe, time_identity
from user_states.benchmarks.result_file import write_result
from user_states.commands.options import add_count, describe_script
from user_states.console import run_command


def main() -> None:
    """Time all contenders, and print the ratios."""
    arguments = _parse_arguments()
    identity = time_identity(arguments.identifiers, arguments.rounds)
    write_result("bench_customers.json", {"identity": asdict(identity)})
    print("\n".join(describe(identity)))


def _parse_arguments() -> argparse.Namespace:
    parser = describe_script(__doc__)
    add_count(parser, "--identifiers", "identifiers to plant", 1_000_000)
    add_count(parser, "--rounds", "runs of each contender", 3)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(run_command(main))
