"""The project's own PostgreSQL: created, started and stopped in one folder.

For Linux and macOS, as root or as an ordinary user. The server listens on the loopback
interface only and requires a generated password.
"""

from __future__ import annotations

import fcntl
import secrets
import shlex
import shutil
import signal
import socket
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import psutil

from user_states.errors import UserError
from user_states.project_folder import PROJECT_FOLDER
from user_states.warehouse.postgres_cluster import (
    create_cluster,
    make_home,
    make_passable_folder,
)
from user_states.warehouse.postgres_programs import (
    reachable_binaries,
    run_program,
    server_account,
)
from user_states.warehouse.postgres_settings import laptop_settings
from user_states.warehouse.postmaster import (
    find_postmaster,
    is_ready,
    remove_stale_pid_file,
)
from user_states.warehouse.server_record import (
    LocalServerAddress,
    ServerRecord,
    belongs_to_another,
)

__all__ = [
    "SERVER_FOLDER",
    "LocalServer",
    "LocalServerAddress",
    "temporary_server",
]

# The folder of the demo's server; ignored by git.
SERVER_FOLDER = PROJECT_FOLDER / ".local"

HOST = "127.0.0.1"
NAME = "user_states"  # of the database and of its only user

# Recovery after a power cut can take a while; a clean start takes 0.2 s.
START_TIMEOUT_SECONDS = 120
STOP_TIMEOUT_SECONDS = 60


class LocalServer:
    """A PostgreSQL server that belongs to one folder.

    Parameters
    ----------
    directory : Path
        Folder for the files of the server; created if it does not exist.
    settings : mapping, optional
        Settings of postgresql.conf that override those of `laptop_settings`.
    """

    def __init__(
        self, directory: Path, settings: Mapping[str, str] | None = None
    ) -> None:
        self._directory = directory.resolve()
        self._settings = dict(settings or {})

    @property
    def address(self) -> LocalServerAddress:
        """The address since the last start.

        Raises
        ------
        UserError
            If the server was never started.
        """
        return ServerRecord.read(self._directory).address

    def is_running(self) -> bool:
        """Return whether the server is running."""
        return (
            ServerRecord.exists(self._directory)
            and find_postmaster(ServerRecord.read(self._directory).data) is not None
        )

    def start(self) -> LocalServerAddress:
        """Start the server unless it is running, and return its address.

        The first start creates the database. Later starts keep it, its password and,
        if it is free, its port.

        Raises
        ------
        UserError
            If the server cannot be created or does not start.
        """
        try:
            with self._locked():
                record = self._kept_or_new_record()
                if not record.data.exists():
                    create_cluster(record)
                if find_postmaster(record.data) is None:
                    record = self._launch(record)
                _wait_until_ready(record)
                return record.address
        except OSError as error:
            raise UserError(
                f"cannot start the local PostgreSQL in {self._directory}: {error}. "
                "Expected a folder of your own on a disk with free space: `make clean` "
                "removes what an earlier start left."
            ) from error

    def stop(self) -> None:
        """Stop the server if it is running; open transactions are rolled back.

        Raises
        ------
        UserError
            If it has not stopped after a minute.
        """
        if ServerRecord.exists(self._directory):
            with self._locked():
                _stop(ServerRecord.read(self._directory))

    def destroy(self) -> None:
        """Stop the server and remove all its files.

        Raises
        ------
        UserError
            If it has not stopped after a minute; then nothing is removed.
        """
        if not self._directory.exists():
            return
        with self._locked():
            if ServerRecord.exists(self._directory):
                record = ServerRecord.read(self._directory)
                _stop(record)
                if record.home.exists():
                    shutil.rmtree(record.home)
            shutil.rmtree(self._directory)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Let one process at a time create, start or stop the server."""
        make_passable_folder(self._directory)
        try:
            (self._directory / "lock").touch()
        except PermissionError:
            raise belongs_to_another(self._directory) from None
        with open(self._directory / "lock", "a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _kept_or_new_record(self) -> ServerRecord:
        if ServerRecord.exists(self._directory):
            record = ServerRecord.read(self._directory)
            if record.home.exists():
                return record
        address = LocalServerAddress(HOST, 0, NAME, secrets.token_urlsafe(24), NAME)
        record = ServerRecord(make_home(self._directory), address)
        # Written before anything is created in the home, so that `destroy` finds it.
        record.write(self._directory)
        return record

    def _launch(self, record: ServerRecord) -> ServerRecord:
        """Start the server and return its record, with the port."""
        account = server_account(record.data)
        binaries = reachable_binaries(account, record.home)
        remove_stale_pid_file(record.data)
        record.log.unlink(missing_ok=True)  # for the lines of this start only
        port = _free_port(record.address.port)
        record = replace(record, address=replace(record.address, port=port))
        record.write(self._directory)
        settings = {
            "listen_addresses": HOST,
            "port": str(port),
            "unix_socket_directories": "",
            **laptop_settings(),
            **self._settings,
        }
        options = " ".join(f"-c {k}={shlex.quote(v)}" for k, v in settings.items())
        run_program(
            account,
            *(binaries / "pg_ctl", "start", "-D", record.data, "-l", record.log),
            *("-w", "-t", str(START_TIMEOUT_SECONDS), "-o", options),
            log=record.log,
        )
        return record


@contextmanager
def temporary_server(
    settings: Mapping[str, str] | None = None, folder: Path | None = None
) -> Iterator[LocalServer]:
    """Start an empty server, and remove it and its files at the end.

    Parameters
    ----------
    settings : mapping, optional
        Settings of postgresql.conf, besides those for this machine.
    folder : Path, optional
        Where its files are made; by default where all temporary files are.
    """
    directory = Path(tempfile.mkdtemp(prefix="user-states-", dir=folder))
    directory.chmod(0o711)  # as make_passable_folder
    server = LocalServer(directory, settings)
    try:
        server.start()
        yield server
    finally:
        server.destroy()


def _wait_until_ready(record: ServerRecord) -> None:
    """Wait until the server accepts connections."""
    deadline = time.monotonic() + START_TIMEOUT_SECONDS
    while not is_ready(record.data):
        if find_postmaster(record.data) is None or time.monotonic() > deadline:
            raise UserError(
                "the local PostgreSQL accepts no connections after "
                f"{START_TIMEOUT_SECONDS} s; expected a faster start: read "
                f"{record.log}, or start again after `make clean`."
            )
        time.sleep(0.05)


def _stop(record: ServerRecord) -> None:
    postmaster = find_postmaster(record.data)
    if postmaster is None:
        return
    # PostgreSQL's "fast" shutdown: it does not wait for clients to disconnect.
    with suppress(psutil.NoSuchProcess):
        postmaster.send_signal(signal.SIGINT)
    deadline = time.monotonic() + STOP_TIMEOUT_SECONDS
    # Check the pid file: in a container an ended process may never be reaped.
    while find_postmaster(record.data) is not None:
        if time.monotonic() > deadline:
            raise UserError(
                f"the local PostgreSQL (process {postmaster.pid}) is still up after "
                f"{STOP_TIMEOUT_SECONDS} s; expected it to stop: see {record.log}, and "
                "try again."
            )
        time.sleep(0.02)


def _free_port(preferred: int) -> int:
    """Return the preferred port, or another one if it is 0 or in use."""
    for port in (preferred, 0):
        with socket.socket() as probe:
            # PostgreSQL does the same: closed connections in TIME_WAIT block no port.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise UserError(f"found no free port on {HOST}; expected one: close some programs.")
