"""Build and test the tables with dbt, and leave no lock behind after Ctrl-C.

python scripts/build.py [--select NAME ...] [--target NAME] [--vars YAML]

Unit tests are left out. `make build` calls this.
"""

from __future__ import annotations

import argparse
import sys

from user_states.commands.options import add_dbt_options, describe_script
from user_states.console import run_command
from user_states.errors import UserError
from user_states.warehouse.dbt_project import DbtProject


def main() -> None:
    """Build what is selected, with the messages of dbt."""
    arguments = _parse_arguments()
    project = DbtProject.load(arguments.target, arguments.vars)
    selected = ["--select", *arguments.select] if arguments.select else []
    if not project.build_aloud(*selected):
        raise UserError("the build failed: see the messages above")


def _parse_arguments() -> argparse.Namespace:
    parser = describe_script(__doc__)
    parser.add_argument(
        "--select", nargs="+", metavar="NAME", help="as of dbt; default: everything"
    )
    add_dbt_options(parser)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(run_command(main))
