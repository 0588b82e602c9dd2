"""The Gamma-Gamma model: how much a user pays, from few payments of a user.

Fader and Hardie 2013, The Gamma-Gamma Model of Monetary Value,
brucehardie.com/notes/025; equation numbers are from there. A user's payments are gamma
distributed (shape p, rate v), and v is gamma distributed over users (shape q, rate
gamma). It assumes that what users pay does not depend on how often they pay.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import gammaln

from user_states.hmm.arrays import FloatArray
from user_states.outlook.likelihood_search import greatest_likelihood

_STARTS = ((4.0, 4.0, 1.0), (1.0, 2.0, 1.0))

# The mean over users is infinite for q up to 1.
_LEAST_SHAPE = 1.01


@dataclass(frozen=True)
class GammaGamma:
    """Parameters of the model.

    Attributes
    ----------
    p, q, gamma : float
        gamma in units of a payment.
    """

    p: float
    q: float
    gamma: float

    @property
    def mean(self) -> float:
        """Mean payment over users, p gamma / (q - 1): equation (4)."""
        return self.p * self.gamma / (self.q - 1)

    @property
    def weight(self) -> float:
        """Payments of a user that weigh as much as the mean over users, (q - 1) / p."""
        return (self.q - 1) / self.p

    def expected(self, n: FloatArray, total: FloatArray) -> FloatArray:
        """Return the expected payment of users: equation (5).

        The mean over users and the user's own mean, weighted by (q - 1) and p n.

        Parameters
        ----------
        n, total : array, shape (n_users,)
            Payments so far, at least 0, and their sum.
        """
        expected: FloatArray = (self.weight * self.mean + total) / (self.weight + n)
        return expected


def fit_gamma_gamma(n: FloatArray, total: FloatArray) -> GammaGamma | None:
    """Fit the model by maximum likelihood: equation (3).

    Parameters
    ----------
    n, total : array, shape (n_users,)
        Payments of each user, and their sum; users without a payment above 0 say
        nothing.

    Returns
    -------
    GammaGamma or None
        None if fewer than two users have paid.
    """
    has_paid = (n > 0) & (total > 0)
    if has_paid.sum() < 2:
        return None
    n = n[has_paid]
    unit = float(total[has_paid].sum() / n.sum())
    mean = total[has_paid] / n / unit

    def mean_log_likelihood(parameters: FloatArray) -> float:
        p, q, gamma = parameters[0], _LEAST_SHAPE + parameters[1], parameters[2]
        return float(
            np.mean(
                gammaln(p * n + q)
                - gammaln(p * n)
                - gammaln(q)
                + q * np.log(gamma)
                + p * n * np.log(n * mean)
                - np.log(mean)
                - (p * n + q) * np.log(gamma + n * mean)
            )
        )

    p, q, gamma = greatest_likelihood(mean_log_likelihood, _STARTS).tolist()
    return GammaGamma(p, _LEAST_SHAPE + q, gamma * unit)
