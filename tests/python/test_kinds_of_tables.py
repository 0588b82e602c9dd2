"""The rides may be a table of any kind, and lack any optional column."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from conftest import run_as_admin
from user_states.warehouse.dbt_project import DbtProject
from user_states.warehouse.server import LocalServerAddress
from warehouse_setup import Digest, query, warehouse_digest

UP_TO_THE_RIDES = ("run", "--select", "+int_as_of_week")

TO_TRIPS = """
    drop view staging.stg_app__rides cascade;
    alter table app.rides rename to trips;
"""
VIEW = "create view app.rides as select * from app.trips"
MATERIALIZED_VIEW = "create materialized view app.rides as select * from app.trips"
PARTITIONED_TABLE = """
    create table app.rides (like app.trips) partition by range (requested_at);
    create table app.early partition of app.rides
    for values from (minvalue) to ('2024-06-01');
    create table app.others partition of app.rides default;
    insert into app.rides select * from app.trips;
"""
FOREIGN_TABLE = """
    create extension postgres_fdw;
    create server here foreign data wrapper postgres_fdw
    options (host '{host}', port '{port}', dbname '{database}');
    create user mapping for current_user server here
    options (user '{user}', password '{password}');
    create schema elsewhere;
    import foreign schema app limit to (trips) from server here into elsewhere;
    alter foreign table elsewhere.trips rename to rides;
    alter foreign table elsewhere.rides set schema app;
"""


def rides_digest(address: LocalServerAddress) -> Digest:
    """Return the digest of what is built of the rides."""
    digest = warehouse_digest(address, ["intermediate"])
    return {
        name: digest[f"intermediate.{name}"]
        for name in ("int_ride_snapshot", "int_rides", "int_as_of_week")
    }


@pytest.mark.parametrize(
    "statements",
    [
        pytest.param(VIEW, id="view"),
        pytest.param(MATERIALIZED_VIEW, id="materialized view"),
        pytest.param(PARTITIONED_TABLE, id="partitioned table"),
        pytest.param(FOREIGN_TABLE, id="foreign table"),
    ],
)
def test_rides_of_every_kind(
    panel_warehouse: LocalServerAddress, project: DbtProject, statements: str
) -> None:
    of_a_table = rides_digest(panel_warehouse)
    filled = statements.format(**vars(panel_warehouse))
    run_as_admin(panel_warehouse, TO_TRIPS, filled)
    project.run(*UP_TO_THE_RIDES, label="rides")
    assert rides_digest(panel_warehouse) == of_a_table


@pytest.fixture
def readable_folder() -> Iterator[Path]:
    """Make a folder whose files everybody may read: the server may be another user."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder


def test_a_file_as_a_foreign_table(
    panel_warehouse: LocalServerAddress, project: DbtProject, readable_folder: Path
) -> None:
    file = readable_folder / "rides.csv"
    file.write_text(
        "ride_id,user_id,requested_at\n"
        "r1,a,2024-03-04 08:00+00\n"
        "r2,a,2024-03-12 08:00+00\n",
        "utf-8",
    )
    file.chmod(0o644)
    run_as_admin(
        panel_warehouse,
        TO_TRIPS,
        "create extension file_fdw",
        "create server files foreign data wrapper file_fdw",
        "create foreign table app.rides "
        "(ride_id text, user_id text, requested_at timestamptz) server files "
        f"options (filename '{file}', format 'csv', header 'true')",
    )
    project.run(*UP_TO_THE_RIDES, label="rides")
    assert query(
        panel_warehouse,
        "select ride_id, is_completed, price_in_reporting_currency "
        "from intermediate.int_rides order by ride_id",
    ) == [("r1", True, None), ("r2", True, None)]
