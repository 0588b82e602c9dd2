"""States against users who never change."""

from __future__ import annotations

import math

import numpy as np
import pytest

from user_states.hmm.fit_settings import FitSettings
from user_states.hmm.hidden_markov_model import HiddenMarkovModel
from user_states.hmm.parameters import COUNT, HMMParameters
from user_states.hmm.sequences import Sequences
from user_states.hmm.static_mixture import fit_static_mixture
from user_states.selection.dynamics import Dynamics, dynamics
from user_states.selection.next_week_scores import Difference, UserScores

COUNTS = np.array(
    [
        [0.9, 0.05, 0.02, 0.01, 0.008, 0.006, 0.004, 0.002],
        [0.1, 0.2, 0.2, 0.2, 0.1, 0.1, 0.05, 0.05],
    ]
)
LENGTHS = np.full(200, 30)


def planted(transition_matrix: np.ndarray) -> Sequences:
    parameters = HMMParameters(
        np.array([0.5, 0.5]), transition_matrix, COUNTS, COUNTS, (COUNT,)
    )
    X, _ = HiddenMarkovModel.from_parameters(parameters).sample(LENGTHS, 1)
    return Sequences(X, LENGTHS, (COUNT,))


def test_kinds_of_users_are_found_and_never_change() -> None:
    users = planted(np.eye(2))
    kinds = fit_static_mixture(users, 2, FitSettings(), seed=0)
    np.testing.assert_array_equal(kinds.transition_matrix, np.eye(2))
    order = np.argsort(-kinds.means[:, 0])
    np.testing.assert_allclose(kinds.means[order], COUNTS, atol=0.03)
    np.testing.assert_allclose(kinds.start_probabilities, 0.5, atol=0.1)


def test_one_kind_with_levels_is_a_mixture_over_levels() -> None:
    kinds = fit_static_mixture(planted(np.eye(2)), 1, FitSettings(n_levels=3), seed=0)
    assert (kinds.n_states, kinds.n_levels) == (1, 3)
    assert kinds.level_effects.max() > 1.5 * kinds.level_effects.min()


def test_one_kind_may_have_levels_where_several_have_none() -> None:
    settings = FitSettings(n_levels=1, n_levels_of_one_state=3)
    users = planted(np.eye(2))
    levels = [fit_static_mixture(users, k, settings, seed=0).n_levels for k in (1, 2)]
    assert levels == [3, 1]


def test_users_who_change_are_explained_worse() -> None:
    changing = np.array([[0.9, 0.1], [0.1, 0.9]])
    users = planted(changing)
    kinds = fit_static_mixture(users, 2, FitSettings(), seed=0)
    states = HMMParameters(np.array([0.5, 0.5]), changing, COUNTS, COUNTS, (COUNT,))
    without, with_moves = (
        HiddenMarkovModel.from_parameters(model).score(users.packed)
        for model in (kinds, states)
    )
    assert with_moves > without + 500


def test_the_best_rival_counts() -> None:
    n_pairs = np.full(50, 10)
    noise = np.random.default_rng(0).normal(size=50)
    states = UserScores(-5.0 + 0.1 * noise, n_pairs)
    rivals = {
        "one kind": UserScores(np.full(50, -9.0), n_pairs),
        "two kinds": UserScores(np.full(50, -5.5), n_pairs),
    }
    found = dynamics(states, rivals)
    assert found.rival == "two kinds"
    assert found.gain.mean == pytest.approx(0.05, abs=0.01)
    assert found.p_value < 1e-6
    assert "better than two kinds: by 0.05" in found.sentence


@pytest.mark.parametrize(
    ("mean", "error", "p_value"),
    [
        (0.0, 1.0, 0.5),
        (1.6448536, 1.0, 0.05),
        (1.0, math.inf, 1.0),
        (1.0, 0.0, 0.0),
        (0.0, 0.0, 1.0),
    ],
)
def test_the_p_value_is_one_sided(mean: float, error: float, p_value: float) -> None:
    found = Dynamics(Difference(mean, error), "one kind")
    assert found.p_value == pytest.approx(p_value, abs=1e-6)
