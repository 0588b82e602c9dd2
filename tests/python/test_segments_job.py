"""Segments of customers, from the warehouse to the register."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from conftest import WAREHOUSE, Command, MakeDatabase, PointAt, run_as_admin
from planted_segments import filled_weeks, model_features
from user_states.commands.forget_user import forget_user
from user_states.commands.main_job import Steps, divide_customers
from user_states.errors import UserError
from user_states.events.load_simulated_events import EventWriter
from user_states.fit.segments_job import SegmentOptions, fit_segments
from user_states.hmm.arrays import FloatArray
from user_states.rides.load_simulation import load_simulation
from user_states.rides.simulation import SimulationSettings
from user_states.runs.run_options import RunOptions
from user_states.runs.segments_model import (
    CUSTOMER_SEGMENTS,
    TABLES_OF_SEGMENTS,
    segments_model,
)
from user_states.segments.segment_kinds import SEGMENT_KINDS
from user_states.segments.segment_models import DiagonalMixture, NearestCentre
from user_states.segments.segment_parameters import SegmentParameters
from user_states.segments.segmentation_certificate import (
    TooFewCustomersError,
    certify_divisions,
)
from user_states.warehouse.connection import connect
from user_states.warehouse.dbt_project import DbtProject
from user_states.warehouse.server import LocalServerAddress
from warehouse_setup import WITHOUT_DATA_TESTS, champion, query, warehouse_digest

# A few candidates are enough: the certificate has tests of its own.
KINDS = tuple(
    replace(kind, settings=(2, 3, 4))
    for kind in SEGMENT_KINDS
    if kind.name in ("k_means", "mixture")
)
# Afterwards, whether customers come back has nothing to do with what they did.
ANYHOW = """
    update marts.customer_snapshots
    set days_since_last_activity
        = abs(hashtext(customer_id || cast(as_of_week_start as text))) % 14
"""

NO_CHAMPION = (
    f"select count(*) from register.champions where model = '{CUSTOMER_SEGMENTS}'"
)


@pytest.fixture(scope="module")
def customers_template(
    make_database: MakeDatabase, point_at: PointAt, project: DbtProject
) -> LocalServerAddress:
    """Return a database with all that a fit of segments reads, and the marts of it."""
    address = make_database(name=WAREHOUSE)
    with point_at(address):
        with connect(address.url) as connection:
            settings = SimulationSettings(400, 30, seed=4)
            load_simulation(connection, settings, events=EventWriter())
        selected = ("+exposure:fit_segments", "state_labels")
        project.build("--select", *selected, *WITHOUT_DATA_TESTS, label="customers")
    return make_database(template=address)


@pytest.fixture
def customers(
    make_database: MakeDatabase,
    point_at: PointAt,
    customers_template: LocalServerAddress,
) -> Iterator[LocalServerAddress]:
    """Create the warehouse that `project` reads, with customers and no segments."""
    address = make_database(template=customers_template, name=WAREHOUSE)
    with point_at(address):
        yield address


def options(project: DbtProject, **changed: Any) -> SegmentOptions:
    """Return the options of a quick fit."""
    quick = {"segment_starts": 2, "segment_refits": 2}
    found = SegmentOptions.from_vars({**project.vars, **quick}, RunOptions(**changed))
    return replace(found, kinds=KINDS)


def fit(project: DbtProject, **changed: Any) -> str:
    run_id = fit_segments(project, options(project, **changed))
    assert run_id
    return run_id


def rows_of(address: LocalServerAddress, run_id: str) -> dict[str, list[str]]:
    """Return the rows of a run in every table, without its id and times."""
    found = {}
    for table in (
        *(f"segments.{name}" for name in TABLES_OF_SEGMENTS),
        *("register.segments", "register.feature_scaling"),
    ):
        texts = query(
            address,
            f"select cast(to_jsonb(t) - 'run_id' - 'segment_key' - 'promoted_name' "
            f"as text) from {table} as t where run_id = '{run_id}' order by 1",
        )
        found[table] = [text for (text,) in texts]
    return found


def defects(address: LocalServerAddress, run_id: str) -> list[str]:
    ((text,),) = query(
        address, f"select defects from register.runs where run_id = '{run_id}'"
    )
    return [defect["text"] for defect in json.loads(text)]


def keys(address: LocalServerAddress, run_id: str) -> list[str]:
    found = query(
        address,
        "select segment_key from register.segments "
        f"where run_id = '{run_id}' order by segment_id",
    )
    return [key for (key,) in found]


def stored_parameters(address: LocalServerAddress, run_id: str) -> SegmentParameters:
    """Return the rule of a run as a later week reads it, features in their order."""
    ((rule,),) = query(
        address, f"select rule from segments.fits where run_id = '{run_id}'"
    )
    weights = query(
        address,
        f"select weight from segments.weights where run_id = '{run_id}' "
        "order by segment_id",
    )
    centres = np.array(
        query(
            address,
            "select centres.mean, centres.variance from segments.centres as centres "
            "inner join register.feature_scaling using (run_id, feature) "
            f"where run_id = '{run_id}' order by segment_id, position",
        )
    ).reshape(len(weights), -1, 2)
    return SegmentParameters(
        rule, np.array(weights)[:, 0], centres[..., 0], centres[..., 1]
    )


def newest_values(
    address: LocalServerAddress, run_id: str
) -> tuple[list[str], FloatArray]:
    """Return the customers of the newest week, scaled as the run says."""
    used = query(
        address,
        "select feature, mean, scale from register.feature_scaling "
        f"where run_id = '{run_id}' and position is not null order by position",
    )
    by_name = {feature.name: feature for feature in model_features()}
    features = [by_name[name] for name, _, _ in used]
    newest = filled_weeks(address, features)[-1]
    logged = [feature.transform == "log1p" for feature in features]
    natural = np.where(logged, np.log1p(newest.filled), newest.filled)
    values = (natural - [row[1] for row in used]) / [row[2] for row in used]
    return newest.customer_ids, values


class TestPublished:
    @pytest.mark.parametrize("kind", ["k_means", "mixture"])
    def test_the_stored_parameters_give_back_every_member(
        self, kind: str, customers: LocalServerAddress, project: DbtProject
    ) -> None:
        tried = tuple(one for one in KINDS if one.name == kind)
        run_id = fit_segments(project, replace(options(project), kinds=tried))
        assert run_id
        assert champion(customers, CUSTOMER_SEGMENTS) == run_id
        assert all(rows_of(customers, run_id).values())
        assert defects(customers, run_id) == []
        stored = stored_parameters(customers, run_id)
        ids, values = newest_values(customers, run_id)
        certainty: list[float | None] = [None] * len(ids)
        if kind == "mixture":
            mixture = DiagonalMixture(stored.weights, stored.means, stored.variances)
            expected = mixture.assign(values) + 1
            certainty = mixture.probabilities(values).max(axis=1).tolist()
        else:
            assert stored.rule == "nearest_centre"
            expected = NearestCentre(stored.means).assign(values) + 1
            sizes = np.bincount(expected)[1:]
            np.testing.assert_allclose(stored.weights, sizes / len(ids))
        members = {
            customer: (segment, certain)
            for customer, segment, certain in query(
                customers,
                "select customer_id, segment_id, certainty from segments.members",
            )
        }
        assert sorted(members) == sorted(ids)
        found = [members[customer] for customer in ids]
        assert [segment for segment, _ in found] == expected.tolist()
        assert [certain for _, certain in found] == pytest.approx(certainty)

    def test_the_certificate_is_printed_and_stored(
        self,
        customers: LocalServerAddress,
        project: DbtProject,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        with caplog.at_level("INFO", logger="user_states"):
            run_id = fit(project)
        assert "left out of the segments: customer_age is not known" in caplog.text
        ((sentence, division, n_customers),) = query(
            customers,
            "select sentence, division, n_customers from segments.fits "
            f"where run_id = '{run_id}'",
        )
        assert f"chosen: {sentence}" in caplog.text
        assert "worse than RFM" in sentence
        ((published, chosen, why_not),) = query(
            customers,
            "select is_published, is_chosen, why_not from segments.divisions "
            f"where run_id = '{run_id}' and division = '{division}'",
        )
        assert (published, chosen, why_not) == (True, True, None)
        given = query(
            customers,
            "select division from segments.divisions "
            f"where run_id = '{run_id}' and setting is null order by 1",
        )
        assert [name for (name,) in given] == [
            "cohorts", "crm_labels", "everybody", "rfm",
        ]  # fmt: skip
        ((n_scored,),) = query(
            customers,
            "select count(*) from segments.division_scores "
            f"where run_id = '{run_id}' and is_deciding and division <> 'everybody' "
            "and gain_over_base_low <= gain_over_base "
            "and gain_over_base <= gain_over_base_high",
        )
        assert n_scored == len(given) - 1 + 6
        ((n_points,),) = query(customers, "select count(*) from segments.points")
        assert n_points == min(2000, n_customers)

    def test_a_repeated_fit_is_the_same_and_hands_down_keys_and_names(
        self, customers: LocalServerAddress, project: DbtProject, command: Command
    ) -> None:
        first, second = fit(project), fit(project)
        assert rows_of(customers, first) == rows_of(customers, second)
        assert keys(customers, first) == keys(customers, second)
        relations = query(
            customers,
            "select distinct relation, share_of_segment, profile_distance "
            f"from register.segment_lineage where run_id = '{second}'",
        )
        assert relations == [("kept", 1.0, 0.0)]

        model = ("--model", CUSTOMER_SEGMENTS)
        assert first in command("list", *model)
        assert f"run {first} is the champion again" in command("rollback", *model)
        shown = command("show", "champion", *model)
        for words in (
            "Certificate",
            "k_means_2",
            "everybody",
            keys(customers, first)[0],
        ):
            assert words in shown

    def test_other_meanings_of_features_are_not_promoted(
        self, customers: LocalServerAddress, project: DbtProject, command: Command
    ) -> None:
        run_id = fit(project, promote=False)
        assert query(customers, NO_CHAMPION) == [(0,)]
        run_as_admin(
            customers,
            "update seeds.customer_features set default_value = '7' "
            "where feature = 'n_website_views'",
        )
        words = "default of n_website_views was '0.0' and is '7.0'"
        with pytest.raises(UserError, match=words):
            command("promote", run_id, "--force", "--model", CUSTOMER_SEGMENTS)
        assert query(customers, NO_CHAMPION) == [(0,)]

    def test_a_dry_run_writes_nothing(
        self, customers: LocalServerAddress, project: DbtProject
    ) -> None:
        before = warehouse_digest(customers)
        assert fit_segments(project, options(project, dry_run=True)) is None
        assert warehouse_digest(customers) == before

    def test_nothing_is_written_if_a_build_came_between(
        self,
        customers: LocalServerAddress,
        project: DbtProject,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        def meanwhile(*arguments: Any) -> Any:
            run_as_admin(
                customers,
                "update operations.table_states set build_id = 'another' "
                "where table_name = 'customer_snapshots'",
            )
            return certify_divisions(*arguments)

        where = "user_states.fit.segments_job.certify_divisions"
        monkeypatch.setattr(where, meanwhile)
        with pytest.raises(UserError, match="customer_snapshots changed by a build"):
            fit(project)
        assert query(customers, "select count(*) from segments.fits") == [(0,)]

    def test_a_forgotten_user_is_no_member(
        self, customers: LocalServerAddress, project: DbtProject, tmp_path: Path
    ) -> None:
        run_id = fit(project)
        ((customer, user),) = query(
            customers,
            "select members.customer_id, min(users.identifier) "
            "from segments.members "
            "inner join segments.points using (run_id, customer_id) "
            "inner join marts.customer_identifiers as users using (customer_id) "
            "where identifier_type = 'user_id' group by 1 having count(*) = 1 "
            "order by 1 limit 1",
        )
        forget_user(
            project, user, with_rides=True, page=tmp_path / "page.html", folder=tmp_path
        )
        for table in ("members", "points"):
            left = f"select count(*) from segments.{table} where customer_id = "
            assert query(customers, f"{left}'{customer}'") == [(0,)]
        assert query(
            customers,
            f"select count(*) > 0 from segments.members where '{run_id}' <> ''",
        ) == [(True,)]


class TestNotPublished:
    def test_customers_without_structure_are_not_divided(
        self,
        customers: LocalServerAddress,
        project: DbtProject,
        command: Command,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        champion_before = fit(project)
        run_as_admin(customers, ANYHOW)
        with caplog.at_level("INFO", logger="user_states"):
            run_id = fit(project)
        assert champion(customers, CUSTOMER_SEGMENTS) == champion_before
        (sentence,) = defects(customers, run_id)
        assert sentence.startswith(
            "Nothing is published: everybody as one group predicts"
        )
        assert "That is a result, not an error" in caplog.text
        rows = rows_of(customers, run_id)
        empty = {"centres", "weights", "members", "points", "components"}
        assert {table for table, found in rows.items() if not found} == {
            *(f"segments.{table}" for table in empty),
            "register.segments",
        }
        ((fitted,),) = query(
            customers,
            "select to_jsonb(fits) from segments.fits as fits "
            f"where run_id = '{run_id}'",
        )
        assert (fitted["rule"], fitted["division"]) == (None, None)
        assert fitted["sentence"] == sentence
        with pytest.raises(UserError, match="found no segment in the run"):
            command("promote", run_id, "--force", "--model", CUSTOMER_SEGMENTS)

    def test_force_publishes_with_the_flaws_as_defects(
        self, customers: LocalServerAddress, project: DbtProject
    ) -> None:
        run_as_admin(customers, ANYHOW)
        run_id = fit(project, force=True)
        assert champion(customers, CUSTOMER_SEGMENTS) == run_id
        assert any(
            "expected an interval above 0" in d for d in defects(customers, run_id)
        )
        assert query(
            customers,
            f"select is_forced from register.champions where run_id = '{run_id}'",
        ) == [(True,)]

    def test_too_little_to_learn_from_is_no_error_of_the_demo(
        self,
        customers: LocalServerAddress,
        project: DbtProject,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        run_as_admin(
            customers,
            "delete from marts.customer_snapshots where as_of_week_start < "
            "(select max(as_of_week_start) from marts.customer_snapshots)",
        )
        with pytest.raises(TooFewCustomersError, match="found no week before"):
            fit(project)
        run_as_admin(
            customers,
            "delete from marts.customer_snapshots where customer_id not in "
            "(select customer_id from marts.customer_snapshots order by 1 limit 99)",
        )
        with pytest.raises(TooFewCustomersError, match="expected at least 100"):
            fit(project)
        run_as_admin(customers, "delete from marts.customer_snapshots")
        with caplog.at_level("INFO", logger="user_states"):
            divide_customers(project, Steps())
        assert "no segments of customers: found no customers" in caplog.text
        assert query(customers, "select count(*) from segments.fits") == [(0,)]

    def test_scaling_of_another_method_is_asked_for(
        self, customers: LocalServerAddress, project: DbtProject
    ) -> None:
        run_as_admin(
            customers,
            "update marts.customer_feature_scaling set scaling_method = 'min_max'",
        )
        with pytest.raises(
            UserError, match=r"by the method z_score .*: run `make build`"
        ):
            fit(project)


def test_the_register_says_which_tables_there_are(
    customers: LocalServerAddress, project: DbtProject
) -> None:
    own = query(
        customers,
        "select table_name from information_schema.tables "
        "where table_schema = 'segments' order by 1",
    )
    assert [name for (name,) in own] == sorted(segments_model(project).tables)
