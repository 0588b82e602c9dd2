"""Start, stop and use the project's own PostgreSQL, the one in .local/.

Examples
--------
    python scripts/local_server.py start
    python scripts/local_server.py run -- dbt debug --target demo
    psql "$(python scripts/local_server.py url)"
"""

from __future__ import annotations

import argparse
import sys

from user_states.commands.manage_server import run_server_command
from user_states.commands.options import describe_script
from user_states.console import run_command


def main() -> None:
    """Do what the command line asks for."""
    arguments = _parse_arguments()
    run_server_command(
        arguments.command, arguments.rest, is_temporary=arguments.temporary
    )


def _parse_arguments() -> argparse.Namespace:
    parser = describe_script(__doc__)
    parser.set_defaults(rest=[], temporary=False)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    commands.add_parser("start", help="start the server if it is not running")
    commands.add_parser("stop", help="stop it; the data stay")
    commands.add_parser("destroy", help="stop it and remove its data")
    commands.add_parser("status", help="say whether it is running")
    commands.add_parser("url", help="start it and print its libpq URL")
    commands.add_parser("env", help="start it and print the variables of the profile")
    psql = commands.add_parser("psql", help="start it and open psql on it")
    psql.add_argument("rest", nargs="*", help="options of psql, after --")
    run = commands.add_parser("run", help="start it and run a command that can use it")
    run.add_argument(
        "--temporary",
        action="store_true",
        help="use an empty server instead, and remove it afterwards",
    )
    run.add_argument("rest", nargs="+", help="the command, after --")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(run_command(main))
