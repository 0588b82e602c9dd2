"""Likelihood, state probabilities and best paths under given parameters, on all cores.

The only file that calls the kernel. Users whose numbers underflow in it are computed in
logarithms instead (`log_recursions`). Threads work on chunks of users, and the results
are combined in the order of the chunks, so that every number is the same for any number
of threads, to the last bit.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from user_states.hmm import kernel
from user_states.hmm.arrays import FloatArray, IntArray
from user_states.hmm.emissions import (
    Coefficients,
    FeatureSums,
    coefficients,
    feature_sums,
)
from user_states.hmm.lanes import WIDTH
from user_states.hmm.log_recursions import UserSmoothed, smooth_user
from user_states.hmm.packing import PackedSequences, unpack_user
from user_states.hmm.parameters import HMMParameters
from user_states.hmm.threads import in_order

# The scaled recursions lose nothing while every transition has at least this
# probability: what underflows in a state is replaced from other states in the next
# week. Below it, a user whose scales have a product below exp(-600) is computed in
# logarithms: a lost path had at most exp(-708) of the sum, and can have gained at most
# a factor of exp(600) since.
_LEAST_SAFE_PROBABILITY = 1e-100
_LEAST_LOG_SCALE = -600.0


@dataclass(frozen=True, eq=False)
class ExpectedStatistics:
    """What the M-step needs: the result of the E-step of Baum and Welch.

    Attributes
    ----------
    log_likelihood : float
        Of all rows, in nats.
    starts : array, shape (K,)
        Expected number of first weeks in each state.
    moves : array, shape (K, K)
        Expected number of moves from a state to a state of the next week, including
        stays.
    features : FeatureSums
    """

    log_likelihood: float
    starts: FloatArray
    moves: FloatArray
    features: FeatureSums


@dataclass(frozen=True, eq=False)
class Smoothed:
    """State probabilities given all weeks of each user.

    Attributes
    ----------
    log_likelihood : float
        Of all rows, in nats.
    probabilities : array, shape (n_rows, K)
        Of each state in each row, given all rows of the user.
    expected_moves : array, shape (K, K)
        Sum over users and weeks of P(state i, then state j | all rows of the
        user): the xi of Rabiner 1989 (Proceedings of the IEEE 77), eq. 37.
    """

    log_likelihood: float
    probabilities: FloatArray
    expected_moves: FloatArray


def expected_statistics(
    parameters: HMMParameters, packed: PackedSequences, n_threads: int | None = None
) -> ExpectedStatistics:
    """Return the expected statistics. `n_threads` is all cores by default."""
    return _smooth(parameters, packed, n_threads, np.empty((0, parameters.n_states)))


def smoothed(
    parameters: HMMParameters, packed: PackedSequences, n_threads: int | None = None
) -> Smoothed:
    """Return state probabilities given all of each user's weeks."""
    rows = np.empty((packed.n_rows, parameters.n_states))
    statistics = _smooth(parameters, packed, n_threads, rows)
    return Smoothed(statistics.log_likelihood, rows, statistics.moves)


def filtered(
    parameters: HMMParameters, packed: PackedSequences, n_threads: int | None = None
) -> FloatArray:
    """Return state probabilities given the weeks so far, shape (n_rows, K)."""
    rows = np.empty((packed.n_rows, parameters.n_states))
    _filter(parameters, packed, n_threads, rows)
    return rows


def log_likelihood(
    parameters: HMMParameters, packed: PackedSequences, n_threads: int | None = None
) -> float:
    """Return the log-likelihood of all rows in nats."""
    nothing = np.empty((0, parameters.n_states))
    return _filter(parameters, packed, n_threads, nothing)


def best_paths(
    parameters: HMMParameters, packed: PackedSequences, n_threads: int | None = None
) -> tuple[float, IntArray]:
    """Return the most probable paths (Viterbi).

    Returns
    -------
    log_probability : float
        Sum over users of log p(x, path), in nats.
    states : array of int, shape (n_rows,)
    """
    with np.errstate(divide="ignore"):
        start = np.log(parameters.start_probabilities)
        transition = np.log(parameters.transition_matrix)
    theta = coefficients(parameters, packed.columns)
    model = (start, transition, theta.constant, theta.linear, theta.quadratic)
    states = np.empty(packed.n_rows, dtype=np.int64)

    def run(chunk: slice) -> float:
        data, buffers = _chunk(packed, chunk, parameters.n_states)
        log_probability = np.zeros((len(data[1]), WIDTH))
        kernel.best_path_groups(data, model, buffers, log_probability, states)
        return float(log_probability.sum())

    return sum(in_order(run, packed.chunks, n_threads)), states


def _smooth(
    parameters: HMMParameters,
    packed: PackedSequences,
    n_threads: int | None,
    rows: FloatArray,
) -> ExpectedStatistics:
    """Return the expected statistics, or write the probabilities of the rows.

    If `rows` has the shape (n_rows, K), and not (0, K), probabilities are written to
    it, and the sums of the features are not computed.
    """
    theta, model, least = _model(parameters, packed)
    columns = packed.columns

    def run(chunk: slice) -> tuple[float, list[FloatArray], list[tuple[int, int]]]:
        data, buffers = _chunk(packed, chunk, parameters.n_states)
        sums = kernel.make_sums(
            parameters.n_states, columns.n_columns, columns.n_quadratic
        )
        scores, is_lost = np.zeros((2, len(data[1]), WIDTH))
        kernel.smooth_groups(data, model, least, buffers, sums, scores, is_lost, rows)
        over_lanes = [values.sum(axis=-1) for values in sums]
        return float(scores.sum()), over_lanes, _lost(is_lost, chunk)

    score, lost = 0.0, []
    starts, moves, weight, value, square = (
        values.sum(axis=-1)
        for values in kernel.make_sums(
            parameters.n_states, columns.n_columns, columns.n_quadratic
        )
    )
    for chunk_score, sums, chunk_lost in in_order(run, packed.chunks, n_threads):
        score += chunk_score
        lost += chunk_lost
        for total, values in zip(
            (starts, moves, weight, value, square), sums, strict=True
        ):
            total += values
    moves *= parameters.transition_matrix
    for user_rows, values, user in _in_logarithms(parameters, packed, theta, lost):
        score += user.log_likelihood
        starts += user.smoothed[0]
        moves += user.expected_moves
        weight += user.smoothed.sum(axis=0)
        value += user.smoothed.T @ values
        square += user.smoothed.T @ values[:, : columns.n_quadratic] ** 2
        if len(rows):
            rows[user_rows] = np.minimum(user.smoothed, 1.0)
    return ExpectedStatistics(
        score, starts, moves, feature_sums(weight, value, square, columns)
    )


def _filter(
    parameters: HMMParameters,
    packed: PackedSequences,
    n_threads: int | None,
    rows: FloatArray,
) -> float:
    """Return the log-likelihood, and write filtered probabilities to `rows`, if any."""
    theta, model, least = _model(parameters, packed)

    def run(chunk: slice) -> tuple[float, list[tuple[int, int]]]:
        data, buffers = _chunk(packed, chunk, parameters.n_states)
        scores, is_lost = np.zeros((2, len(data[1]), WIDTH))
        kernel.filter_groups(data, model, least, buffers, scores, is_lost, rows)
        return float(scores.sum()), _lost(is_lost, chunk)

    score, lost = 0.0, []
    for chunk_score, chunk_lost in in_order(run, packed.chunks, n_threads):
        score += chunk_score
        lost += chunk_lost
    for user_rows, _, user in _in_logarithms(parameters, packed, theta, lost):
        score += user.log_likelihood
        if len(rows):
            rows[user_rows] = np.minimum(user.filtered, 1.0)
    return score


def _model(
    parameters: HMMParameters, packed: PackedSequences
) -> tuple[Coefficients, tuple[FloatArray, ...], float]:
    """Return the coefficients, the kernel's arguments, and the least log scale."""
    theta = coefficients(parameters, packed.columns)
    start, transition = parameters.start_probabilities, parameters.transition_matrix
    least = min(start.min(), transition.min())
    return (
        theta,
        (
            np.ascontiguousarray(start),
            np.ascontiguousarray(transition),
            theta.constant,
            theta.linear,
            theta.quadratic,
        ),
        _LEAST_LOG_SCALE if least < _LEAST_SAFE_PROBABILITY else -np.inf,
    )


def _chunk(
    packed: PackedSequences, chunk: slice, n_states: int
) -> tuple[tuple[Any, ...], tuple[FloatArray, ...]]:
    """Return the data of a chunk of groups, and buffers for the kernel."""
    data = (
        packed.values,
        packed.first_row[chunk],
        packed.n_weeks[chunk],
        packed.lane_weeks[chunk],
        packed.lane_start[chunk],
    )
    return data, kernel.make_buffers(int(data[2].max()), n_states)


def _lost(is_lost: FloatArray, chunk: slice) -> list[tuple[int, int]]:
    """Return group and lane of the users whose numbers underflowed."""
    return [
        (chunk.start + group, lane) for group, lane in np.argwhere(is_lost).tolist()
    ]


def _in_logarithms(
    parameters: HMMParameters,
    packed: PackedSequences,
    theta: Coefficients,
    lost: Iterable[tuple[int, int]],
) -> Iterator[tuple[slice, FloatArray, UserSmoothed]]:
    """Yield the rows, packed columns and probabilities of users that underflowed."""
    for group, lane in lost:
        rows, values = unpack_user(packed, group, lane)
        user = smooth_user(
            parameters.start_probabilities,
            parameters.transition_matrix,
            theta.log_densities(values),
        )
        yield rows, values, user
