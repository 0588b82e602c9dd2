"""Find types of journeys and phases of sessions, if they say anything about next steps.

python scripts/journeys.py [--dry-run | --no-promote] [--target NAME] [--vars YAML]

Other settings are the vars journey_… of dbt_project.yml; docs/journeys.md explains
them, and how to read the result.
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
from user_states.fit.journeys_job import JourneyOptions, fit_journeys
from user_states.warehouse.dbt_project import DbtProject


def main() -> None:
    """Fit, and write the run."""
    arguments = _parse_arguments()
    project = DbtProject.load(arguments.target, arguments.vars)
    project.check_settings()
    options = JourneyOptions.from_vars(project.vars, run_options(arguments))
    fit_journeys(project, options)


def _parse_arguments() -> argparse.Namespace:
    parser = describe_script(__doc__)
    add_run_options(parser)
    add_dbt_options(parser)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(run_command(main))
