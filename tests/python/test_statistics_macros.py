"""Probabilities and intervals in SQL: equal to scipy's, far into the tails."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing

import numpy as np
import psycopg2
import pytest
from psycopg2.extras import execute_values
from scipy import stats

from conftest import WAREHOUSE, MakeDatabase, PointAt
from user_states.hmm.arrays import FloatArray
from user_states.warehouse.dbt_project import DbtProject
from user_states.warehouse.server import LocalServerAddress
from warehouse_setup import rendered

RELATIVE = 1e-9
N_TABLES = 10_000


@pytest.fixture(scope="module")
def warehouse(
    make_database: MakeDatabase, point_at: PointAt
) -> Iterator[LocalServerAddress]:
    """Create an empty database."""
    address = make_database(name=WAREHOUSE)
    with point_at(address):
        yield address


def computed(
    macros_project: DbtProject,
    warehouse: LocalServerAddress,
    expression: str,
    columns: dict[str, FloatArray],
    types: str = "double precision",
) -> FloatArray:
    """Return the value of an expression in Jinja and SQL for each row of columns."""
    sql = rendered(
        macros_project, f"select {expression} as found from given order by row"
    )
    names = list(columns)
    rows = [
        (row, *map(float, values))
        for row, values in enumerate(zip(*columns.values(), strict=True))
    ]
    declared = ", ".join(f"{name} {types}" for name in names)
    with (
        closing(psycopg2.connect(warehouse.url)) as connection,
        connection.cursor() as cursor,
    ):
        cursor.execute(f"create temporary table given (row int, {declared})")
        execute_values(cursor, "insert into given values %s", rows)
        cursor.execute(sql)
        found = [row[0] for row in cursor.fetchall()]
    return np.array(found, dtype=np.float64)


def assert_relative(
    found: FloatArray, expected: FloatArray, tolerance: float = RELATIVE
) -> None:
    """Compare p-values, those from 1e-290 on by their ratio."""
    seen = expected > 1e-290
    np.testing.assert_allclose(found[seen], expected[seen], rtol=tolerance, atol=0)
    assert (found[~seen] < 1e-289).all()


def test_normal_p_values(
    macros_project: DbtProject, warehouse: LocalServerAddress
) -> None:
    z = np.concatenate([np.linspace(-39, 39, 2000), np.logspace(-12, 3, 500), [0.0]])
    found = computed(
        macros_project, warehouse, "{{ normal_two_sided_p('z') }}", {"z": z}
    )
    assert_relative(found, 2 * stats.norm.sf(np.abs(z)))
    assert found.min() == 0
    unknown = {"z": np.array([np.nan])}
    (p,) = computed(
        macros_project, warehouse, "{{ normal_two_sided_p('nullif(z, z)') }}", unknown
    )
    assert np.isnan(p)
    below = computed(macros_project, warehouse, "{{ normal_below('z') }}", {"z": z})
    assert_relative(below, stats.norm.cdf(z))


def test_normal_quantiles(
    macros_project: DbtProject, warehouse: LocalServerAddress
) -> None:
    p = np.concatenate([np.linspace(1e-4, 0.5, 500), np.logspace(-290, -1, 500)])
    expression = "{{ normal_upper_quantile('p') }}"
    found = computed(macros_project, warehouse, expression, {"p": p})
    np.testing.assert_allclose(found, stats.norm.isf(p), rtol=1e-13, atol=1e-15)


def test_student_p_values(
    macros_project: DbtProject, warehouse: LocalServerAddress
) -> None:
    random = np.random.default_rng(3)
    df = np.exp(random.uniform(0, np.log(1e8), N_TABLES))
    t = np.exp(random.uniform(np.log(1e-6), np.log(60), N_TABLES))
    heavy = np.exp(random.uniform(0, np.log(200), 2000))
    t, df = np.r_[t, 0.0, t[:2000] ** 5], np.r_[df, 3.0, heavy]
    expression = "{{ student_two_sided_p('t', 'df') }}"
    found = computed(macros_project, warehouse, expression, {"t": t, "df": df})
    expected = 2 * stats.t.sf(t, df)
    assert_relative(found, expected)
    assert ((expected > 1e-290) & (expected < 1e-200)).any()
    unknown = {"t": np.array([1.0]), "df": np.array([2.0])}
    expression = "{{ student_two_sided_p('nullif(t, 1)', 'df') }}"
    assert np.isnan(computed(macros_project, warehouse, expression, unknown)).all()


def test_student_quantiles(
    macros_project: DbtProject, warehouse: LocalServerAddress
) -> None:
    random = np.random.default_rng(4)
    df = np.exp(random.uniform(0, np.log(1e9), 3000))
    alpha = np.exp(random.uniform(np.log(1e-6), np.log(0.5), 3000))
    columns = {"alpha": alpha, "df": df}
    start = "{{ student_quantile_start('z', 'df') }}"
    found = computed(
        macros_project, warehouse, start, {**columns, "z": stats.norm.isf(alpha / 2)}
    )
    for _ in range(2):
        p_of = "{{ student_two_sided_p('guess', 'df') }}"
        p = computed(macros_project, warehouse, p_of, {**columns, "guess": found})
        step = "{{ student_quantile_step('guess', 'alpha', 'df', 'p') }}"
        found = computed(
            macros_project, warehouse, step, {**columns, "guess": found, "p": p}
        )
    np.testing.assert_allclose(found, stats.t.isf(alpha / 2, df), rtol=1e-8)


@pytest.mark.parametrize("df", [1, 2, 3, 4, 7, 20, 101, 8400])
def test_chi_square_p_values(
    df: int, macros_project: DbtProject, warehouse: LocalServerAddress
) -> None:
    x = np.concatenate([[0.0], np.logspace(-8, 3.2, 400), df * np.linspace(0.5, 2, 99)])
    literal = f"{{{{ chi_square_p_value('x', '{df}') }}}}"
    found = computed(macros_project, warehouse, literal, {"x": x})
    expected = stats.chi2.sf(x, df)
    assert_relative(found, expected)
    assert (expected < 1e-200).any() or df > 1000


def test_chi_square_degrees_in_a_column(
    macros_project: DbtProject, warehouse: LocalServerAddress
) -> None:
    df = np.arange(0.0, 60.0)
    x = np.full(len(df), 31.5)
    expression = "{{ chi_square_p_value('x', 'cast(df as integer)') }}"
    found = computed(macros_project, warehouse, expression, {"x": x, "df": df})
    assert np.isnan(found[0])
    assert_relative(found[1:], stats.chi2.sf(x[1:], df[1:]))


def test_chi_square_of_tables(
    macros_project: DbtProject, warehouse: LocalServerAddress
) -> None:
    """Random tables of two by two, half of them far from independent."""
    random = np.random.default_rng(5)
    n = random.integers(20, 5000, (N_TABLES, 2))
    rates = random.uniform(0.02, 0.98, (N_TABLES, 2))
    rates[::2, 1] = rates[::2, 0]
    k = np.clip(random.binomial(n, rates), 1, n - 1)
    tables = np.stack([k, n - k], axis=2)
    x = [stats.chi2_contingency(table, correction=False) for table in tables]
    found = computed(
        macros_project,
        warehouse,
        "{{ chi_square_p_value('x', '1') }}",
        {"x": np.array([each.statistic for each in x])},
    )
    assert_relative(found, np.array([each.pvalue for each in x]))


@pytest.mark.parametrize("k_of_n", [(0, 20), (20, 20), (7, 50), (1, 1), (3, 100_000)])
def test_wilson_intervals(
    k_of_n: Sequence[int], macros_project: DbtProject, warehouse: LocalServerAddress
) -> None:
    k, n = k_of_n
    columns = {"k": np.array([float(k), 0.0]), "n": np.array([float(n), 0.0])}
    bounds = [
        computed(
            macros_project, warehouse, f"{{{{ {name}('k', 'n') }}}}", columns, "bigint"
        )
        for name in ("wilson_low", "wilson_high")
    ]
    expected = stats.binomtest(k, n).proportion_ci(0.95, method="wilson")
    for found, bound in zip(bounds, expected, strict=True):
        assert found[0] == pytest.approx(float(bound), rel=1e-12, abs=1e-15)
        assert np.isnan(found[1])
