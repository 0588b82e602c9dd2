"""The kinds of models that are tried, each with and without the states' belief."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from user_states.hmm.arrays import FloatArray, IntArray
from user_states.propensity.boosted_trees import fit_boosting
from user_states.propensity.calibration import Calibration, choose_calibration
from user_states.propensity.forest_trees import fit_forest
from user_states.propensity.linear_scorer import LinearScorer, fit_linear
from user_states.propensity.propensity_folds import PropensityFold
from user_states.propensity.propensity_rows import FeatureBlock, PropensityRows
from user_states.propensity.tree_scorer import TreeScorer

Scorer = LinearScorer | TreeScorer
# From features, outcomes, number of classes and seed.
FitScorer = Callable[[FeatureBlock, IntArray, int, int], Scorer]


@dataclass(frozen=True)
class CandidateModel:
    """A kind of model that may be published.

    Attributes
    ----------
    name, label : str
        As in tables, and in sentences.
    fit : callable
    has_belief : bool
        Whether it reads what the states know as well.
    """

    name: str
    label: str
    fit: FitScorer
    has_belief: bool = False

    def features(self, rows: PropensityRows) -> FeatureBlock:
        """Return what it reads of the rows."""
        return rows.all_features if self.has_belief else rows.features


@dataclass(frozen=True, eq=False)
class PropensityModel:
    """A fitted and calibrated model.

    Attributes
    ----------
    scorer : LinearScorer or TreeScorer
    calibration : Calibration
    """

    scorer: Scorer
    calibration: Calibration

    def chances(self, features: FeatureBlock) -> FloatArray:
        """Return calibrated probabilities of each class, shape (n, K)."""
        return self.calibration.apply(self.scorer.chances(features))


def _fit_linear(
    features: FeatureBlock, outcomes: IntArray, n_classes: int, seed: int
) -> LinearScorer:
    del seed
    return fit_linear(features, outcomes, n_classes)


_LINEAR = CandidateModel("logistic", "a logistic regression", _fit_linear)
_FOREST = CandidateModel("forest", "a random forest", fit_forest)
_BOOSTING = CandidateModel("boosting", "gradient boosting", fit_boosting)


def _with_belief(model: CandidateModel) -> CandidateModel:
    return CandidateModel(
        f"{model.name}_with_states", f"{model.label} with the states", model.fit, True
    )


# The simplest first: of two that are as good, the first is preferred.
CANDIDATE_MODELS: tuple[CandidateModel, ...] = (
    _LINEAR,
    _with_belief(_LINEAR),
    _FOREST,
    _with_belief(_FOREST),
    _BOOSTING,
    _with_belief(_BOOSTING),
)


def fit_candidate(
    candidate: CandidateModel, rows: PropensityRows, fold: PropensityFold, seed: int
) -> PropensityModel:
    """Fit to the taught rows of a fold, and calibrate on its own others."""
    features = candidate.features(rows)
    scorer = candidate.fit(
        features.rows(fold.taught), rows.outcomes[fold.taught], rows.n_classes, seed
    )
    calibration = choose_calibration(
        scorer.chances(features.rows(fold.calibrated)),
        rows.outcomes[fold.calibrated],
        rows.customers[fold.calibrated],
    )
    return PropensityModel(scorer, calibration)
