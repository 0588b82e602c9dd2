"""Reads the state of each user-week, as known at its end, by the model in use."""

from __future__ import annotations

import numpy as np

from user_states.backtest.origin_sums import NO_STATE, KnownStates
from user_states.errors import UserError
from user_states.hmm.fit_options import FitOptions
from user_states.panel.panel_reader import Panel
from user_states.panel.user_weeks import UserWeeks
from user_states.runs.states_model import states_register
from user_states.warehouse.connection import connect
from user_states.warehouse.dbt_project import DbtProject


def read_known_states(
    project: DbtProject, panel: Panel, weeks: UserWeeks, options: FitOptions
) -> KnownStates | None:
    """Return the states of the sample's rows, or None if no model is in use.

    Parameters
    ----------
    project : DbtProject
    panel : Panel
    weeks : UserWeeks
        Of the sample, as `panel.read_sample` gives them.
    options : FitOptions
        Of that sample.

    Raises
    ------
    UserError
        If the panel has changed since the sample was read.
    """
    register = states_register(project)
    with connect(project.connection_uri) as connection:
        run_id = register.champion(connection)
        if run_id is None:
            return None
        keys = {
            state.segment_id: state.segment_key or ""
            for state in register.segments(connection, run_id)
        }
    found = panel.read_states(
        options.sample_users,
        options.sample_salt,
        register.model.own.name("state_assignments"),
        run_id,
    )
    if len(found) != weeks.n_rows:
        raise UserError(
            f"the panel had {weeks.n_rows} rows of the sample, and now {len(found)}; "
            "expected it to stay: run the backtest again when no build is running"
        )
    ids = sorted(keys)
    number = np.searchsorted(ids, found)
    state = np.where(np.isin(found, ids), number, NO_STATE).astype(np.int64)
    return KnownStates(tuple(keys[state_id] for state_id in ids), state)
