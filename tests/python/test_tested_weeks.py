"""Tests of data look at open weeks, or at every row, as the var `tested_weeks` says."""

from __future__ import annotations

import re

from conftest import run_as_admin
from user_states.errors import UserError
from user_states.warehouse.dbt_project import DbtProject
from user_states.warehouse.server import LocalServerAddress
from warehouse_setup import KEPT_WEEKS, WITHOUT_UNIT_TESTS, query

# The test that finds it, and a fault in one week.
FAULTS = {
    "accepted_values_int_rides_status": "update intermediate.int_rides "
    "set status = 'lost' where week_start = '{week}'",
    "accepted_values_int_rejected_rides_outcome": "update "
    "intermediate.int_rejected_rides set outcome = 'lost' "
    "where requested_at >= date '{week}' + 1 and requested_at < date '{week}' + 6",
    "unique_combination_int_user_request_weeks": "insert into "
    "intermediate.int_user_request_weeks "
    "select * from intermediate.int_user_request_weeks where week_start = '{week}'",
    "valid_values_int_user_ride_weeks": "update intermediate.int_user_ride_weeks "
    "set cash_share = 2 where week_start = '{week}'",
    "valid_values_int_user_away_weeks": "update intermediate.int_user_away_weeks "
    "set n_away_rides = null where week_start = '{week}'",
    "valid_values_int_user_week_features": "update intermediate.int_user_week_features "
    "set weekend_share = 2 where week_start = '{week}'",
    "valid_values_user_week_panel": "update intermediate.user_week_panel "
    "set rolling_avg_price = -1 where week_start = '{week}'",
    "not_null_user_week_panel_weeks_since_last_ride": "update "
    "intermediate.user_week_panel set weeks_since_last_ride = null "
    "where week_start = '{week}'",
    "features_in_use_are_never_null": "update intermediate.user_week_panel "
    "set n_coupon_rides = null where week_start = '{week}'",
    "panel_counts_every_ride": "update intermediate.user_week_panel "
    "set n_requests = n_requests + 1 where week_start = '{week}'",
    "panel_fills_from_the_last_request": "update intermediate.user_week_panel "
    "set filled_from_week_start = '{week}' where week_start = '{week}'",
    "panel_flags_agree": "update intermediate.user_week_panel "
    "set has_lapsed = not has_lapsed where week_start = '{week}'",
    "panel_has_every_week": "delete from intermediate.user_week_panel "
    "where week_start = '{week}' and md5(user_id) < '5'",
    "no_gaps_in_weeks_user_week_panel": "delete from intermediate.user_week_panel "
    "where week_start = '{week}' and md5(user_id) < '9'",
}


def found(project: DbtProject, weeks: str) -> set[str]:
    """Run the tests of the tables that keep closed weeks, and return which failed."""
    variables = f"{{closed_weeks: keep, tested_weeks: {weeks}}}"
    try:
        project.run(
            "test",
            *("--select", *KEPT_WEEKS, *WITHOUT_UNIT_TESTS, "--vars", variables),
            label=weeks,
        )
    except UserError as failed:
        return set(re.findall(r"(?:failed: |- )test (\w+):", str(failed)))
    return set()


def missed(names: set[str]) -> list[str]:
    return [
        fault for fault in FAULTS if not any(name.startswith(fault) for name in names)
    ]


def test_closed_weeks_are_tested_only_where_every_row_is(
    panel_warehouse: LocalServerAddress, project: DbtProject
) -> None:
    def build(*options: str) -> None:
        project.run(
            "run",
            *("--select", "+int_kept_weeks", "--vars", "{closed_weeks: keep}"),
            *options,
            label="kept",
        )

    def damage(weeks_from_first_open: int) -> None:
        ((week,),) = query(
            panel_warehouse,
            f"select as_of_week_start - 28 + 7 * {weeks_from_first_open} "
            "from intermediate.int_as_of_week",
        )
        run_as_admin(
            panel_warehouse, *(fault.format(week=week) for fault in FAULTS.values())
        )

    build()
    build()
    assert found(project, "changed") == set()
    damage(-6)
    assert found(project, "changed") == set()
    assert missed(found(project, "all")) == []
    damage(2)
    assert missed(found(project, "changed")) == []

    # A build that opens every week is tested whole.
    build("--full-refresh")
    assert found(project, "changed") == set()
    damage(-6)
    assert missed(found(project, "changed")) == []


def test_a_user_who_is_lost_with_the_first_open_week_is_found(
    panel_warehouse: LocalServerAddress, project: DbtProject
) -> None:
    kept = ("--select", "+int_kept_weeks", "--vars", "{closed_weeks: keep}")
    project.run("run", *kept, label="kept")
    project.run("run", *kept, label="kept")
    run_as_admin(
        panel_warehouse,
        "delete from intermediate.user_week_panel using intermediate.int_open_weeks "
        "where week_start >= first_open_week_start and user_id = ("
        "  select min(user_id) from intermediate.int_user_request_weeks"
        "  where week_start < first_open_week_start)",
    )
    assert "panel_has_every_week" in found(project, "changed")


def test_the_var_opens_no_week(
    panel_warehouse: LocalServerAddress, project: DbtProject
) -> None:
    for weeks in ("all", "changed"):
        variables = f"{{closed_weeks: keep, tested_weeks: {weeks}}}"
        project.run(
            "run", *("--select", "+int_kept_weeks", "--vars", variables), label=weeks
        )
    assert query(panel_warehouse, "select reason from intermediate.int_open_weeks") == [
        ("closed weeks are kept",)
    ]
