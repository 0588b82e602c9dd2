"""Why a score is what it is: exact Shapley values of the features.

Of a linear model they are coefficient × (value − mean), of trees TreeSHAP, conditional
on the paths (Lundberg and others 2020, Nature Machine Intelligence 2:56-67).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from user_states.hmm.arrays import FloatArray, IntArray
from user_states.propensity.candidate_models import Scorer
from user_states.propensity.linear_scorer import LinearScorer
from user_states.propensity.propensity_rows import FeatureBlock
from user_states.propensity.tree_reasons import tree_contributions

# Most that reasons may miss of a score.
MAX_UNEXPLAINED = 1e-9


@dataclass(frozen=True, eq=False)
class ScoreReasons:
    """What each feature adds to the scores of some rows.

    Attributes
    ----------
    names : tuple of str
    contributions : array, shape (n_rows, n_features, n_outputs)
        In the units of the scores: log odds, or probabilities of a random forest.
    base : array, shape (n_outputs,)
        The score without any reason. Base and contributions add up to the score.
    """

    names: tuple[str, ...]
    contributions: FloatArray
    base: FloatArray

    @property
    def importance(self) -> FloatArray:
        """Mean absolute contribution of each feature, summed over the outputs."""
        strength: FloatArray = np.abs(self.contributions).mean(axis=0).sum(axis=1)
        return strength

    def strongest(self, output: int = 0) -> IntArray:
        """Return the features, strongest first, shape (n_rows, n_features)."""
        strength = -np.abs(self.contributions[:, :, output])
        return np.argsort(strength, axis=1, kind="stable").astype(np.int64)


def explain_scores(scorer: Scorer, features: FeatureBlock) -> ScoreReasons:
    """Return the reasons of every row.

    Raises
    ------
    ValueError
        If they do not add up to the scores within MAX_UNEXPLAINED.
    UserError
        If trees are to be explained, and the package shap is not there.
    """
    if isinstance(scorer, LinearScorer):
        base = scorer.intercepts + scorer.coefficients @ scorer.means
        away = scorer.terms(features) - scorer.means
        contributions = away[:, :, None] * scorer.coefficients.T
    else:
        base, contributions = tree_contributions(scorer, features)
    require_additive(contributions, base, scorer.scores(features))
    return ScoreReasons(scorer.names, contributions, base)


def require_additive(
    contributions: FloatArray, base: FloatArray, scores: FloatArray
) -> None:
    """Raise ValueError unless base and contributions add up to every score.

    Parameters
    ----------
    contributions : array, shape (n_rows, n_features, n_outputs)
    base : array, shape (n_outputs,)
    scores : array, shape (n_rows, n_outputs)
    """
    missed = np.abs(base + contributions.sum(axis=1) - scores)
    # NaN is not below the limit either.
    n_bad = int(np.count_nonzero(~(missed <= MAX_UNEXPLAINED).all(axis=1)))
    if n_bad:
        raise ValueError(
            f"found {n_bad} of {len(scores)} scores that their reasons miss, by up "
            f"to {missed.max():.3g}; expected at most {MAX_UNEXPLAINED:g}: reasons are "
            "not published. Check the versions of shap and scikit-learn"
        )
