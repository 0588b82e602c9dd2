"""Start, stop and use the project's own PostgreSQL, the one in .local/.

Examples
--------
    python scripts/local_server.py start
    python scripts/local_server.py run -- dbt build --target demo
    psql "$(python scripts/local_server.py url)"
"""

from __future__ import annotations

import argparse
import os
import shlex
import shutil
import subprocess
import sys

from user_states.console import run_command
from user_states.errors import UserError
from user_states.warehouse.postgres_programs import postgres_binaries
from user_states.warehouse.server import (
    SERVER_FOLDER,
    LocalServer,
    LocalServerAddress,
    temporary_server,
)

EXIT_NOT_RUNNING = 3  # as pg_ctl status


def main() -> None:
    """Do what the command line says."""
    arguments = _parse_arguments()
    server = LocalServer(SERVER_FOLDER)
    match arguments.command:
        case "start":
            address = server.start()
            print(f"running on {address.host}:{address.port}")
        case "stop":
            server.stop()
        case "destroy":
            server.destroy()
        case "status":
            if not server.is_running():
                print("not running")
                raise SystemExit(EXIT_NOT_RUNNING)
            print(f"running on {server.address.host}:{server.address.port}")
        case "url":
            print(server.start().url)
        case "env":
            for name, value in server.start().environment().items():
                print(f"export {name}={shlex.quote(value)}")
        case "psql":
            _replace_process([_psql(), *arguments.rest], _libpq(server.start()))
        case "run" if arguments.temporary:
            raise SystemExit(_run_on_temporary_server(arguments.rest))
        case "run":
            _replace_process(arguments.rest, server.start().environment())


def _parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    commands.add_parser("start", help="start the server, unless it runs")
    commands.add_parser("stop", help="stop it; the data stay")
    commands.add_parser("destroy", help="stop it and remove its data")
    commands.add_parser("status", help="say whether it runs")
    commands.add_parser("url", help="start it and print its libpq URL")
    commands.add_parser("env", help="start it and print the profile's variables")
    psql = commands.add_parser("psql", help="start it and open psql on it")
    psql.add_argument("rest", nargs="*", help="options of psql, after --")
    run = commands.add_parser("run", help="start it and run a command with its address")
    run.add_argument(
        "--temporary",
        action="store_true",
        help="use an empty server that is gone afterwards",
    )
    run.add_argument("rest", nargs="+", help="the command, after --")
    return parser.parse_args()


def _psql() -> str:
    """Return a psql: the system's own first, for it has line editing."""
    return shutil.which("psql") or str(postgres_binaries() / "psql")


def _libpq(address: LocalServerAddress) -> dict[str, str]:
    """Return the address as libpq's variables, which `ps` does not show."""
    return {
        "PGHOST": address.host,
        "PGPORT": str(address.port),
        "PGUSER": address.user,
        "PGPASSWORD": address.password,
        "PGDATABASE": address.database,
    }


def _replace_process(command: list[str], variables: dict[str, str]) -> None:
    """Become the command, so that signals and exit codes are its own."""
    sys.stdout.flush()
    try:
        os.execvpe(command[0], command, os.environ | variables)
    except OSError as error:
        raise _cannot_run(command, error) from None


def _run_on_temporary_server(command: list[str]) -> int:
    """Run a command on an empty server and return its exit code."""
    with temporary_server() as server:
        variables = server.address.environment()
        try:
            return subprocess.run(command, env=os.environ | variables).returncode
        except OSError as error:
            raise _cannot_run(command, error) from None


def _cannot_run(command: list[str], error: OSError) -> UserError:
    return UserError(
        f"cannot run {shlex.join(command)}: {error.strerror}. Expected the name or "
        "path of a program after `--`."
    )


if __name__ == "__main__":
    sys.exit(run_command(main))
