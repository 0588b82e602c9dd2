"""A PostgreSQL of the tests' own, and databases in it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import replace
from itertools import count
from unittest.mock import patch

import psycopg2
import pytest

from warehouse.local_server import LocalServer, LocalServerAddress, temporary_server

MakeDatabase = Callable[..., LocalServerAddress]
PointAt = Callable[[LocalServerAddress], AbstractContextManager[None]]

# Nothing in it has to survive a power cut.
TEST_SETTINGS = {
    "fsync": "off",
    "full_page_writes": "off",
    "shared_buffers": "256MB",
    "max_wal_size": "2GB",
}


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[LocalServer]:
    """Start a server that is not the demo's, for the whole run."""
    with temporary_server(TEST_SETTINGS) as server:
        yield server


@pytest.fixture(scope="session")
def make_database(postgres_server: LocalServer) -> MakeDatabase:
    """Return a function that makes a database, empty or a copy of another.

    `make_database()` makes an empty one, `make_database(template=address)` a copy,
    which is much faster than loading the same rows again. Both live until the
    end of the run.
    """
    server = postgres_server.address
    numbers = count(1)

    def make(template: LocalServerAddress | None = None) -> LocalServerAddress:
        database = replace(server, database=f"test_{next(numbers)}")
        source = template.database if template else "template1"
        # A template may have no other session.
        run_as_admin(
            server,
            "select pg_terminate_backend(pid) from pg_stat_activity "
            f"where datname = '{source}'",
            f"create database {database.database} template {source}",
        )
        return database

    return make


@pytest.fixture(scope="session")
def point_at() -> PointAt:
    """Return a context manager that makes the target `demo` mean a database."""

    @contextmanager
    def point(address: LocalServerAddress) -> Iterator[None]:
        with patch.dict(os.environ, address.environment()):
            yield

    return point


@pytest.fixture
def database(
    make_database: MakeDatabase, point_at: PointAt
) -> Iterator[LocalServerAddress]:
    """Make a fresh, empty database, which the target `demo` means meanwhile."""
    address = make_database()
    with point_at(address):
        yield address
    run_as_admin(
        replace(address, database="postgres"),
        f"drop database {address.database} with (force)",
    )


def run_as_admin(address: LocalServerAddress, *statements: str) -> None:
    """Run statements that may not be part of a transaction."""
    with closing(psycopg2.connect(address.url)) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
