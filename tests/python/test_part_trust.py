"""Can I trust it? What is told of past forecasts is what came."""

from __future__ import annotations

import datetime
from dataclasses import replace

import pytest

from made_up_marts import AS_OF_WEEK, made_up_marts, with_rows
from user_states.explorer.crossings import Crossing
from user_states.explorer.parts import trust
from user_states.explorer.parts.trust import Trust, chances_of, compared_forecasts
from user_states.explorer.scene import PageOptions, Scene
from user_states.marts.crossing_rows import CrossingSizeRow
from user_states.marts.forecast_models import FIRST_TARGET
from user_states.marts.list_rows import ForecastRow, ListRow
from user_states.marts.marts import Marts
from user_states.marts.trust_rows import (
    BacktestSummaryRow,
    CalibrationBinRow,
    QualityCheckRow,
)

OPTIONS = PageOptions(lambda mart: f"marts.{mart}")


def forecast(
    back: int, observed: float | None, source: str = "published"
) -> ForecastRow:
    """Return a forecast of 900 to 1,100 rides, made that many weeks before now."""
    origin = AS_OF_WEEK - datetime.timedelta(weeks=back)
    is_inside = None if observed is None else 900 <= observed <= 1100
    return ForecastRow(
        "rides", 1, origin, None, 1000.0, 900.0, 1100.0, observed, is_inside, source
    )


def shown(marts: Marts) -> Trust:
    """Return the view of all users."""
    return trust.view(Scene(marts, OPTIONS, Crossing(), 1000))


def marts_with(*rows: ForecastRow) -> Marts:
    """Return marts with these forecasts only."""
    return with_rows(made_up_marts(["A", "B"]), {ForecastRow: rows})


class TestForecasts:
    def test_the_title_counts_the_weeks_within_the_range(self) -> None:
        rows = [forecast(k, 1000 + 60 * (k % 3)) for k in range(1, 15)]
        view = shown(marts_with(forecast(0, None), *rows))
        # Every third week 120 above, and only twelve weeks are told.
        assert view.title == "Rides came within our range in 8 of the past 12 weeks"
        assert str(view.ranges).count('class="outside"') == 4
        assert "8 of 12 weeks lie within the range" in str(view.ranges)

    def test_forecasts_that_are_too_low_are_called_so(self) -> None:
        low = [forecast(k, 1050) for k in range(1, 13)]
        assert "too low: more came in 12 of 12 weeks" in shown(marts_with(*low)).lead
        high = [forecast(k, 950 if k > 1 else 1050) for k in range(1, 13)]
        assert "too high: fewer came in 11 of 12" in shown(marts_with(*high)).lead
        mixed = [forecast(k, 950 if k > 2 else 1050) for k in range(1, 13)]
        assert "too" not in shown(marts_with(*mixed)).lead
        assert "too" not in shown(marts_with(*low[:8])).lead

    def test_other_targets_spans_and_states_are_left_out(self) -> None:
        wanted = forecast(1, 1000)
        others = [
            replace(wanted, target="spend"),
            replace(wanted, weeks_ahead=4),
            replace(wanted, state_key="key_1"),
            replace(wanted, expected_low=None),
        ]
        assert len(compared_forecasts(marts_with(wanted))) == 1
        assert compared_forecasts(marts_with(*others)) == []

    def test_a_published_forecast_outranks_one_made_later(self) -> None:
        later = forecast(1, 1000, "backtest")
        for rows in ((forecast(1, 950), later), (later, forecast(1, 950))):
            (found,) = compared_forecasts(marts_with(*rows))
            assert found.observed == 950

    @pytest.mark.parametrize(
        ("n_published", "words"),
        [
            (12, "Every Monday we say what we expect"),
            (1, "One of the 12 was published at the time, for "),
            (3, "Three of the 12 were published at the time, the newest for "),
            (0, "None of the 12 was published at the time: they were worked out"),
        ],
    )
    def test_what_was_not_published_then_is_called_so(
        self, n_published: int, words: str
    ) -> None:
        rows = [
            forecast(k, 1000, "published" if k <= n_published else "backtest")
            for k in range(1, 13)
        ]
        view = shown(marts_with(*rows))
        assert words in view.lead
        is_past = n_published < 12
        assert view.lead.startswith("What we would have said") == is_past
        assert ("what we would have said" in view.ranges_title) == is_past

    def test_a_forecast_is_of_the_week_after_its_origin(self) -> None:
        (found,) = compared_forecasts(marts_with(forecast(1, 1000)))
        assert found.week == AS_OF_WEEK

    def test_without_outcomes_the_page_says_so_plainly(self) -> None:
        view = shown(marts_with(forecast(0, None)))
        assert view.title == "No forecast has been compared with what came yet"
        assert view.ranges is None


class TestSpans:
    def test_what_came_over_more_weeks_is_told(self) -> None:
        rows = [
            replace(forecast(k, came), target=target, weeks_ahead=weeks)
            for weeks, target, came in (
                (4, "rides", 1032.0),
                (4, "spend", 1040.0),
                (12, "rides", 928.0),
                (12, "spend", 1001.0),
            )
            for k in range(weeks, weeks + 14)
        ]
        told = [
            replace(row, is_inside=row.weeks_ahead == 4 or row.target == "spend")
            for row in rows
        ]
        four, twelve, _ = shown(marts_with(*told)).spans
        assert four == (
            "Over 4 weeks, in 14 forecasts: 3% more rides and 4% more money came than "
            "we expected. So far ahead we expect too little: more came in 14 of 14 "
            "(rides) and 14 of 14 (money). Within our ranges: 14 of 14 (rides) and 14 "
            "of 14 (money). Their weeks overlap, so they tell as much as four."
        )
        assert twelve == (
            "Over 12 weeks, in 14 forecasts: 7% fewer rides and hardly more or less "
            "money came than we expected. So far ahead we expect too little: more came "
            "in 14 of 14 (money). So far ahead we expect too much: less came in 14 of "
            "14 (rides). Within our ranges: 0 of 14 (rides) and 14 of 14 (money). "
            "Their weeks overlap, so they tell as much as two."
        )

    def test_older_forecasts_outside_their_ranges_are_counted_too(self) -> None:
        rows = [
            replace(forecast(k, 1050), weeks_ahead=4, is_inside=k < 16)
            for k in range(4, 20)
        ]
        sentence, season = shown(marts_with(*rows)).spans
        assert "more came in 16 of 16 (rides). Within our ranges: 12 of 16" in sentence
        assert season.startswith("Forecasts follow the newest weeks.")

    def test_money_of_the_next_week_is_told_beside_the_chart_of_rides(self) -> None:
        rows = [replace(forecast(k, 1000), target="spend") for k in range(1, 5)]
        (sentence,) = shown(marts_with(*rows)).spans
        assert sentence == (
            "In the week after, in 4 forecasts: hardly more or less money came than we "
            "expected. Within our ranges: 4 of 4 (money)."
        )

    def test_forecasts_on_both_sides_are_not_called_too_low(self) -> None:
        rows = [
            replace(forecast(k, 1050 if k % 4 else 950), weeks_ahead=4)
            for k in range(4, 20)
        ]
        (sentence,) = shown(marts_with(*rows)).spans
        assert "too" not in sentence
        assert "within the usual" not in sentence
        few = [replace(forecast(k, 1050), weeks_ahead=4) for k in range(4, 12)]
        (sentence,) = shown(marts_with(*few)).spans
        assert "too" not in sentence

    def test_forecasts_of_separate_weeks_count_each(self) -> None:
        rows = [replace(forecast(k, 1000), weeks_ahead=4) for k in (4, 8, 12)]
        (sentence,) = shown(marts_with(*rows)).spans
        assert sentence.endswith("Within our ranges: 3 of 3 (rides).")

    def test_published_forecasts_come_first_and_unknown_ranges_are_told(self) -> None:
        published = replace(forecast(4, 1100), weeks_ahead=4, is_inside=None)
        later = replace(published, observed=500.0, source_of_forecast="backtest")
        for rows in ((published, later), (later, published)):
            (sentence,) = shown(marts_with(*rows)).spans
            assert sentence == (
                "Over 4 weeks, in one forecast: 10% more rides came than we "
                "expected. Too few earlier forecasts are known to say whether that "
                "is usual."
            )
        assert shown(marts_with(forecast(1, 1000))).spans == []
        of_a_state = replace(published, state_key="key_1")
        assert shown(marts_with(of_a_state)).spans == []
        not_over = replace(published, observed=None)
        assert shown(marts_with(not_over)).spans == []


class TestChances:
    def test_groups_are_weighted_means(self) -> None:
        rows = [
            CalibrationBinRow(FIRST_TARGET, "published", 1, 100, 0.62, 0.60),
            CalibrationBinRow(FIRST_TARGET, "published", 2, 300, 0.74, 0.70),
            CalibrationBinRow(FIRST_TARGET, "published", 3, 20, 0.9, 0.1),
            CalibrationBinRow(FIRST_TARGET, "hmm", 1, 900, 0.7, 0.1),
            CalibrationBinRow("expected_rides_12_weeks", "published", 1, 900, 0.7, 9),
        ]
        (group,) = chances_of(
            with_rows(made_up_marts(["A", "B"]), {CalibrationBinRow: rows})
        )
        assert group.words == "about 7 in 10"
        assert group.mean_forecast == pytest.approx(0.71)
        assert group.mean_outcome == pytest.approx(0.675)

    def test_a_large_difference_is_told(self) -> None:
        rows = [CalibrationBinRow(FIRST_TARGET, "published", 1, 100, 0.7, 0.5)]
        view = shown(with_rows(made_up_marts(["A", "B"]), {CalibrationBinRow: rows}))
        assert view.chance_title == "Chances and outcomes differ in some groups"

    @pytest.mark.parametrize(
        ("chances", "title"),
        [
            ((0.1, 0.3, 0.7, 0.9), "“7 in 10 will ride” means that about 7 in 10 do"),
            ((0.1, 0.3), "“3 in 10 will ride” means that about 3 in 10 do"),
            ((0.1,), "As many rode as the chances said"),
        ],
    )
    def test_the_title_names_a_chance_that_was_given(
        self, chances: tuple[float, ...], title: str
    ) -> None:
        rows = [
            CalibrationBinRow(FIRST_TARGET, "published", n, 100, chance, chance)
            for n, chance in enumerate(chances)
        ]
        view = shown(with_rows(made_up_marts(["A", "B"]), {CalibrationBinRow: rows}))
        assert view.chance_title == title


class TestRules:
    def test_the_share_of_the_guessing_that_is_taken_away(self) -> None:
        marts = made_up_marts(["A", "B"])
        losses = {
            "base_rate": 0.6,
            "recency_bucket": 0.42,
            "history_without_states": 0.39,
            "published": 0.36,
        }
        rows = [
            replace(row, log_loss=losses[row.model])
            for row in marts.rows(BacktestSummaryRow)
            if row.target == FIRST_TARGET and row.model in losses
        ]
        view = shown(with_rows(marts, {BacktestSummaryRow: rows}))
        assert [(rule.words, round(rule.share, 3)) for rule in view.rules] == [
            ("Weeks since the last ride", 0.3),
            ("All of a user’s history, no states", 0.35),
            ("History and states (this page)", 0.4),
        ]
        assert view.rules_title == (
            "States add five points to the best forecast without them"
        )

    def test_no_gain_is_told_too(self) -> None:
        marts = made_up_marts(["A", "B"])
        rows = [
            replace(row, log_loss=0.6 if row.model == "base_rate" else 0.4)
            for row in marts.rows(BacktestSummaryRow)
        ]
        view = shown(with_rows(marts, {BacktestSummaryRow: rows}))
        assert view.rules_title == (
            "A forecast without states predicts next week as well"
        )

    def test_without_a_backtest_nothing_is_drawn(self) -> None:
        empty = {BacktestSummaryRow: (), CalibrationBinRow: ()}
        view = shown(with_rows(made_up_marts(["A", "B"]), empty))
        assert (view.rules, view.chances) == ([], [])


class TestLimits:
    def test_a_list_that_is_not_measured_is_named_with_its_first_result(self) -> None:
        marts = made_up_marts(["A", "B"])
        limits = " ".join(shown(marts).limits)
        assert (
            "What the list “Thank new regulars” brings. Not measured yet: first result "
            "on Monday 7 July." in limits
        )
        assert "Bring back users" not in limits
        assert "about money" not in limits

    def test_the_week_outside_and_what_hindsight_moves_are_told(self) -> None:
        check = made_up_marts(["A"]).rows(QualityCheckRow)[0]
        revised = replace(
            check, check_name="revised_by_hindsight", measured_value=0.021
        )
        marts = with_rows(
            marts_with(forecast(1, 1200), forecast(2, 1000)),
            {QualityCheckRow: [revised], ListRow: ()},
        )
        limits = shown(marts).limits
        assert (
            "Holidays and bad weather in advance. The week that fell outside was "
            "2 to 8 June." in limits
        )
        assert any(limit.endswith("later weeks are known.") for limit in limits)
        assert any("About two in 100 users" in limit for limit in limits)

    def test_without_prices_nothing_can_be_said_about_money(self) -> None:
        marts = made_up_marts(["A", "B"])
        sizes = [replace(row, spend=None) for row in marts.rows(CrossingSizeRow)]
        limits = shown(with_rows(marts, {CrossingSizeRow: sizes})).limits
        assert "Anything about money. Your log has no prices." in limits
