"""How far a fitted model's parameters may be from the truth, by the users themselves.

The estimate solves sum_u s_u(theta) = 0, s_u being the score of user u. So to first
order it is off by H^-1 sum_u s_u, H being minus the derivative of the total score,
and as users are independent its covariance is

    H^-1 (sum_u s_u s_u') H^-1

(the sandwich: Huber 1967, Proceedings of the Fifth Berkeley Symposium 1:221-233;
White 1982, Econometrica 50:1-25). It holds where users differ from each other in ways
that the model does not know, which the curvature alone, or the scores alone
(Meilijson 1989, Journal of the Royal Statistical Society B 51:127-138), do not. H is
taken by differences of the score, as Jamshidian and Jennrich 2000 (ibid. 62:257-270)
do in place of the formula of Louis 1982 (ibid. 44:226-233): the recursions are quick.

The mean rides of a state come from probabilities that depend on the parameters, and
share their error: they are carried along.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.linalg import cho_factor, cho_solve

from segmentation.arrays import FloatArray, IntArray, user_blocks
from segmentation.free_parameters import CompleteStatistics, FreeParameters
from segmentation.hidden_markov_model import HiddenMarkovModel
from segmentation.inference import expected_statistics
from segmentation.packing import PackedSequences, pack
from segmentation.parameters import HMMParameters
from segmentation.state_rides import Known, RideSums, StateRides, counted_weeks
from segmentation.training_data import Users

# Users whose scores are taken, and at whose scores derivatives are taken. Errors are
# scaled to all users.
_SCORED_USERS = 5_000
_DERIVATIVE_USERS = 2_000
# Rows of users that are added up at once.
_BLOCK_ROWS = 20_000
# Half the step of a difference, in units of the vector.
_STEP = 1e-3
# Standard deviation of what is thought of an entry beforehand, about its estimate: so
# wide that it matters only where the data say next to nothing.
_PRIOR_DEVIATION = 5.0


@dataclass(frozen=True, eq=False)
class Draws:
    """What parameters and rides might be as well.

    Attributes
    ----------
    transition_matrices : array, shape (n_draws, K, K)
    rides : array, shape (n_draws, K)
        Mean completed rides a week in each state.
    """

    transition_matrices: FloatArray
    rides: FloatArray


def draw_parameters(
    parameters: HMMParameters,
    users: Users,
    rides: StateRides,
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
        The estimate: EM has converged on `users`.
    users : Users
        All users the model was fitted on, in random order.
    rides : StateRides
        Of the same users.
    variance_floor, probability_floor : float
        As in the fit.
    seed : int
    n_draws : int

    Returns
    -------
    Draws or None
        None where there are no more users than free parameters, whose scores then
        cannot tell how the parameters err together, or where the estimate is no
        maximum, as after an EM that was cut off.
    """
    scored = _first_users(users, _SCORED_USERS)
    complete, ride_sums = _user_sums(parameters, scored, rides.known)
    scale = len(users.lengths) / len(scored.lengths)
    free = FreeParameters.of(
        parameters, _totals(complete, scale), variance_floor, probability_floor
    )
    if len(scored.lengths) <= free.n_free:
        return None
    try:
        errors = _errors_by_user(free, users, complete, ride_sums, rides)
    except np.linalg.LinAlgError:
        return None
    # Centred: of a part of the users the scores do not quite add up to nothing.
    errors -= errors.mean(axis=0)
    covariance = errors.T @ errors * (len(scored.lengths) / len(users.lengths))
    changes = _normal(covariance, n_draws, seed)
    return Draws(
        free.transition_matrices(changes[:, : free.n_free]),
        rides.per_week * np.exp(changes[:, free.n_free :]),
    )


def _errors_by_user(
    free: FreeParameters,
    users: Users,
    complete: CompleteStatistics,
    ride_sums: RideSums,
    rides: StateRides,
) -> FloatArray:
    """Return what each user adds to the error of theta and of log rides.

    Shape (n_users, P + K), as if the users scored were all that there are. Raises
    LinAlgError where the likelihood does not fall away in every direction.
    """
    near = _first_users(users, _DERIVATIVE_USERS)
    curvature, slope = _derivatives(free, near, rides.known)
    information = curvature * (len(complete.starts) / len(near.lengths))
    information += np.eye(free.n_free) / _PRIOR_DEVIATION**2
    factor = cho_factor(information)
    of_parameters = cho_solve(factor, free.score(complete).T).T
    of_rides = rides.log_errors(ride_sums) + of_parameters @ slope.T
    return np.hstack([of_parameters, of_rides])


def _derivatives(
    free: FreeParameters, users: Users, known: Known
) -> tuple[FloatArray, FloatArray]:
    """Return minus the derivative of the total score, and that of log rides.

    By central differences. Shapes (P, P), made symmetric, and (K, P).
    """
    packed = pack(users.X, users.lengths, free.at.densities)
    curvature = np.zeros((free.n_free, free.n_free))
    slope = np.zeros((free.at.n_states, free.n_free))
    for entry in range(free.n_free):
        change = np.zeros(free.n_free)
        for sign in (1.0, -1.0):
            change[entry] = sign * _STEP
            moved = free.parameters(change)
            curvature[entry] -= sign * free.score_at(
                change, _total_statistics(moved, packed)
            )
            sums = RideSums.of(_smoothed(moved, packed), users.n_rides, known)
            rides = StateRides.of(sums).per_week
            slope[:, entry] += sign * np.log(np.where(rides > 0, rides, 1.0))
    curvature /= 2 * _STEP
    slope /= 2 * _STEP
    return (curvature + curvature.T) / 2, slope


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
        packed.columns.offset,
    )


def _smoothed(parameters: HMMParameters, packed: PackedSequences) -> FloatArray:
    return HiddenMarkovModel.from_parameters(parameters).predict_proba(packed)


def _user_sums(
    parameters: HMMParameters, users: Users, known: Known
) -> tuple[CompleteStatistics, RideSums]:
    """Add up, user by user, what is expected of the complete data, and rides."""
    blocks = [
        _block_sums(parameters, users.X[rows], lengths, users.n_rides[rows], known)
        for rows, lengths in user_blocks(users.lengths, _BLOCK_ROWS)
    ]
    starts, moves, weight, value, square, *of_rides = (
        np.concatenate(part) for part in zip(*blocks, strict=True)
    )
    offset = np.zeros(parameters.n_features)
    return (
        CompleteStatistics(starts, moves, weight, value, square, offset),
        RideSums(known, *of_rides),
    )


def _block_sums(
    parameters: HMMParameters,
    X: FloatArray,
    lengths: IntArray,
    n_rides: FloatArray,
    known: Known,
) -> list[FloatArray]:
    """Return the sums of some users, in the order of the two classes' attributes."""
    packed = pack(X, lengths, parameters.densities)
    smoothed = _smoothed(parameters, packed)
    filtered = HiddenMarkovModel.from_parameters(parameters).filter_proba(packed)
    first = np.cumsum(lengths) - lengths
    observed = ~np.isnan(X)
    value = np.where(observed, X, 0.0)[:, np.newaxis]
    weight = smoothed[:, :, np.newaxis]
    counted = smoothed * counted_weeks(n_rides, known)[:, np.newaxis]
    by_row = (
        _pairs(parameters.transition_matrix, filtered, smoothed, first),
        weight * observed[:, np.newaxis],
        weight * value,
        weight * value**2,
        smoothed,
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
    filtered f and the smoothed g; nothing moves into a user's first week.
    """
    before = np.roll(filtered, 1, axis=0)
    before[first] = 0.0
    predicted = before @ transition
    ratio = np.divide(
        smoothed, predicted, out=np.zeros_like(smoothed), where=predicted > 0
    )
    return before[:, :, np.newaxis] * transition * ratio[:, np.newaxis]


def _totals(by_user: CompleteStatistics, scale: float) -> CompleteStatistics:
    """Return the sums over users, scaled to all of them."""
    return CompleteStatistics(
        by_user.starts.sum(axis=0) * scale,
        by_user.moves.sum(axis=0) * scale,
        by_user.weight.sum(axis=0) * scale,
        by_user.value.sum(axis=0) * scale,
        by_user.square.sum(axis=0) * scale,
        by_user.offset,
    )


def _first_users(users: Users, n_users: int) -> Users:
    lengths = users.lengths[:n_users]
    n_rows = int(lengths.sum())
    return Users(
        users.X[:n_rows], lengths, users.n_rides[:n_rows], users.has_request[:n_rows]
    )


def _normal(covariance: FloatArray, n_draws: int, seed: int) -> FloatArray:
    """Return draws from the normal distribution about 0, shape (n_draws, n)."""
    values, vectors = np.linalg.eigh(covariance)
    root = vectors * np.sqrt(np.maximum(values, 0.0))
    rng = np.random.default_rng(seed)
    draws: FloatArray = rng.standard_normal((n_draws, len(values))) @ root.T
    return draws
