"""Reasons of the scores of trees: TreeSHAP for those whom somebody will look at.

SQL scores everybody with the trees of a champion, but cannot explain them. Here the
same trees, read from the tables that SQL reads, are explained for the customers of the
lists and the highest scores of each target.
"""

from __future__ import annotations

import datetime as dt
import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from user_states.errors import UserError
from user_states.fit.predictor_columns import SnapshotRows, read_snapshot_rows
from user_states.hmm.arrays import FloatArray
from user_states.panel.features import Transform
from user_states.propensity.propensity_rows import FeatureBlock
from user_states.propensity.score_reasons import ScoreReasons, explain_scores
from user_states.propensity.tree_scorer import TreeScorer
from user_states.runs.propensity_model import (
    BELIEF_PREFIX,
    PROPENSITIES,
    propensity_model,
)
from user_states.runs.propensity_scorers import forecast_classes, stored_trees
from user_states.runs.run_store import RunStore
from user_states.runs.table_writer import Rows
from user_states.warehouse.connection import Connection, execute, fetch_all, literal
from user_states.warehouse.dbt_project import DbtProject

# Scores of each target that are explained, the highest first.
MOST_SCORES = 5_000
# Reasons that are kept of a customer and class: for the outcome, and against it.
REASONS_FOR, REASONS_AGAINST = 3, 2

TABLES_OF_SCORES = (
    "propensity_history",
    "customer_snapshots",
    "audience_lists",
    "customer_users",
)

logger = logging.getLogger("user_states")


@dataclass(frozen=True, eq=False)
class _TreeChampion:
    """A champion whose model is trees."""

    target: str
    run_id: str
    scorer: TreeScorer
    transforms: Mapping[str, Transform]
    n_classes: int


@dataclass(frozen=True, eq=False)
class _ScoredCustomers:
    """Customers of a champion's newest scored week with their features."""

    champion: _TreeChampion
    week_start: dt.date
    snapshots: SnapshotRows


def explain_propensities(project: DbtProject) -> int:
    """Explain the champions that are trees, and replace what was explained before.

    Returns
    -------
    int
        Champions whose scores were explained; 0 if none is made of trees.

    Raises
    ------
    UserError
        If the tables are missing, if the package shap is, or if reasons do not add up
        to the scores. Nothing is written then.
    """
    store = RunStore(project.connection_uri, propensity_model(project, PROPENSITIES))
    store.check()
    with project.only_writer("fit"):
        found = project.snapshots().read(
            TABLES_OF_SCORES, lambda connection: _read(connection, project)
        )
        rows: Rows = []
        for one in found:
            started = time.monotonic()
            rows += _reason_rows(one, _explained(one))
            logger.info(
                "%s: reasons of %s customers of the week of %s; %.1f s",
                one.champion.target,
                f"{len(one.snapshots.customer_ids):,}",
                one.week_start,
                time.monotonic() - started,
            )
        own = propensity_model(project, PROPENSITIES).own
        with store.transaction() as connection:
            execute(connection, f"delete from {own.name('reasons')}")
            own.insert(connection, "reasons", rows)
            own.analyze(connection, ("reasons",))
    return len(found)


def _read(connection: Connection, project: DbtProject) -> list[_ScoredCustomers]:
    found = [
        _scored(connection, project, champion)
        for champion in _tree_champions(connection, project)
    ]
    return [one for one in found if one is not None]


def has_tree_champions(project: DbtProject) -> bool:
    """Return whether a champion of a propensity is made of trees."""
    return bool(
        project.snapshots().read(
            (), lambda connection: _tree_champions(connection, project)
        )
    )


def _tree_champions(connection: Connection, project: DbtProject) -> list[_TreeChampion]:
    model = propensity_model(project, PROPENSITIES)
    runs = fetch_all(
        connection,
        f"""
        select fits.target, fits.run_id, fits.link
        from {model.register.name("champions")} as champions
        inner join {model.own.name("fits")} as fits
            on champions.run_id = fits.run_id
        where fits.model_kind = 'trees'
        order by fits.target
        """,
    )
    return [_champion(connection, model.own, *run) for run in runs]


def _champion(
    connection: Connection, own: Any, target: str, run_id: str, link: str
) -> _TreeChampion:
    def rows(table: str, *columns: str) -> list[dict[str, Any]]:
        found = fetch_all(
            connection,
            f"select {', '.join(columns)} from {own.name(table)} where run_id = $1",
            (run_id,),
        )
        return [dict(zip(columns, row, strict=True)) for row in found]

    features = rows("features", "feature", "feature_number", "transform")
    classes = rows("classes", "class_number", "score_base")
    scorer = stored_trees(
        features,
        classes,
        rows(
            "tree_nodes", "tree_number", "node_number", "feature", "threshold",
            "missing_left", "left_node", "right_node", "weight",
        ),
        rows("leaf_values", "tree_number", "node_number", "class_number", "value"),
        link,
    )  # fmt: skip
    transforms = {row["feature"]: row["transform"] for row in features}
    return _TreeChampion(target, run_id, scorer, transforms, len(classes))


def _scored(
    connection: Connection, project: DbtProject, champion: _TreeChampion
) -> _ScoredCustomers | None:
    """Return whom to explain; None if the champion has scored nobody yet."""
    history = project.relation("propensity_history")
    ((week_start,),) = fetch_all(
        connection,
        f"select max(as_of_week_start) from {history} where run_id = $1",
        (champion.run_id,),
    )
    if week_start is None:
        return None
    scored = (
        f"from {history} as scores "
        f"where scores.run_id = {literal(champion.run_id)} "
        f"and scores.as_of_week_start = date {literal(str(week_start))}"
    )
    # The revision that was scored: a late event changes neither score nor reasons.
    snapshots = read_snapshot_rows(
        connection,
        f"""
        (
            select snapshots.*
            from {project.relation("customer_snapshots")} as snapshots
            inner join (select distinct customer_id, revision {scored}) as scored
                on
                    snapshots.customer_id = scored.customer_id
                    and snapshots.revision = scored.revision
            where
                snapshots.as_of_week_start = date {literal(str(week_start))}
                and snapshots.customer_id in (
                    (
                        select scores.customer_id {scored}
                        order by scores.probability desc, scores.customer_id asc
                        limit {MOST_SCORES}
                    )
                    union all
                    select users.customer_id
                    from {project.relation("audience_lists")} as lists
                    inner join {project.relation("customer_users")} as users
                        on lists.user_id = users.user_id
                )
        )
        """,
        {
            name: transform
            for name, transform in champion.transforms.items()
            if not name.startswith(BELIEF_PREFIX)
        },
        [
            name.removeprefix(BELIEF_PREFIX)
            for name in champion.transforms
            if name.startswith(BELIEF_PREFIX)
        ],
    )
    return _ScoredCustomers(champion, week_start, snapshots)


def _explained(one: _ScoredCustomers) -> ScoreReasons:
    """Return the reasons of every customer.

    Raises
    ------
    UserError
        If they do not add up, or the package shap is not there.
    """
    features: FeatureBlock = one.snapshots.features.beside(one.snapshots.belief)
    try:
        return explain_scores(one.champion.scorer, features)
    except ValueError as error:
        raise UserError(
            f"the scores of {one.champion.target} could not be explained: {error}. "
            "Nothing was written"
        ) from error


def _reason_rows(one: _ScoredCustomers, reasons: ScoreReasons) -> Rows:
    """Return the strongest reasons for and against each class of each customer."""
    rows: Rows = []
    for output, number in enumerate(forecast_classes(one.champion.n_classes)):
        strength = reasons.contributions[:, :, output]
        for customer, own in zip(
            one.snapshots.customer_ids.tolist(), strength, strict=True
        ):
            rows += [
                {
                    "run_id": one.champion.run_id,
                    "as_of_week_start": one.week_start,
                    "customer_id": customer,
                    "class_number": number,
                    "feature": reasons.names[place],
                    "contribution": float(own[place]),
                }
                for place in _strongest(own)
            ]
    return rows


def _strongest(contributions: FloatArray) -> Sequence[int]:
    best = np.argsort(-contributions, kind="stable")[:REASONS_FOR].tolist()
    worst = np.argsort(contributions, kind="stable")[:REASONS_AGAINST].tolist()
    return [place for place in best if contributions[place] > 0] + [
        place for place in worst if contributions[place] < 0
    ]
