"""The audience likely_to_lapse names users before they stop."""

from __future__ import annotations

import math

import numpy as np
import pytest

from user_states.benchmarks.lapse_study import (
    WeeklyTruth,
    history_facts,
    judge,
    meets,
    read_rules,
    stop_chances,
    study_lapse,
)
from user_states.errors import UserError
from user_states.rides.simulated_world import STATES, TRANSITION_MATRIX
from user_states.rides.simulation import SimulationSettings
from user_states.warehouse.server import LocalServerAddress
from warehouse_setup import query

NAMES = [state.name for state in STATES]


@pytest.mark.parametrize("seed", [0, 1])
def test_riders_are_named_before_they_stop(seed: int) -> None:
    # Measured on ten logs of 10,000 users: docs/audiences.md has the shares.
    settings = SimulationSettings(4_000, seed=seed, dirt=0)
    study = study_lapse(settings, read_rules("likely_to_lapse"))
    assert study.n_named > 5_000
    assert study.rode_lately >= 0.8
    assert study.already_stopped < 0.1
    assert study.observed.named > study.observed.silent > study.observed.base
    # Without the chance of what comes, the difference is clear.
    expected = study.expected
    assert expected.named > expected.silent + 0.002 > expected.base + 0.01


def test_shares_are_of_users_who_have_not_stopped() -> None:
    """Week 30 is judged: d is too silent, and a had stopped already."""
    n_weeks = 35
    rides = np.ones((4, n_weeks), dtype=int)
    rides[3, 20:] = 0
    states = np.full((4, n_weeks), NAMES.index("occasional"))
    states[0, 30:] = NAMES.index("pausing")
    states[1, 33:] = NAMES.index("pausing")
    states[2] = NAMES.index("commuter")
    states[3, 34] = NAMES.index("lapsed")
    truth = WeeklyTruth(rides, states)
    study = judge(truth, {"weeks_since_last_ride": (-math.inf, 1)})
    assert study.n_named == 3
    assert study.rode_lately == 1
    assert study.already_stopped == pytest.approx(1 / 3)
    assert study.observed == pytest.approx((2 / 3, 1, 1 / 2))
    chances = stop_chances()[[NAMES.index("occasional"), NAMES.index("commuter")]]
    assert study.expected.silent == pytest.approx(chances[0])
    assert study.expected.named == pytest.approx(chances.mean())


def test_chances_to_stop_follow_the_matrix() -> None:
    """Walk through all ways of four weeks."""
    stopped = {NAMES.index("pausing"), NAMES.index("lapsed")}

    def stays(state: int, n_weeks: int) -> float:
        if not n_weeks:
            return 1.0
        return sum(
            float(TRANSITION_MATRIX[state, other]) * stays(other, n_weeks - 1)
            for other in range(len(NAMES))
            if other not in stopped
        )

    chances = stop_chances()
    for state, name in enumerate(NAMES):
        wanted = 0 if state in stopped else 1 - stays(state, 4)
        assert chances[state] == pytest.approx(wanted), name


def test_a_rule_about_a_fact_of_the_model_is_refused() -> None:
    facts = history_facts(np.ones((1, 30), dtype=int))
    with pytest.raises(UserError, match="found a rule about ride_probability_4_weeks"):
        meets(facts, {"ride_probability_4_weeks": (0.0, 1.0)})


def test_an_audience_without_rules_is_named() -> None:
    with pytest.raises(UserError, match="found no rules for 'nobody'"):
        read_rules("nobody")


def test_the_facts_are_those_of_the_warehouse(
    published_warehouse: LocalServerAddress,
) -> None:
    rows = query(
        published_warehouse,
        """
        select
            panel.user_id,
            (max(panel.week_start) over () - panel.week_start) / 7,
            panel.n_rides
        from intermediate.user_week_panel as panel
        """,
    )
    users = {user: row for row, user in enumerate(sorted({row[0] for row in rows}))}
    n_weeks = max(back for _, back, _ in rows) + 1
    rides = np.zeros((len(users), n_weeks), dtype=int)
    for user, back, n_rides in rows:
        rides[users[user], n_weeks - 1 - back] = n_rides
    facts = history_facts(rides)
    names = ", ".join(facts)
    expected = query(
        published_warehouse,
        f"select user_id, {names} from intermediate.int_audience_facts",
    )
    assert len(expected) > 100
    assert sum(row[-1] is not None for row in expected) > 50
    for user, *values in expected:
        found = [float(facts[name][users[user]]) for name in facts]
        wanted = [math.nan if value is None else float(value) for value in values]
        assert found == pytest.approx(wanted, nan_ok=True), user
