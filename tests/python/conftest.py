"""A PostgreSQL of the tests' own, and databases in it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any
from unittest.mock import patch

import psycopg2
import pytest
import yaml

from user_states.fit.fit_job import fit_and_publish
from user_states.rides.simulation import SimulationSettings
from user_states.warehouse import dbt_project
from user_states.warehouse.dbt_project import DbtProject
from user_states.warehouse.server import (
    LocalServer,
    LocalServerAddress,
    temporary_server,
)
from warehouse_setup import (
    WITHOUT_DATA_TESTS,
    build_from_the_model_on,
    quick_options,
    simulate_up_to_the_panel,
)

PROJECT = Path(__file__).resolve().parents[2]


def declared_features() -> list[dict[str, Any]]:
    """Return the var `features` as dbt_project.yml declares it."""
    text = (PROJECT / "dbt_project.yml").read_text("utf-8")
    features: list[dict[str, Any]] = yaml.safe_load(text)["vars"]["features"]
    return features


MakeDatabase = Callable[..., LocalServerAddress]
CopyProject = Callable[[], Path]
PointAt = Callable[[LocalServerAddress], AbstractContextManager[None]]

# Nothing in it has to survive a power cut.
TEST_SETTINGS = {
    "fsync": "off",
    "full_page_writes": "off",
    "shared_buffers": "256MB",
    "max_wal_size": "2GB",
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put files that need a warehouse first: they are slow.

    Two workers that begin with them end together; if one of them began last, the other
    worker would wait for it.
    """

    def needs_warehouse(item: pytest.Item) -> bool:
        return "postgres_server" in getattr(item, "fixturenames", ())

    slow = {item.path for item in items if needs_warehouse(item)}
    items.sort(key=lambda item: item.path not in slow)


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
    end of the run, unless `name=` calls for another one of that name.
    """
    server = postgres_server.address
    numbers = count(1)

    def make(
        template: LocalServerAddress | None = None, name: str | None = None
    ) -> LocalServerAddress:
        database = replace(server, database=name or f"test_{next(numbers)}")
        source = template.database if template else "template1"
        if name:
            run_as_admin(server, f"drop database if exists {name} with (force)")
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


# dbt reads the database's name into every relation, and parses anew for another
# name. So the tests on a built warehouse all see it under this one, each a copy of
# its own, and the project is parsed once.
WAREHOUSE = "test_warehouse"


@pytest.fixture(scope="module")
def empty_warehouse(make_database: MakeDatabase, point_at: PointAt) -> Iterator[None]:
    """Make an empty `WAREHOUSE`, for what reads the project but no table."""
    with point_at(make_database(name=WAREHOUSE)):
        yield


@pytest.fixture(scope="session")
def dbt_folders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Let dbt read the example of a profile, and write outside the project."""
    folder = tmp_path_factory.mktemp("dbt")
    example = (PROJECT / "profiles.yml.example").read_text("utf-8")
    (folder / "profiles.yml").write_text(example, "utf-8")
    environment = {
        "DBT_PROFILES_DIR": str(folder),
        "DBT_TARGET_PATH": str(folder / "target"),
        "DBT_LOG_PATH": str(folder / "logs"),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    }
    with patch.dict(os.environ, environment):
        yield


@pytest.fixture(scope="session")
def project(
    postgres_server: LocalServer, point_at: PointAt, dbt_folders: None
) -> DbtProject:
    """Return the project as it sees the database `WAREHOUSE`."""
    with point_at(replace(postgres_server.address, database=WAREHOUSE)):
        return DbtProject.load("demo")


@pytest.fixture
def copy_project(
    tmp_path: Path, dbt_folders: None, monkeypatch: pytest.MonkeyPatch
) -> CopyProject:
    """Return a function that copies the project's dbt files and makes dbt read those.

    For tests that change a file: dbt_project.yml or a seed.
    """

    def copy() -> Path:
        folder = tmp_path / "project"
        folder.mkdir()
        for name in ("models", "macros", "seeds", "tests", "analyses"):
            ignored = shutil.ignore_patterns("python")
            shutil.copytree(PROJECT / name, folder / name, ignore=ignored)
        shutil.copy(PROJECT / "dbt_project.yml", folder)
        monkeypatch.setenv("DBT_TARGET_PATH", str(tmp_path / "target"))
        monkeypatch.setattr(dbt_project, "PROJECT_FOLDER", folder)
        return folder

    return copy


@pytest.fixture(scope="session")
def panel_template(
    make_database: MakeDatabase, point_at: PointAt, project: DbtProject
) -> LocalServerAddress:
    """Return a database of a small simulated log, built up to the panel."""
    warehouse = make_database(name=WAREHOUSE)
    with point_at(warehouse):
        settings = SimulationSettings(300, 60)
        simulate_up_to_the_panel(warehouse, project, settings, *WITHOUT_DATA_TESTS)
    return make_database(template=warehouse)


@pytest.fixture(scope="session")
def published_template(
    make_database: MakeDatabase,
    point_at: PointAt,
    project: DbtProject,
    panel_template: LocalServerAddress,
) -> LocalServerAddress:
    """Return a database in which the whole job has run once."""
    warehouse = make_database(template=panel_template, name=WAREHOUSE)
    with point_at(warehouse):
        fit_and_publish(project, quick_options(project, n_starts=2))
        # The tests of its data run in test_fit_job.py.
        build_from_the_model_on(project, *WITHOUT_DATA_TESTS)
    return make_database(template=warehouse)


@pytest.fixture
def panel_warehouse(
    make_database: MakeDatabase, point_at: PointAt, panel_template: LocalServerAddress
) -> Iterator[LocalServerAddress]:
    """Make a warehouse with a panel and no model, which `project` means."""
    warehouse = make_database(template=panel_template, name=WAREHOUSE)
    with point_at(warehouse):
        yield warehouse


@pytest.fixture
def published_warehouse(
    make_database: MakeDatabase,
    point_at: PointAt,
    published_template: LocalServerAddress,
) -> Iterator[LocalServerAddress]:
    """Make a warehouse in which the whole job has run, which `project` means."""
    warehouse = make_database(template=published_template, name=WAREHOUSE)
    with point_at(warehouse):
        yield warehouse


def run_as_admin(address: LocalServerAddress, *statements: str) -> None:
    """Run statements that may not be part of a transaction."""
    with closing(psycopg2.connect(address.url)) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
