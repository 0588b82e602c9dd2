"""Routine builds between two fits: new weeks arrive, and nothing is fitted."""

from __future__ import annotations

import argparse

import pytest

from conftest import run_as_admin
from user_states.commands.options import parse_states, parse_vars
from user_states.errors import UserError
from user_states.warehouse.dbt_project import DbtProject
from user_states.warehouse.server import LocalServerAddress
from warehouse_setup import (
    TWO_MORE_WEEKS,
    WITHOUT_DATA_TESTS,
    WITHOUT_UNIT_TESTS,
    build_up_to_the_panel,
    query,
    warehouse_digest,
)


def build(project: DbtProject) -> None:
    project.run("build", *WITHOUT_UNIT_TESTS, label="weekly build")


def test_new_weeks_have_a_state_without_a_fit(
    published_warehouse: LocalServerAddress, project: DbtProject
) -> None:
    run_as_admin(published_warehouse, TWO_MORE_WEEKS)
    build(project)
    found = query(
        published_warehouse,
        """
        select
            panel.week_start > runs.last_week_start as is_new,
            panel.has_completed_ride,
            states.state_source,
            states.state_id > 0,
            states.smoothed_probability is null,
            states.filtered_probability is null,
            count(*),
            count(distinct panel.week_start)
        from intermediate.user_week_panel as panel
        cross join register.runs as runs
        left join marts.user_weekly_states as states using (user_id, week_start)
        group by 1, 2, 3, 4, 5, 6
        order by 1, 2
        """,
    )
    # Earlier weeks stay decoded; new weeks have filtered states.
    decoded, filtered = ("decoded", True, False, True), ("filtered", True, True, False)
    assert [row[:6] for row in found] == [
        (False, False, "decoded", False, False, True),
        (False, True, *decoded),
        (True, False, "filtered", False, True, False),
        (True, True, *filtered),
    ]
    assert all(n_rows > 0 for *_, n_rows, _ in found)
    assert found[-1][-1] >= 2
    ((last_week, last_size_week, n_current, n_users),) = query(
        published_warehouse,
        """
        select
            (select max(week_start) from intermediate.user_week_panel),
            (select max(week_start) from marts.state_sizes),
            (select sum(n_users) from marts.states),
            (select count(distinct user_id) from intermediate.user_week_panel)
        """,
    )
    assert last_size_week == last_week
    assert n_current == n_users


def test_an_earlier_as_of_date_builds(
    published_warehouse: LocalServerAddress,
) -> None:
    build(DbtProject.load("demo", {"as_of_date": "2024-06-09"}))
    assert query(
        published_warehouse,
        "select cast(max(week_start) as text) from intermediate.user_week_panel",
    ) == [("2024-06-03",)]


def test_the_panel_does_not_depend_on_the_session(
    published_warehouse: LocalServerAddress, project: DbtProject
) -> None:
    build_up_to_the_panel(project, *WITHOUT_DATA_TESTS)
    before = warehouse_digest(published_warehouse, ["intermediate"])
    run_as_admin(
        published_warehouse,
        "alter database test_warehouse set timezone = 'Asia/Tokyo'",
        "alter database test_warehouse set datestyle = 'SQL, DMY'",
    )
    build(project)
    run_as_admin(published_warehouse, "alter database test_warehouse reset all")
    after = warehouse_digest(published_warehouse, ["intermediate"])
    for table in ("int_rides", "int_ride_copies", "user_week_panel"):
        name = f"intermediate.{table}"
        assert after[name] == before[name], name


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"default_time_zone": "Europe/Madird"}, "which the warehouse does not know"),
        ({"reader_role": "no_such_role"}, "a role that the warehouse does not have"),
        ({"as_of_date": "2999-01-01"}, "which is in the future"),
        ({"reporting_currency": "XXX"}, "reporting_currency_has_rates"),
    ],
)
def test_a_setting_that_the_warehouse_cannot_satisfy(
    published_warehouse: LocalServerAddress, settings: dict[str, str], words: str
) -> None:
    before = warehouse_digest(published_warehouse)
    with pytest.raises(UserError, match=words):
        build(DbtProject.load("demo", settings))
    after = warehouse_digest(published_warehouse)
    # What a build decides before it reads the first ride is written before any check.
    for name in ("intermediate.int_open_weeks", "intermediate.int_kept_weeks"):
        assert name in before
        after[name] = before[name]
    assert after == before


def test_vars_are_read_as_dbt_reads_them() -> None:
    text = "{as_of_date: 2025-06-08, hmm.seed: 2}"
    assert parse_vars(text) == {"as_of_date": "2025-06-08", "hmm.seed": 2}
    words = r"expected a mapping|cannot be read as YAML"
    for wrong in ("{as_of_date: 2025-13-01}", "[1, 2]", "{a: ", ""):
        with pytest.raises(argparse.ArgumentTypeError, match=words):
            parse_vars(wrong)


def test_states_are_a_number_or_a_range() -> None:
    assert parse_states("8") == (8,)
    assert parse_states("2-4") == (2, 3, 4)
    for wrong in ("0", "4-2", "x", "2-", "-3"):
        with pytest.raises(argparse.ArgumentTypeError, match="expected a number"):
            parse_states(wrong)
