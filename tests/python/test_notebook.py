"""A stored Gaussian run as a model of hmmlearn: equal scores and paths."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pytest
from hmmlearn.hmm import GaussianHMM

from conftest import MakeDatabase, PointAt, run_as_admin
from test_fit_job import (
    export_panel,
    of_users,
    stored_assignments,
    stored_parameters,
)
from user_states.errors import UserError
from user_states.fit.fit_job import fit_and_publish
from user_states.hmm.hidden_markov_model import HiddenMarkovModel
from user_states.runs.notebook import ScaledRows, scaled_rows, to_hmmlearn
from user_states.warehouse.dbt_project import DbtProject
from user_states.warehouse.server import LocalServerAddress
from warehouse_setup import champion, query, quick_options, use_notebook


@dataclass(frozen=True, eq=False)
class Fitted:
    """A warehouse with a Gaussian champion, and that run as loaded in a notebook."""

    warehouse: LocalServerAddress
    run_id: str
    model: GaussianHMM
    rows: ScaledRows


@pytest.fixture(scope="module")
def fitted(
    make_database: MakeDatabase,
    point_at: PointAt,
    project: DbtProject,
    panel_template: LocalServerAddress,
) -> Iterator[Fitted]:
    warehouse = make_database(template=panel_template, name="test_warehouse")
    with point_at(warehouse), pytest.MonkeyPatch.context() as monkeypatch:
        use_notebook(project, monkeypatch)
        run_id = fit_and_publish(project, quick_options(project))
        assert run_id == champion(warehouse)
        yield Fitted(
            warehouse, run_id, to_hmmlearn(project), scaled_rows(project, run_id)
        )


def test_the_rows_are_the_panel_scaled_as_in_the_run(fitted: Fitted) -> None:
    expected = export_panel(fitted.warehouse, fitted.run_id)
    keys = fitted.rows.keys
    assert list(zip(keys["user_id"], keys["week_start"], strict=True)) == expected.keys
    np.testing.assert_array_equal(fitted.rows.lengths, expected.lengths)
    np.testing.assert_allclose(fitted.rows.X, expected.X, rtol=1e-12, atol=1e-12)


def test_the_score_equals_ours(fitted: Fitted) -> None:
    ours = HiddenMarkovModel.from_parameters(
        stored_parameters(fitted.warehouse, fitted.run_id)
    )
    X, lengths = fitted.rows.X, fitted.rows.lengths
    assert fitted.model.score(X, lengths) == pytest.approx(
        ours.score(X, lengths), rel=1e-9
    )
    # On the training users, the score is the stored log-likelihood.
    ((log_likelihood,),) = query(
        fitted.warehouse,
        f"select log_likelihood from register.runs where run_id = '{fitted.run_id}'",
    )
    of_the_fit = of_users(export_panel(fitted.warehouse, fitted.run_id), held_out=False)
    assert fitted.model.score(*of_the_fit) == pytest.approx(log_likelihood, rel=1e-9)


def test_the_path_of_every_user_equals_the_stored_one(fitted: Fitted) -> None:
    rows = fitted.rows
    path = fitted.model.predict(rows.X, rows.lengths)
    stored = stored_assignments(fitted.warehouse, fitted.run_id)
    keys = list(zip(rows.keys["user_id"], rows.keys["week_start"], strict=True))
    assert stored.keys() == set(keys)
    np.testing.assert_array_equal([stored[key][0] for key in keys], path + 1)


def test_the_model_is_complete_without_a_fit(fitted: Fitted) -> None:
    parameters = stored_parameters(fitted.warehouse, fitted.run_id)
    model = fitted.model
    assert (model.n_components, model.n_features) == parameters.means.shape
    np.testing.assert_array_equal(model.startprob_, parameters.start_probabilities)
    np.testing.assert_array_equal(model.transmat_, parameters.transition_matrix)
    np.testing.assert_array_equal(model.means_, parameters.means)
    np.testing.assert_array_equal(
        np.diagonal(model.covars_, axis1=1, axis2=2), parameters.variances
    )
    X, states = model.sample(50, random_state=1)
    assert X.shape == (50, model.n_features)
    assert set(states) <= set(range(model.n_components))


def test_max_users_keeps_the_first_users(fitted: Fitted, project: DbtProject) -> None:
    some = scaled_rows(project, "newest", max_users=7)
    assert len(some.lengths) == 7
    n_rows = int(some.lengths.sum())
    assert len(some.keys) == n_rows
    np.testing.assert_array_equal(some.X, fitted.rows.X[:n_rows])
    assert some.keys["user_id"].nunique() == 7


def test_a_mixed_run_is_refused(
    fitted: Fitted, project: DbtProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_notebook(project, monkeypatch, "mixed")
    mixed = fit_and_publish(project, quick_options(project, promote=False, force=False))
    assert mixed
    for ask in (to_hmmlearn, scaled_rows):
        with pytest.raises(UserError, match="mixed emissions; expected gaussian"):
            ask(project, mixed)
    # The champion is still the Gaussian one.
    assert to_hmmlearn(project, "champion").n_components == 3


def test_a_changed_meaning_of_a_feature_is_refused(
    fitted: Fitted, project: DbtProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    weeks = project.vars["lapse_after_weeks"]
    monkeypatch.setitem(project.vars, "lapse_after_weeks", weeks + 1)
    with pytest.raises(UserError, match="lapse_after_weeks was"):
        scaled_rows(project)


def test_a_missing_champion_is_an_error(fitted: Fitted, project: DbtProject) -> None:
    run_as_admin(
        fitted.warehouse,
        "create table kept as select * from register.champions",
        "delete from register.champions",
    )
    with pytest.raises(UserError, match="found no champion"):
        to_hmmlearn(project)
    run_as_admin(fitted.warehouse, "insert into register.champions select * from kept")
