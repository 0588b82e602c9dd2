"""Write the lists of this week: whom to write to, one CSV file for each audience.

python scripts/audiences.py [--target NAME] [--vars YAML] [--out FOLDER] [--mode 644]

It reads only marts, and writes nothing into the warehouse.
"""

from __future__ import annotations

import argparse
import sys

from user_states.commands.audience_files import DEFAULT_FOLDER, write_audience_files
from user_states.commands.options import (
    add_dbt_options,
    add_output,
    describe_script,
)
from user_states.console import run_command
from user_states.warehouse.dbt_project import DbtProject


def main() -> None:
    """Parse the command line and write the files."""
    arguments = _parse_arguments()
    project = DbtProject.load(arguments.target, arguments.vars)
    project.check_settings()
    write_audience_files(project, arguments.out, arguments.mode)


def _parse_arguments() -> argparse.Namespace:
    parser = describe_script(__doc__)
    add_dbt_options(parser)
    text = "folder of the files; by default target/audiences"
    add_output(parser, DEFAULT_FOLDER, "FOLDER", text)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(run_command(main))
