"""A model's parameters as one unbounded vector, and the score of users in it.

The vector consists of the log-odds of the start probabilities and of each row of the
transition matrix, each relative to the largest entry of its row; the means of Gaussian
features, the log-odds of Bernoulli features and shares, and those of categories and
parts relative to the largest of their state; and the logarithms of the variances.
Entries that the data say nothing about are held fixed: see `FreeParameters.of`. So are
the weights and effects of levels: the errors are those given the levels.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.special import expit, logit, softmax

from user_states.hmm.arrays import BoolArray, FloatArray, IntArray
from user_states.hmm.parameters import HMMParameters

# A parameter with fewer expected weeks (or moves, or users who begin in a state) is
# held fixed.
_LEAST_EVENTS = 1.0

# A parameter within this relative distance of a floor is at the floor.
_FLOOR_MARGIN = 1e-6


@dataclass(frozen=True, eq=False)
class CompleteStatistics:
    """Expected sums of the complete data, for each user or for all together.

    The leading shape `...` is (n_users,) or empty.

    Attributes
    ----------
    starts : array, shape (..., K)
        Probability of each state in the first week.
    moves : array, shape (..., K, K)
        Expected moves from a state to a state of the next week, including stays.
    weight, value, square : array, shape (..., K, P)
        As in `FeatureSums`.
    level_weeks : array, shape (..., C, K)
        As `weeks` in `LevelSums`; not read if there is one level.
    offset : array, shape (P,)
    """

    starts: FloatArray
    moves: FloatArray
    weight: FloatArray
    value: FloatArray
    square: FloatArray
    level_weeks: FloatArray
    offset: FloatArray


@dataclass(frozen=True, eq=False)
class FreeParameters:
    """Which entries of the vector are free, and the estimate.

    Attributes
    ----------
    at : HMMParameters
        The estimate.
    is_free : array of bool, shape (K + K² + 2 K P,)
    """

    at: HMMParameters
    is_free: BoolArray

    @classmethod
    def of(
        cls,
        parameters: HMMParameters,
        totals: CompleteStatistics,
        variance_floor: float | FloatArray,
        probability_floor: float,
    ) -> FreeParameters:
        """Return the free entries of an estimate.

        Fixed are the reference entry of each row, parameters at a floor, and
        parameters with less than one expected event: for those the likelihood is not
        parabolic, so its curvature does not measure the error.

        Parameters
        ----------
        parameters : HMMParameters
        totals : CompleteStatistics
            Of all users that the model was fitted on, together.
        variance_floor, probability_floor : float
            As in the fit.
        """
        start, transition = parameters.start_probabilities, parameters.transition_matrix
        starts = (totals.starts >= _LEAST_EVENTS) & ~_references(start)
        moves = (totals.moves >= _LEAST_EVENTS) & ~_references(transition)
        is_seen = totals.weight >= _LEAST_EVENTS
        gaussian = parameters.is_gaussian
        lowest = np.broadcast_to(variance_floor, parameters.variances.shape)
        at_floor = parameters.variances <= lowest * (1 + _FLOOR_MARGIN)
        edge = probability_floor * (1 + _FLOOR_MARGIN)
        at_edge = (parameters.means <= edge) | (parameters.means >= 1 - edge)
        is_fixed = ~gaussian & at_edge
        for place in _distributions(parameters):
            is_fixed[:, place] |= _references(parameters.means[:, place])
            is_fixed[:, place] |= totals.value[:, place] < _LEAST_EVENTS
        return cls(
            parameters,
            _joined(
                starts,
                moves,
                is_seen & ~is_fixed,
                is_seen & gaussian & ~at_floor,
            ).astype(np.bool_),
        )

    @property
    def n_free(self) -> int:
        """Number of free entries, P."""
        return int(self.is_free.sum())

    def parameters(self, change: FloatArray) -> HMMParameters:
        """Return the parameters after a change of the free entries.

        Parameters
        ----------
        change : array, shape (P,)
        """
        start, transition, means, variances = self._moved(change)
        return replace(
            self.at,
            start_probabilities=start,
            transition_matrix=transition,
            means=means,
            variances=variances,
        )

    def transitions_and_means(
        self, changes: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        """Return transition matrices and means after changes of shape (n, P).

        Returns
        -------
        transitions : array, shape (n, K, K)
        means : array, shape (n, K, P)
        """
        _, transitions, means, _ = self._moved(changes)
        return transitions, means

    def score(self, statistics: CompleteStatistics) -> FloatArray:
        """Return the gradient of the log-likelihood, shape (..., P).

        By Fisher's identity it is the expected gradient of the log-likelihood of the
        complete data (McLachlan and Krishnan 2008,
        The EM Algorithm and Extensions, 2nd edition, section 3.7).
        """
        return score(self.at, statistics)[..., self.is_free]

    def score_at(
        self, change: FloatArray, statistics: CompleteStatistics
    ) -> FloatArray:
        """Return the gradient after a change, from the statistics after that change."""
        return score(self.parameters(change), statistics)[..., self.is_free]

    def _moved(self, change: FloatArray) -> tuple[FloatArray, ...]:
        change = np.asarray(change)
        full = np.zeros((*change.shape[:-1], len(self.is_free)))
        full[..., self.is_free] = change
        start, transition, means, variances = _split(full, self.at)
        at = self.at
        with np.errstate(divide="ignore"):
            log_start = np.log(at.start_probabilities)
            log_transition = np.log(at.transition_matrix)
        gaussian = at.is_gaussian
        log_odds = logit(np.where(gaussian, 0.5, at.means))
        moved = np.where(gaussian, at.means + means, expit(log_odds + means))
        for place in _distributions(at):
            log_p = np.log(at.means[:, place])
            moved[..., place] = softmax(log_p + means[..., place], axis=-1)
        return (
            softmax(log_start + start, axis=-1),
            softmax(log_transition + transition, axis=-1),
            moved,
            at.variances * np.exp(variances),
        )


def score(parameters: HMMParameters, statistics: CompleteStatistics) -> FloatArray:
    """Return the gradient for every entry of the vector, shape (..., K + K² + 2KP).

    With n_ij the expected moves and, for a mean in a state, w, s and q the expected
    sums of weights, of deviations from the mean and of their squares (`FeatureSums`):

        log-odds of a move           n_ij - A_ij sum_j n_ij
        mean                         s / v       log-variance   (q / v - w) / 2
        log-odds of a probability    s

    The deviations of a count with levels are from the probabilities of each level.
    """
    starts, moves = statistics.starts, statistics.moves
    leaving = moves.sum(axis=-1, keepdims=True)
    centre = parameters.means - statistics.offset
    weight, value = statistics.weight, statistics.value
    deviation = value - centre * weight
    if parameters.n_levels > 1 and parameters.count_feature is not None:
        place = parameters.columns(parameters.count_feature)
        deviation[..., place] = value[..., place] - np.einsum(
            "...ck,ckn->...kn", statistics.level_weeks, parameters.count_probabilities()
        )
    square = statistics.square - 2 * centre * value + centre**2 * weight
    gaussian = parameters.is_gaussian
    return _joined(
        starts - parameters.start_probabilities * starts.sum(axis=-1, keepdims=True),
        moves - parameters.transition_matrix * leaving,
        np.where(gaussian, deviation / parameters.variances, deviation),
        (square / parameters.variances - weight) / 2,
    )


def _distributions(parameters: HMMParameters) -> list[slice]:
    """Return the means of each feature whose probabilities sum to 1."""
    return [
        parameters.columns(feature)
        for feature, density in enumerate(parameters.densities)
        if density.is_distribution
    ]


def _references(probabilities: FloatArray) -> BoolArray:
    """Return which entry is the largest of its row."""
    largest: IntArray = probabilities.argmax(axis=-1)
    is_largest: BoolArray = (
        np.arange(probabilities.shape[-1]) == largest[..., np.newaxis]
    )
    return is_largest


def _joined(
    starts: FloatArray | BoolArray,
    moves: FloatArray | BoolArray,
    means: FloatArray | BoolArray,
    variances: FloatArray | BoolArray,
) -> FloatArray:
    """Return the parts as one vector."""
    lead = starts.shape[:-1]
    return np.concatenate(
        [part.reshape(*lead, -1) for part in (starts, moves, means, variances)], axis=-1
    )


def _split(full: FloatArray, at: HMMParameters) -> tuple[FloatArray, ...]:
    """Return the four parts of a vector in their own shapes."""
    n_states, lead = at.n_states, full.shape[:-1]
    sizes = np.cumsum([n_states, n_states**2, at.means.size])
    starts, moves, means, variances = np.split(full, sizes, axis=-1)
    return (
        starts,
        moves.reshape(*lead, n_states, n_states),
        means.reshape(*lead, *at.means.shape),
        variances.reshape(*lead, *at.means.shape),
    )
