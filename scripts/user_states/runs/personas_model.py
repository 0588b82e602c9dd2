"""Personas of conversations, as the register sees them: personas."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from user_states.runs.feature_meanings import changed_meanings
from user_states.runs.personas_details import personas_details
from user_states.runs.registered_model import Members, RegisteredModel
from user_states.runs.table_writer import SchemaTables
from user_states.warehouse.dbt_project import DbtProject

PERSONAS = "personas"

# In the order of writing.
TABLES_OF_PERSONA_RUNS = ("fits", "fusions", "members", "terms", "state_terms")

# Vars that change what columns of behaviour mean. The lists of raw values are not among
# them: one more synonym corrects the data and changes no meaning.
_MEANINGS_OF_BEHAVIOUR = ("default_time_zone",)


def personas_model(project: DbtProject) -> RegisteredModel:
    """Return the model personas of a project, under its target and vars."""
    own = SchemaTables.of(project, "personas")
    project_vars = project.vars
    return RegisteredModel(
        name=PERSONAS,
        noun="persona",
        register=SchemaTables.of(project, "register"),
        own=own,
        versions=SchemaTables.of(project, "hmm"),
        tables=TABLES_OF_PERSONA_RUNS,
        streams=(),
        changed_features=lambda connection, run: (
            []
            if run.feature_settings is None
            else changed_meanings(
                run.feature_settings, behaviour_settings(project_vars), "the settings"
            )
        ),
        members=Members(own.name("members"), "persona_id", ("conversation_key",)),
        described=lambda connection, run_id: personas_details(connection, own, run_id),
    )


def behaviour_settings(project_vars: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings that the meaning of columns of behaviour depends on."""
    settings = {var: project_vars[var] for var in _MEANINGS_OF_BEHAVIOUR}
    return {"features": {}, **settings}
