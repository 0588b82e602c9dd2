"""A random forest with few leaves, and its trees as arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.ensemble import RandomForestClassifier

from user_states.hmm.arrays import FloatArray, IntArray
from user_states.propensity.linear_scorer import require_all_classes
from user_states.propensity.propensity_rows import FeatureBlock
from user_states.propensity.tree_scorer import TreeNodes, TreeScorer

FOREST_TREES, FOREST_LEAVES, FOREST_ROWS_OF_A_LEAF = 50, 32, 10


def fit_forest(
    features: FeatureBlock,
    outcomes: IntArray,
    n_classes: int,
    seed: int,
    n_trees: int = FOREST_TREES,
) -> TreeScorer:
    """Fit a random forest; parameters and errors as of `fit_boosting`."""
    require_all_classes(outcomes, n_classes)
    model = RandomForestClassifier(
        n_trees,
        max_leaf_nodes=FOREST_LEAVES,
        min_samples_leaf=FOREST_ROWS_OF_A_LEAF,
        random_state=seed,
    ).fit(features.values, outcomes)
    return forest_scorer(features.names, model)


def forest_scorer(names: tuple[str, ...], model: RandomForestClassifier) -> TreeScorer:
    """Return a fitted forest as arrays: each leaf adds its shares over the trees."""
    n_classes = len(model.classes_)
    outputs = slice(1, 2) if n_classes == 2 else slice(0, n_classes)
    n_trees = len(model.estimators_)
    trees = tuple(
        _nodes(estimator.tree_, outputs, n_trees) for estimator in model.estimators_
    )
    return TreeScorer(names, trees, np.zeros(trees[0].values.shape[1]), "none")


def _nodes(tree: Any, outputs: slice, n_trees: int) -> TreeNodes:
    is_leaf = tree.children_left < 0
    shares: FloatArray = tree.value[:, 0, outputs] / n_trees
    return TreeNodes(
        np.where(is_leaf, -1, tree.feature).astype(np.int64),
        np.where(is_leaf, 0.0, double_thresholds(tree.threshold)),
        tree.missing_go_to_left.astype(np.bool_) & ~is_leaf,
        tree.children_left.astype(np.int64),
        tree.children_right.astype(np.int64),
        np.where(is_leaf[:, None], shares, 0.0),
        tree.weighted_n_node_samples.astype(np.float64),
    )


def double_thresholds(thresholds: FloatArray) -> FloatArray:
    """Return thresholds for double precision of those of a forest.

    scikit-learn's forests round values to single precision before they compare them;
    SQL compares what is stored. The result t' has float32(x) ≤ t where x ≤ t', for
    every x: it is the largest double that is rounded to a single of at most t.
    """
    with np.errstate(over="ignore"):
        below = thresholds.astype(np.float32)
        below = np.where(
            below.astype(np.float64) > thresholds,
            np.nextafter(below, np.float32(-np.inf)),
            below,
        )
        above = np.nextafter(below, np.float32(np.inf))
        middle = (below.astype(np.float64) + above.astype(np.float64)) / 2
        # Halfway is rounded to the single whose last bit is even.
        is_up = middle.astype(np.float32) > below
    return np.where(is_up, np.nextafter(middle, -np.inf), middle)
