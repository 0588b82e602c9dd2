"""Stays that a model expects: counted like those of users, and drawn from the model."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from user_states.benchmarks.coverage import planted
from user_states.hmm.hidden_markov_model import HiddenMarkovModel
from user_states.outlook.expected_stays import ExpectedStays, expected_stays
from user_states.panel.feature_scaling import FeatureScaling
from user_states.panel.training_data import ModelInput


def test_stays_are_counted_user_by_user() -> None:
    # As in the unit test of state_stays: an unfinished stay is not at risk in its last
    # week.
    states = np.array([1, 1, 0, 0, 0, 1, 1, 1])
    lengths = np.array([4, 3, 1])
    found = ExpectedStays.of(states, lengths, 2)
    # State 0: two weeks that go on, and a week that ended.
    assert found.n_at_risk[0].tolist() == [2, 0]
    assert found.n_left[0].tolist() == [1, 0]
    # State 1: two weeks that ended, two weeks that go on, and one week that goes on.
    assert found.n_at_risk[1].tolist() == [2, 1]
    assert found.n_left[1].tolist() == [0, 1]


def test_counts_are_those_of_every_single_stay() -> None:
    rng = np.random.default_rng(2)
    lengths = rng.integers(1, 30, size=60)
    states = rng.integers(0, 3, size=lengths.sum())
    found = ExpectedStays.of(states, lengths, 3)
    at_risk, left = np.zeros_like(found.n_at_risk), np.zeros_like(found.n_left)
    for path in np.split(states, np.cumsum(lengths)[:-1]):
        weeks = 0
        for week, state in enumerate(path):
            weeks = weeks + 1 if week and path[week - 1] == state else 1
            if week + 1 < len(path):
                at_risk[state, weeks - 1] += 1
                left[state, weeks - 1] += path[week + 1] != state
    assert (found.n_at_risk == at_risk).all()
    assert (found.n_left == left).all()


def test_a_model_s_own_users_leave_as_it_expects() -> None:
    model = planted("mixed")
    # Other features than activity are missing without a ride, as in `draw`.
    features = tuple(
        feature if feature.name == "is_active" else replace(feature, evidence="ride")
        for feature in model.features
    )
    users = model.draw(3_000, 30, 5)
    names = tuple(users.names)
    scaling = FeatureScaling(names, ("none",) * 3, np.zeros(3), np.ones(3))
    model_input = ModelInput("mixed", features, (), scaling)
    found = expected_stays(model.parameters, users, model_input, 6)
    states = HiddenMarkovModel.from_parameters(model.parameters).predict(
        users.X, users.lengths
    )
    seen = ExpectedStays.of(states, users.lengths, 3)
    for state in range(3):
        for weeks in range(5):
            share = found.n_left[state, weeks] / found.n_at_risk[state, weeks]
            other = seen.n_left[state, weeks] / seen.n_at_risk[state, weeks]
            error = np.sqrt(
                other
                * (1 - other)
                * (1 / found.n_at_risk[state, weeks] + 1 / seen.n_at_risk[state, weeks])
            )
            assert share == pytest.approx(other, abs=4 * error + 0.005)
    # Decoded stays are longer than the model's: that is why they are compared so.
    first = found.n_left[:, 0] / found.n_at_risk[:, 0]
    leaving = 1 - np.diag(model.parameters.transition_matrix)
    assert (first < leaving).any()
