"""Logistic and Poisson regression with a small penalty, by Newton's method.

scikit-learn has both, but its solvers take hundreds of passes over terms that are as
correlated as hinges are. Newton's method takes about ten, and every pass is a product
of matrices.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.special import expit

from user_states.hmm.arrays import FloatArray

Family = Literal["logistic", "poisson"]

# Most Newton steps, and halvings of one; and the gain in nats a row at which the search
# has converged.
_MAX_STEPS = 50
_MAX_HALVINGS = 30
_LEAST_GAIN = 1e-10

# Linear predictors are clipped to this range: no user is more certain, and no engine
# overflows.
SCORE_RANGE = (-30.0, 20.0)

# Rows that are worked on at once, so that temporary copies stay small.
_BLOCK_ROWS = 100_000


@dataclass(frozen=True, eq=False)
class Line:
    """A linear predictor.

    Attributes
    ----------
    intercept : float
    slopes : array, shape (n_terms,)
        In the terms' own units.
    """

    intercept: float
    slopes: FloatArray


def fit_line(
    terms: FloatArray, outcomes: FloatArray, family: Family, penalty: float
) -> Line:
    """Return the line with the greatest penalised likelihood.

    The penalty is half of `penalty` times the squared slopes of the standardised terms,
    in nats. With the canonical links of both families the loss is convex, and Newton's
    method is iteratively reweighted least squares (McCullagh and Nelder 1989,
    Generalized Linear Models, section 2.5).

    Parameters
    ----------
    terms : array, shape (n_rows, n_terms)
    outcomes : array, shape (n_rows,)
        0 or 1 (logistic), or counts (poisson); not all the same.
    family : str
    penalty : float
    """
    centre, scale = terms.mean(axis=0), terms.std(axis=0)
    # A term that never changes has no slope.
    scale = np.where(scale > 1e-12 * (1 + np.abs(centre)), scale, np.inf)
    problem = _Problem(terms, outcomes, family, centre, scale, penalty)
    at = np.zeros(terms.shape[1] + 1)
    mean = outcomes.mean()
    at[0] = np.log(mean / (1 - mean)) if family == "logistic" else np.log(mean)
    loss, gradient, curvature = problem.derivatives(at)
    for _ in range(_MAX_STEPS):
        step = np.linalg.solve(curvature, gradient)
        for _halving in range(_MAX_HALVINGS):
            moved = problem.derivatives(at - step)
            if moved[0] <= loss:
                break
            step = step / 2
        else:
            break
        gain, at = loss - moved[0], at - step
        loss, gradient, curvature = moved
        if gain < _LEAST_GAIN * len(outcomes):
            break
    slopes = at[1:] / scale
    return Line(float(at[0] - slopes @ centre), slopes)


def mean_outcomes(scores: FloatArray, family: Family) -> FloatArray:
    """Return the mean outcome at linear predictors, which are clipped."""
    clipped = np.clip(scores, *SCORE_RANGE)
    means: FloatArray = expit(clipped) if family == "logistic" else np.exp(clipped)
    return means


def losses(scores: FloatArray, outcomes: FloatArray, family: Family) -> FloatArray:
    """Return minus the log-likelihood of each outcome, without terms of it alone."""
    clipped = np.clip(scores, *SCORE_RANGE)
    found: FloatArray = (
        np.logaddexp(0, clipped) if family == "logistic" else np.exp(clipped)
    ) - outcomes * clipped
    return found


@dataclass(frozen=True, eq=False)
class _Problem:
    """The loss of a line through standardised terms, and its derivatives."""

    terms: FloatArray
    outcomes: FloatArray
    family: Family
    centre: FloatArray
    scale: FloatArray
    penalty: float

    def derivatives(self, at: FloatArray) -> tuple[float, FloatArray, FloatArray]:
        """Return loss, gradient and curvature at an intercept and slopes."""
        penalties = np.full(len(at), self.penalty)
        penalties[0] = 0.0
        loss = float(penalties @ at**2) / 2
        gradient, curvature = penalties * at, np.diag(penalties)
        for start in range(0, len(self.outcomes), _BLOCK_ROWS):
            rows = slice(start, start + _BLOCK_ROWS)
            ones = np.ones((len(self.outcomes[rows]), 1))
            X = np.hstack([ones, (self.terms[rows] - self.centre) / self.scale])
            y, scores = self.outcomes[rows], X @ at
            loss += float(losses(scores, y, self.family).sum())
            means = mean_outcomes(scores, self.family)
            weights = means * (1 - means) if self.family == "logistic" else means
            gradient = gradient + X.T @ (means - y)
            curvature = curvature + X.T @ (X * weights[:, np.newaxis])
        return loss, gradient, curvature
