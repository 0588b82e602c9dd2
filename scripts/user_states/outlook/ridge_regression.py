"""Logistic and Poisson regression with a small penalty, by scikit-learn.

Its solver `newton-cholesky` is Newton's method. It needs about ten passes over terms
that are as correlated as hinges are; the default solver needs hundreds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.special import expit
from sklearn.linear_model import LogisticRegression, PoissonRegressor
from threadpoolctl import threadpool_limits

from user_states.hmm.arrays import FloatArray

Family = Literal["logistic", "poisson"]

# Most Newton steps, and the gradient, in nats a row, at which the search has converged.
_MAX_STEPS = 50
_LEAST_GRADIENT = 1e-8

# Linear predictors are clipped to this range: no user is more certain, and no engine
# overflows.
SCORE_RANGE = (-30.0, 20.0)


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
    terms: FloatArray,
    outcomes: FloatArray,
    family: Family,
    penalty: float,
    begin: Line | None = None,
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
    begin : Line, optional
        Where the search begins: a line that may be close. By default at the mean.
    """
    centre, scale = terms.mean(axis=0), terms.std(axis=0)
    # A term that never changes has no slope.
    scale = np.where(scale > 1e-12 * (1 + np.abs(centre)), scale, np.inf)
    model = _model(family, penalty, len(terms))
    if begin is not None:
        slopes = begin.slopes * np.where(np.isfinite(scale), scale, 0.0)
        intercept = begin.intercept + begin.slopes @ centre
        is_logistic = family == "logistic"
        model.coef_ = slopes[np.newaxis] if is_logistic else slopes
        model.intercept_ = np.array([intercept]) if is_logistic else intercept
    # With one thread the sums are the same bits on any machine's number of cores.
    with threadpool_limits(limits=1):
        model.fit((terms - centre) / scale, outcomes)
    slopes = np.ravel(model.coef_) / scale
    return Line(float(np.ravel(model.intercept_)[0] - slopes @ centre), slopes)


def _model(
    family: Family, penalty: float, n_rows: int
) -> LogisticRegression | PoissonRegressor:
    """Return the estimator of a family, which begins at its `coef_` if it has any."""
    how = {
        "solver": "newton-cholesky",
        "tol": _LEAST_GRADIENT,
        "max_iter": _MAX_STEPS,
        "warm_start": True,
    }
    if family == "logistic":
        return LogisticRegression(C=1 / penalty, **how)
    # The loss of this class is a mean; that of LogisticRegression is a sum.
    return PoissonRegressor(alpha=penalty / n_rows, **how)


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
