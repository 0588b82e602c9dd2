"""Say which conversations are kept for personas, and which are set aside, and why.

python scripts/personas.py [--dry-run] [--target NAME] [--vars YAML]

The mart conversation_filters counts them; docs/personas.md explains the filters.
"""

from __future__ import annotations

import argparse
import sys

from user_states.commands.options import add_dbt_options, describe_script
from user_states.console import run_command
from user_states.fit.conversations_job import filter_stored_conversations
from user_states.warehouse.dbt_project import DbtProject


def main() -> None:
    """Filter the conversations, and store the result."""
    arguments = _parse_arguments()
    project = DbtProject.load(arguments.target, arguments.vars)
    project.check_settings()
    filter_stored_conversations(project, dry_run=arguments.dry_run)


def _parse_arguments() -> argparse.Namespace:
    parser = describe_script(__doc__)
    parser.add_argument("--dry-run", action="store_true", help="write nothing")
    add_dbt_options(parser)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(run_command(main))
