"""What the explorer's page says, without a browser."""

from __future__ import annotations

import dataclasses
import math
import re
from pathlib import Path
from typing import Any, cast

import pytest

from explore import write_page
from explorer.inline import chart_text
from explorer.key_figures import key_figures
from explorer.moves import graph
from explorer.page import MAX_BYTES, PageOptions, build_page
from explorer.state_view import state_views
from made_up_marts import made_up_marts
from pictures.mart_data import MartData
from warehouse.dbt_project import DbtProject

OPTIONS = PageOptions(lambda mart: f"marts.{mart}", min_edge_probability=0.01)
NAMES = ["Weekly", "Lapsed"]


def without_numbers(row: Any) -> Any:
    """Return a row of a mart whose numbers are NaN."""
    numbers = {
        field.name: math.nan
        for field in dataclasses.fields(row)
        if isinstance(getattr(row, field.name), float)
    }
    return dataclasses.replace(row, **numbers)


def changed(data: MartData, **of_mart: dict[str, Any]) -> MartData:
    """Return marts with other values in every row of some of them."""
    marts: dict[str, Any] = {
        mart: tuple(dataclasses.replace(row, **values) for row in getattr(data, mart))
        for mart, values in of_mart.items()
    }
    return dataclasses.replace(data, **marts)


class TestSomebodysText:
    def test_a_chart_reads_neither_tags_nor_formulas(self) -> None:
        written = chart_text("<b> & $x$ &copy;")
        assert written == "&lt;b&gt; &amp; &#36;x&#36; &amp;copy;"

    def test_a_name_does_not_end_the_comment_in_sql(self) -> None:
        data = made_up_marts(["one\n-- two\u2028three", "'; drop"])
        (view, *_) = state_views(data, OPTIONS.relation)
        assert view.sql.splitlines()[0].startswith("-- Users in “one -- two three”")
        assert view.sql.splitlines()[1].startswith("select")

    def test_a_key_does_not_end_the_string_in_sql(self) -> None:
        data = changed(made_up_marts(NAMES), states={"state_key": "it's"})
        (view, *_) = state_views(data, OPTIONS.relation)
        assert "state_key = 'it''s'\n" in view.sql

    def test_a_name_does_not_turn_the_order_of_the_text_after_it(self) -> None:
        page = build_page(made_up_marts(["three \u202eruof", "Lapsed"]), OPTIONS)
        assert "\u202e" not in page
        assert "three ruof" in page

    def test_a_very_long_city_is_cut(self) -> None:
        data = changed(made_up_marts(NAMES), journey_rides={"city": "x" * 100_000})
        page = build_page(data, OPTIONS)
        assert "x" * 119 + "…" in page
        assert "x" * 120 not in page


class TestWhatIsNotKnown:
    def test_is_a_dash_and_a_gap(self) -> None:
        full = made_up_marts(NAMES)
        unknown: dict[str, Any] = {
            field.name: tuple(map(without_numbers, getattr(full, field.name)))
            for field in dataclasses.fields(full)
            if isinstance(getattr(full, field.name), tuple)
        }
        page = build_page(dataclasses.replace(full, **unknown), OPTIONS)
        said = re.sub(r"<(script|style).*?</\1>", "", page, flags=re.DOTALL)
        assert not re.search(r"\bnan\b", said)

    def test_an_empty_state_is_not_said_to_be_like_everyone(self) -> None:
        data = changed(
            made_up_marts(NAMES),
            profiles={"standard_deviations_from_everyone": None},
        )
        (view, *_) = state_views(data, OPTIONS.relation)
        assert view.in_words == ["Nobody has been in it, so nothing is known of it."]

    def test_equal_weeks_have_no_state_that_grew_most(self) -> None:
        data = changed(
            made_up_marts(NAMES), sizes={"n_users": 100, "n_users_as_known": 100}
        )
        labels = [figure.label for figure in key_figures(data)]
        assert "users" in labels
        assert "grew most" not in labels
        assert "shrank most" not in labels


@pytest.mark.parametrize("least", [0.0, 0.015, 1.0])
def test_the_slider_begins_where_the_project_says(least: float) -> None:
    data = made_up_marts([f"State {n}" for n in range(8)])
    drawn = graph(data, least)
    assert drawn["thresholds"][drawn["start"]] == least
    shown = [edge for edge in drawn["edges"] if edge["probability"] >= least]
    assert len(shown) == sum(
        pair.probability >= least
        for pair in data.transitions
        if pair.from_state_id != pair.to_state_id
    )


def test_the_page_goes_where_the_command_line_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("explore.read_marts", lambda _: made_up_marts(NAMES))
    monkeypatch.setattr("explore.page_options", lambda _: OPTIONS)
    write_page(cast("DbtProject", None), Path("page.html"))
    assert (tmp_path / "page.html").stat().st_size < MAX_BYTES
