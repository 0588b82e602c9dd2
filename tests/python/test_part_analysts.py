"""For analysts: sums that add up, checks in words, hindsight apart."""

from __future__ import annotations

from dataclasses import replace

from conftest import PROJECT
from made_up_marts import made_up_marts, with_rows
from user_states.explorer.crossings import Crossing
from user_states.explorer.parts import analysts
from user_states.explorer.parts.analysts import Analysts, Everything
from user_states.explorer.parts.analysts_tables import NAMED_TABLES
from user_states.explorer.scene import PageOptions, Scene
from user_states.marts.crossing_rows import CrossingSizeRow
from user_states.marts.history_rows import SizeRow
from user_states.marts.list_rows import ForecastRow
from user_states.marts.marts import Marts
from user_states.marts.trust_rows import (
    BacktestSummaryRow,
    CandidateRow,
    QualityCheckRow,
)

OPTIONS = PageOptions(lambda mart: f"marts.{mart}")
NAMES = ["Weekly", "Occasional", "Silent for months"]


def shown(marts: Marts, crossing: Crossing | None = None) -> Analysts:
    """Return the view, which must not be empty."""
    view = analysts.view(Scene(marts, OPTIONS, crossing or Crossing(), 1000))
    assert view is not None
    return view


def everything(marts: Marts) -> Everything:
    """Return what is shown for all users."""
    found = shown(marts).everything
    assert found is not None
    return found


def amount(text: str) -> int:
    """Return a written number."""
    return int(text.replace(",", "").replace("€", ""))


class TestSums:
    def test_lines_add_up_to_the_last_unit(self) -> None:
        marts = made_up_marts(NAMES)
        *lines, total = shown(marts).sums
        assert [line.name for line in lines] == [s.state_name for s in marts.states]
        newest = [
            row
            for row in marts.rows(CrossingSizeRow)
            if row.week_start == marts.as_of_week
        ]
        expected = {
            "users": sum(row.n_users for row in newest),
            "riders": sum(row.n_riders for row in newest),
            "rides": sum(row.n_rides for row in newest),
        }
        for name, value in expected.items():
            assert amount(getattr(total, name)) == value
            assert sum(amount(getattr(line, name)) for line in lines) == value
        assert (total.user_share, total.spend_share) == ("100.0%", "100.0%")

    def test_under_a_filter_only_the_sums_are_shown(self) -> None:
        marts = made_up_marts(NAMES)
        view = shown(marts, Crossing("Lisbon", "ios", 400))
        assert view.everything is None
        assert amount(view.sums[-1].users) < amount(shown(marts).sums[-1].users)

    def test_without_prices_money_is_left_out(self) -> None:
        marts = made_up_marts(NAMES)
        rows = [replace(row, spend=None) for row in marts.rows(CrossingSizeRow)]
        sums = shown(with_rows(marts, {CrossingSizeRow: rows})).sums
        assert {(line.spend, line.spend_share) for line in sums} == {("", "")}


class TestWarning:
    def test_it_stands_at_the_top_only_while_the_data_are_broken(self) -> None:
        marts = made_up_marts(NAMES)
        (broken, *others) = marts.rows(QualityCheckRow)
        assert shown(marts).warning == (
            "How many rides were set aside? 3.1% (all rides), with a limit of 2.0%."
        )
        aged = replace(broken, check_name="weeks_since_decode")
        sound = with_rows(marts, {QualityCheckRow: [aged, *others]})
        assert shown(sound).warning == ""
        assert everything(sound).checks_summary == (
            "1 of 3 passed, 1 warning, 1 not measured yet"
        )


class TestHindsight:
    def test_both_views_have_the_same_weeks_and_their_own_counts(self) -> None:
        marts = made_up_marts(NAMES)
        found = everything(marts).hindsight
        assert found is not None
        assert [line.week for line in found.known_then] == [
            line.week for line in found.known_now
        ]
        newest = {
            row.state_id: row
            for row in marts.rows(SizeRow)
            if row.week_start == marts.as_of_week
        }
        ids = [state.state_id for state in marts.states]
        assert found.known_then[0].counts == [
            f"{newest[i].n_users_as_known:,}" for i in ids
        ]
        assert found.known_now[0].counts == [f"{newest[i].n_users:,}" for i in ids]

    def test_weeks_that_were_not_recorded_are_left_out(self) -> None:
        marts = made_up_marts(NAMES)
        rows = [
            row if row.is_settled else replace(row, n_users_as_known=None)
            for row in marts.rows(SizeRow)
        ]
        found = everything(with_rows(marts, {SizeRow: rows})).hindsight
        assert found is not None
        full = everything(marts).hindsight
        assert full is not None
        assert found.known_then[0].week == full.known_then[4].week
        none = [replace(row, n_users_as_known=None) for row in marts.rows(SizeRow)]
        assert everything(with_rows(marts, {SizeRow: none})).hindsight is None


class TestModel:
    def test_the_chart_has_a_mark_for_every_number_of_states(self) -> None:
        marts = made_up_marts(NAMES)
        model = everything(marts).model
        assert model.chart_title == "3 states predict next week best"
        n_tried = len(marts.rows(CandidateRow))
        assert str(model.drawing).count("<circle") == n_tried
        assert str(model.drawing).count('class="ink"') == 1

    def test_one_number_of_states_has_no_chart(self) -> None:
        marts = made_up_marts(NAMES)
        chosen = [row for row in marts.rows(CandidateRow) if row.is_chosen]
        model = everything(with_rows(marts, {CandidateRow: chosen})).model
        assert model.drawing is None
        assert dict(model.facts)["States"] == "3"

    def test_a_score_far_below_does_not_press_the_others_together(self) -> None:
        marts = made_up_marts(NAMES)
        rows = [
            replace(row, next_week_log_score=-9.0) if row.n_states == 1 else row
            for row in marts.rows(CandidateRow)
        ]
        drawing = str(everything(with_rows(marts, {CandidateRow: rows})).model.drawing)
        assert "↓" in drawing
        assert drawing.count("<circle") == len(rows) - 1


class TestPast:
    def test_the_summary_counts_the_weeks_within_the_range(self) -> None:
        found = everything(made_up_marts(NAMES))
        n_inside = sum(line.is_inside for line in found.past)
        assert found.past_summary == f"{n_inside} of {len(found.past)} inside"

    def test_the_summary_counts_the_simpler_forecasts_that_are_worse(self) -> None:
        backtest = everything(made_up_marts(NAMES)).backtest
        assert backtest.summary == "better than 5 of 6 simpler forecasts"
        assert backtest.rivals[0].name == "published outlook"
        assert {rival.target for rival in backtest.further} == {
            "rides in the next 12 weeks"
        }

    def test_without_either_the_folds_say_so(self) -> None:
        empty = {ForecastRow: (), BacktestSummaryRow: ()}
        found = everything(with_rows(made_up_marts(NAMES), empty))
        assert found.past_summary == "none known yet"
        assert found.backtest.summary == "not run yet"


def test_every_table_that_is_named_is_a_mart() -> None:
    marts = {path.stem for path in (PROJECT / "models/marts").rglob("*.sql")}
    named = {name for name, _, _ in NAMED_TABLES}
    assert named <= marts
