"""Builds record what they do, keep each other away, and readers notice a swap."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import time
from contextlib import closing
from functools import cache
from typing import Any

import psycopg2
import pytest

import load_rides
from conftest import PROJECT, run_as_admin
from user_states.benchmarks.reader_study import study_readers
from user_states.errors import UserError
from user_states.fit.fit_job import fit_and_publish
from user_states.marts.mart_reader import read_marts
from user_states.marts.state_rows import StateRow
from user_states.warehouse.build_lock import release
from user_states.warehouse.build_records import ATTEMPTS, TablesReplacedError
from user_states.warehouse.connection import Connection, fetch_all
from user_states.warehouse.dbt_project import DbtProject
from user_states.warehouse.server import LocalServerAddress
from warehouse_setup import (
    MARTS,
    VIEWS,
    WITHOUT_DATA_TESTS,
    query,
    quick_options,
    warehouse_digest,
)

TIMEOUT_SECONDS = 120

NEWEST = "select selection, outcome, n_marts from operations.builds order by begun_at"
LOCK = "select build_id, owner from operations.build_lock"
COUNT_FLOWS = "select count(*) from marts.state_flows"

FOREIGN_LOCK = """
insert into operations.build_lock values (
    1, 'build-of-anna', 'anna', 'anna', 'dbt', now() - interval '{age}',
    now() - interval '{age}'
)
"""


def build(project: DbtProject, *selected: str) -> None:
    project.build("--select", *selected, *WITHOUT_DATA_TESTS, label="building")


def as_known(address: LocalServerAddress) -> dict[str, tuple[int, str]]:
    return warehouse_digest(address, ["marts", "hmm", "register", "app", "operations"])


class TestRecords:
    def test_both_halves_are_recorded_and_no_lock_is_left(
        self, published_warehouse: LocalServerAddress
    ) -> None:
        first, second = query(published_warehouse, NEWEST)
        assert first == ("dbt build --select +exposure:fit_hmm", "succeeded", 0)
        assert second == (
            "dbt build --exclude +exposure:fit_hmm",
            "succeeded",
            len(MARTS),
        )
        weeks = "select distinct as_of_week_start from operations.builds"
        panel = "select as_of_week_start from intermediate.int_as_of_week"
        assert query(published_warehouse, weeks) == query(published_warehouse, panel)
        assert query(published_warehouse, LOCK) == []

    def test_every_table_has_a_state_of_one_week_and_one_champion(
        self, published_warehouse: LocalServerAddress
    ) -> None:
        recorded = "select table_name from operations.table_states"
        built = (
            "select tablename from pg_tables "
            "where schemaname in ('intermediate', 'marts', 'semantic', 'seeds')"
        )
        assert set(query(published_warehouse, recorded)) == set(
            query(published_warehouse, built)
        )
        marts = "select {} from operations.table_states where is_mart"
        inherited = (
            "count(*), count(distinct first_as_of_week_start), "
            "count(distinct first_run_id), bool_and("
            "first_as_of_week_start is not distinct from last_as_of_week_start "
            "and first_run_id is not distinct from last_run_id)"
        )
        assert query(published_warehouse, marts.format(inherited)) == [
            (len(MARTS) - len(VIEWS), 1, 1, True)
        ]

    def test_a_command_that_only_reads_is_no_build(
        self, published_warehouse: LocalServerAddress, project: DbtProject
    ) -> None:
        before = as_known(published_warehouse)
        run_as_admin(published_warehouse, FOREIGN_LOCK.format(age="1 minute"))
        project.run("test", "--select", "has_one_row_int_as_of_week", label="testing")
        run_as_admin(published_warehouse, "delete from operations.build_lock")
        assert as_known(published_warehouse) == before

    def test_marts_wait_for_every_intermediate_model(self, project: DbtProject) -> None:
        nodes: dict[str, Any] = {
            name: node
            for name, node in project._manifest.nodes.items()
            if name.startswith("model.")
        }

        @cache
        def read_by(name: str) -> set[str]:
            parents = [n for n in nodes[name].depends_on.nodes if n in nodes]
            return {name, *parents}.union(*map(read_by, parents))

        barrier = "model.user_states.int_inputs_of_marts"
        layers = {name: node.fqn[1] for name, node in nodes.items()}
        intermediate = {n for n, layer in layers.items() if layer == "intermediate"}
        marts = {n for n, layer in layers.items() if layer == "marts"}
        # What adds up a mart comes after it; only marts read it.
        before = {name for name in intermediate if not read_by(name) & marts}
        assert len(intermediate - before) < 15
        assert before <= read_by(barrier)
        assert len(marts) == len(MARTS)
        assert all(barrier in nodes[mart].depends_on.nodes for mart in marts)


class TestOneAtATime:
    def test_a_second_build_stops_and_says_who_builds(
        self, published_warehouse: LocalServerAddress, project: DbtProject
    ) -> None:
        run_as_admin(published_warehouse, FOREIGN_LOCK.format(age="1 minute"))
        before = as_known(published_warehouse)
        with pytest.raises(
            UserError,
            match=r"another build, build-of-anna of anna, begun \d{4}-.* UTC, last "
            r"seen .*; expected one at a time.*release_build_lock",
        ):
            build(project, "state_flows")
        assert as_known(published_warehouse) == before

    def test_a_lock_left_over_is_taken_over_with_a_line(
        self,
        published_warehouse: LocalServerAddress,
        project: DbtProject,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        run_as_admin(published_warehouse, FOREIGN_LOCK.format(age="11 minutes"))
        with caplog.at_level(logging.INFO, logger="user_states"):
            build(project, "state_flows")
        assert "took over the lock of the build build-of-anna of anna" in caplog.text
        assert query(published_warehouse, LOCK) == []

    def test_a_lock_stays_while_its_owner_has_a_session(
        self, published_warehouse: LocalServerAddress, project: DbtProject
    ) -> None:
        run_as_admin(
            published_warehouse,
            FOREIGN_LOCK.format(age="11 minutes"),
            "update operations.build_lock set session_user_name = session_user",
        )
        session = psycopg2.connect(published_warehouse.url, application_name="dbt")
        with closing(session):
            with pytest.raises(UserError, match="found another build, build-of-anna"):
                build(project, "state_flows")
            with pytest.raises(UserError, match="may still run"):
                project.run("run-operation", "release_build_lock", label="releasing")
        project.run("run-operation", "release_build_lock", label="releasing")
        assert query(published_warehouse, LOCK) == []

    def test_loads_fits_and_promotions_wait_for_a_build(
        self,
        published_warehouse: LocalServerAddress,
        project: DbtProject,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        run_as_admin(published_warehouse, FOREIGN_LOCK.format(age="1 minute"))
        before = as_known(published_warehouse)
        with pytest.raises(UserError, match="found the build build-of-anna of anna"):
            fit_and_publish(project, quick_options(project, n_states=(2,)))
        mapping = "scripts/user_states/rides/mappings/online_retail.yml"
        monkeypatch.setattr(
            sys,
            "argv",
            ["load_rides", "tests/fixtures/request_weeks.csv", "--map", mapping],
        )
        monkeypatch.chdir(PROJECT)
        monkeypatch.setenv("DBT_TARGET", "demo")
        with pytest.raises(UserError, match="found the build build-of-anna of anna"):
            load_rides.main()
        assert as_known(published_warehouse) == before

    @pytest.mark.parametrize(
        ("kind", "what"),
        [("load", "a load of rides"), ("fit", "a fit or change of champion")],
    )
    def test_a_build_stops_beside_a_script(
        self,
        published_warehouse: LocalServerAddress,
        project: DbtProject,
        kind: str,
        what: str,
    ) -> None:
        before = as_known(published_warehouse)
        with (
            project.only_writer(kind),  # type: ignore[arg-type]
            pytest.raises(UserError, match=f"found {what} of .*, session .*, begun"),
        ):
            build(project, "state_flows")
        assert as_known(published_warehouse) == before

    def test_two_builds_at_once_and_the_first_is_killed(
        self,
        published_warehouse: LocalServerAddress,
        project: DbtProject,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        command = [sys.executable, "-m", "dbt.cli.main", "run", "--target", "demo"]
        process = subprocess.Popen(
            command,
            cwd=PROJECT,
            env=os.environ.copy(),
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            deadline = time.monotonic() + TIMEOUT_SECONDS
            while not query(published_warehouse, LOCK):
                assert process.poll() is None
                assert time.monotonic() < deadline
                time.sleep(0.05)
            ((build_id, owner),) = query(published_warehouse, LOCK)
            with pytest.raises(
                UserError, match=f"another build, {build_id} of {owner}"
            ):
                build(project, "state_flows")
            with pytest.raises(UserError, match=r"begun, not finished: it is running"):
                read_marts(project, [StateRow])
            assert process.poll() is None
        finally:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        sessions = (
            "select 1 from pg_stat_activity "
            "where application_name = 'dbt' and datname = current_database()"
        )
        while query(published_warehouse, sessions):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        run_as_admin(
            published_warehouse,
            "update operations.build_lock "
            "set last_seen_at = last_seen_at - interval '10 minutes'",
        )
        with caplog.at_level(logging.INFO, logger="user_states"):
            project.build(*WITHOUT_DATA_TESTS, label="building everything")
        assert f"took over the lock of the build {build_id}" in caplog.text
        killed = f"select outcome from operations.builds where build_id = '{build_id}'"
        assert query(published_warehouse, killed) == [(None,)]
        assert read_marts(project, [StateRow]).rows(StateRow)

    def test_an_interrupted_build_leaves_no_lock(
        self, published_warehouse: LocalServerAddress
    ) -> None:
        selected = ["--select", "state_flows", "--target", "demo"]
        process = subprocess.Popen(
            [sys.executable, "scripts/build.py", *selected],
            cwd=PROJECT,
            env=os.environ.copy(),
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            # The build waits for this reader while it replaces the table.
            with closing(psycopg2.connect(published_warehouse.url)) as reader:
                reader.cursor().execute(COUNT_FLOWS)
                deadline = time.monotonic() + TIMEOUT_SECONDS
                waits = "select 1 from pg_locks where not granted"
                while not query(published_warehouse, waits):
                    assert process.poll() is None
                    assert time.monotonic() < deadline
                    time.sleep(0.05)
                assert query(published_warehouse, LOCK)
                # As Ctrl-C in a terminal does.
                os.killpg(process.pid, signal.SIGINT)
                process.wait(TIMEOUT_SECONDS)
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        assert process.returncode
        assert query(published_warehouse, LOCK) == []
        assert query(published_warehouse, NEWEST)[-1][1] == "failed"

    def test_a_build_that_ended_without_its_last_hook_is_released(
        self, published_warehouse: LocalServerAddress, project: DbtProject
    ) -> None:
        run_as_admin(
            published_warehouse,
            FOREIGN_LOCK.format(age="1 minute"),
            "insert into operations.builds (build_id, selection, n_marts, owner, "
            "begun_at) values ('build-of-anna', 'dbt build', 35, 'anna', now())",
        )
        uri, schema = project.connection_uri, project.operations_schema
        release(uri, schema, "another build")
        assert query(published_warehouse, LOCK) == [("build-of-anna", "anna")]
        assert query(published_warehouse, NEWEST)[-1][1] is None
        release(uri, schema, "build-of-anna")
        assert query(published_warehouse, LOCK) == []
        assert query(published_warehouse, NEWEST)[-1][1] == "failed"


class TestReaders:
    def test_readers_during_a_build_see_one_state_or_an_error(
        self, published_warehouse: LocalServerAddress, project: DbtProject
    ) -> None:
        """`make study-readers` does this twenty times, with tests of the data."""
        study = study_readers(project, 1, lambda: None, WITHOUT_DATA_TESTS)
        assert study.n_mixed == 0
        assert study.n_sound + study.refusals.total() > 0
        assert study.n_careless > 0
        known = {"begun, not finished", "failed", "replaced while they were read"}
        assert set(study.refusals) <= known

    def test_a_reader_who_does_not_let_go_is_named(
        self,
        published_warehouse: LocalServerAddress,
        project: DbtProject,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        patience = ("--vars", "{lock_timeout_seconds: 1}")
        with closing(
            psycopg2.connect(published_warehouse.url, application_name="reports")
        ) as reader:
            reader.cursor().execute(COUNT_FLOWS)
            with (
                caplog.at_level(logging.INFO, logger="user_states"),
                pytest.raises(UserError, match=r"state_flows.*lock timeout"),
            ):
                build(project, "state_flows", *patience)
        assert "state_flows waited 1 seconds to replace its table" in caplog.text
        assert "(reports), transaction begun" in caplog.text
        assert query(published_warehouse, NEWEST)[-1][1] == "failed"
        # A model is built in one transaction: nothing of it is left.
        left = "select to_regclass('marts.state_flows__dbt_tmp')"
        assert query(published_warehouse, left) == [(None,)]
        with pytest.raises(
            UserError, match=r"newest build of marts, .*state_flows.* failed"
        ):
            read_marts(project, [StateRow])
        # As an earlier version left it.
        leftover = "create table marts.state_flows__dbt_tmp (n integer)"
        run_as_admin(published_warehouse, leftover)
        build(project, "state_flows")
        assert read_marts(project, [StateRow]).rows(StateRow)

    def test_a_swap_during_a_read_is_noticed_and_the_read_repeated(
        self, published_warehouse: LocalServerAddress, project: DbtProject
    ) -> None:
        ((n_rows,),) = query(published_warehouse, COUNT_FLOWS)
        counts: list[int] = []

        def read(connection: Connection) -> int:
            if not counts:
                build(project, "state_flows")
            ((count,),) = fetch_all(connection, COUNT_FLOWS)
            counts.append(count)
            return int(count)

        assert project.snapshots().read(["state_flows"], read) == n_rows
        # What a reader who does not compare would have shown.
        assert counts == [0, n_rows]

    def test_swaps_in_every_read_are_an_error(
        self, published_warehouse: LocalServerAddress, project: DbtProject
    ) -> None:
        attempts: list[None] = []

        def read(connection: Connection) -> None:
            attempts.append(None)
            run_as_admin(
                published_warehouse,
                "update operations.table_states set "
                f"build_id = 'swap {len(attempts)}' where table_name = 'state_flows'",
            )

        with pytest.raises(
            TablesReplacedError, match="the build swap 3 replaced state_flows"
        ):
            project.snapshots().read(["state_flows", "states"], read)
        assert len(attempts) == ATTEMPTS

    def test_marts_of_two_weeks_or_champions_are_refused(
        self, published_warehouse: LocalServerAddress, project: DbtProject
    ) -> None:
        run_as_admin(
            published_warehouse,
            "update operations.table_states set "
            "first_as_of_week_start = first_as_of_week_start + 7, "
            "last_as_of_week_start = last_as_of_week_start + 7 "
            "where table_name = 'user_weekly_states'",
        )
        # It inherits the week of what it reads, not that of the newest panel.
        build(project, "int_state_hour_sums", "state_rhythms")
        with pytest.raises(UserError, match=r"marts of 2 as-of weeks .*state_rhythms"):
            read_marts(project, [StateRow])
        run_as_admin(
            published_warehouse,
            "update operations.table_states set first_as_of_week_start = week, "
            "last_as_of_week_start = week from (select as_of_week_start as week "
            "from intermediate.int_as_of_week) as panel "
            "where first_as_of_week_start is not null",
            "update operations.table_states set last_run_id = 'zoe' "
            "where table_name = 'states'",
        )
        with pytest.raises(UserError, match=r"marts of 2 champions .*zoe: states"):
            read_marts(project, [StateRow])

    def test_a_warehouse_without_records_can_be_read(
        self, published_warehouse: LocalServerAddress, project: DbtProject
    ) -> None:
        run_as_admin(published_warehouse, "drop schema operations cascade")
        assert read_marts(project, [StateRow]).rows(StateRow)
