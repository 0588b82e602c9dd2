"""The explorer in a real browser: it shows what the marts say."""

from __future__ import annotations

import datetime
import re
import socket
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from unittest.mock import patch

import pytest
import yaml
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

import user_states.explorer.page as page_module
from browser import NO_BROWSER, Visit, browser_program, running_browser, visit
from conftest import PROJECT
from made_up_marts import (
    AS_OF_WEEK,
    CITIES,
    FEATURES,
    FLOW_WEEKS,
    SETTLING_WEEKS,
    empty_marts,
    made_up_marts,
    marts_as_declared,
    with_rows,
    with_values,
)
from user_states.errors import UserError
from user_states.explorer.all_sections import SECTIONS, rows_of_page
from user_states.explorer.newest_weeks import NewestWeeks
from user_states.explorer.page import MAX_BYTES, build_page, page_charts, page_views
from user_states.explorer.page_file import page_options, write_page
from user_states.explorer.section import PageOptions, Section
from user_states.explorer.sections.moves_flows import flows
from user_states.explorer.sections.moves_graph import THRESHOLDS
from user_states.explorer.sections.outlook_audiences import audience_views
from user_states.explorer.sections.overview_key_figures import key_figures
from user_states.explorer.sections.states_view import state_views
from user_states.figures.all_figures import FIGURES, rows_of_figures
from user_states.marts.feature_labels import FeatureLabels
from user_states.marts.forecast_models import ordered
from user_states.marts.history_rows import (
    FlowRow,
    SizeRow,
)
from user_states.marts.mart_reader import read_marts
from user_states.marts.mart_row import MartRow
from user_states.marts.marts import ALWAYS_READ, Marts
from user_states.marts.state_rows import (
    StateRow,
    TransitionRow,
)
from user_states.marts.trust_rows import (
    BacktestSummaryRow,
    CandidateRow,
)
from user_states.marts.user_rows import (
    JourneyRideRow,
    JourneyUserRow,
    JourneyWeekRow,
)
from user_states.warehouse.dbt_project import DbtProject
from user_states.warehouse.server import LocalServerAddress
from warehouse_setup import query

needs_browser = pytest.mark.skipif(browser_program() is None, reason=NO_BROWSER)

OPTIONS = PageOptions(lambda mart: f"marts.{mart}", min_edge_probability=0.01)
NASTY = "<img src=x onerror=alert(1)> & <a href='https://example.org'>rides</a>"
NAMES = {
    2: ["Weekly", NASTY],
    8: [f"Weekends, cash, several cities, number {n}" for n in range(8)],
    13: [
        f"Weekend evenings, cash, twice a month, in many cities {n}" for n in range(13)
    ],
}
# A treemap also draws its root, which is invisible.
TILES = ".slice"

TRY_TO_BREAK_OUT = """async (address) => {
    const refused = [];
    document.addEventListener("securitypolicyviolation",
        (event) => refused.push(event.effectiveDirective));
    await fetch(address).catch(() => null);
    new Image().src = address + "picture.png";
    const script = document.createElement("script");
    script.textContent = "window.hasRun = true";
    document.body.append(script);
    await new Promise((resolve) => setTimeout(resolve, 200));
    return {refused: refused.sort(), hasRun: window.hasRun === true};
}"""

# Scrolls tables to their right end; returns the places of first columns and captions.
SCROLL_ALL = """view => [...document.querySelectorAll(`#${view} .scrolled`)]
    .filter(box => box.scrollWidth > box.clientWidth && box.checkVisibility())
    .map(box => {
        box.scrollLeft = box.scrollWidth;
        const of = (selector, end) => {
            const found = box.querySelector(selector);
            return found ? found.getBoundingClientRect()[end] : 0;
        };
        return {
            left: box.getBoundingClientRect().left,
            first: of("tbody tr > :first-child", "left"),
            caption: of("caption span", "right"),
        };
    })"""

RIGHTMOST_MARK = """view => {
    const marks = document.querySelectorAll(
        `#${view} .main-svg, #${view} .sankey-node rect, #${view} th:last-child`);
    const left = document.body.getBoundingClientRect().left;
    return Math.max(...[...marks].map(m => m.getBoundingClientRect().right - left));
}"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Start the browser once."""
    with running_browser() as running:
        yield running


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[int, tuple[Marts, Path]]:
    """Write pages of two, eight and thirteen states."""
    folder = tmp_path_factory.mktemp("a folder with spaces, ü")
    written = {}
    for n_states, names in NAMES.items():
        marts = made_up_marts(names)
        path = folder / f"{n_states}.html"
        path.write_text(build_page(marts, OPTIONS), "utf-8", newline="\n")
        written[n_states] = (marts, path)
    return written


@pytest.fixture(scope="module")
def open_page(
    browser: Browser, pages: dict[int, tuple[Marts, Path]]
) -> Iterator[Visit]:
    """Open the page of two states once, because it takes seconds."""
    with visit(browser, pages[2][1]) as seen:
        yield seen


@pytest.fixture
def two(
    open_page: Visit, pages: dict[int, tuple[Marts, Path]]
) -> Iterator[tuple[Marts, Visit]]:
    """Show the overview of the page of two states; controls keep their values."""
    open_page.go("overview")
    yield pages[2][0], open_page
    assert open_page.complaints == []


def views_of(marts: Marts) -> list[str]:
    """Return the address of every part of a page."""
    states = [f"state-{state.state_id}" for state in marts.states]
    return ["overview", *states, "moves", "outlook", "quality", "about"]


def newest_shares(page: Page) -> list[float]:
    """Return the newest week's share of every band, from the bottom up."""
    found: list[float] = page.evaluate(
        "document.getElementById('chart-sizes-users').data.map(t => t.y.at(-1))"
    )
    return found


def table_of(page: Page, selector: str) -> list[list[str]]:
    """Return the texts of a table's body, row by row."""
    return [
        [cell.strip() for cell in row.locator("th, td").all_text_contents()]
        for row in page.locator(f"{selector} tbody tr").all()
    ]


@needs_browser
class TestCharts:
    @pytest.mark.parametrize("n_states", NAMES)
    def test_every_chart_draws_all_its_marks(
        self, browser: Browser, pages: dict[int, tuple[Marts, Path]], n_states: int
    ) -> None:
        marts, path = pages[n_states]
        n_models = len(ordered(marts.rows(BacktestSummaryRow)))
        with visit(browser, path) as seen:
            assert seen.count(f"#chart-treemap-users {TILES}") == n_states + 2
            assert seen.count("#chart-sizes-users .scatterlayer .trace") == n_states + 1
            for state in marts.model_states:
                seen.go(f"state-{state.state_id}")
                here = f"#state-{state.state_id}"
                marks = {
                    "fingerprint": (".bars .point", len(FEATURES)),
                    "hours": (".bars .point", 24),
                    "weekdays": (".bars .point", 7),
                    "stay": (".scatterlayer .js-line", 2),
                }
                for name, (mark, expected) in marks.items():
                    chart = f"[data-chart={name}-{state.state_id}]"
                    assert seen.count(f"{here} {chart} {mark}") == expected
                assert seen.count(f"{here} .rhythm rect") == 7 * 24
                assert seen.count(f"{here} .strip") == 2
                assert seen.count(f"{here} .strip rect") == 2 * 26
            seen.go("outlook")
            assert seen.count("[data-chart=backtest] .point") == n_models - 1
            # The line of perfect calibration has no points.
            assert seen.count("[data-chart=calibration] .point") == 10
            seen.go("quality")
            n_tried = len(marts.rows(CandidateRow))
            assert seen.count("[data-chart=selection] .point") == n_tried

    def test_no_chart_is_missing_or_empty(
        self, browser: Browser, pages: dict[int, tuple[Marts, Path]]
    ) -> None:
        marts, path = pages[8]
        with visit(browser, path) as seen:
            for view in views_of(marts):
                seen.go(view)
            places = seen.page.locator("[data-chart]")
            names = {place.get_attribute("data-chart") for place in places.all()}
            others = {"treemap-rides", "sizes-shares"}
            assert names | others == set(page_charts(page_views(marts, OPTIONS)))
            for place in places.all():
                assert place.locator("svg.main-svg").count() > 0

    def test_the_choice_between_users_and_rides_changes_the_tiles(
        self, two: tuple[Marts, Visit]
    ) -> None:
        marts, seen = two

        def texts() -> str:
            return " ".join(
                seen.page.locator(f"#chart-treemap-users {TILES}").all_text_contents()
            )

        seen.page.get_by_label("users in the newest week").check()
        assert f"{marts.states[0].n_users:,} ·" in texts()
        seen.page.get_by_label("rides over all weeks").check()
        assert f"{marts.states[0].n_rides:,} ·" in texts()
        assert f"{marts.states[0].n_users:,} ·" not in texts()

    def test_bands_as_shares_sum_to_one(self, two: tuple[Marts, Visit]) -> None:
        marts, seen = two
        seen.page.get_by_label("shares of users").check()
        shares = newest_shares(seen.page)
        assert len(shares) == len(marts.states)
        assert sum(shares) == pytest.approx(1, abs=1e-5)


@needs_browser
class TestDrillDown:
    def test_a_tile_opens_its_state_and_back_returns(
        self, two: tuple[Marts, Visit]
    ) -> None:
        marts, seen = two
        seen.page.locator(
            f"#chart-treemap-users {TILES}", has_text="Weekly"
        ).last.click()
        seen.page.wait_for_selector("#state-1:not([hidden])")
        assert seen.page.url.endswith("#state-1")
        assert seen.count(".view:not([hidden])") == 1
        assert seen.page.locator("#state-choice").input_value() == "state-1"
        focused = seen.page.evaluate("document.activeElement.textContent")
        assert focused.strip() == marts.states[0].state_name
        seen.page.go_back()
        seen.page.wait_for_selector("#overview:not([hidden])")
        assert seen.count(".view:not([hidden])") == 1

    def test_a_click_on_a_band_opens_its_state(self, two: tuple[Marts, Visit]) -> None:
        marts, seen = two
        seen.page.get_by_label("shares of users").check()
        area = seen.page.locator("#chart-sizes-users .nsewdrag")
        below = 0.0
        # The first trace, at the bottom, is the last state.
        for state, share in zip(
            reversed(marts.states), newest_shares(seen.page), strict=True
        ):
            seen.go("overview")
            area.scroll_into_view_if_needed()
            box = area.bounding_box()
            assert box is not None
            above = 1 - (below + share / 2)
            x, y = box["x"] + box["width"] - 2, box["y"] + above * box["height"]
            seen.page.mouse.move(x, y)
            seen.page.mouse.click(x, y)
            seen.page.wait_for_selector(f"#state-{state.state_id}:not([hidden])")
            below += share

    def test_a_name_in_the_graph_opens_its_state(
        self, two: tuple[Marts, Visit]
    ) -> None:
        _, seen = two
        seen.go("moves")
        seen.page.locator("#graph .annotation", has_text="Weekly").click()
        seen.page.wait_for_selector("#state-1:not([hidden])")

    def test_navigation_by_keyboard(self, two: tuple[Marts, Visit]) -> None:
        _, seen = two
        page = seen.page
        page.reload()
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "skip"
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "main"
        page.locator("nav a", has_text="Moves").focus()
        page.keyboard.press("Enter")
        page.wait_for_selector("#moves:not([hidden])")
        assert page.evaluate("document.activeElement.id") == "moves-title"
        current = page.locator("nav a[aria-current=page]").all_text_contents()
        assert current == ["Moves"]

    def test_arrow_keys_step_through_the_states(self, two: tuple[Marts, Visit]) -> None:
        marts, seen = two
        page = seen.page
        page.locator("#state-choice").focus()
        for state in marts.states:
            page.keyboard.press("ArrowDown")
            page.wait_for_selector(f"#state-{state.state_id}:not([hidden])")
            assert page.evaluate("document.activeElement.id") == "state-choice"
            assert page.title().startswith(state.state_name)
        page.go_back()
        page.wait_for_selector("#overview:not([hidden])")
        assert page.locator("#state-choice").input_value() == ""

    @pytest.mark.parametrize("address", ["main", "%E0%A4%A"])
    def test_an_unknown_address_opens_the_overview(
        self, two: tuple[Marts, Visit], address: str
    ) -> None:
        _, seen = two
        seen.page.goto(seen.page.url.partition("#")[0] + f"#{address}")
        seen.page.reload()
        shown = seen.page.locator(".view:not([hidden])")
        assert [view.get_attribute("id") for view in shown.all()] == ["overview"]
        assert seen.count(f"#chart-treemap-users {TILES}") > 0


@needs_browser
class TestMoves:
    def test_the_slider_changes_the_arrows(
        self, browser: Browser, pages: dict[int, tuple[Marts, Path]]
    ) -> None:
        marts, path = pages[8]
        moves = [
            pair.probability
            for pair in marts.rows(TransitionRow)
            if pair.from_state_id != pair.to_state_id
        ]
        counts = []
        with visit(browser, path) as seen:
            seen.go("moves")
            slider = seen.page.locator("#threshold")
            slider.focus()
            seen.page.keyboard.press("Home")
            for threshold in THRESHOLDS:
                counts.append(seen.count("#graph .scatterlayer .js-line"))
                assert counts[-1] == sum(p >= threshold for p in moves)
                text = seen.page.locator("#edge-count").text_content()
                assert text == f"{counts[-1]} of {len(moves)} moves"
                seen.page.keyboard.press("ArrowRight")
        assert counts[0] > counts[-1]

    def test_zoom_keeps_its_centre_and_can_be_reset(
        self, two: tuple[Marts, Visit]
    ) -> None:
        _, seen = two
        seen.go("moves")

        def ranges() -> list[list[float]]:
            found: list[list[float]] = seen.page.evaluate(
                "['xaxis', 'yaxis'].map("
                "axis => document.getElementById('graph').layout[axis].range)"
            )
            return found

        seen.page.get_by_role("button", name="Whole graph").click()
        whole = ranges()
        seen.page.get_by_role("button", name="Zoom in").click()
        near = ranges()
        for (low, high), (near_low, near_high) in zip(whole, near, strict=True):
            assert near_high - near_low == pytest.approx(0.7 * (high - low))
            assert near_high + near_low == pytest.approx(high + low)
        seen.page.get_by_role("button", name="Whole graph").click()
        # Plotly widens one of the ranges to keep the aspect ratio.
        assert ranges() == [pytest.approx(range_, rel=0.01) for range_ in whole]

    def test_flows_between_any_two_weeks_equal_the_mart(
        self, two: tuple[Marts, Visit]
    ) -> None:
        marts, seen = two
        names = {state.state_id: state.state_name for state in marts.states}
        seen.go("moves")
        seen.page.get_by_label("with users who stayed").check()
        weeks = sorted(
            {flow.from_week_start for flow in marts.rows(FlowRow)} | {AS_OF_WEEK}
        )
        assert len(weeks) == len(FLOW_WEEKS)
        seen.page.get_by_label("in hindsight", exact=True).check()
        for place, first in enumerate(weeks):
            for second in weeks[place + 1 :]:
                seen.page.locator("#flow-to").select_option(str(weeks[-1]))
                seen.page.locator("#flow-from").select_option(str(first))
                seen.page.locator("#flow-to").select_option(str(second))
                shown = Counter(
                    (one, other, int(n.replace(",", "")))
                    for one, other, n in table_of_flows(seen.page)
                    if one != "New in between"
                )
                assert shown == Counter(
                    (names[flow.from_state_id], names[flow.to_state_id], flow.n_users)
                    for flow in marts.rows(FlowRow)
                    if (flow.from_week_start, flow.to_week_start) == (first, second)
                )
        links = len(table_of_flows(seen.page))
        assert seen.count("#sankey .sankey-link") == links

    def test_settled_weeks_are_shown_first_and_others_are_marked(
        self, two: tuple[Marts, Visit]
    ) -> None:
        _, seen = two
        page = seen.page
        page.reload()
        seen.go("moves")
        settled = str(AS_OF_WEEK - datetime.timedelta(weeks=SETTLING_WEEKS))
        unsettled = page.locator("#flow-unsettled")
        assert page.locator("#flow-to").input_value() == settled
        assert f"to the week of {settled}, states in hindsight" in words_of_flows(page)
        assert not unsettled.is_visible()
        page.locator("#flow-to").select_option(str(AS_OF_WEEK))
        assert f"to the week of {AS_OF_WEEK}" in words_of_flows(page)
        assert f"Weeks up to {settled} are settled" in (unsettled.text_content() or "")
        assert unsettled.is_visible()

    def test_flows_as_known_offer_the_weeks_with_states_as_known(
        self, two: tuple[Marts, Visit]
    ) -> None:
        marts, seen = two
        page = seen.page
        seen.go("moves")
        page.get_by_label("as known at the time").check()
        assert not page.locator("#flow-unsettled").is_visible()
        offered = page.locator("#flow-from option").all_text_contents()
        known = [
            flow for flow in marts.rows(FlowRow) if flow.n_users_as_known is not None
        ]
        assert offered == sorted(
            {str(flow.from_week_start) for flow in known} | {str(AS_OF_WEEK)}
        )
        first, second = offered[0], offered[-1]
        assert f"from the week of {first} to the week of {second}, states as known" in (
            words_of_flows(page)
        )
        shown = Counter(
            int(n.replace(",", ""))
            for one, _, n in table_of_flows(page)
            if one != "New in between"
        )
        assert shown == Counter(
            flow.n_users_as_known
            for flow in known
            if (str(flow.from_week_start), str(flow.to_week_start)) == (first, second)
            and flow.n_users_as_known
        )

    def test_the_first_week_stays_before_the_second(
        self, two: tuple[Marts, Visit]
    ) -> None:
        marts, seen = two
        weeks = sorted({str(flow.from_week_start) for flow in marts.rows(FlowRow)})
        seen.go("moves")
        seen.page.get_by_label("in hindsight", exact=True).check()
        seen.page.locator("#flow-from").select_option(str(AS_OF_WEEK))
        chosen = [
            seen.page.locator(f"#flow-{end}").input_value() for end in ("from", "to")
        ]
        assert chosen[0] < chosen[1]
        seen.page.locator("#flow-to").select_option(weeks[0])
        chosen = [
            seen.page.locator(f"#flow-{end}").input_value() for end in ("from", "to")
        ]
        assert chosen[0] < chosen[1]

    def test_without_those_who_stayed(self, two: tuple[Marts, Visit]) -> None:
        _, seen = two
        seen.go("moves")
        seen.page.get_by_label("with users who stayed").uncheck()
        assert all(row[0] != row[1] for row in table_of_flows(seen.page))


def table_of_flows(page: Page) -> list[list[str]]:
    """Return the rows of the table of flows, which exists even while it is closed."""
    return table_of(page, "#flow-table")


def words_of_flows(page: Page) -> str:
    """Return the sentence that says which flows are shown."""
    return page.locator("#flow-words").text_content() or ""


@needs_browser
class TestNumbers:
    def test_the_overview_shows_the_numbers_of_the_marts(
        self, two: tuple[Marts, Visit]
    ) -> None:
        marts, seen = two
        rows = table_of(seen.page, "#sizes")
        assert [row[0] for row in rows] == [s.state_name for s in marts.states]
        assert [row[1] for row in rows] == [f"{s.n_users:,}" for s in marts.states]
        changes = table_of(seen.page, "#changes")
        known = {
            (row.week_start, row.state_id): f"{row.n_users_as_known:,}"
            for row in marts.rows(SizeRow)
        }
        week_before = AS_OF_WEEK - datetime.timedelta(weeks=1)
        assert [row[1:3] for row in changes] == [
            [known[week_before, s.state_id], known[AS_OF_WEEK, s.state_id]]
            for s in marts.states
        ]
        figures = seen.page.locator("#overview .key-figures dd").all_text_contents()
        newest = [row for row in marts.rows(SizeRow) if row.week_start == AS_OF_WEEK]
        assert figures[0] == f"{sum(row.n_users for row in newest):,}"
        assert figures[2] == f"{sum(row.n_rides for row in newest):,}"

    def test_warnings_are_first_and_show_their_limits(
        self, two: tuple[Marts, Visit]
    ) -> None:
        _, seen = two
        rows = table_of(seen.page, "#checks")
        verdicts = [row[1] for row in rows]
        assert verdicts == ["⚠ warning", "– not measured", "✓ fine"]
        assert rows[0][3:5] == ["3.1%", "2.0%"]
        assert rows[1][3] == "–"
        remarks = seen.page.locator("#remarks li").all_text_contents()
        assert remarks == [
            (
                "⚠ How many rides were set aside? Found 3.1% (all rides); the limit is "
                "2.0%. One ride in 32. Look at int_rejected_rides."
            ),
            (
                "– Are the forecasts right on average? Not measured (published). There "
                "is no backtest."
            ),
        ]
        assert "1 warning" in (
            seen.page.locator("header .warning").text_content() or ""
        )

    def test_evidence_of_a_journey(self, two: tuple[Marts, Visit]) -> None:
        _, seen = two
        seen.go("state-1")
        journey = seen.page.locator("#state-1 .journey").first
        if not journey.locator("table").is_visible():
            journey.locator("summary").click()
        assert journey.locator("table").is_visible()
        cities = journey.locator("tbody td:nth-child(3)").all_text_contents()
        assert sorted(cities) == sorted(CITIES)

    def test_sql_is_copied(self, two: tuple[Marts, Visit]) -> None:
        _, seen = two
        seen.go("state-1")
        seen.page.locator("#state-1 .copy").click()
        seen.page.wait_for_selector("#state-1 .copy:has-text('Copied')")
        copied = seen.page.evaluate("navigator.clipboard.readText()")
        assert copied == seen.page.locator("#sql-1").text_content()
        assert "states.state_key = 'key_1'" in copied

    def test_audiences_show_their_description_and_users_to_contact(
        self, two: tuple[Marts, Visit]
    ) -> None:
        _, seen = two
        seen.go("outlook")
        assert table_of(seen.page, "#audiences") == [
            ["Ready to ride", "Will probably ride next week.", "0", "0", "0"],
            ["Win back", "Rode often once, and has been away.", "120", "109", "11"],
        ]
        audience = seen.page.locator("#outlook article", has_text="Win back")
        assert "which may be chance" in (audience.text_content() or "")
        audience.locator("summary").click()
        audience.locator(".copy").click()
        audience.locator(".copy", has_text="Copied").wait_for()
        copied = seen.page.evaluate("navigator.clipboard.readText()")
        assert "audiences.audience = 'win_back'" in copied


@needs_browser
class TestContents:
    def test_every_section_can_be_reached_by_keyboard(
        self, two: tuple[Marts, Visit]
    ) -> None:
        marts, seen = two
        page = seen.page
        for view in views_of(marts):
            seen.go(view)
            links = page.locator(f"#{view} .contents a").all()
            headings = page.locator(f"#{view} > h3").all_text_contents()
            own = [link for link in links if link.text_content() != "Glossary"]
            if view == "about":
                own = links
            assert len(own) > 1
            assert [link.text_content() for link in own] == [
                text.strip() for text in headings
            ]
            for link in own:
                link.focus()
                page.keyboard.press("Enter")
                title = link.text_content() or ""
                page.wait_for_function(
                    "title => document.activeElement.textContent.trim() === title"
                    " && document.activeElement.tagName === 'H3'",
                    arg=title,
                )
                top = page.evaluate(
                    "document.activeElement.getBoundingClientRect().top"
                )
                assert 0 <= top < 900, (view, title)
                assert page.locator(f"#{view}").is_visible()

    def test_the_address_of_a_section_opens_its_part_at_the_section(
        self, two: tuple[Marts, Visit]
    ) -> None:
        _, seen = two
        address = seen.page.url.partition("#")[0]
        # Leave the page first: a change of the fragment alone does not load it again.
        seen.page.goto("about:blank")
        seen.page.goto(f"{address}#state-1-stay")
        shown = seen.page.locator(".view:not([hidden])")
        assert [view.get_attribute("id") for view in shown.all()] == ["state-1"]
        top = seen.page.evaluate(
            "document.getElementById('state-1-stay').getBoundingClientRect().top"
        )
        assert 0 <= top < 900
        current = seen.page.locator("#state-choice").input_value()
        assert current == "state-1"


class TestSafety:
    @needs_browser
    def test_a_malicious_name_or_city_stays_text(
        self, two: tuple[Marts, Visit]
    ) -> None:
        marts, seen = two
        for view in views_of(marts):
            seen.go(view)
        assert seen.count("img") == 0
        assert seen.count("a[href^='http'], a[*|href^='http']") == 0
        heading = seen.page.locator("#state-2 h2").text_content() or ""
        assert heading.strip() == NASTY
        cities = seen.page.locator("#state-1 table", has_text="City").first
        assert CITIES[-1] in (cities.text_content() or "")

    @needs_browser
    def test_the_policy_refuses_requests_and_foreign_scripts(
        self, browser: Browser, pages: dict[int, tuple[Marts, Path]]
    ) -> None:
        _, path = pages[2]
        with (
            socket.create_server(("127.0.0.1", 0)) as server,
            visit(browser, path) as seen,
        ):
            outcome = seen.page.evaluate(
                TRY_TO_BREAK_OUT, f"http://127.0.0.1:{server.getsockname()[1]}/"
            )
            server.setblocking(False)
            with pytest.raises(BlockingIOError):
                server.accept()
            assert outcome == {
                "refused": ["connect-src", "img-src", "script-src-elem"],
                "hasRun": False,
            }
            # The browser reports the three refused requests, as it should.
            seen.complaints.clear()

    def test_the_policy_allows_no_address_and_nothing_unsafe(
        self, pages: dict[int, tuple[Marts, Path]]
    ) -> None:
        _, path = pages[2]
        policy = re.search(r'Policy" content="([^"]*)"', path.read_text("utf-8"))
        assert policy is not None
        assert "unsafe" not in policy.group(1)
        assert "http" not in policy.group(1)
        assert policy.group(1).startswith("default-src &#39;none&#39;; script-src")


@needs_browser
class TestReaders:
    @pytest.mark.parametrize("width", [360, 1200])
    def test_nothing_is_wider_than_the_screen(
        self, browser: Browser, pages: dict[int, tuple[Marts, Path]], width: int
    ) -> None:
        _, path = pages[13]
        with visit(browser, path, width) as seen:
            for view in ("overview", "state-1", "moves", "outlook", "quality", "about"):
                seen.go(view)
                needed = seen.page.evaluate("document.documentElement.scrollWidth")
                assert needed <= width, view

    def test_names_and_captions_stay_while_a_table_scrolls_on_a_phone(
        self, browser: Browser, pages: dict[int, tuple[Marts, Path]]
    ) -> None:
        _, path = pages[13]
        with visit(browser, path, 360) as seen:
            for view in ("outlook", "quality"):
                seen.go(view)
                moved = seen.page.evaluate(SCROLL_ALL, view)
                assert len(moved) > 2
                for table in moved:
                    assert table["first"] == pytest.approx(table["left"], abs=1)
                    assert table["caption"] <= 360

    def test_the_accessibility_checks_of_axe_pass(
        self, two: tuple[Marts, Visit]
    ) -> None:
        _, seen = two
        for view in ("overview", "state-1", "moves", "outlook", "quality", "about"):
            seen.go(view)
            report = Axe().run(seen.page)
            assert report.violations_count == 0, report.generate_report()

    def test_every_part_is_visible_without_scripts(
        self, browser: Browser, pages: dict[int, tuple[Marts, Path]]
    ) -> None:
        marts, path = pages[2]
        with visit(browser, path, with_scripts=False) as seen:
            for view in views_of(marts):
                assert seen.page.locator(f"#{view}").is_visible()
            shown = flows(marts).kinds["hindsight"]
            assert f"{shown.start[0]} to the week of {shown.start[1]}" in (
                words_of_flows(seen.page)
            )
            assert len(table_of_flows(seen.page)) == len(shown.rows_at_start) > 4

    def test_printing_shows_the_open_part(self, two: tuple[Marts, Visit]) -> None:
        _, seen = two
        seen.go("state-1")
        printed = seen.page.pdf()
        assert printed.startswith(b"%PDF")
        seen.page.emulate_media(media="print")
        assert not seen.page.locator("nav >> visible=true").count()
        assert seen.page.locator("#state-1 .chart").first.is_visible()
        seen.page.emulate_media(media="screen")

    def test_wide_tables_fit_the_paper(
        self, browser: Browser, pages: dict[int, tuple[Marts, Path]]
    ) -> None:
        _, path = pages[13]
        with visit(browser, path) as seen:
            for view in ("overview", "moves", "outlook", "quality"):
                seen.go(view)
                seen.page.evaluate("dispatchEvent(new Event('beforeprint'))")
                seen.page.emulate_media(media="print")
                assert seen.page.evaluate(RIGHTMOST_MARK, view) <= 688, view
                seen.page.emulate_media(media="screen")
                seen.page.evaluate("dispatchEvent(new Event('afterprint'))")

    def test_charts_fit_the_paper_and_their_tables_are_printed(
        self, two: tuple[Marts, Visit]
    ) -> None:
        _, seen = two
        for view in ("state-1", "moves"):
            seen.go(view)
            details = seen.page.locator(f"#{view} details:not(.evidence)").first
            assert not details.locator("table").is_visible()
            seen.page.evaluate("dispatchEvent(new Event('beforeprint'))")
            seen.page.emulate_media(media="print")
            assert details.locator("table").is_visible()
            if view == "moves":
                assert not seen.page.locator("#flow-to").is_visible()
                assert seen.page.locator("#flow-words").is_visible()
            # The width of A4 without its margins, in pixels.
            assert seen.page.evaluate(RIGHTMOST_MARK, view) <= 688
            seen.page.emulate_media(media="screen")
            seen.page.evaluate("dispatchEvent(new Event('afterprint'))")
            assert not details.locator("table").is_visible()
            assert seen.page.evaluate(RIGHTMOST_MARK, view) > 688


class TestChanges:
    def test_changes_compare_states_as_known_not_in_hindsight(self) -> None:
        before, now = AS_OF_WEEK - datetime.timedelta(weeks=1), AS_OF_WEEK
        # In hindsight the first state shrinks from 60 to 50 of 100; as known it grew.
        sizes = (
            SizeRow(before, 1, 60, 0.6, 9, 40, False),
            SizeRow(before, 2, 40, 0.4, 9, 40, False),
            SizeRow(now, 1, 50, 0.5, 9, 60, False),
            SizeRow(now, 2, 50, 0.5, 9, 20, False),
        )
        marts = with_rows(made_up_marts(["A", "B"]), {SizeRow: sizes})
        assert NewestWeeks.of(marts).change_in_points(1) == pytest.approx(25)
        figures = {figure.label: figure for figure in key_figures(marts)}
        assert figures["grew most"].value == "A"
        assert figures["grew most"].note == (
            "20 users more than in the week before; its share of users +25.0 points"
        )
        assert figures["shrank most"].value == "B"
        assert figures["users"].note == "+0 (±0.0%) from the week before"

    def test_a_week_that_was_not_recorded_has_no_change(self) -> None:
        marts = with_values(
            made_up_marts(["A", "B"]), {SizeRow: {"n_users_as_known": None}}
        )
        weeks = NewestWeeks.of(marts)
        assert weeks.change_in_points(1) is None
        assert "no states as known at the time" in weeks.why_unknown
        assert weeks.why_unknown in build_page(marts, OPTIONS)
        labels = [figure.label for figure in key_figures(marts)]
        assert "grew most" not in labels


class TestSections:
    MARTS = made_up_marts(NAMES[2])

    @pytest.mark.parametrize("section", SECTIONS, ids=lambda section: section.address)
    def test_a_section_reads_exactly_what_it_declares(self, section: Section) -> None:
        marts = marts_as_declared(section.reads)
        section.view(marts, OPTIONS)
        assert set(section.reads) <= marts.classes_read

    def test_rows_that_were_not_read_say_what_to_add(self) -> None:
        with pytest.raises(LookupError, match="add FlowRow to `reads`"):
            Marts("EUR", FeatureLabels([], "EUR"), {}).rows(FlowRow)

    def test_a_new_section_is_a_template_and_a_line(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The page is built from the list of sections; no other code names them."""
        (about,) = [each for each in SECTIONS if each.address == "about"]
        another = replace(about, address="cohorts", title="Cohorts")
        monkeypatch.setattr(page_module, "SECTIONS", (*SECTIONS, another))
        page = build_page(self.MARTS, OPTIONS)
        assert '<li><a href="#cohorts">Cohorts</a></li>' in page
        assert page.count('<dl class="words">') == 2


class TestPage:
    def test_equal_marts_give_equal_pages_below_the_size_limit(self) -> None:
        pages = {build_page(made_up_marts(NAMES[13]), OPTIONS) for _ in range(2)}
        assert len(pages) == 1
        assert len(pages.pop().encode()) < MAX_BYTES

    def test_a_page_that_grows_too_large_says_what_to_lower(self) -> None:
        marts = made_up_marts(NAMES[2])
        values = {"description": "x" * (MAX_BYTES // 2)}
        with pytest.raises(UserError, match="lower the vars explorer_journeys"):
            build_page(with_values(marts, {StateRow: values}), OPTIONS)

    def test_no_model_says_what_to_run(self) -> None:
        marts = with_rows(made_up_marts(NAMES[2]), {StateRow: ()})
        with pytest.raises(UserError, match="found no states in the marts"):
            build_page(marts, OPTIONS)

    @needs_browser
    def test_marts_that_only_have_states(
        self, browser: Browser, tmp_path: Path
    ) -> None:
        full = made_up_marts(NAMES[2])
        kept = {row_class: full.rows(row_class) for row_class in ALWAYS_READ}
        path = tmp_path / "empty.html"
        path.write_text(build_page(with_rows(empty_marts(), kept), OPTIONS), "utf-8")
        with visit(browser, path) as seen:
            for view in views_of(full):
                seen.go(view)
            assert seen.count("#sankey") == 0


class TestWarehouse:
    def test_the_page_of_a_warehouse(
        self,
        published_warehouse: LocalServerAddress,
        project: DbtProject,
        tmp_path: Path,
    ) -> None:
        marts = read_marts(project, rows_of_page())
        path = tmp_path / "folder" / "page.html"
        write_page(project, path)
        page = path.read_text("utf-8")
        assert page == build_page(marts, page_options(project))
        users = query(published_warehouse, "select user_id from marts.users")
        assert len(users) > 100
        shown = [user_id for (user_id,) in users if user_id in page]
        assert shown == []
        rides = query(
            published_warehouse, "select ride_id from marts.example_journey_rides"
        )
        assert len(rides) == len(marts.rows(JourneyRideRow)) > 0
        assert not any(ride_id in page for (ride_id,) in rides)

    @pytest.mark.parametrize(
        ("name", "row_classes"),
        [("explorer", rows_of_page()), ("figures", rows_of_figures(FIGURES))],
    )
    def test_the_marts_read_are_those_that_the_exposure_declares(
        self,
        published_warehouse: LocalServerAddress,
        project: DbtProject,
        name: str,
        row_classes: list[type[MartRow]],
    ) -> None:
        declared = yaml.safe_load((PROJECT / "models/exposures.yml").read_text("utf-8"))
        marts = {
            re.sub(r"ref\('(\w+)'\)", r"\1", ref)
            for exposure in declared["exposures"]
            if exposure["name"] == name
            for ref in exposure["depends_on"]
        }
        with patch.object(project, "relation", wraps=project.relation) as relation:
            read_marts(project, row_classes)
        assert {call.args[0] for call in relation.call_args_list} == marts

    def test_a_state_s_sql_returns_its_users(
        self, published_warehouse: LocalServerAddress, project: DbtProject
    ) -> None:
        marts = read_marts(project, rows_of_page())
        for view in state_views(marts, page_options(project).name_in_sql):
            found = query(published_warehouse, view.sql)
            assert len(found) == view.state.n_users

    def test_an_audience_s_sql_returns_the_users_to_contact(
        self, published_warehouse: LocalServerAddress, project: DbtProject
    ) -> None:
        marts = read_marts(project, rows_of_page())
        views = audience_views(marts, page_options(project).name_in_sql)
        definitions = query(
            published_warehouse,
            "select audience, description from seeds.audience_definitions "
            "order by audience",
        )
        assert [(view.name, view.description) for view in views] == definitions
        assert sum(view.n_to_act_on for view in views) > 0
        for view in views:
            found = query(published_warehouse, view.sql)
            assert len(found) == view.n_to_act_on

    def test_flows_and_new_users_sum_to_the_users_of_the_week(
        self, published_warehouse: LocalServerAddress, project: DbtProject
    ) -> None:
        marts = read_marts(project, rows_of_page())
        found = flows(marts)
        assert set(found.kinds) == {"hindsight", "known"}
        for name, kind in found.kinds.items():
            column = "n_users" if name == "hindsight" else "n_users_as_known"
            assert len(kind.weeks) > 4
            assert kind.start[0] < kind.start[1] <= kind.weeks[-1]
            sizes = [
                (str(s.week_start), s.state_id, getattr(s, column))
                for s in marts.rows(SizeRow)
            ]
            for pair, rows in kind.pairs.items():
                arrived: Counter[int] = Counter()
                for _, to_state, n_users in rows:
                    arrived[to_state] += n_users
                week = pair.split("|")[1]
                assert dict(arrived) == {s: n for w, s, n in sizes if w == week and n}

    def test_ids_are_shown_if_the_project_says_so(
        self, published_warehouse: LocalServerAddress, project: DbtProject
    ) -> None:
        with patch.dict(project.vars, {"explorer_shows_user_ids": True}):
            marts = read_marts(project, rows_of_page())
        page = build_page(marts, page_options(project))
        ids = query(
            published_warehouse, "select distinct user_id from marts.example_journeys"
        )
        assert {user.user_id for user in marts.rows(JourneyUserRow)} == {
            i for (i,) in ids
        }
        assert all(f"<h4>{user_id}</h4>" in page for (user_id,) in ids)

    @pytest.mark.parametrize("n_journeys", [0, 1])
    def test_fewer_examples_take_effect_without_a_build(
        self,
        published_warehouse: LocalServerAddress,
        project: DbtProject,
        n_journeys: int,
    ) -> None:
        lowered = {
            "explorer_journeys": n_journeys,
            "explorer_journey_weeks": 5,
            "explorer_shows_user_ids": True,
        }
        with patch.dict(project.vars, lowered):
            marts = read_marts(project, rows_of_page())
        page = build_page(marts, page_options(project))
        hidden = query(
            published_warehouse,
            "select user_id from marts.example_journeys group by user_id "
            f"having max(journey_number) > {n_journeys}",
        )
        assert hidden
        assert not any(user_id in page for (user_id,) in hidden)
        numbers = {row.journey_number for row in marts.rows(JourneyWeekRow)}
        numbers |= {row.journey_number for row in marts.rows(JourneyRideRow)}
        numbers |= {row.journey_number for row in marts.rows(JourneyUserRow)}
        assert numbers == set(range(1, n_journeys + 1))
        weeks = {row.week_start for row in marts.rows(JourneyWeekRow)}
        weeks |= {row.week_start for row in marts.rows(JourneyRideRow)}
        assert marts.as_of_week is not None
        too_early = marts.as_of_week - datetime.timedelta(weeks=5)
        assert all(week > too_early for week in weeks)
