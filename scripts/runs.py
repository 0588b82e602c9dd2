"""List and inspect the stored runs, and choose the one that the marts read.

python scripts/runs.py list
python scripts/runs.py show RUN
python scripts/runs.py promote RUN [--force]
python scripts/runs.py rollback
python scripts/runs.py prune [--keep N]

Each takes --target NAME and --vars YAML as dbt does, and --model NAME (default:
user_states; `list` lists all models). RUN is a run's id, the start of exactly one id,
`champion` or `newest`. The marts change with the next build.
"""

from __future__ import annotations

import argparse
import sys

from user_states.commands.manage_runs import RunManager, listed
from user_states.commands.options import (
    add_dbt_options,
    describe_script,
    number_from_zero,
)
from user_states.console import run_command
from user_states.warehouse.dbt_project import DbtProject


def main() -> None:
    """Do what the command line asks for."""
    arguments = _parse_arguments()
    project = DbtProject.load(arguments.target, arguments.vars)
    if arguments.command == "list":
        print("\n".join(listed(project, arguments.model)))
        return
    manager = RunManager(project, arguments.model or "user_states")
    match arguments.command:
        case "show":
            print("\n".join(manager.shown(arguments.run)))
        case "promote":
            manager.promote(arguments.run, force=arguments.force)
        case "rollback":
            manager.roll_back()
        case "prune":
            manager.prune(arguments.keep)


def _parse_arguments() -> argparse.Namespace:
    parser = describe_script(__doc__)
    common = argparse.ArgumentParser(add_help=False)
    add_dbt_options(common)
    common.add_argument("--model", metavar="NAME", help="model (default: user_states)")
    commands = parser.add_subparsers(dest="command", required=True)

    def add(name: str, text: str) -> argparse.ArgumentParser:
        return commands.add_parser(name, help=text, description=text, parents=[common])

    add("list", "list the runs of all models, or of one, the newest first")
    show = add("show", "settings, certificate, segments and lineage of a run")
    promote = add("promote", "make a run the champion, which the marts read")
    add("rollback", "make the previous champion the champion again")
    prune = add("prune", "delete all but the champion, the previous one and N others")
    for command in (show, promote):
        text = "its id, the start of the id, champion or newest"
        command.add_argument("run", metavar="RUN", help=text)
    text = "promote the run even if checks failed"
    promote.add_argument("--force", action="store_true", help=text)
    text = "other runs to keep, newest first (default: 5)"
    prune.add_argument(
        "--keep", type=number_from_zero, default=5, metavar="N", help=text
    )
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(run_command(main))
