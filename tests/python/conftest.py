"""A PostgreSQL server for the tests, and databases in it."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any
from unittest.mock import patch

import psutil
import psycopg2
import pytest
import yaml
from dbt.adapters.base.impl import DEFAULT_BASE_BEHAVIOR_FLAGS
from dbt.constants import PARTIAL_PARSE_FILE_NAME
from dbt.contracts.graph.manifest import Manifest
from dbt.contracts.graph.nodes import ModelNode, SeedNode
from dbt.parser.manifest import (
    extended_mashumaro_encoder,
    extended_mashumuro_decoder,
)

import runs
from quick_dbt import quick_dbt
from user_states.fit.fit_job import fit_and_publish
from user_states.rides.simulation import SimulationSettings
from user_states.warehouse import dbt_project
from user_states.warehouse.dbt_project import DbtProject
from user_states.warehouse.postgres_settings import GIB
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
CopyProject = Callable[..., Path]
PointAt = Callable[[LocalServerAddress], AbstractContextManager[None]]
Command = Callable[..., str]

# The data need not survive a power cut.
TEST_SETTINGS = {
    "fsync": "off",
    "full_page_writes": "off",
    "shared_buffers": "256MB",
    "max_wal_size": "512MB",
}
RAM_DISK = Path("/dev/shm")


def folder_in_memory() -> Path | None:
    """Return a folder for the server's files, if the memory is large enough.

    A copy of a database is 3,000 files. It takes 1.2 seconds of the processor on a disk
    and 0.1 seconds in memory, and the tests make 200 copies.
    """
    is_large = psutil.virtual_memory().available >= 12 * GIB
    if is_large and RAM_DISK.exists() and shutil.disk_usage(RAM_DISK).free >= 8 * GIB:
        return RAM_DISK
    return None


@pytest.fixture(scope="session", autouse=True)
def quicker_dbt() -> Iterator[None]:
    """Let dbt do less twice, in this process."""
    with quick_dbt():
        yield


N_FLAGS_OF_DBT = len(DEFAULT_BASE_BEHAVIOR_FLAGS)


@pytest.fixture(autouse=True)
def forgotten_flags_of_dbt() -> Iterator[None]:
    """Keep each command of dbt as fast as the first of the process.

    A new adapter appends its flags to a list of the module (dbt-adapters 1.24), and
    looks through the whole stack for each of them: after 60 commands in one process,
    that took a second of every command.
    """
    yield
    del DEFAULT_BASE_BEHAVIOR_FLAGS[N_FLAGS_OF_DBT:]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run files that need a warehouse first, because they are slow.

    If a slow file started last, the other worker would have nothing left to do.
    """

    def needs_warehouse(item: pytest.Item) -> bool:
        return "postgres_server" in getattr(item, "fixturenames", ())

    slow = {item.path for item in items if needs_warehouse(item)}
    items.sort(key=lambda item: item.path not in slow)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[LocalServer]:
    """Start a server for the whole run, separate from the demo's."""
    with temporary_server(TEST_SETTINGS, folder_in_memory()) as server:
        yield server


@pytest.fixture(scope="session")
def make_database(postgres_server: LocalServer) -> MakeDatabase:
    """Return a function that creates a database, empty or as a copy of another.

    `make_database()` creates an empty one, `make_database(template=address)` a copy,
    which is much faster than loading the same rows again. A database lives until the
    end of the run, or until another one is created with the same `name=`.
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
        # PostgreSQL copies a template only if nobody is connected to it.
        run_as_admin(
            server,
            "select pg_terminate_backend(pid) from pg_stat_activity "
            f"where datname = '{source}'",
            f"create database {database.database} template {source} strategy file_copy",
        )
        return database

    return make


@pytest.fixture(scope="session")
def point_at() -> PointAt:
    """Return a context manager that points the target `demo` at a database."""

    @contextmanager
    def point(address: LocalServerAddress) -> Iterator[None]:
        with patch.dict(os.environ, address.environment()):
            yield

    return point


@pytest.fixture
def database(
    make_database: MakeDatabase, point_at: PointAt
) -> Iterator[LocalServerAddress]:
    """Create an empty database for one test, and point the target `demo` at it."""
    address = make_database()
    with point_at(address):
        yield address
    run_as_admin(
        replace(address, database="postgres"),
        f"drop database {address.database} with (force)",
    )


# dbt writes the database's name into every relation and parses again if the name
# changes. So each test of a built warehouse gets its own copy under this one name, and
# the project is parsed once.
WAREHOUSE = "test_warehouse"


@pytest.fixture(scope="module")
def empty_warehouse(make_database: MakeDatabase, point_at: PointAt) -> Iterator[None]:
    """Create an empty `WAREHOUSE`, for tests that read the project but no table."""
    with point_at(make_database(name=WAREHOUSE)):
        yield


@pytest.fixture(scope="session")
def dbt_folders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Let dbt read the example profile and write outside the project."""
    folder = tmp_path_factory.mktemp("dbt")
    example = (PROJECT / "profiles.yml.example").read_text("utf-8")
    (folder / "profiles.yml").write_text(example, "utf-8")
    environment = {
        "DBT_PROFILES_DIR": str(folder),
        "DBT_TARGET_PATH": str(folder / "target"),
        "DBT_LOG_PATH": str(folder / "logs"),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        # Writing manifest.json takes more than a second of each command.
        "DBT_WRITE_JSON": "false",
    }
    with patch.dict(os.environ, environment):
        yield


@pytest.fixture(scope="session")
def project(
    postgres_server: LocalServer, point_at: PointAt, dbt_folders: None
) -> DbtProject:
    """Return the project, loaded for the database `WAREHOUSE`.

    Its builds write no comments into the database, which is an eighth of their time;
    test_docs.py has the ones that do.
    """
    with point_at(replace(postgres_server.address, database=WAREHOUSE)):
        loaded = DbtProject.load("demo")
    for node in loaded._manifest.nodes.values():
        if isinstance(node, ModelNode | SeedNode):
            node.config.persist_docs = {}
    return loaded


def copy_without_models(folder: Path) -> None:
    """Copy the settings, macros, sources and seeds into a new folder."""
    shutil.copytree(PROJECT / "macros", folder / "macros")
    shutil.copy(PROJECT / "dbt_project.yml", folder)
    for pattern in ("models/**/*__sources.yml", "models/*.md", "seeds/*.csv"):
        for file in PROJECT.glob(pattern):
            copied = folder / file.relative_to(PROJECT)
            copied.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(file, copied)


@pytest.fixture(scope="session")
def macros_project(
    postgres_server: LocalServer,
    point_at: PointAt,
    dbt_folders: None,
    tmp_path_factory: pytest.TempPathFactory,
) -> DbtProject:
    """Return the project without its models, for tests of a macro.

    dbt reads all models again for each command, so that a macro takes seconds with them
    and a third of a second without.
    """
    folder = tmp_path_factory.mktemp("macros") / "project"
    copy_without_models(folder)
    with (
        point_at(replace(postgres_server.address, database=WAREHOUSE)),
        patch.dict(os.environ, {"DBT_TARGET_PATH": str(folder.parent / "target")}),
        patch.object(dbt_project, "PROJECT_FOLDER", folder),
    ):
        return DbtProject.load("demo")


def copy_parsed(parsed: Path, target: Path, folder: Path) -> None:
    """Copy what dbt has read of the project, for a copy of the project in `folder`."""
    manifest = Manifest.from_msgpack(
        parsed.read_bytes(), decoder=extended_mashumuro_decoder
    )
    for node in manifest.nodes.values():
        if isinstance(node, SeedNode):
            node.root_path = str(folder)
    target.mkdir()
    content = manifest.to_msgpack(extended_mashumaro_encoder)
    (target / parsed.name).write_bytes(content)


@pytest.fixture
def copy_project(
    tmp_path: Path, dbt_folders: None, monkeypatch: pytest.MonkeyPatch
) -> CopyProject:
    """Return a function that copies the project's dbt files and lets dbt read the copy.

    For tests that change a file: dbt_project.yml or a seed. A copy without models has
    the settings, macros, sources and seeds, without tests, and dbt reads it in a tenth
    of the time. Of a copy with models dbt reads only the files that a test changes: it
    gets what dbt has read of the project.
    """
    parsed = Path(os.environ["DBT_TARGET_PATH"]) / PARTIAL_PARSE_FILE_NAME

    def copy(*, has_models: bool = True) -> Path:
        folder = tmp_path / "project"
        if has_models:
            for name in ("models", "macros", "seeds", "tests", "analyses"):
                ignored = shutil.ignore_patterns("python")
                shutil.copytree(PROJECT / name, folder / name, ignore=ignored)
            shutil.copy(PROJECT / "dbt_project.yml", folder)
            if parsed.exists():
                copy_parsed(parsed, tmp_path / "target", folder)
        else:
            copy_without_models(folder)
        monkeypatch.setenv("DBT_TARGET_PATH", str(tmp_path / "target"))
        monkeypatch.setattr(dbt_project, "PROJECT_FOLDER", folder)
        return folder

    return copy


@pytest.fixture(scope="session")
def panel_template(
    make_database: MakeDatabase, point_at: PointAt, project: DbtProject
) -> LocalServerAddress:
    """Return a database with a small simulated log, built up to the panel."""
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
        # The data tests run in test_fit_job.py.
        build_from_the_model_on(project, *WITHOUT_DATA_TESTS)
    return make_database(template=warehouse)


@pytest.fixture
def panel_warehouse(
    make_database: MakeDatabase, point_at: PointAt, panel_template: LocalServerAddress
) -> Iterator[LocalServerAddress]:
    """Create the warehouse that `project` reads, with a panel and no model."""
    warehouse = make_database(template=panel_template, name=WAREHOUSE)
    with point_at(warehouse):
        yield warehouse


@pytest.fixture
def published_warehouse(
    make_database: MakeDatabase,
    point_at: PointAt,
    published_template: LocalServerAddress,
) -> Iterator[LocalServerAddress]:
    """Create the warehouse that `project` reads, after a run of the whole job."""
    warehouse = make_database(template=published_template, name=WAREHOUSE)
    with point_at(warehouse):
        yield warehouse


@pytest.fixture
def command(
    project: DbtProject,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> Command:
    """Return a function that runs `scripts/runs.py` and returns its output and log."""

    def run(*arguments: str) -> str:
        monkeypatch.setattr(sys, "argv", ["runs.py", *arguments])
        # The project is parsed once for all tests.
        monkeypatch.setattr(DbtProject, "load", lambda target, cli_vars: project)
        caplog.clear()
        with caplog.at_level("INFO", logger="user_states"):
            runs.main()
        return capsys.readouterr().out + caplog.text

    return run


def run_as_admin(address: LocalServerAddress, *statements: str) -> None:
    """Run statements outside a transaction."""
    with closing(psycopg2.connect(address.url)) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
