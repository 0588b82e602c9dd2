"""Compare Gaussian with mixed emissions, fitted and scored on the same users.

python scripts/compare_emissions.py [--states 2-10] [--starts N] [--count]
    [--target NAME] [--vars YAML]

Reads the panel as the fit does, and writes nothing. Of shares and parts there is no
Gaussian model: say --vars '{hmm.preset: notebook}', or list other features. Options
that are not given come from the vars of dbt_project.yml.
"""

from __future__ import annotations

import argparse
import sys

from user_states.benchmarks.emission_report import describe
from user_states.benchmarks.emission_study import compare
from user_states.commands.options import (
    add_count,
    add_dbt_options,
    add_states,
    describe_script,
)
from user_states.console import run_command
from user_states.hmm.fit_options import FitOptions
from user_states.warehouse.dbt_project import DbtProject


def main() -> None:
    """Compare, and print the scores."""
    arguments = _parse_arguments()
    project = DbtProject.load(arguments.target, arguments.vars)
    project.check_settings()
    options = FitOptions.from_vars(
        project.vars, n_states=arguments.states, n_starts=arguments.starts
    )
    comparison = compare(project, options, with_count=arguments.count)
    print("\n".join(describe(comparison)))


def _parse_arguments() -> argparse.Namespace:
    parser = describe_script(__doc__)
    add_states(parser, default=range(2, 11))
    add_count(parser, "--starts", "starts of EM for each number of states")
    parser.add_argument(
        "--count",
        action="store_true",
        help="also compare mixed emissions that read the weeks since the last ride",
    )
    add_dbt_options(parser)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(run_command(main))
