"""The demo on a server that already has a demo."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from conftest import run_as_admin
from user_states.commands.main_job import JobOptions, job_target, start_over
from user_states.commands.summary import (
    describe_defects,
    describe_job,
    describe_segments,
)
from user_states.errors import UserError
from user_states.warehouse.connection import connect
from user_states.warehouse.dbt_project import DbtProject
from user_states.warehouse.server import LocalServerAddress
from warehouse_setup import query

OPTIONS = JobOptions(
    users=10,
    weeks=4,
    states=None,
    starts=None,
    data=None,
    rides=None,
    map=None,
    existing_rides=False,
    force=False,
    target=None,
)
SCHEMAS = """
    select nspname from pg_namespace
    where nspname not like 'pg\\_%' and nspname <> 'information_schema'
"""


def test_rides_are_replaced_only_in_a_target_that_was_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DBT_TARGET", "prod")
    assert job_target(OPTIONS) == "demo"
    assert job_target(replace(OPTIONS, target="dev")) == "dev"
    assert job_target(replace(OPTIONS, existing_rides=True)) == "prod"


def test_starting_over_keeps_the_rides_and_drops_all_results(
    published_warehouse: LocalServerAddress, project: DbtProject
) -> None:
    before = {name for (name,) in query(published_warehouse, SCHEMAS)}
    rides = query(published_warehouse, "select count(*) from app.rides")
    own = {"marts", "hmm", "register", "activation", "intermediate", "staging"}
    assert own < before
    with closing(connect(published_warehouse.url)) as connection:
        start_over(connection, project, published_warehouse)
        # Again, with nothing left to drop.
        start_over(connection, project, published_warehouse)
    after = {name for (name,) in query(published_warehouse, SCHEMAS)}
    assert not own & after
    assert "app" in after
    assert query(published_warehouse, "select count(*) from app.rides") == rides


def test_no_other_server_is_ever_cleared(
    published_warehouse: LocalServerAddress, project: DbtProject
) -> None:
    elsewhere = replace(published_warehouse, port=published_warehouse.port + 1)
    with (
        closing(connect(published_warehouse.url)) as connection,
        pytest.raises(UserError, match="Nothing was dropped"),
    ):
        start_over(connection, project, elsewhere)
    assert {"marts", "hmm"} < {name for (name,) in query(published_warehouse, SCHEMAS)}


def test_the_results_say_how_to_connect_and_print_no_password(
    published_warehouse: LocalServerAddress, project: DbtProject
) -> None:
    with closing(connect(published_warehouse.url)) as connection:
        text = "\n".join(
            describe_job(
                connection, project, [("load", 1.0)], Path("/page.html"), is_demo=True
            )
        )
    assert "make psql opens the warehouse" in text
    assert text.endswith("the page: open file:///page.html")
    assert "postgresql://" not in text
    assert published_warehouse.password not in text


def test_a_model_that_fails_its_checks_is_reported_in_one_line(
    published_warehouse: LocalServerAddress, project: DbtProject
) -> None:
    def report() -> list[str]:
        with closing(connect(published_warehouse.url)) as connection:
            return describe_defects(connection, project)

    run_as_admin(
        published_warehouse,
        "update marts.runs set has_passed_guards = false, n_states = 5, "
        "defects = 'state 2: hardly anyone: ask for fewer'",
    )
    (line,) = report()
    assert "Do not trust these 5 states" in line
    assert "fails a check: state 2: hardly anyone: ask for fewer." in line
    assert "make run STATES=1-5" in line
    run_as_admin(
        published_warehouse,
        "update marts.runs set has_passed_guards = true, defects = null",
    )
    assert report() == []


DIVISION = """
    insert into marts.segmentations
    select (jsonb_populate_record(cast(null as marts.segmentations), jsonb_build_object(
        'run_id', 'r', 'division', division, 'label', division, 'kind', 'k_means',
        'n_segments', 2, 'smallest_share', 0.5, 'coverage', 1, 'is_elbow', false,
        'is_best_silhouette', false, 'outcome', outcome, 'is_deciding', true,
        'n_customers', 9, 'n_customer_weeks', 9, 'is_chosen', is_published,
        'is_published', is_published
    ))).*
    from (
        values ('everybody', 'a', false), ('everybody', 'b', false),
            ('k_means_2', 'a', {0}), ('k_means_2', 'b', {0})
    ) as divisions (division, outcome, is_published)
"""
SEGMENT = """
    insert into marts.segments
    select (jsonb_populate_record(cast(null as marts.segments), jsonb_build_object(
        'segment_id', 1, 'segment_key', 'k', 'segment_name', 'Visits often',
        'description', 'd', 'n_customers', 1250, 'customer_share', 0.5,
        'as_of_week_start', '2026-01-05', 'n_customers_at_fit', 9, 'share_at_fit', 0.5,
        'weakest_feature', 'n', 'telling_features', 't', 'suggested_use', 'u',
        'fit_week_start', '2026-01-05', 'run_id', 'r'
    ))).*
"""


def test_the_results_say_whether_segments_are_published(
    published_warehouse: LocalServerAddress, project: DbtProject
) -> None:
    def report() -> list[str]:
        with closing(connect(published_warehouse.url)) as connection:
            return describe_segments(connection, project)

    assert report() == []
    run_as_admin(published_warehouse, DIVISION.format("false"))
    (line,) = report()
    assert "2 ways to divide them were tried, and none is worth publishing" in line
    run_as_admin(
        published_warehouse,
        "delete from marts.segmentations",
        DIVISION.format("true"),
        SEGMENT,
    )
    title, _, segment = report()
    assert "2 ways to divide them were tried, and one of them is published" in title
    assert segment.split() == ["1", "Visits", "often", "1,250", "50.0%"]
