"""Each kind of bad input gives one message and leaves the warehouse unchanged."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from dbt.cli.main import dbtRunner

from conftest import PROJECT, CopyProject, MakeDatabase, run_as_admin
from user_states.console import run_command
from user_states.errors import UserError
from user_states.fit.fit_job import fit_and_publish
from user_states.warehouse.dbt_project import DbtProject
from user_states.warehouse.server import LocalServerAddress
from warehouse_setup import (
    WITHOUT_DATA_TESTS,
    build_from_the_model_on,
    build_up_to_the_panel,
    query,
    quick_options,
    use_notebook,
    warehouse_digest,
)

# A customer of the simulated log who completes rides.
RIDER, ANOTHER_RIDER = "u0000003", "u0000004"


def message_of(
    command: Callable[[], object], capsys: pytest.CaptureFixture[str]
) -> str:
    """Run a command as the command line does; return its only error line."""
    capsys.readouterr()
    logger = logging.getLogger("user_states")
    handlers, level, propagate = logger.handlers[:], logger.level, logger.propagate
    try:
        code = run_command(lambda: (command(), None)[1])
    finally:
        logger.handlers, logger.propagate = handlers, propagate
        logger.setLevel(level)
    errors = [
        line
        for line in capsys.readouterr().err.splitlines()
        if line.startswith(("error: ", "Traceback"))
    ]
    assert code == 1
    assert len(errors) == 1
    return errors[0]


def assert_says(message: str, *words: str) -> None:
    for word in words:
        assert word in message
    assert "Traceback" not in message
    assert "\x1b[" not in message


def fit(project: DbtProject, **options: Any) -> Callable[[], object]:
    return lambda: fit_and_publish(project, quick_options(project, **options))


def build(project: DbtProject) -> Callable[[], object]:
    return lambda: build_up_to_the_panel(project)


def run_fit_script(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "scripts/fit_hmm.py", "--target", "demo", *arguments],
        cwd=PROJECT,
        env=os.environ.copy(),
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )


class TestNoConnection:
    def test_no_server(
        self,
        published_warehouse: LocalServerAddress,
        project: DbtProject,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        # Nothing listens on port 1.
        uri = project.connection_uri.replace(f":{published_warehouse.port}/", ":1/")
        monkeypatch.setattr(project, "connection_uri", uri)
        monkeypatch.setenv("USER_STATES_DEMO_PORT", "1")
        for command in (project.check_settings, fit(project)):
            assert_says(
                message_of(command, capsys),
                "cannot connect to PostgreSQL",
                "127.0.0.1:1/test_warehouse",
                "Connection refused",
                "Expected a running server",
                "profiles.yml",
            )
        assert_says(message_of(build(project), capsys), "port 1", "Connection refused")

    def test_no_address(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("USER_STATES_DEMO_HOST", raising=False)
        ended = run_fit_script()
        assert ended.returncode == 1
        (line,) = ended.stderr.splitlines()
        assert_says(
            line,
            "error: cannot read the project: Env var required but not provided",
            "'USER_STATES_DEMO_HOST'",
            'run `eval "$(make env)"` first',
        )

    def test_wrong_password(
        self,
        published_warehouse: LocalServerAddress,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        before = warehouse_digest(published_warehouse)
        monkeypatch.setenv("USER_STATES_DEMO_PASSWORD", "not-the-password")
        ended = run_fit_script()
        assert ended.returncode == 1
        assert ended.stdout == ""
        (line,) = ended.stderr.splitlines()
        assert_says(
            line,
            "error: cannot connect to PostgreSQL as 'user_states'",
            "password authentication failed",
            "check the target in profiles.yml and its environment variables",
        )
        assert "not-the-password" not in line
        assert warehouse_digest(published_warehouse) == before


class TestMissing:
    @pytest.mark.parametrize(
        "change",
        [
            "alter table app.rides rename to trips",
            "alter schema app rename to company",
        ],
        ids=["table", "schema"],
    )
    def test_rides(
        self,
        published_warehouse: LocalServerAddress,
        project: DbtProject,
        capsys: pytest.CaptureFixture[str],
        change: str,
    ) -> None:
        run_as_admin(published_warehouse, change)
        before = warehouse_digest(published_warehouse)
        assert_says(
            message_of(build(project), capsys),
            "found no table app.rides in the database test_warehouse",
            "expected one row per ride request",
            "set the vars app_schema and rides_table",
        )
        assert warehouse_digest(published_warehouse) == before

    def test_rides_that_were_dropped(
        self,
        published_warehouse: LocalServerAddress,
        project: DbtProject,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        run_as_admin(published_warehouse, "drop table app.rides cascade")
        before = warehouse_digest(published_warehouse)
        assert_says(
            message_of(fit(project), capsys),
            "int_latest_complete_week",
            "check that their table exists",
        )
        assert warehouse_digest(published_warehouse) == before

    @pytest.mark.parametrize(
        ("dropped", "words"),
        [
            ("schema register", "found no table register.runs"),
            ("schema hmm", "found no table hmm.state_words"),
            ("table register.champions", "found no table register.champions"),
            (
                "table intermediate.user_week_panel",
                'found no table "test_warehouse"."intermediate"."user_week_panel"',
            ),
        ],
    )
    def test_what_a_fit_needs(
        self,
        published_warehouse: LocalServerAddress,
        project: DbtProject,
        capsys: pytest.CaptureFixture[str],
        dropped: str,
        words: str,
    ) -> None:
        run_as_admin(published_warehouse, f"drop {dropped} cascade")
        before = warehouse_digest(published_warehouse)
        assert_says(
            message_of(fit(project), capsys),
            words,
            "run `make build SELECT=+exposure:fit_hmm`",
        )
        assert warehouse_digest(published_warehouse) == before

    def test_all_tables(
        self,
        make_database: MakeDatabase,
        project: DbtProject,
        panel_warehouse: LocalServerAddress,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        empty = make_database(name=panel_warehouse.database)
        assert_says(message_of(fit(project), capsys), "found no table register.runs")
        assert_says(message_of(build(project), capsys), "found no table app.rides")
        assert warehouse_digest(empty) == {}

    def test_a_required_column(
        self,
        published_warehouse: LocalServerAddress,
        project: DbtProject,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        run_as_admin(
            published_warehouse, "alter table app.rides rename column user_id to rider"
        )
        before = warehouse_digest(published_warehouse)
        assert_says(
            message_of(build(project), capsys),
            "found no column user_id in app.rides",
            "which has: ride_id, rider, requested_at, status, price",
            "map it in models/staging/app/stg_app__rides.sql",
        )
        assert warehouse_digest(published_warehouse) == before


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        ("requested_at", "expected timestamp with time zone"),
        ("price", "expected numeric or double precision"),
    ],
)
def test_wrong_type(
    published_warehouse: LocalServerAddress,
    project: DbtProject,
    capsys: pytest.CaptureFixture[str],
    column: str,
    expected: str,
) -> None:
    # Views depend on the table, so the types of its columns cannot be altered.
    run_as_admin(
        published_warehouse,
        "alter table app.rides rename to trips",
        "create table app.rides as select * from app.trips",
        f"alter table app.rides alter {column} type text",
    )
    before = warehouse_digest(published_warehouse)
    assert_says(
        message_of(build(project), capsys),
        f"column {column} ",
        "with type text",
        expected,
        "Cast it in models/staging/app/stg_app__rides.sql",
    )
    assert warehouse_digest(published_warehouse) == before


def test_empty_rides(
    published_warehouse: LocalServerAddress,
    project: DbtProject,
    capsys: pytest.CaptureFixture[str],
) -> None:
    run_as_admin(published_warehouse, "truncate app.rides")
    before = warehouse_digest(published_warehouse)
    assert_says(
        message_of(build(project), capsys),
        "found the table app.rides empty",
        "Load rides with scripts/load_rides.py",
    )
    assert warehouse_digest(published_warehouse) == before


def test_no_ride_passes_the_rules(
    published_warehouse: LocalServerAddress,
    project: DbtProject,
    capsys: pytest.CaptureFixture[str],
) -> None:
    run_as_admin(published_warehouse, "update app.rides set user_id = null")
    before = warehouse_digest(published_warehouse, ["hmm", "register", "marts"])
    n_rides = query(published_warehouse, "select count(*) from app.rides")[0][0]
    assert_says(
        message_of(build(project), capsys),
        f"found no ride that counts: all {n_rides} were set aside",
        "null_user_id",
        "See int_ride_snapshot",
    )
    assert warehouse_digest(published_warehouse, ["hmm", "register", "marts"]) == before


def test_every_ride_is_too_early(
    published_warehouse: LocalServerAddress,
    project: DbtProject,
    capsys: pytest.CaptureFixture[str],
) -> None:
    run_as_admin(
        published_warehouse,
        "delete from app.rides where ride_id is null or user_id is null",
        "update app.rides set requested_at = '2004-05-06 07:08+00'",
    )
    assert_says(
        message_of(build(project), capsys),
        "found no ride that counts",
        "requested_too_early); expected some",
        "The newest ride that is too early is of 2004-05-06",
        "the var earliest_ride_date is 2005-01-01",
    )


@pytest.mark.parametrize(
    ("change", "words"),
    [
        pytest.param(
            f"delete from app.rides where user_id is distinct from '{RIDER}'",
            ("got 1 users for 3 states", "load more users"),
            id="one user",
        ),
        pytest.param(
            "delete from app.rides where user_id is null "
            f"or user_id not in ('{RIDER}', '{ANOTHER_RIDER}')",
            ("got 2 users for 3 states", "ask for fewer states"),
            id="fewer users than states",
        ),
        pytest.param(
            "delete from app.rides where requested_at is null or requested_at "
            "not between '2024-03-05 12:00+00' and '2024-03-12 23:00+00'",
            (
                "the panel holds one week, 2024-03-04",
                "expected at least two",
                "load rides of more weeks",
            ),
            id="one week",
        ),
        pytest.param(
            "update app.rides set status = 'cancelled'",
            (
                "none of the",
                "comes after a completed ride",
                "compare the var ride_statuses",
            ),
            id="every user inactive",
        ),
    ],
)
def test_rides_that_no_model_can_be_fitted_on(
    published_warehouse: LocalServerAddress,
    project: DbtProject,
    capsys: pytest.CaptureFixture[str],
    change: str,
    words: tuple[str, ...],
) -> None:
    run_as_admin(published_warehouse, change)
    build_up_to_the_panel(project, *WITHOUT_DATA_TESTS)
    before = warehouse_digest(published_warehouse)
    assert_says(message_of(fit(project), capsys), *words)
    assert warehouse_digest(published_warehouse) == before


def test_an_impossible_price_is_set_aside(
    published_warehouse: LocalServerAddress, project: DbtProject
) -> None:
    rules = {
        "NaN": "impossible_price",
        "Infinity": "impossible_price",
        "1e30": "impossible_price",
        "-Infinity": "negative_price",
    }
    for price in rules:
        run_as_admin(
            published_warehouse,
            f"update app.rides set price = '{price}' where ride_id = "
            "(select min(rides.ride_id) from intermediate.int_rides as kept inner join "
            "app.rides as rides on kept.ride_id = rides.ride_id "
            "where kept.is_completed and rides.price between 0 and 1000)",
        )
    build_up_to_the_panel(project, *WITHOUT_DATA_TESTS)
    build_from_the_model_on(project, *WITHOUT_DATA_TESTS)
    found = query(
        published_warehouse,
        "select distinct cast(rides.price as text), rejected.broken_rule "
        "from intermediate.int_rejected_rides as rejected "
        "inner join app.rides as rides on rejected.ride_id = rides.ride_id "
        "where rejected.outcome = 'set aside' and not rides.price between -1e6 and 1e6",
    )
    assert {(float(price), rule) for price, rule in found if price != "NaN"} == {
        (float(price), rule) for price, rule in rules.items() if price != "NaN"
    }
    assert ("NaN", rules["NaN"]) in found


@pytest.mark.parametrize("value", ["NaN", "Infinity"])
def test_a_feature_that_is_not_a_number(
    published_warehouse: LocalServerAddress,
    project: DbtProject,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    value: str,
) -> None:
    use_notebook(project, monkeypatch, "mixed")
    run_as_admin(
        published_warehouse,
        f"update intermediate.user_week_panel set rolling_avg_price = '{value}' "
        "where has_completed_ride and is_active",
    )
    before = warehouse_digest(published_warehouse)
    assert_says(
        message_of(fit(project), capsys),
        "values of rolling_avg_price that are NaN or infinite",
        "correct the rides",
    )
    assert warehouse_digest(published_warehouse) == before


def test_nan_outside_the_sample(
    published_warehouse: LocalServerAddress,
    project: DbtProject,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    use_notebook(project, monkeypatch, "mixed")
    ((last_user,),) = query(
        published_warehouse,
        "select user_id from intermediate.user_week_panel where has_completed_ride "
        "order by md5('fit' || user_id) desc limit 1",
    )
    run_as_admin(
        published_warehouse,
        "update intermediate.user_week_panel set rolling_avg_price = 'NaN' "
        f"where user_id = '{last_user}'",
    )
    before = warehouse_digest(published_warehouse)
    assert_says(
        message_of(fit(project, n_states=(2,), sample_users=50), capsys),
        "values of rolling_avg_price that are missing, NaN or infinite",
        "outside the sample",
    )
    assert warehouse_digest(published_warehouse) == before


class TestFeatures:
    def test_a_constant_or_absent_feature_is_dropped_and_logged(
        self,
        panel_warehouse: LocalServerAddress,
        project: DbtProject,
        monkeypatch: pytest.MonkeyPatch,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        use_notebook(project, monkeypatch, "mixed")
        # The platform is constant; the log has no payment mode.
        run_as_admin(
            panel_warehouse,
            "update app.rides set platform = 'android'",
            "alter table app.rides rename to trips",
            "create table app.rides as select * from app.trips",
            "alter table app.rides drop column payment_mode",
        )
        build_up_to_the_panel(project, *WITHOUT_DATA_TESTS)
        with caplog.at_level("INFO", logger="user_states"):
            run_id = fit_and_publish(project, quick_options(project))
        assert run_id is not None
        absent = "is_cash is absent: its source column does not exist"
        constant = "is_ios is constant: it is 0 in every row in which it was observed"
        derived = (
            "weeks_since_last_ride follows from earlier weeks (its evidence is "
            "none): mixed emissions count each observation once"
        )
        assert f"left out of the model: {absent}" in caplog.messages
        assert f"left out of the model: {constant}" in caplog.messages
        assert query(
            panel_warehouse,
            "select dropped_because from register.feature_scaling "
            "where position is null order by feature",
        ) == [(absent,), (constant,), (derived,)]

    def test_mixed_emissions_without_activity(
        self,
        published_warehouse: LocalServerAddress,
        project: DbtProject,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        monkeypatch.setitem(project.vars, "hmm.features", ["n_requests", "is_ios"])
        before = warehouse_digest(published_warehouse)
        assert_says(
            message_of(fit(project), capsys),
            "the var hmm.features names n_requests, is_ios",
            "expected is_active or a count",
            "set hmm.emissions to gaussian",
        )
        assert warehouse_digest(published_warehouse) == before

    def test_no_usable_feature(
        self,
        published_warehouse: LocalServerAddress,
        project: DbtProject,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        monkeypatch.setitem(project.vars, "hmm.emissions", "gaussian")
        monkeypatch.setitem(project.vars, "hmm.features", ["is_cash", "is_ios"])
        run_as_admin(
            published_warehouse,
            "update intermediate.user_week_panel set is_cash = null, is_ios = true",
        )
        before = warehouse_digest(published_warehouse)
        assert_says(
            message_of(fit(project), capsys),
            "no usable feature is left",
            "is_cash is absent",
            "is_ios is constant: it is 1 in every row",
            "name others in the var hmm.features",
        )
        assert warehouse_digest(published_warehouse) == before

    def test_a_column_that_the_panel_lacks(
        self,
        published_warehouse: LocalServerAddress,
        project: DbtProject,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        run_as_admin(
            published_warehouse,
            "alter table intermediate.user_week_panel drop column weekend_share",
        )
        assert_says(
            message_of(fit(project), capsys),
            "has no column weekend_share",
            "run `make build SELECT=+exposure:fit_hmm`",
        )


BAD_VARS = [
    pytest.param(
        {"hmm.stats": 5},
        (
            "found a var 'hmm.stats'",
            "did you mean hmm.starts or hmm.states?",
            "Expected one of:",
        ),
        id="misspelt, with several near names",
    ),
    pytest.param(
        {"lapse_after_week": 5},
        ("found a var 'lapse_after_week'", "did you mean lapse_after_weeks?"),
        id="misspelt",
    ),
    pytest.param(
        {"nothing like any of them": 5},
        ("this project does not have; expected one of: advanced_features, ",),
        id="unlike any name",
    ),
    pytest.param(
        {"hmm.states": 0},
        ("hmm.states = 0", "expected a value from 1 to 50"),
        id="out of range",
    ),
    pytest.param(
        {"hmm.variance_floor": "big"},
        ('hmm.variance_floor = "big"', "expected a number"),
        id="wrong type",
    ),
    pytest.param(
        {"as_of_date": "2024-02-30"},
        ('as_of_date = "2024-02-30"', "expected a day as YYYY-MM-DD"),
        id="no such day",
    ),
    pytest.param(
        {"hmm.features": ["weekend_shre"]},
        ("found 'weekend_shre' in the var hmm.features", "weekend_share"),
        id="no such feature",
    ),
]


@pytest.mark.parametrize(("bad_vars", "words"), BAD_VARS)
def test_a_bad_var(
    published_warehouse: LocalServerAddress,
    copy_project: CopyProject,
    capsys: pytest.CaptureFixture[str],
    bad_vars: dict[str, object],
    words: tuple[str, ...],
) -> None:
    copy_project(has_models=False)
    before = warehouse_digest(published_warehouse)
    message = message_of(lambda: DbtProject.load("demo", bad_vars), capsys)
    assert_says(message, *words, "dbt_project.yml or --vars")
    assert warehouse_digest(published_warehouse) == before

    # dbt fails as well if it is called directly.
    without = DbtProject.load("demo")
    outcome = dbtRunner(manifest=without._manifest).invoke(
        [
            *("build", *without._arguments),
            *("--vars", json.dumps(bad_vars), "--log-level", "none"),
        ]
    )
    assert not outcome.success
    assert_says(str(outcome.exception), *words)
    assert warehouse_digest(published_warehouse) == before


def test_a_misspelt_var_on_the_command_line(
    published_warehouse: LocalServerAddress,
) -> None:
    before = warehouse_digest(published_warehouse)
    ended = run_fit_script("--vars", "{hmm.variance_flor: 0.2}")
    assert ended.returncode == 1
    (line,) = ended.stderr.splitlines()
    assert_says(line, "error: ", "found a var 'hmm.variance_flor'", "Correct its name")
    assert warehouse_digest(published_warehouse) == before


def test_rides_of_a_week_that_the_panel_lacks(
    published_warehouse: LocalServerAddress,
    project: DbtProject,
    capsys: pytest.CaptureFixture[str],
) -> None:
    ((panel_week,),) = query(
        published_warehouse,
        "select max(week_start) from intermediate.user_week_panel",
    )
    run_as_admin(
        published_warehouse,
        "insert into app.rides (ride_id, user_id, requested_at, status, price) "
        f"select 'later ' || n, 'new', date '{panel_week}' + 8 + 7 * n, "
        "'completed', 5 from generate_series(0, 2) as n",
    )
    before = warehouse_digest(published_warehouse)
    assert_says(
        message_of(fit(project), capsys),
        "the rides are complete up to the week of 2025-03-03",
        f"the panel ends with the week of {panel_week}",
        "run `make build SELECT=+exposure:fit_hmm`",
    )
    assert warehouse_digest(published_warehouse) == before
    build_up_to_the_panel(project, *WITHOUT_DATA_TESTS)
    assert fit_and_publish(project, quick_options(project, n_states=(2,)))


def test_another_target_shares_nothing(
    published_warehouse: LocalServerAddress, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = replace(published_warehouse)
    for name in ("host", "port", "user", "password", "database"):
        monkeypatch.setenv(f"PG{name.upper()}", str(getattr(address, name)))
    dev = DbtProject.load("dev")
    assert dev.schema_of("user_weekly_states") == "dev_marts"
    assert dev.source_schema("hmm") == "dev_hmm"
    with pytest.raises(UserError, match=r"found no table dev_register\.runs"):
        fit_and_publish(dev, quick_options(dev))
