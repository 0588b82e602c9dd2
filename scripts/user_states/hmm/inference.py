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
from user_states.hmm.levels import LevelSums, LevelTerms
from user_states.hmm.log_recursions import UserLevels, smooth_levels
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
    levels : LevelSums
    """

    log_likelihood: float
    starts: FloatArray
    moves: FloatArray
    features: FeatureSums
    levels: LevelSums


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
    level_probabilities : array, shape (n_users, C)
        Of each user's level, given all rows of the user.
    """

    log_likelihood: float
    probabilities: FloatArray
    expected_moves: FloatArray
    level_probabilities: FloatArray


@dataclass(frozen=True, eq=False)
class _Model:
    """A model as the kernel and the recursions in logarithms take it."""

    parameters: HMMParameters
    theta: Coefficients
    terms: LevelTerms
    is_static: bool
    least_log_scale: float

    @classmethod
    def of(cls, parameters: HMMParameters, packed: PackedSequences) -> _Model:
        least = min(
            parameters.start_probabilities.min(), parameters.transition_matrix.min()
        )
        identity = np.eye(parameters.n_states)
        is_static = bool((parameters.transition_matrix == identity).all())
        is_unsafe = least < _LEAST_SAFE_PROBABILITY and not is_static
        return cls(
            parameters,
            coefficients(parameters, packed.columns),
            LevelTerms.of(parameters),
            is_static,
            _LEAST_LOG_SCALE if is_unsafe else -np.inf,
        )

    @property
    def arguments(self) -> tuple[tuple[FloatArray, ...], tuple[FloatArray, ...]]:
        """The kernel's `model` and `levels`."""
        terms = self.terms
        return (
            self._chain(
                self.parameters.start_probabilities, self.parameters.transition_matrix
            ),
            (
                terms.log_weights,
                terms.log_effects,
                terms.least,
                np.exp(terms.log_tilts),
            ),
        )

    @property
    def log_arguments(self) -> tuple[tuple[FloatArray, ...], tuple[FloatArray, ...]]:
        """The same with the logarithms of the chain and of the tilts."""
        terms = self.terms
        with np.errstate(divide="ignore"):
            chain = self._chain(
                np.log(self.parameters.start_probabilities),
                np.log(self.parameters.transition_matrix),
            )
        return chain, (
            terms.log_weights,
            terms.log_effects,
            terms.least,
            terms.log_tilts,
        )

    def _chain(
        self, start: FloatArray, transition: FloatArray
    ) -> tuple[FloatArray, ...]:
        return (
            np.ascontiguousarray(start),
            np.ascontiguousarray(transition),
            self.theta.constant,
            self.theta.linear,
            self.theta.quadratic,
        )

    def user(self, values: FloatArray, counts: FloatArray) -> UserLevels:
        """Return a user's probabilities, computed in logarithms."""
        log_b = self.terms.log_densities(self.theta.log_densities(values), counts)
        return smooth_levels(
            self.terms.log_weights,
            self.parameters.start_probabilities,
            self.parameters.transition_matrix,
            log_b,
        )


@dataclass(frozen=True, eq=False)
class _Lost:
    """A user whose numbers underflowed in the kernel, computed in logarithms."""

    group: int
    lane: int
    rows: slice
    values: FloatArray
    counts: FloatArray
    user: UserLevels


def expected_statistics(
    parameters: HMMParameters, packed: PackedSequences, n_threads: int | None = None
) -> ExpectedStatistics:
    """Return the expected statistics. `n_threads` is all cores by default."""
    nothing = np.empty((0, parameters.n_states))
    return _smooth(parameters, packed, n_threads, nothing)[0]


def smoothed(
    parameters: HMMParameters, packed: PackedSequences, n_threads: int | None = None
) -> Smoothed:
    """Return state probabilities given all of each user's weeks."""
    rows = np.empty((packed.n_rows, parameters.n_states))
    statistics, levels = _smooth(parameters, packed, n_threads, rows)
    return Smoothed(statistics.log_likelihood, rows, statistics.moves, levels)


def smoothed_levels(
    parameters: HMMParameters, packed: PackedSequences, n_threads: int | None = None
) -> FloatArray:
    """Return probabilities of level and state given all of each user's weeks.

    Returns
    -------
    array, shape (n_rows, C * K)
        Level by level: column c * K + k is level c and state k.
    """
    rows = np.empty((packed.n_rows, parameters.n_levels * parameters.n_states))
    _smooth(parameters, packed, n_threads, rows)
    return rows


def filtered(
    parameters: HMMParameters, packed: PackedSequences, n_threads: int | None = None
) -> FloatArray:
    """Return probabilities of level and state given the weeks so far.

    Returns
    -------
    array, shape (n_rows, C * K)
        Level by level: column c * K + k is level c and state k.
    """
    rows = np.empty((packed.n_rows, parameters.n_levels * parameters.n_states))
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
    """Return the most probable levels' most probable paths (Viterbi).

    Returns
    -------
    log_probability : float
        Sum over users of log p(x, level, path), in nats.
    states : array of int, shape (n_rows,)
    """
    model, levels = _Model.of(parameters, packed).log_arguments
    states = np.empty(packed.n_rows, dtype=np.int64)

    def run(chunk: slice) -> float:
        data, buffers = _chunk(packed, chunk, parameters)
        log_probability = np.zeros((len(data[2]), WIDTH))
        kernel.best_path_groups(data, model, levels, buffers, log_probability, states)
        return float(log_probability.sum())

    return sum(in_order(run, packed.chunks, n_threads)), states


def _smooth(
    parameters: HMMParameters,
    packed: PackedSequences,
    n_threads: int | None,
    rows: FloatArray,
) -> tuple[ExpectedStatistics, FloatArray]:
    """Return the expected statistics and the level probabilities.

    If `rows` has the shape (n_rows, K) or (n_rows, C * K), and not (0, K),
    probabilities are written to it, and the sums of features and levels are not
    computed.
    """
    model, columns = _Model.of(parameters, packed), packed.columns
    chain, levels = model.arguments
    n_states, n_levels = parameters.n_states, parameters.n_levels
    by_lane = np.empty((len(packed.first_row), n_levels, WIDTH))

    def run(chunk: slice) -> tuple[float, list[FloatArray], list[tuple[int, int]]]:
        data, buffers = _chunk(packed, chunk, parameters)
        sums = kernel.make_sums(
            n_states, n_levels, columns.n_columns, columns.n_quadratic
        )
        scores, is_lost = np.zeros((2, len(data[2]), WIDTH))
        kernel.smooth_groups(
            data,
            chain,
            levels,
            model.is_static,
            model.least_log_scale,
            buffers,
            sums,
            scores,
            is_lost,
            by_lane[chunk],
            rows,
        )
        over_lanes = [values.sum(axis=-1) for values in sums]
        return float(scores.sum()), over_lanes, _lost(is_lost, chunk)

    score, lost = 0.0, []
    totals: list[FloatArray] = []
    for chunk_score, sums, chunk_lost in in_order(run, packed.chunks, n_threads):
        score += chunk_score
        lost += chunk_lost
        totals = totals or [np.zeros_like(values) for values in sums]
        for total, values in zip(totals, sums, strict=True):
            total += values
    starts, moves, weight, value, square, level_weeks, level_rides = totals
    moves *= parameters.transition_matrix
    for one in _in_logarithms(model, packed, lost):
        smooth = one.user.smoothed.sum(axis=0)
        score += one.user.log_likelihood
        starts += smooth[0]
        moves += one.user.expected_moves
        weight += smooth.sum(axis=0)
        value += smooth.T @ one.values
        square += smooth.T @ one.values[:, : columns.n_quadratic] ** 2
        by_lane[one.group, :, one.lane] = one.user.probabilities
        if n_levels > 1:
            n, is_observed = one.counts.T
            level_weeks += np.tensordot(is_observed, one.user.smoothed, axes=(0, 1))
            level_rides += np.tensordot(n, one.user.smoothed, axes=(0, 1))
        if len(rows):
            rows[one.rows] = _joined(one.user.smoothed, rows.shape[1])
    of_users = _by_user(packed, by_lane)
    statistics = ExpectedStatistics(
        score,
        starts,
        moves,
        feature_sums(weight, value, square, columns),
        LevelSums(of_users.sum(axis=0), level_weeks, level_rides),
    )
    return statistics, of_users


def _filter(
    parameters: HMMParameters,
    packed: PackedSequences,
    n_threads: int | None,
    rows: FloatArray,
) -> float:
    """Return the log-likelihood, and write filtered probabilities to `rows`, if any."""
    model = _Model.of(parameters, packed)
    chain, levels = model.arguments

    def run(chunk: slice) -> tuple[float, list[tuple[int, int]]]:
        data, buffers = _chunk(packed, chunk, parameters)
        scores, is_lost = np.zeros((2, len(data[2]), WIDTH))
        by_lane = np.empty((len(data[2]), parameters.n_levels, WIDTH))
        kernel.filter_groups(
            data,
            chain,
            levels,
            model.is_static,
            model.least_log_scale,
            buffers,
            scores,
            is_lost,
            by_lane,
            rows,
        )
        return float(scores.sum()), _lost(is_lost, chunk)

    score, lost = 0.0, []
    for chunk_score, chunk_lost in in_order(run, packed.chunks, n_threads):
        score += chunk_score
        lost += chunk_lost
    for one in _in_logarithms(model, packed, lost):
        score += one.user.log_likelihood
        if len(rows):
            rows[one.rows] = _joined(one.user.filtered, rows.shape[1])
    return score


def _chunk(
    packed: PackedSequences, chunk: slice, parameters: HMMParameters
) -> tuple[tuple[Any, ...], tuple[FloatArray, ...]]:
    """Return the data of a chunk of groups, and buffers for the kernel."""
    data = (
        packed.values,
        packed.counts,
        packed.first_row[chunk],
        packed.n_weeks[chunk],
        packed.lane_weeks[chunk],
        packed.lane_start[chunk],
    )
    buffers = kernel.make_buffers(
        int(data[3].max()), parameters.n_states, parameters.n_levels
    )
    return data, buffers


def _lost(is_lost: FloatArray, chunk: slice) -> list[tuple[int, int]]:
    """Return group and lane of the users whose numbers underflowed."""
    return [
        (chunk.start + group, lane) for group, lane in np.argwhere(is_lost).tolist()
    ]


def _in_logarithms(
    model: _Model, packed: PackedSequences, lost: Iterable[tuple[int, int]]
) -> Iterator[_Lost]:
    """Yield the data and probabilities of users that underflowed."""
    for group, lane in lost:
        rows, values, counts = unpack_user(packed, group, lane)
        user = model.user(values, counts)
        yield _Lost(group, lane, rows, values, counts, user)


def _joined(by_level: FloatArray, n_columns: int) -> FloatArray:
    """Return rows, shape (n_weeks, K) or (n_weeks, C * K), of (C, n_weeks, K)."""
    n_levels, n_weeks, n_states = by_level.shape
    if n_columns == n_states:
        return np.asarray(np.minimum(by_level.sum(axis=0), 1.0))
    rows = np.moveaxis(by_level, 0, 1).reshape(n_weeks, n_levels * n_states)
    return np.asarray(np.minimum(rows, 1.0))


def _by_user(packed: PackedSequences, by_lane: FloatArray) -> FloatArray:
    """Return level probabilities of the users, shape (n_users, C), of those of lanes.

    Packing sorts users by length, the longest first.
    """
    n_users = len(packed.lengths)
    if by_lane.shape[1] == 1:
        return np.ones((n_users, 1))
    of_users = np.empty((n_users, by_lane.shape[1]))
    in_lanes = np.moveaxis(by_lane, 1, 2).reshape(-1, by_lane.shape[1])
    of_users[packed.user_order] = in_lanes[:n_users]
    return of_users
