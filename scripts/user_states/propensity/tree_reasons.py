"""TreeSHAP, by the library shap, of the arrays that are also scored."""

from __future__ import annotations

from typing import Any

import numpy as np

from user_states.errors import UserError
from user_states.hmm.arrays import FloatArray
from user_states.propensity.propensity_rows import FeatureBlock
from user_states.propensity.tree_scorer import NO_NODE, TreeNodes, TreeScorer


def tree_contributions(
    scorer: TreeScorer, features: FeatureBlock
) -> tuple[FloatArray, FloatArray]:
    """Return base, shape (n_outputs,), and contributions of each feature.

    The explainer gets the nodes of the scorer, not the fitted model: so values that
    are not known, and thresholds of a forest, are treated as in the score.

    Returns
    -------
    base : array, shape (n_outputs,)
    contributions : array, shape (n_rows, n_features, n_outputs)

    Raises
    ------
    UserError
        If the package shap is not there.
    """
    try:
        import shap
    except ImportError as error:
        raise UserError(
            "found no package shap; expected it, because the reasons of trees are "
            "computed by it: install requirements.txt. There is none for Macs with "
            "Intel processors beside our numba: there only linear models have reasons"
        ) from error
    explainer: Any = shap.TreeExplainer(
        {"trees": [_as_dictionary(tree) for tree in scorer.trees]},
        feature_perturbation="tree_path_dependent",
    )
    X = features.columns(scorer.names).values
    n_outputs = len(scorer.base)
    found = np.asarray(explainer.shap_values(X, check_additivity=False))
    expected = np.asarray(explainer.expected_value, dtype=np.float64).reshape(n_outputs)
    return scorer.base + expected, found.reshape(*X.shape, n_outputs)


def _as_dictionary(tree: TreeNodes) -> dict[str, Any]:
    return {
        "children_left": tree.left,
        "children_right": tree.right,
        "children_default": np.where(
            tree.left == NO_NODE,
            NO_NODE,
            np.where(tree.missing_left, tree.left, tree.right),
        ),
        "features": np.where(tree.left == NO_NODE, NO_NODE, tree.features),
        "thresholds": tree.thresholds,
        "values": tree.values,
        "node_sample_weight": tree.weights,
    }
