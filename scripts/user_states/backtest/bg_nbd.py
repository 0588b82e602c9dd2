"""The BG/NBD model: rides at a rate of each user, until the user leaves.

Fader, Hardie and Lee 2005, "Counting Your Customers" the Easy Way, Marketing
Science 24:275-284; equation numbers are from there. An active user rides at random with
a rate that is gamma distributed over users (shape r, rate alpha), and leaves after each
ride with a probability that is beta distributed over users (a, b).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import betaincinv, betaln, expit, gammaln, hyp2f1

from user_states.errors import UserError
from user_states.hmm.arrays import FloatArray, IntArray
from user_states.outlook.likelihood_search import greatest_likelihood

# The expected number of rides has a removable singularity at a = 1.
_LEAST_DISTANCE = 1e-6

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
        """Return the expected rides within `horizon` of the end of T: equation (10).

        With Pfaff's transformation of the hypergeometric function (Abramowitz and
        Stegun 1972, 15.3.4), which keeps its digits for many rides. For very many, or
        very large a and b, it has none left: then the mean over the probability of
        leaving is taken at 32 of its quantiles.
        """
        a = self.a
        if abs(a - 1) < _LEAST_DISTANCE:
            a = 1 + _LEAST_DISTANCE
        stays = hyp2f1(
            self.r + x, a - 1, a + self.b + x - 1, -horizon / (self.alpha + T)
        )
        while_here = (a + self.b + x - 1) / (a - 1) * (1 - stays)
        # Who never leaves has the most.
        most = (self.r + x) * horizon / (self.alpha + T)
        is_wrong = ~((while_here >= 0) & (while_here <= most * (1 + 1e-9)))
        while_here[is_wrong] = self._at_quantiles(x[is_wrong], T[is_wrong], horizon)
        expected: FloatArray = np.maximum(while_here * self.alive(x, t_x, T), 0.0)
        return expected

    def _at_quantiles(self, x: IntArray, T: FloatArray, horizon: float) -> FloatArray:
        """Return the expected rides of users who are here at the end of T.

        Given the probability p of leaving after a ride they are
        (1 - (1 + p horizon / (alpha + T))^-(r + x)) / p, and p is beta (a, b + x).
        """
        nodes, weights = np.polynomial.legendre.leggauss(32)
        rides, T = (self.r + x)[:, np.newaxis], T[:, np.newaxis]
        after = self.b + x[:, np.newaxis]
        leaving = np.maximum(betaincinv(self.a, after, (nodes + 1) / 2), 1e-12)
        gone = -np.expm1(-rides * np.log1p(leaving * horizon / (self.alpha + T)))
        mean: FloatArray = (gone / leaving) @ (weights / 2)
        return mean


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
