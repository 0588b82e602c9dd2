"""Weeks without rides, and an as-of week that one ride with a wrong clock has moved."""

from __future__ import annotations

from contextlib import closing

import pytest

from conftest import run_as_admin
from user_states.commands.summary import describe_warnings
from user_states.errors import UserError
from user_states.fit.fit_job import fit_and_publish
from user_states.panel.log_gaps_reader import read_log_gaps
from user_states.selection.guards import check_log
from user_states.warehouse.connection import connect
from user_states.warehouse.dbt_project import DbtProject
from user_states.warehouse.server import LocalServerAddress
from warehouse_setup import (
    WITHOUT_DATA_TESTS,
    build_from_the_model_on,
    build_up_to_the_panel,
    query,
    quick_options,
)

A_LATE_RIDE = """
    insert into app.rides (ride_id, user_id, requested_at, status, price)
    select 'late', user_id, requested_at + interval '15 months', status, price
    from app.rides
    where ride_id = (select max(ride_id) from intermediate.int_rides)
"""


def test_one_late_ride_does_not_decide_for_all(
    published_warehouse: LocalServerAddress, project: DbtProject
) -> None:
    assert check_log(read_log_gaps(project)) == []
    ((last_week,),) = query(
        published_warehouse, "select as_of_week_start from intermediate.int_as_of_week"
    )
    run_as_admin(published_warehouse, A_LATE_RIDE)
    build_up_to_the_panel(project, *WITHOUT_DATA_TESTS)
    gaps = read_log_gaps(project)
    assert gaps.missing_at_end == 1
    assert gaps.empty_share > 0.2
    with pytest.raises(UserError, match="log stops before the as-of week") as failure:
        fit_and_publish(project, quick_options(project, force=False, n_starts=2))
    assert "are in weeks without any ride" in str(failure.value)

    build_from_the_model_on(project, *WITHOUT_DATA_TESTS)
    with closing(connect(project.connection_uri)) as connection:
        lines = describe_warnings(connection, project)
    (line,) = [line for line in lines if "as_of_week_is_empty" in line]
    assert "as-of week: 1 share, limit 0.9. The as-of week begins on" in line
    assert "Rides in it: 0" in line
    assert "after it: 1." in line
    assert any(line.startswith("  weeks_without_rides, all weeks") for line in lines)

    remedied = DbtProject.load("demo", {"as_of_date": f"{last_week}"})
    build_up_to_the_panel(remedied, *WITHOUT_DATA_TESTS)
    assert check_log(read_log_gaps(remedied)) == []


def test_a_gap_in_the_middle_of_the_log(
    panel_warehouse: LocalServerAddress, project: DbtProject
) -> None:
    run_as_admin(
        panel_warehouse,
        "delete from app.rides where requested_at >= '2024-06-01' "
        "and requested_at < '2024-09-01'",
    )
    build_up_to_the_panel(project, *WITHOUT_DATA_TESTS)
    gaps = read_log_gaps(project)
    assert "from 2024-06-03 to the end of the week of 2024-08-19" in gaps.gaps_text
    (defect,) = check_log(gaps)
    assert defect.kind == "empty_weeks"


def test_a_warehouse_that_was_not_built_since(
    panel_warehouse: LocalServerAddress, project: DbtProject
) -> None:
    run_as_admin(panel_warehouse, "drop table intermediate.int_log_quality")
    with pytest.raises(UserError, match="run `make build SELECT="):
        read_log_gaps(project)
