"""The backtest: its measures computed independently, and no use of later weeks."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import brier_score_loss, log_loss, roc_auc_score

from user_states.backtest.backtest_job import backtest_outlook
from user_states.backtest.backtest_report import describe
from user_states.backtest.backtest_store import KEPT, BacktestStore
from user_states.backtest.forecast_comparison import (
    COMPARED_MEASURES,
    compare_forecasts,
    resampled_figures,
)
from user_states.backtest.forecast_scores import calibration_bins, score_forecasts
from user_states.backtest.origin_forecasts import (
    PUBLISHED,
    STATES_ALONE,
    WITHOUT_STATES,
    TargetForecasts,
)
from user_states.backtest.origin_sums import NO_STATE, KnownStates
from user_states.backtest.rivals import rivals_of
from user_states.backtest.rolling_origins import (
    Backtest,
    Plan,
    refresh_weeks_of,
    run_backtest,
)
from user_states.errors import UserError
from user_states.hmm.arrays import BoolArray, FloatArray, IntArray
from user_states.hmm.fit_options import FitOptions
from user_states.hmm.fit_settings import FitSettings
from user_states.outlook.regressions import NEXT_WEEK, TARGETS
from user_states.outlook.spend_regressions import SPEND_TARGETS
from user_states.panel.features import Feature
from user_states.panel.user_weeks import Sample, UserWeeks
from user_states.warehouse.dbt_project import DbtProject
from user_states.warehouse.server import LocalServerAddress
from warehouse_setup import WITHOUT_UNIT_TESTS, query, quick_options

IS_ACTIVE = Feature("is_active", "zero", "binary", "none", 0.0, "week")
PRICE = Feature("rolling_avg_price", "carried", "continuous", "log1p", 0.0, "ride")
FEATURES = (IS_ACTIVE, PRICE)


def some_forecasts(
    n: int = 4_000, n_users: int = 200
) -> tuple[FloatArray, BoolArray, IntArray]:
    """Return rounded forecasts (so there are ties), outcomes and users."""
    rng = np.random.default_rng(0)
    true = rng.beta(0.6, 2.0, size=n)
    forecast = np.clip(np.round(true + rng.normal(0, 0.1, size=n), 2), 0.01, 0.99)
    return forecast, rng.random(n) < true, rng.integers(0, n_users, size=n)


class TestScores:
    def test_they_equal_those_of_scikit_learn(self) -> None:
        forecast, outcome, _ = some_forecasts()
        scores = score_forecasts(forecast, outcome)
        assert scores.log_loss == pytest.approx(log_loss(outcome, forecast))
        assert scores.brier_score == pytest.approx(brier_score_loss(outcome, forecast))
        assert scores.auc == pytest.approx(roc_auc_score(outcome, forecast))
        model = LogisticRegression(C=np.inf, tol=1e-10)
        model.fit(np.log(forecast / (1 - forecast))[:, np.newaxis], outcome)
        assert scores.calibration_slope == pytest.approx(model.coef_[0, 0], rel=1e-4)
        assert scores.calibration_intercept == pytest.approx(
            model.intercept_[0], rel=1e-4
        )

    def test_calibration_error_and_lift_by_hand(self) -> None:
        forecast = np.repeat([0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95], 2)
        outcome = np.tile([False, True], 10)
        scores = score_forecasts(forecast, outcome)
        gaps = np.abs(np.unique(forecast) - 0.5)
        assert scores.calibration_error == pytest.approx(gaps.mean())
        assert scores.lift_top_tenth == pytest.approx(1.0)

    def test_the_order_of_the_rows_does_not_matter(self) -> None:
        forecast, outcome, _ = some_forecasts()
        order = np.random.default_rng(1).permutation(len(forecast))
        before, after = (
            score_forecasts(forecast, outcome),
            score_forecasts(forecast[order], outcome[order]),
        )
        for name, value in vars(before).items():
            assert getattr(after, name) == pytest.approx(value), name

    def test_one_forecast_for_everyone(self) -> None:
        _, outcome, _ = some_forecasts()
        scores = score_forecasts(np.full(len(outcome), 0.25), outcome)
        assert scores.auc == pytest.approx(0.5)
        assert scores.lift_top_tenth == pytest.approx(1.0)
        assert scores.calibration_slope is scores.calibration_intercept is None
        assert scores.calibration_error == pytest.approx(abs(outcome.mean() - 0.25))

    @pytest.mark.parametrize("all_rode", [False, True])
    def test_if_all_or_none_rode(self, all_rode: bool) -> None:
        scores = score_forecasts(np.array([0.2, 0.3, 0.9]), np.full(3, all_rode))
        assert scores.auc is scores.calibration_slope is None
        assert (scores.lift_top_tenth is None) == (not all_rode)

    def test_true_probabilities_are_calibrated(self) -> None:
        rng = np.random.default_rng(3)
        forecast = rng.beta(0.6, 2.0, size=100_000)
        scores = score_forecasts(forecast, rng.random(len(forecast)) < forecast)
        assert scores.calibration_slope == pytest.approx(1, abs=0.03)
        assert scores.calibration_intercept == pytest.approx(0, abs=0.05)
        assert scores.calibration_error < 0.01

    def test_bins_hold_every_forecast_once(self) -> None:
        forecast, outcome, _ = some_forecasts(n=1_234)
        bins = calibration_bins(forecast, outcome)
        assert bins.n_forecasts.sum() == 1_234
        assert np.ptp(bins.n_forecasts) <= 1
        riders = bins.n_forecasts @ bins.mean_outcome
        assert riders == pytest.approx(outcome.sum())

    def test_values_that_are_not_probabilities_are_refused(self) -> None:
        with pytest.raises(ValueError, match="above 0 and below 1"):
            score_forecasts(np.array([0.0, 0.5]), np.array([False, True]))
        with pytest.raises(ValueError, match="at least 1"):
            score_forecasts(np.empty(0), np.empty(0, dtype=np.bool_))


class TestDifferences:
    def test_they_are_differences_of_the_scores(self) -> None:
        forecast, outcome, users = some_forecasts()
        forecasts = {
            "published": forecast,
            "rival": np.full(len(forecast), outcome.mean()),
        }
        found = compare_forecasts(forecasts, "published", outcome, users, 1)
        a, b = (score_forecasts(p, outcome) for p in forecasts.values())
        assert a.auc is not None
        assert [row.measure for row in found] == list(COMPARED_MEASURES)
        assert [row.difference for row in found] == pytest.approx(
            [b.log_loss - a.log_loss, b.brier_score - a.brier_score, a.auc - 0.5]
        )
        assert all(row.low < row.difference < row.high for row in found)
        assert all(row.low > 0 for row in found)

    def test_a_user_drawn_twice_counts_twice_in_every_measure(self) -> None:
        forecast, outcome, users = some_forecasts(n=600, n_users=20)
        times = np.random.default_rng(2).multinomial(20, np.full(20, 1 / 20), size=3)
        found = resampled_figures(forecast, outcome, users, times.astype(float))
        for resample, drawn in enumerate(times):
            weights = drawn[users]
            expected = {
                "log_loss": log_loss(outcome, forecast, sample_weight=weights),
                "brier_score": brier_score_loss(
                    outcome, forecast, sample_weight=weights
                ),
                "auc": roc_auc_score(outcome, forecast, sample_weight=weights),
            }
            for measure, value in expected.items():
                assert found[measure][resample] == pytest.approx(value), measure

    def test_the_same_forecasts_do_not_differ(self) -> None:
        forecast, outcome, users = some_forecasts()
        found = compare_forecasts(
            {"a": forecast, "b": forecast}, "a", outcome, users, 1
        )
        assert all(row.low == row.difference == row.high == 0 for row in found)

    def test_more_weeks_of_one_user_do_not_narrow_the_interval(self) -> None:
        forecast, outcome, users = some_forecasts(n=1_000, n_users=1_000)
        worse = np.clip(forecast * 0.9, 0.01, 0.99)
        widths = []
        for copies in (1, 9):
            (row, *_) = compare_forecasts(
                {"a": np.tile(forecast, copies), "b": np.tile(worse, copies)},
                "a",
                np.tile(outcome, copies),
                np.tile(users, copies),
                1,
            )
            widths.append(row.high - row.low)
        assert widths[0] == pytest.approx(widths[1])


def planted_weeks(n_users: int = 260, n_weeks: int = 36) -> Sample:
    """Return users who start at any week and alternate between busy and quiet."""
    rng = np.random.default_rng(6)
    lengths = rng.integers(1, n_weeks + 1, size=n_users)
    lengths[0] = n_weeks
    n_rides, price = [], []
    for length in lengths:
        is_busy = np.cumsum(rng.random(length) < 0.06) % 2 == 0
        rate = np.where(is_busy, rng.gamma(1.0, 1.2), 0.1)
        rides = rng.poisson(rate).astype(float)
        rides[0] = max(rides[0], 1)
        n_rides.append(rides)
        price.append(np.full(length, rng.uniform(5, 20)))
    rides, prices = np.concatenate(n_rides), np.concatenate(price)
    weeks = UserWeeks(
        features=FEATURES,
        X=np.column_stack([rides > 0, prices]).astype(np.float64),
        lengths=lengths,
        n_rides=rides,
        has_request=rides > 0,
        spend=rides * prices,
    )
    return Sample(weeks, rng.random(n_users) < 0.3)


OPTIONS = FitOptions(
    n_states=(1, 2),
    n_starts=1,
    seed=1,
    sample_users=1_000,
    sample_salt="a",
    holdout_share=0.3,
    holdout_salt="b",
    emissions="mixed",
    n_levels=1,
    has_preset_levels=True,
    max_trait_ratio=0.5,
    drops_traits=False,
    min_state_share=0.005,
    min_stay_weeks=2.0,
    min_stability=0.6,
    bootstrap_refits=2,
    belief_weeks=6,
    lapse_after_weeks=19,
    settings=FitSettings(variance_floor=0.1, start_users=60, polished_starts=1),
)


def backtested(sample: Sample) -> Backtest:
    return run_backtest(sample, FEATURES, OPTIONS, Plan(16, 8), lambda done, text: None)


@pytest.fixture(scope="module")
def sample() -> Sample:
    return planted_weeks()


@pytest.fixture(scope="module")
def weeks(sample: Sample) -> UserWeeks:
    return sample.weeks


@pytest.fixture(scope="module")
def whole(sample: Sample) -> Backtest:
    return backtested(sample)


@pytest.fixture(scope="module")
def backtest(whole: Backtest) -> TargetForecasts:
    """Return the forecasts of next week's ride."""
    return whole.targets[0]


class TestRollingOrigins:
    def test_every_user_is_forecast_at_every_origin(
        self, weeks: UserWeeks, backtest: TargetForecasts
    ) -> None:
        parts = {PUBLISHED, STATES_ALONE, WITHOUT_STATES}
        assert set(backtest.forecasts) == {*parts, *rivals_of(NEXT_WEEK)}
        for origin in range(15, 35):
            at_origin = backtest.week == origin
            # Every user with a ride by then, once.
            there = np.flatnonzero(weeks.lengths_until(origin))
            assert backtest.user[at_origin].tolist() == there.tolist()
        assert not (backtest.week < 15).any()
        assert not (backtest.week > 34).any()

    def test_outcomes_are_those_of_the_next_week(
        self, weeks: UserWeeks, backtest: TargetForecasts
    ) -> None:
        first_rows = np.cumsum(weeks.lengths) - weeks.lengths
        started = weeks.n_weeks - weeks.lengths
        rows = first_rows[backtest.user] + backtest.week - started[backtest.user]
        assert (backtest.outcome == (weeks.n_rides[rows + 1] > 0)).all()

    def test_nothing_after_an_origin_changes_its_forecasts(
        self, sample: Sample, whole: Backtest
    ) -> None:
        # Weeks after week 27 are shuffled among users and altered. The refresh of week
        # 24 must not use them; that of week 32 does.
        weeks = sample.weeks
        later = np.flatnonzero(weeks.week > 27)
        mixed = np.random.default_rng(8).permutation(later)
        n_rides, price = weeks.n_rides.copy(), weeks.X[:, 1].copy()
        n_rides[later] = np.maximum(9 - n_rides[mixed], 0)
        price[later] = price[mixed] * 7
        first_rows = np.cumsum(weeks.lengths) - weeks.lengths
        n_rides[first_rows] = np.maximum(n_rides[first_rows], 1)
        changed = replace(
            weeks,
            X=np.column_stack([n_rides > 0, price]).astype(np.float64),
            n_rides=n_rides,
            has_request=n_rides > 0,
            spend=n_rides * price,
        )
        other = backtested(replace(sample, weeks=changed))
        for found, changed_one in zip(whole.targets, other.targets, strict=True):
            before, after = found.week <= 27, found.week > 32
            for model, forecast in found.forecasts.items():
                again = changed_one.forecasts[model]
                # To rounding: products of matrices depend on the number of rows.
                assert again[before] == pytest.approx(forecast[before], rel=1e-12)
                if after.any():
                    assert not np.allclose(again[after], forecast[after]), model

    def test_every_target_is_forecast_up_to_its_last_known_week(
        self, weeks: UserWeeks, whole: Backtest
    ) -> None:
        expected_targets = [*TARGETS[:-1], *SPEND_TARGETS[:-1]]
        assert [found.target for found in whole.targets] == expected_targets
        assert weeks.spend is not None
        first_rows = np.cumsum(weeks.lengths) - weeks.lengths
        started = weeks.n_weeks - weeks.lengths
        for found in whole.targets:
            ahead = found.target.n_weeks
            # Spend is not forecast from fewer than 200 known outcomes.
            is_late = found.target.name == "expected_spend_12_weeks"
            first = 23 if is_late else 15
            assert (found.week.min(), found.week.max()) == (first, 35 - ahead)
            rows = first_rows[found.user] + found.week - started[found.user]
            is_spend = found.target.kind == "spend"
            values = weeks.spend if is_spend else weeks.n_rides
            came = sum(values[rows + week] for week in range(1, ahead + 1))
            expected = found.target.outcomes(np.asarray(came))
            assert found.outcome == pytest.approx(expected)
            assert set(rivals_of(found.target)) < set(found.forecasts)

    def test_sums_are_those_of_every_user(
        self, weeks: UserWeeks, whole: Backtest
    ) -> None:
        for found in whole.targets:
            if found.target.kind == "probability":
                continue
            parts = [part for part in whole.sums if part.target == found.target]
            week = np.concatenate([part.week for part in parts])
            is_learned = np.concatenate([part.is_learned for part in parts])
            for name, values in (
                ("expected", found.forecasts[PUBLISHED]),
                ("observed", found.outcome),
            ):
                sums = np.concatenate([getattr(part, name) for part in parts])
                each = np.bincount(found.week, weights=values)
                assert sums[~is_learned] == pytest.approx(each[week[~is_learned]])
            # What the first refresh learned from ends with the week of that refresh.
            learned = week[is_learned]
            if found.target.name != "expected_spend_12_weeks":
                assert learned.max() + found.target.n_weeks == 15
            else:
                assert len(learned) == 0

    def test_sums_of_states_add_up_where_every_state_is_known(
        self, sample: Sample
    ) -> None:
        weeks = sample.weeks
        state = np.where(weeks.week % 5 == 0, NO_STATE, weeks.user % 3)
        found = run_backtest(
            sample,
            FEATURES,
            replace(OPTIONS, n_states=(2,)),
            Plan(16, 40, learn_users=150, examines=False, resamples=5),
            lambda done, text: None,
            KnownStates(("a", "b", "c"), state.astype(np.int64)),
        )
        assert found.state_keys == ("a", "b", "c")
        assert len(found.refreshes) == 1
        # Scores are of the users that it learned from, sums of all.
        assert {target.user.max() < 150 for target in found.targets} == {True}
        for part in found.sums:
            for origin in np.unique(part.week):
                is_all = (part.week == origin) & (part.state == NO_STATE)
                is_one = (part.week == origin) & (part.state != NO_STATE)
                assert part.n_users[is_all] == np.count_nonzero(
                    weeks.lengths_until(int(origin))
                )
                assert is_one.sum() == (0 if origin % 5 == 0 else 3)
                if is_one.any():
                    assert part.expected[is_one].sum() == pytest.approx(
                        part.expected[is_all].sum()
                    )
                    assert part.observed[is_one].sum() == pytest.approx(
                        part.observed[is_all].sum()
                    )

    def test_the_published_forecasts_beat_the_plain_ones(
        self, backtest: TargetForecasts
    ) -> None:
        found = compare_forecasts(
            backtest.forecasts, PUBLISHED, backtest.outcome, backtest.user, 1
        )
        gains = {(row.rival, row.measure): row.low for row in found}
        assert gains["base_rate", "log_loss"] > 0
        assert gains["recency_bucket", "log_loss"] > 0

    def test_too_few_weeks_are_refused(self) -> None:
        assert refresh_weeks_of(40, 26, 13) == [25, 38]
        assert refresh_weeks_of(39, 26, 13) == [25]
        with pytest.raises(UserError, match="expected more than the 26"):
            refresh_weeks_of(26, 26, 13)


def test_a_backtest_lands_in_the_marts(
    panel_warehouse: LocalServerAddress, project: DbtProject
) -> None:
    options = quick_options(project, n_states=(2,))
    tables = backtest_outlook(project, options, Plan(40, 12))
    assert any("bg_bb" in line.split() for line in describe(tables))
    project.run(
        "build",
        "--select",
        "+outlook_backtest",
        "+outlook_backtest_summary",
        "+outlook_backtest_calibration",
        *WITHOUT_UNIT_TESTS,
        label="backtest marts",
    )
    rivals = rivals_of(NEXT_WEEK)
    models = len(rivals) + 3
    of_next_week = "where target = 'ride_probability_next_week'"
    assert query(
        panel_warehouse,
        "select count(*), count(distinct model), count(log_loss_gain_low), "
        "count(case when is_rival then 1 end) "
        f"from marts.outlook_backtest_summary {of_next_week}",
    ) == [(models, models, models - 1, len(rivals))]
    # The published forecasts are right as a whole, for every target.
    ratios = query(
        panel_warehouse,
        "select target, forecast_ratio, least_forecast_ratio, greatest_forecast_ratio "
        "from marts.outlook_backtest_summary where is_published",
    )
    expected_targets = [*TARGETS[:-1], *SPEND_TARGETS[:-1]]
    assert {target for target, *_ in ratios} == {
        target.name for target in expected_targets
    }
    for target, ratio, least, greatest in ratios:
        assert least <= ratio <= greatest, target
        assert ratio == pytest.approx(1, abs=0.15), target
    ((n_origins, n_rows, n_forecasts),) = query(
        panel_warehouse,
        "select count(distinct origin_week_start), count(*), "
        "cast(sum(n_user_weeks) / count(distinct model) as bigint) "
        f"from marts.outlook_backtest {of_next_week}",
    )
    assert n_rows == models * n_origins
    assert [(n_forecasts,)] == query(
        panel_warehouse, "select distinct n_user_weeks from hmm.backtests"
    )
    # There is an origin in every week, up to the week before the panel's last.
    assert query(
        panel_warehouse,
        """
        select
            (max(origin_week_start) - min(origin_week_start)) / 7 + 1,
            (select max(week_start) from intermediate.user_week_panel)
            - max(origin_week_start)
        from marts.outlook_backtest
        where target = 'ride_probability_next_week'
        """,
    ) == [(n_origins, 7)]
    assert query(
        panel_warehouse,
        "select count(*), min(n_bins) from (select count(*) as n_bins "
        f"from marts.outlook_backtest_calibration {of_next_week} group by model) "
        "as counted",
    ) == [(models, 10)]
    store = BacktestStore(project.connection_uri, "hmm")
    for number in range(KEPT):
        store.write(f"9{number}", tables)
    assert query(
        panel_warehouse, "select backtest_id from hmm.backtests order by 1"
    ) == [(f"9{number}",) for number in range(KEPT)]
    assert query(
        panel_warehouse, "select count(distinct backtest_id) from hmm.backtest_scores"
    ) == [(KEPT,)]
