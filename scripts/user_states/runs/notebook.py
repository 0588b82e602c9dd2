"""A stored Gaussian run for a notebook: hmmlearn's model, and the rows that it reads.

From a notebook in the folder `scripts/`, or with that folder on the path, in a shell
prepared by `eval "$(make env)"`::

    from user_states.runs.notebook import scaled_rows, to_hmmlearn
    from user_states.warehouse.dbt_project import DbtProject

    project = DbtProject.load()
    model = to_hmmlearn(project, "champion")
    rows = scaled_rows(project, "champion")
    model.score(rows.X, rows.lengths)
    rows.keys.assign(state_id=model.predict(rows.X, rows.lengths) + 1)
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from hmmlearn.hmm import GaussianHMM

from user_states.errors import UserError
from user_states.hmm.arrays import FloatArray, IntArray
from user_states.hmm.parameters import HMMParameters
from user_states.panel.feature_scaling import FeatureScaling
from user_states.panel.features import parse_features
from user_states.panel.panel_reader import Panel
from user_states.runs.panel_settings import changed_settings
from user_states.runs.run_register import CHAMPION
from user_states.runs.states_model import states_register
from user_states.runs.stored_runs import StoredRun
from user_states.runs.table_writer import SchemaTables
from user_states.warehouse.connection import Connection, connect, fetch_all
from user_states.warehouse.dbt_project import DbtProject


@dataclass(frozen=True, eq=False)
class ScaledRows:
    """All user-weeks of the panel in the units of a run.

    Attributes
    ----------
    keys : DataFrame
        Columns user_id and week_start, one row for each row of `X`.
    X : array, shape (n_rows, D)
        Scaled features, in the order of the run's features; users one after the other,
        each user's weeks in order of time.
    lengths : array of int, shape (n_users,)
        Weeks of each user.
    """

    keys: pd.DataFrame
    X: FloatArray
    lengths: IntArray


@dataclass(frozen=True, eq=False)
class StoredModel:
    """A run as a model: its parameters, and how the panel becomes its units.

    Attributes
    ----------
    run : StoredRun
    parameters : HMMParameters
        States in the order of display: index k is state_id k + 1.
    scaling : FeatureScaling
    """

    run: StoredRun
    parameters: HMMParameters
    scaling: FeatureScaling


def to_hmmlearn(project: DbtProject, run: str = CHAMPION) -> GaussianHMM:
    """Return a run as a fitted GaussianHMM of hmmlearn.

    Its `score` and `predict` on `scaled_rows` give the numbers and the path of the
    stored run. State k of the model is state_id k + 1. `fit` continues from these
    parameters, but without this project's floor under the variances.

    Parameters
    ----------
    project : DbtProject
    run : str
        A run's id or how it begins, `champion` or `newest`.

    Raises
    ------
    UserError
        If there is no such run, or its emissions are mixed.
    """
    parameters = _read_model(project, run).parameters
    model = GaussianHMM(
        parameters.n_states, covariance_type="diag", covars_prior=0.0, init_params=""
    )
    model.n_features = parameters.n_features
    model.startprob_ = parameters.start_probabilities.copy()
    model.transmat_ = parameters.transition_matrix.copy()
    model.means_ = parameters.means.copy()
    model.covars_ = parameters.variances.copy()
    return model


def scaled_rows(
    project: DbtProject, run: str = CHAMPION, max_users: int | None = None
) -> ScaledRows:
    """Return the panel as a run reads it.

    Parameters
    ----------
    project : DbtProject
    run : str
        A run's id or how it begins, `champion` or `newest`.
    max_users : int, optional
        Return only the first users by id; by default all.

    Raises
    ------
    UserError
        If there is no such run, its emissions are mixed, or the features of the panel
        are no longer those that it was fitted on.
    """
    model = _read_model(project, run)
    _require_same_features(project, model.run)
    features = parse_features(project.vars["features"], list(model.run.features))
    panel = Panel.of(project, features)
    keys, parts, lengths = [], [], []
    n_users = 0
    for user_weeks, weeks in panel.stream(panel.check().fingerprint):
        keys.append(user_weeks.to_pandas())
        parts.append(model.scaling.transform(weeks.X))
        lengths.append(weeks.lengths)
        n_users += weeks.n_users
        if max_users is not None and n_users >= max_users:
            break
    kept = np.concatenate(lengths)[:max_users]
    n_rows = int(kept.sum())
    return ScaledRows(
        keys=pd.concat(keys, ignore_index=True)[:n_rows],
        X=np.concatenate(parts)[:n_rows],
        lengths=kept,
    )


def _read_model(project: DbtProject, run: str) -> StoredModel:
    """Return a Gaussian run."""
    register = states_register(project)
    tables = register.model.own
    with connect(project.connection_uri) as connection:
        run_id = register.resolve(connection, run)
        _require_gaussian(connection, register.model.register, run_id)
        starts = fetch_all(
            connection,
            f"select probability from {tables.name('start_probabilities')} "
            "where run_id = $1 order by state_id",
            (run_id,),
        )
        moves = fetch_all(
            connection,
            f"select probability from {tables.name('transition_matrix')} "
            "where run_id = $1 order by from_state_id, to_state_id",
            (run_id,),
        )
        emissions = register.profiles(connection, run_id)
        stored = register.run(connection, run_id)
    n_states, n_features = len(starts), len(stored.features)
    shape = (n_states, n_features)
    # Every state has the same scaling: that of the run.
    of_a_state = emissions[:n_features]
    return StoredModel(
        run=stored,
        parameters=HMMParameters(
            start_probabilities=np.array(starts)[:, 0],
            transition_matrix=np.array(moves).reshape(n_states, n_states),
            means=np.array([item.mean for item in emissions]).reshape(shape),
            variances=np.array([item.variance for item in emissions]).reshape(shape),
        ),
        scaling=FeatureScaling(
            names=stored.features,
            transforms=tuple(item.transform for item in of_a_state),
            means=np.array([item.scaling_mean for item in of_a_state]),
            scales=np.array([item.scale for item in of_a_state]),
        ),
    )


def _require_gaussian(
    connection: Connection, tables: SchemaTables, run_id: str
) -> None:
    ((emissions,),) = fetch_all(
        connection,
        f"select emissions from {tables.name('runs')} where run_id = $1",
        (run_id,),
    )
    if emissions != "gaussian":
        raise UserError(
            f"the run {run_id} has {emissions} emissions; expected gaussian, because "
            "hmmlearn's GaussianHMM has no binary features and no missing values. Fit "
            "such a run without promoting it: `python scripts/fit_hmm.py --no-promote "
            "--vars '{hmm.preset: notebook}'`, then ask for the run `newest`"
        )


def _require_same_features(project: DbtProject, run: StoredRun) -> None:
    if run.feature_settings is None:
        return
    if changes := changed_settings(run.feature_settings, project.vars):
        raise UserError(
            f"the features of the panel are not those that the run {run.run_id} was "
            f"fitted on: {'; '.join(changes)}. Expected the same: set the vars back "
            "and run `make build`, or choose another run"
        )
