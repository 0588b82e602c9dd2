"""Propensities with parameters of a test's own, and the features that they read."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from psycopg2.extras import execute_values

from planted_runs import cursor_of
from user_states.hmm.arrays import FloatArray
from user_states.panel.features import Transform
from user_states.propensity.calibration import IsotonicSteps, PlattLine
from user_states.propensity.candidate_models import PropensityModel
from user_states.propensity.linear_scorer import LinearScorer
from user_states.propensity.propensity_rows import FeatureBlock
from user_states.propensity.tree_scorer import NO_NODE, TreeScorer
from user_states.warehouse.server import LocalServerAddress


@dataclass(frozen=True, eq=False)
class PlantedPropensity:
    """A champion to be.

    Attributes
    ----------
    target, run_id : str
    model : PropensityModel
    classes : tuple of str
        Of two, the second is forecast.
    population : str
    outcome : str
    typical : dict of str to float
        Medians of features, in natural units.
    tenths : tuple of (lowest, highest, n_rows, observed_rate)
        Of every class, the least likely first.
    """

    target: str
    run_id: str
    model: PropensityModel
    classes: tuple[str, ...] = ("no", "yes")
    population: str = "everybody"
    outcome: str = "purchase"
    typical: dict[str, float] = field(default_factory=dict)
    tenths: tuple[tuple[float, float, int, float], ...] = ()

    @property
    def forecast(self) -> tuple[int, ...]:
        """Numbers of the classes that are forecast, from 1."""
        n = len(self.classes)
        return (2,) if n == 2 else tuple(range(1, n + 1))


def plant_propensity(
    address: LocalServerAddress, planted: PlantedPropensity, week: dt.date
) -> None:
    """Write a run with this model, and make it the champion of its target."""
    run_id, model = planted.run_id, planted.model
    scorer = model.scorer
    is_linear = isinstance(scorer, LinearScorer)
    name, now = f"propensity:{planted.target}", dt.datetime.now(dt.UTC)
    bases = scorer.intercepts if is_linear else scorer.base
    output_of = {number: k for k, number in enumerate(planted.forecast)}
    with cursor_of(address) as cursor:

        def insert(table: str, columns: str, rows: Iterable[Sequence[Any]]) -> None:
            execute_values(
                cursor, f"insert into {table} ({columns}) values %s", list(rows)
            )

        insert(
            "register.runs",
            "run_id, model, created_at, n_segments, n_members, last_week_start, "
            "has_passed_guards, defects, choice, settings, versions",
            [
                (run_id, name, now, 0, 100, week, True, "[]")
                + ("It is planted.", "{}", "{}")
            ],
        )
        insert(
            "propensity.fits",
            "run_id, target, outcome, horizon_weeks, population, chosen, model_kind, "
            "link, calibration_kind, has_belief, is_published, is_forced, n_customers, "
            "n_rows, n_positives, first_week_start, as_of_week_start, sentence",
            [
                (run_id, planted.target, planted.outcome, 4, planted.population)
                + ("planted", "linear" if is_linear else "trees")
                + ("logit" if is_linear else scorer.link, model.calibration.kind)
                + (True, True, False, 100, 1000, 100, week, week, "It is planted.")
            ],
        )
        insert(
            "propensity.classes",
            "run_id, class_number, class_name, base_rate, score_base, is_forecast",
            [
                (run_id, number, own, 1 / len(planted.classes))
                + (
                    (float(bases[output_of[number]]), True)
                    if number in output_of
                    else (None, False)
                )
                for number, own in enumerate(planted.classes, start=1)
            ],
        )
        insert(
            "propensity.features",
            "run_id, feature, feature_number, transform, fill, mean, typical_value",
            [
                (run_id, feature, place)
                + (
                    (
                        scorer.transforms[place - 1],
                        float(scorer.fills[place - 1]),
                        float(scorer.means[place - 1]),
                    )
                    if is_linear
                    else ("none", None, None)
                )
                + (planted.typical.get(feature),)
                for place, feature in enumerate(scorer.names, start=1)
            ],
        )
        if is_linear:
            insert(
                "propensity.coefficients",
                "run_id, class_number, feature, coefficient",
                [
                    (run_id, number, feature, float(scorer.coefficients[k, j]))
                    for number, k in output_of.items()
                    for j, feature in enumerate(scorer.names)
                ],
            )
        else:
            nodes, leaves = _tree_rows(run_id, scorer, planted.forecast)
            insert(
                "propensity.tree_nodes",
                "run_id, tree_number, node_number, feature, threshold, missing_left, "
                "left_node, right_node, weight",
                nodes,
            )
            insert(
                "propensity.leaf_values",
                "run_id, tree_number, node_number, class_number, value",
                leaves,
            )
        insert(
            "propensity.calibration",
            "run_id, class_number, step_number, slope, intercept, begins, rate",
            [
                (run_id, number, *step)
                for number, own in zip(
                    planted.forecast, model.calibration.maps, strict=True
                )
                for step in _steps(own)
            ],
        )
        if planted.tenths:
            insert(
                "propensity.judged_tenths",
                "run_id, class_number, tenth, lowest, highest, n_rows, mean_forecast, "
                "observed_rate",
                [
                    (run_id, number, tenth, low, high, n, (low + high) / 2, rate)
                    for number in planted.forecast
                    for tenth, (low, high, n, rate) in enumerate(
                        planted.tenths, start=1
                    )
                ],
            )
        promote(cursor, planted.target, run_id)


def promote(cursor: Any, target: str, run_id: str) -> None:
    """Make a run the champion of its target."""
    name = f"propensity:{target}"
    cursor.execute("delete from register.champions where model = %s", (name,))
    cursor.execute(
        "insert into register.champions "
        "(model, promotion_number, run_id, promoted_at, is_forced) "
        "values (%s, 1, %s, now(), false)",
        (name, run_id),
    )


def _tree_rows(
    run_id: str, scorer: TreeScorer, forecast: Sequence[int]
) -> tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]]:
    nodes: list[tuple[Any, ...]] = []
    leaves: list[tuple[Any, ...]] = []
    for number, tree in enumerate(scorer.trees, start=1):
        for node, left in enumerate(tree.left.tolist()):
            key = (run_id, number, node)
            weight = float(tree.weights[node])
            if left == NO_NODE:
                nodes.append((*key, None, None, None, None, None, weight))
                leaves.extend(
                    (*key, own, float(tree.values[node, k]))
                    for k, own in enumerate(forecast)
                    if tree.values[node, k] != 0
                )
            else:
                nodes.append(
                    (
                        *key,
                        scorer.names[tree.features[node]],
                        float(tree.thresholds[node]),
                        bool(tree.missing_left[node]),
                        left,
                        int(tree.right[node]),
                        weight,
                    )
                )
    return nodes, leaves


def _steps(own: PlattLine | IsotonicSteps) -> list[tuple[Any, ...]]:
    if isinstance(own, PlattLine):
        return [(1, own.slope, own.intercept, None, None)]
    return [
        (step, None, None, begins, rate)
        for step, (begins, rate) in enumerate(
            zip(own.begins.tolist(), own.rates.tolist(), strict=True), start=1
        )
    ]


def feature_block(
    names: Sequence[str],
    transforms: Sequence[Transform],
    states: Sequence[str],
    rows: Sequence[dict[str, Any]],
) -> FeatureBlock:
    """Return rows of `customer_snapshots` as Python reads them, states at the end."""
    columns = [
        [np.nan if row[name] is None else float(row[name]) for row in rows]
        for name in names
    ] + [
        [row["state_probability"] if row["state_key"] == key else 0.0 for row in rows]
        for key in states
    ]
    values: FloatArray = np.array(columns, dtype=np.float64).T
    plain: Transform = "none"
    return FeatureBlock(
        (*names, *(f"state_{key}" for key in states)),
        (*transforms, *(plain for _ in states)),
        values,
    )
