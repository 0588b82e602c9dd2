"""The page of any log: one state, twelve with long names, no money, no cities."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from browser import NO_BROWSER, browser_program, running_browser, visit
from made_up_marts import made_up_marts, with_rows
from user_states.explorer.page import build_page
from user_states.explorer.scene import PageOptions
from user_states.marts.crossing_rows import (
    NOT_KNOWN,
    CrossingFlowRow,
    CrossingRow,
)
from user_states.marts.customer_rows import ExampleWeekRow
from user_states.marts.experiment_rows import AudienceReturnRow
from user_states.marts.list_rows import ForecastRow
from user_states.marts.log_words import LogWords
from user_states.marts.mart_row import MartRow
from user_states.marts.marts import Marts
from user_states.marts.state_rows import AttributeRow, StayRow
from user_states.marts.trust_rows import BacktestSummaryRow, CalibrationBinRow
from user_states.marts.user_rows import JourneyRideRow, JourneyUserRow, JourneyWeekRow

OPTIONS = PageOptions(lambda mart: f"marts.{mart}", min_filter_users=60)
USUAL = ["Frequent, commuting", "Occasional", "Slowing down", "Silent for months"]
LONG = [
    f"Donaudampfschifffahrtsgesellschaftsfahrten und Weekend evenings, number {n}"
    for n in range(12)
]


# Columns of audience_returns that are null without prices.
RETURNS_OF_PRICES = (
    "margin_gained",
    "profit",
    "profit_low",
    "profit_high",
    "return_on_investment",
)
OTHER_MONEY = {JourneyRideRow: "price", ExampleWeekRow: "value"}


def without_money(marts: Marts) -> Marts:
    """Return marts of a log without prices."""
    tables: dict[type[MartRow], list[MartRow]] = {}
    for kind in marts.tables:
        names = [
            name
            for name in kind.__dataclass_fields__
            if "spend" in name or name == OTHER_MONEY.get(kind)
        ]
        if names:
            none: dict[str, Any] = dict.fromkeys(names)
            tables[kind] = [replace(row, **none) for row in marts.rows(kind)]
    kept = [row for row in marts.rows(ForecastRow) if row.target == "rides"]
    no_returns: dict[str, Any] = dict.fromkeys(RETURNS_OF_PRICES)
    returns = [
        replace(
            row,
            **no_returns,
            why_not_measured="This log has no prices.",
            verdict="not measured yet",
        )
        for row in marts.rows(AudienceReturnRow)
    ]
    return with_rows(marts, {**tables, ForecastRow: kept, AudienceReturnRow: returns})


def without_cities(marts: Marts) -> Marts:
    """Return marts of a log without cities and platforms."""
    tables: dict[type[MartRow], list[MartRow]] = {}
    for kind in marts.tables:
        if issubclass(kind, CrossingRow):
            tables[kind] = [
                replace(row, home_city=NOT_KNOWN, platform=NOT_KNOWN)
                for row in marts.rows(kind)
            ]
    return with_rows(marts, {**tables, AttributeRow: ()})


def without_history(marts: Marts) -> Marts:
    """Return marts of a young log: no flows, stays, backtest, forecasts or examples."""
    gone = (
        CrossingFlowRow,
        StayRow,
        BacktestSummaryRow,
        CalibrationBinRow,
        ForecastRow,
        JourneyWeekRow,
        JourneyRideRow,
        JourneyUserRow,
    )
    return with_rows(marts, dict.fromkeys(gone, ()))


LOGS: dict[str, Callable[[], Marts]] = {
    "usual": lambda: made_up_marts(USUAL),
    "one state": lambda: made_up_marts(["Everybody"]),
    "twelve states": lambda: made_up_marts(LONG),
    "no money": lambda: without_money(made_up_marts(USUAL)),
    "no cities": lambda: without_cities(made_up_marts(USUAL)),
    "young": lambda: without_history(made_up_marts(USUAL)),
    "purchases": lambda: made_up_marts(USUAL),
}
OF_PURCHASES = replace(OPTIONS, words=LogWords("purchases"))

# Words that belong to the analysts' part, and to SQL below a fold.
FOLD = r"<details[^>]*>(?:(?!<details).)*?</details>"
MODEL_TALK = re.compile(
    r"\b(nats?|champion|marts?|as known|posterior|settled|decoded?|log[- ]?loss|"
    r"log score|likelihood|p-value|significant\w*|hidden markov|regression|backtest|"
    r"calibrat\w+|brier|auc|bg/nbd|percentile|run_id)\b",
    re.IGNORECASE,
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Start the browser once."""
    with running_browser() as running:
        yield running


@pytest.fixture(scope="module")
def paths(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Write the page of every log."""
    folder = tmp_path_factory.mktemp("pages")
    written = {}
    for name, marts in LOGS.items():
        written[name] = folder / f"{name}.html"
        page = build_page(marts(), OF_PURCHASES if name == "purchases" else OPTIONS)
        written[name].write_text(page, "utf-8", newline="\n")
    return written


def first_level(page: str) -> str:
    """Return the text of all that is not for analysts, without SQL."""
    content = page[page.index("<main") : page.index("</main>")]
    content = re.sub(r'<section id="analysts".*?</section>', " ", content, flags=re.S)
    content = re.sub(
        r'<details class="fold for-analysts">.*?</details>', " ", content, flags=re.S
    )
    content = re.sub(r"<pre.*?</pre>", " ", content, flags=re.S)
    tips = " ".join(re.findall(r'data-tip="([^"]*)"', content))
    return f"{re.sub(r'<[^>]*>', ' ', content)} {tips}"


@pytest.mark.parametrize("log", LOGS)
class TestText:
    def test_the_first_level_has_no_model_talk(
        self, paths: dict[str, Path], log: str
    ) -> None:
        text = first_level(paths[log].read_text("utf-8"))
        assert sorted(set(MODEL_TALK.findall(text))) == []

    def test_tables_and_columns_are_named_in_folds_only(
        self, paths: dict[str, Path], log: str
    ) -> None:
        page = paths[log].read_text("utf-8")
        # Innermost folds first.
        while (bare := re.sub(FOLD, " ", page, flags=re.S)) != page:
            page = bare
        # A reader looks for a file by its name.
        text = re.sub(r"[\w/]+\.csv\b", " ", first_level(page))
        assert sorted(set(re.findall(r"\b[a-z]+_\w+", text))) == []

    def test_nothing_is_left_unsaid_by_accident(
        self, paths: dict[str, Path], log: str
    ) -> None:
        text = first_level(paths[log].read_text("utf-8"))
        assert not re.search(r"\b(None|nan|inf|Undefined)\b", text)
        assert "Markup(" not in text


def test_money_is_left_out_without_prices(paths: dict[str, Path]) -> None:
    text = paths["no money"].read_text("utf-8")
    assert "€" not in first_level(text)
    assert "Money, and longer spans" not in text
    assert "Share of all money" not in text


def test_a_young_log_has_no_empty_part(paths: dict[str, Path]) -> None:
    text = paths["young"].read_text("utf-8")
    for address in ("how-they-move", "one-story"):
        assert f'id="{address}"' not in text
    assert "No forecast has been compared with what came yet" in text


def test_one_state_needs_no_menus_and_no_map(paths: dict[str, Path]) -> None:
    text = paths["one state"].read_text("utf-8")
    assert 'id="one-state"' in text
    assert "data-pair=" not in text
    assert "When users ride" in text
    # A state that grows with all users is not drawn beside them.
    assert 'class="growth-rows"' not in text


@pytest.mark.skipif(browser_program() is None, reason=NO_BROWSER)
@pytest.mark.parametrize("log", LOGS)
class TestBrowser:
    @pytest.mark.parametrize("width", [390, 1280])
    def test_everything_unfolded_fits_the_screen_and_passes_axe(
        self, browser: Browser, paths: dict[str, Path], log: str, width: int
    ) -> None:
        with visit(browser, paths[log], width, dark=width == 390) as seen:
            for part in seen.page.locator(".part").all():
                seen.go(str(part.get_attribute("id")))
            seen.page.evaluate(
                "document.querySelectorAll('details').forEach(d => { d.open = true; })"
            )
            assert seen.page.evaluate("document.documentElement.scrollWidth") <= width
            report = Axe().run(seen.page)
            assert report.violations_count == 0, report.generate_report()
            empty = seen.page.evaluate(
                """() => [...document.querySelectorAll(".part-body")]
                    .filter(body => body.innerText.trim().length < 20)
                    .map(body => body.id)"""
            )
            assert empty == []

    def test_two_whole_lists_are_on_the_first_screen(
        self, browser: Browser, paths: dict[str, Path], log: str
    ) -> None:
        with visit(browser, paths[log]) as seen:
            assert seen.page.locator(".warning").count() == 1
            second = seen.page.locator(".list").nth(1).bounding_box()
            assert second
            assert second["y"] + second["height"] <= 900


@pytest.mark.skipif(browser_program() is None, reason=NO_BROWSER)
def test_two_states_are_at_most_three_screens_of_a_phone(
    browser: Browser, paths: dict[str, Path]
) -> None:
    with visit(browser, paths["usual"], 390) as seen:
        seen.go("one-state")
        first, second = (
            seen.page.locator(f'[data-pair="{place}"]') for place in (0, 1)
        )
        states = first.locator("option").evaluate_all("all => all.map(o => o.value)")
        pairs = list(itertools.permutations(states, 2))
        assert len(pairs) >= 12
        for one, other in pairs:
            first.select_option(one)
            second.select_option(other)
            box = seen.page.locator("#one-state").bounding_box()
            assert box
            assert box["height"] <= 3 * 844
