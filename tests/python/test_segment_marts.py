"""Segments of customers in SQL: the same as in Python, week by week."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass

import numpy as np
import psycopg2
import pytest
from scipy.spatial.distance import cdist
from sklearn.cluster import AgglomerativeClustering, KMeans
from sklearn.metrics import davies_bouldin_score, normalized_mutual_info_score
from sklearn.mixture import GaussianMixture

from conftest import WAREHOUSE, MakeDatabase, PointAt, run_as_admin
from planted_segments import (
    FilledWeek,
    filled_weeks,
    model_features,
    plant_segments,
    scaling_of,
)
from user_states.events.load_simulated_events import EventWriter
from user_states.hmm.arrays import FloatArray, IntArray
from user_states.panel.feature_scaling import FeatureScaling
from user_states.rides.load_simulation import load_simulation
from user_states.rides.simulation import SimulationSettings
from user_states.segments.segment_models import DiagonalMixture, NearestCentre
from user_states.segments.segment_parameters import (
    SegmentParameters,
    segment_parameters,
)
from user_states.segments.weekly_watch import SegmentWatch, stability_index, watch_week
from user_states.warehouse.connection import connect
from user_states.warehouse.dbt_project import DbtProject
from user_states.warehouse.server import LocalServerAddress
from warehouse_setup import WITHOUT_DATA_TESTS, query

FOLDERS = ("segments", "segment_weeks", "segmentations")
MARTS_OF_SEGMENTS = tuple(f"path:models/marts/{folder}" for folder in FOLDERS)
# Not known of every customer, so that models leave it out.
LEFT_OUT = "customer_age"
FEATURES = [feature for feature in model_features() if feature.name != LEFT_OUT]
N_SEGMENTS = 3
# The fit is so many weeks before the newest one.
WEEKS_SINCE_FIT = 8


@dataclass(frozen=True, eq=False)
class Scored:
    """What Python knows of the snapshots of a warehouse.

    Attributes
    ----------
    weeks : list of FilledWeek
        All, the earliest first.
    scaling : FeatureScaling
        Of the week of the fit.
    """

    address: LocalServerAddress
    weeks: list[FilledWeek]
    scaling: FeatureScaling

    @property
    def fit(self) -> FilledWeek:
        """The week of the fit."""
        return self.weeks[-1 - WEEKS_SINCE_FIT]

    def values(self, week: FilledWeek) -> FloatArray:
        """Return the scaled features of a week."""
        return self.scaling.transform(week.filled)

    def plant(self, run_id: str, parameters: SegmentParameters) -> None:
        """Make these parameters the champion."""
        plant_segments(self.address, run_id, self.fit.week, self.scaling, parameters)


def build(project: DbtProject, *options: str) -> None:
    """Build the models of segments."""
    selected = () if "--select" in options else ("--select", *SELECTED)
    project.run(
        *("build", *selected, *options),
        *("--exclude-resource-type", "unit_test"),
        label="segments",
    )


# What the tables of segments are made of is built once.
UPSTREAM = ("+customer_snapshots", "+quality_checks", "segment_uses")
SELECTED = (
    *("path:models/staging/segments", "path:models/intermediate/segments"),
    *("int_inputs_of_marts", "quality_thresholds", *MARTS_OF_SEGMENTS),
)


@pytest.fixture(scope="module")
def scored(
    make_database: MakeDatabase, point_at: PointAt, project: DbtProject
) -> Iterator[Scored]:
    """Build the snapshots of a small log, and the marts without any segments."""
    address = make_database(name=WAREHOUSE)
    with point_at(address):
        with connect(address.url) as connection:
            settings = SimulationSettings(250, 30, seed=4)
            load_simulation(connection, settings, events=EventWriter())
        selected = [*UPSTREAM, *(f"+{name}" for name in SELECTED)]
        build(project, "--select", *selected, *WITHOUT_DATA_TESTS)
        weeks = filled_weeks(address, FEATURES)
        scaling = scaling_of(FEATURES, weeks[-1 - WEEKS_SINCE_FIT].filled)
        yield Scored(address, weeks, scaling)


def test_without_segments_every_mart_is_empty(scored: Scored) -> None:
    tables = query(
        scored.address,
        "select table_name from information_schema.tables where table_schema = 'marts' "
        "and (table_name like '%segment%' or table_name = 'customer_scaled_snapshots')",
    )
    assert len(tables) > 12
    for (table,) in tables:
        assert query(scored.address, f"select count(*) from marts.{table}") == [(0,)]
    checks = (
        "select count(*), count(measured_value) from marts.quality_checks "
        "where subject = 'segments'"
    )
    assert query(scored.address, checks) == [(4, 0)]


def found_segments(scored: Scored, week: FilledWeek, *columns: str) -> list[FloatArray]:
    """Return columns of customer_weekly_segments for a week's customers, in order."""
    rows = query(
        scored.address,
        f"select customer_id, {', '.join(columns)} from marts.customer_weekly_segments "
        f"where as_of_week_start = '{week.week}' order by customer_id collate \"C\"",
    )
    assert [row[0] for row in rows] == sorted(week.customer_ids)
    order = np.argsort(np.argsort(np.array(week.customer_ids)))
    return [
        np.array([row[k] for row in rows], dtype=np.float64)[order]
        for k in range(1, len(columns) + 1)
    ]


def assert_nearest(scored: Scored, centres: FloatArray) -> None:
    """Compare every customer of every week with the nearest centre."""
    for week in scored.weeks:
        segment, margin, before = found_segments(
            scored, week, "segment_id", "margin", "is_before_fit::int"
        )
        values = scored.values(week)
        expected = NearestCentre(centres).assign(values) + 1
        np.testing.assert_array_equal(segment, expected)
        near, far = np.sort(cdist(values, centres), axis=1)[:, :2].T
        np.testing.assert_allclose(margin, far - near, atol=1e-12)
        assert (before == (week.week < scored.fit.week)).all()


def nearest(centres: FloatArray, values: FloatArray) -> SegmentParameters:
    """Return the parameters of nearest centres, as a fit stores them."""
    return segment_parameters(NearestCentre(centres), values)


@pytest.fixture(scope="module")
def centres(scored: Scored, project: DbtProject) -> FloatArray:
    """Publish centres of k-means by scikit-learn."""
    values = scored.values(scored.fit)
    model = KMeans(N_SEGMENTS, n_init=3, random_state=0).fit(values)
    found: FloatArray = model.cluster_centers_
    scored.plant("k_means", nearest(found, values))
    give_states(scored)
    build(project)
    return found


class TestKMeans:
    """Centres of k-means by scikit-learn are the champion."""

    def test_every_customer_has_the_segment_that_python_gives(
        self, scored: Scored, centres: FloatArray
    ) -> None:
        assert_nearest(scored, centres)

    def test_the_features_are_scaled_as_in_python(
        self, scored: Scored, centres: FloatArray
    ) -> None:
        names = ", ".join(feature.name for feature in FEATURES)
        for week in scored.weeks:
            rows = query(
                scored.address,
                f"select {names} from marts.customer_scaled_snapshots "
                f"where as_of_week_start = '{week.week}' and {LEFT_OUT} is null "
                "order by array_position("
                f"array[{', '.join(repr(name) for name in week.customer_ids)}], "
                "customer_id)",
            )
            np.testing.assert_allclose(
                np.array(rows, dtype=np.float64), scored.values(week), atol=1e-12
            )

    def test_the_watch_is_that_of_python(
        self, scored: Scored, centres: FloatArray
    ) -> None:
        rows = query(
            scored.address,
            "select as_of_week_start, davies_bouldin, separation_ratio, "
            "simplified_silhouette, share_drift, mix_drift, kept_share, is_alarm "
            "from marts.segmentation_quality order by 1",
        )
        watched = scored.weeks[-1 - WEEKS_SINCE_FIT :]
        assert [row[0] for row in rows] == [week.week for week in watched]
        everyone = sorted({name for week in scored.weeks for name in week.customer_ids})
        labels = [labels_of(scored, week, everyone, centres) for week in scored.weeks]
        first = len(scored.weeks) - len(watched)
        fitted = watch_week(*labels[first], centres)
        assert fitted.davies_bouldin is not None
        for row, number in zip(rows, range(first, len(labels)), strict=True):
            values, own = labels[number]
            week = watch_week(
                values, own, centres, labels[number - 1][1], labels[number - 4][1]
            )
            inside = own >= 0
            sklearn_index = davies_bouldin_score(values[inside], own[inside])
            assert row[1] == pytest.approx(sklearn_index, abs=1e-9)
            assert row[2] == pytest.approx(sklearn_index / fitted.davies_bouldin)
            assert row[3] == pytest.approx(week.simplified_silhouette, abs=1e-9)
            assert week.drift is not None
            beyond = np.abs(week.drift.z) > 3
            drift = np.abs(week.drift.changes[beyond]).max(initial=0.0)
            assert row[4] == pytest.approx(drift, abs=1e-9)
            mix = stability_index(week.sizes, fitted.sizes)
            assert row[5] == pytest.approx(mix, abs=1e-9)
            assert row[6] == pytest.approx(week.kept_share, abs=1e-12)
            assert row[7] == bool(SegmentWatch(centres, fitted).alarms(week))
            changes = query(
                scored.address,
                "select relative_change, standard_errors_of_change "
                "from marts.segment_share_changes "
                f"where as_of_week_start = '{row[0]}' order by segment_id",
            )
            expected = np.column_stack([week.drift.changes, week.drift.z])
            np.testing.assert_allclose(np.array(changes), expected, atol=1e-6)

    def test_agreement_with_states_is_normalized_mutual_information(
        self, scored: Scored, centres: FloatArray
    ) -> None:
        pairs = query(
            scored.address,
            "select segment_id, state_key from marts.customer_segments "
            "inner join marts.customer_snapshots using (customer_id, as_of_week_start) "
            "where state_key is not null",
        )
        segments, states = zip(*pairs, strict=True)
        rows = query(
            scored.address,
            "select n_customers, share_of_segment, share_of_state, lift, "
            "normalized_mutual_information, segment_id, state_key "
            "from marts.segmentation_agreement",
        )
        assert len(rows) == len(set(segments)) * len(set(states))
        expected = normalized_mutual_info_score(segments, states)
        assert 0 < expected < 1
        for n, of_segment, of_state, lift, information, segment, state in rows:
            assert n == pairs.count((segment, state))
            assert of_segment == pytest.approx(n / segments.count(segment))
            assert of_state == pytest.approx(n / states.count(state))
            assert lift == pytest.approx(of_segment / states.count(state) * len(pairs))
            assert information == pytest.approx(expected, abs=1e-9)

    def test_the_weakest_feature_separates_least(
        self, scored: Scored, centres: FloatArray
    ) -> None:
        week = scored.weeks[-1]
        values = scored.values(week)
        labels = NearestCentre(centres).assign(values)
        rows = dict(
            query(
                scored.address,
                "select segment_id, weakest_feature from marts.segments",
            )
        )
        assert sorted(rows) == [1, 2, 3]
        for segment in range(N_SEGMENTS):
            own, all_means = values[labels == segment].mean(axis=0), values.mean(axis=0)
            gaps = np.abs(own - all_means) / values.std(axis=0)
            assert rows[segment + 1] == FEATURES[int(gaps.argmin())].name

    def test_entries_and_exits_lead_to_the_segments_of_each_week(
        self, scored: Scored, centres: FloatArray
    ) -> None:
        changes = query(
            scored.address,
            "select as_of_week_start, customer_id, change_kind, from_segment_key, "
            "to_segment_key from marts.segment_changes order by 1",
        )
        inside: dict[str, str] = {}
        for week in scored.weeks:
            for _, name, kind, left, entered in (
                c for c in changes if c[0] == week.week
            ):
                assert inside.pop(name, None) == left
                assert (
                    kind
                    == {
                        (True, False): "entry"
                        if week is not scored.weeks[0]
                        else "start",
                        (True, True): "move",
                        (False, True): "exit",
                    }[entered is not None, left is not None]
                )
                if entered is not None:
                    inside[name] = entered
            labels = NearestCentre(centres).assign(scored.values(week)) + 1
            expected = {
                name: f"k_means-{label}"
                for name, label in zip(week.customer_ids, labels, strict=True)
            }
            assert inside == expected

    def test_a_share_that_changes_by_a_fifth_is_an_alarm(
        self,
        scored: Scored,
        centres: FloatArray,
        project: DbtProject,
    ) -> None:
        """A third of the newest week's largest segment goes to another one."""
        newest = scored.weeks[-1].week
        alarms = (
            "select is_alarm, alarm from marts.segmentation_quality "
            f"where as_of_week_start = '{newest}'"
        )
        moved = (
            "from marts.customer_weekly_segments as other "
            f"where as_of_week_start = '{newest}' group by segment_id "
            "order by count(*)"
        )
        run_as_admin(
            scored.address,
            "create table kept as select * from marts.customer_weekly_segments",
            "update marts.customer_weekly_segments set "
            f"segment_id = (select segment_id {moved} limit 1) "
            f"where as_of_week_start = '{newest}' "
            f"and segment_id = (select segment_id {moved} desc limit 1) "
            "and abs(hashtext(customer_id)) % 3 = 0",
        )
        watched = "customer_weekly_segments+,+quality_checks"
        build(project, "--select", watched, *WITHOUT_DATA_TESTS)
        ((is_alarm, alarm),) = query(scored.address, alarms)
        assert is_alarm
        assert "the share of a segment changed by" in alarm
        checks = (
            "select is_warning from marts.quality_checks "
            "where check_name = 'segment_share_change'"
        )
        assert query(scored.address, checks) == [(True,)]
        run_as_admin(
            scored.address,
            "truncate marts.customer_weekly_segments",
            "insert into marts.customer_weekly_segments select * from kept",
            "drop table kept",
        )


def give_states(scored: Scored) -> None:
    """Say of two thirds of the customers that they have a state."""
    run_as_admin(
        scored.address,
        "update marts.customer_snapshots set state_key = "
        "case when n_website_sessions > 1 then 'often' else 'rare' end "
        "where abs(hashtext(customer_id)) % 3 > 0",
    )


def labels_of(
    scored: Scored, week: FilledWeek, everyone: list[str], centres: FloatArray
) -> tuple[FloatArray, IntArray]:
    """Return values and segments of all customers; negative for those not there."""
    rows = np.searchsorted(everyone, week.customer_ids)
    values = np.zeros((len(everyone), len(FEATURES)))
    labels = np.full(len(everyone), -1, dtype=np.int64)
    values[rows] = scored.values(week)
    labels[rows] = NearestCentre(centres).assign(values[rows])
    return values, labels


def test_a_mixture_is_scored_by_densities(scored: Scored, project: DbtProject) -> None:
    values = scored.values(scored.fit)
    fitted = GaussianMixture(
        N_SEGMENTS, covariance_type="diag", reg_covar=1e-3, random_state=0
    ).fit(values)
    model = DiagonalMixture(fitted.weights_, fitted.means_, fitted.covariances_)
    scored.plant("mixture", segment_parameters(model, values))
    build(project, *WITHOUT_DATA_TESTS)
    for week in scored.weeks:
        segment, certainty = found_segments(scored, week, "segment_id", "certainty")
        expected = fitted.predict_proba(scored.values(week))
        np.testing.assert_array_equal(segment, expected.argmax(axis=1) + 1)
        np.testing.assert_allclose(certainty, expected.max(axis=1), atol=1e-9)
    margins = "select count(margin) from marts.customer_weekly_segments"
    assert query(scored.address, margins) == [(0,)]


def test_ward_centres_and_equally_near_ones(
    scored: Scored, project: DbtProject
) -> None:
    """A centre that is there twice is that of the first of both segments."""
    values = scored.values(scored.fit)
    labels = AgglomerativeClustering(N_SEGMENTS, linkage="ward").fit_predict(values)
    centres = np.array([values[labels == k].mean(axis=0) for k in range(N_SEGMENTS)])
    scored.plant("ward", nearest(np.vstack([centres, centres[:1]]), values))
    build(project, *WITHOUT_DATA_TESTS)
    twice = np.vstack([centres, centres[:1]])
    assert_nearest(scored, twice)
    empty = (
        "select n_customers, customer_share from marts.segments where segment_id = 4"
    )
    assert query(scored.address, empty) == [(0, 0.0)]


def test_only_weeks_with_news_are_scored_again(
    scored: Scored, project: DbtProject
) -> None:
    """A late event of one customer, and nothing else."""
    week = scored.weeks[5].week
    values = scored.values(scored.fit)
    scored.plant("again", nearest(values[:N_SEGMENTS], values))
    build(project, *WITHOUT_DATA_TESTS)
    scoring = "select as_of_week_start, min(xmin::text) from {} group by 1 order by 1"
    tables = ("marts.customer_weekly_segments", "marts.customer_scaled_snapshots")
    before = [query(scored.address, scoring.format(table)) for table in tables]
    with closing(psycopg2.connect(scored.address.url)) as connection:
        cursor = connection.cursor()
        cursor.execute(
            "create temp table revised as select * from marts.customer_snapshots "
            f"where as_of_week_start = '{week}' order by customer_id limit 1"
        )
        cursor.execute(
            "update revised set revision = 1, n_website_views = 99, known_at = now()"
        )
        cursor.execute("insert into marts.customer_snapshots select * from revised")
        connection.commit()
    build(project, *WITHOUT_DATA_TESTS)
    after = [query(scored.address, scoring.format(table)) for table in tables]
    for old, new in zip(before, after, strict=True):
        changed = [a[0] for a, b in zip(old, new, strict=True) if a != b]
        assert changed == [week]
    revised = Scored(
        scored.address, filled_weeks(scored.address, FEATURES), scored.scaling
    )
    assert_nearest(revised, values[:N_SEGMENTS])
