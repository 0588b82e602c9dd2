"""The page's frame in a real browser: menu, filters, folds, print, policy."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

import user_states.explorer.page as page_module
from browser import NO_BROWSER, browser_program, running_browser, visit
from made_up_marts import CITIES, made_up_marts, marts_as_declared, with_rows
from user_states.errors import UserError
from user_states.explorer.all_parts import PAGE_PARTS
from user_states.explorer.crossings import Crossing
from user_states.explorer.page import MAX_BYTES, build_page
from user_states.explorer.part import Part
from user_states.explorer.scene import PageOptions, Scene
from user_states.marts.crossing_rows import OTHER_CITIES, CrossingSizeRow
from user_states.marts.customer_rows import CustomerPeriodRow
from user_states.marts.state_rows import StateRow

needs_browser = pytest.mark.skipif(browser_program() is None, reason=NO_BROWSER)

OPTIONS = PageOptions(lambda mart: f"marts.{mart}", min_filter_users=60)
NASTY = "<img src=x onerror=alert(1)> & <a href='https://example.org'>rides</a>"
NAMES = {
    2: ["Weekly", NASTY],
    12: [f"Weekend evenings, cash, twice a month, in cities {n}" for n in range(12)],
}

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

# Each visible chart with tips: whether the keys show the tip of every mark, then the
# first one again, within the window, and whether Escape takes it away.
WALK_THROUGH = """() => [...document.querySelectorAll("[data-tips]")]
    .filter((chart) => chart.checkVisibility() && chart.querySelector("[data-tip]"))
    .map((chart) => {
        const press = (key) => chart.dispatchEvent(
            new KeyboardEvent("keydown", {key, bubbles: true, cancelable: true}));
        const tip = document.getElementById("tip");
        const marks = [...chart.querySelectorAll("[data-tip]")];
        const texts = marks.map((mark) => mark.dataset.tip);
        chart.focus();
        const shown = [...texts, texts[0]].every((text) => {
            press("ArrowDown");
            const box = tip.getBoundingClientRect();
            return tip.classList.contains("on") && tip.textContent === text
                && box.left >= 0 && box.right <= innerWidth;
        });
        press("Escape");
        const isGone = !tip.classList.contains("on");
        return [chart.getAttribute("aria-label"), shown && isGone];
    })"""

# Labels of charts that leave their part, or lie on each other.
BAD_LABELS = """() => [...document.querySelectorAll(".part")].flatMap((part) => {
    const page = part.getBoundingClientRect();
    const charts = [...part.querySelectorAll("svg.chart")];
    return charts.filter((chart) => chart.checkVisibility()).flatMap((chart) => {
        const labels = [...chart.querySelectorAll("text")].map((label) =>
            [label.textContent, label.getBoundingClientRect()]);
        const cut = labels.filter(([, box]) => box.width &&
            (box.left < page.left - 1.5 || box.right > page.right + 1.5));
        const overlaps = labels.flatMap(([words, box], place) =>
            labels.slice(place + 1).filter(([, other]) =>
                Math.min(box.right, other.right) - Math.max(box.left, other.left) > 1.5
                && Math.min(box.bottom, other.bottom) - Math.max(box.top, other.top) > 4
            ).map(([more]) => [`${words} | ${more}`]));
        return [...cut, ...overlaps].map(([words]) => `${part.id}: ${words}`);
    });
})"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Start the browser once."""
    with running_browser() as running:
        yield running


@pytest.fixture(scope="module")
def paths(tmp_path_factory: pytest.TempPathFactory) -> dict[int, Path]:
    """Write pages of two and twelve states."""
    folder = tmp_path_factory.mktemp("a folder with spaces, ü")
    written = {}
    for n_states, names in NAMES.items():
        written[n_states] = folder / f"{n_states}.html"
        page = build_page(made_up_marts(names), OPTIONS)
        written[n_states].write_text(page, "utf-8", newline="\n")
    return written


@needs_browser
@pytest.mark.parametrize("address", ["our-users", "what-changed", "trust"])
def test_the_menu_marks_the_part_of_the_address(
    browser: Browser, paths: dict[int, Path], address: str
) -> None:
    with visit(browser, paths[2]) as seen:
        seen.go(address)
        seen.page.wait_for_selector(f"#menu a[href='#{address}'][aria-current]")
        assert seen.count("#menu a[aria-current]") == 1


@needs_browser
class TestFilters:
    def test_a_city_is_shown_and_taken_back(
        self, browser: Browser, paths: dict[int, Path]
    ) -> None:
        with visit(browser, paths[2]) as seen:
            n_parts = seen.count(".part")
            seen.choose("city", CITIES[0])
            assert CITIES[0] in seen.page.locator(".shown").inner_text()
            assert seen.count(".part") == n_parts
            assert "city=Lisbon" in seen.page.url
            seen.page.get_by_role("button", name="Show everyone").click()
            seen.page.wait_for_selector("main:not(:has(.shown))")
            assert seen.page.locator(".shown").count() == 0
            assert "city" not in seen.page.url

    def test_the_address_keeps_the_filter(
        self, browser: Browser, paths: dict[int, Path]
    ) -> None:
        with visit(browser, paths[2]) as seen:
            seen.choose("platform", "ios")
            seen.page.goto(f"{paths[2].as_uri()}?platform=ios#our-users")
            seen.page.wait_for_selector(".shown")
            assert "iPhone" in seen.page.locator(".shown").inner_text()
            seen.complaints.clear()

    def test_cities_that_no_menu_offers_are_named(self) -> None:
        told = '<optgroup label="Other cities: only in “All cities”">'
        marts = made_up_marts(["A", "B"])
        options = PageOptions(lambda mart: mart, min_filter_users=150)
        assert told not in build_page(marts, options)
        rows = marts.rows(CrossingSizeRow)
        few = replace(rows[-1], home_city=OTHER_CITIES, n_users=3)
        more = with_rows(marts, {CrossingSizeRow: [*rows, few]})
        assert told in build_page(more, options)

    def test_small_groups_are_switched_off(
        self, browser: Browser, tmp_path: Path
    ) -> None:
        path = tmp_path / "page.html"
        options = PageOptions(lambda mart: mart, min_filter_users=150)
        path.write_text(build_page(made_up_marts(["A", "B"]), options), "utf-8")
        with visit(browser, path) as seen:
            # Its Android users are too few by themselves.
            seen.choose("city", CITIES[-1])
            disabled = seen.page.locator("[data-filter=platform] option:disabled")
            assert disabled.all_text_contents() == [
                "Android: too few users",
                "iPhone: too few users",
            ]


@needs_browser
class TestReaders:
    @pytest.mark.parametrize("width", [390, 768, 1024, 1280])
    def test_nothing_is_wider_than_the_screen(
        self, browser: Browser, paths: dict[int, Path], width: int
    ) -> None:
        with visit(browser, paths[12], width) as seen:
            for part in seen.page.locator(".part").all():
                seen.go(str(part.get_attribute("id")))
            needed = seen.page.evaluate("document.documentElement.scrollWidth")
            assert needed <= width
            assert seen.page.evaluate(BAD_LABELS) == []

    @pytest.mark.parametrize("dark", [False, True])
    @pytest.mark.parametrize("width", [390, 1280])
    def test_the_accessibility_checks_of_axe_pass(
        self, browser: Browser, paths: dict[int, Path], width: int, dark: bool
    ) -> None:
        with visit(browser, paths[12], width, dark=dark) as seen:
            for part in seen.page.locator(".part").all():
                seen.go(str(part.get_attribute("id")))
            report = Axe().run(seen.page)
            assert report.violations_count == 0, report.generate_report()

    def test_every_part_is_visible_without_scripts(
        self, browser: Browser, paths: dict[int, Path]
    ) -> None:
        for width in (390, 1280):
            with visit(browser, paths[2], width, with_scripts=False) as seen:
                bodies = seen.page.locator(".part-body").all()
                assert bodies
                assert all(body.is_visible() for body in bodies)
                assert seen.page.locator("[data-filter] >> visible=true").count() == 0

    def test_a_phone_shows_findings_and_opens_one_part(
        self, browser: Browser, paths: dict[int, Path]
    ) -> None:
        with visit(browser, paths[2], 390) as seen:
            n_parts = seen.count(".part")
            assert seen.page.locator(".part-head h2 >> visible=true").count() == n_parts
            assert seen.page.locator(".part-body >> visible=true").count() == 1
            seen.page.locator(".unfold").last.click()
            assert seen.page.locator(".part-body").last.is_visible() == (n_parts > 1)

    def test_the_keyboard_skips_to_the_content(
        self, browser: Browser, paths: dict[int, Path]
    ) -> None:
        with visit(browser, paths[2]) as seen:
            seen.page.keyboard.press("Tab")
            assert seen.page.evaluate("document.activeElement.className") == "skip"
            seen.page.keyboard.press("Enter")
            assert seen.page.evaluate("document.activeElement.id") == "main"

    def test_arrow_keys_show_the_tips_of_a_chart(
        self, browser: Browser, paths: dict[int, Path]
    ) -> None:
        with visit(browser, paths[2]) as seen:
            chart = seen.page.locator("[data-tips] >> visible=true").first
            chart.focus()
            seen.page.keyboard.press("ArrowRight")
            mark = chart.locator("[data-tip]").first
            tip = seen.page.locator("#tip.on")
            assert tip.text_content() == mark.get_attribute("data-tip")
            assert seen.page.locator("#announcer").text_content() == tip.text_content()

    @pytest.mark.parametrize("width", [390, 1280])
    def test_the_keys_go_through_every_mark_of_every_chart(
        self, browser: Browser, paths: dict[int, Path], width: int
    ) -> None:
        with visit(browser, paths[2], width) as seen:
            for part in seen.page.locator(".part").all():
                seen.go(str(part.get_attribute("id")))
            found = seen.page.evaluate(WALK_THROUGH)
            assert len(found) >= 8
            assert [name for name, is_right in found if not is_right] == []

    def test_the_theme_is_switched(
        self, browser: Browser, paths: dict[int, Path]
    ) -> None:
        paper = "getComputedStyle(document.body).backgroundColor"
        with visit(browser, paths[2]) as seen:
            light = seen.page.evaluate(paper)
            seen.page.locator("#theme").click()
            assert seen.page.evaluate(paper) != light
            seen.page.emulate_media(media="print")
            assert seen.page.evaluate(paper) == "rgb(255, 255, 255)"

    def test_paper_shows_every_part_within_its_width(
        self, browser: Browser, paths: dict[int, Path]
    ) -> None:
        with visit(browser, paths[12]) as seen:
            seen.page.set_viewport_size({"width": 695, "height": 900})
            seen.page.evaluate("dispatchEvent(new Event('beforeprint'))")
            seen.page.emulate_media(media="print")
            assert not seen.page.locator("nav >> visible=true").count()
            # Of the analysts' part only what was unfolded is printed.
            parts = ".part:not(#analysts) .part-body"
            assert all(body.is_visible() for body in seen.page.locator(parts).all())
            assert not seen.page.locator("#analysts").is_visible()
            assert seen.page.evaluate("document.documentElement.scrollWidth") <= 695
            assert seen.page.evaluate(BAD_LABELS) == []
            assert seen.page.pdf().startswith(b"%PDF")


class TestSafety:
    @needs_browser
    def test_a_malicious_name_or_city_stays_text(
        self, browser: Browser, paths: dict[int, Path]
    ) -> None:
        with visit(browser, paths[2]) as seen:
            assert seen.count("img") == 0
            assert seen.count("a[href^='http'], a[*|href^='http']") == 0
            assert NASTY in seen.page.locator("main").inner_text()
            seen.page.locator("[data-filter=city] option").first.wait_for(
                state="attached"
            )
            texts = seen.page.locator("[data-filter=city] option").all_text_contents()
            assert CITIES[-1] in texts

    @needs_browser
    def test_the_policy_refuses_requests_and_foreign_scripts(
        self, browser: Browser, paths: dict[int, Path]
    ) -> None:
        with (
            socket.create_server(("127.0.0.1", 0)) as server,
            visit(browser, paths[2]) as seen,
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
        self, paths: dict[int, Path]
    ) -> None:
        text = paths[2].read_text("utf-8")
        policy = re.search(r'Policy" content="([^"]*)"', text)
        assert policy is not None
        assert "unsafe" not in policy.group(1)
        assert "http" not in policy.group(1)
        assert policy.group(1).startswith("default-src &#39;none&#39;; script-src")
        # The policy refuses styles in attributes.
        assert not re.search(r"<[a-z][^>]* style=", text)


class TestParts:
    @pytest.mark.parametrize("part", PAGE_PARTS, ids=lambda part: part.address)
    def test_a_part_reads_exactly_what_it_declares(self, part: Part) -> None:
        marts = marts_as_declared(part.reads)
        assert part.view(Scene(marts, OPTIONS, Crossing(), 1000)) is not None
        assert set(part.reads) <= marts.classes_read


class TestPage:
    def test_equal_marts_give_equal_pages_below_the_size_limit(self) -> None:
        pages = {build_page(made_up_marts(NAMES[12]), OPTIONS) for _ in range(2)}
        assert len(pages) == 1
        assert len(pages.pop().encode()) < MAX_BYTES

    def test_crossings_that_do_not_fit_are_left_out(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        marts = made_up_marts(NAMES[12])
        full = build_page(marts, OPTIONS)
        monkeypatch.setattr(page_module, "MAX_BYTES", len(full.encode()) - 5000)
        smaller = build_page(marts, OPTIONS)
        assert len(smaller.encode()) <= len(full.encode()) - 5000
        assert smaller.count("<option") <= full.count("<option")

    def test_a_page_that_grows_too_large_says_what_to_lower(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(page_module, "MAX_BYTES", 1000)
        with pytest.raises(UserError, match="lower the vars explorer_journeys"):
            build_page(made_up_marts(NAMES[2]), OPTIONS)

    def test_no_model_says_what_to_run(self) -> None:
        marts = with_rows(
            made_up_marts(NAMES[2]), {StateRow: (), CustomerPeriodRow: ()}
        )
        with pytest.raises(UserError, match="found no states in the marts"):
            build_page(marts, OPTIONS)
