"""The first build upgrades a warehouse of an earlier version in place.

An earlier version of the project made tests/fixtures/version_10_warehouse.sql.gz;
tests/fixtures/README.md describes how. It has two champions and a run that was never
promoted, segments and propensities of customers, two weekly builds, and exposures.
"""

from __future__ import annotations

import gzip
import json
import subprocess
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import closing
from typing import Any, NamedTuple

import psycopg2
import pytest

from conftest import PROJECT, MakeDatabase, PointAt
from user_states.runs.promotion import promote, rollback
from user_states.runs.run_register import RunRegister
from user_states.runs.run_store import RunStore
from user_states.runs.states_model import states_model
from user_states.runs.table_writer import SCHEMA_VERSION
from user_states.warehouse.dbt_project import DbtProject
from user_states.warehouse.postgres_programs import postgres_binaries
from user_states.warehouse.server import LocalServerAddress
from warehouse_setup import WITHOUT_UNIT_TESTS, champion, query

DUMP = PROJECT / "tests/fixtures/version_10_warehouse.sql.gz"

# Builds only add rows to these tables, so every old row must still exist.
HISTORIES = (
    "intermediate.int_user_beliefs",
    "intermediate.int_identifier_spells",
    "marts.customer_feature_scaling",
    "marts.customer_snapshots",
    "marts.customer_weekly_segments",
    "marts.propensity_history",
    "marts.state_moves",
    "marts.state_names",
    "marts.user_weekly_states_as_of",
)
# The earlier version stored its last run after its last build.
GAINING = ("marts.runs",)
# Marts whose rows differ on purpose, with the reason.
RESTATED: Mapping[str, str] = {
    "marts.audience_lists": "without who opted out; a customer's users alike",
    "marts.audience_summary": "the same",
    "marts.audiences": "those who opted out left",
    "marts.customer_propensities": "what came may stand before a chance",
    "marts.forecast_results": "expected spend follows the prices of the newest weeks",
    "marts.quality_checks": "more checks",
    "marts.segment_profiles": "what most have no value of is not said to be rare",
    "marts.segments": "words of features compare: more pages, and not many",
    "marts.state_flows_by_city_and_platform": "the newest week, too",
    "marts.state_outlook": "the same as forecast_results",
    "marts.user_list": "the same as user_outlook; why new users have no forecast",
    "marts.user_outlook": "chances follow the riders of the newest weeks",
}
# How old the newest ride is depends on the day on which the test runs.
OF_THE_DAY = '["days_since_newest_ride"'
# Builds do not change these tables; other programs, fits and promotions write them.
UNTOUCHED_SCHEMAS = (
    "activation",
    "app",
    "hmm",
    "identity",
    "propensity",
    "register",
    "segments",
)
# Models that show the names of states.
NAMES = (
    "int_state_names",
    "int_champion_states",
    "state_names",
    "state_lineage",
)


class Upgrade(NamedTuple):
    """The warehouse of the earlier version, before and after the first build."""

    before: LocalServerAddress
    after: LocalServerAddress


@pytest.fixture(scope="module")
def upgrade(
    make_database: MakeDatabase, point_at: PointAt, project: DbtProject
) -> Iterator[Upgrade]:
    """Restore the dump and run the first build of the current version on it."""
    after = make_database(name="test_warehouse")
    psql = postgres_binaries() / "psql"
    subprocess.run(
        [psql, "--quiet", "--no-psqlrc", "--set", "ON_ERROR_STOP=1", after.url],
        input=gzip.decompress(DUMP.read_bytes()),
        stdout=subprocess.DEVNULL,
        check=True,
    )
    before = make_database(template=after)
    with point_at(after):
        project.run("build", *WITHOUT_UNIT_TESTS, label="upgrade")
        yield Upgrade(before, after)


def tables(address: LocalServerAddress) -> list[str]:
    """Return all tables of the schemas in the dump, with their schema."""
    return [
        name
        for (name,) in query(
            address,
            "select schemaname || '.' || tablename from pg_tables where schemaname in "
            "('activation', 'app', 'hmm', 'identity', 'intermediate', 'marts', "
            "'register', 'segments') "
            "order by 1",
        )
    ]


def rounded(value: Any) -> Any:
    """Round a JSON value to nine significant digits, as sums may change their order.

    JSON has the number 520 without a point, and 519.9999999999999 with one.
    """
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(f"{value:.9g}")
    if isinstance(value, list):
        return [rounded(item) for item in value]
    if isinstance(value, dict):
        return {key: rounded(item) for key, item in value.items()}
    return value


def columns(address: LocalServerAddress, table: str) -> list[str]:
    with (
        closing(psycopg2.connect(address.url)) as connection,
        connection.cursor() as cursor,
    ):
        cursor.execute(f"select * from {table} limit 0")
        return [column.name for column in cursor.description or ()]


def rows(address: LocalServerAddress, table: str, names: list[str]) -> Counter[str]:
    """Return the rows of a table as JSON, with their counts."""
    selected = ", ".join(f'"{name}"' for name in names)
    found = query(
        address, f"select to_json(t) from (select {selected} from {table}) as t"
    )
    return Counter(
        json.dumps([rounded(row[name]) for name in names]) for (row,) in found
    )


def old_and_new_rows(upgrade: Upgrade, table: str) -> tuple[Counter[str], Counter[str]]:
    """Return a table's rows before and after, in their common columns."""
    present = columns(upgrade.after, table)
    common = [name for name in columns(upgrade.before, table) if name in present]
    return rows(upgrade.before, table, common), rows(upgrade.after, table, common)


def test_the_tables_of_the_fits_have_the_newest_version(upgrade: Upgrade) -> None:
    newest = "select max(version) from hmm.schema_migrations"
    assert query(upgrade.before, newest) == [(10,)]
    assert query(upgrade.after, newest) == [(SCHEMA_VERSION,)]


def test_runs_rides_and_exposures_keep_every_row_and_column(upgrade: Upgrade) -> None:
    n_rows = 0
    for table in tables(upgrade.before):
        if table.split(".")[0] not in UNTOUCHED_SCHEMAS or "migrations" in table:
            continue
        kept = set(columns(upgrade.before, table))
        assert kept <= set(columns(upgrade.after, table)), table
        old, new = old_and_new_rows(upgrade, table)
        assert old == new, table
        n_rows += old.total()
    assert n_rows > 10_000
    assert champion(upgrade.before) == champion(upgrade.after)


@pytest.mark.parametrize("table", HISTORIES)
def test_a_history_keeps_every_row(upgrade: Upgrade, table: str) -> None:
    old, new = old_and_new_rows(upgrade, table)
    assert old
    assert old <= new


def test_every_mart_keeps_its_content(upgrade: Upgrade) -> None:
    compared = 0
    differing = {}
    present = set(tables(upgrade.after))
    for table in tables(upgrade.before):
        if not table.startswith("marts.") or table not in present:
            continue
        old, new = old_and_new_rows(upgrade, table)
        old, new = (
            Counter({row: n for row, n in found.items() if OF_THE_DAY not in row})
            for found in (old, new)
        )
        compared += 1
        is_equal = old <= new if table in GAINING else old == new
        if not is_equal:
            differing[table] = ([*(old - new)][:3], [*(new - old)][:3])
    assert differing.keys() == RESTATED.keys(), differing
    assert compared == 98


def test_spells_keep_their_side_and_end_only_for_who_opted_out(
    upgrade: Upgrade,
) -> None:
    sides = (
        "select audience, user_id, entered_week_start, entered_at, is_holdout, "
        "left_week_start from marts.audiences"
    )
    old = {spell[:5]: spell[5] for spell in query(upgrade.before, sides)}
    new = {spell[:5]: spell[5] for spell in query(upgrade.after, sides)}
    assert old.keys() <= new.keys()
    # The log-odds of a ride follow the newest weeks more closely: a user enters.
    entered = {spell: left for spell, left in new.items() if spell not in old}
    assert len(entered) <= 1
    assert not any(entered.values())
    ended = {spell[1] for spell, left in old.items() if left != new[spell]}
    opted_out = "select user_id from intermediate.int_user_contacts where is_opted_out"
    assert ended
    assert ended <= {user for (user,) in query(upgrade.after, opted_out)}


def test_a_build_after_the_upgrade_sends_nothing_about_the_past(
    upgrade: Upgrade,
) -> None:
    assert query(upgrade.after, "select count(*) from marts.outbox_messages") == [(0,)]


def test_earlier_champions_and_new_ones_can_be_promoted(
    upgrade: Upgrade, project: DbtProject
) -> None:
    names = (
        "select segment_key, current_name from register.segment_keys "
        "where segment_key in "
        "(select segment_key from register.segments where run_id = '{}')"
    )
    promoted = (
        "select segment_key, promoted_name from register.segments where run_id = '{}'"
    )
    ((first, second),) = query(
        upgrade.after,
        "select previous_run_id, run_id from register.promotions "
        "where promotion_number = 2 and model = 'user_states'",
    )
    ((third,),) = query(
        upgrade.after,
        "select run_id from register.runs "
        "where run_id not in (select run_id from register.promotions)",
    )
    assert champion(upgrade.after) == second
    model = states_model(project)
    store, register = RunStore(project.connection_uri, model), RunRegister(model)
    store.check()
    with store.transaction() as connection:
        assert rollback(connection, register) == first
    for run_id in (second, third):
        with store.transaction() as connection:
            assert promote(connection, register, run_id, force=True)
        in_use = sorted(query(upgrade.after, names.format(run_id)))
        assert in_use == sorted(query(upgrade.after, promoted.format(run_id)))
        assert in_use
    project.run("build", "--select", *NAMES, *WITHOUT_UNIT_TESTS, label="names")
    shown = "select distinct run_id from intermediate.int_champion_states"
    assert query(upgrade.after, shown) == [(third,)]
    old, new = old_and_new_rows(upgrade, "marts.state_names")
    assert old <= new
