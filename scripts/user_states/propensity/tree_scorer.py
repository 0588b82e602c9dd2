"""Trees as plain arrays of nodes, which SQL can write as nested CASE."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from user_states.hmm.arrays import BoolArray, FloatArray, IntArray
from user_states.propensity.linear_scorer import chances_of_scores
from user_states.propensity.propensity_rows import FeatureBlock
from user_states.propensity.score_limits import require_few_nodes

# Where a node has no feature or child.
NO_NODE = -1


@dataclass(frozen=True, eq=False)
class TreeNodes:
    """One tree. A row begins at node 0, and goes on to a child until there is none.

    Attributes
    ----------
    features : array of int, shape (n_nodes,)
        Number of the feature that is compared; NO_NODE at a leaf.
    thresholds : array, shape (n_nodes,)
        x ≤ threshold goes left. +inf parts the known values from those that are not.
    missing_left : array of bool, shape (n_nodes,)
        Whether a value that is not known goes left.
    left, right : array of int, shape (n_nodes,)
        Children; NO_NODE at a leaf.
    values : array, shape (n_nodes, n_outputs)
        What a row that ends here adds to each output; 0 at other nodes.
    weights : array, shape (n_nodes,)
        Rows of the fit that came through, from which reasons count.
    """

    features: IntArray
    thresholds: FloatArray
    missing_left: BoolArray
    left: IntArray
    right: IntArray
    values: FloatArray
    weights: FloatArray

    def leaves(self, X: FloatArray) -> IntArray:
        """Return the node in which each row of X, shape (n, n_features), ends."""
        node = np.zeros(len(X), dtype=np.int64)
        going = np.arange(len(X))
        while True:
            going = going[self.left[node[going]] != NO_NODE]
            if not len(going):
                return node
            at = node[going]
            x = X[going, self.features[at]]
            goes_left = np.where(
                np.isnan(x), self.missing_left[at], x <= self.thresholds[at]
            )
            node[going] = np.where(goes_left, self.left[at], self.right[at])


@dataclass(frozen=True, eq=False)
class TreeScorer:
    """A sum over trees.

    Attributes
    ----------
    names : tuple of str
        Features, in natural units.
    trees : tuple of TreeNodes
    base : array, shape (n_outputs,)
        Where the sum begins. One output of two classes, else one for each.
    link : str
        `logit`: the sum is turned into probabilities as of LinearScorer. `none`: it is
        the probability already.

    Raises
    ------
    ValueError
        If SQL could not score so many nodes.
    """

    names: tuple[str, ...]
    trees: tuple[TreeNodes, ...]
    base: FloatArray
    link: Literal["logit", "none"]

    def __post_init__(self) -> None:
        require_few_nodes(self.n_nodes)

    @property
    def n_nodes(self) -> int:
        """Nodes of all trees."""
        return sum(len(tree.left) for tree in self.trees)

    def scores(self, features: FeatureBlock) -> FloatArray:
        """Return the sums, shape (n, n_outputs)."""
        X = features.columns(self.names).values
        total = np.tile(self.base, (len(X), 1))
        for tree in self.trees:
            total += tree.values[tree.leaves(X)]
        return total

    def chances(self, features: FeatureBlock) -> FloatArray:
        """Return the probability of each class, shape (n, K)."""
        scores = self.scores(features)
        if self.link == "logit":
            return chances_of_scores(scores)
        if scores.shape[1] == 1:
            return np.column_stack([1 - scores[:, 0], scores[:, 0]])
        return scores
