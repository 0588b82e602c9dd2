"""A logistic regression as plain arrays that SQL can add up."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import expit, softmax
from sklearn.linear_model import LogisticRegression

from user_states.hmm.arrays import FloatArray, IntArray
from user_states.panel.features import Transform
from user_states.propensity.propensity_rows import FeatureBlock
from user_states.propensity.score_limits import require_few_coefficients


@dataclass(frozen=True, eq=False)
class LinearScorer:
    """z_k = intercept_k + Σ_j coefficient_kj · t_j, with t_j the transformed feature.

    Where a feature is not known, t_j is `fills[j]`. Of two classes p = 1/(1 + exp(-z))
    is the second's; of more, the softmax of z. Nothing is scaled: scales are in the
    coefficients.

    Attributes
    ----------
    names : tuple of str
    transforms : tuple of str
        `log1p` or `none`, of each.
    fills : array, shape (n_features,)
        Median of the transformed feature; also the value of a row that is not known.
    means : array, shape (n_features,)
        Mean of the transformed and filled feature, from which reasons count.
    coefficients : array, shape (n_outputs, n_features)
        One output of two classes, else one for each.
    intercepts : array, shape (n_outputs,)

    Raises
    ------
    ValueError
        If SQL could not score so many coefficients.
    """

    names: tuple[str, ...]
    transforms: tuple[Transform, ...]
    fills: FloatArray
    means: FloatArray
    coefficients: FloatArray
    intercepts: FloatArray

    def __post_init__(self) -> None:
        require_few_coefficients(self.coefficients.size)

    def terms(self, features: FeatureBlock) -> FloatArray:
        """Return t, shape (n, n_features)."""
        own = features.columns(self.names).transformed
        return np.where(np.isnan(own), self.fills, own)

    def scores(self, features: FeatureBlock) -> FloatArray:
        """Return z, shape (n, n_outputs)."""
        z: FloatArray = self.terms(features) @ self.coefficients.T + self.intercepts
        return z

    def chances(self, features: FeatureBlock) -> FloatArray:
        """Return the probability of each class, shape (n, K)."""
        return chances_of_scores(self.scores(features))


def chances_of_scores(scores: FloatArray) -> FloatArray:
    """Return probabilities, shape (n, K), of scores, shape (n, 1) of two classes."""
    if scores.shape[1] == 1:
        second = expit(scores[:, 0])
        return np.column_stack([1 - second, second])
    chances: FloatArray = softmax(scores, axis=1)
    return chances


def fit_linear(
    features: FeatureBlock, outcomes: IntArray, n_classes: int
) -> LinearScorer:
    """Fit a logistic regression with a small ridge penalty to standardised features.

    Parameters
    ----------
    features : FeatureBlock
    outcomes : array of int, shape (n,)
    n_classes : int

    Raises
    ------
    ValueError
        If a class is missing, or SQL could not score so many coefficients.
    """
    require_all_classes(outcomes, n_classes)
    raw = features.transformed
    is_known = ~np.isnan(raw)
    fills = np.array(
        [
            np.median(column[known]) if known.any() else 0.0
            for column, known in zip(raw.T, is_known.T, strict=True)
        ]
    )
    terms = np.where(is_known, raw, fills)
    means, scales = terms.mean(axis=0), terms.std(axis=0)
    # A constant column says nothing: rounding must not make it a feature.
    is_constant = np.ptp(terms, axis=0) == 0
    means = np.where(is_constant, terms[0], means)
    scales = np.where(is_constant, 1.0, scales)
    model = LogisticRegression(C=1.0, max_iter=1000)
    model.fit((terms - means) / scales, outcomes)
    coefficients = np.where(is_constant, 0.0, model.coef_) / scales
    intercepts = model.intercept_ - coefficients @ means
    return LinearScorer(
        features.names, features.transforms, fills, means, coefficients, intercepts
    )


def require_all_classes(outcomes: IntArray, n_classes: int) -> None:
    """Raise ValueError unless every class is among the rows of a fit."""
    n_found = len(np.unique(outcomes))
    if n_found < n_classes:
        raise ValueError(
            f"found {n_found} of {n_classes} classes among the rows of a fit; "
            "expected all: choose a more frequent outcome, or merge rare classes"
        )
