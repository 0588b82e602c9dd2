"""Who is who: customers against the simulated truth, and against scipy's components."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import pytest

from conftest import WAREHOUSE, MakeDatabase, PointAt, run_as_admin
from stitched_components import compare_with_components
from user_states.benchmarks.customers_identity import STITCHING
from user_states.benchmarks.identity_study import area, canary, score_identities
from user_states.events.load_simulated_events import EventWriter
from user_states.events.simulated_events import EventSettings
from user_states.rides.load_simulation import load_simulation
from user_states.rides.simulation import SimulationSettings
from user_states.warehouse.connection import connect
from user_states.warehouse.dbt_project import DbtProject
from user_states.warehouse.server import LocalServerAddress
from warehouse_setup import query

N_WEEKS = 30
MARTS = (
    *("customers", "customer_identifiers", "customer_users", "customer_merges"),
    "identity_conflicts",
)
NO_TESTS = ("--exclude-resource-type", "test", "--exclude-resource-type", "unit_test")
CHECK = "customers_are_stitched_to_the_end"


@pytest.fixture(scope="module")
def warehouse(
    make_database: MakeDatabase, point_at: PointAt, project: DbtProject
) -> Iterator[LocalServerAddress]:
    """Create a warehouse in which people browse, and buy whether they browse or not."""
    address = make_database(name=WAREHOUSE)
    events = EventWriter(EventSettings(per_person=40, purchases_per_week=0.012))
    with point_at(address):
        with connect(address.url) as connection:
            settings = SimulationSettings(6_000, N_WEEKS, seed=1)
            load_simulation(connection, settings, events=events)
        build(project)
        yield address


def build(project: DbtProject, *options: str) -> None:
    project.build(
        "--select",
        "+int_customer_events",
        *(f"+{mart}" for mart in MARTS),
        *NO_TESTS,
        *options,
        label="customers",
    )


def test_customers_are_the_simulated_people(warehouse: LocalServerAddress) -> None:
    with connect(warehouse.url) as connection:
        scores = score_identities(connection)
    print(scores)
    assert scores.stitched.precision >= 0.995
    assert scores.stitched.recall >= 0.97
    assert scores.last_user_wins.recall < scores.stitched.recall


def test_hindsight_leaks_who_buys_and_what_was_known_does_not(
    warehouse: LocalServerAddress,
) -> None:
    with connect(warehouse.url) as connection:
        found = canary(connection, N_WEEKS, n_windows=1)
    print(found)
    # Some 250 of them buy: this is 2.6 standard errors. `make study-identity` has more.
    assert found.as_known == pytest.approx(0.5, abs=0.034)
    assert found.in_hindsight > 0.75


def test_the_area_and_its_error() -> None:
    """The area is the share of pairs in order, and the error the spread of such."""
    rng = np.random.default_rng(2)
    found = []
    for _ in range(400):
        is_positive = np.arange(300) < 60
        values = rng.poisson(2 + 0.8 * is_positive)
        found.append(area(values, is_positive))
    pairs = values[is_positive][:, None] - values[~is_positive]
    assert found[-1].value == pytest.approx(np.mean((pairs > 0) + 0.5 * (pairs == 0)))
    spread = np.std([one.value for one in found])
    assert np.mean([one.error for one in found]) == pytest.approx(spread, rel=0.12)


def test_customers_are_the_components(warehouse: LocalServerAddress) -> None:
    compare_with_components(warehouse)


def test_whatever_is_refused_has_a_row(warehouse: LocalServerAddress) -> None:
    rows = dict(
        query(
            warehouse,
            "select identifier_key, max(reason) from marts.identity_conflicts group by 1",  # noqa: E501
        )
    )
    assert rows["anonymous_id:kiosk-1"] == "shared"
    assert rows["email:till@shop.example"] == "shared"
    assert rows["email:none"] == "blocked"
    assert "improbable" in rows.values()
    found = "select count(*) from marts.customer_identifiers where identifier = 'none'"
    assert query(warehouse, found) == [(0,)]


def test_each_id_that_is_gone_has_its_row(warehouse: LocalServerAddress) -> None:
    gone = query(
        warehouse,
        """
        select minted.customer_id
        from identity.customers as minted
        left join marts.customers as customers using (customer_id)
        where customers.customer_id is null
        """,
    )
    changes = query(
        warehouse,
        "select old_customer_id, kind, merged_at, from_key, reason "
        "from marts.customer_merges",
    )
    assert sorted(gone) == sorted((old,) for old, *_ in changes)
    merges = [change for change in changes if change[1] == "merge"]
    assert merges
    assert not [change for change in merges if None in change]
    ends = {(kind, reason) for _, kind, *_, reason in changes if kind != "merge"}
    assert ends <= {("end", "shared")}


def test_each_user_has_one_customer(warehouse: LocalServerAddress) -> None:
    sql = "select count(*), count(distinct user_id) from marts.customer_users"
    [(n_rows, n_users)] = query(warehouse, sql)
    [(n_known,)] = query(
        warehouse,
        "select count(*) from intermediate.int_identifiers "
        "where identifier_type = 'user_id'",
    )
    assert n_rows == n_users == n_known


def test_anonymous_events_of_a_shared_device_belong_to_the_last_login(
    warehouse: LocalServerAddress,
) -> None:
    rows = query(
        warehouse,
        """
        select
            events.anonymous_id,
            coalesce(events.user_id, events.email),
            owned.customer_id
        from intermediate.int_events as events
        inner join intermediate.int_customer_events as owned using (event_key)
        where 'anonymous_id:' || events.anonymous_id in
            (select identifier_key from intermediate.int_shared_identifiers)
        order by events.anonymous_id, events.occurred_at, events.event_key
        """,
    )
    last: dict[str, str | None] = {}
    for device, login, customer in rows:
        if login:
            last[device] = customer
        assert customer == last.get(device)
    assert any(customer is None for *_, customer in rows)


def test_ids_stay(warehouse: LocalServerAddress, project: DbtProject) -> None:
    sql = "select identifier, customer_id from marts.customer_identifiers order by 1, 2"
    before = query(warehouse, sql)
    run_as_admin(
        warehouse,
        "create table app.shuffled as select * from app.events order by random()",
        "truncate app.events",
        "insert into app.events select * from app.shuffled",
        "update app.events set source = 'site' where source = 'web'",
        "drop table app.shuffled",
    )
    build(project, "--full-refresh")
    assert query(warehouse, sql) == before


def test_random_graphs_and_long_chains_are_stitched_to_the_end(
    warehouse: LocalServerAddress, project: DbtProject
) -> None:
    rng = np.random.default_rng(5)
    n_loose, n_chains, length = 3_000, 5, 200
    pairs = {
        tuple(sorted(p)) for p in rng.integers(0, n_loose, (2_400, 2)) if p[0] != p[1]
    }
    for chain in range(n_chains):
        nodes = n_loose + chain * length + rng.permutation(length)
        pairs |= {tuple(sorted(p)) for p in pairwise(nodes.tolist())}
    edges = np.array(sorted(pairs))
    weeks = rng.integers(0, 50, len(edges))
    first = rng.integers(0, 50, n_loose + n_chains * length)
    for end in edges.T:
        np.minimum.at(first, end, weeks)
    day = "date '2024-01-01' + 7 * "
    identifiers = ", ".join(f"({n}, {w})" for n, w in enumerate(first))
    links = ", ".join(
        f"({a}, {b}, {w})" for (a, b), w in zip(edges, weeks, strict=True)
    )
    run_as_admin(
        warehouse,
        "truncate intermediate.int_identifiers, intermediate.int_identity_edges, "
        "intermediate.int_shared_identifiers",
        "insert into intermediate.int_identifiers "
        f"select 'user_id:n' || n, 'user_id', 'n' || n, 1, {day} w, {day} w, {day} w, 1, "  # noqa: E501
        f"false from (values {identifiers}) as made (n, w)",
        "insert into intermediate.int_identity_edges "
        f"select 'user_id:n' || a, 'user_id:n' || b, {day} w, {day} w, {day} w, 1, 'made', "  # noqa: E501
        f"1, null from (values {links}) as made (a, b, w)",
    )
    ids = (
        *("int_shared_meetings", "int_shared_spells", "int_customer_ids_as_of"),
        "int_customer_identifiers",
    )
    project.build(
        "--select", *STITCHING, *ids, CHECK, *NO_TESTS[2:], label="random graph"
    )
    compare_with_components(warehouse)
