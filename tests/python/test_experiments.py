"""Experiments: what the statistics find, and what stops a build."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from contextlib import closing

import numpy as np
import psycopg2
import pytest
from scipy import stats

from conftest import WAREHOUSE, MakeDatabase, PointAt, run_as_admin
from user_states.events.load_simulated_events import EventWriter
from user_states.hmm.arrays import BoolArray, FloatArray
from user_states.rides.load_simulation import load_simulation
from user_states.rides.simulation import SimulationSettings
from user_states.warehouse.connection import connect
from user_states.warehouse.dbt_project import DbtProject
from user_states.warehouse.server import LocalServerAddress
from warehouse_setup import WITHOUT_DATA_TESTS, WITHOUT_UNIT_TESTS, query, rendered

MODELS = ("int_experiments", "int_experiment_variants", "path:models/marts/experiments")
N_TESTS = 2000


@pytest.fixture(scope="module")
def warehouse(
    make_database: MakeDatabase, point_at: PointAt, project: DbtProject
) -> Iterator[LocalServerAddress]:
    """Build the experiments of a small log."""
    address = make_database(name=WAREHOUSE)
    with point_at(address):
        with connect(address.url) as connection:
            load_simulation(
                connection, SimulationSettings(150, 20, seed=5), events=EventWriter()
            )
        project.run(
            *("build", "--select", *(f"+{model}" for model in MODELS)),
            *WITHOUT_DATA_TESTS,
            *WITHOUT_UNIT_TESTS,
            label="experiments",
        )
        yield address


def test_a_build_assigns_everybody_once(
    warehouse: LocalServerAddress, project: DbtProject
) -> None:
    """The shipped experiment runs, and a second build changes nothing."""
    rows = "select * from marts.experiment_assignments order by customer_id"
    assigned = query(warehouse, rows)
    assert len(assigned) > 100
    (alone,) = query(
        warehouse,
        "select count(*) from marts.experiment_assignments "
        "inner join marts.customers_left_alone using (customer_id)",
    )
    assert alone == (0,)
    assert query(warehouse, "select count(*) > 0 from marts.customers_left_alone") == [
        (True,)
    ]
    project.run("run", "--select", "experiment_assignments", label="again")
    assert query(warehouse, rows) == assigned
    ((n_results,),) = query(warehouse, "select count(*) from marts.experiment_results")
    assert n_results == 3


def test_outcomes_are_those_of_the_log(warehouse: LocalServerAddress) -> None:
    """A plainer query over the log finds the same rides and money."""
    found = query(
        warehouse,
        """
        select
            outcomes.customer_id, outcomes.n_rides, outcomes.n_orders, outcomes.spend,
            (select count(*) from intermediate.int_customer_events as events
             where events.customer_id = outcomes.customer_id
                 and events.event_type = 'ride_completed'
                 and events.occurred_at >= outcomes.assigned_at
                 and events.occurred_at < outcomes.assigned_at + interval '28 days')
        from marts.experiment_outcomes as outcomes
        """,
    )
    assert len(found) > 80
    assert sum(row[1] for row in found) > 20
    assert all(row[1] == row[4] for row in found)


def fill(warehouse: LocalServerAddress, experiments: str, outcomes: str) -> None:
    """Replace the experiments, and what their customers did, by made-up ones.

    Parameters
    ----------
    warehouse : LocalServerAddress
    experiments : str
        Query of experiment, metrics and minimal_effect.
    outcomes : str
        Query of experiment, customer_id, variant, n_orders, spend, n_rides and
        has_converted; a is the control.
    """
    run_as_admin(
        warehouse,
        "truncate intermediate.int_experiments, intermediate.int_experiment_variants, "
        "marts.experiment_outcomes, marts.experiment_status",
        f"""
        insert into intermediate.int_experiments (
            experiment, metrics, minimal_effect, alpha, power, alpha_deviations,
            power_deviations, population, assigned_by, title, follow_days
        )
        select
            experiment, metrics, minimal_effect, 0.05, 0.8, {stats.norm.isf(0.025)},
            {stats.norm.isf(0.2)}, 'everybody', 'hash', experiment, 28
        from ({experiments}) as made
        """,
        """
        insert into intermediate.int_experiment_variants (
            experiment, variant, is_control, cost_per_customer, expected_share
        )
        select
            experiment, variant, variant = 'a',
            case variant when 'a' then 0 else 1 end, 0.5
        from intermediate.int_experiments, (values ('a'), ('b')) as variants (variant)
        """,
        f"""
        insert into marts.experiment_outcomes
        select experiment, customer_id, variant, variant = 'a', now(), now(), n_orders,
            spend, n_rides, has_converted, false
        from ({outcomes}) as made
        """,
        """
        insert into marts.experiment_status (
            experiment, title, population, assigned_by, follow_days, metrics, alpha,
            minimal_effect, n_assigned, n_followed, is_stopped, status
        )
        select experiment, experiment, population, assigned_by, follow_days, metrics,
            alpha, minimal_effect, 0, 0, false, 'running'
        from intermediate.int_experiments
        """,
    )


def results(
    warehouse: LocalServerAddress, project: DbtProject, *columns: str
) -> list[FloatArray]:
    """Build the results, and return their columns in the order of the experiments."""
    project.run("run", "--select", "experiment_results", label="results")
    rows = query(
        warehouse,
        f"select {', '.join(columns)} from marts.experiment_results "
        'order by experiment collate "C", metric',
    )
    return [np.array(values) for values in zip(*rows, strict=True)]


def load_customers(
    warehouse: LocalServerAddress,
    spend: FloatArray,
    converted: BoolArray,
) -> None:
    """Write the table `made`: experiments × 2 variants × customers of each."""
    lines = io.StringIO(
        "".join(
            f"e{e:05},{'ab'[v]}{c},{'ab'[v]},1,{spend[e, v, c]:.6f},0,"
            f"{bool(converted[e, v, c])}\n"
            for e, v, c in np.ndindex(*spend.shape)
        )
    )
    with (
        closing(psycopg2.connect(warehouse.url)) as connection,
        connection.cursor() as cursor,
    ):
        cursor.execute(
            "drop table if exists made; create table made (experiment text, "
            "customer_id text, variant text, n_orders int, spend float8, n_rides int, "
            "has_converted boolean)"
        )
        cursor.copy_expert("copy made from stdin (format csv)", lines)
        connection.commit()


def test_an_aa_test_finds_something_in_one_of_twenty(
    warehouse: LocalServerAddress, project: DbtProject
) -> None:
    """The same happens to both sides of 2,000 experiments."""
    random = np.random.default_rng(6)
    shape = (N_TESTS, 2, 200)
    load_customers(warehouse, random.gamma(1, 20, shape), random.random(shape) < 0.3)
    fill(
        warehouse,
        "select distinct experiment, 'conversion_rate spend' as metrics, "
        "0.1 as minimal_effect from made",
        "select * from made",
    )
    metric, plain, yates, holm = results(
        warehouse, project, "metric", "p_value", "chi_square_yates_p", "p_holm"
    )
    is_rate = metric == "conversion_rate"
    assert is_rate.sum() == N_TESTS
    found = {
        "chi-square": float(np.mean(plain[is_rate] < 0.05)),
        "Welch": float(np.mean(plain[~is_rate] < 0.05)),
        "Yates": float(np.mean(yates[is_rate].astype(np.float64) < 0.05)),
        "either, by Holm": float(np.mean((holm < 0.05).reshape(-1, 2).any(axis=1))),
    }
    print(found)
    assert 0.04 <= found["chi-square"] <= 0.06
    assert 0.04 <= found["Welch"] <= 0.06
    assert found["Yates"] <= found["chi-square"]
    assert found["either, by Holm"] <= 0.06


def test_a_planted_effect_is_found_as_often_as_the_power_says(
    warehouse: LocalServerAddress, project: DbtProject
) -> None:
    """A tenth more is planted in 1,500 experiments."""
    random = np.random.default_rng(7)
    shape = (1500, 2, 400)
    more = np.array([1.0, 1.1])[:, np.newaxis]
    load_customers(
        warehouse, random.gamma(4, 2.5, shape) * more, random.random(shape) < 0.7 * more
    )
    for metric in ("conversion_rate", "spend"):
        fill(
            warehouse,
            f"select distinct experiment, '{metric}' as metrics, 0.1 as minimal_effect "
            "from made",
            "select * from made",
        )
        verdict, power, low, high = results(
            warehouse,
            project,
            *("verdict", "power_reached", "difference_low", "difference_high"),
        )
        found, stated = np.mean(verdict == "higher"), np.mean(power)
        planted = 0.07 if metric == "conversion_rate" else 1.0
        covered = np.mean((low < planted) & (planted < high))
        print(metric, f"found {found:.3f}, stated {stated:.3f}, covered {covered:.3f}")
        assert 0.5 < stated < 0.95
        assert abs(found - stated) <= 0.03
        assert 0.935 <= covered <= 0.965


def test_intervals_and_tests_are_those_of_scipy(
    warehouse: LocalServerAddress, project: DbtProject
) -> None:
    """Sides of different sizes, one of them with orders of different values."""
    random = np.random.default_rng(8)
    sides = {"a": (90, 0.4, 20.0), "b": (160, 0.6, 26.0)}
    rows = [
        (variant, f"{variant}{k}", int(n_orders), float(value * n_orders))
        for variant, (n, rate, mean) in sides.items()
        for k, (n_orders, value) in enumerate(
            zip(random.binomial(2, rate, n), random.gamma(2, mean / 2, n), strict=True)
        )
    ]
    values = ", ".join(str(row) for row in rows)
    fill(
        warehouse,
        "select 'e' as experiment, "
        "'conversion_rate spend average_order_value' as metrics, 0.1 as minimal_effect",
        "select 'e' as experiment, customer_id, variant, n_orders, spend, 0 as n_rides,"
        f" n_orders > 0 as has_converted from (values {values}) "
        "as made (variant, customer_id, n_orders, spend)",
    )
    columns = "difference difference_low difference_high p_value chi_square_yates_p"
    found = np.array(results(warehouse, project, *columns.split()), dtype=np.float64).T
    order_value, conversion, spend = found
    n_orders = {v: np.array([r[2] for r in rows if r[0] == v]) for v in sides}
    money = {v: np.array([r[3] for r in rows if r[0] == v]) for v in sides}
    # Rates.
    bought = {v: int((n_orders[v] > 0).sum()) for v in sides}
    table = [[bought[v], len(n_orders[v]) - bought[v]] for v in "ba"]
    wilson = {
        v: stats.binomtest(bought[v], len(n_orders[v])).proportion_ci(method="wilson")
        for v in sides
    }
    shares = {v: bought[v] / len(n_orders[v]) for v in sides}
    down = np.hypot(shares["b"] - wilson["b"].low, wilson["a"].high - shares["a"])
    up = np.hypot(wilson["b"].high - shares["b"], shares["a"] - wilson["a"].low)
    newcombe = conversion[0] + np.array([-down, up])
    np.testing.assert_allclose(conversion[1:3], newcombe, rtol=1e-9)
    for column, correction in ((3, False), (4, True)):
        expected = stats.chi2_contingency(table, correction=correction).pvalue
        assert conversion[column] == pytest.approx(expected, rel=1e-9)
    # Means.
    welch = stats.ttest_ind(money["b"], money["a"], equal_var=False)
    interval = welch.confidence_interval(0.95)
    np.testing.assert_allclose(spend[1:3], [interval.low, interval.high], rtol=1e-8)
    assert spend[3] == pytest.approx(welch.pvalue, rel=1e-9)
    # Ratios: Welch's test of what is linear in them.
    ratios = {v: money[v].sum() / n_orders[v].sum() for v in sides}
    linear = {
        v: ratios[v] + (money[v] - ratios[v] * n_orders[v]) / n_orders[v].mean()
        for v in sides
    }
    welch = stats.ttest_ind(linear["b"], linear["a"], equal_var=False)
    assert order_value[0] == pytest.approx(ratios["b"] - ratios["a"], rel=1e-9)
    assert order_value[3] == pytest.approx(welch.pvalue, rel=1e-8)


@pytest.mark.parametrize(("n_a", "stops"), [(10_400, True), (10_050, False)])
def test_unequal_shares_stop_an_experiment(
    n_a: int, stops: bool, warehouse: LocalServerAddress, project: DbtProject
) -> None:
    """52 to 48 of 20,000 customers is no chance; half a per mille is."""
    fill(
        warehouse,
        "select 'e' as experiment, 'spend' as metrics, 0.1 as minimal_effect",
        "select 'e' as experiment, variant || k as customer_id, variant, 1 as n_orders,"
        " 10.0 + k % 7 as spend, 0 as n_rides, true as has_converted "
        "from (values ('a'), ('b')) as v (variant), generate_series(1, 50) as k",
    )
    run_as_admin(
        warehouse,
        "delete from marts.experiment_assignments where experiment = 'e'",
        "insert into marts.experiment_assignments select 'e', k::text, "
        f"case when k <= {n_a} then 'a' else 'b' end, now(), now() "
        "from generate_series(1, 20000) as k",
    )
    project.run(
        "run", "--select", "experiment_status", "experiment_results", label="status"
    )
    ((is_stopped, p, verdict),) = query(
        warehouse,
        "select is_stopped, sample_ratio_p, verdict from marts.experiment_status "
        "inner join marts.experiment_results using (experiment)",
    )
    assert is_stopped is stops
    assert (verdict == "stopped") is stops
    expected = stats.chisquare([n_a, 20_000 - n_a]).pvalue
    assert p == pytest.approx(expected, rel=1e-9)
    run_as_admin(
        warehouse, "delete from marts.experiment_assignments where experiment = 'e'"
    )


def test_effects_that_differ_between_groups_are_found(
    warehouse: LocalServerAddress, project: DbtProject
) -> None:
    """The variant helps in one state only; in the other metric it helps in both."""
    customers = (
        "(values ('s_one', 0), ('s_two', 1)) as s (state_key, helps), "
        "(values ('a', 0), ('b', 1)) as v (variant, treated), "
        "generate_series(1, 200) as k"
    )
    name = "s.state_key || v.variant || k"
    fill(
        warehouse,
        "select 'e' as experiment, 'spend rides' as metrics, 0.1 as minimal_effect",
        f"select 'e' as experiment, {name} as customer_id, v.variant, 0 as n_orders, "
        "k % 10 + 5 * s.helps * v.treated as spend, k % 10 + 5 * v.treated as n_rides, "
        f"true as has_converted from {customers}",
    )
    week = "date_trunc('week', now() at time zone 'UTC')::date - 7"
    run_as_admin(
        warehouse,
        "alter table marts.customer_users rename to kept_users",
        "alter table marts.user_weekly_states_as_of rename to kept_states",
        f"create table marts.customer_users as select {name} as customer_id, "
        f"{name} as user_id from {customers}",
        f"create table marts.user_weekly_states_as_of as select {name} as user_id, "
        f"{week} as week_start, 0 as revision, s.state_key from {customers}",
    )
    try:
        project.run("run", "--select", "experiment_results_by_group", label="groups")
        rows = query(
            warehouse,
            "select metric, group_key, difference, interaction_degrees, interaction_p "
            "from marts.experiment_results_by_group where group_kind = 'state' "
            "order by metric, group_key",
        )
    finally:
        run_as_admin(
            warehouse,
            "drop table marts.customer_users, marts.user_weekly_states_as_of",
            "alter table marts.kept_users rename to customer_users",
            "alter table marts.kept_states rename to user_weekly_states_as_of",
        )
    assert [row[:4] for row in rows] == [
        ("rides", "s_one", 5.0, 1),
        ("rides", "s_two", 5.0, 1),
        ("spend", "s_one", 0.0, 1),
        ("spend", "s_two", 5.0, 1),
    ]
    error = np.sqrt(2 * np.var(np.arange(200) % 10, ddof=1) / 200)
    expected = stats.chi2.sf(2 * (2.5 / error) ** 2, 1)
    assert rows[0][4] == pytest.approx(1.0)
    assert rows[2][4] == pytest.approx(expected, rel=1e-8)


ROW = {
    **{"experiment": "offer", "population": "everybody", "assigned_by": "hash"},
    **{"starts_on": "2025-03-03", "ends_on": "2025-03-30", "follow_days": 14},
    **{"metrics": "spend rides", "alpha": 0.05, "power": 0.8, "minimal_effect": 0.1},
}


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({}, ""),
        ({"experiment": "Offer 1"}, "expected lower case letters"),
        (
            {"population": "cohort"},
            "the population 'cohort'; expected everybody, cohort",
        ),
        ({"assigned_by": "dice"}, "assigned_by 'dice'; expected hash or tool"),
        (
            {"metrics": "spent"},
            "the metric 'spent'; did you mean spend? Expected one of",
        ),
        ({"metrics": None}, "no metrics; expected one or more of: conversion_rate"),
        (
            {"ends_on": "2025-02-30"},
            "ends_on '2025-02-30'; expected a day as YYYY-MM-DD",
        ),
        ({"ends_on": "2025-03-01"}, "ends_on 2025-03-01, before it starts; expected"),
        ({"follow_days": 0}, "follow_days 0; expected a whole number from 1 on"),
        ({"alpha": 5}, "alpha 5; expected a share"),
        ({"power": 1}, "power 1; expected a share"),
        ({"minimal_effect": 0}, "minimal_effect 0; expected a share above 0"),
    ],
)
def test_rows_of_experiments_are_checked(
    changed: dict[str, object],
    problem: str,
    macros_project: DbtProject,
    warehouse: LocalServerAddress,
) -> None:
    row = json.dumps({**ROW, **changed})
    text = rendered(
        macros_project, f"{{% set row = fromjson('{row}') %}}{CALL}"
    ).strip()
    assert problem in text
    assert bool(problem) == (text != "--")


CALL = "-- {{ experiment_problem(row) }}"


@pytest.mark.parametrize(
    ("other", "overlaps"),
    [
        ({}, True),
        ({"starts_on": None, "ends_on": None}, True),
        ({"starts_on": "2025-03-31", "ends_on": None}, False),
        ({"population": "cohort:frequent"}, False),
    ],
)
def test_experiments_with_the_same_customers_may_not_overlap(
    other: dict[str, object],
    overlaps: bool,
    macros_project: DbtProject,
    warehouse: LocalServerAddress,
) -> None:
    rows = json.dumps([ROW, {**ROW, "experiment": "other", **other}])
    text = rendered(
        macros_project,
        f"{{% set rows = fromjson('{rows}') %}}"
        "-- {{ overlapping_experiment(rows[1], rows[:1]) }}",
    )
    assert ("overlapping days as the experiment 'offer'; expected" in text) is overlaps


@pytest.mark.parametrize(
    ("shares", "controls", "problem"),
    [
        ((0.5, 0.5), (True, False), ""),
        ((0.7, 0.5), (True, False), "shares that add up to 1.2; expected at most 1"),
        (
            (0.5, 0),
            (True, False),
            "the share 0 of the variant 'v1'; expected more than 0",
        ),
        ((0.5, 0.5), (False, False), "no variants with is_control; expected one"),
        ((0.5, 0.5), (True, True), "2 variants with is_control; expected one"),
        ((1,), (True,), "one variant; expected two or more"),
    ],
)
def test_variants_are_checked(
    shares: tuple[float, ...],
    controls: tuple[bool, ...],
    problem: str,
    macros_project: DbtProject,
    warehouse: LocalServerAddress,
) -> None:
    rows = [
        {"variant": f"v{k}", "share": share, "is_control": control}
        for k, (share, control) in enumerate(zip(shares, controls, strict=True))
    ]
    cost = [{**row, "cost_per_customer": None} for row in rows]
    text = rendered(
        macros_project,
        f"{{% set rows = fromjson('{json.dumps(cost)}') %}}"
        "-- {{ variants_problem(rows) }}",
    ).strip()
    assert problem in text
    assert bool(problem) == (text != "--")
