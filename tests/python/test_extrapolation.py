"""Longer steps of EM: where they lead, and that they end where EM ends."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from planted_hmm import random_parameters, simulate
from user_states.hmm.extrapolation import Extrapolation
from user_states.hmm.hidden_markov_model import HiddenMarkovModel
from user_states.hmm.parameters import COUNT, SHARE, Density, HMMParameters

KINDS: tuple[Density, ...] = (COUNT, SHARE)


def on_the_way(end: HMMParameters, part: float) -> HMMParameters:
    """Return parameters that are this part of a change away from an end."""
    rows = np.array([[0.2, -0.1, -0.1], [0.0, -0.1, 0.1], [0.05, 0.05, -0.1]])
    return replace(
        end,
        transition_matrix=end.transition_matrix + part * rows,
        means=end.means + part * np.arange(9.0).reshape(3, 3),
        variances=end.variances * (1 + part),
    )


def end_of_the_way() -> HMMParameters:
    return replace(
        random_parameters(3, 3, seed=1, spread=2.0),
        transition_matrix=np.array([[0.6, 0.2, 0.2], [0.1, 0.8, 0.1], [0.3, 0.3, 0.4]]),
    )


def test_a_jump_lands_at_the_end_of_a_way_that_shrinks_evenly() -> None:
    end = end_of_the_way()
    # Each step is two thirds of the one before, so that a jump of a = 3 gets there.
    points = [on_the_way(end, (2 / 3) ** n) for n in range(3)]
    found = Extrapolation().jump(*points)
    assert found is not None
    np.testing.assert_allclose(found.means, end.means)
    np.testing.assert_allclose(found.transition_matrix, end.transition_matrix)
    np.testing.assert_allclose(found.variances, end.variances)


def test_a_way_that_turns_back_or_has_ended_gets_no_jump() -> None:
    end = end_of_the_way()
    points = [on_the_way(end, part) for part in (1.0, 0.4, 0.5)]
    assert Extrapolation().jump(*points) is None
    assert Extrapolation().jump(end, end, end) is None


def test_jumps_grow_while_they_succeed_and_shrink_when_they_fail() -> None:
    end = end_of_the_way()
    # It would take a jump of a = 100.
    points = [on_the_way(end, 0.99**n) for n in range(3)]
    jumps = Extrapolation()

    def distance() -> float:
        found = jumps.jump(*points)
        assert found is not None
        return float(np.abs(found.means - end.means).max())

    first = distance()
    jumps.succeeded()
    second = distance()
    jumps.failed()
    assert second < first
    assert distance() == first
    jumps.failed()
    assert distance() == first


def test_probabilities_stay_above_0_and_those_at_0_stay_there() -> None:
    end = end_of_the_way()
    rows = np.array([[0.5, 0.5, 0.0], [0.1, 0.8, 0.1], [0.3, 0.3, 0.4]])

    def point(left: float) -> HMMParameters:
        matrix = rows.copy()
        matrix[1] = [0.2 - left, 0.7, 0.1 + left]
        return replace(end, transition_matrix=matrix)

    found = Extrapolation().jump(point(0.0), point(0.08), point(0.15))
    assert found is not None
    assert found.transition_matrix[0, 2] == 0
    # EM alone would make it 0.05, the jump a negative number.
    assert 0 < found.transition_matrix[1, 0] < 0.05
    np.testing.assert_allclose(found.transition_matrix.sum(axis=1), 1.0)


@pytest.mark.parametrize("n_levels", [1, 3])
def test_em_with_jumps_ends_where_em_ends_in_fewer_iterations(n_levels: int) -> None:
    planted = random_parameters(4, 0, 5, 1.0, KINDS, n_levels)
    lengths = np.random.default_rng(1).integers(20, 60, size=200)
    X, _ = simulate(planted, lengths, seed=3)
    blurred = replace(
        planted,
        means=0.1 * planted.means + 0.9 * planted.means.mean(axis=0),
        transition_matrix=np.full((4, 4), 1 / 4),
    )
    steps, jumps = (
        HiddenMarkovModel(4, initial=blurred, tolerance=1e-7, jumps=jumps).fit(
            X, lengths
        )
        for jumps in (False, True)
    )
    assert steps.converged_
    assert jumps.converged_
    assert jumps.n_iter_ < 0.7 * steps.n_iter_
    assert len(jumps.history_) <= jumps.n_iter_
    # The priors are left out of the history, and may let it fall a little.
    assert (np.diff(jumps.history_) >= -1e-6 * len(X)).all()
    assert jumps.log_likelihood_ >= steps.log_likelihood_ - 1e-5 * len(X)
    np.testing.assert_allclose(
        jumps.parameters_.means, steps.parameters_.means, atol=0.01
    )


def test_em_with_jumps_keeps_the_floors_and_the_most_iterations() -> None:
    truth = random_parameters(3, 3, 3, 1.0, ("gaussian", "bernoulli", "gaussian"))
    lengths = np.full(40, 30)
    X, _ = simulate(truth, lengths, seed=3)
    model = HiddenMarkovModel(
        3,
        initial=replace(truth, transition_matrix=np.full((3, 3), 1 / 3)),
        variance_floor=0.5,
        probability_floor=0.2,
        tolerance=-np.inf,
        max_iterations=60,
        jumps=True,
    ).fit(X, lengths)
    assert model.n_iter_ == 60
    assert not model.converged_
    found = model.parameters_
    assert found.variances[:, [0, 2]].min() >= 0.5
    assert (np.abs(found.means[:, 1] - 0.5) <= 0.3 + 1e-12).all()
