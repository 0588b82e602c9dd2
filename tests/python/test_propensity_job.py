"""Propensities of customers, from the warehouse to the register."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pytest

from conftest import WAREHOUSE, Command, MakeDatabase, PointAt, run_as_admin
from user_states.errors import UserError
from user_states.events.load_simulated_events import EventWriter
from user_states.fit.explain_job import explain_propensities, has_tree_champions
from user_states.fit.predictor_columns import read_snapshot_rows
from user_states.fit.propensity_job import (
    FittedPropensity,
    PropensityOptions,
    fit_propensities,
)
from user_states.fit.propensity_reader import PropensityReader
from user_states.hmm.arrays import FloatArray
from user_states.propensity.boosted_trees import fit_boosting
from user_states.propensity.candidate_models import (
    CANDIDATE_MODELS,
    CandidateModel,
    PropensityModel,
)
from user_states.propensity.propensity_certificate import (
    PropensityCertificate,
    certify_propensity,
)
from user_states.propensity.score_reasons import explain_scores
from user_states.propensity.tree_scorer import TreeScorer
from user_states.rides.load_simulation import load_simulation
from user_states.rides.simulation import SimulationSettings
from user_states.runs.propensity_model import (
    PROPENSITIES,
    TABLES_OF_PROPENSITIES,
    propensity_model,
)
from user_states.runs.propensity_scorers import (
    stored_calibration,
    stored_linear,
    stored_trees,
)
from user_states.runs.run_options import RunOptions
from user_states.warehouse.connection import connect
from user_states.warehouse.dbt_project import DbtProject
from user_states.warehouse.server import LocalServerAddress
from warehouse_setup import WITHOUT_DATA_TESTS, champion, query, warehouse_digest

LINEAR = CANDIDATE_MODELS[:1]
# Fewer trees are enough: the candidates have tests of their own.
TREES = (replace(CANDIDATE_MODELS[4], fit=partial(fit_boosting, n_trees=60)),)
RIDE = f"{PROPENSITIES}ride"
# Of so few customers recency, frequency and value tell nearly all. Afterwards older
# ones ride rather: right in seven of ten.
PLANTED = """
    update marts.customer_snapshots as snapshots
    set customer_age = case
        when
            coalesce(outcomes.next_ride_on < outcomes.ends_on + 28, false)
            <> (abs(hashtext(outcomes.customer_id || outcomes.ends_on)) % 10 < 3)
            then 60
        else 30
    end
    from marts.customer_outcomes as outcomes
    where
        snapshots.customer_id = outcomes.customer_id
        and snapshots.as_of_week_start = outcomes.as_of_week_start
"""
# Afterwards nobody can know who rides.
ANYHOW = """
    update marts.customer_outcomes
    set next_ride_on = case
        when abs(hashtext(customer_id || cast(as_of_week_start as text))) % 3 = 0
            then ends_on
    end
"""

NO_CHAMPION = f"select count(*) from register.champions where model = '{RIDE}'"


@pytest.fixture(scope="module")
def predictions_template(
    make_database: MakeDatabase, point_at: PointAt, project: DbtProject
) -> LocalServerAddress:
    """Return a database with all that fits of propensities read."""
    address = make_database(name=WAREHOUSE)
    with point_at(address):
        with connect(address.url) as connection:
            settings = SimulationSettings(300, 30, seed=4)
            load_simulation(connection, settings, events=EventWriter())
        selected = (
            *("+propensity_outcomes", "customer_merges", "customer_features"),
            *("+propensity_history", "+audience_lists", "customer_users"),
        )
        project.build("--select", *selected, *WITHOUT_DATA_TESTS, label="customers")
        run_as_admin(address, PLANTED)
    return make_database(template=address)


@pytest.fixture
def predictions(
    make_database: MakeDatabase,
    point_at: PointAt,
    predictions_template: LocalServerAddress,
) -> Iterator[LocalServerAddress]:
    """Create the warehouse that `project` reads, with customers and no propensity."""
    address = make_database(template=predictions_template, name=WAREHOUSE)
    with point_at(address):
        yield address


def fit(
    project: DbtProject,
    *targets: str,
    candidates: tuple[CandidateModel, ...] = LINEAR,
    **changed: Any,
) -> list[FittedPropensity]:
    run = RunOptions(**changed)
    options = PropensityOptions.from_vars(project.vars, targets, run)
    return fit_propensities(project, replace(options, candidates=candidates))


def fit_ride(project: DbtProject, **changed: Any) -> str:
    (found,) = fit(project, "ride", **changed)
    assert found.run_id
    return found.run_id


def rows_of(
    address: LocalServerAddress, table: str, run_id: str
) -> list[Mapping[str, Any]]:
    found = query(
        address,
        f"select to_jsonb(t) - 'run_id' from propensity.{table} as t "
        f"where run_id = '{run_id}' order by cast(t as text)",
    )
    return [row for (row,) in found]


def defects(address: LocalServerAddress, run_id: str) -> list[str]:
    ((text,),) = query(
        address, f"select defects from register.runs where run_id = '{run_id}'"
    )
    return [defect["text"] for defect in json.loads(text)]


def stored_model(address: LocalServerAddress, run_id: str) -> PropensityModel:
    """Return the model of a run as SQL reads it."""
    rows = {table: rows_of(address, table, run_id) for table in TABLES_OF_PROPENSITIES}
    (one,) = rows["fits"]
    features, classes = rows["features"], rows["classes"]
    if one["model_kind"] == "linear":
        scorer: Any = stored_linear(features, classes, rows["coefficients"])
    else:
        scorer = stored_trees(
            features, classes, rows["tree_nodes"], rows["leaf_values"], one["link"]
        )
    calibration = stored_calibration(one["calibration_kind"], rows["calibration"])
    return PropensityModel(scorer, calibration)


def newest_chances(address: LocalServerAddress, model: PropensityModel) -> FloatArray:
    """Return the chances of every customer of the newest week."""
    transforms = dict(zip(model.scorer.names, ["none"] * 99, strict=False))
    if hasattr(model.scorer, "transforms"):
        transforms = dict(zip(model.scorer.names, model.scorer.transforms, strict=True))
    with connect(address.url) as connection:
        rows = read_snapshot_rows(
            connection,
            "(select * from marts.customer_snapshots where revision = 0 "
            "and as_of_week_start = "
            "(select max(as_of_week_start) from marts.customer_snapshots) "
            "order by customer_id)",
            transforms,  # type: ignore[arg-type]
            (),
        )
    return model.chances(rows.features)


class TestPublished:
    @pytest.mark.parametrize("candidates", [LINEAR, TREES], ids=["linear", "trees"])
    def test_the_stored_parameters_give_back_every_chance(
        self,
        candidates: Any,
        predictions: LocalServerAddress,
        project: DbtProject,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        if candidates is TREES:
            pytest.importorskip("shap")
        found: list[PropensityCertificate] = []

        def certify(*arguments: Any) -> PropensityCertificate:
            found.append(certify_propensity(*arguments))
            return found[-1]

        where = "user_states.fit.propensity_job.certify_propensity"
        monkeypatch.setattr(where, certify)
        run_id = fit_ride(project, candidates=candidates)
        assert champion(predictions, RIDE) == run_id
        assert defects(predictions, run_id) == []
        model = found[0].model
        assert model is not None
        expected = newest_chances(predictions, model)
        assert len(expected) > 200
        assert np.ptp(expected[:, 1]) > 0.1
        stored = newest_chances(predictions, stored_model(predictions, run_id))
        np.testing.assert_array_equal(stored, expected)

    def test_every_target_has_a_run_or_a_reason(
        self,
        predictions: LocalServerAddress,
        project: DbtProject,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        # Too few convert for a model, and nobody has one label only.
        run_as_admin(
            predictions,
            "update marts.customer_outcomes set next_converted_on = null, "
            "segment_label = null",
            "insert into propensity.refusals values ('ride', 'Too early.', now())",
        )
        with caplog.at_level("INFO", logger="user_states"):
            found = {one.target: one for one in fit(project)}
        assert set(found) == {"purchase", "ride", "churn", "conversion", "crm_segment"}
        assert "no propensity for conversion: found 0 customers with the outcome" in (
            caplog.text
        )
        assert "no propensity for crm_segment: found no customers" in caplog.text
        for name in ("conversion", "crm_segment"):
            assert found[name].run_id is None
        for name in ("purchase", "ride"):
            assert found[name].run_id
        refusals = "select target, reason from propensity.refusals order by 1"
        refused = {name: found[name].refusal for name in ("conversion", "crm_segment")}
        assert dict(query(predictions, refusals)) == refused
        stored = query(predictions, "select target from propensity.fits order by 1")
        written = sorted(one.target for one in found.values() if one.run_id)
        assert [target for (target,) in stored] == written
        with pytest.raises(UserError, match="conversion could not be fitted: found 0"):
            fit(project, "conversion")
        with pytest.raises(UserError, match="found no target 'love'; expected one of"):
            fit(project, "love")

    def test_the_certificate_is_stored_and_shown(
        self, predictions: LocalServerAddress, project: DbtProject, command: Command
    ) -> None:
        run_id = fit_ride(project)
        weeks = rows_of(predictions, "judged_weeks", run_id)
        assert len(weeks) >= 8
        tenths = rows_of(predictions, "judged_tenths", run_id)
        assert sum(row["n_rows"] for row in tenths) == sum(
            row["n_customers"] for row in weeks
        )
        shown = command("show", "champion", "--model", RIDE)
        for words in ("Certificate", "base_rate", "rfm", "week by week", "importance"):
            assert words in shown
        assert run_id in command("list", "--model", RIDE)

    def test_runs_are_rolled_back_and_pruned(
        self, predictions: LocalServerAddress, project: DbtProject, command: Command
    ) -> None:
        first, second, third = (fit_ride(project) for _ in range(3))
        # The same data and seed give the same run.
        for table in TABLES_OF_PROPENSITIES:
            assert rows_of(predictions, table, first) == rows_of(
                predictions, table, second
            )
        model = ("--model", RIDE)
        assert f"run {second} is the champion again" in command("rollback", *model)
        command("prune", "--keep", "0", *model)
        kept = query(predictions, "select run_id from propensity.fits order by 1")
        assert {run_id for (run_id,) in kept} == {first, second}
        assert third not in command("list", *model)

    def test_other_meanings_of_features_and_targets_are_not_promoted(
        self, predictions: LocalServerAddress, project: DbtProject, command: Command
    ) -> None:
        run_id = fit_ride(project, promote=False)
        assert query(predictions, NO_CHAMPION) == [(0,)]
        run_as_admin(
            predictions,
            "update seeds.customer_features set transform = 'none' "
            "where feature = 'n_rides'; "
            "update seeds.propensity_targets set horizon_weeks = 8 "
            "where target = 'ride'",
        )
        words = (
            "transform of n_rides was 'log1p' and is 'none'; "
            "horizon_weeks was 4 and is 8"
        )
        with pytest.raises(UserError, match=words):
            command("promote", run_id, "--force", "--model", RIDE)
        assert query(predictions, NO_CHAMPION) == [(0,)]

    def test_a_dry_run_writes_nothing(
        self, predictions: LocalServerAddress, project: DbtProject
    ) -> None:
        before = warehouse_digest(predictions)
        (found,) = fit(project, "ride", dry_run=True)
        assert found.run_id is None
        assert warehouse_digest(predictions) == before

    def test_nothing_is_written_if_a_build_came_between(
        self,
        predictions: LocalServerAddress,
        project: DbtProject,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        def meanwhile(*arguments: Any) -> Any:
            run_as_admin(
                predictions,
                "update operations.table_states set build_id = 'another' "
                "where table_name = 'customer_snapshots'",
            )
            return certify_propensity(*arguments)

        where = "user_states.fit.propensity_job.certify_propensity"
        monkeypatch.setattr(where, meanwhile)
        with pytest.raises(UserError, match="customer_snapshots changed by a build"):
            fit_ride(project)
        assert query(predictions, "select count(*) from propensity.fits") == [(0,)]


class TestNotPublished:
    def test_what_tells_nothing_keeps_the_champion(
        self,
        predictions: LocalServerAddress,
        project: DbtProject,
        command: Command,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        before = fit_ride(project)
        run_as_admin(predictions, ANYHOW)
        with caplog.at_level("INFO", logger="user_states"):
            run_id = fit_ride(project)
        assert champion(predictions, RIDE) == before
        assert "That is a result, not an error" in caplog.text
        (sentence,) = defects(predictions, run_id)
        assert "It is not published: the interval of a gain is not above 0" in sentence
        (stored,) = rows_of(predictions, "fits", run_id)
        assert stored["sentence"] == sentence
        assert (stored["is_published"], stored["model_kind"]) == (False, None)
        with pytest.raises(UserError, match="found no model in the run"):
            command("promote", run_id, "--force", "--model", RIDE)
        forced = fit_ride(project, force=True)
        assert champion(predictions, RIDE) == forced
        assert query(
            predictions,
            f"select is_forced from register.champions where run_id = '{forced}'",
        ) == [(True,)]

    def test_a_feature_that_knows_the_outcome_waits_for_force(
        self,
        predictions: LocalServerAddress,
        project: DbtProject,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        # A count of videos that somebody made up from who rides later.
        run_as_admin(
            predictions,
            """
            update marts.customer_snapshots as snapshots
            set video_watch_count = 40
            from marts.customer_outcomes as outcomes
            where
                snapshots.customer_id = outcomes.customer_id
                and snapshots.as_of_week_start = outcomes.as_of_week_start
                and outcomes.next_ride_on < outcomes.ends_on + 28
                and abs(hashtext(outcomes.customer_id || outcomes.ends_on)) % 20 > 0
            """,
        )
        run_id = fit_ride(project)
        assert query(predictions, NO_CHAMPION) == [(0,)]
        (text,) = defects(predictions, run_id)
        assert text.startswith("video_watch_count alone removes")
        assert f"warning: ride: {text}" in caplog.text
        (leak,) = rows_of(predictions, "leaks", run_id)
        assert leak["sentence"] == text
        forced = fit_ride(project, force=True)
        assert champion(predictions, RIDE) == forced

    def test_features_that_know_later_links_stop_everything(
        self, predictions: LocalServerAddress, project: DbtProject
    ) -> None:
        read = PropensityReader(project).read(("ride",))
        n_later = len(read.known_days)
        assert n_later >= 50
        assert np.mean(read.known_days < read.hindsight_days) > 0.05
        # As if each customer had been known as the one of today.
        for customer, source in (
            ("snapshots.customer_id", "(values (1)) as merges (number)"),
            ("merges.new_customer_id", "marts.customer_merges as merges"),
        ):
            is_old = "merges.old_customer_id = snapshots.customer_id"
            run_as_admin(
                predictions,
                f"""
                update marts.customer_snapshots as snapshots
                set n_active_days = (
                    select count(*)
                    from intermediate.int_customer_days as days
                    where
                        days.customer_id = {customer}
                        and days.local_date < snapshots.as_of_week_start + 7
                        and days.local_date >= snapshots.as_of_week_start + 7 - 90
                )
                from {source}
                where {is_old if "values" not in source else "true"}
                """,
            )
        with pytest.raises(UserError, match="the features know the later links"):
            fit(project, "ride")
        assert query(predictions, "select count(*) from propensity.fits") == [(0,)]

    def test_customers_who_were_merged_are_one(
        self, predictions: LocalServerAddress, project: DbtProject
    ) -> None:
        (read,) = PropensityReader(project).read(("ride",)).targets
        assert read.rows is not None
        ((n_merged,),) = query(
            predictions,
            "select count(distinct old_customer_id) from marts.customer_merges "
            "inner join marts.propensity_outcomes as outcomes "
            "on outcomes.customer_id = old_customer_id and target = 'ride' "
            "and is_known where kind = 'merge'",
        )
        ((n_ids,),) = query(
            predictions,
            "select count(distinct customer_id) from marts.propensity_outcomes "
            "where target = 'ride' and is_known",
        )
        assert n_merged > 0
        n_customers = len(read.rows.places)
        assert n_ids - n_merged <= n_customers < n_ids


class TestReasons:
    def test_reasons_of_trees_are_those_of_the_stored_scores(
        self,
        predictions: LocalServerAddress,
        project: DbtProject,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        pytest.importorskip("shap")
        assert explain_propensities(project) == 0
        run_id = fit_ride(project, candidates=TREES)
        assert has_tree_champions(project)
        history = ("propensity_history", *WITHOUT_DATA_TESTS)
        project.build("--select", *history, label="scoring")
        monkeypatch.setattr("user_states.fit.explain_job.MOST_SCORES", 20)
        assert explain_propensities(project) == 1
        scored = query(
            predictions,
            "select customer_id from marts.propensity_history "
            f"where run_id = '{run_id}' "
            "order by probability desc, customer_id limit 20",
        )
        reasons = query(
            predictions,
            "select customer_id, feature, contribution from propensity.reasons "
            f"where run_id = '{run_id}' order by 1, 2",
        )
        assert {row[0] for row in reasons} == {customer for (customer,) in scored}

        model = stored_model(predictions, run_id)
        assert isinstance(model.scorer, TreeScorer)
        with connect(predictions.url) as connection:
            rows = read_snapshot_rows(
                connection,
                "(select * from marts.customer_snapshots where revision = 0 and "
                "as_of_week_start = "
                "(select max(as_of_week_start) from marts.customer_snapshots))",
                dict.fromkeys(model.scorer.names, "none"),
                (),
            )
        expected = explain_scores(model.scorer, rows.features)
        place = {customer: i for i, customer in enumerate(rows.customer_ids.tolist())}
        kept: dict[str, list[float]] = {}
        for customer, feature, contribution in reasons:
            own = expected.contributions[place[customer], :, 0]
            assert contribution == own[expected.names.index(feature)]
            kept.setdefault(customer, []).append(contribution)
        for customer, found in kept.items():
            own = np.sort(expected.contributions[place[customer], :, 0])
            best, worst = own[::-1][:3], own[:2]
            assert sorted(found) == sorted([*best[best > 0], *worst[worst < 0]])

        monkeypatch.setattr(
            "user_states.propensity.score_reasons.MAX_UNEXPLAINED", -1.0
        )
        with pytest.raises(
            UserError, match=r"ride could not be explained: found 20 of"
        ):
            explain_propensities(project)
        assert query(predictions, "select count(*) from propensity.reasons") == [
            (len(reasons),)
        ]


def test_the_register_says_which_tables_there_are(
    predictions: LocalServerAddress, project: DbtProject
) -> None:
    own = query(
        predictions,
        "select table_name from information_schema.tables "
        "where table_schema = 'propensity' order by 1",
    )
    later = ("reasons", "refusals", "second_opinions")
    written = propensity_model(project, RIDE).tables
    assert [name for (name,) in own] == sorted((*written, *later))
