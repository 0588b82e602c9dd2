"""Beliefs: what a fit writes, and the step that SQL takes from there."""

from __future__ import annotations

import numpy as np

from segmentation.hidden_markov_model import HiddenMarkovModel
from test_fit_job import export_panel, stored_parameters
from warehouse.dbt_project import DbtProject
from warehouse.local_server import LocalServerAddress
from warehouse_setup import champion, query


def test_a_fit_writes_the_beliefs_of_the_last_weeks(
    published_warehouse: LocalServerAddress, project: DbtProject
) -> None:
    run_id = champion(published_warehouse)
    exported = export_panel(published_warehouse, run_id)
    parameters = stored_parameters(published_warehouse, run_id)
    model = HiddenMarkovModel.from_parameters(parameters)
    filtered = model.filter_proba(exported.X, exported.lengths)
    last_week = max(week for _, week in exported.keys)
    n_weeks = project.vars["late_ride_weeks"] + 2
    expected = {
        (user, week): belief
        for (user, week), belief in zip(exported.keys, filtered, strict=True)
        if (last_week - week).days < 7 * n_weeks
    }
    found = {
        (user, week): belief
        for user, week, belief in query(
            published_warehouse,
            "select user_id, week_start, belief from hmm.filtered_beliefs",
        )
    }
    assert found.keys() == expected.keys()
    np.testing.assert_allclose(
        [found[key] for key in expected], list(expected.values()), atol=1e-12
    )
