"""Texts of the explorer's page, without a browser."""

from __future__ import annotations

import dataclasses
import html
import math
import re
from pathlib import Path
from typing import Any, cast

import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text

from conftest import PROJECT
from made_up_marts import MODELS, RUN_ID, made_up_marts, with_rows, with_values
from user_states.explorer.inline import chart_text
from user_states.explorer.page import MAX_BYTES, build_page, page_charts, page_views
from user_states.explorer.page_file import write_page
from user_states.explorer.section import PageOptions
from user_states.explorer.sections.about_who_is_counted import who_is_counted
from user_states.explorer.sections.moves_flows import flows
from user_states.explorer.sections.moves_graph import graph
from user_states.explorer.sections.outlook_audiences import effect_in_words
from user_states.explorer.sections.overview_key_figures import key_figures
from user_states.explorer.sections.quality_charts import selection
from user_states.explorer.sections.states_view import state_views
from user_states.figures.model_selection import draw_model_selection
from user_states.figures.state_outlook import draw_state_outlook
from user_states.figures.state_sizes import draw_state_sizes
from user_states.marts import palette
from user_states.marts.audience_rows import AudienceEffectRow
from user_states.marts.candidate_marks import marks_in_words
from user_states.marts.forecast_models import model_meaning, model_words
from user_states.marts.history_rows import FlowRow, SizeRow
from user_states.marts.marts import Marts
from user_states.marts.outlook_rows import PairOutlookRow, StateOutlookRow
from user_states.marts.state_rows import (
    AttributeRow,
    ProfileRow,
    RhythmRow,
    StateRow,
    TransitionRow,
    WordRow,
)
from user_states.marts.trust_rows import (
    BacktestSummaryRow,
    CalibrationBinRow,
    CandidateRow,
)
from user_states.marts.user_rows import JourneyRideRow
from user_states.warehouse.dbt_project import DbtProject

OPTIONS = PageOptions(lambda mart: f"marts.{mart}", min_edge_probability=0.01)
NAMES = ["Weekly", "Lapsed"]
# Terms that a marketing manager may not know.
JARGON = (
    "as known", "AUC", "backtest", "belief", "Brier", "calibration", "champion",
    "decoded", "drift", "emission", "entropy", "hindsight", "interval", "Kaplan",
    "log loss", "log score", "nats", "posterior", "refit", "smoothed", "filtered",
    "stability index", "standard deviation", "state_key", "user-week", "Viterbi",
)  # fmt: skip


def without_numbers(row: Any) -> Any:
    """Return a row of a mart with NaN for its numbers."""
    numbers = {
        field.name: math.nan
        for field in dataclasses.fields(row)
        if isinstance(getattr(row, field.name), float)
    }
    return dataclasses.replace(row, **numbers)


class TestUntrustedText:
    def test_a_chart_interprets_neither_tags_nor_formulas(self) -> None:
        written = chart_text("<b> & $x$ &copy;")
        assert written == "&lt;b&gt; &amp; &#36;x&#36; &amp;copy;"

    def test_a_name_does_not_end_the_comment_in_sql(self) -> None:
        marts = made_up_marts(["one\n-- two\u2028three", "'; drop"])
        (view, *_) = state_views(marts, OPTIONS.name_in_sql)
        assert view.sql.splitlines()[0].startswith("-- Users in “one -- two three”")
        assert view.sql.splitlines()[1].startswith("select")

    def test_a_key_does_not_end_the_string_in_sql(self) -> None:
        marts = with_values(made_up_marts(NAMES), {StateRow: {"state_key": "it's"}})
        (view, *_) = state_views(marts, OPTIONS.name_in_sql)
        assert "state_key = 'it''s'\n" in view.sql

    def test_a_name_cannot_reverse_the_text_after_it(self) -> None:
        page = build_page(made_up_marts(["three \u202eruof", "Lapsed"]), OPTIONS)
        assert "\u202e" not in page
        assert "three ruof" in page

    def test_a_very_long_city_is_cut(self) -> None:
        marts = with_values(
            made_up_marts(NAMES), {JourneyRideRow: {"city": "x" * 100_000}}
        )
        page = build_page(marts, OPTIONS)
        assert "x" * 119 + "…" in page
        assert "x" * 120 not in page


class TestUnknownValues:
    def test_no_unknown_number_is_written_as_nan(self) -> None:
        full = made_up_marts(NAMES)
        unknown = {
            row_class: [without_numbers(row) for row in rows]
            for row_class, rows in full.tables.items()
        }
        page = build_page(with_rows(full, unknown), OPTIONS)
        text = re.sub(r"<(script|style).*?</\1>", "", page, flags=re.DOTALL)
        assert not re.search(r"\bnan\b", text)

    def test_an_empty_state_is_described_as_unknown(self) -> None:
        marts = with_values(
            made_up_marts(NAMES),
            {ProfileRow: {"standard_deviations_from_everyone": None}},
        )
        (view, *_) = state_views(marts, OPTIONS.name_in_sql)
        assert view.in_words == [
            "No user has been in this state, so nothing is known about it."
        ]

    def test_a_log_of_dates_has_no_busiest_hour(self) -> None:
        """Every request is then at 00:00."""
        marts = made_up_marts(NAMES)
        dates = [
            dataclasses.replace(
                row, n_requests=row.iso_weekday if row.hour_of_day == 0 else 0
            )
            for row in marts.rows(RhythmRow)
        ]
        marts = with_rows(marts, {RhythmRow: dates})
        view = next(v for v in state_views(marts, OPTIONS.name_in_sql) if v.rhythm)
        assert view.peak == "Sun: 25.0% of its requests"
        page = html.unescape(build_page(marts, OPTIONS))
        assert "dates without a time of day, so no hours are shown" in page
        assert "00–01h" not in page
        assert 'class="rhythm"' not in page

    def test_equal_weeks_have_no_state_that_grew_most(self) -> None:
        marts = with_values(
            made_up_marts(NAMES), {SizeRow: {"n_users": 100, "n_users_as_known": 100}}
        )
        labels = [figure.label for figure in key_figures(marts)]
        assert "users" in labels
        assert "grew most" not in labels
        assert "shrank most" not in labels


class TestSettled:
    def test_newer_weeks_are_shaded(self) -> None:
        marts = made_up_marts(NAMES)
        sizes = page_charts(page_views(marts, OPTIONS))["sizes-users"]
        (shade, _) = sizes.layout["shapes"]
        settled = max(row.week_start for row in marts.rows(SizeRow) if row.is_settled)
        assert shade["x0"] == settled.isoformat()
        assert shade["x1"] == str(marts.as_of_week)
        assert "The shaded weeks are not settled" in build_page(marts, OPTIONS)

    def test_nothing_is_shaded_if_all_weeks_are_settled(self) -> None:
        marts = with_values(made_up_marts(NAMES), {SizeRow: {"is_settled": True}})
        assert (
            "shapes"
            not in page_charts(page_views(marts, OPTIONS))["sizes-users"].layout
        )
        assert "The shaded weeks are not settled" not in build_page(marts, OPTIONS)
        assert "not settled (shaded)" not in words_of(draw_state_sizes(marts))

    def test_the_newest_week_has_a_warning_if_no_week_is_settled(self) -> None:
        marts = with_values(
            made_up_marts(NAMES),
            {
                SizeRow: {"is_settled": False},
                FlowRow: {"is_settled": False, "n_users_as_known": None},
            },
        )
        (shown,) = flows(marts).kinds.values()
        assert shown.start[1] == str(marts.as_of_week)
        assert "No week is settled yet." in build_page(marts, OPTIONS)
        assert "All weeks are not settled (shaded)" in words_of(draw_state_sizes(marts))


def words_of(figure: Figure) -> str:
    """Return the texts of a figure, with single spaces."""
    texts = [text.get_text() for text in figure.findobj(Text)]
    return " ".join(" ".join(texts).split())


class TestWeeksAhead:
    @pytest.mark.parametrize(
        ("weeks", "written"),
        [
            ((None, None, None), "–"),
            ((9.94, 9.0, 12.6), "9.9 (9.0 to 13)"),
            ((259.0, 223.4, 282.0), "259 (223 to >260)"),
            ((260.0, None, None), "260"),
            ((260.4, 240.0, 282.0), "over 5 years"),
            ((2012.0, 1700.0, 2400.0), "over 5 years"),
        ],
    )
    def test_more_than_five_years_are_not_written_in_weeks(
        self, weeks: tuple[float | None, ...], written: str
    ) -> None:
        ends = ("", "_low", "_high")
        values = {
            f"expected_weeks_to_reach{end}": value
            for end, value in zip(ends, weeks, strict=True)
        }
        marts = with_values(made_up_marts(NAMES), {PairOutlookRow: values})
        page = html.unescape(build_page(marts, OPTIONS))
        (reach, *_) = re.findall(r"the other states are from .*?</table>", page, re.S)
        (cell, _) = re.findall(r'<td class="number">(.*?)</td>', reach, re.S)
        text = re.sub(r"\s+", " ", re.sub(r"<.*?>", "", cell)).strip()
        assert text == written


def without_tags(text: str) -> str:
    """Return what a reader sees of a part of the page."""
    return re.sub(r"\s+", " ", re.sub(r"<.*?>", "", text)).strip()


def column(page: str, table: str, place: int) -> list[str]:
    """Return the texts in a column of a table of the page."""
    (body,) = re.findall(rf"{table}.*?<tbody>(.*?)</tbody>", page, re.S)
    rows = re.findall(r"<tr>(.*?)</tr>", body, re.S)
    return [
        without_tags(re.findall(r"<td.*?>(.*?)</td>", row, re.S)[place]) for row in rows
    ]


class TestStays:
    @pytest.mark.parametrize(
        ("weeks", "low", "high", "alone", "with_interval"),
        [
            (12.44, 11.0, 14.0, "12 weeks", "12 weeks (11 to 14)"),
            (3.06, 2.9, 3.2, "3.1 weeks", "3.1 weeks (2.9 to 3.2)"),
            (250.0, 200.0, 9000.0, "250 weeks", "250 weeks (200 to >260)"),
            (14421.0, 900.0, 20000.0, "over 5 years", "over 5 years"),
            (None, None, None, "over 5 years", "over 5 years"),
        ],
    )
    def test_a_stay_has_the_same_words_everywhere(
        self,
        weeks: float | None,
        low: float | None,
        high: float | None,
        alone: str,
        with_interval: str,
    ) -> None:
        outlook = {
            "expected_stay_weeks": weeks,
            "expected_stay_weeks_low": low,
            "expected_stay_weeks_high": high,
        }
        marts = with_values(
            made_up_marts(NAMES),
            {StateRow: {"expected_stay_weeks": weeks}, StateOutlookRow: outlook},
        )
        page = html.unescape(build_page(marts, OPTIONS))
        overview = column(page, "Table of the states", -1)
        outlooks = column(page, "Outlook of each state", -2)
        states = re.findall(r"<dt>mean stay</dt><dd>(.*?)</dd>", page, re.S)
        # State 0, which is last, is not a state of the model.
        assert overview == [alone, alone, "–"]
        assert [without_tags(text) for text in states] == [alone, alone, "–"]
        assert outlooks == [with_interval, with_interval]
        figure = words_of(draw_state_outlook(marts))
        assert ("over 5 years" in figure) == (alone == "over 5 years")
        assert "not known" not in figure
        assert ("to >260)" in figure) == (high == 9000.0)


class TestWordsOfNames:
    def test_a_state_shows_of_how_many_users_its_words_are_true(self) -> None:
        page = html.unescape(build_page(made_up_marts(NAMES), OPTIONS))
        found = re.findall(r"How true its name is</h3>.*?</table>", page, re.S)
        assert len(found) == len(NAMES)
        assert "rule of weekly" in found[0]
        assert "92.0%" in found[0]
        assert "rule of nights" not in page

    def test_a_run_without_words_shows_none(self) -> None:
        marts = with_rows(made_up_marts(NAMES), {WordRow: []})
        assert "How true its name is" not in build_page(marts, OPTIONS)


class TestEffects:
    EFFECT = made_up_marts(NAMES).rows(AudienceEffectRow)[0]

    def text(self, **values: Any) -> str:
        """Return the description of an effect with other values."""
        return " ".join(effect_in_words(dataclasses.replace(self.EFFECT, **values)))

    def test_an_unknown_effect_has_no_text(self) -> None:
        assert effect_in_words(None) == []

    def test_both_sides_and_their_difference(self) -> None:
        text = self.text()
        assert "30.0% of 900 users to contact rode" in text
        assert "25.0% of 100 in the hold-out: +5.0 points" in text
        assert "(95% interval −2.0 to +12.0), which may be chance." in text
        assert "450 of the users to contact were contacted." in text
        assert "spoils" not in text

    @pytest.mark.parametrize(("low", "high"), [(0.01, 0.09), (-0.09, -0.01)])
    def test_more_than_chance(self, low: float, high: float) -> None:
        text = self.text(rode_share_difference_low=low, rode_share_difference_high=high)
        assert "may be chance" not in text
        assert "unlikely to be chance" in text

    def test_a_useless_comparison_has_a_warning(self) -> None:
        assert "any difference is chance" in self.text(n_treated_exposed=0)
        assert "contacted by mistake" not in self.text()
        assert "1 user of the hold-out was" in self.text(n_held_out_exposed=1)
        assert "spoils the comparison" in self.text(n_held_out_exposed=3)
        assert "nothing to compare" in self.text(rode_share_difference=None)
        unknown = self.text(
            rode_share_difference_low=math.nan, rode_share_difference_high=math.nan
        )
        assert "chance" not in unknown


class TestTotals:
    def test_each_total_says_which_users_it_counts(self) -> None:
        marts = made_up_marts(NAMES)
        newest = [
            row for row in marts.rows(SizeRow) if row.week_start == marts.as_of_week
        ]
        started = sum(row.n_users for row in newest if row.state_id == 0)
        lines = who_is_counted(marts)
        assert lines[0].startswith(f"{sum(row.n_users for row in newest):,} users in")
        assert f" {started:,} of them have not completed a ride yet" in lines[0]
        assert lines[1].startswith("900 users with an outlook")
        assert lines[2].startswith("1,000 users with states from the run")
        assert lines[3].startswith("2,345 users in the backtest")
        page = build_page(marts, OPTIONS)
        assert all(line in html.unescape(page) for line in lines)

    def test_others_are_all_values_that_are_not_listed(self) -> None:
        marts = made_up_marts(NAMES)
        cities = [f"City {n:02d}" for n in range(12)]
        rows = tuple(
            AttributeRow(state, "city", city, 100 - n, 80, (1 + n) / 78, 0.05)
            for state in (1, 2)
            for n, city in enumerate(cities)
        )
        marts = with_rows(marts, {AttributeRow: rows})
        (view, *_) = state_views(marts, OPTIONS.name_in_sql)
        (table,) = view.attributes
        assert [row.attribute_value for row in table.rows] == cities[:8]
        assert table.n_others == 4
        assert table.share_of_others == pytest.approx((9 + 10 + 11 + 12) / 78)
        # Includes the cities in which no user of this state requested a ride.
        assert table.share_of_others_of_everyone == pytest.approx(1 - 8 * 0.05)
        assert '<td class="number">60.0%</td>' in build_page(marts, OPTIONS)


class TestSelection:
    MARTS = made_up_marts(NAMES)

    def of(self, *candidates: CandidateRow) -> Marts:
        """Return marts in which these numbers of states were tried."""
        return with_rows(self.MARTS, {CandidateRow: candidates})

    def test_one_number_of_states_is_described_in_words(self) -> None:
        (chosen,) = [row for row in self.MARTS.rows(CandidateRow) if row.is_chosen]
        marts = self.of(chosen)
        assert selection(marts).data == []
        assert "Only one number of states was tried" in build_page(marts, OPTIONS)
        (figure,) = [draw_model_selection(marts)]
        # The figure has the table of checks and the line of failures, but no chart.
        assert not any(axes.axison for axes in figure.axes)

    @pytest.mark.parametrize("is_sound", [True, False])
    def test_marks_and_words_agree(self, *, is_sound: bool) -> None:
        rows = [
            dataclasses.replace(row, has_passed_guards=is_sound == row.is_chosen)
            for row in self.MARTS.rows(CandidateRow)
        ]
        marts = self.of(*rows)
        symbols = selection(marts).data[0]["marker"]["symbol"]
        marks = {"diamond", "x-thin-open"} if is_sound else {"diamond-x-open"}
        marks |= set() if is_sound else {"circle-open"}
        assert set(symbols) == marks
        words = marks_in_words(rows)
        assert ("filled diamond" in words) == is_sound
        assert ("crossed red diamond" in words) != is_sound
        assert ("Red crosses" in words) == is_sound
        assert ("Circles" in words) != is_sound
        assert words in build_page(marts, OPTIONS)
        lines = {
            (line.get_marker(), line.get_color())
            for axes in draw_model_selection(marts).axes
            for line in axes.lines
        }
        assert (("D", palette.CHOSEN) in lines) == is_sound
        assert {("D", palette.WRONG), ("x", palette.WRONG)} <= lines or is_sound


class TestStartsThatWereNotPolished:
    """How far starts agree is then not measured: a dash, and not "0 of 0"."""

    MARTS = with_values(
        made_up_marts(NAMES),
        {CandidateRow: {"n_starts_at_best": 0, "n_polished_starts": 0}},
    )

    def test_on_the_page(self) -> None:
        page = build_page(self.MARTS, OPTIONS)
        assert "0 of 0" not in page
        assert "3 of 3" in build_page(
            with_values(self.MARTS, {
                CandidateRow: {"n_starts_at_best": 3, "n_polished_starts": 3}
            }),
            OPTIONS,
        )  # fmt: skip

    def test_in_the_figure(self) -> None:
        def texts(marts: Marts) -> list[str]:
            axes = draw_model_selection(marts).axes
            return [text.get_text() for each in axes for text in each.texts]

        measured = texts(made_up_marts(NAMES))
        unmeasured = texts(self.MARTS)
        n_candidates = len(self.MARTS.rows(CandidateRow))
        assert unmeasured.count("–") == measured.count("–") + n_candidates
        assert "0 of 0" not in unmeasured


class TestWords:
    @pytest.mark.parametrize("model", MODELS)
    def test_every_forecast_of_the_backtest_is_explained(self, model: str) -> None:
        assert model_meaning(model)
        page = html.unescape(build_page(made_up_marts(NAMES), OPTIONS))
        assert f"<dt>{model_words(model)}</dt><dd>{model_meaning(model)}" in page

    def test_every_technical_term_in_use_is_in_the_glossary(self) -> None:
        page = build_page(made_up_marts(NAMES), OPTIONS)
        text = re.sub(r"<(script|style).*?</\1>", "", page, flags=re.DOTALL)
        glossary = re.search(r'<dl class="words">.*?</dl>', text, flags=re.DOTALL)
        assert glossary is not None
        used = re.sub(r"<[^>]*>", " ", text.replace(glossary.group(), ""))

        def words_of(text: str) -> set[str]:
            return {
                word for word in JARGON if re.search(rf"\b{word}", text, re.IGNORECASE)
            }

        assert words_of(used) <= words_of(glossary.group())

    def test_the_overview_has_no_technical_term(self) -> None:
        page = build_page(made_up_marts(NAMES), OPTIONS)
        (overview,) = re.findall(r'<section class="view" id="overview".*?</section>',
                                 page, re.DOTALL)  # fmt: skip
        (header,) = re.findall(r"<header>.*?</header>", page, re.DOTALL)
        text = re.sub(r"<[^>]*>", " ", header + overview)
        terms = (*JARGON, RUN_ID)
        assert not [term for term in terms if re.search(rf"\b{term}", text, re.I)]

    def test_an_unknown_forecast_keeps_its_name(self) -> None:
        assert (model_words("new_one"), model_meaning("new_one")) == ("new one", "")

    def test_every_named_command_exists(self) -> None:
        full = made_up_marts(NAMES)
        bare = with_rows(
            full,
            {
                BacktestSummaryRow: (),
                CalibrationBinRow: (),
                CandidateRow: full.rows(CandidateRow)[:1],
            },
        )
        seed = (PROJECT / "seeds/quality_thresholds.csv").read_text("utf-8")
        text = build_page(full, OPTIONS) + build_page(bare, OPTIONS) + seed
        text = re.sub(r"<(script|style).*?</\1>", "", text, flags=re.DOTALL)
        named = set(re.findall(r"(?:<code>|\brun |\bsee |\(|then )make (\w+)", text))
        assert {"backtest", "build", "explore", "run", "runs", "psql"} <= named
        makefile = (PROJECT / "Makefile").read_text("utf-8")
        assert all(re.search(rf"^{name}:", makefile, re.MULTILINE) for name in named)
        assert "dbt build" not in text


@pytest.mark.parametrize("least", [0.0, 0.015, 1.0])
def test_the_slider_starts_at_the_project_s_threshold(least: float) -> None:
    marts = made_up_marts([f"State {n}" for n in range(8)])
    drawn = graph(marts, least)
    assert drawn["thresholds"][drawn["start"]] == least
    shown = [edge for edge in drawn["edges"] if edge["probability"] >= least]
    assert len(shown) == sum(
        pair.probability >= least
        for pair in marts.rows(TransitionRow)
        if pair.from_state_id != pair.to_state_id
    )


def test_the_page_is_written_to_the_path_of_the_command_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    module = "user_states.explorer.page_file"
    monkeypatch.setattr(f"{module}.read_marts", lambda *_: made_up_marts(NAMES))
    monkeypatch.setattr(f"{module}.page_options", lambda _: OPTIONS)
    write_page(cast("DbtProject", None), Path("page.html"))
    assert (tmp_path / "page.html").stat().st_size < MAX_BYTES
