"""The register of runs: look at them, and say which one the marts read.

python scripts/runs.py list
python scripts/runs.py show RUN
python scripts/runs.py promote RUN [--force]
python scripts/runs.py rollback
python scripts/runs.py prune [--keep N]

Each takes --target NAME and --vars YAML as dbt does. RUN is a run's id, or as much of
its beginning as no other run has, or `newest`. The marts follow with the next
`dbt build`.
"""

from __future__ import annotations

import argparse
import logging
import sys

from user_states.commands.options import add_dbt_options
from user_states.console import run_command
from user_states.runs.promotion import Rules, promote, prune, rollback
from user_states.runs.run_history import listed_runs, run_details
from user_states.runs.run_register import RunRegister
from user_states.runs.run_report import describe_run, describe_runs
from user_states.runs.run_writer import Registry
from user_states.warehouse.dbt_project import DbtProject

logger = logging.getLogger("user_states")

BUILD_NEXT = "the marts follow with the next `dbt build` (or `make build`)"


def main() -> None:
    """Parse the command line, and do what it says."""
    arguments = _parse_arguments()
    project = DbtProject.load(arguments.target, arguments.vars)
    registry = Registry(project.connection_uri, project.source("hmm", "runs")[0])
    registry.check()
    if arguments.command in ("list", "show"):
        _look(project, registry, arguments)
        return
    if arguments.command != "prune":
        project.check_settings()
    with registry.fit_lock():
        _change(project, registry, arguments)


def _look(
    project: DbtProject, registry: Registry, arguments: argparse.Namespace
) -> None:
    with registry.transaction() as connection:
        if arguments.command == "list":
            lines = describe_runs(listed_runs(connection, registry.tables))
        else:
            run_id = RunRegister(registry.tables).resolve(connection, arguments.run)
            labels = project.relation("state_labels")
            lines = describe_run(
                run_details(connection, registry.tables, run_id, labels)
            )
    print("\n".join(lines))


def _change(
    project: DbtProject, registry: Registry, arguments: argparse.Namespace
) -> None:
    """Change the register in one transaction, and say what was done."""
    register = RunRegister(registry.tables)
    with registry.transaction() as connection:
        if arguments.command == "promote":
            run_id = register.resolve(connection, arguments.run)
            is_new = promote(
                connection,
                register,
                run_id,
                Rules.of(project),
                force=arguments.force,
            )
            told = (
                f"run {run_id} is the champion; {BUILD_NEXT}"
                if is_new
                else f"run {run_id} is the champion already; nothing was changed"
            )
            for defect in register.run(connection, run_id).defects if is_new else ():
                logger.warning("warning: published in spite of this defect: %s", defect)
        elif arguments.command == "rollback":
            run_id = rollback(connection, register, Rules.of(project))
            told = f"run {run_id} is the champion again; {BUILD_NEXT}"
        else:
            gone = prune(connection, register, arguments.keep)
            told = f"removed {len(gone)} runs{': ' if gone else ''}{', '.join(gone)}"
    logger.info(told)


def _parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    common = argparse.ArgumentParser(add_help=False)
    add_dbt_options(common)
    commands = parser.add_subparsers(dest="command", required=True)

    def add(name: str, text: str) -> argparse.ArgumentParser:
        return commands.add_parser(name, help=text, description=text, parents=[common])

    add("list", "all runs, the newest first")
    show = add("show", "settings, certificate, states and lineage of a run")
    promoted = add("promote", "let the marts read a run")
    add("rollback", "let the marts read the champion before this one")
    pruned = add(
        "prune", "remove all but the champion, the one before, and the newest N"
    )
    for command in (show, promoted):
        command.add_argument(
            "run", metavar="RUN", help="its id, how that begins, or newest"
        )
    promoted.add_argument(
        "--force", action="store_true", help="promote in spite of defects"
    )
    pruned.add_argument(
        "--keep", type=_count, default=5, metavar="N", help="others that stay (5)"
    )
    return parser.parse_args()


def _count(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"got {text!r}; expected a number from 0 up")
    return int(text)


if __name__ == "__main__":
    sys.exit(run_command(main))
