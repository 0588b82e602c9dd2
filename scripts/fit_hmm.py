"""Fit the hidden Markov model on the panel, and write it back; promote it if sound.

python scripts/fit_hmm.py [--states 8 | --states 2-13] [--sample-users N]
    [--starts N] [--seed N] [--dry-run | --no-promote | --force] [--target NAME]
    [--vars YAML]

What is not given comes from the vars hmm_* of dbt_project.yml.
"""

from __future__ import annotations

import argparse
import sys

from user_states.commands.options import add_dbt_options, parse_states, positive
from user_states.console import run_command
from user_states.fit.fit_job import fit_and_publish
from user_states.hmm.fit_options import FitOptions
from user_states.warehouse.dbt_project import DbtProject


def main() -> None:
    """Parse the command line, and fit."""
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
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument(
        "--states", type=parse_states, metavar="K", help="8, or a range such as 2-13"
    )
    parser.add_argument(
        "--sample-users", type=positive, metavar="N", help="users to fit on, by hash"
    )
    parser.add_argument(
        "--starts", type=positive, metavar="N", help="starts of EM for each number"
    )
    parser.add_argument("--seed", type=int, metavar="N", help="seed of all chance")
    what_to_do = parser.add_mutually_exclusive_group()
    what_to_do.add_argument("--dry-run", action="store_true", help="write nothing")
    what_to_do.add_argument(
        "--no-promote",
        action="store_true",
        help="store the run, and leave the champion (see scripts/runs.py)",
    )
    what_to_do.add_argument(
        "--force", action="store_true", help="promote in spite of defects"
    )
    add_dbt_options(parser)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(run_command(main))
