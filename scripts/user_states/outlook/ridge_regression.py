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
from threadpoolctl import threadpool_limits

from user_states.hmm.arrays import FloatArray
from user_states.hmm.threads import in_order

Family = Literal["logistic", "poisson"]

# Most Newton steps, and halvings of one; and the gain in nats a row at which the search
# has converged.
_MAX_STEPS = 50
_MAX_HALVINGS = 30
_LEAST_GAIN = 1e-10

# Linear predictors are clipped to this range: no user is more certain, and no engine
# overflows.
SCORE_RANGE = (-30.0, 20.0)

# Rows that are worked on at once, so that they stay in a core's cache.
_BLOCK_ROWS = 8_192


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
    # Sums are of blocks, in their order and with one thread each, so that they are the
    # same bits for any number of threads.
    with threadpool_limits(limits=1):
        problem = _Problem.of((terms - centre) / scale, outcomes, family, penalty)
        at = problem.mean() if begin is None else _standardised(begin, centre, scale)
        at = problem.minimum(at)
    slopes = at[1:] / scale
    return Line(float(at[0] - slopes @ centre), slopes)


def _standardised(line: Line, centre: FloatArray, scale: FloatArray) -> FloatArray:
    """Return a line's intercept and slopes for standardised terms."""
    slopes = line.slopes * np.where(np.isfinite(scale), scale, 0.0)
    return np.concatenate([[line.intercept + line.slopes @ centre], slopes])


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
    """The penalised loss of a line through standardised terms.

    Attributes
    ----------
    blocks : list of (array of shape (n_block, n_terms + 1), array of shape (n_block,))
        Terms, with ones before them, and outcomes.
    family : str
    penalties : array, shape (n_terms + 1,)
    """

    blocks: list[tuple[FloatArray, FloatArray]]
    family: Family
    penalties: FloatArray

    @classmethod
    def of(
        cls, terms: FloatArray, outcomes: FloatArray, family: Family, penalty: float
    ) -> _Problem:
        X = np.hstack([np.ones((len(terms), 1)), terms])
        starts = range(0, len(X), _BLOCK_ROWS)
        blocks = [
            (X[start : start + _BLOCK_ROWS], outcomes[start : start + _BLOCK_ROWS])
            for start in starts
        ]
        penalties = np.full(X.shape[1], penalty)
        penalties[0] = 0.0
        return cls(blocks, family, penalties)

    def mean(self) -> FloatArray:
        """Return the line that forecasts the mean for every row."""
        total = sum(float(y.sum()) for _, y in self.blocks)
        mean = total / sum(len(y) for _, y in self.blocks)
        at = np.zeros(len(self.penalties))
        at[0] = np.log(mean / (1 - mean) if self.family == "logistic" else mean)
        return at

    def minimum(self, at: FloatArray) -> FloatArray:
        """Return the intercept and slopes with the least loss, from others."""
        n_rows = sum(len(y) for _, y in self.blocks)
        loss, gradient, curvature = self._derivatives(at)
        for _ in range(_MAX_STEPS):
            step = np.linalg.solve(curvature, gradient)
            for _halving in range(_MAX_HALVINGS):
                moved = self._derivatives(at - step)
                if moved[0] <= loss:
                    break
                step = step / 2
            else:
                return at
            gain, at = loss - moved[0], at - step
            loss, gradient, curvature = moved
            if gain < _LEAST_GAIN * n_rows:
                return at
        return at

    def _derivatives(self, at: FloatArray) -> tuple[float, FloatArray, FloatArray]:
        """Return loss, gradient and curvature."""

        def of_block(
            block: tuple[FloatArray, FloatArray],
        ) -> tuple[float, FloatArray, FloatArray]:
            X, y = block
            scores = X @ at
            means = mean_outcomes(scores, self.family)
            weights = means * (1 - means) if self.family == "logistic" else means
            return (
                float(losses(scores, y, self.family).sum()),
                X.T @ (means - y),
                X.T @ (X * weights[:, np.newaxis]),
            )

        loss = float(self.penalties @ at**2) / 2
        gradient, curvature = self.penalties * at, np.diag(self.penalties)
        for more in in_order(of_block, self.blocks):
            loss += more[0]
            gradient = gradient + more[1]
            curvature = curvature + more[2]
        return loss, gradient, curvature
