"""Find personas in the conversations of customers, and publish them if they are sound.

python scripts/personas.py [--dry-run | --no-promote | --force] [--target NAME]
    [--vars YAML]

First it says which conversations are kept, and which are set aside, and why. Other
settings are the var embedder and the vars persona_… of dbt_project.yml;
docs/personas.md explains them.
"""

from __future__ import annotations

import argparse
import sys

from user_states.commands.options import add_dbt_options, describe_script
from user_states.console import run_command
from user_states.fit.personas_job import PersonaOptions, find_personas
from user_states.warehouse.dbt_project import DbtProject


def main() -> None:
    """Filter, fit, and write the run."""
    arguments = _parse_arguments()
    project = DbtProject.load(arguments.target, arguments.vars)
    project.check_settings()
    options = PersonaOptions.from_vars(
        project.vars,
        force=arguments.force,
        dry_run=arguments.dry_run,
        promote=not arguments.no_promote,
    )
    find_personas(project, options)


def _parse_arguments() -> argparse.Namespace:
    parser = describe_script(__doc__)
    outcome = parser.add_mutually_exclusive_group()
    outcome.add_argument("--dry-run", action="store_true", help="write nothing")
    outcome.add_argument(
        "--no-promote",
        action="store_true",
        help="store the run and keep the champion (see scripts/runs.py)",
    )
    outcome.add_argument(
        "--force",
        action="store_true",
        help="publish the personas despite what speaks against them",
    )
    add_dbt_options(parser)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(run_command(main))
