"""Made-up rows of `customer_snapshots`, and a champion for them, to time scoring."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from user_states.hmm.arrays import FloatArray, IntArray
from user_states.panel.features import Transform
from user_states.propensity.candidate_models import PropensityModel
from user_states.propensity.linear_scorer import LinearScorer
from user_states.propensity.propensity_rows import FeatureBlock
from user_states.runs.propensity_scorers import (
    calibration_rows,
    score_bases,
    scorer_rows,
)
from user_states.runs.table_writer import Rows, SchemaTables
from user_states.warehouse.connection import Connection, execute, fetch_all
from user_states.warehouse.dbt_project import DbtProject

TARGET, WEEK = "purchase", dt.date(2026, 6, 1)
_CLASSES = ("no", "yes")
# Not known of this share of the customers, where that can be.
_UNKNOWN = 0.1


@dataclass(frozen=True, eq=False)
class MadeUpSnapshots:
    """Customers of one week.

    Attributes
    ----------
    customer_ids : pyarrow.Array
    block : FeatureBlock
        In the order of the ids.
    outcomes : array of int, shape (n,)
        Whether what is forecast came.
    """

    customer_ids: pa.Array
    block: FeatureBlock
    outcomes: IntArray


def write_snapshots(
    connection: Connection, project: DbtProject, n: int, seed: int = 0
) -> MadeUpSnapshots:
    """Replace the rows of `customer_snapshots` by made-up customers."""
    predictors = fetch_all(
        connection,
        "select feature, transform = 'log1p', data_type = 'boolean' "
        f"from {project.relation('customer_features')} where is_predictor "
        "order by feature",
    )
    relation, schema = (
        project.relation("customer_snapshots"),
        project.schema_of("customer_snapshots"),
    )
    columns = connection.adbc_get_table_schema(
        "customer_snapshots", db_schema_filter=schema
    )
    required = {
        name
        for (name,) in fetch_all(
            connection,
            "select attname from pg_attribute where attnotnull and attnum > 0 "
            f"and attrelid = '{relation}'::regclass",
        )
    }
    rng = np.random.default_rng(seed)
    values = np.empty((n, len(predictors)))
    for j, (name, _, is_flag) in enumerate(predictors):
        own = rng.random(n) < 0.3 if is_flag else rng.poisson(rng.gamma(1.0, 6.0, n))
        values[:, j] = own
        if name not in required:
            values[rng.random(n) < _UNKNOWN, j] = np.nan
    names = tuple(name for name, _, _ in predictors)
    transforms: list[Transform] = [
        "log1p" if is_log else "none" for _, is_log, _ in predictors
    ]
    ids = pa.array([f"customer-{number:08d}" for number in range(n)])
    fixed: dict[str, Any] = {
        "customer_id": ids,
        "as_of_week_start": pa.repeat(pa.scalar(WEEK), n),
        "known_at": pa.repeat(pa.scalar(dt.datetime.now(dt.UTC)), n),
    }

    def column(field: pa.Field) -> pa.Array:
        if field.name in names:
            own = values[:, names.index(field.name)]
            return pa.array(own, mask=np.isnan(own)).cast(field.type)
        if field.name in fixed:
            return fixed[field.name].cast(field.type)
        if field.name not in required:
            return pa.nulls(n, field.type)
        if pa.types.is_string(field.type):
            return pa.repeat(pa.scalar(""), n)
        return pa.repeat(pa.scalar(0), n).cast(field.type)

    execute(connection, f"truncate {relation}")
    with connection.cursor() as cursor:
        cursor.adbc_ingest(
            "customer_snapshots",
            pa.table({field.name: column(field) for field in columns}),
            mode="append",
            db_schema_name=schema,
        )
    execute(connection, f"vacuum analyze {relation}")
    block = FeatureBlock(names, tuple(transforms), values)
    return MadeUpSnapshots(ids, block, _outcomes(rng, block))


def _outcomes(rng: np.random.Generator, block: FeatureBlock) -> IntArray:
    terms: FloatArray = np.nan_to_num(block.transformed)
    push = (terms - terms.mean(axis=0)) @ rng.normal(size=terms.shape[1])
    noisy = push / push.std() + rng.logistic(size=len(push))
    came: IntArray = (noisy > np.quantile(noisy, 0.8)).astype(np.int64)
    return came


def publish_model(
    connection: Connection, project: DbtProject, run_id: str, model: PropensityModel
) -> None:
    """Write a model as a run, and make it the champion of the target."""
    scorer = model.scorer
    linear = scorer if isinstance(scorer, LinearScorer) else None
    link = "logit" if isinstance(scorer, LinearScorer) else scorer.link
    register = SchemaTables.of(project, "register")
    name = f"propensity:{TARGET}"
    execute(
        connection,
        f"insert into {register.name('runs')} (run_id, model, created_at, n_segments, "
        "n_members, last_week_start, has_passed_guards, defects, choice, settings, "
        f"versions) values ('{run_id}', '{name}', now(), 0, 1, '{WEEK}', true, '[]', "
        "'made up', '{}', '{}')",
    )
    features: Rows = [
        {
            "feature": feature,
            "feature_number": number,
            "transform": linear.transforms[number - 1] if linear else "none",
            "fill": float(linear.fills[number - 1]) if linear else None,
            "mean": float(linear.means[number - 1]) if linear else None,
            "typical_value": 4.0,
            "importance": None,
        }
        for number, feature in enumerate(scorer.names, start=1)
    ]
    classes: Rows = [
        {
            "class_number": number,
            "class_name": own,
            "base_rate": rate,
            "score_base": score_bases(scorer)[0] if number == len(_CLASSES) else None,
            "is_forecast": number == len(_CLASSES),
        }
        for number, (own, rate) in enumerate(
            zip(_CLASSES, (0.8, 0.2), strict=True), start=1
        )
    ]
    fits: Rows = [
        {
            "target": TARGET,
            "outcome": "purchase",
            "horizon_weeks": 4,
            "population": "everybody",
            "chosen": "made_up",
            "model_kind": "linear" if linear else "trees",
            "link": link,
            "calibration_kind": model.calibration.kind,
            "has_belief": False,
            "is_published": True,
            "is_forced": False,
            "n_customers": 1,
            "n_rows": 1,
            "n_positives": 1,
            "first_week_start": WEEK,
            "as_of_week_start": WEEK,
            "sentence": "Made up.",
        }
    ]
    tables = {
        "fits": fits,
        "classes": classes,
        "features": features,
        **scorer_rows(scorer, len(_CLASSES)),
        "calibration": calibration_rows(model.calibration, len(_CLASSES)),
    }
    propensity = SchemaTables.of(project, "propensity")
    for table, rows in tables.items():
        if rows:
            own_rows = [{"run_id": run_id, **row} for row in rows]
            propensity.insert(connection, table, own_rows)
    champions = register.name("champions")
    execute(connection, f"delete from {champions} where model = '{name}'")
    execute(
        connection,
        f"insert into {champions} (model, promotion_number, run_id, promoted_at, "
        f"is_forced) values ('{name}', 1, '{run_id}', now(), false)",
    )
