"""Fit the hidden Markov model, store the run, and publish it if it passes its checks.

python scripts/fit_hmm.py [--states 6 | --states 1-8] [--sample-users N]
    [--starts N] [--seed N] [--dry-run | --no-promote | --force] [--target NAME]
    [--vars YAML]

Options that are not given come from the vars of dbt_project.yml.
"""

from __future__ import annotations

import argparse
import sys

from user_states.commands.options import (
    add_count,
    add_dbt_options,
    add_run_options,
    add_states,
    describe_script,
)
from user_states.console import run_command
from user_states.fit.fit_job import fit_and_publish
from user_states.hmm.fit_options import FitOptions
from user_states.warehouse.dbt_project import DbtProject


def main() -> None:
    """Fit, and write the run."""
    arguments = _parse_arguments()
    project = DbtProject.load(arguments.target, arguments.vars)
    project.check_settings()
    options = FitOptions.from_vars(
        project.vars,
        n_states=arguments.states,
        n_starts=arguments.starts,
        seed=arguments.seed,
        sample_users=arguments.sample_users,
        dry_run=arguments.dry_run,
        force=arguments.force,
        promote=not arguments.no_promote,
    )
    fit_and_publish(project, options)


def _parse_arguments() -> argparse.Namespace:
    parser = describe_script(__doc__)
    add_states(parser)
    add_count(parser, "--sample-users", "users to fit on, chosen by hash")
    add_count(parser, "--starts", "starts of EM for each number of states")
    parser.add_argument("--seed", type=int, metavar="N", help="seed of all randomness")
    add_run_options(parser, force="publish the run even if checks fail")
    add_dbt_options(parser)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(run_command(main))
