"""The commands of scripts/local_server.py: start, stop, use and remove the server."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Sequence

from user_states.errors import UserError
from user_states.warehouse.postgres_programs import postgres_binaries
from user_states.warehouse.server import (
    SERVER_FOLDER,
    LocalServer,
    LocalServerAddress,
    temporary_server,
)

EXIT_NOT_RUNNING = 3  # as pg_ctl status


def run_server_command(
    command: str, rest: Sequence[str] = (), *, is_temporary: bool = False
) -> None:
    """Do what one of the commands asks for.

    Parameters
    ----------
    command : str
        start, stop, destroy, status, url, env, psql or run.
    rest : sequence of str
        Options of psql, or the program to run with its arguments.
    is_temporary : bool
        Of `run`: use an empty server, and remove it afterwards.

    Raises
    ------
    SystemExit
        With the exit code of a program that was run, or of `status`.
    UserError
        If the server or the program cannot be started.
    """
    server = LocalServer(SERVER_FOLDER)
    match command:
        case "start":
            print(_running_on(server.start()))
        case "stop":
            server.stop()
        case "destroy":
            server.destroy()
        case "status":
            if not server.is_running():
                print("not running")
                raise SystemExit(EXIT_NOT_RUNNING)
            print(_running_on(server.address))
        case "url":
            print(server.start().url)
        case "env":
            for name, value in server.start().environment().items():
                print(f"export {name}={shlex.quote(value)}")
        case "psql":
            _replace_process([_psql(), *rest], _libpq_variables(server.start()))
        case "run" if is_temporary:
            raise SystemExit(_run_on_temporary_server(rest))
        case "run":
            _replace_process(rest, server.start().environment())
        case _:
            raise ValueError(f"got the command {command!r}; expected one of the above")


def _running_on(address: LocalServerAddress) -> str:
    return f"running on {address.host}:{address.port}"


def _psql() -> str:
    """Return the system's psql, because it can edit lines, or else ours."""
    return shutil.which("psql") or str(postgres_binaries() / "psql")


def _libpq_variables(address: LocalServerAddress) -> dict[str, str]:
    """Return the address as variables of libpq, which `ps` does not show."""
    return {
        "PGHOST": address.host,
        "PGPORT": str(address.port),
        "PGUSER": address.user,
        "PGPASSWORD": address.password,
        "PGDATABASE": address.database,
    }


def _replace_process(command: Sequence[str], variables: dict[str, str]) -> None:
    """Replace this process by a command: it gets the signals, its exit code is ours."""
    sys.stdout.flush()
    try:
        os.execvpe(command[0], list(command), os.environ | variables)
    except OSError as error:
        raise _cannot_run(command, error) from None


def _run_on_temporary_server(command: Sequence[str]) -> int:
    """Run a command on an empty server and return its exit code."""
    with temporary_server() as server:
        variables = server.address.environment()
        try:
            return subprocess.run(command, env=os.environ | variables).returncode
        except OSError as error:
            raise _cannot_run(command, error) from None


def _cannot_run(command: Sequence[str], error: OSError) -> UserError:
    return UserError(
        f"cannot run {shlex.join(command)}: {error.strerror}. Expected the name or "
        "path of a program after `--`."
    )
