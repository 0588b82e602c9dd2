"""Draws of the parameters of a fitted model from the distribution of their error.

The estimate solves sum_u s_u(theta) = 0, where s_u is the score of user u. To first
order its error is H^-1 sum_u s_u, where H is minus the derivative of the total score.
Users are independent, so its covariance is

    H^-1 (sum_u s_u s_u') H^-1

(the sandwich: Huber 1967, Proceedings of the Fifth Berkeley Symposium 1:221-233;
White 1982, Econometrica 50:1-25). This also holds if users differ from each other in
ways that the model does not describe; the curvature alone, or the scores alone
(Meilijson 1989, Journal of the Royal Statistical Society B 51:127-138), do not hold
then. H is computed by differences of the score (Jamshidian and Jennrich 2000, ibid.
62:257-270) and not by the formula of Louis 1982 (ibid. 44:226-233): the recursions are
fast.

The mean rides of a state come from probabilities that depend on the parameters, so
they share their error and are drawn with them; those of a model that counts rides are
functions of the parameters.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.linalg import solve_triangular

from user_states.hmm.arrays import FloatArray, IntArray
from user_states.hmm.emissions import as_means
from user_states.hmm.hidden_markov_model import HiddenMarkovModel
from user_states.hmm.inference import expected_statistics
from user_states.hmm.packing import PackedSequences, pack
from user_states.hmm.parameters import HMMParameters
from user_states.outlook.counted_rides import CountedRides
from user_states.outlook.free_parameters import CompleteStatistics, FreeParameters
from user_states.outlook.state_rides import Known, RideSums, StateRides, counted_weeks
from user_states.panel.user_weeks import UserWeeks

# Numbers of users: for the scores; for the derivative of the score; for the derivative
# of the rides, which matters less. Results are scaled to all users.
_SCORED_USERS = 5_000
_DERIVATIVE_USERS = 2_000
_RIDE_USERS = 500
# Least number of scored users for each free parameter: with fewer, the covariance of
# the errors cannot be estimated.
_USERS_PER_PARAMETER = 3
# Rows that are added up at once.
_SUMMED_ROWS = 20_000
# Half the step of a difference, in units of the vector.
_STEP = 1e-3
# Standard deviation of the prior of an entry, centred at its estimate: so wide that it
# matters only if the data say almost nothing.
_PRIOR_DEVIATION = 5.0
# The curvature in any direction is at least this part of the scores' information: in a
# direction that few users inform about, it may come out as 0 or negative.
_LEAST_CURVATURE = 0.2


@dataclass(frozen=True, eq=False)
class Draws:
    """Draws of transition matrices and rides.

    Attributes
    ----------
    transition_matrices : array, shape (n_draws, K, K)
    rides : array, shape (n_draws, C, K)
        Mean completed rides a week at each level in each state.
    """

    transition_matrices: FloatArray
    rides: FloatArray


def draw_parameters(
    parameters: HMMParameters,
    weeks: UserWeeks,
    rides: StateRides | CountedRides,
    *,
    variance_floor: float | FloatArray,
    probability_floor: float,
    seed: int,
    n_draws: int = 2_000,
) -> Draws | None:
    """Draw parameters from the normal distribution of their error.

    Parameters
    ----------
    parameters : HMMParameters
        The estimate: EM has converged on these users.
    weeks : UserWeeks
        All users that the model was fitted on, in its units and in random order.
    rides : StateRides or CountedRides
        Of the same users.
    variance_floor, probability_floor : float
        As in the fit.
    seed : int
    n_draws : int

    Returns
    -------
    Draws or None
        None if there are fewer than three scored users for each free parameter.
    """
    scored = weeks.first(_SCORED_USERS)
    known = rides.known if isinstance(rides, StateRides) else "rides"
    complete, ride_sums = _user_sums(parameters, scored, known)
    scale = weeks.n_users / scored.n_users
    free = FreeParameters.of(
        parameters, _totals(complete, scale), variance_floor, probability_floor
    )
    if scored.n_users < _USERS_PER_PARAMETER * free.n_free:
        return None
    errors = _errors_by_user(free, weeks, complete, ride_sums, rides)
    # Centred: the scores of some of the users do not quite sum to 0.
    errors -= errors.mean(axis=0)
    covariance = errors.T @ errors * (scored.n_users / weeks.n_users)
    changes = _normal(covariance, n_draws, seed)
    transitions, means = free.transitions_and_means(changes[:, : free.n_free])
    if isinstance(rides, CountedRides):
        return Draws(transitions, rides.per_week(parameters, means))
    per_week = rides.per_week * np.exp(changes[:, free.n_free :])
    by_level = np.repeat(per_week[:, np.newaxis], parameters.n_levels, axis=1)
    return Draws(transitions, by_level)


def _errors_by_user(
    free: FreeParameters,
    weeks: UserWeeks,
    complete: CompleteStatistics,
    ride_sums: RideSums,
    rides: StateRides | CountedRides,
) -> FloatArray:
    """Return what each user adds to the error of theta and of log rides.

    Shape (n_users, P + K), as if the scored users were all users; (n_users, P) if the
    rides follow from theta.
    """
    scores = free.score(complete)
    few = weeks.first(_DERIVATIVE_USERS)
    curvature = _curvature(free, few) * (len(scores) / few.n_users)
    of_parameters = _solved(curvature, scores)
    if isinstance(rides, CountedRides):
        return of_parameters
    slope = _rides_slope(free, weeks.first(_RIDE_USERS), rides.known)
    of_rides = rides.log_errors(ride_sums) + of_parameters @ slope.T
    return np.hstack([of_parameters, of_rides])


def _solved(curvature: FloatArray, scores: FloatArray) -> FloatArray:
    """Return H^-1 s of every user, shape (n_users, P), with H kept away from 0.

    With the scores' own information J = L L', H = L Q e Q' L', and each e less than
    `_LEAST_CURVATURE` is raised to it. If the model is true, H equals J except for
    chance, and every e is about 1.
    """
    information = scores.T @ scores
    information += np.eye(len(information)) / _PRIOR_DEVIATION**2
    lower = np.linalg.cholesky(information)
    left = solve_triangular(lower, curvature, lower=True)
    values, vectors = np.linalg.eigh(solve_triangular(lower, left.T, lower=True))
    whitened = solve_triangular(lower, scores.T, lower=True)
    turned = vectors.T @ whitened / np.maximum(values, _LEAST_CURVATURE)[:, np.newaxis]
    solved: FloatArray = solve_triangular(lower.T, vectors @ turned, lower=False).T
    return solved


def _curvature(free: FreeParameters, weeks: UserWeeks) -> FloatArray:
    """Return minus the derivative of the total score, shape (P, P).

    By central differences, then made symmetric.
    """
    packed = pack(weeks.X, weeks.lengths, free.at.densities)
    slopes = [
        free.score_at(low, _total_statistics(free.parameters(low), packed))
        - free.score_at(high, _total_statistics(free.parameters(high), packed))
        for low, high in _steps(free)
    ]
    curvature = np.array(slopes).reshape(free.n_free, free.n_free) / (2 * _STEP)
    return (curvature + curvature.T) / 2


def _rides_slope(free: FreeParameters, weeks: UserWeeks, known: Known) -> FloatArray:
    """Return the derivative of the log rides of each state, shape (K, P)."""
    packed = pack(weeks.X, weeks.lengths, free.at.densities)

    later = ~weeks.is_first

    def log_rides(change: FloatArray) -> FloatArray:
        probabilities = _smoothed(free.parameters(change), packed)
        sums = RideSums.of(probabilities[later], weeks.n_rides[later], known)
        rides = StateRides.of(sums).per_week
        return np.asarray(np.log(np.where(rides > 0, rides, 1.0)))

    slopes = [log_rides(high) - log_rides(low) for low, high in _steps(free)]
    slope = np.array(slopes).reshape(free.n_free, free.at.n_states)
    return slope.T / (2 * _STEP)


def _steps(free: FreeParameters) -> Iterator[tuple[FloatArray, FloatArray]]:
    """Yield a small change of each entry, down and up."""
    for entry in range(free.n_free):
        change = np.zeros(free.n_free)
        change[entry] = _STEP
        yield -change, change


def _total_statistics(
    parameters: HMMParameters, packed: PackedSequences
) -> CompleteStatistics:
    """Return the expected sums over all users."""
    found = expected_statistics(parameters, packed)
    return CompleteStatistics(
        found.starts,
        found.moves,
        found.features.weight,
        found.features.value,
        found.features.square,
        found.levels.weeks,
        packed.columns.offset,
    )


def _smoothed(parameters: HMMParameters, packed: PackedSequences) -> FloatArray:
    return HiddenMarkovModel.from_parameters(parameters).predict_proba(packed)


def _user_sums(
    parameters: HMMParameters, weeks: UserWeeks, known: Known
) -> tuple[CompleteStatistics, RideSums]:
    """Return the expected sums of the complete data and of rides, user by user."""
    blocks = [
        _block_sums(parameters, block, known) for block in weeks.blocks(_SUMMED_ROWS)
    ]
    starts, moves, weight, value, square, level_weeks, *of_rides = (
        np.concatenate(part) for part in zip(*blocks, strict=True)
    )
    offset = np.zeros(parameters.means.shape[1])
    return (
        CompleteStatistics(starts, moves, weight, value, square, level_weeks, offset),
        RideSums(known, *of_rides),
    )


def _block_sums(
    parameters: HMMParameters, weeks: UserWeeks, known: Known
) -> list[FloatArray]:
    """Return the sums of some users, in the order of the two classes' attributes."""
    X, lengths, n_rides = weeks.X, weeks.lengths, weeks.n_rides
    packed = pack(X, lengths, parameters.densities)
    model = HiddenMarkovModel.from_parameters(parameters)
    shape = (len(X), parameters.n_levels, parameters.n_states)
    by_level = model.smooth_levels(packed).reshape(shape)
    filtered = model.filter_levels(packed).reshape(shape)
    smoothed = by_level.sum(axis=1)
    first = np.cumsum(lengths) - lengths
    value, weight = (part[:, np.newaxis] for part in as_means(X, parameters.densities))
    probability = smoothed[:, :, np.newaxis]
    is_counted = np.zeros(len(X))
    if parameters.count_feature is not None:
        is_counted = weight[:, 0, parameters.columns(parameters.count_feature).start]
    is_later = ~weeks.is_first
    later = smoothed * is_later[:, np.newaxis]
    counted = later * counted_weeks(n_rides, known)[:, np.newaxis]
    by_row = (
        _pairs(parameters.transition_matrix, filtered, by_level, first),
        probability * weight,
        probability * value,
        probability * value**2,
        by_level * is_counted[:, np.newaxis, np.newaxis],
        later,
        counted,
        counted * n_rides[:, np.newaxis],
        counted[:, :, np.newaxis] * smoothed[:, np.newaxis],
    )
    return [smoothed[first], *(np.add.reduceat(part, first) for part in by_row)]


def _pairs(
    transition: FloatArray, filtered: FloatArray, smoothed: FloatArray, first: IntArray
) -> FloatArray:
    """Return the probability of each move into each row, shape (n_rows, K, K).

    P(i, then j | all weeks) = f_t(i) A_ij g_{t+1}(j) / sum_i f_t(i) A_ij, with the
    filtered f and the smoothed g, summed over levels; 0 in a user's first week.

    Parameters
    ----------
    transition : array, shape (K, K)
    filtered, smoothed : array, shape (n_rows, C, K)
        Of each level and state.
    first : array of int, shape (n_users,)
        Each user's first row.
    """
    before = np.roll(filtered, 1, axis=0)
    before[first] = 0.0
    predicted = before @ transition
    ratio = np.divide(
        smoothed, predicted, out=np.zeros_like(smoothed), where=predicted > 0
    )
    return np.asarray(transition * np.einsum("nci,ncj->nij", before, ratio))


def _totals(by_user: CompleteStatistics, scale: float) -> CompleteStatistics:
    """Return the sums over users, scaled to all users."""
    return CompleteStatistics(
        by_user.starts.sum(axis=0) * scale,
        by_user.moves.sum(axis=0) * scale,
        by_user.weight.sum(axis=0) * scale,
        by_user.value.sum(axis=0) * scale,
        by_user.square.sum(axis=0) * scale,
        by_user.level_weeks.sum(axis=0) * scale,
        by_user.offset,
    )


def _normal(covariance: FloatArray, n_draws: int, seed: int) -> FloatArray:
    """Return draws from the normal distribution with mean 0, shape (n_draws, n)."""
    values, vectors = np.linalg.eigh(covariance)
    root = vectors * np.sqrt(np.maximum(values, 0.0))
    rng = np.random.default_rng(seed)
    draws: FloatArray = rng.standard_normal((n_draws, len(values))) @ root.T
    return draws
