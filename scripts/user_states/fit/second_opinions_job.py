"""Second opinions about the reasons of champions, on customers kept out of their fit.

Here array code and warehouse code meet; neither knows the other.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from user_states.errors import UserError
from user_states.fit.propensity_reader import PropensityReader
from user_states.hmm.arrays import FloatArray, IntArray
from user_states.propensity.candidate_models import Scorer
from user_states.propensity.linear_scorer import LinearScorer
from user_states.propensity.propensity_folds import publication_fold
from user_states.propensity.propensity_rows import PropensityRows
from user_states.propensity.score_reasons import explain_scores
from user_states.propensity.second_opinions import (
    SecondOpinion,
    eli5_importance,
    importance_agreement,
    lime_reasons,
    permutation_importance,
    top_agreement,
    without_gaps,
)
from user_states.runs.propensity_model import PROPENSITIES, propensity_model
from user_states.runs.propensity_scorers import stored_linear, stored_trees
from user_states.runs.run_store import RunStore
from user_states.runs.table_writer import Rows
from user_states.warehouse.connection import Connection, execute, fetch_all
from user_states.warehouse.dbt_project import DbtProject

# Customers whose reasons are compared, and those whose features are shuffled.
N_EXPLAINED, N_SHUFFLED = 200, 2_000
_PERMUTED = (
    "ELI5 cannot read the weights of this model, so features were shuffled instead."
)

logger = logging.getLogger("user_states")


@dataclass(frozen=True, eq=False)
class _StoredChampion:
    """A champion of a propensity, as SQL scores with it."""

    run_id: str
    scorer: Scorer


def ask_second_opinions(project: DbtProject, seed: int = 1) -> dict[str, int]:
    """Compare the reasons of every champion with other methods, and store the result.

    Returns
    -------
    dict of str to int
        Customers compared, by target. Empty without champions.

    Raises
    ------
    UserError
        If LIME or ELI5 is not installed, or the tables are missing.
    """
    store = RunStore(project.connection_uri, propensity_model(project, PROPENSITIES))
    store.check()
    champions = project.snapshots().read(
        (), lambda connection: _champions(connection, project)
    )
    if not champions:
        return {}
    read = PropensityReader(project).read(tuple(champions))
    found: dict[str, int] = {}
    rows: Rows = []
    for one in read.targets:
        champion = champions[one.target.target]
        if one.rows is None:
            logger.warning("%s: %s", one.target.target, one.why_not)
            continue
        opinions = second_opinions(champion.scorer, one.rows, seed)
        found[one.target.target] = opinions[0].n_customers
        rows += [_row(champion.run_id, opinion) for opinion in opinions]
        for opinion in opinions:
            logger.info("%s: %s", one.target.target, _in_words(opinion))
    _write(project, store, rows)
    return found


def second_opinions(
    scorer: Scorer, rows: PropensityRows, seed: int
) -> list[SecondOpinion]:
    """Return what LIME, ELI5 and our own permutation say of a scorer's reasons.

    Customers are those on whom the published model was calibrated: it was not fitted to
    them. Values that are not known get the median, because LIME cannot read gaps.

    Raises
    ------
    UserError
        If LIME or ELI5 is not installed, or the rows lack a feature of the scorer.
    """
    if missing := sorted(set(scorer.names) - set(rows.all_features.names)):
        raise UserError(
            f"found no feature {missing[0]} in the warehouse; expected all that the "
            "champion reads: run `make propensity`"
        )
    own = publication_fold(rows).calibrated
    block = rows.all_features.rows(own).columns(scorer.names)
    values = without_gaps(block.values, _medians(block.values))
    lowest, highest = values.min(axis=0), values.max(axis=0)

    def chances(customers: FloatArray) -> FloatArray:
        # LIME also tries values that no customer has, such as negative counts.
        tried = np.clip(customers, lowest, highest)
        return scorer.chances(replace(block, values=tried))

    explained, shuffled = _chosen(rows.customers[own], seed)
    shap = explain_scores(scorer, replace(block, values=values[explained]))
    importance = explain_scores(
        scorer, replace(block, values=values[shuffled])
    ).importance
    outcomes = rows.outcomes[own][shuffled]
    try:
        lime = lime_reasons(chances, values, values[explained], scorer.names, seed)
        eli5 = eli5_importance(chances, values[shuffled], outcomes, seed)
    except ImportError as error:
        raise UserError(
            f"found no package {error.name}; expected LIME and ELI5 of "
            "requirements-explanations.txt: run `make explanation-checks`"
        ) from error
    permuted = permutation_importance(chances, values[shuffled], outcomes, seed)
    n_shuffled = len(shuffled)
    return [
        SecondOpinion(
            "lime",
            len(explained),
            top_agreement(shap.contributions[:, :, -1], lime),
            None,
        ),
        SecondOpinion(
            "eli5",
            n_shuffled,
            None,
            importance_agreement(importance, eli5),
            None if isinstance(scorer, LinearScorer) else _PERMUTED,
        ),
        SecondOpinion(
            "permutation", n_shuffled, None, importance_agreement(importance, permuted)
        ),
    ]


def _medians(values: FloatArray) -> FloatArray:
    """Return the median of each feature; 0 of one that is never known."""
    return np.array(
        [
            np.median(column[~np.isnan(column)]) if (~np.isnan(column)).any() else 0.0
            for column in values.T
        ]
    )


def _chosen(customers: IntArray, seed: int) -> tuple[IntArray, IntArray]:
    """Return rows to explain, one a customer, and more rows to shuffle."""
    order = np.random.default_rng(seed).permutation(len(customers))
    _, first = np.unique(customers[order], return_index=True)
    explained = order[np.sort(first)][:N_EXPLAINED]
    return explained.astype(np.int64), order[:N_SHUFFLED].astype(np.int64)


def _champions(
    connection: Connection, project: DbtProject
) -> dict[str, _StoredChampion]:
    model = propensity_model(project, PROPENSITIES)
    runs = fetch_all(
        connection,
        f"""
        select fits.target, fits.run_id, fits.model_kind, fits.link
        from {model.register.name("champions")} as champions
        inner join {model.own.name("fits")} as fits
            on champions.run_id = fits.run_id
        where fits.model_kind is not null
        order by fits.target
        """,
    )
    return {
        target: _StoredChampion(run_id, _scorer(connection, model.own, run_id, *kind))
        for target, run_id, *kind in runs
    }


def _scorer(
    connection: Connection, own: Any, run_id: str, model_kind: str, link: str
) -> Scorer:
    def rows(table: str, *columns: str) -> list[Mapping[str, Any]]:
        found = fetch_all(
            connection,
            f"select {', '.join(columns)} from {own.name(table)} where run_id = $1",
            (run_id,),
        )
        return [dict(zip(columns, row, strict=True)) for row in found]

    features = rows(
        "features", "feature", "feature_number", "transform", "fill", "mean"
    )
    classes = rows("classes", "class_number", "score_base")
    if model_kind == "linear":
        coefficients = rows("coefficients", "class_number", "feature", "coefficient")
        return stored_linear(features, classes, coefficients)
    nodes = rows(
        "tree_nodes", "tree_number", "node_number", "feature", "threshold",
        "missing_left", "left_node", "right_node", "weight",
    )  # fmt: skip
    leaves = rows("leaf_values", "tree_number", "node_number", "class_number", "value")
    return stored_trees(features, classes, nodes, leaves, link)


def _row(run_id: str, opinion: SecondOpinion) -> dict[str, Any]:
    return {
        "run_id": run_id,
        "method": opinion.method,
        "n_customers": opinion.n_customers,
        "top_three_agreement": opinion.top_three_agreement,
        "rank_correlation": opinion.rank_correlation,
        "note": opinion.note,
        "compared_at": dt.datetime.now(dt.UTC),
    }


def _write(project: DbtProject, store: RunStore, rows: Rows) -> None:
    own = propensity_model(project, PROPENSITIES).own
    with project.only_writer("fit"), store.transaction() as connection:
        for run_id in sorted({row["run_id"] for row in rows}):
            execute(
                connection,
                f"delete from {own.name('second_opinions')} where run_id = $1",
                (run_id,),
            )
        own.insert(connection, "second_opinions", rows)


def _in_words(opinion: SecondOpinion) -> str:
    measures = {
        "share of the three strongest reasons in common": opinion.top_three_agreement,
        "rank correlation of the importances": opinion.rank_correlation,
    }
    told = [f"{name} {x:.2f}" for name, x in measures.items() if x is not None]
    return f"SHAP and {opinion.method}: {', '.join(told) or 'not comparable'}"
