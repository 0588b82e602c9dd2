"""Segments of customers with parameters of a test's own, and what Python reads."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import numpy as np
import psycopg2
from psycopg2.extras import execute_values

from conftest import PROJECT
from planted_runs import cursor_of
from user_states.hmm.arrays import FloatArray
from user_states.panel.feature_scaling import FeatureScaling
from user_states.segments.segment_parameters import SegmentParameters
from user_states.segments.snapshot_features import (
    SnapshotFeature,
    SnapshotTransform,
    filled_values,
    stored_scaling,
)
from user_states.warehouse.server import LocalServerAddress

MODEL = "customer_segments"


@dataclass(frozen=True, eq=False)
class FilledWeek:
    """The customers of one week of `customer_snapshots`, with defaults for null.

    Attributes
    ----------
    week : date
    customer_ids : list of str
        In order.
    filled : array, shape (n, n_features)
        In natural units.
    """

    week: dt.date
    customer_ids: list[str]
    filled: FloatArray


def model_features() -> list[SnapshotFeature]:
    """Return the features that models read, as the seed has them."""
    transforms: dict[str, SnapshotTransform] = {"log1p": "log1p", "binary": "binary"}
    with (PROJECT / "seeds/customer_features.csv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["is_feature"] == "true"]
    return [
        SnapshotFeature(
            row["feature"],
            transforms.get(row["transform"], "none"),
            "median"
            if row["default_value"] == "median"
            else float(row["default_value"])
            if row["default_value"]
            else None,
        )
        for row in rows
    ]


def filled_weeks(
    address: LocalServerAddress, features: Sequence[SnapshotFeature]
) -> list[FilledWeek]:
    """Return every week of `customer_snapshots`, by its newest revisions."""
    columns = ", ".join(
        f"{feature.name}::int" if feature.transform == "binary" else feature.name
        for feature in features
    )
    with closing(psycopg2.connect(address.url)) as connection:
        cursor = connection.cursor()
        cursor.execute(
            "select distinct on (as_of_week_start, customer_id) "
            f"as_of_week_start, customer_id, {columns} from marts.customer_snapshots "
            "order by as_of_week_start, customer_id, revision desc"
        )
        rows = cursor.fetchall()
    found = []
    for week in sorted({row[0] for row in rows}):
        own = [row for row in rows if row[0] == week]
        values = np.array([row[2:] for row in own], dtype=np.float64)
        filled = filled_values(features, values)
        found.append(FilledWeek(week, [row[1] for row in own], filled))
    return found


def scaling_of(
    features: Sequence[SnapshotFeature], filled: FloatArray
) -> FeatureScaling:
    """Return the scaling by means and deviations of some customers."""
    plain = stored_scaling(
        features, np.zeros(len(features)), np.ones(len(features))
    ).transform(filled)
    return stored_scaling(features, plain.mean(axis=0), plain.std(axis=0))


def plant_segments(
    address: LocalServerAddress,
    run_id: str,
    week: dt.date,
    scaling: FeatureScaling,
    parameters: SegmentParameters,
) -> None:
    """Write a run of these segments, and make it the champion of its model."""
    n_segments = len(parameters.weights)
    numbers = range(1, n_segments + 1)
    now = dt.datetime.now(dt.UTC)
    with cursor_of(address) as cursor:

        def insert(table: str, columns: str, rows: Iterable[Any]) -> None:
            execute_values(
                cursor, f"insert into {table} ({columns}) values %s", list(rows)
            )

        insert(
            "register.runs",
            "run_id, model, created_at, n_segments, n_members, last_week_start, "
            "has_passed_guards, defects, choice, settings, versions",
            [
                (
                    *(run_id, MODEL, now, n_segments, 100, week, True, "[]"),
                    *("It is planted.", "{}", "{}"),
                )
            ],
        )
        insert(
            "register.segments",
            "run_id, model, segment_id, segment_key, n_members, member_share, "
            "automatic_name, automatic_description",
            [
                (
                    *(run_id, MODEL, k, f"{run_id}-{k}", 100 * share, share),
                    *(f"{run_id} {k}", f"Segment {k} of {run_id}."),
                )
                for k, share in zip(numbers, parameters.weights.tolist(), strict=True)
            ],
        )
        insert(
            "register.segment_keys",
            "segment_key, model, minted_by_run_id, minted_at, current_name, "
            "first_description",
            [
                (f"{run_id}-{k}", MODEL, run_id, now, f"{run_id} {k}", f"Segment {k}.")
                for k in numbers
            ],
        )
        insert(
            "register.feature_scaling",
            "run_id, model, feature, position, family, transform, mean, scale",
            [
                (run_id, MODEL, name, place, "numeric", transform, mean, scale)
                for place, (name, transform, mean, scale) in enumerate(
                    zip(
                        scaling.names,
                        scaling.transforms,
                        scaling.means.tolist(),
                        scaling.scales.tolist(),
                        strict=True,
                    ),
                    start=1,
                )
            ],
        )
        insert(
            "segments.fits",
            "run_id, as_of_week_start, rule, division, deciding_outcome, n_customers, "
            "n_held_out, sentence, scaling_method",
            [
                (
                    *(run_id, week, parameters.rule, "k_means_3", "active_next_week"),
                    *(100, 20, "It is planted.", "z_score"),
                )
            ],
        )
        insert(
            "segments.weights",
            "run_id, segment_id, weight",
            [
                (run_id, k, weight)
                for k, weight in zip(numbers, parameters.weights.tolist(), strict=True)
            ],
        )
        insert(
            "segments.centres",
            "run_id, segment_id, feature, mean, variance",
            [
                (run_id, k, name, mean, variance)
                for k, means, variances in zip(
                    numbers,
                    parameters.means.tolist(),
                    parameters.variances.tolist(),
                    strict=True,
                )
                for name, mean, variance in zip(
                    scaling.names, means, variances, strict=True
                )
            ],
        )
        cursor.execute("delete from register.champions where model = %s", (MODEL,))
        cursor.execute(
            "insert into register.champions "
            "(model, promotion_number, run_id, promoted_at, is_forced) "
            "values (%s, 1, %s, %s, false)",
            (MODEL, run_id, now),
        )
