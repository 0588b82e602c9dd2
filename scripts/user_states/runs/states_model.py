"""The hidden Markov model of users and weeks, as the register sees it: user_states."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from user_states.runs.panel_settings import changed_settings, columns_read
from user_states.runs.registered_model import (
    Labels,
    Members,
    Profiles,
    RegisteredModel,
)
from user_states.runs.run_register import RunRegister, panel_columns
from user_states.runs.states_details import states_details
from user_states.runs.stored_runs import StoredRun
from user_states.runs.table_writer import SchemaTables
from user_states.warehouse.connection import Connection
from user_states.warehouse.dbt_project import DbtProject

USER_STATES = "user_states"

# In the order of writing.
TABLES = (
    "state_words",
    "state_word_patterns",
    "start_probabilities",
    "transition_matrix",
    "levels",
    "emissions",
    "selection",
    "candidates",
    "state_outlooks",
    "state_pair_outlooks",
    "expected_stays",
    "state_forecasts",
    "lapse_times",
    "outlook_coefficients",
)
# These have one row per user and week, so they are written as streams.
STREAMS = ("state_assignments", "filtered_beliefs")


def states_model(project: DbtProject) -> RegisteredModel:
    """Return the model user_states of a project, under its target and vars."""
    hmm = SchemaTables.of(project, "hmm")
    register = SchemaTables.of(project, "register")
    panel, project_vars = project.relation("user_week_panel"), project.vars
    return RegisteredModel(
        name=USER_STATES,
        noun="state",
        register=register,
        own=hmm,
        versions=hmm,
        tables=TABLES,
        streams=STREAMS,
        changed_features=lambda connection, run: _changed_features(
            connection, run, panel, project_vars
        ),
        members=Members(
            hmm.name("state_assignments"), "state_id", ("user_id", "week_start")
        ),
        profiles=Profiles(hmm.name("emissions"), "state_id", part="part"),
        labels=Labels(
            "state_labels",
            project.relation("state_labels"),
            key="state_key",
            name="state_name",
        ),
        min_overlap=float(project_vars["hmm.match_min_overlap"]),
        described=lambda connection, run_id: states_details(
            connection, register, hmm, run_id
        ),
    )


def states_register(project: DbtProject) -> RunRegister:
    """Return the register of the runs of user_states."""
    return RunRegister(states_model(project))


def _changed_features(
    connection: Connection,
    run: StoredRun,
    panel: str,
    project_vars: Mapping[str, Any],
) -> list[str]:
    columns = panel_columns(connection, panel)
    differences = [
        f"the panel has no column {name}"
        for name in columns_read(run.feature_settings, run.features)
        if name not in columns
    ]
    if run.feature_settings is not None:
        differences += changed_settings(run.feature_settings, project_vars)
    return differences
