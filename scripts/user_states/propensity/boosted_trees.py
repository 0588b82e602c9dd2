"""Gradient boosting on histograms, and its trees as arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier

from user_states.hmm.arrays import FloatArray, IntArray
from user_states.propensity.linear_scorer import require_all_classes
from user_states.propensity.propensity_rows import FeatureBlock
from user_states.propensity.score_limits import MAX_NODES
from user_states.propensity.tree_scorer import NO_NODE, TreeNodes, TreeScorer

BOOSTED_TREES, BOOSTED_LEAVES, LEARNING_RATE = 100, 15, 0.05


def fit_boosting(
    features: FeatureBlock,
    outcomes: IntArray,
    n_classes: int,
    seed: int,
    n_trees: int = BOOSTED_TREES,
) -> TreeScorer:
    """Fit boosted trees; of more than two classes, so many for each.

    Of seven classes and more they are fewer, so that SQL can score them.

    Parameters
    ----------
    features : FeatureBlock
    outcomes : array of int, shape (n,)
    n_classes : int
    seed : int
        Of the bins, which are found in a sample of more than 10,000 rows.
    n_trees : int

    Raises
    ------
    ValueError
        If a class is missing, or SQL could not score so many nodes.
    """
    require_all_classes(outcomes, n_classes)
    n_outputs = 1 if n_classes == 2 else n_classes
    most_trees = MAX_NODES // (n_outputs * (2 * BOOSTED_LEAVES - 1))
    model = HistGradientBoostingClassifier(
        max_iter=max(1, min(n_trees, most_trees)),
        max_leaf_nodes=BOOSTED_LEAVES,
        learning_rate=LEARNING_RATE,
        early_stopping=False,
        random_state=seed,
    ).fit(features.values, outcomes)
    return boosted_scorer(features.names, model)


def boosted_scorer(
    names: tuple[str, ...], model: HistGradientBoostingClassifier
) -> TreeScorer:
    """Return a fitted model without categorical features as arrays."""
    base = np.asarray(model._baseline_prediction, dtype=np.float64).ravel()
    trees = tuple(
        _nodes(predictor.nodes, output, len(base))
        for iteration in model._predictors
        for output, predictor in enumerate(iteration)
    )
    return TreeScorer(names, trees, base, "logit")


def _nodes(nodes: Any, output: int, n_outputs: int) -> TreeNodes:
    is_leaf = nodes["is_leaf"].astype(np.bool_)
    values: FloatArray = np.zeros((len(nodes), n_outputs))
    values[is_leaf, output] = nodes["value"][is_leaf]

    def inner(column: str) -> IntArray:
        return np.where(is_leaf, NO_NODE, nodes[column].astype(np.int64))

    return TreeNodes(
        inner("feature_idx"),
        np.where(is_leaf, 0.0, nodes["num_threshold"]),
        nodes["missing_go_to_left"].astype(np.bool_) & ~is_leaf,
        inner("left"),
        inner("right"),
        values,
        nodes["count"].astype(np.float64),
    )
