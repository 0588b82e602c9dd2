"""The job on a real warehouse: the stored results are those of the model."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hmmlearn.hmm import GaussianHMM

from user_states.errors import UserError
from user_states.fit.fit_job import fit_and_publish
from user_states.hmm.arrays import FloatArray, IntArray
from user_states.hmm.hidden_markov_model import HiddenMarkovModel
from user_states.hmm.initialisation import rough_from_kmeans
from user_states.hmm.parameters import Density, HMMParameters
from user_states.panel import panel_reader as panel_module
from user_states.panel.features import parse_features
from user_states.panel.panel_reader import Panel
from user_states.runs.run_store import ROWS_OF_A_RUN
from user_states.runs.states_model import STREAMS, TABLES
from user_states.warehouse.dbt_project import DbtProject
from user_states.warehouse.server import LocalServerAddress
from warehouse_setup import (
    BACKTEST_MARTS,
    MARTS,
    MARTS_OF_EVENTS,
    VIEWS,
    WITHOUT_DATA_TESTS,
    build_from_the_model_on,
    build_up_to_the_panel,
    champion,
    query,
    quick_options,
    use_notebook,
    warehouse_digest,
)


@dataclass(frozen=True, eq=False)
class Exported:
    """The panel as the model reads it, computed with plain SQL and the stored scaling.

    With mixed emissions, values that are no evidence are NaN.
    """

    keys: list[tuple[Any, Any]]
    X: FloatArray
    lengths: IntArray
    n_rides: FloatArray


TABLES_OF_A_RUN = (
    *(f"register.{name}" for name in ROWS_OF_A_RUN),
    *(f"hmm.{name}" for name in TABLES),
)


def frame(address: LocalServerAddress, columns: str, rest: str) -> pd.DataFrame:
    """Return the result of `select columns rest` with these column names."""
    names = [column.strip() for column in columns.split(",")]
    return pd.DataFrame(query(address, f"select {columns} {rest}"), columns=names)


def export_panel(address: LocalServerAddress, run_id: str) -> Exported:
    """Return the panel, scaled as in a run."""
    scaling = frame(
        address,
        "feature, columns, transform, mean, scale, evidence",
        f"from register.feature_scaling where run_id = '{run_id}' "
        "and dropped_because is null order by position",
    )
    scaling["columns"] = [
        json.loads(columns) if columns else [feature]
        for feature, columns in zip(scaling["feature"], scaling["columns"], strict=True)
    ]
    scaling = scaling.explode("columns", ignore_index=True)
    rows = frame(
        address,
        ", ".join(["user_id", "week_start", "filled_from_week_start", "n_rides"])
        + "".join(
            f", {name} as column_{place}"
            for place, name in enumerate(scaling["columns"])
        ),
        "from intermediate.user_week_panel where has_completed_ride "
        "order by user_id, week_start",
    )
    X = np.array(rows.iloc[:, 4:], dtype=np.float64)
    is_log1p = (scaling["transform"] == "log1p").to_numpy()
    X[:, is_log1p] = np.log1p(X[:, is_log1p])
    X = (X - scaling["mean"].to_numpy()) / scaling["scale"].to_numpy()
    if query(
        address, f"select emissions from register.runs where run_id = '{run_id}'"
    ) == [("mixed",)]:
        weeks_of: dict[str, Any] = {
            "week": np.ones(len(rows), dtype=bool),
            "later_week": rows["user_id"].duplicated(),
            "request": rows["filled_from_week_start"] == rows["week_start"],
            "ride": rows["n_rides"] > 0,
            "none": np.zeros(len(rows), dtype=bool),
        }
        X[~np.column_stack([weeks_of[kind] for kind in scaling["evidence"]])] = np.nan
    return Exported(
        keys=list(zip(rows["user_id"], rows["week_start"], strict=True)),
        X=X,
        lengths=np.array(rows.groupby("user_id", sort=False).size(), dtype=np.int64),
        n_rides=rows["n_rides"].to_numpy(dtype=np.float64),
    )


def stored_parameters(address: LocalServerAddress, run_id: str) -> HMMParameters:
    """Return the parameters of a run from its tables."""
    of_run = f"where run_id = '{run_id}'"
    starts = query(
        address,
        f"select probability from hmm.start_probabilities {of_run} order by state_id",
    )
    moves = query(
        address,
        f"select probability from hmm.transition_matrix {of_run} "
        "order by from_state_id, to_state_id",
    )
    emissions = query(
        address,
        "select emissions.mean, variance, density, part "
        "from hmm.emissions as emissions "
        "inner join register.feature_scaling as scaling using (run_id, feature) "
        f"{of_run} order by state_id, position, part",
    )
    levels = query(
        address, f"select weight, effect from hmm.levels {of_run} order by level_id"
    )
    n_states = len(starts)
    means, variances, _, _ = zip(*emissions, strict=True)
    n_means = len(emissions) // n_states
    return HMMParameters(
        start_probabilities=np.array(starts)[:, 0],
        transition_matrix=np.array(moves).reshape(n_states, n_states),
        means=np.reshape(means, (n_states, n_means)),
        variances=np.reshape(variances, (n_states, n_means)),
        densities=stored_densities([row[2:] for row in emissions[:n_means]]),
        level_weights=np.array(levels)[:, 0],
        level_effects=np.array(levels)[:, 1],
    )


def stored_densities(rows: list[tuple[Any, ...]]) -> tuple[Density, ...]:
    """Return the densities of features from the kind and part of each mean."""
    firsts = [place for place, (_, part) in enumerate(rows) if part == 1]
    sizes = np.diff([*firsts, len(rows)]).tolist()
    kinds = [rows[place][0] for place in firsts]
    return tuple(Density(kind, size) for kind, size in zip(kinds, sizes, strict=True))


def of_users(exported: Exported, *, held_out: bool) -> tuple[FloatArray, IntArray]:
    """Return rows and lengths of the held-out users, or of all other users."""
    users = [user for user, _ in exported.keys]
    first_rows = np.cumsum(exported.lengths) - exported.lengths
    # A fifth of all hashes are below 0x33333333.
    is_held_out = np.array(
        [
            hashlib.md5(f"holdout{users[row]}".encode()).hexdigest() < "33333333"
            for row in first_rows
        ]
    )
    wanted = is_held_out == held_out
    return exported.X[np.repeat(wanted, exported.lengths)], exported.lengths[wanted]


def plain_hmmlearn(parameters: HMMParameters, **settings: Any) -> GaussianHMM:
    """Return hmmlearn's own model with these parameters."""
    model = GaussianHMM(
        parameters.n_states, init_params="", implementation="scaling", **settings
    )
    model.n_features = parameters.n_features
    model.startprob_ = parameters.start_probabilities
    model.transmat_ = parameters.transition_matrix
    model.means_, model._covars_ = parameters.means, parameters.variances
    return model


def stored_assignments(
    address: LocalServerAddress, run_id: str
) -> dict[tuple[Any, Any], tuple[int, float]]:
    """Return state and probability of every user-week that a run decoded."""
    rows = query(
        address,
        "select user_id, week_start, state_id, smoothed_probability "
        f"from hmm.state_assignments where run_id = '{run_id}'",
    )
    assignments = {(user, week): (state, p) for user, week, state, p in rows}
    assert len(assignments) == len(rows)
    return assignments


def rows_of_run(
    address: LocalServerAddress, table: str, run_id: str
) -> list[tuple[Any, ...]]:
    """Return a run's rows of a table, without ids and times of the run."""
    named = ("run_id", "created_at", "segment_key")
    columns = query(
        address,
        "select column_name from information_schema.columns "
        "where table_schema || '.' || table_name = " + f"'{table}'",
    )
    wanted = ", ".join(name for (name,) in columns if name not in named)
    rows = query(address, f"select {wanted} from {table} where run_id = '{run_id}'")
    # The last digits of sums depend on the chunks.
    return sorted(
        (
            tuple(
                float(f"{value:.12g}") if isinstance(value, float) else value
                for value in row
            )
            for row in rows
        ),
        key=str,
    )


def test_stored_results_equal_plain_hmmlearn(
    panel_warehouse: LocalServerAddress,
    project: DbtProject,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    use_notebook(project, monkeypatch)
    run_id = str(fit_and_publish(project, quick_options(project)))
    exported = export_panel(panel_warehouse, run_id)
    plain = plain_hmmlearn(stored_parameters(panel_warehouse, run_id))
    ((log_likelihood,),) = query(
        panel_warehouse, "select log_likelihood from register.runs"
    )
    assert plain.score(*of_users(exported, held_out=False)) == pytest.approx(
        log_likelihood, rel=1e-9
    )

    states = plain.predict(exported.X, exported.lengths)
    posteriors = plain.predict_proba(exported.X, exported.lengths)
    stored = stored_assignments(panel_warehouse, run_id)
    assert stored.keys() == set(exported.keys)
    np.testing.assert_array_equal([stored[key][0] for key in exported.keys], states + 1)
    np.testing.assert_allclose(
        [stored[key][1] for key in exported.keys],
        posteriors[np.arange(len(states)), states],
        rtol=0,
        atol=1e-9,
    )


def test_results_of_a_mixed_run_follow_from_its_parameters(
    published_warehouse: LocalServerAddress,
) -> None:
    run_id = champion(published_warehouse)
    parameters = stored_parameters(published_warehouse, run_id)
    assert {density.kind for density in parameters.densities} == {
        "count",
        "parts",
        "share",
    }
    exported = export_panel(published_warehouse, run_id)
    assert np.isnan(exported.X).any()
    model = HiddenMarkovModel.from_parameters(parameters)
    ((log_likelihood, n_sampled, n_holdout, score),) = query(
        published_warehouse,
        "select runs.log_likelihood, n_sample_users, n_holdout_users, "
        "selection.next_week_log_score from register.runs "
        "inner join hmm.selection using (run_id) "
        "inner join hmm.candidates using (run_id, n_states) where selection.is_chosen",
    )
    training, held_out = (of_users(exported, held_out=held) for held in (False, True))
    assert model.score(*training) == pytest.approx(log_likelihood, rel=1e-9)
    assert len(training[1]) == n_sampled
    assert np.count_nonzero(held_out[1] > 1) == n_holdout > 20

    stored = stored_assignments(published_warehouse, run_id)
    smoothed = model.smooth(exported.X, exported.lengths)
    states = model.predict(exported.X, exported.lengths)
    np.testing.assert_array_equal([stored[key][0] for key in exported.keys], states + 1)
    np.testing.assert_allclose(
        [stored[key][1] for key in exported.keys],
        smoothed.probabilities[np.arange(len(states)), states],
        atol=1e-9,
    )
    # The forecast of next week's activity of the held-out users.
    X, lengths = held_out
    assert feature_position(published_warehouse, run_id, "n_rides") == 0
    is_active = X[:, 0] > 0
    rates = 1 - parameters.count_probabilities()[:, :, 0]
    by_level = [parameters.transition_matrix @ of_level for of_level in rates]
    ahead = model.filter_levels(X, lengths) @ np.concatenate(by_level)
    has_next = np.ones(len(X), dtype=bool)
    has_next[np.cumsum(lengths) - 1] = False
    happened = is_active[np.flatnonzero(has_next) + 1]
    chance = np.where(happened == 1, ahead[has_next], 1 - ahead[has_next])
    assert np.log(chance).mean() == pytest.approx(score, rel=1e-9)


def feature_position(address: LocalServerAddress, run_id: str, feature: str) -> int:
    ((position,),) = query(
        address,
        "select position - 1 from register.feature_scaling "
        f"where run_id = '{run_id}' and feature = '{feature}'",
    )
    return int(position)


def test_carried_values_change_nothing(
    published_warehouse: LocalServerAddress, project: DbtProject
) -> None:
    first = champion(published_warehouse)
    query(
        published_warehouse,
        "update intermediate.user_week_panel set weekend_share = 0.123, "
        "rolling_avg_price = 4567, is_ios = not is_ios, is_cash = not is_cash "
        "where not is_active returning 1",
    )
    second = str(fit_and_publish(project, quick_options(project, n_starts=2)))
    assert second != first
    compared = ("emissions", "transition_matrix", "selection", "candidates")
    for table in (f"hmm.{name}" for name in compared):
        assert rows_of_run(published_warehouse, table, first) == rows_of_run(
            published_warehouse, table, second
        )
    assert stored_assignments(published_warehouse, first) == stored_assignments(
        published_warehouse, second
    )


def test_the_fit_equals_plain_hmmlearn(published_warehouse: LocalServerAddress) -> None:
    rows = query(
        published_warehouse,
        "select user_id, weekend_share, ln(1 + rolling_avg_price) "
        "from intermediate.user_week_panel where has_completed_ride "
        "order by user_id, week_start",
    )
    _, lengths = np.unique([user for user, *_ in rows], return_counts=True)
    # Without 0/1 columns no variance collapses, so no floor is needed.
    X = np.array([row[1:] for row in rows], dtype=np.float64)
    X = (X - X.mean(axis=0)) / X.std(axis=0)
    rng = np.random.default_rng(0)
    initial = rough_from_kmeans(X, lengths, 3, ("gaussian",) * 2, rng)
    plain = plain_hmmlearn(initial, n_iter=10, tol=-np.inf, covars_prior=0.0)
    plain.fit(X, lengths)
    ours = HiddenMarkovModel(
        3, initial=initial, variance_floor=1e-12, max_iterations=11, tolerance=-np.inf
    ).fit(X, lengths)
    np.testing.assert_allclose(ours.history_[:10], list(plain.monitor_.history), 1e-9)
    found = ours.parameters_
    np.testing.assert_allclose(found.start_probabilities, plain.startprob_, 0, 1e-9)
    np.testing.assert_allclose(found.transition_matrix, plain.transmat_, 0, 1e-9)
    np.testing.assert_allclose(found.means, plain.means_, 0, 1e-8)
    np.testing.assert_allclose(found.variances, plain._covars_, 0, 1e-8)


def test_the_tables_hold_one_complete_run(
    published_warehouse: LocalServerAddress,
) -> None:
    run_id = champion(published_warehouse)
    for table in (*TABLES_OF_A_RUN, *(f"hmm.{name}" for name in STREAMS)):
        assert query(published_warehouse, f"select distinct run_id from {table}") == [
            (run_id,)
        ]
    n_features = len(stored_parameters(published_warehouse, run_id).means[0])
    counts = [
        query(published_warehouse, f"select count(*) from {table}")[0][0]
        for table in (
            "register.segments",
            "hmm.transition_matrix",
            "hmm.emissions",
            "hmm.selection",
            "hmm.candidates",
        )
    ]
    assert counts == [3, 9, 3 * n_features, 2, 1]
    ((n_users, n_user_weeks, n_sampled, defects, has_passed),) = query(
        published_warehouse,
        "select n_users, n_members, n_sample_users, defects, has_passed_guards "
        "from register.runs",
    )
    exported = export_panel(published_warehouse, run_id)
    assert (n_users, n_user_weeks) == (len(exported.lengths), len(exported.X))
    assert n_sampled == len(of_users(exported, held_out=False)[1])
    assert has_passed == (json.loads(defects) == [])
    assert query(published_warehouse, "select is_forced from register.champions") == [
        (not has_passed,)
    ]


def test_states_are_numbered_by_rides(published_warehouse: LocalServerAddress) -> None:
    run_id = champion(published_warehouse)
    exported = export_panel(published_warehouse, run_id)
    stored = stored_assignments(published_warehouse, run_id)
    states = np.array([stored[key][0] for key in exported.keys])
    recomputed = [exported.n_rides[states == state].mean() for state in (1, 2, 3)]
    assert recomputed == sorted(recomputed, reverse=True)
    rows = query(
        published_warehouse,
        "select segment_id, n_members, member_share, mean_rides from register.segments "
        "order by segment_id",
    )
    for state_id, n_user_weeks, share, mean_rides in rows:
        assert n_user_weeks == np.count_nonzero(states == state_id)
        assert share == pytest.approx(n_user_weeks / len(states))
        assert mean_rides == pytest.approx(recomputed[state_id - 1])


def test_every_week_from_the_first_ride_on_has_one_state(
    published_warehouse: LocalServerAddress,
) -> None:
    ((missing, wrong_start, n_weeks, n_panel),) = query(
        published_warehouse,
        """
        select
            count(*) filter (where states.state_id is null),
            count(*) filter (
                where panel.has_completed_ride <> (states.state_id > 0)
            ),
            (select count(*) from marts.user_weekly_states),
            count(*)
        from intermediate.user_week_panel as panel
        left join marts.user_weekly_states as states using (user_id, week_start)
        """,
    )
    assert (missing, wrong_start) == (0, 0)
    assert n_weeks == n_panel > 10_000


@pytest.fixture
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make batches of rows and chunks of decoding smaller than one user."""
    whole_users = panel_module._whole_users

    def of_small_batches(reader: pa.RecordBatchReader, n_rows: int) -> Any:
        batches = (
            batch.slice(start, 40)
            for batch in reader
            for start in range(0, batch.num_rows, 40)
        )
        return whole_users(
            pa.RecordBatchReader.from_batches(reader.schema, batches), n_rows
        )

    monkeypatch.setattr(panel_module, "_whole_users", of_small_batches)
    monkeypatch.setattr(panel_module, "CHUNK_ROWS", 50)


@pytest.mark.usefixtures("small_chunks")
def test_chunks_end_with_a_user(
    panel_warehouse: LocalServerAddress, project: DbtProject
) -> None:
    panel = panel_of(project)
    chunks = list(panel.stream(panel.check().fingerprint))
    assert len(chunks) > 100
    users = [set(keys.column("user_id").to_pylist()) for keys, _ in chunks]
    assert sum(map(len, users)) == len(set.union(*users))
    assert [len(own) for own in users] == [weeks.n_users for _, weeks in chunks]


@pytest.mark.usefixtures("small_chunks")
def test_the_same_seed_gives_the_same_run_in_chunks_of_any_size(
    published_warehouse: LocalServerAddress, project: DbtProject
) -> None:
    first = champion(published_warehouse)
    second = fit_and_publish(project, quick_options(project, n_starts=2))
    assert second is not None
    assert second != first
    for table in TABLES_OF_A_RUN:
        assert rows_of_run(published_warehouse, table, first) == rows_of_run(
            published_warehouse, table, second
        )
    # The last digits depend on the chunks.
    one, other = (
        stored_assignments(published_warehouse, run_id) for run_id in (first, second)
    )
    assert one.keys() == other.keys()
    assert [one[key][0] for key in one] == [other[key][0] for key in one]
    np.testing.assert_allclose(
        [one[key][1] for key in one], [other[key][1] for key in one], atol=1e-12
    )


def test_another_seed_gives_other_starts(
    panel_warehouse: LocalServerAddress, project: DbtProject
) -> None:
    short = {"hmm.max_iterations": 1}
    first, second = (
        str(fit_and_publish(project, quick_options(project, short, seed=seed)))
        for seed in (1, 2)
    )
    assert not np.array_equal(
        stored_parameters(panel_warehouse, first).means,
        stored_parameters(panel_warehouse, second).means,
    )


def panel_of(project: DbtProject) -> Panel:
    """Return the panel with the price."""
    names = ["n_rides", "rolling_avg_price"]
    return Panel.of(project, parse_features(project.vars["features"], names))


def test_the_sample_does_not_depend_on_other_users(
    published_warehouse: LocalServerAddress, project: DbtProject
) -> None:
    rows = frame(
        published_warehouse,
        "user_id, has_completed_ride, rolling_avg_price",
        "from intermediate.user_week_panel order by user_id, week_start",
    )
    users = sorted(
        rows["user_id"].unique(),
        key=lambda user: hashlib.md5(f"salt{user}".encode()).hexdigest(),
    )
    read = rows[rows["has_completed_ride"]]
    weeks = dict(list(read.groupby("user_id")["rolling_avg_price"]))
    # Users who never completed a ride also take a place in the sample.
    expected = [weeks[user].to_numpy() for user in users[:40] if user in weeks]
    panel = panel_of(project)
    before = panel.read_sample(40, "salt", 0.2, "holdout").weeks
    np.testing.assert_array_equal(before.lengths, [len(own) for own in expected])
    np.testing.assert_array_equal(
        before.values(["rolling_avg_price"])[:, 0], np.concatenate(expected)
    )

    awkward = panel.read_sample(40, "o'clock", 0.2, "it's").weeks
    assert 30 < len(awkward.lengths) <= 40
    assert not np.array_equal(awkward.X, before.X)

    leavers = ", ".join(f"'{user}'" for user in users[40::2])
    query(
        published_warehouse,
        f"delete from intermediate.user_week_panel where user_id in ({leavers}) "
        "returning 1",
    )
    np.testing.assert_array_equal(
        panel.read_sample(40, "salt", 0.2, "holdout").weeks.X, before.X
    )
    assert not np.array_equal(
        panel.read_sample(40, "pepper", 0.2, "holdout").weeks.X, before.X
    )


def test_users_outside_the_sample_are_decoded_too(
    panel_warehouse: LocalServerAddress, project: DbtProject
) -> None:
    run_id = fit_and_publish(
        project, quick_options(project, n_states=(2,), sample_users=60)
    )
    ((n_sampled, n_users),) = query(
        panel_warehouse, "select n_sample_users, n_users from register.runs"
    )
    assert 0 < n_sampled <= 60 < 200 < n_users
    exported = export_panel(panel_warehouse, str(run_id))
    assert stored_assignments(panel_warehouse, str(run_id)).keys() == set(exported.keys)


def test_a_dry_run_writes_nothing(
    published_warehouse: LocalServerAddress,
    project: DbtProject,
    caplog: pytest.LogCaptureFixture,
) -> None:
    before = warehouse_digest(published_warehouse)
    options = quick_options(project, n_states=(2,), force=False, dry_run=True)
    with caplog.at_level("INFO", logger="user_states"):
        assert fit_and_publish(project, options) is None
    assert "dry run: nothing was written" in caplog.text
    assert warehouse_digest(published_warehouse) == before


def test_a_model_with_defects_is_stored_but_only_promoted_by_force(
    published_warehouse: LocalServerAddress,
    project: DbtProject,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = champion(published_warehouse)
    use_notebook(project, monkeypatch)
    gaussian = quick_options(project, n_states=(2,), force=False)
    with pytest.raises(UserError) as caught:
        fit_and_publish(project, gaussian)
    message = str(caught.value)
    assert "state 1: weeks_since_last_ride has variance 0.1000" in message
    assert "--force" in message
    assert champion(published_warehouse) == before
    ((run_id, has_passed, defects),) = query(
        published_warehouse,
        "select run_id, has_passed_guards, defects from register.runs "
        f"where run_id <> '{before}'",
    )
    assert f'runs DO="promote {run_id} --force"' in message
    assert not has_passed
    kinds = [defect["kind"] for defect in json.loads(defects)]
    assert (kinds[0], kinds[-1]) == ("collapsed", "lone_optimum")
    assert len(stored_assignments(published_warehouse, run_id)) == len(
        stored_assignments(published_warehouse, before)
    )
    # States get their keys when the run is promoted.
    assert query(
        published_warehouse,
        f"select distinct segment_key from register.segments where run_id = '{run_id}'",
    ) == [(None,)]
    assert query(published_warehouse, "select count(*) from register.promotions") == [
        (1,)
    ]


def test_a_sound_model_needs_no_force(
    panel_warehouse: LocalServerAddress,
    project: DbtProject,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(project.vars, "hmm.features", ["is_active", "evening_share"])
    fit_and_publish(
        project, quick_options(project, n_states=(2,), n_starts=3, force=False)
    )
    assert query(
        panel_warehouse, "select has_passed_guards, defects from register.runs"
    ) == [(True, "[]")]
    assert query(panel_warehouse, "select is_forced from register.champions") == [
        (False,)
    ]


def test_any_feature_of_the_panel_can_be_read(
    panel_warehouse: LocalServerAddress,
    project: DbtProject,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    names = [
        feature["name"]
        for feature in project.vars["features"]
        if feature["family"] in ("binary", "continuous", "count")
    ]
    monkeypatch.setitem(project.vars, "hmm.features", names)
    gaussian = {"hmm.emissions": "gaussian"}
    fit_and_publish(project, quick_options(project, gaussian, n_states=(2,)))
    assert query(
        panel_warehouse,
        "select feature from register.feature_scaling order by position",
    ) == [(name,) for name in names]
    every = [feature["name"] for feature in project.vars["features"]]
    monkeypatch.setitem(project.vars, "hmm.features", every)
    fit_and_publish(project, quick_options(project, n_states=(2,)))
    assert query(
        panel_warehouse,
        "select distinct evidence, dropped_because is null "
        "from register.feature_scaling "
        "inner join register.champions using (run_id) order by evidence",
    ) == [
        ("later_week", True),
        ("none", False),
        ("request", True),
        ("ride", True),
        ("week", True),
    ]


def test_the_choice_among_several_numbers_of_states_is_explained(
    panel_warehouse: LocalServerAddress, project: DbtProject
) -> None:
    run_id = fit_and_publish(project, quick_options(project, n_states=(1, 2)))
    rows = query(
        panel_warehouse,
        "select n_states, log_likelihood, n_parameters, aic, bic, is_chosen "
        "from hmm.candidates order by n_states",
    )
    assert [row[0] for row in rows] == [1, 2]
    ((chosen, n_rows, choice),) = query(
        panel_warehouse,
        "select n_segments, n_sample_user_weeks, choice from register.runs",
    )
    for n_states, log_likelihood, n_parameters, aic, bic, is_chosen in rows:
        assert aic == pytest.approx(2 * n_parameters - 2 * log_likelihood)
        assert bic == pytest.approx(n_parameters * np.log(n_rows) - 2 * log_likelihood)
        assert is_chosen == (n_states == chosen)
    assert f"{chosen} state" in choice
    assert "nats a user-week" in choice
    assert (
        query(
            panel_warehouse,
            "select n_states, start, method, is_chosen from hmm.selection "
            "order by n_states, start",
        )
        == [
            (1, 0, "k-means", chosen == 1),
            (2, 0, "k-means", False),
            (2, 1, "split", chosen == 2),
        ]
        or chosen == 2
    )
    assert len(stored_parameters(panel_warehouse, str(run_id)).means) == chosen


def test_the_marts_follow_the_second_champion(
    published_warehouse: LocalServerAddress, project: DbtProject
) -> None:
    first = champion(published_warehouse)
    second = fit_and_publish(project, quick_options(project, n_states=(2,)))
    assert champion(published_warehouse) == second != first
    runs_of_marts = (
        "select distinct run_id from marts.user_weekly_states union "
        "select distinct run_id from marts.states union "
        "select distinct run_id from marts.state_transitions"
    )
    assert query(published_warehouse, runs_of_marts) == [(first,)]
    build_from_the_model_on(project, *WITHOUT_DATA_TESTS)
    assert query(published_warehouse, runs_of_marts) == [(second,)]
    # The earlier run stays complete.
    assert len(stored_parameters(published_warehouse, first).means) == 3
    assert query(
        published_warehouse, "select state_id from marts.states order by state_id"
    ) == [(0,), (1,), (2,)]


def test_a_build_in_two_parts_equals_a_full_and_a_repeated_one(
    published_warehouse: LocalServerAddress, project: DbtProject
) -> None:
    halves = warehouse_digest(published_warehouse)
    tables = set(MARTS) - VIEWS
    empty = {mart for mart in tables if not halves[f"marts.{mart}"][0]}
    # The effect of an audience is known some weeks after users entered it, a change of
    # a rule after a second build.
    later = {
        "audience_effects",
        "audience_outcomes",
        "audience_returns",
        "rule_changes",
    }
    assert empty == {*BACKTEST_MARTS, *later, *MARTS_OF_EVENTS} - VIEWS
    # The first build also tests the data.
    for options in ((), WITHOUT_DATA_TESTS):
        project.build(*options, label="full build")
        assert warehouse_digest(published_warehouse) == halves


# Marts that have rows before the first fit.
WITHOUT_A_MODEL = frozenset(
    {
        "audience_summary",
        "calendar",
        "customer_identifiers",
        "customer_sources",
        "customer_users",
        "customers",
        "customers_left_alone",
        "event_outcomes",
        "example_customer_events",
        "example_customer_steps",
        "example_customers",
        "experiment_assignments",
        "experiment_outcomes",
        "experiment_results",
        "experiment_status",
        "forecast_quality",
        "propensity_models",
        "quality_checks",
        "retention_cohorts",
        "rule_history",
        "users",
        "users_left_alone",
    }
)


def test_a_build_without_a_model_leaves_the_states_empty(
    panel_warehouse: LocalServerAddress, project: DbtProject
) -> None:
    build_from_the_model_on(project)
    digest = warehouse_digest(panel_warehouse, ["marts"])
    assert digest["marts.users"][0] > 200
    assert {name for name, (n_rows, _) in digest.items() if not n_rows} == {
        f"marts.{mart}" for mart in MARTS if mart not in VIEWS | WITHOUT_A_MODEL
    }
    # Its checks are there, without values.
    measured = "select count(measured_value) from marts.forecast_quality"
    assert query(panel_warehouse, measured) == [(0,)]
    build_up_to_the_panel(project, *WITHOUT_DATA_TESTS)
    assert warehouse_digest(panel_warehouse, ["marts"]) == digest
