"""The certificate of planted data: its numbers computed independently, its verdict."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

import numpy as np
import pytest

from planted_hmm import log_densities, random_parameters
from user_states.hmm import threads
from user_states.hmm.arrays import FloatArray, IntArray
from user_states.hmm.fit_result import FitResult
from user_states.hmm.fit_settings import FitSettings
from user_states.hmm.fitting import fit_each
from user_states.hmm.hidden_markov_model import HiddenMarkovModel
from user_states.hmm.log_recursions import UserSmoothed, best_path, smooth_user
from user_states.hmm.parameters import BERNOULLI, Emissions, HMMParameters, as_density
from user_states.hmm.sequences import Sequences
from user_states.panel.features import Feature
from user_states.panel.training_data import TrainingData, training_data
from user_states.panel.user_weeks import Sample, UserWeeks
from user_states.selection import certificate as certificate_module
from user_states.selection.certificate import Certificate, Examiner
from user_states.selection.choice import Choice

IS_ACTIVE = Feature("is_active", "zero", "binary", "none", 0.0, "week")
PRICE = Feature("price", "carried", "continuous", "none", 0.0, "ride")
IS_CASH = Feature("is_cash", "carried", "binary", "none", 0.0, "ride")
MIXED = (IS_ACTIVE, PRICE, IS_CASH)
# is_active is not among them: only the state predicts next week's activity.
GAUSSIAN = (PRICE, Feature("wait", "zero", "continuous", "none", 0.0, "week"))

# Three states that differ in every feature.
PLANTED = HMMParameters(
    start_probabilities=np.array([0.5, 0.3, 0.2]),
    transition_matrix=np.array(
        [[0.90, 0.07, 0.03], [0.06, 0.88, 0.06], [0.02, 0.06, 0.92]]
    ),
    means=np.array([[0.95, 0.0, 0.2], [0.5, 3.0, 0.8], [0.05, 6.0, 0.5]]),
    variances=np.ones((3, 3)),
    densities=(BERNOULLI, as_density("gaussian"), BERNOULLI),
)
N_WEEKS = 40
# Few users for the starts, so a fit takes seconds.
SETTINGS = FitSettings(variance_floor=0.1, start_users=60, polished_starts=2)


@dataclass(frozen=True, eq=False)
class Examined:
    """A data set, its examiner, and its certificate for each number of states."""

    data: TrainingData
    examiner: Examiner
    certificates: dict[int, Certificate]

    def choose(self, *n_states: int) -> Choice:
        return self.examiner.choose(
            {number: self.certificates[number] for number in n_states}
        )


def planted_data(n_users: int = 320, holdout_share: float = 0.25) -> TrainingData:
    """Return users of the planted model; only active weeks show the other features."""
    lengths = np.full(n_users, N_WEEKS)
    X, _ = HiddenMarkovModel.from_parameters(PLANTED).sample(lengths, random_state=1)
    is_active = X[:, 0] == 1.0
    return split(MIXED, X, lengths, is_active, "mixed", holdout_share)


def structureless_data() -> TrainingData:
    """Return users whose weeks are all drawn independently from one distribution."""
    rng = np.random.default_rng(2)
    lengths = np.full(320, N_WEEKS)
    n_rows = int(lengths.sum())
    is_active = rng.random(n_rows) < 0.4
    price, is_cash = rng.normal(size=n_rows), rng.random(n_rows) < 0.5
    X = np.column_stack([is_active, price, is_cash]).astype(np.float64)
    return split(MIXED, X, lengths, is_active, "mixed", 0.25)


def gaussian_data() -> TrainingData:
    """Return users of two states; the model does not read their activity."""
    planted = random_parameters(2, 2, seed=8, spread=1.5)
    lengths = np.random.default_rng(4).integers(1, N_WEEKS, size=200)
    # Some users have one week only, so they have no next week to predict.
    lengths[::10] = 1
    X, states = HiddenMarkovModel.from_parameters(planted).sample(lengths, 5)
    rates = np.array([0.8, 0.2])
    is_active = np.random.default_rng(6).random(len(X)) < rates[states]
    return split(GAUSSIAN, X, lengths, is_active, "gaussian", 0.25)


def split(
    features: tuple[Feature, ...],
    X: FloatArray,
    lengths: IntArray,
    is_active: np.ndarray[tuple[int], np.dtype[np.bool_]],
    emissions: Emissions,
    holdout_share: float,
) -> TrainingData:
    rng = np.random.default_rng(7)
    is_held_out = rng.random(len(lengths)) < holdout_share
    n_rides = is_active.astype(np.float64)
    weeks = UserWeeks(features, X, lengths, n_rides, is_active)
    return training_data(Sample(weeks, is_held_out), emissions)


def examine(
    data: TrainingData, n_states: range, n_starts: int = 3, *, refits: int = 2
) -> Examined:
    examiner = Examiner(
        data,
        SETTINGS,
        seed=1,
        min_state_share=0.005,
        min_stay_weeks=2.0,
        min_stability=0.6,
        bootstrap_refits=refits,
    )
    fits = examiner.fits(n_states, n_starts)
    return Examined(data, examiner, {n: examiner.certify(fit) for n, fit in fits})


@pytest.fixture(scope="module")
def planted() -> Examined:
    return examine(planted_data(), range(1, 5))


@pytest.fixture(scope="module")
def structureless() -> Examined:
    return examine(structureless_data(), range(1, 4))


@pytest.fixture(scope="module")
def gaussian() -> Examined:
    return examine(gaussian_data(), range(2, 3), n_starts=2)


def rows_by_user(X: FloatArray, lengths: IntArray) -> list[FloatArray]:
    return np.split(X, np.cumsum(lengths)[:-1])


def by_week(X: FloatArray) -> FloatArray:
    """Return the rows of users who all have `N_WEEKS`, one block each."""
    return X.reshape(-1, N_WEEKS, X.shape[1])


def smoothed_by_hand(
    parameters: HMMParameters, users: UserWeeks
) -> Iterator[UserSmoothed]:
    """Yield the result of the reference recursion for each user."""
    for rows in rows_by_user(users.X, users.lengths):
        yield smooth_user(
            parameters.start_probabilities,
            parameters.transition_matrix,
            log_densities(parameters, rows),
        )


def next_week_by_hand(
    parameters: HMMParameters, users: UserWeeks, rates: FloatArray
) -> list[float]:
    """Return each user's sum of log scores, week by week and state by state."""
    sums = []
    first = 0
    for user in smoothed_by_hand(parameters, users):
        total = 0.0
        for week in range(len(user.filtered) - 1):
            chance = 0.0
            for state in range(parameters.n_states):
                for following in range(parameters.n_states):
                    chance += (
                        user.filtered[week, state]
                        * parameters.transition_matrix[state, following]
                        * rates[following]
                    )
            happened = users.is_active[first + week + 1]
            total += math.log(chance if happened else 1.0 - chance)
        sums.append(total)
        first += len(user.filtered)
    return sums


@pytest.mark.parametrize("n_states", [1, 3])
def test_likelihood_and_criteria_by_hand(planted: Examined, n_states: int) -> None:
    training = planted.data.training
    # Parameters: start and transition probabilities; per state two Bernoulli means, and
    # a Gaussian mean and variance.
    n_parameters = (n_states - 1) + n_states * (n_states - 1) + n_states * 4
    for row in planted.certificates[n_states].starts:
        parameters = row.start.parameters
        users = list(smoothed_by_hand(parameters, training))
        log_likelihood = sum(user.log_likelihood for user in users)
        path = sum(
            best_path(
                parameters.start_probabilities,
                parameters.transition_matrix,
                log_densities(parameters, rows),
            )[0]
            for rows in rows_by_user(training.X, training.lengths)
        )
        price = n_parameters * math.log(len(training.X))
        assert row.log_likelihood == pytest.approx(log_likelihood, rel=1e-10)
        assert row.n_parameters == n_parameters
        assert row.criteria.aic == pytest.approx(2 * n_parameters - 2 * log_likelihood)
        assert row.criteria.bic == pytest.approx(price - 2 * log_likelihood)
        assert row.criteria.icl == pytest.approx(price - 2 * path)
        assert row.criteria.icl >= row.criteria.bic


def test_shares_are_those_of_the_best_paths(planted: Examined) -> None:
    training = planted.data.training
    best = planted.certificates[3].best
    counts = np.zeros(3)
    for rows in rows_by_user(training.X, training.lengths):
        _, path = best_path(
            best.start.parameters.start_probabilities,
            best.start.parameters.transition_matrix,
            log_densities(best.start.parameters, rows),
        )
        counts += np.bincount(path, minlength=3)
    np.testing.assert_allclose(best.state_shares, counts / len(training.X), atol=1e-12)


@pytest.mark.parametrize("n_states", [1, 3])
def test_next_week_scores_equal_the_reference(planted: Examined, n_states: int) -> None:
    holdout = planted.data.holdout
    best = planted.certificates[n_states].best
    # is_active is the first feature; its mean in a state is its probability.
    rates = best.start.parameters.means[:, 0]
    by_hand = next_week_by_hand(best.start.parameters, holdout, rates)
    assert best.scores is not None
    np.testing.assert_allclose(best.scores.log_scores, by_hand, rtol=1e-9)
    assert best.scores.n_pairs.tolist() == (holdout.lengths - 1).tolist()


def test_next_week_of_a_model_that_does_not_read_activity(gaussian: Examined) -> None:
    best = gaussian.certificates[2].best
    training = gaussian.data.training
    probabilities = np.concatenate(
        [user.smoothed for user in smoothed_by_hand(best.start.parameters, training)]
    )
    # The first week of each user has a ride by selection.
    later = np.ones(len(probabilities), dtype=np.bool_)
    later[np.cumsum(training.lengths) - training.lengths] = False
    probabilities = probabilities[later]
    rates = (probabilities.T @ training.is_active[later]) / probabilities.sum(axis=0)
    assert sorted(rates) == pytest.approx([0.2, 0.8], abs=0.1)
    by_hand = next_week_by_hand(best.start.parameters, gaussian.data.holdout, rates)
    assert best.scores is not None
    assert (best.scores.n_pairs == 0).any()
    np.testing.assert_allclose(best.scores.log_scores, by_hand, rtol=1e-9)


def test_the_base_is_the_training_users_rate(planted: Examined) -> None:
    rate = planted.data.training.is_active.mean()
    # Every week of the held-out users except the first, which has no forecast.
    active = planted.data.holdout.is_active.reshape(-1, N_WEEKS)[:, 1:]
    base = planted.examiner.base
    assert base is not None
    assert base.mean == pytest.approx(
        active.mean() * math.log(rate) + (1 - active.mean()) * math.log(1 - rate)
    )
    of_states = planted.certificates[3].best.scores
    assert of_states is not None
    assert of_states.mean > base.mean + 0.1


def test_the_best_start_is_the_fit_and_others_reach_it(planted: Examined) -> None:
    certificates = dict(planted.certificates)
    for n_states in certificates:
        # The only candidate is inspected, and so is fitted to all users.
        planted.examiner.choose(only := {n_states: certificates[n_states]})
        certificate = certificates[n_states] = only[n_states]
        polished = [row for row in certificate.starts if row.start.is_polished]
        best = certificate.best
        assert best.log_likelihood == max(row.log_likelihood for row in polished)
        assert best.log_likelihood == pytest.approx(
            certificate.fit.log_likelihood, rel=1e-12
        )
        margin = 1e-4 * len(planted.data.training.X)
        n_at_best = sum(
            row.log_likelihood >= best.log_likelihood - margin for row in polished
        )
        assert certificate.fit.n_at_best == n_at_best
    # With no more states than were planted, several starts agree and nothing is wrong.
    for n_states in (1, 2, 3):
        assert certificates[n_states].fit.n_at_best >= min(n_states, 2)
        assert not certificates[n_states].defects
    # States tell next week better than three kinds of users who never change.
    moves = certificates[3].dynamics
    assert moves is not None
    assert moves.p_value < 1e-6
    assert moves.gain.mean > 0.01


def test_clear_states_are_stable(planted: Examined) -> None:
    assert planted.examiner.stability(3) > 0.95


def test_states_of_noise_are_not_stable(structureless: Examined) -> None:
    assert structureless.examiner.stability(3) < 0.5


def test_every_refit_is_reported(planted: Examined) -> None:
    reported: list[tuple[int, int]] = []
    planted.examiner.stability(2, lambda *refit: reported.append(refit))
    assert reported == [(2, 1), (2, 2)]


def test_each_refit_draws_its_own_users(planted: Examined) -> None:
    training = planted.data.training
    numbers = {rows.tobytes(): n for n, rows in enumerate(by_week(training.X))}
    drawn = []

    def spy(
        sequences: Sequences, *arguments: Any, **options: Any
    ) -> Iterator[tuple[int, FitResult]]:
        drawn.append([numbers[rows.tobytes()] for rows in by_week(sequences.X)])
        return fit_each(sequences, *arguments, **options)

    with patch.object(certificate_module, "fit_each", spy):
        planted.examiner.stability(2)
    assert len(drawn) == 2
    assert drawn[0] != drawn[1]
    for users in drawn:
        # With replacement: n of N users draw N (1 - (1 - 1/N)^n) different ones.
        n_users = len(training.lengths)
        assert len(users) == n_users
        different = n_users * (1 - (1 - 1 / n_users) ** len(users))
        assert len(set(users)) == pytest.approx(different, rel=0.1)


def test_the_planted_number_is_chosen(planted: Examined) -> None:
    choice = planted.choose(1, 2, 3, 4)
    assert (choice.n_states, choice.is_sound) == (3, True)
    assert choice.explanation.startswith("3 states: of the models that pass")
    # Three states predict held-out users clearly better than two: the difference is
    # more than four standard errors.
    fewer = choice.verdicts[2].behind_best
    assert fewer is not None
    assert fewer.mean > 4 * fewer.standard_error
    assert not choice.verdicts[2].is_within_one_se


def test_without_structure_one_state_is_chosen(structureless: Examined) -> None:
    choice = structureless.choose(1, 2, 3)
    assert (choice.n_states, choice.is_sound) == (1, True)


def test_without_structure_no_states_are_sound(structureless: Examined) -> None:
    choice = structureless.choose(2, 3)
    assert not choice.is_sound
    assert choice.explanation.startswith("No model passes the checks")
    assert "users who never change would explain next week as well" in (
        choice.explanation
    )
    # They have no dynamics, or the model itself has a defect.
    for verdict in choice.verdicts.values():
        assert verdict.defects


def test_nobody_held_out() -> None:
    examined = examine(planted_data(120, holdout_share=0.0), range(1, 4), n_starts=2)
    assert examined.examiner.base is None
    for certificate in examined.certificates.values():
        assert certificate.separation is None
        assert all(row.scores is None for row in certificate.starts)
    choice = examined.choose(1, 2, 3)
    by_bic = min(
        examined.certificates, key=lambda n: examined.certificates[n].best.criteria.bic
    )
    assert choice.n_states == by_bic == 3
    assert "there was no held-out week" in choice.explanation
    assert choice.verdicts[3].behind_best is None
    # In this case the refits are compared on the training users.
    assert choice.verdicts[3].stability is not None
    assert choice.verdicts[3].stability > 0.9


def everything(examined: Examined) -> list[object]:
    """Return the exact figures of all certificates and of the choice."""
    choice = examined.choose(*examined.certificates)
    figures: list[object] = [choice]
    for certificate in examined.certificates.values():
        figures += [certificate.separation, certificate.defects]
        for row in certificate.starts:
            assert row.scores is not None
            figures += [
                row.log_likelihood,
                row.criteria,
                row.state_shares.tolist(),
                row.scores.log_scores.tolist(),
            ]
    return figures


def test_results_are_equal_on_any_number_of_threads() -> None:
    data = planted_data(120)
    found = []
    for n_threads in (1, 2, 2):
        with patch.object(threads, "default_threads", lambda n=n_threads: n):
            found.append(everything(examine(data, range(2, 4), n_starts=2)))
    assert found[0] == found[1] == found[2]
