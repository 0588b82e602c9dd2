"""The BG/NBD model: rides at a rate of each user, until the user leaves.

Fader, Hardie and Lee 2005, "Counting Your Customers" the Easy Way, Marketing
Science 24:275-284; equation numbers are from there. An active user rides at random with
a rate that is gamma distributed over users (shape r, rate alpha), and leaves after each
ride with a probability that is beta distributed over users (a, b).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import betaincinv, betaln, expit, gammaln

from user_states.errors import UserError
from user_states.hmm.arrays import FloatArray, IntArray
from user_states.outlook.likelihood_search import greatest_likelihood

_STARTS = ((1.0, 1.0, 1.0, 1.0), (0.5, 5.0, 0.5, 2.0))


@dataclass(frozen=True)
class BGNBD:
    """Parameters of the model.

    Attributes
    ----------
    r, alpha : float
        Shape and rate of the gamma distribution of ride rates; alpha in weeks.
    a, b : float
        Of the beta distribution of the probability of leaving after a ride.
    log_likelihood : float
        Of the fitted histories, in nats.
    """

    r: float
    alpha: float
    a: float
    b: float
    log_likelihood: float

    def alive(self, x: IntArray, t_x: FloatArray, T: FloatArray) -> FloatArray:
        """Return the probability that a user has not left.

        For x > 0 it is 1 / (1 + a / (b + x - 1) ((alpha + T) / (alpha + t_x))^(r + x));
        a user without a repeat ride cannot have left (Fader and Hardie 2008,
        Computing P(alive) Using the BG/NBD Model). Arrays as in `fit_bg_nbd`.
        """
        log_odds_of_leaving = (
            np.log(self.a)
            - np.log(self.b + np.maximum(x, 1) - 1)
            + (self.r + x) * (np.log(self.alpha + T) - np.log(self.alpha + t_x))
        )
        return np.where(x > 0, expit(-log_odds_of_leaving), 1.0)

    def ride_probability(
        self, x: IntArray, t_x: FloatArray, T: FloatArray, horizon: float
    ) -> FloatArray:
        """Return the probability of a ride within `horizon` of the end of T.

        P(alive) (1 - ((alpha + T) / (alpha + T + horizon))^(r + x)): given that a
        user is active the rate is gamma (r + x, alpha + T), and nobody leaves
        before the next ride.
        """
        rides = -np.expm1(
            (self.r + x) * (np.log(self.alpha + T) - np.log(self.alpha + T + horizon))
        )
        probabilities: FloatArray = self.alive(x, t_x, T) * rides
        return probabilities

    def expected_rides(
        self, x: IntArray, t_x: FloatArray, T: FloatArray, horizon: float
    ) -> FloatArray:
        """Return the expected rides within `horizon` of the end of T.

        The same as equation (10), as a mean over the probability p of leaving after a
        ride, which is beta (a, b + x): of those who are here at the end of T, given p,
        (1 - (1 + p horizon / (alpha + T))^-(r + x)) / p rides are expected. It is taken
        at 32 quantiles of p, because the hypergeometric function of that equation loses
        all digits for very regular users and for large a and b.
        """
        nodes, weights = np.polynomial.legendre.leggauss(32)
        distinct, place = np.unique(x, return_inverse=True)
        quantiles = betaincinv(
            self.a, self.b + distinct[:, np.newaxis], (nodes + 1) / 2
        )
        leaving = np.maximum(quantiles, 1e-12)[place]
        rates = np.log1p(leaving * (horizon / (self.alpha + T))[:, np.newaxis])
        here = -np.expm1(-(self.r + x)[:, np.newaxis] * rates) / leaving
        expected: FloatArray = here @ (weights / 2) * self.alive(x, t_x, T)
        return expected


def fit_bg_nbd(
    x: IntArray, t_x: FloatArray, T: FloatArray, weights: FloatArray | None = None
) -> BGNBD:
    """Fit the model by maximum likelihood.

    Parameters
    ----------
    x : array of int, shape (n_users,)
        Repeat rides: all except the first.
    t_x, T : array, shape (n_users,)
        Time from the first ride to the last one, and to the end of observation,
        in weeks.
    weights : array, shape (n_users,), optional
        Number of users with each history; by default 1.

    Raises
    ------
    UserError
        If there is no history.
    """
    if len(x) == 0:
        raise UserError("got no ride history to fit BG/NBD on; expected at least one")
    weights = np.ones(len(x)) if weights is None else weights
    total = weights.sum()

    def mean_log_likelihood(parameters: FloatArray) -> float:
        return float(weights @ _log_likelihoods(parameters, x, t_x, T) / total)

    parameters = greatest_likelihood(mean_log_likelihood, _STARTS)
    r, alpha, a, b = parameters.tolist()
    return BGNBD(r, alpha, a, b, mean_log_likelihood(parameters) * float(total))


def _log_likelihoods(
    parameters: FloatArray, x: IntArray, t_x: FloatArray, T: FloatArray
) -> FloatArray:
    """Return the log-likelihood of each history: equation (6)."""
    r, alpha, a, b = parameters
    common = gammaln(r + x) - gammaln(r) + r * np.log(alpha) - betaln(a, b)
    stayed = betaln(a, b + x) - (r + x) * np.log(alpha + T)
    repeat = np.maximum(x, 1)
    left = betaln(a + 1, b + repeat - 1) - (r + x) * np.log(alpha + t_x)
    both = np.where(x > 0, np.logaddexp(stayed, left), stayed)
    log_likelihoods: FloatArray = common + both
    return log_likelihoods
