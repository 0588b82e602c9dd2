"""Write the explorer: the states as one page that opens from disk.

python scripts/explore.py [--target NAME] [--vars YAML] [--out FILE]
    [--mode 644]

It reads only marts, and writes nothing into the warehouse.
"""

from __future__ import annotations

import argparse
import sys

from user_states.commands.options import (
    add_dbt_options,
    add_output,
    describe_script,
)
from user_states.console import run_command
from user_states.explorer.page_file import DEFAULT_PAGE, write_page
from user_states.warehouse.dbt_project import DbtProject


def main() -> None:
    """Parse the command line and write the page."""
    arguments = _parse_arguments()
    project = DbtProject.load(arguments.target, arguments.vars)
    project.check_settings()
    write_page(project, arguments.out, arguments.mode)


def _parse_arguments() -> argparse.Namespace:
    parser = describe_script(__doc__)
    add_dbt_options(parser)
    add_output(
        parser,
        DEFAULT_PAGE,
        "FILE",
        "file of the page; by default target/explorer.html",
    )
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(run_command(main))
