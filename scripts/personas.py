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

from user_states.commands.options import (
    add_dbt_options,
    add_run_options,
    describe_script,
    run_options,
)
from user_states.console import run_command
from user_states.fit.personas_job import PersonaOptions, find_personas
from user_states.warehouse.dbt_project import DbtProject


def main() -> None:
    """Filter, fit, and write the run."""
    arguments = _parse_arguments()
    project = DbtProject.load(arguments.target, arguments.vars)
    project.check_settings()
    options = PersonaOptions.from_vars(project.vars, run_options(arguments))
    find_personas(project, options)


def _parse_arguments() -> argparse.Namespace:
    parser = describe_script(__doc__)
    add_run_options(
        parser, force="publish the personas despite what speaks against them"
    )
    add_dbt_options(parser)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(run_command(main))
