"""The folders of a server: where its data can be, and how they are created.

The permissions of other folders are never changed for the account that runs the server:
if it cannot reach a place, another one is used.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

from user_states.errors import UserError
from user_states.warehouse.postgres_programs import (
    can_enter,
    reachable_binaries,
    run_program,
    server_account,
)
from user_states.warehouse.server_record import ServerRecord


def make_passable_folder(folder: Path) -> None:
    """Create a folder, unless it exists, that others can pass through but not list."""
    with suppress(FileExistsError):
        folder.mkdir(parents=True)
        folder.chmod(0o711)


def make_home(directory: Path) -> Path:
    """Create a folder for a server's data that the server's account can enter.

    Raises
    ------
    UserError
        If the account can enter none of the possible places.
    """
    home = directory / "postgres"
    make_passable_folder(home)
    account = server_account(home / "data")
    if can_enter(account, home):
        return home
    for parent in ("/var/cache", "/var/tmp"):
        if os.access(parent, os.W_OK) and can_enter(account, Path(parent)):
            home = Path(tempfile.mkdtemp(prefix="user-states-", dir=parent))
            home.chmod(0o711)
            return home
    raise UserError(
        f"found no folder that the account 'nobody' can enter (tried {home}, "
        "/var/cache and /var/tmp); expected one, because PostgreSQL refuses to run "
        "as root: run this as an ordinary user."
    )


def create_cluster(record: ServerRecord) -> None:
    """Create the data folder of a server with an empty database, or nothing.

    Raises
    ------
    UserError
        If one of PostgreSQL's programs fails.
    """
    home, address = record.home, record.address
    unfinished = home / "data.unfinished"
    password_file = home / "password"
    account = server_account(record.data)
    binaries = reachable_binaries(account, home)
    if unfinished.exists():
        shutil.rmtree(unfinished)
    unfinished.mkdir(mode=0o700)
    password_file.unlink(missing_ok=True)
    password_file.touch(mode=0o600)
    password_file.write_text(address.password, "utf-8")
    if account:
        os.chown(unfinished, account.uid, account.gid)
        os.chown(password_file, account.uid, account.gid)
    try:
        run_program(
            account,
            binaries / "initdb",
            *("--pgdata", unfinished, "--pwfile", password_file),
            f"--username={address.user}",
            "--auth=scram-sha-256",
            # Many iterations protect passwords that can be guessed, not this one of 192
            # random bits; they would cost every connection, one for each node of dbt.
            "--set=scram_iterations=1",
            "--encoding=UTF8",
            # PostgreSQL's own collation: the same order on every system.
            "--locale=C",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            # Waiting for the disk would take most of the time, and an empty database
            # that a power cut breaks is quickly created again.
            "--no-sync",
        )
    finally:
        password_file.unlink()
    run_program(
        account,
        *(binaries / "postgres", "--single", "-F", "-D", unfinished, "postgres"),
        stdin=f"create database {address.database}\n",
    )
    unfinished.rename(record.data)
