"""Check how often the outlook's 90 % intervals contain the true value.

python scripts/check_intervals.py [--simulations N] [--users N] [--weeks N]

Each simulation draws users from a known model of three states, with mixed or with
Gaussian emissions, and fits the model to them again. The script fails if a measure's
share is outside 85 to 95 %.
"""

from __future__ import annotations

import argparse
import sys
from typing import get_args

from user_states.benchmarks.coverage import coverage
from user_states.benchmarks.coverage_report import describe, require_coverage
from user_states.commands.options import add_count, describe_script
from user_states.console import progress_bar, run_command
from user_states.hmm.parameters import Emissions


def main() -> None:
    """Run the simulations of both kinds of emissions."""
    options = _parse_arguments()
    rows = []
    for emissions in get_args(Emissions):
        with progress_bar(options.simulations, emissions, "simulations") as bar:
            found = coverage(
                emissions,
                options.simulations,
                options.users,
                options.weeks,
                bar.update,
            )
        print("\n".join([f"{emissions} emissions", *describe(found)]))
        rows += found
    print("width: relative to intervals made from the spread of the estimates")
    require_coverage(rows)


def _parse_arguments() -> argparse.Namespace:
    parser = describe_script(__doc__)
    add_count(parser, "--simulations", "simulations of each kind", 200)
    add_count(parser, "--users", "simulated users", 800)
    add_count(parser, "--weeks", "simulated weeks", 40)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(run_command(main))
