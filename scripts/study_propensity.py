"""Check propensities and their reasons, on simulated customers and a public data set.

python scripts/study_propensity.py [--seeds N] [--customers N] [--shoppers FILE]

Customers who buy for planted reasons, as a line and as steps, and customers whose
outcomes are permuted. With the file of UCI's Online Shoppers, sessions as well. The
script fails if the reasons are not found first in 90 %, if permuted outcomes are
published, if a leak is not named or another feature is, or if gradient boosting is
worse on the sessions than it can be.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from user_states.benchmarks.online_shoppers import read_shoppers, require_shoppers
from user_states.benchmarks.propensity_study import (
    DRIVER_KINDS,
    require_right_reasons,
    study_propensities,
)
from user_states.benchmarks.propensity_study_tables import outcomes_table, scores_table
from user_states.commands.options import add_count, describe_script
from user_states.console import progress_bar, run_command
from user_states.propensity.propensity_certificate import (
    PropensitySettings,
    certify_propensity,
)


def main() -> None:
    """Forecast the sessions, then the simulated customers; and judge both."""
    options = _parse_arguments()
    if options.shoppers is not None:
        found = certify_propensity(
            read_shoppers(options.shoppers), PropensitySettings()
        )
        print("\n".join(scores_table(found)))
        require_shoppers(found)
    outcomes, n = [], len(DRIVER_KINDS) * options.seeds
    with progress_bar(n, "explaining", "simulations") as bar:
        for outcome in study_propensities(
            DRIVER_KINDS, range(options.seeds), options.customers
        ):
            outcomes.append(outcome)
            bar.update()
    print("\n".join(outcomes_table(outcomes)))
    require_right_reasons(outcomes)


def _parse_arguments() -> argparse.Namespace:
    parser = describe_script(__doc__)
    add_count(parser, "--seeds", "simulations of each kind", 10)
    add_count(parser, "--customers", "customers of a simulation", 2_000)
    parser.add_argument("--shoppers", type=Path, help="CSV of UCI's Online Shoppers")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(run_command(main))
