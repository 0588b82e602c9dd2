"""Beliefs: those that a fit writes, and those that SQL computes from them.

The reference is the estimator's filter over all weeks of every user.
"""

from __future__ import annotations

import datetime as dt
from argparse import ArgumentTypeError
from typing import Any

import numpy as np
import pytest

from conftest import run_as_admin
from planted_hmm import random_parameters
from planted_runs import Key, end_panel_with, plant_run, write_beliefs
from test_fit_job import export_panel, stored_parameters
from user_states.commands.options import parse_cases
from user_states.hmm.arrays import FloatArray
from user_states.hmm.hidden_markov_model import HiddenMarkovModel
from user_states.hmm.parameters import (
    COUNT,
    SHARE,
    Density,
    HMMParameters,
    as_densities,
    categorical,
    parts,
)
from user_states.warehouse.dbt_project import DbtProject
from user_states.warehouse.server import LocalServerAddress
from warehouse_setup import champion, query

WEEK = dt.timedelta(days=7)

# Every transform, family and evidence. Mixed emissions never use the last feature.
FEATURES: list[dict[str, Any]] = [
    dict(
        zip(
            ("feature", "family", "transform", "evidence", "mean", "scale"),
            row,
            strict=True,
        )
    )
    for row in [
        ("is_active", "binary", "none", "week", 0.0, 1.0),
        ("is_cash", "binary", "none", "ride", 0.0, 1.0),
        ("rolling_avg_price", "continuous", "log1p", "ride", 2.1, 0.7),
        ("n_requests", "continuous", "log1p", "request", 0.9, 0.5),
        ("weekend_share", "continuous", "none", "ride", 0.4, 0.3),
        ("weeks_since_last_ride", "continuous", "log1p", "none", 1.2, 1.1),
    ]
]
MIXED: tuple[Density, ...] = as_densities(
    (
        *("bernoulli", "bernoulli"),
        *("gaussian", "gaussian", "gaussian", "gaussian"),
    )
)


def two_worlds() -> HMMParameters:
    """Return two pairs of states without moves between the pairs.

    A state whose probability underflows can never recover by a move. One state has a
    start probability of 0.
    """
    parameters = random_parameters(4, len(FEATURES), seed=7, spread=0.5)
    transitions = np.array(
        [[0.7, 0.3, 0, 0], [0.4, 0.6, 0, 0], [0, 0, 0.5, 0.5], [0, 0, 0, 1]]
    )
    return HMMParameters(
        start_probabilities=np.array([0.5, 0.0, 0.25, 0.25]),
        transition_matrix=transitions,
        means=parameters.means,
        variances=parameters.variances,
    )


def far_apart(features: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the features on a scale that makes a week worth hundreds of nats."""
    return [{**item, "scale": item["scale"] / 30} for item in features]


# Every family that reads whole numbers, with the columns of a panel that any log has.
COUNTS: list[dict[str, Any]] = [
    {
        "feature": feature,
        "columns": columns,
        "family": density.kind,
        "transform": "none",
        "evidence": evidence,
        "mean": 0.0,
        "scale": 1.0,
    }
    for feature, density, evidence, columns in [
        ("n_rides", COUNT, "later_week", ["n_rides"]),
        (
            "evening_share",
            parts(3),
            "ride",
            ["n_rides", "n_cancellations", "n_requests"],
        ),
        ("cancellation_share", SHARE, "request", ["n_cancellations", "n_requests"]),
        ("n_cancellations", categorical(40), "week", ["n_cancellations"]),
    ]
]
EVERY_FAMILY = [*COUNTS, *FEATURES[1:4]]
EVERY_DENSITY = (
    *(COUNT, parts(3), SHARE, categorical(40)),
    *as_densities(["bernoulli", "gaussian", "gaussian"]),
)


def of_every_family(n_levels: int, spread: float = 1.0) -> HMMParameters:
    """Return a model of three states with every density.

    Parameters
    ----------
    n_levels : int
    spread : float
        Of the levels' log-effects.
    """
    rng = np.random.default_rng(n_levels)
    simple = random_parameters(3, 3, seed=4, densities=EVERY_DENSITY[4:])
    whole = [rng.dirichlet(np.ones(size), size=3) for size in (8, 3)]
    share, categories = rng.uniform(0.1, 0.9, (3, 1)), rng.dirichlet(np.ones(40), 3)
    means = np.hstack([*whole, share, np.maximum(categories, 1e-6), simple.means])
    means[:, 12:52] /= means[:, 12:52].sum(axis=1, keepdims=True)
    weights = rng.dirichlet(np.full(n_levels, 3.0))
    log_effects = spread * (np.arange(n_levels) - (n_levels - 1) / 2)
    return HMMParameters(
        start_probabilities=simple.start_probabilities,
        transition_matrix=simple.transition_matrix,
        means=means,
        variances=np.hstack([np.ones((3, 52)), simple.variances]),
        densities=EVERY_DENSITY,
        level_weights=weights,
        level_effects=np.exp(log_effects - weights @ log_effects),
    )


def one_state_of_levels() -> HMMParameters:
    """Return a model of one state, whose probability is a sum over five levels."""
    model = of_every_family(5)
    return HMMParameters(
        start_probabilities=np.ones(1),
        transition_matrix=np.ones((1, 1)),
        means=model.means[:1],
        variances=model.variances[:1],
        densities=model.densities,
        level_weights=model.level_weights,
        level_effects=model.level_effects,
    )


def with_tiny_transitions() -> HMMParameters:
    """Return a model with transitions that are as good as impossible, or are.

    A state that nearly no way leads into must keep its digits: the evidence of a week
    may make it the most probable one.
    """
    parameters = random_parameters(4, len(FEATURES), seed=8, spread=0.5)
    tiny = np.array(
        [
            [0.0, 1e-90, 1e-120, 1e-300],
            [0.3, 0.0, 1e-200, 1e-60],
            [1e-90, 0.2, 0.0, 0.0],
            [1e-120, 0.0, 1e-80, 0.0],
        ]
    )
    return HMMParameters(
        start_probabilities=parameters.start_probabilities,
        transition_matrix=tiny + np.diag(1 - tiny.sum(axis=1)),
        means=parameters.means,
        variances=parameters.variances,
    )


PLANTED: dict[str, tuple[HMMParameters, list[dict[str, Any]], str]] = {
    "gaussian": (random_parameters(5, 6, seed=1), FEATURES, "gaussian"),
    "mixed": (random_parameters(4, 6, seed=2, densities=MIXED), FEATURES, "mixed"),
    "one_state": (random_parameters(1, 6, seed=3), FEATURES, "gaussian"),
    "two_worlds": (two_worlds(), far_apart(FEATURES), "gaussian"),
    "tiny_transitions": (with_tiny_transitions(), far_apart(FEATURES), "gaussian"),
    "every_family": (of_every_family(1), EVERY_FAMILY, "mixed"),
    "three_levels": (of_every_family(3), EVERY_FAMILY, "mixed"),
    "five_levels": (of_every_family(5), EVERY_FAMILY, "mixed"),
    "one_state_of_levels": (one_state_of_levels(), EVERY_FAMILY, "mixed"),
    "levels_far_apart": (of_every_family(5, spread=12.0), EVERY_FAMILY, "mixed"),
}


def filtered(address: LocalServerAddress, run_id: str) -> dict[Key, FloatArray]:
    """Return the estimator's filtered beliefs for every user-week of the panel.

    Level by level, as SQL has them.
    """
    exported = export_panel(address, run_id)
    model = HiddenMarkovModel.from_parameters(stored_parameters(address, run_id))
    beliefs = model.filter_levels(exported.X, exported.lengths)
    return dict(zip(exported.keys, beliefs, strict=True))


def beliefs_of(address: LocalServerAddress, run_id: str) -> dict[Key, list[float]]:
    """Return the beliefs that SQL computed."""
    rows = query(
        address,
        "select user_id, week_start, belief from intermediate.int_user_beliefs "
        f"where run_id = '{run_id}'",
    )
    beliefs = {(user, week): belief for user, week, belief in rows}
    assert len(beliefs) == len(rows)
    return beliefs


def as_champion(address: LocalServerAddress, kind: str) -> str:
    """Plant a run, unless the fitted one is asked for, and return the champion."""
    if kind in PLANTED:
        plant_run(address, kind, *PLANTED[kind])
    return champion(address)


def step(project: DbtProject) -> None:
    project.run(
        "run", "--select", "int_belief_window", "int_user_beliefs", label="beliefs"
    )


def assert_same(
    found: dict[Key, list[float]], expected: dict[Key, FloatArray], first: dt.date
) -> None:
    """Assert that the beliefs from the first week on are equal within 1e-9."""
    keys = [key for key in expected if key[1] >= first]
    assert len(keys) > 0
    assert found.keys() >= set(keys)
    np.testing.assert_allclose(
        [found[key] for key in keys],
        [expected[key] for key in keys],
        rtol=0,
        atol=1e-9,
    )


def test_a_fit_writes_the_beliefs_of_the_last_weeks(
    published_warehouse: LocalServerAddress, project: DbtProject
) -> None:
    run_id = champion(published_warehouse)
    expected = filtered(published_warehouse, run_id)
    last_week = max(week for _, week in expected)
    first_week = last_week - (project.vars["late_ride_weeks"] + 1) * WEEK
    found = {
        (user, week): belief
        for user, week, belief in query(
            published_warehouse,
            "select user_id, week_start, belief from hmm.filtered_beliefs",
        )
    }
    assert found.keys() == {key for key in expected if key[1] >= first_week}
    assert_same(found, expected, first_week)
    # The build after the fit computed all weeks but the first again.
    assert_same(beliefs_of(published_warehouse, run_id), expected, first_week)


def test_a_fit_writes_the_state_known_in_every_week(
    published_warehouse: LocalServerAddress,
) -> None:
    run_id = champion(published_warehouse)
    n_states = stored_parameters(published_warehouse, run_id).n_states
    expected = {
        key: belief.reshape(-1, n_states).sum(axis=0).argmax() + 1
        for key, belief in filtered(published_warehouse, run_id).items()
    }
    stored = query(
        published_warehouse,
        "select user_id, week_start, state_id, filtered_state_id "
        f"from hmm.state_assignments where run_id = '{run_id}'",
    )
    assert {(user, week): known for user, week, _, known in stored} == expected
    # Hindsight says something else of some weeks.
    assert any(state != known for _, _, state, known in stored)
    known_weeks = query(
        published_warehouse,
        "select user_id, week_start, state_id from intermediate.int_user_known_states",
    )
    shown = {(user, week): state for user, week, state in known_weeks if state > 0}
    assert shown == expected
    assert (
        len(known_weeks)
        == query(
            published_warehouse, "select count(*) from intermediate.user_week_panel"
        )[0][0]
    )


@pytest.mark.parametrize("kind", PLANTED)
def test_sql_equals_the_filter_of_the_estimator(
    published_warehouse: LocalServerAddress, project: DbtProject, kind: str
) -> None:
    as_champion(published_warehouse, kind)
    expected = filtered(published_warehouse, kind)
    weeks = sorted({week for _, week in expected})
    # Without earlier beliefs, SQL starts every user at the first ride.
    step(project)
    found = beliefs_of(published_warehouse, kind)
    assert found.keys() == expected.keys()
    assert_same(found, expected, weeks[0])
    # With the beliefs of a fit, SQL continues from them.
    write_beliefs(published_warehouse, kind, expected, weeks[-30:-24])
    run_as_admin(published_warehouse, "truncate intermediate.int_user_beliefs")
    step(project)
    found = beliefs_of(published_warehouse, kind)
    assert_same(found, expected, weeks[-30])
    if kind == "two_worlds":
        # A state underflows here in double precision and recovers later, so SQL must
        # compute with logarithms.
        lost = {
            user
            for (user, week), belief in expected.items()
            if week == weeks[-30] and belief.min() < 1e-290
        }
        assert any(
            user in lost and np.any((belief > 0.5) & (expected[user, weeks[-30]] == 0))
            for (user, week), belief in expected.items()
            if week > weeks[-30]
        )


@pytest.mark.parametrize("kind", ["mixed", "five_levels", "one_state_of_levels"])
def test_states_and_levels_are_sums_of_a_belief(
    published_warehouse: LocalServerAddress, project: DbtProject, kind: str
) -> None:
    parameters = PLANTED[kind][0]
    as_champion(published_warehouse, kind)
    step(project)
    rows = query(
        published_warehouse,
        "select belief, state_belief, state_id, state_probability, entropy, user_level "
        f"from intermediate.int_user_beliefs where run_id = '{kind}'",
    )
    shape = (len(rows), parameters.n_levels, parameters.n_states)
    beliefs = np.array([row[0] for row in rows]).reshape(shape)
    states = beliefs.sum(axis=1)
    effects = parameters.level_effects
    logs = np.log(states, where=states > 0, out=np.zeros_like(states))
    for place, expected in enumerate(
        (
            states,
            states.argmax(axis=1) + 1,
            states.max(axis=1),
            -(states * logs).sum(axis=1),
            beliefs.sum(axis=2) @ effects,
        ),
        start=1,
    ):
        found = np.array([row[place] for row in rows])
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-9)
    # Not even by a rounding error: a test of the marts would fail.
    assert max(row[3] for row in rows) <= 1
    if parameters.n_levels == 1:
        assert {row[5] for row in rows} == {1.0}
    else:
        levels = np.array([row[5] for row in rows])
        assert levels.min() < 0.8 * effects.mean() < effects.mean() < levels.max()


def digest(address: LocalServerAddress) -> list[tuple[Any, ...]]:
    """Return a hash of SQL's beliefs for each week."""
    return query(
        address,
        """
        select week_start, count(*), md5(string_agg(
            cast(beliefs as text), '' order by user_id
        ))
        from intermediate.int_user_beliefs as beliefs
        group by week_start
        order by week_start
        """,
    )


@pytest.mark.parametrize("kind", ["fitted", "five_levels"])
def test_weekly_single_and_repeated_builds_give_equal_beliefs(
    published_warehouse: LocalServerAddress, project: DbtProject, kind: str
) -> None:
    run_id = as_champion(published_warehouse, kind)
    expected = filtered(published_warehouse, run_id)
    weeks = sorted({week for _, week in expected})[-10:]
    write_beliefs(published_warehouse, run_id, expected, weeks[:6])
    run_as_admin(published_warehouse, "truncate intermediate.int_user_beliefs")
    for week in weeks[5:9]:
        end_panel_with(published_warehouse, week)
        step(project)
    week_by_week = digest(published_warehouse)
    assert [row[0] for row in week_by_week] == weeks[:9]
    step(project)
    assert digest(published_warehouse) == week_by_week
    run_as_admin(published_warehouse, "truncate intermediate.int_user_beliefs")
    step(project)
    assert digest(published_warehouse) == week_by_week
    # Another run becomes champion; then the first one continues where it stopped.
    plant_run(published_warehouse, "other", PLANTED["mixed"][0], FEATURES, "mixed")
    step(project)
    run_as_admin(
        published_warehouse, f"update register.champions set run_id = '{run_id}'"
    )
    step(project)
    of_first = beliefs_of(published_warehouse, run_id)
    assert of_first.keys() == {
        key for key in expected if weeks[0] <= key[1] <= weeks[8]
    }
    assert_same(of_first, {key: expected[key] for key in of_first}, weeks[0])
    assert len(beliefs_of(published_warehouse, "other")) > 0
    # A deleted run leaves no beliefs.
    run_as_admin(
        published_warehouse, "delete from register.runs where run_id = 'other'"
    )
    step(project)
    assert digest(published_warehouse) == week_by_week


@pytest.mark.parametrize("kind", ["fitted", "five_levels"])
def test_late_rides_are_picked_up(
    published_warehouse: LocalServerAddress, project: DbtProject, kind: str
) -> None:
    run_id = as_champion(published_warehouse, kind)
    before = filtered(published_warehouse, run_id)
    weeks = sorted({week for _, week in before})[-8:]
    write_beliefs(published_warehouse, run_id, before, weeks[:6])
    users = sorted({user for user, week in before if week == weeks[0]})
    late, unknown = users[:20], users[20]
    # All rides of one user arrive late, long after the first ride.
    run_as_admin(
        published_warehouse,
        "truncate intermediate.int_user_beliefs",
        f"delete from hmm.filtered_beliefs where user_id = '{unknown}'",
    )
    end_panel_with(published_warehouse, weeks[6])
    hidden = [
        f"delete from intermediate.{table} where user_id = '{unknown}'"
        for table in ("user_week_panel", "int_user_ride_weeks")
    ]
    run_as_admin(published_warehouse, *hidden)
    step(project)
    assert not any(
        user == unknown for user, _ in beliefs_of(published_warehouse, run_id)
    )
    # Activity of twenty users arrives a week late.
    names = ", ".join(f"'{user}'" for user in late)
    run_as_admin(
        published_warehouse,
        "update intermediate.whole_user_week_panel set is_active = not is_active, "
        "n_rides = 1 - cast(is_active as integer) "
        f"where user_id in ({names}) and week_start = '{weeks[5]}'",
    )
    end_panel_with(published_warehouse, weeks[7])
    ((transaction,),) = query(published_warehouse, "select pg_current_xact_id()")
    step(project)
    after = filtered(published_warehouse, run_id)
    found = beliefs_of(published_warehouse, run_id)
    assert_same(found, after, weeks[0])
    assert {week for user, week in found if user == unknown} == {
        week for user, week in after if user == unknown
    }
    assert any(
        abs(after[user, weeks[5]] - before[user, weeks[5]]).max() > 0.01
        for user in late
    )
    # Nobody else's earlier weeks are computed again.
    computed = query(
        published_warehouse,
        "select distinct user_id from intermediate.int_user_beliefs "
        f"where run_id = '{run_id}' and week_start < '{weeks[7]}' "
        f"and xmin::text::bigint > {transaction}",
    )
    assert {user for (user,) in computed} == {*late, unknown}


def test_benchmark_cases_are_written_as_users_x_weeks() -> None:
    assert parse_cases("5000x104,20x26") == ((5000, 104), (20, 26))
    with pytest.raises(ArgumentTypeError, match="expected users and weeks"):
        parse_cases("5000")
