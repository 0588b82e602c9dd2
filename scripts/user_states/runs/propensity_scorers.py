"""The scorer of a propensity as rows of the schema `propensity`, and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from user_states.hmm.arrays import FloatArray, IntArray
from user_states.panel.features import Transform
from user_states.propensity.calibration import Calibration, IsotonicSteps, PlattLine
from user_states.propensity.candidate_models import Scorer
from user_states.propensity.linear_scorer import LinearScorer
from user_states.propensity.tree_scorer import NO_NODE, TreeNodes, TreeScorer
from user_states.runs.table_writer import Rows

StoredRow = Mapping[str, Any]


def forecast_classes(n_classes: int) -> range:
    """Return the numbers of the classes that have a score: of two only the second."""
    return range(2, 3) if n_classes == 2 else range(1, n_classes + 1)


def score_bases(scorer: Scorer) -> list[float]:
    """Return where the score of each class with one begins."""
    base = scorer.intercepts if isinstance(scorer, LinearScorer) else scorer.base
    return [float(value) for value in base]


def scorer_rows(scorer: Scorer, n_classes: int) -> dict[str, Rows]:
    """Return the rows of coefficients, tree_nodes and leaf_values."""
    rows: dict[str, Rows] = {"coefficients": [], "tree_nodes": [], "leaf_values": []}
    numbers = forecast_classes(n_classes)
    if isinstance(scorer, LinearScorer):
        rows["coefficients"] = [
            {"class_number": number, "feature": feature, "coefficient": coefficient}
            for number, of_class in zip(
                numbers, scorer.coefficients.tolist(), strict=True
            )
            for feature, coefficient in zip(scorer.names, of_class, strict=True)
        ]
        return rows
    for tree_number, tree in enumerate(scorer.trees, start=1):
        rows["tree_nodes"] += _node_rows(tree_number, tree, scorer.names)
        rows["leaf_values"] += [
            {
                "tree_number": tree_number,
                "node_number": node,
                "class_number": numbers[output],
                "value": float(tree.values[node, output]),
            }
            for node, output in np.argwhere(tree.values).tolist()
        ]
    return rows


def calibration_rows(calibration: Calibration, n_classes: int) -> Rows:
    """Return the rows of the table calibration."""
    rows: Rows = []
    for number, one in zip(forecast_classes(n_classes), calibration.maps, strict=True):
        empty = {"slope": None, "intercept": None, "begins": None, "rate": None}
        if isinstance(one, PlattLine):
            steps = [{"slope": one.slope, "intercept": one.intercept}]
        else:
            steps = [
                {"begins": begins, "rate": rate}
                for begins, rate in zip(
                    one.begins.tolist(), one.rates.tolist(), strict=True
                )
            ]
        rows += [
            {"class_number": number, "step_number": step, **empty, **values}
            for step, values in enumerate(steps, start=1)
        ]
    return rows


def stored_linear(
    features: Sequence[StoredRow],
    classes: Sequence[StoredRow],
    coefficients: Sequence[StoredRow],
) -> LinearScorer:
    """Return the scorer of a run from its rows, in any order."""
    features = sorted(features, key=lambda row: row["feature_number"])
    names = tuple(row["feature"] for row in features)
    numbers, bases = _bases(classes)
    found = np.zeros((len(numbers), len(names)))
    for row in coefficients:
        place = numbers.index(row["class_number"]), names.index(row["feature"])
        found[place] = row["coefficient"]
    return LinearScorer(
        names,
        _transforms(features),
        np.array([row["fill"] for row in features], dtype=np.float64),
        np.array([row["mean"] for row in features], dtype=np.float64),
        found,
        bases,
    )


def stored_trees(
    features: Sequence[StoredRow],
    classes: Sequence[StoredRow],
    nodes: Sequence[StoredRow],
    leaves: Sequence[StoredRow],
    link: str,
) -> TreeScorer:
    """Return the scorer of a run from its rows, in any order."""
    features = sorted(features, key=lambda row: row["feature_number"])
    names = tuple(row["feature"] for row in features)
    numbers, bases = _bases(classes)
    by_tree: dict[int, list[StoredRow]] = {}
    for row in sorted(nodes, key=lambda row: row["node_number"]):
        by_tree.setdefault(row["tree_number"], []).append(row)
    values = {
        number: np.zeros((len(own), len(numbers))) for number, own in by_tree.items()
    }
    for row in leaves:
        output = numbers.index(row["class_number"])
        values[row["tree_number"]][row["node_number"], output] = row["value"]
    trees = tuple(
        _tree(by_tree[number], values[number], names) for number in sorted(by_tree)
    )
    return TreeScorer(names, trees, bases, "logit" if link == "logit" else "none")


def stored_calibration(kind: str, rows: Sequence[StoredRow]) -> Calibration:
    """Return the calibration of a run from its rows, in any order."""
    by_class: dict[int, list[StoredRow]] = {}
    for row in sorted(rows, key=lambda row: (row["class_number"], row["step_number"])):
        by_class.setdefault(row["class_number"], []).append(row)
    return Calibration(kind, tuple(_map(steps) for steps in by_class.values()))


def _map(steps: Sequence[StoredRow]) -> PlattLine | IsotonicSteps:
    if steps[0]["slope"] is not None:
        return PlattLine(steps[0]["slope"], steps[0]["intercept"])
    return IsotonicSteps(
        np.array([step["begins"] for step in steps]),
        np.array([step["rate"] for step in steps]),
    )


def _node_rows(tree_number: int, tree: TreeNodes, names: Sequence[str]) -> Rows:
    is_leaf = (tree.left == NO_NODE).tolist()
    return [
        {
            "tree_number": tree_number,
            "node_number": node,
            "feature": None if leaf else names[tree.features[node]],
            "threshold": None if leaf else float(tree.thresholds[node]),
            "missing_left": None if leaf else bool(tree.missing_left[node]),
            "left_node": None if leaf else int(tree.left[node]),
            "right_node": None if leaf else int(tree.right[node]),
            "weight": float(tree.weights[node]),
        }
        for node, leaf in enumerate(is_leaf)
    ]


def _tree(
    rows: Sequence[StoredRow], values: FloatArray, names: tuple[str, ...]
) -> TreeNodes:
    def whole(column: str) -> IntArray:
        found = [NO_NODE if row[column] is None else row[column] for row in rows]
        return np.array(found, dtype=np.int64)

    return TreeNodes(
        np.array(
            [
                NO_NODE if row["feature"] is None else names.index(row["feature"])
                for row in rows
            ],
            dtype=np.int64,
        ),
        np.array([row["threshold"] or 0.0 for row in rows], dtype=np.float64),
        np.array([bool(row["missing_left"]) for row in rows]),
        whole("left_node"),
        whole("right_node"),
        values,
        np.array([row["weight"] for row in rows], dtype=np.float64),
    )


def _bases(classes: Sequence[StoredRow]) -> tuple[list[int], FloatArray]:
    """Return the numbers and bases of the classes that have a score."""
    scored = sorted(
        (row["class_number"], row["score_base"])
        for row in classes
        if row["score_base"] is not None
    )
    numbers = [number for number, _ in scored]
    return numbers, np.array([base for _, base in scored], dtype=np.float64)


def _transforms(features: Sequence[StoredRow]) -> tuple[Transform, ...]:
    return tuple("log1p" if row["transform"] == "log1p" else "none" for row in features)
