"""Propensities, as the register sees them: a model propensity:TARGET for each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from user_states.runs.feature_meanings import changed_meanings
from user_states.runs.propensity_details import propensity_details
from user_states.runs.registered_model import RegisteredModel
from user_states.runs.segments_model import MEANINGS_OF_CUSTOMERS
from user_states.runs.stored_runs import StoredRun
from user_states.runs.table_writer import SchemaTables
from user_states.warehouse.connection import Connection, fetch_all
from user_states.warehouse.dbt_project import DbtProject

PROPENSITIES = "propensity:"
# Features with the belief in a state are called so, with its key after it.
BELIEF_PREFIX = "state_"

# In the order of writing. `reasons` and `second_opinions` are written later.
TABLES_OF_PROPENSITIES = (
    "fits",
    "classes",
    "features",
    "coefficients",
    "tree_nodes",
    "leaf_values",
    "calibration",
    "candidates",
    "leaks",
    "judged_weeks",
    "judged_tenths",
    "points",
)

# Columns of the seed that change what a target is.
MEANINGS_OF_TARGETS = ("outcome", "horizon_weeks", "population")


def propensity_model(project: DbtProject, name: str) -> RegisteredModel:
    """Return the model of a target of a project, under the project's target and vars.

    Parameters
    ----------
    project : DbtProject
    name : str
        propensity:TARGET.
    """
    own = SchemaTables.of(project, "propensity")
    features = project.relation("customer_features")
    targets = project.relation("propensity_targets")
    target, project_vars = name.removeprefix(PROPENSITIES), project.vars
    return RegisteredModel(
        name=name,
        noun="class",
        register=SchemaTables.of(project, "register"),
        own=own,
        versions=SchemaTables.of(project, "hmm"),
        tables=TABLES_OF_PROPENSITIES,
        streams=(),
        changed_features=lambda connection, run: _changed_features(
            connection, run, (features, targets), target, project_vars
        ),
        publishes=lambda connection, run_id: _publishes(connection, own, run_id),
        described=lambda connection, run_id: propensity_details(
            connection, own, run_id
        ),
    )


def propensity_settings(
    project_vars: Mapping[str, Any],
    transforms: Mapping[str, str],
    target: Mapping[str, Any],
) -> dict[str, Any]:
    """Return the settings that features of customers and an outcome depend on.

    Parameters
    ----------
    project_vars : mapping
        Every var of the project.
    transforms : mapping of str to str
        By feature that a model may read.
    target : mapping
        MEANINGS_OF_TARGETS.
    """
    return {
        "features": {
            name: {"transform": transform} for name, transform in transforms.items()
        },
        **{column: target[column] for column in MEANINGS_OF_TARGETS},
        **{var: project_vars[var] for var in MEANINGS_OF_CUSTOMERS},
    }


def linear_transform(transform: str) -> str:
    """Return how linear models read a feature with this transform in the seed."""
    return "log1p" if transform == "log1p" else "none"


def _changed_features(
    connection: Connection,
    run: StoredRun,
    seeds: tuple[str, str],
    target: str,
    project_vars: Mapping[str, Any],
) -> list[str]:
    then = run.feature_settings
    if then is None:
        return []
    features, targets = seeds
    rows = fetch_all(
        connection, f"select feature, transform from {features} where is_predictor"
    )
    found = fetch_all(
        connection,
        f"select {', '.join(MEANINGS_OF_TARGETS)} from {targets} where target = $1",
        (target,),
    )
    if not found:
        return [f"the target {target} is no longer in the seed propensity_targets"]
    # The states are those of another model: what each key means does not change.
    states = {name: "none" for name in then["features"] if _is_belief(name)}
    now = propensity_settings(
        project_vars,
        {name: linear_transform(text) for name, text in rows} | states,
        dict(zip(MEANINGS_OF_TARGETS, found[0], strict=True)),
    )
    return changed_meanings(then, now, "the seed customer_features")


def _is_belief(feature: str) -> bool:
    return feature.startswith(BELIEF_PREFIX)


def _publishes(connection: Connection, own: SchemaTables, run_id: str) -> bool:
    ((is_published,),) = fetch_all(
        connection,
        f"select is_published from {own.name('fits')} where run_id = $1",
        (run_id,),
    )
    return bool(is_published)
