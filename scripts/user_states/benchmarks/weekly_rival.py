"""The expectation step of the default features as a Python user would write it.

hmmlearn has no counts, parts, shares or levels. Its compiled recursions take any
densities, though: NumPy computes these for all rows with one matrix product, and each
level of each user is one call of the `scaling` recursions. The likelihood is ours.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
from hmmlearn import _hmmc
from scipy.special import logsumexp

from user_states.hmm.arrays import FloatArray
from user_states.hmm.levels import LevelTerms
from user_states.hmm.parameters import COUNT_CATEGORIES, HMMParameters
from user_states.hmm.sequences import Sequences


@dataclass(frozen=True, eq=False)
class WeeklyStatistics:
    """What the M-step needs.

    Attributes
    ----------
    log_likelihood : float
        In nats.
    moves : array, shape (K, K)
        Expected moves.
    sums : array, shape (K, n_columns)
        Expected sums of the columns of the design.
    """

    log_likelihood: float
    moves: FloatArray
    sums: FloatArray


class WeeklyRival:
    """Rows of a count, parts and two shares, ready for `expected`.

    Parameters
    ----------
    data : Sequences
        As `draw_weekly` draws them: only a count may be missing.
    """

    def __init__(self, data: Sequences) -> None:
        counts, others = data.X[:, 0], data.X[:, 1:]
        self.is_observed = ~np.isnan(counts)
        self.counts = np.minimum(np.nan_to_num(counts), COUNT_CATEGORIES - 1)
        one_hot = np.eye(COUNT_CATEGORIES)[self.counts.astype(np.int64)]
        self.design = np.hstack([one_hot * self.is_observed[:, np.newaxis], others])
        self.stops = np.cumsum(data.lengths)
        self.lengths = data.lengths

    def expected(self, parameters: HMMParameters) -> WeeklyStatistics:
        """Return the expected statistics of all rows."""
        terms = LevelTerms.of(parameters)
        n_states, n_levels = parameters.n_states, parameters.n_levels
        log_b = self.design @ _slopes(parameters).T
        start, transition = parameters.start_probabilities, parameters.transition_matrix
        moves, score = np.zeros((n_states, n_states)), 0.0
        posteriors = np.empty((len(log_b), n_states))
        observed = self.is_observed[:, np.newaxis]
        normalisers = terms.least[:, np.newaxis] - terms.log_tilts
        of_level = []
        for level in range(n_levels):
            effect = terms.log_effects[level] * self.counts[:, np.newaxis]
            tilted = log_b + observed * (effect - normalisers[level])
            top = tilted.max(axis=1, keepdims=True)
            of_level.append((np.exp(tilted - top), top[:, 0]))
        for stop, length in zip(self.stops, self.lengths, strict=True):
            rows = slice(stop - length, stop)
            scores, found = np.empty(n_levels), []
            for level, (b, top) in enumerate(of_level):
                log_p, forward, scales = _hmmc.forward_scaling(
                    start, transition, b[rows]
                )
                backward = _hmmc.backward_scaling(start, transition, b[rows], scales)
                xi = _hmmc.compute_scaling_xi_sum(
                    forward, transition, backward, b[rows]
                )
                smooth = forward * backward
                found.append((smooth / smooth.sum(axis=1, keepdims=True), xi))
                scores[level] = terms.log_weights[level] + log_p + top[rows].sum()
            total = logsumexp(scores)
            score += total
            posteriors[rows] = 0.0
            for weight, (smooth, xi) in zip(np.exp(scores - total), found, strict=True):
                posteriors[rows] += weight * smooth
                moves += weight * xi
        return WeeklyStatistics(float(score), moves, posteriors.T @ self.design)

    def seconds(self, parameters: HMMParameters) -> float:
        """Return the seconds of an expectation step."""
        started = time.perf_counter()
        self.expected(parameters)
        return time.perf_counter() - started


def _slopes(parameters: HMMParameters) -> FloatArray:
    """Return the log-density of each column of the design, shape (K, n_columns)."""
    columns = []
    for feature, density in enumerate(parameters.densities):
        means = parameters.means[:, parameters.columns(feature)]
        if density.kind == "share":
            # Of s and m: s log p + (m - s) log(1 - p).
            columns += [np.log(means) - np.log1p(-means), np.log1p(-means)]
        else:
            columns.append(np.log(means))
    return np.hstack(columns)
