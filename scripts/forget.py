"""Forget a user: delete them from all tables and files of this project.

printf %s 'THE ID' | python scripts/forget.py [--with-rides] [--target NAME]
    [--vars YAML]

The id is read from the standard input, because commands and their options are seen by
others and stored by dbt. `make forget USER_ID=… [RAW=1]` calls this.
"""

from __future__ import annotations

import argparse
import sys

from user_states.commands.forget_user import forget_user
from user_states.commands.options import add_dbt_options, describe_script
from user_states.console import run_command
from user_states.warehouse.dbt_project import DbtProject


def main() -> None:
    """Read the id, and forget the user."""
    arguments = _parse_arguments()
    project = DbtProject.load(arguments.target, arguments.vars)
    project.check_settings()
    forget_user(project, sys.stdin.read(), with_rides=arguments.with_rides)


def _parse_arguments() -> argparse.Namespace:
    parser = describe_script(__doc__)
    parser.add_argument(
        "--with-rides",
        action="store_true",
        help="delete the user's rides and sign-up too; by default they stay in the "
        "company's own tables, and builds leave them out",
    )
    add_dbt_options(parser)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(run_command(main))
