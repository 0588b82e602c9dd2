"""Learn what customers are likely to do, and publish the models that are worth it.

python scripts/propensity.py [TARGET ...] [--dry-run | --no-promote | --force]
    [--target NAME] [--vars YAML]

TARGET is a row of seeds/propensity_targets.csv; without one, all are fitted. Other
settings are the vars propensity_… of dbt_project.yml; docs/propensities.md explains
them, and how to read the certificate.
"""

from __future__ import annotations

import argparse
import sys

from user_states.commands.options import (
    add_dbt_options,
    add_run_options,
    describe_script,
    run_options,
)
from user_states.console import run_command
from user_states.fit.propensity_job import PropensityOptions, fit_propensities
from user_states.warehouse.dbt_project import DbtProject


def main() -> None:
    """Fit, and write the runs."""
    arguments = _parse_arguments()
    project = DbtProject.load(arguments.target, arguments.vars)
    project.check_settings()
    options = PropensityOptions.from_vars(
        project.vars, arguments.targets, run_options(arguments)
    )
    fit_propensities(project, options)


def _parse_arguments() -> argparse.Namespace:
    parser = describe_script(__doc__)
    parser.add_argument(
        "targets", metavar="TARGET", nargs="*", help="what is forecast (default: all)"
    )
    add_run_options(
        parser,
        force="publish the chosen models even if they are not worth it, or may leak",
    )
    add_dbt_options(parser)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(run_command(main))
