"""The segments of customers, as the register sees them: customer_segments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from user_states.runs.feature_meanings import changed_meanings
from user_states.runs.registered_model import Members, Profiles, RegisteredModel
from user_states.runs.segments_details import segments_details
from user_states.runs.stored_runs import StoredRun
from user_states.runs.table_writer import SchemaTables
from user_states.warehouse.connection import Connection, fetch_all
from user_states.warehouse.dbt_project import DbtProject

CUSTOMER_SEGMENTS = "customer_segments"

# In the order of writing.
TABLES_OF_SEGMENTS = (
    "fits",
    "divisions",
    "division_scores",
    "centres",
    "weights",
    "members",
    "points",
    "components",
)

# Vars that change what features of customers mean, besides the seed. The lists of raw
# values (event_types and the like) are not among them: one more synonym corrects the
# data and changes no meaning.
MEANINGS_OF_CUSTOMERS = (
    "customer_window_days",
    "session_idle_minutes",
    "default_time_zone",
)


def segments_model(project: DbtProject) -> RegisteredModel:
    """Return the model customer_segments of a project, under its target and vars."""
    own = SchemaTables.of(project, "segments")
    seed, project_vars = project.relation("customer_features"), project.vars
    return RegisteredModel(
        name=CUSTOMER_SEGMENTS,
        noun="segment",
        register=SchemaTables.of(project, "register"),
        own=own,
        versions=SchemaTables.of(project, "hmm"),
        tables=TABLES_OF_SEGMENTS,
        streams=(),
        changed_features=lambda connection, run: _changed_features(
            connection, run, seed, project_vars
        ),
        members=Members(own.name("members"), "segment_id", ("customer_id",)),
        profiles=Profiles(own.name("centres"), "segment_id"),
        described=lambda connection, run_id: segments_details(connection, own, run_id),
    )


def customer_settings(
    project_vars: Mapping[str, Any], defaults: Mapping[str, str | float | None]
) -> dict[str, Any]:
    """Return the settings that the meaning of features of customers depends on.

    Parameters
    ----------
    project_vars : mapping
        Every var of the project.
    defaults : mapping of str to str, float or None
        What stands for a null, by feature that a model reads.
    """
    return {
        "features": {
            name: {"default": None if value is None else str(value)}
            for name, value in defaults.items()
        },
        **{var: project_vars[var] for var in MEANINGS_OF_CUSTOMERS},
    }


def _changed_features(
    connection: Connection,
    run: StoredRun,
    seed: str,
    project_vars: Mapping[str, Any],
) -> list[str]:
    if run.feature_settings is None:
        return []
    now = customer_settings(project_vars, _defaults(connection, seed))
    return changed_meanings(run.feature_settings, now, "the seed customer_features")


def _defaults(connection: Connection, seed: str) -> dict[str, str | float | None]:
    """Return the defaults of the features that models read now, numbers as such."""
    rows: Sequence[tuple[Any, ...]] = fetch_all(
        connection, f"select feature, default_value from {seed} where is_feature"
    )
    return {
        feature: value if value in (None, "median") else float(value)
        for feature, value in rows
    }
