"""The watch over segments: figures by hand, and the study of its alarms in small."""

from __future__ import annotations

import math

import numpy as np
import pytest

from user_states.benchmarks.watched_segments import WatchStudy, study_watch
from user_states.errors import UserError
from user_states.segments.customer_weeks import NO_SEGMENT
from user_states.segments.weekly_watch import (
    SegmentWatch,
    SegmentWeek,
    count_crossings,
    kept_share,
    share_drift,
    stability_index,
    watch_week,
)


def test_crossings_count_customers_who_come_and_go() -> None:
    before = np.array([0, 0, 1, NO_SEGMENT, 1])
    now = np.array([0, 1, 1, 0, NO_SEGMENT])
    counts = count_crossings(before, now, 2)
    assert counts.tolist() == [[1, 1, 0], [0, 1, 1], [1, 0, 0]]
    assert kept_share(counts) == pytest.approx(2 / 3)
    assert kept_share(np.array([[0, 0], [1, 0]])) is None


def test_the_drift_of_the_same_customers_is_mcnemars() -> None:
    counts = np.array([[40, 10, 0], [25, 125, 0], [0, 0, 0]])
    drift = share_drift(counts)
    assert drift is not None
    n, came, left = 200, 25, 10
    difference = (came - left) / n
    error = math.sqrt(came + left - (came - left) ** 2 / n) / n
    assert drift.now[0] - drift.before[0] == pytest.approx(difference)
    np.testing.assert_allclose(drift.standard_errors, [error, error])
    np.testing.assert_allclose(drift.z, [difference / error, -difference / error])
    assert drift.changes[0] == pytest.approx(15 / 50)


def test_the_drift_of_different_customers_is_that_of_two_samples() -> None:
    counts = np.array([[0, 0, 30], [0, 0, 70], [80, 120, 0]])
    drift = share_drift(counts)
    assert drift is not None
    error = math.sqrt(0.3 * 0.7 / 100 + 0.4 * 0.6 / 200)
    np.testing.assert_allclose(drift.standard_errors, [error, error])


def test_no_move_and_no_customer_are_no_drift() -> None:
    still = share_drift(np.array([[5, 0, 0], [0, 7, 0], [0, 0, 2]]))
    assert still is not None
    assert still.z.tolist() == [0.0, 0.0]
    assert share_drift(np.array([[0, 0], [3, 0]])) is None


def test_the_stability_index_by_hand() -> None:
    same = np.array([10, 20])
    assert stability_index(same, same) == 0.0
    p, q = 30.5 / 41, 10.5 / 41
    expected = 2 * (p - q) * math.log(p / q)
    assert stability_index(np.array([30, 10]), np.array([10, 30])) == pytest.approx(
        expected
    )


def test_each_figure_alarms_beyond_its_limit() -> None:
    centres = np.array([[0.0], [10.0]])
    rng = np.random.default_rng(0)
    labels = np.repeat([0, 1], 500)
    values = centres[labels] + rng.normal(size=(1000, 1))
    fitted = watch_week(values, labels, centres)
    assert (fitted.drift, fitted.kept_share) == (None, None)
    watch = SegmentWatch(centres, fitted)
    assert watch.alarms(watch_week(values, labels, centres, labels, labels)) == []

    moved = np.where(np.arange(1000) < 200, 1, labels)
    (first, second) = watch.alarms(watch_week(values, labels, centres, labels, moved))
    assert (first.kind, first.segment) == ("share_drift", 0)
    assert first.value == pytest.approx(200 / 300)
    assert (second.kind, second.segment) == ("share_drift", 1)

    lopsided = SegmentWeek(np.array([990, 10]), None, None, None, None)
    assert [alarm.kind for alarm in watch.alarms(lopsided)] == ["mix_drift"]

    blurred = centres[labels] + 3 * rng.normal(size=(1000, 1))
    kinds = [a.kind for a in watch.alarms(watch_week(blurred, labels, centres))]
    assert kinds == ["separation"]

    swapped = watch_week(values, labels, centres, 1 - labels)
    assert [alarm.kind for alarm in watch.alarms(swapped)] == ["kept"]


def test_small_changes_of_many_customers_do_not_alarm() -> None:
    centres = np.array([[0.0], [10.0]])
    labels = np.repeat([0, 1], 50_000)
    before = np.where(np.arange(len(labels)) < 3_000, 1, labels)
    values = centres[labels]
    fitted = watch_week(values, labels, centres)
    week = watch_week(values, labels, centres, labels, before)
    assert week.drift is not None
    assert abs(week.drift.z[0]) > 10
    assert SegmentWatch(centres, fitted).alarms(week) == []


def test_the_study_of_alarms_in_small() -> None:
    study = study_watch(range(12), 3_000)
    study.require()
    assert study.n_weeks == 12 * 22
    assert study.n_shifts == 12


def test_a_study_that_fails_says_so() -> None:
    with pytest.raises(UserError, match="expected at most 5%"):
        WatchStudy(100, 6, 10, 10).require()
    with pytest.raises(UserError, match="at least 90%"):
        WatchStudy(100, 5, 10, 8).require()
