"""The recursions of a hidden Markov model, one user at a time, in logarithms.

Plain NumPy, to be read beside the textbook (Rabiner 1989, Proceedings of the IEEE
77:257-286). The kernel is tested against them, and they replace it for users whose
scaled numbers underflow.

With pi the start probabilities, A the transition matrix and b the densities,

    alpha_t(j) = b_j(t) sum_i alpha_{t-1}(i) A_ij        alpha_0(j) = pi_j b_j(0)
    beta_t(i)  = sum_j A_ij b_j(t+1) beta_{t+1}(j)       beta_{T-1}(i) = 1
    delta_t(j) = b_j(t) max_i delta_{t-1}(i) A_ij        delta_0 = alpha_0

With several levels, each has its own b, and they are weighted by w_c L_c: the weight of
a level times the likelihood of the weeks (all of them, or those so far).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import logsumexp, softmax

from user_states.hmm.arrays import FloatArray, IntArray


@dataclass(frozen=True, eq=False)
class UserSmoothed:
    """One user's states: see `smooth_user`.

    Attributes
    ----------
    log_likelihood : float
    filtered, smoothed : array, shape (n_weeks, K)
        Probability of each state, given the weeks up to each week, and given all weeks.
    expected_moves : array, shape (K, K)
        Sum over weeks of P(state i, then state j | all weeks).
    log_so_far : array, shape (n_weeks,)
        Log-likelihood of the weeks up to each week.
    """

    log_likelihood: float
    filtered: FloatArray
    smoothed: FloatArray
    expected_moves: FloatArray
    log_so_far: FloatArray


@dataclass(frozen=True, eq=False)
class UserLevels:
    """One user's levels and states: see `smooth_levels`.

    Attributes
    ----------
    log_likelihood : float
    probabilities : array, shape (C,)
        Of each level, given all weeks.
    filtered, smoothed : array, shape (C, n_weeks, K)
        Probability of each level and state, given the weeks up to each week, and given
        all weeks.
    expected_moves : array, shape (K, K)
        Sum over weeks of P(state i, then state j | all weeks).
    """

    log_likelihood: float
    probabilities: FloatArray
    filtered: FloatArray
    smoothed: FloatArray
    expected_moves: FloatArray


def smooth_user(pi: FloatArray, A: FloatArray, log_b: FloatArray) -> UserSmoothed:
    """Return a user's state probabilities; `log_b` has shape (n_weeks, K)."""
    with np.errstate(divide="ignore"):
        log_pi, log_A = np.log(pi), np.log(A)
    alpha, beta = np.empty_like(log_b), np.zeros_like(log_b)
    alpha[0] = log_pi + log_b[0]
    for t in range(1, len(log_b)):
        alpha[t] = log_b[t] + np.logaddexp.reduce(alpha[t - 1, :, None] + log_A, axis=0)
    for t in range(len(log_b) - 2, -1, -1):
        beta[t] = np.logaddexp.reduce(log_A + log_b[t + 1] + beta[t + 1], axis=1)
    log_likelihood = float(np.logaddexp.reduce(alpha[-1]))
    moves = alpha[:-1, :, None] + log_A + (log_b + beta)[1:, None, :]
    return UserSmoothed(
        log_likelihood=log_likelihood,
        # Each week sums to 1, even if the log-likelihood has lost digits.
        filtered=softmax(alpha, axis=1),
        smoothed=softmax(alpha + beta, axis=1),
        expected_moves=softmax(moves, axis=(1, 2)).sum(axis=0),
        log_so_far=np.logaddexp.reduce(alpha, axis=1),
    )


def smooth_levels(
    log_weights: FloatArray, pi: FloatArray, A: FloatArray, log_b: FloatArray
) -> UserLevels:
    """Return a user's level and state probabilities.

    Parameters
    ----------
    log_weights : array, shape (C,)
    pi : array, shape (K,)
    A : array, shape (K, K)
    log_b : array, shape (C, n_weeks, K)
    """
    levels = [smooth_user(pi, A, of_level) for of_level in log_b]
    so_far = log_weights[:, np.newaxis] + np.array([one.log_so_far for one in levels])
    joint = log_weights + np.array([one.log_likelihood for one in levels])
    probabilities = softmax(joint)
    filtered = softmax(so_far, axis=0)[:, :, np.newaxis]
    return UserLevels(
        log_likelihood=float(logsumexp(joint)),
        probabilities=probabilities,
        filtered=filtered * np.array([one.filtered for one in levels]),
        smoothed=probabilities[:, np.newaxis, np.newaxis]
        * np.array([one.smoothed for one in levels]),
        expected_moves=np.tensordot(
            probabilities, np.array([one.expected_moves for one in levels]), axes=1
        ),
    )


def best_path(
    pi: FloatArray, A: FloatArray, log_b: FloatArray
) -> tuple[float, IntArray]:
    """Return a user's most probable path (Viterbi) and its log-probability."""
    with np.errstate(divide="ignore"):
        log_pi, log_A = np.log(pi), np.log(A)
    delta = log_pi + log_b[0]
    came_from = np.zeros(log_b.shape, dtype=np.int64)
    for t in range(1, len(log_b)):
        scores = delta[:, None] + log_A
        came_from[t] = scores.argmax(axis=0)
        delta = scores.max(axis=0) + log_b[t]
    path = np.full(len(log_b), delta.argmax())
    for t in range(len(log_b) - 1, 0, -1):
        path[t - 1] = came_from[t, path[t]]
    return float(delta.max()), path
