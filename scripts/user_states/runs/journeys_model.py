"""Types of journeys and phases, as the register sees them: journeys."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from user_states.runs.feature_meanings import changed_meanings
from user_states.runs.registered_model import RegisteredModel
from user_states.runs.table_writer import SchemaTables
from user_states.warehouse.connection import Connection, fetch_all
from user_states.warehouse.dbt_project import DbtProject

JOURNEYS = "journeys"

# In the order of writing.
JOURNEY_RUN_TABLES = (
    "fits",
    "type_candidates",
    "types",
    "members",
    "next_step_models",
    "phases",
    "phase_steps",
    "phase_moves",
)

# Vars that change what a session is.
_MEANINGS_OF_SESSIONS = ("session_idle_minutes", "default_time_zone")


def journeys_model(project: DbtProject) -> RegisteredModel:
    """Return the model journeys of a project, under its target and vars."""
    own = SchemaTables.of(project, "journeys")
    project_vars = project.vars
    return RegisteredModel(
        name=JOURNEYS,
        noun="type",
        register=SchemaTables.of(project, "register"),
        own=own,
        versions=SchemaTables.of(project, "hmm"),
        tables=JOURNEY_RUN_TABLES,
        streams=(),
        changed_features=lambda connection, run: (
            []
            if run.feature_settings is None
            else changed_meanings(
                run.feature_settings, session_settings(project_vars), "the settings"
            )
        ),
        described=lambda connection, run_id: _described(connection, own, run_id),
    )


def session_settings(project_vars: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings that the meaning of sessions depends on."""
    settings = {var: project_vars[var] for var in _MEANINGS_OF_SESSIONS}
    return {"features": {}, **settings}


def _described(connection: Connection, own: SchemaTables, run_id: str) -> list[str]:
    rows = fetch_all(
        connection,
        f"select sentence from {own.name('fits')} where run_id = $1",
        (run_id,),
    )
    return [str(sentence) for (sentence,) in rows]
