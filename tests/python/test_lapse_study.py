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
    study_lapse,
)
from user_states.errors import UserError
from user_states.rides.simulation import SimulationSettings
from user_states.warehouse.server import LocalServerAddress
from warehouse_setup import query


@pytest.mark.parametrize("seed", [0, 1])
def test_riders_are_named_before_they_stop(seed: int) -> None:
    # Measured on ten logs of 10,000 users: docs/audiences.md has the shares.
    settings = SimulationSettings(4_000, seed=seed, dirt=0)
    study = study_lapse(settings, read_rules("likely_to_lapse"))
    assert study.n_named > 5_000
    assert study.rode_lately >= 0.8
    assert study.already_stopped < 0.1
    assert study.named > study.silent > study.base


def test_shares_are_of_users_who_have_not_stopped() -> None:
    """Week 30 is judged: d is too silent, and a had stopped already."""
    n_weeks = 35
    rides = np.ones((4, n_weeks), dtype=int)
    rides[3, 20:] = 0
    has_stopped = np.zeros((4, n_weeks), dtype=bool)
    has_stopped[0, 30:] = True
    has_stopped[1, 33:] = True
    has_stopped[3, 34] = True
    truth = WeeklyTruth(rides, has_stopped, np.ones((4, n_weeks), dtype=bool))
    study = judge(truth, {"weeks_since_last_ride": (-math.inf, 1)})
    assert study.n_named == 3
    assert study.rode_lately == 1
    assert study.already_stopped == pytest.approx(1 / 3)
    assert study.base == pytest.approx(2 / 3)
    assert study.silent == 1
    assert study.named == pytest.approx(1 / 2)


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
