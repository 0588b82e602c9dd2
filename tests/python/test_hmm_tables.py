"""The tables that fits write: migration of older ones, and the certificate."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from decimal import Decimal
from typing import Any

import psycopg2
import pytest

from conftest import PROJECT, WAREHOUSE, MakeDatabase, PointAt, run_as_admin
from user_states.errors import UserError
from user_states.runs.run_store import RunStore
from user_states.runs.states_model import states_model
from user_states.runs.table_writer import SCHEMA_VERSION
from user_states.warehouse.dbt_project import DbtProject
from user_states.warehouse.server import LocalServerAddress
from warehouse_setup import (
    WITHOUT_DATA_TESTS,
    build_from_the_model_on,
    query,
    rendered,
    warehouse_digest,
)

# Old name of a table: new name.
MOVED_TABLES: Mapping[str, str] = {
    "hmm.champion": "register.champions",
    "hmm.feature_scaling": "register.feature_scaling",
    "hmm.promotions": "register.promotions",
    "hmm.runs": "register.runs",
    "hmm.state_keys": "register.segment_keys",
    "hmm.state_lineage": "register.segment_lineage",
    "hmm.states": "register.segments",
}
# Old name of a column: new name, by old name of the table.
RENAMED_COLUMNS: Mapping[str, Mapping[str, str]] = {
    "hmm.runs": {
        "n_states": "n_segments",
        "n_user_weeks": "n_members",
        "panel_settings": "feature_settings",
    },
    "hmm.state_keys": {"state_key": "segment_key"},
    "hmm.state_lineage": {
        "state_key": "segment_key",
        "previous_state_key": "previous_segment_key",
        "n_shared_user_weeks": "n_shared_members",
        "share_of_state": "share_of_segment",
        "share_of_previous_state": "share_of_previous_segment",
        "emission_distance": "profile_distance",
    },
    "hmm.states": {
        "state_id": "segment_id",
        "state_key": "segment_key",
        "n_user_weeks": "n_members",
        "user_week_share": "member_share",
    },
}

COLUMNS = """
    select table_schema || '.' || table_name, column_name, data_type, is_nullable,
        column_default
    from information_schema.columns
    where table_schema in ('hmm', 'register')
    order by 1, 2
"""

# A run of two states, active and silent, in the first version of the tables.
VERSION_1_RUN = [
    """
    insert into hmm.runs
    select
        'old', now(), 2, 1, 1, 'fit', 1, 1, count(distinct user_id), count(*),
        min(week_start), max(week_start), -1, 9, true, 0.1, 'panel', true, '[]',
        '2 states.', '{}', '{}'
    from intermediate.user_week_panel
    where has_completed_ride
    """,
    """
    insert into hmm.state_assignments
    select 'old', user_id, week_start, case when is_active then 1 else 2 end, 1
    from intermediate.user_week_panel
    where has_completed_ride
    """,
    """
    insert into hmm.states
    select
        'old', state_id, 'key ' || state_id, count(*),
        count(*) / sum(cast(count(*) as double precision)) over (), 0
    from hmm.state_assignments
    group by state_id
    """,
    "insert into hmm.start_probabilities values ('old', 1, 1), ('old', 2, 0)",
    """
    insert into hmm.transition_matrix
    select
        'old', state_id, next_state_id,
        count(*) / sum(cast(count(*) as double precision)) over (partition by state_id),
        count(*)
    from (
        select
            state_id,
            lead(state_id) over (partition by user_id order by week_start)
                as next_state_id
        from hmm.state_assignments
    ) as moves
    where next_state_id is not null
    group by state_id, next_state_id
    """,
    """
    insert into hmm.emissions values
        ('old', 1, 'is_active', 1, 0.1, true), ('old', 2, 'is_active', 0, 0.1, true)
    """,
    """
    insert into hmm.feature_scaling
    values ('old', 'is_active', 1, 'binary', 'none', 0, 1, null)
    """,
    """
    insert into hmm.selection values
        ('old', 2, 1, -1, 9, true, 2, true, -1, 5, 12, 13, 0.4, true, true),
        ('old', 2, 2, -2, 9, true, 2, false, null, null, null, null, null, null, false)
    """,
    "insert into hmm.champion values (1, 'old', now(), false)",
]


@pytest.fixture
def version_1_warehouse(
    panel_warehouse: LocalServerAddress, project: DbtProject
) -> LocalServerAddress:
    """Create a warehouse with a panel and a run in the first version of the tables."""
    go_back_to_version_1(panel_warehouse, project)
    return panel_warehouse


def go_back_to_version_1(warehouse: LocalServerAddress, project: DbtProject) -> None:
    """Replace the tables of the fits by those of the first version, with a run."""
    run_as_admin(
        warehouse,
        "drop schema hmm, register cascade",
        "create schema hmm",
        "create table hmm.schema_migrations ("
        "version integer primary key, applied_at timestamptz not null)",
        "insert into hmm.schema_migrations values (1, now())",
        rendered(project, "{{ hmm_migrations()[0] | join(';') }}"),
        *VERSION_1_RUN,
    )


@pytest.fixture(scope="module")
def built_template(
    make_database: MakeDatabase,
    point_at: PointAt,
    panel_template: LocalServerAddress,
    project: DbtProject,
) -> LocalServerAddress:
    """Return a database with the marts of a run in the first version."""
    warehouse = make_database(template=panel_template, name=WAREHOUSE)
    with point_at(warehouse):
        go_back_to_version_1(warehouse, project)
        build_from_the_model_on(project, *WITHOUT_DATA_TESTS)
    return make_database(template=warehouse)


@pytest.fixture
def built_warehouse(
    make_database: MakeDatabase, point_at: PointAt, built_template: LocalServerAddress
) -> Iterator[LocalServerAddress]:
    """Create a warehouse with the marts of a run in the first version."""
    warehouse = make_database(template=built_template, name=WAREHOUSE)
    with point_at(warehouse):
        yield warehouse


def new_names(table: str, columns: str) -> list[str]:
    """Return the newest names of columns that a table of `hmm` had before."""
    renamed = RENAMED_COLUMNS.get(table, {})
    return [renamed.get(name, name) for name in columns.split(", ")]


def migrate(project: DbtProject) -> None:
    project.run("run-operation", "migrate_hmm_tables", label="migration")


def insert_candidates(
    address: LocalServerAddress, rows: Sequence[dict[str, Any]]
) -> None:
    """Insert candidates of the run `old`, with made-up values for other columns."""
    rest = {
        "run_id": "old", "start": 1, "log_likelihood": -9.0, "n_parameters": 5,
        "aic": 28.0, "bic": 30.0, "icl": 31.0, "n_training_users": 200,
        "n_training_user_weeks": 9000, "n_holdout_users": 50,
        "n_holdout_user_weeks": 2000, "next_week_log_score": -0.5,
        "next_week_log_score_se": 0.02, "base_log_score": -0.625, "n_refits": 5,
        "stability": 0.9, "min_state_share": 0.25, "n_floor_hits": 0,
        "n_polished_starts": 3, "n_starts_at_best": 2, "separation": 0.1,
        "separation_p_value": 0.005, "has_passed_guards": True, "defects": "[]",
    }  # fmt: skip
    with closing(psycopg2.connect(address.url)) as connection:
        for row in rows:
            values = {**rest, **row}
            places = ", ".join(f"%({name})s" for name in values)
            with connection.cursor() as cursor:
                cursor.execute(
                    f"insert into hmm.candidates ({', '.join(values)}) "
                    f"values ({places})",
                    values,
                )
        connection.commit()


def candidate(
    n_states: int, behind: float, *, is_within: bool, is_chosen: bool, **more: Any
) -> dict[str, Any]:
    """Return a row whose difference from the best has a standard error of 0.01."""
    return {
        "n_states": n_states,
        "score_behind_best": behind,
        "score_behind_best_se": 0.01,
        "is_within_one_se": is_within,
        "is_chosen": is_chosen,
        **more,
    }


class TestMigration:
    def test_only_the_newest_version_can_be_written_to(
        self, version_1_warehouse: LocalServerAddress, project: DbtProject
    ) -> None:
        migrate(project)
        store = RunStore(project.connection_uri, states_model(project))
        store.check()
        run_as_admin(
            version_1_warehouse, "delete from hmm.schema_migrations where version > 4"
        )
        message = f"hmm at version 4; expected {SCHEMA_VERSION}: run `make"
        with pytest.raises(UserError, match=message):
            store.check()

    def test_a_run_of_the_first_version_is_unchanged(
        self, version_1_warehouse: LocalServerAddress, project: DbtProject
    ) -> None:
        tables = [
            name
            for name in warehouse_digest(version_1_warehouse, ["hmm"])
            if name != "hmm.schema_migrations"
        ]
        assert len(tables) == 9
        kept = {
            name: ", ".join(
                column for table, column, *_ in query(version_1_warehouse, COLUMNS)
                if table == name and column != "slot"
            )
            for name in tables
        }  # fmt: skip
        before = [
            query(version_1_warehouse, f"select {kept[name]} from {name} order by 1, 2")
            for name in tables
        ]
        assert all(before)

        migrate(project)
        assert [
            query(
                version_1_warehouse,
                f"select {', '.join(new_names(name, kept[name]))} "
                f"from {MOVED_TABLES.get(name, name)} order by 1, 2",
            )
            for name in tables
        ] == before
        assert query(
            version_1_warehouse, "select version from hmm.schema_migrations order by 1"
        ) == [(version,) for version in range(1, SCHEMA_VERSION + 1)]
        assert query(
            version_1_warehouse,
            "select emissions, density, evidence, method, icl, next_week_log_score "
            "from register.runs cross join hmm.emissions "
            "cross join register.feature_scaling "
            "cross join hmm.selection group by 1, 2, 3, 4, 5, 6",
        ) == [("gaussian", "gaussian", None, None, None, None)]
        assert query(
            version_1_warehouse,
            "select promoted_name = current_name, true_words from register.segments "
            "inner join register.segment_keys using (segment_key)",
        ) == [(True, None), (True, None)]
        after = warehouse_digest(version_1_warehouse, ["hmm", "register"])
        assert after["hmm.candidates"][0] == 0
        migrate(project)
        assert warehouse_digest(version_1_warehouse, ["hmm", "register"]) == after

    def test_migrated_tables_equal_those_of_a_new_warehouse(
        self,
        version_1_warehouse: LocalServerAddress,
        project: DbtProject,
        make_database: MakeDatabase,
        point_at: PointAt,
    ) -> None:
        migrate(project)
        migrated = query(version_1_warehouse, COLUMNS)
        fresh = make_database(name=version_1_warehouse.database)
        with point_at(fresh):
            migrate(project)
        assert query(fresh, COLUMNS) == migrated

    def test_the_marts_show_an_old_run_without_a_certificate(
        self, built_warehouse: LocalServerAddress
    ) -> None:
        rows = {
            name: n_rows
            for name, (n_rows, _) in warehouse_digest(
                built_warehouse, ["marts"]
            ).items()
        }
        assert rows["marts.states"] == 3
        assert rows["marts.model_selection"] == 0


class TestCertificate:
    def test_it_explains_the_choice(
        self, built_warehouse: LocalServerAddress, project: DbtProject
    ) -> None:
        defects = [{"kind": "empty", "state": 4, "feature": None, "text": "4: empty"}]
        rows = [
            candidate(1, 0.125, is_within=False, is_chosen=False),
            candidate(2, 0.005, is_within=True, is_chosen=True),
            candidate(3, 0, is_within=True, is_chosen=False),
            candidate(
                4, -0.125, is_within=True, is_chosen=False,
                has_passed_guards=False, defects=json.dumps(defects),
            ),
        ]  # fmt: skip
        insert_candidates(built_warehouse, rows)
        project.run("run", "--select", "model_selection", label="choice")
        assert query(
            built_warehouse,
            "select n_states, verdict, defects, gain_over_base, choice "
            "from marts.model_selection order by n_states",
        ) == [
            (1, "predicts less well", None, 0.125, "2 states."),
            (2, "chosen", None, 0.125, "2 states."),
            (3, "more states than needed", None, 0.125, "2 states."),
            (4, "has defects", "4: empty", 0.125, "2 states."),
        ]
        analysis = (PROJECT / "analyses/why_this_many_states.sql").read_text("utf-8")
        why = query(built_warehouse, rendered(project, analysis))
        # 100 * exp(-0.5) and 100 * exp(-0.625).
        assert [row[:5] for row in why] == [
            (1, "predicts less well", None, Decimal("60.7"), Decimal("53.5")),
            (2, "chosen", None, Decimal("60.7"), Decimal("53.5")),
            (3, "more states than needed", None, Decimal("60.7"), Decimal("53.5")),
            (4, "has defects", "4: empty", Decimal("60.7"), Decimal("53.5")),
        ]
        run_as_admin(
            built_warehouse,
            "delete from register.champions",
            "delete from register.runs",
        )
        assert query(built_warehouse, "select count(*) from hmm.candidates") == [(0,)]

    @pytest.mark.parametrize(
        ("rows", "failing_test"),
        [
            pytest.param(
                [
                    candidate(1, 0.005, is_within=True, is_chosen=False),
                    candidate(2, 0, is_within=True, is_chosen=True),
                ],
                "model_selection_follows_the_rule",
                id="fewer states are enough",
            ),
            pytest.param(
                [candidate(2, 0.125, is_within=True, is_chosen=True)],
                "model_selection_follows_the_rule",
                id="not within one standard error",
            ),
            pytest.param(
                [candidate(3, 0, is_within=True, is_chosen=True)],
                "model_selection_follows_the_rule",
                id="other number of states than in the marts",
            ),
            pytest.param(
                [
                    candidate(2, 0, is_within=True, is_chosen=True),
                    candidate(3, 0, is_within=True, is_chosen=True),
                ],
                "has_one_true_stg_hmm__candidates",
                id="two chosen",
            ),
        ],
    )
    def test_a_choice_against_the_rule_fails_the_build(
        self,
        built_warehouse: LocalServerAddress,
        project: DbtProject,
        rows: Sequence[dict[str, Any]],
        failing_test: str,
    ) -> None:
        insert_candidates(built_warehouse, rows)
        rule = "model_selection_follows_the_rule"
        changed = ("stg_hmm__candidates", "model_selection", rule)
        with pytest.raises(UserError, match=f"test {failing_test}"):
            project.build("--select", *changed, label="choice")


FEATURE = {
    "name": "weekend_share", "silent_week": "carried", "family": "continuous",
    "transform": "none", "evidence": "ride", "default": 0, "source": "none",
}  # fmt: skip


@pytest.mark.parametrize(
    ("bad_vars", "words"),
    [
        pytest.param(
            {"hmm.emissions": "student"},
            'hmm.emissions = "student"; expected one of gaussian, mixed',
            id="emissions",
        ),
        pytest.param(
            {"hmm.emissions": "mixed", "hmm.features": ["is_cash", "n_requests"]},
            "without is_active in the var hmm.features.*Add one in dbt_project.yml",
            id="no feature for activity",
        ),
        pytest.param(
            {"hmm.holdout_salt": "fit"},
            'both = "fit"; expected two different texts',
            id="equal salts",
        ),
        pytest.param(
            {"hmm.holdout_share": 0.6},
            "hmm.holdout_share = 0.6; expected a value from 0.01 to 0.5",
            id="most users held out",
        ),
        pytest.param(
            {"features": [FEATURE | {"evidence": "daily"}]},
            "expected evidence to be one of week, later_week, request, ride, none",
            id="evidence",
        ),
        pytest.param(
            {"features": [{k: v for k, v in FEATURE.items() if k != "evidence"}]},
            "expected the key evidence",
            id="no evidence",
        ),
        pytest.param(
            {"features": [FEATURE | {"evidence": "week"}]},
            "expected its evidence to be request, ride or none",
            id="carried value as evidence of every week",
        ),
    ],
)
def test_a_bad_setting_of_the_model(
    macros_project: DbtProject,
    empty_warehouse: None,
    bad_vars: dict[str, Any],
    words: str,
) -> None:
    with pytest.raises(UserError, match=words):
        macros_project.run(
            "run-operation",
            "check_settings",
            "--vars",
            json.dumps(bad_vars),
            label="settings",
        )


def test_the_settings_of_mixed_emissions_are_accepted(
    macros_project: DbtProject, empty_warehouse: None
) -> None:
    mixed = json.dumps({"hmm.emissions": "mixed"})
    macros_project.run(
        "run-operation", "check_settings", "--vars", mixed, label="settings"
    )
