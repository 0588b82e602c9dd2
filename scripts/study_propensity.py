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
    PropensityOutcome,
    require_right_reasons,
    study_propensities,
)
from user_states.commands.options import add_count, describe_script
from user_states.console import format_table, progress_bar, run_command
from user_states.propensity.propensity_certificate import (
    PropensityCertificate,
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
        print("\n".join(_scores(found)))
        require_shoppers(found)
    outcomes, n = [], len(DRIVER_KINDS) * options.seeds
    with progress_bar(n, "explaining", "simulations") as bar:
        for outcome in study_propensities(
            DRIVER_KINDS, range(options.seeds), options.customers
        ):
            outcomes.append(outcome)
            bar.update()
    print("\n".join(_table(outcomes)))
    require_right_reasons(outcomes)


def _scores(found: PropensityCertificate) -> list[str]:
    rows = [
        (
            name,
            f"{one.log_loss:.4f}",
            f"{one.auc:.3f}",
            f"{one.brier:.4f}",
            f"{one.calibration_error:.4f}",
        )
        for name, one in found.scores.items()
    ]
    header = ("sessions", "log loss", "AUC", "Brier", "calibration error")
    words = [found.choice.explanation, *map(str, found.leaks)]
    return [*format_table(header, rows), *words]


def _table(outcomes: list[PropensityOutcome]) -> list[str]:
    rows = []
    for kind in dict.fromkeys(outcome.kind for outcome in outcomes):
        own = [outcome for outcome in outcomes if outcome.kind == kind]
        first = f"{sum(o.n_first for o in own)} of {sum(o.n_explained for o in own)}"
        chosen = " ".join(sorted({o.chosen for o in own}))
        rows.append((kind, str(sum(o.is_published for o in own)), first, chosen))
    return format_table(("reasons", "published", "found first", "chosen"), rows)


def _parse_arguments() -> argparse.Namespace:
    parser = describe_script(__doc__)
    add_count(parser, "--seeds", "simulations of each kind", 10)
    add_count(parser, "--customers", "customers of a simulation", 2_000)
    parser.add_argument("--shoppers", type=Path, help="CSV of UCI's Online Shoppers")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(run_command(main))
