"""Second opinions about reasons: whether other methods name the same ones as SHAP.

LIME fits a small linear model around one customer (Ribeiro, Singh and Guestrin 2016),
permutation importance shuffles one feature at a time (Breiman 2001; Fisher, Rudin and
Dominici 2019). Neither is exact: where they disagree with SHAP, reasons are to be read
with care.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import spearmanr

from user_states.hmm.arrays import FloatArray, IntArray

# Strongest reasons of a customer that are compared.
N_STRONGEST = 3
# Takes rows, shape (n, n_features), returns probabilities of each class, shape (n, K).
Chances = Callable[[FloatArray], FloatArray]
_N_SHUFFLES = 5
# Probabilities are kept so far from 0 and 1.
_LEAST = 1e-12


@dataclass(frozen=True)
class SecondOpinion:
    """How far one method agrees with SHAP.

    Attributes
    ----------
    method : str
        `lime`, `eli5` or `permutation`.
    n_customers : int
    top_three_agreement : float or None
        Mean share of the three strongest reasons of a customer that both name.
    rank_correlation : float or None
        Spearman's, of the importance of the features over all customers.
    note : str or None
    """

    method: str
    n_customers: int
    top_three_agreement: float | None
    rank_correlation: float | None
    note: str | None = None


def top_agreement(
    ours: FloatArray, theirs: FloatArray, n_strongest: int = N_STRONGEST
) -> float:
    """Return the mean share of the strongest reasons that both name.

    Parameters
    ----------
    ours, theirs : array, shape (n_customers, n_features)
        What each feature adds, in any unit: only the order of sizes counts, and ties go
        to the earlier feature.
    n_strongest : int
        At most the number of features.

    Raises
    ------
    ValueError
        If the shapes differ, or there is nobody to compare.
    """
    if ours.shape != theirs.shape or not ours.size:
        raise ValueError(
            f"found reasons of shapes {ours.shape} and {theirs.shape}; expected two "
            "equal ones, with customers and features"
        )
    n_strongest = min(n_strongest, ours.shape[1])

    def strongest(reasons: FloatArray) -> IntArray:
        order = np.argsort(-np.abs(reasons), axis=1, kind="stable")
        return order[:, :n_strongest].astype(np.int64)

    shared = [
        len(set(own) & set(other)) / n_strongest
        for own, other in zip(
            strongest(ours).tolist(), strongest(theirs).tolist(), strict=True
        )
    ]
    return float(np.mean(shared))


def importance_agreement(ours: FloatArray, theirs: FloatArray) -> float | None:
    """Return the rank correlation of two importances of the same features.

    Parameters
    ----------
    ours, theirs : array, shape (n_features,)

    Returns
    -------
    float or None
        None if one of them is the same for all features.
    """
    if len(ours) < 2 or np.ptp(ours) == 0 or np.ptp(theirs) == 0:
        return None
    return float(spearmanr(ours, theirs).statistic)


def permutation_importance(
    chances: Chances, values: FloatArray, outcomes: IntArray, seed: int
) -> FloatArray:
    """Return by how much the log loss grows if a feature is shuffled.

    Parameters
    ----------
    chances : callable
    values : array, shape (n, n_features)
    outcomes : array of int, shape (n,)
    seed : int

    Returns
    -------
    array, shape (n_features,)
        Means of a few shuffles, in nats a row; about 0 for a feature that is not used.
    """
    rng = np.random.default_rng(seed)
    base = log_loss_of(chances(values), outcomes)
    found = np.zeros(values.shape[1])
    for place in range(values.shape[1]):
        for _ in range(_N_SHUFFLES):
            shuffled = values.copy()
            shuffled[:, place] = rng.permutation(shuffled[:, place])
            found[place] += log_loss_of(chances(shuffled), outcomes) - base
    return found / _N_SHUFFLES


def log_loss_of(chances: FloatArray, outcomes: IntArray) -> float:
    """Return the mean surprise at what came, in nats a row."""
    own = chances[np.arange(len(outcomes)), outcomes]
    return float(-np.log(np.clip(own, _LEAST, 1.0)).mean())


def without_gaps(values: FloatArray, fills: FloatArray) -> FloatArray:
    """Return values in which those that are not known have the fill of their feature.

    LIME and ELI5 cannot read NaN.
    """
    return np.where(np.isnan(values), fills, values)


def lime_reasons(
    chances: Chances,
    background: FloatArray,
    values: FloatArray,
    names: Sequence[str],
    seed: int,
) -> FloatArray:
    """Return what LIME says each feature adds to the last class.

    Parameters
    ----------
    chances : callable
    background : array, shape (m, n_features)
        Customers from whom LIME learns how features vary. No NaN.
    values : array, shape (n, n_features)
        Customers to explain. No NaN.
    names : sequence of str
    seed : int

    Returns
    -------
    array, shape (n, n_features)

    Raises
    ------
    ImportError
        If LIME is not installed: `make explanation-checks` does.
    """
    from lime.lime_tabular import LimeTabularExplainer

    explainer = LimeTabularExplainer(
        background,
        feature_names=list(names),
        discretize_continuous=False,
        random_state=seed,
    )
    last = chances(values[:1]).shape[1] - 1
    weights = np.zeros(values.shape)
    for row, customer in enumerate(values):
        explained = explainer.explain_instance(
            customer, chances, labels=(last,), num_features=len(names)
        )
        for place, weight in explained.as_map()[last]:
            weights[row, place] = weight
    # LIME's weights are slopes of scaled features. What a feature adds, compared with a
    # mean customer, is the slope times the distance from the mean.
    scales = explainer.scaler.scale_
    added: FloatArray = weights * (values - explainer.scaler.mean_) / scales
    return added


def eli5_importance(
    chances: Chances, values: FloatArray, outcomes: IntArray, seed: int
) -> FloatArray:
    """Return the mean decrease of the score by ELI5's permutation of each feature.

    Raises
    ------
    ImportError
        If ELI5 is not installed: `make explanation-checks` does.
    """
    from eli5.permutation_importance import get_score_importances

    def score(rows: FloatArray, own: IntArray) -> float:
        return -log_loss_of(chances(rows), own)

    _, decreases = get_score_importances(
        score, values, outcomes, n_iter=_N_SHUFFLES, random_state=seed
    )
    return np.asarray(np.mean(decreases, axis=0), dtype=np.float64)
