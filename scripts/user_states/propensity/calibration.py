"""Calibration: what share of the customers with a score really did it, as numbers.

Three ways, the simplest first: as they were scored, a line through the log odds (Platt
1999) and monotone steps (Zadrozny and Elkan 2002). Of more than two classes each is
calibrated against the others, and the results are divided by their sum.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import expit, logit
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression

from user_states.hmm.arrays import BoolArray, FloatArray, IntArray
from user_states.hmm.rate_margin import within_margin
from user_states.propensity.propensity_scores import customer_scores
from user_states.selection.simplest_as_good import ComparedCandidate, judge

# The simplest first.
CALIBRATION_KINDS = ("as_scored", "platt", "isotonic")
# By how much, relative to it, a probability may be below the beginning of a step and
# still count as reaching it. Steps begin at forecasts of customers, and sums in another
# order differ in the last digit. propensity_step_tolerance in SQL is the same.
STEP_TOLERANCE = 1e-12


@dataclass(frozen=True, eq=False)
class PlattLine:
    """p becomes expit(slope · logit(p) + intercept), with p within the margin.

    Attributes
    ----------
    slope, intercept : float
    """

    slope: float
    intercept: float

    def apply(self, chances: FloatArray) -> FloatArray:
        """Return calibrated chances of one class, shape (n,)."""
        odds = logit(within_margin(chances))
        line: FloatArray = expit(self.slope * odds + self.intercept)
        return line


@dataclass(frozen=True, eq=False)
class IsotonicSteps:
    """p becomes the rate of the last step that begins at or below p, or hardly above.

    Attributes
    ----------
    begins, rates : array, shape (n_steps,)
        Both rise. The first step also holds for what is below it.
    """

    begins: FloatArray
    rates: FloatArray

    def apply(self, chances: FloatArray) -> FloatArray:
        """Return calibrated chances of one class, shape (n,)."""
        begins = self.begins * (1 - STEP_TOLERANCE)
        step = np.searchsorted(begins, chances, side="right") - 1
        rates: FloatArray = self.rates[np.maximum(step, 0)]
        return rates


# From scored chances of one class, and whether it came.
FitMap = Callable[[FloatArray, BoolArray], PlattLine | IsotonicSteps]


@dataclass(frozen=True, eq=False)
class Calibration:
    """A map from scored to calibrated probabilities.

    Attributes
    ----------
    kind : str
        One of CALIBRATION_KINDS.
    maps : tuple of PlattLine or of IsotonicSteps
        Of each class; of two classes only of the second. A line with slope 1 and
        intercept 0 if nothing changes.
    """

    kind: str
    maps: tuple[PlattLine | IsotonicSteps, ...]

    def apply(self, chances: FloatArray) -> FloatArray:
        """Return calibrated probabilities, shape (n, K), of scored ones."""
        if len(self.maps) == 1:
            second = self.maps[0].apply(chances[:, 1])
            return np.column_stack([1 - second, second])
        mapped = np.column_stack(
            [one.apply(chances[:, k]) for k, one in enumerate(self.maps)]
        )
        shares: FloatArray = mapped / mapped.sum(axis=1, keepdims=True)
        return shares


def choose_calibration(
    chances: FloatArray, outcomes: IntArray, customers: IntArray
) -> Calibration:
    """Return the simplest calibration that is as good as the best.

    The rule is in simplest_as_good.py. They are compared on customers of the same
    rows whom they were not fitted to: the one half of them, and then the other.

    Parameters
    ----------
    chances : array, shape (n, K)
        Scored by a model that was fitted to other customers.
    outcomes : array of int, shape (n,)
    customers : array of int, shape (n,)
    """
    own, numbers = np.unique(customers, return_inverse=True)
    in_half = numbers % 2 == 1
    tested = {}
    for kind in CALIBRATION_KINDS:
        crossed = np.empty_like(chances)
        for taught, judged in ((in_half, ~in_half), (~in_half, in_half)):
            if taught.any() and judged.any():
                fitted = fit_calibration(kind, chances[taught], outcomes[taught])
                crossed[judged] = fitted.apply(chances[judged])
        scores = customer_scores(crossed, outcomes, numbers, len(own))
        tested[kind] = ComparedCandidate[str](scores, -scores.mean, ())
    return fit_calibration(judge(tested).chosen, chances, outcomes)


def fit_calibration(kind: str, chances: FloatArray, outcomes: IntArray) -> Calibration:
    """Fit one kind; parameters as of `choose_calibration`."""
    n_classes = chances.shape[1]
    fits: dict[str, FitMap] = {
        "as_scored": _unchanged,
        "platt": _fit_line,
        "isotonic": _fit_steps,
    }
    judged = range(1, 2) if n_classes == 2 else range(n_classes)
    return Calibration(
        kind, tuple(fits[kind](chances[:, k], outcomes == k) for k in judged)
    )


def _unchanged(chances: FloatArray, came: BoolArray) -> PlattLine:
    del chances, came
    return PlattLine(1.0, 0.0)


def _fit_line(chances: FloatArray, came: BoolArray) -> PlattLine:
    if came.all() or not came.any():
        return _unchanged(chances, came)
    odds = logit(within_margin(chances))[:, None]
    line = LogisticRegression(C=np.inf).fit(odds, came)
    slope = float(line.coef_[0, 0])
    if slope <= 0:
        # Scores that say nothing: a slope below 0 would turn them round.
        return PlattLine(0.0, float(logit(within_margin(came.mean()))))
    return PlattLine(slope, float(line.intercept_[0]))


def _fit_steps(chances: FloatArray, came: BoolArray) -> IsotonicSteps:
    # No step is certain: as one more customer on each side of all would make it.
    margin = 1 / (len(came) + 2)
    fitted = IsotonicRegression(y_min=margin, y_max=1 - margin).fit(chances, came)
    begins, rates = fitted.X_thresholds_, fitted.y_thresholds_
    is_first = np.diff(rates, prepend=-1.0) > 0
    return IsotonicSteps(begins[is_first], rates[is_first])
