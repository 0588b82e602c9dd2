"""Daily builds stitch what is touched, and agree with one that stitches everything."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import pytest

from conftest import WAREHOUSE, MakeDatabase, PointAt, run_as_admin
from stitched_components import compare_with_components
from user_states.benchmarks.customers_identity import (
    STITCHING,
    count_customers,
    describe,
    prepare_identity,
    time_rounds,
    write_identifiers,
)
from user_states.benchmarks.planted_identifiers import plant_identifiers
from user_states.warehouse.connection import connect
from user_states.warehouse.dbt_project import DbtProject
from user_states.warehouse.server import LocalServerAddress
from warehouse_setup import query

SPELLS = """
select
    identifier_key, from_week_start, to_week_start, customer_id, from_key, to_key,
    joined_at, is_newest
from intermediate.int_identifier_spells order by 1, 2
"""
FACTS = "select * from intermediate.int_stitched_facts order by 1, 2, 3"
WEEKS = "select count(*) from intermediate.int_stitched_weeks"
CHECK = "stitched_weeks_add_up"
TOUCHED = "select count(identifier_key) from intermediate.int_touched_identifiers"


@pytest.fixture(scope="module")
def warehouse(
    make_database: MakeDatabase, point_at: PointAt, project: DbtProject
) -> Iterator[LocalServerAddress]:
    """Create a warehouse with the tables that stitching reads."""
    address = make_database(name=WAREHOUSE)
    with point_at(address):
        prepare_identity(project)
        yield address


def stitch(project: DbtProject, *options: str) -> None:
    project.run(
        "run",
        "--select",
        *STITCHING,
        *(
            "int_shared_meetings",
            "int_shared_spells",
            "int_customer_ids_as_of",
            "int_customer_identifiers",
        ),
        *options,
        label="stitching",
    )


def write(
    address: LocalServerAddress,
    project: DbtProject,
    identifiers: pd.DataFrame,
    edges: pd.DataFrame,
) -> None:
    with connect(address.url, autocommit=True) as connection:
        write_identifiers(connection, project, identifiers, edges)


def test_a_small_bench_prints_ratios_and_finds_the_components(
    warehouse: LocalServerAddress, project: DbtProject
) -> None:
    timing = time_rounds(project, 3_000, rounds=1, seed=2)
    assert timing.identifiers == 3_000
    assert timing.full_ratio == timing.full_processor / timing.plain_processor > 0
    assert timing.day_ratio == timing.day_processor / timing.full_processor > 0
    assert timing.next_day_ratio > 0
    text = "\n".join(describe(timing))
    assert f"{timing.full_ratio:.2f}" in text
    assert f"{timing.day_ratio:.2f}" in text
    stitch(project)
    compare_with_components(warehouse)
    with connect(warehouse.url) as connection:
        assert 500 < count_customers(connection, project) < 1_500


def changed_edges(
    edges: pd.DataFrame, identifiers: pd.DataFrame, rng: np.random.Generator
) -> pd.DataFrame:
    """Return edges of which some are gone, some earlier, and some old ones are new."""
    kept = edges[rng.random(len(edges)) > 0.02].reset_index(drop=True)
    earlier = rng.random(len(kept)) < 0.02
    back = pd.to_timedelta(7 * rng.integers(1, 20, len(kept)), "D")
    kept.loc[earlier, "first_seen_at"] -= back[earlier]
    weeks = pd.to_datetime(kept.first_week_start) - back.to_series(kept.index)
    kept.loc[earlier, "first_week_start"] = weeks[earlier].dt.date
    keys = identifiers.identifier_key.to_numpy()
    late = edges.sample(10, random_state=int(rng.integers(99))).assign(
        from_key=rng.choice(keys, 10), to_key=rng.choice(keys, 10)
    )
    late = late[late.from_key != late.to_key]
    return pd.concat([kept, late]).drop_duplicates(["from_key", "to_key"])


def seen_with_edges(identifiers: pd.DataFrame, edges: pd.DataFrame) -> pd.DataFrame:
    """Return identifiers whose first sighting is no later than that of their edges."""
    ends = pd.concat(
        [
            edges[[end, "first_seen_at", "first_week_start"]].set_axis(
                ["identifier_key", "first_seen_at", "first_week_start"], axis=1
            )
            for end in ("from_key", "to_key")
        ]
    )
    columns = ["identifier_key", "first_seen_at", "first_week_start"]
    firsts = pd.concat([identifiers[columns], ends]).groupby("identifier_key").min()
    return identifiers.assign(
        **{
            name: firsts[name].reindex(identifiers.identifier_key).to_numpy()
            for name in columns[1:]
        }
    ).assign(first_seen_at=lambda rows: pd.to_datetime(rows.first_seen_at, utc=True))


def test_a_series_of_daily_builds_equals_a_full_one(
    warehouse: LocalServerAddress, project: DbtProject
) -> None:
    """Edges arrive, also late, move back in time, and vanish with their identifiers."""
    rng = np.random.default_rng(3)
    planted = plant_identifiers(1_500, seed=3)
    identifiers = planted.identifiers
    edges = planted.edges.sort_values("first_seen_at")
    write(warehouse, project, identifiers, edges.iloc[:-60])
    stitch(project, "--full-refresh")
    for n_new in (40, 20, 0):
        known = edges.iloc[: len(edges) - n_new] if n_new else edges
        known = changed_edges(known, identifiers, rng)
        gone = rng.choice(identifiers.identifier_key, 5, replace=False)
        identifiers = identifiers[~identifiers.identifier_key.isin(gone)]
        known = known[~known.from_key.isin(gone) & ~known.to_key.isin(gone)]
        edges = edges[~edges.from_key.isin(gone) & ~edges.to_key.isin(gone)]
        identifiers = seen_with_edges(identifiers, known)
        write(warehouse, project, identifiers, known)
        stitch(project)
        [(n_touched,)] = query(warehouse, TOUCHED)
        assert 0 < n_touched < 0.8 * len(identifiers)
        compare_with_components(warehouse)
        daily = [query(warehouse, sql) for sql in (SPELLS, FACTS)]
        project.run("test", "--select", CHECK, label="testing")
        stitch(project)
        assert query(warehouse, TOUCHED) == [(0,)]
        assert [query(warehouse, sql) for sql in (SPELLS, FACTS)] == daily
        stitch(project, "--full-refresh")
        project.run("test", "--select", CHECK, label="testing")
        assert without_edges(query(warehouse, SPELLS)) == without_edges(daily[0])
        assert query(warehouse, FACTS) == daily[1]


def without_edges(rows: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Leave out by which of several edges of one week an identifier was joined."""
    return [(*row[:4], row[-1]) for row in rows]


def test_a_forgotten_identifier_is_noticed(
    warehouse: LocalServerAddress, project: DbtProject
) -> None:
    """Nothing of it is left in the tables; who was joined by it is stitched again."""
    planted = plant_identifiers(600, seed=4)
    write(warehouse, project, planted.identifiers, planted.edges)
    stitch(project, "--full-refresh")
    middle = planted.edges.from_key.value_counts().index[0]
    run_as_admin(
        warehouse,
        f"delete from intermediate.int_identifier_spells where identifier_key = '{middle}' "  # noqa: E501
        f"or from_key = '{middle}' or to_key = '{middle}'",
        f"delete from intermediate.int_identifiers where identifier_key = '{middle}'",
        "delete from intermediate.int_identity_edges "
        f"where from_key = '{middle}' or to_key = '{middle}'",
    )
    stitch(project)
    compare_with_components(warehouse)
    daily = query(warehouse, SPELLS)
    stitch(project, "--full-refresh")
    assert without_edges(query(warehouse, SPELLS)) == without_edges(daily)


def test_a_build_that_stopped_halfway_is_made_good(
    warehouse: LocalServerAddress, project: DbtProject
) -> None:
    planted = plant_identifiers(600, seed=5)
    edges = planted.edges.sort_values("first_seen_at")
    write(warehouse, project, planted.identifiers, edges.iloc[:-30])
    stitch(project, "--full-refresh")
    write(warehouse, project, planted.identifiers, edges)
    project.run("run", "--select", *STITCHING[:-2], label="all but the facts")
    assert query(warehouse, WEEKS) == [(0,)]
    stitch(project)
    compare_with_components(warehouse)
    assert query(warehouse, TOUCHED) != [(0,)]
    stitch(project)
    assert query(warehouse, TOUCHED) == [(0,)]
