"""The BG/BB model: in each week a ride or none, until the user leaves.

Fader, Hardie and Shang 2010, Customer-Base Analysis in a Discrete-Time
Noncontractual Setting, Marketing Science 29:1086-1108; equation numbers are from there.
An active user rides in a week with a probability that is beta distributed over users
(alpha, beta), and leaves before each week with a probability that is also beta
distributed (gamma, delta).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import betaln, gammaln

from user_states.errors import UserError
from user_states.hmm.arrays import FloatArray, IntArray
from user_states.outlook.likelihood_search import greatest_likelihood

_STARTS = ((1.0, 1.0, 1.0, 1.0), (0.5, 2.0, 0.5, 10.0))


@dataclass(frozen=True)
class BGBB:
    """Parameters of the model.

    Attributes
    ----------
    alpha, beta : float
        Of the beta distribution of the probability of riding in a week.
    gamma, delta : float
        Of the beta distribution of the probability of leaving before a week.
    log_likelihood : float
        Of the fitted histories, in nats.
    """

    alpha: float
    beta: float
    gamma: float
    delta: float
    log_likelihood: float

    def ride_probability(
        self, x: IntArray, t_x: IntArray, n: IntArray, n_weeks: int = 1
    ) -> FloatArray:
        """Return the probability of a ride in the weeks after the n-th.

        Equation (13) for one week ahead: B(alpha + x + 1, beta + n - x) /
        B(alpha, beta) B(gamma, delta + n + 1) / B(gamma, delta) over the likelihood
        of the history. For more weeks, the sum over the week of the first ride among
        them, j weeks ahead: B(alpha + x + 1, beta + n - x + j - 1) and
        B(gamma, delta + n + j). Arrays as in `fit_bg_bb`.
        """
        parameters = np.array([self.alpha, self.beta, self.gamma, self.delta])
        history = _log_likelihoods(parameters, x, t_x, n)
        none = betaln(self.alpha, self.beta) + betaln(self.gamma, self.delta)
        probabilities = np.zeros(len(x))
        for ahead in range(1, n_weeks + 1):
            first = betaln(self.alpha + x + 1, self.beta + n - x + ahead - 1) + betaln(
                self.gamma, self.delta + n + ahead
            )
            probabilities += np.exp(first - none - history)
        return probabilities


def fit_bg_bb(
    x: IntArray, t_x: IntArray, n: IntArray, weights: FloatArray | None = None
) -> BGBB:
    """Fit the model by maximum likelihood.

    Parameters
    ----------
    x : array of int, shape (n_users,)
        Weeks with a ride, after the week of the first ride.
    t_x : array of int, shape (n_users,)
        Number of the last of them, 0 if there is none.
    n : array of int, shape (n_users,)
        Observed weeks after the week of the first ride.
    weights : array, shape (n_users,), optional
        Number of users with each history; by default 1.

    Raises
    ------
    UserError
        If no history has a week.
    """
    if not (n > 0).any():
        raise UserError(
            "got no ride history of two weeks to fit BG/BB on; expected at least one"
        )
    weights = np.ones(len(x)) if weights is None else weights
    total = weights.sum()

    def mean_log_likelihood(parameters: FloatArray) -> float:
        return float(weights @ _log_likelihoods(parameters, x, t_x, n) / total)

    parameters = greatest_likelihood(mean_log_likelihood, _STARTS)
    alpha, beta, gamma, delta = parameters.tolist()
    return BGBB(
        alpha, beta, gamma, delta, mean_log_likelihood(parameters) * float(total)
    )


def _log_likelihoods(
    parameters: FloatArray, x: IntArray, t_x: IntArray, n: IntArray
) -> FloatArray:
    """Return the log-likelihood of each history: equation (5).

    A user whose last ride was in week t_x has stayed, or has left before one of the
    later weeks: one term for staying, and one for each of the n - t_x weeks. All
    arguments are whole numbers, so gamma functions are looked up in tables.
    """
    alpha, beta, gamma, delta = parameters
    weeks = np.arange(int(n.max(initial=0)) + 2)
    rode, silent = gammaln(alpha + weeks), gammaln(beta + weeks)
    either = gammaln(alpha + beta + weeks)
    # betaln(gamma + 1, delta + t): the user left before week t + 1.
    left = betaln(gamma + 1, delta + weeks)
    terms = rode[x] + silent[n - x] - either[n] + betaln(gamma, delta + n)
    for n_silent in range(int((n - t_x).max(initial=0))):
        # Users who left after `n_silent` silent weeks.
        rows = np.flatnonzero(n - t_x > n_silent)
        week = t_x[rows] + n_silent
        gone = rode[x[rows]] + silent[week - x[rows]] - either[week] + left[week]
        terms[rows] = np.logaddexp(terms[rows], gone)
    log_likelihoods: FloatArray = terms - betaln(alpha, beta) - betaln(gamma, delta)
    return log_likelihoods
