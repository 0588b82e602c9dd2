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
from user_states.propensity.candidate_models import PropensityModel
from user_states.propensity.linear_scorer import LinearScorer
from user_states.propensity.propensity_rows import FeatureBlock
from user_states.runs.propensity_scorers import (
    calibration_rows,
    forecast_classes,
    score_bases,
    scorer_rows,
)
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
        return tuple(forecast_classes(len(self.classes)))


def plant_propensity(
    address: LocalServerAddress, planted: PlantedPropensity, week: dt.date
) -> None:
    """Write a run with this model, and make it the champion of its target."""
    run_id, model = planted.run_id, planted.model
    scorer = model.scorer
    linear = scorer if isinstance(scorer, LinearScorer) else None
    link = "logit" if isinstance(scorer, LinearScorer) else scorer.link
    name, now = f"propensity:{planted.target}", dt.datetime.now(dt.UTC)
    bases = score_bases(scorer)
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
                (
                    *(run_id, name, now, 0, 100, week, True, "[]"),
                    *("It is planted.", "{}", "{}"),
                )
            ],
        )
        insert(
            "propensity.fits",
            "run_id, target, outcome, horizon_weeks, population, chosen, model_kind, "
            "link, calibration_kind, has_belief, is_published, is_forced, n_customers, "
            "n_rows, n_positives, first_week_start, as_of_week_start, sentence",
            [
                (
                    *(run_id, planted.target, planted.outcome, 4, planted.population),
                    *("planted", "linear" if linear else "trees"),
                    *(link, model.calibration.kind),
                    *(True, True, False, 100, 1000, 100, week, week, "It is planted."),
                )
            ],
        )
        insert(
            "propensity.classes",
            "run_id, class_number, class_name, base_rate, score_base, is_forecast",
            [
                (run_id, number, own, 1 / len(planted.classes))
                + (
                    (bases[output_of[number]], True)
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
                        linear.transforms[place - 1],
                        float(linear.fills[place - 1]),
                        float(linear.means[place - 1]),
                    )
                    if linear
                    else ("none", None, None)
                )
                + (planted.typical.get(feature),)
                for place, feature in enumerate(scorer.names, start=1)
            ],
        )
        n_classes = len(planted.classes)
        tables = scorer_rows(scorer, n_classes)
        tables["calibration"] = calibration_rows(model.calibration, n_classes)
        for table, rows in tables.items():
            if rows:
                insert(
                    f"propensity.{table}",
                    ", ".join(("run_id", *rows[0])),
                    [(run_id, *row.values()) for row in rows],
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
