"""One state: what is said of it is what its rows say; the pair is chosen by menus."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import permutations
from pathlib import Path

import pytest
from markupsafe import Markup
from playwright.sync_api import Browser

from browser import NO_BROWSER, browser_program, running_browser, visit
from made_up_marts import AS_OF_WEEK, CITIES, made_up_marts, with_rows
from user_states.explorer.crossings import Crossing
from user_states.explorer.page import build_page
from user_states.explorer.parts import one_state
from user_states.explorer.parts.one_state import OneState
from user_states.explorer.parts.one_state_hours import hours_of
from user_states.explorer.parts.one_state_traits import traits_of
from user_states.explorer.scene import PageOptions, Scene
from user_states.marts.crossing_rows import CrossingFlowRow, CrossingSizeRow
from user_states.marts.expected_rows import ExpectedRow
from user_states.marts.marts import Marts
from user_states.marts.state_rows import AttributeRow, RhythmRow

NAMES = ["Weekly, evenings", "Occasional", "Slowing down", "Silent for months"]
OPTIONS = PageOptions(lambda mart: f"marts.{mart}", min_filter_users=60)
# A phone of 390 pixels is this high.
PHONE_SCREEN = 844


def shown(marts: Marts, crossing: Crossing | None = None) -> OneState:
    """Return the view, which must not be empty."""
    view = one_state.view(Scene(marts, OPTIONS, crossing or Crossing(), 1000))
    assert view is not None
    return view


def plain(words: str) -> str:
    """Return words without the marks of states' names."""
    return Markup(words).striptags()


def sizes(counts: list[tuple[int, int, int, float | None]]) -> list[CrossingSizeRow]:
    """Return rows of one week: users, riders, rides and money of each state."""
    return [
        CrossingSizeRow("Lisbon", "ios", AS_OF_WEEK, i, *numbers)
        for i, numbers in enumerate(counts, start=1)
    ]


class TestNumbers:
    MARTS = with_rows(
        made_up_marts(NAMES),
        {
            CrossingSizeRow: sizes(
                [
                    (100, 90, 430, 3612.0),
                    (300, 90, 120, 1440.0),
                    (200, 40, 50, 500.0),
                    (400, 0, 0, 0.0),
                ]
            ),
            ExpectedRow: [
                ExpectedRow("Lisbon", "ios", "key_1", 100, 93.0, 1640.0, 13_800.0),
                ExpectedRow("Lisbon", "ios", "key_2", 300, 90.0, 480.0, 5760.0),
            ],
        },
    )

    def test_each_row_has_the_state_beside_everyone(self) -> None:
        rows = {
            row.name: (row.values["key_1"], row.values["key_4"], row.everyone)
            for row in shown(self.MARTS).numbers
        }
        assert rows == {
            "Users": ("100", "400", "1,000"),
            "Rides a user": ("4.3", "0.0", "0.6"),
            "Money per user": ("€36", "€0.00", "€5.55"),
            "Money a ride": ("€8.40", "–", "€9.25"),
            "Share of all money": ("65%", "0%", "100%"),
            "Ride next week": ("93%", "–", "46%"),
            "Rides, next 4 weeks": ("16", "–", "5.3"),
            "Money, next 4 weeks": ("€138", "–", "€49"),
        }

    def test_without_prices_nothing_is_said_about_money(self) -> None:
        rows = sizes([(100, 90, 430, None), (300, 90, 120, None)])
        expected = [ExpectedRow("Lisbon", "ios", "key_1", 100, 93.0, 1640.0, None)]
        marts = with_rows(self.MARTS, {CrossingSizeRow: rows, ExpectedRow: expected})
        view = shown(marts)
        assert not [row.name for row in view.numbers if "oney" in row.name]
        assert plain(view.title) == "Weekly, evenings: 25% of users, 78% of the rides"

    def test_the_two_largest_that_ride_stand_first(self) -> None:
        view = shown(self.MARTS)
        assert view.pair == ("key_2", "key_3")
        assert plain(view.title) == "Occasional: 30% of users, 26% of the money"

    def test_a_state_with_few_users_is_not_offered(self) -> None:
        rows = sizes([(100, 90, 430, 1.0), (300, 90, 120, 1.0), (19, 4, 5, 1.0)])
        view = shown(with_rows(self.MARTS, {CrossingSizeRow: rows}))
        assert [c.state.state_key for c in view.columns] == ["key_1", "key_2"]


class TestWords:
    def test_what_they_do_next_is_told_of_100_users(self) -> None:
        rows = [
            CrossingFlowRow("Lisbon", "ios", 12, AS_OF_WEEK, AS_OF_WEEK, "key_1", b, n)
            for b, n in (("key_1", 810), ("key_3", 100), ("key_2", 70), ("key_4", 20))
        ]
        columns = shown(
            with_rows(made_up_marts(NAMES), {CrossingFlowRow: rows})
        ).columns
        assert columns[0].next is not None
        assert plain(columns[0].next.words) == (
            "81 are still in it, 10 in Slowing down, 7 in Occasional and "
            "2 in Silent for months."
        )
        assert columns[1].next is None

    def test_hours_tell_the_part_of_the_week_that_stands_out(self) -> None:
        rides = [
            RhythmRow(1, day, hour, 9, 50 if day < 6 and hour in (7, 17) else 1)
            for day in range(1, 8)
            for hour in range(24)
        ]
        marts = with_rows(made_up_marts(NAMES), {RhythmRow: rides})
        found = hours_of(marts, marts.states[0], 20)
        assert found.finding == (
            "64% of rides fall on Monday to Thursday from 6 to 10 or 16 to 20. "
            "Busiest: Monday, 7:00 to 8:00."
        )
        assert len(found.parts) == 4
        assert hours_of(marts, marts.states[1], 20).drawing is None

    def test_a_log_of_dates_shows_days(self) -> None:
        rides = [RhythmRow(1, day, 0, 9, 40 if day == 6 else 10) for day in range(1, 8)]
        marts = with_rows(made_up_marts(NAMES), {RhythmRow: rides})
        found = hours_of(marts, marts.states[0], 20)
        assert found.finding == (
            "Busiest: Saturday, with 40% of rides. The log has no time of day."
        )
        assert found.drawing is not None
        assert found.parts == []

    def test_traits_begin_with_what_is_special(self) -> None:
        rows = [
            AttributeRow(1, "payment_mode", "card", 10, 9, 0.81, 0.64),
            AttributeRow(1, "payment_mode", "cash", 10, 9, 0.09, 0.23),
            AttributeRow(1, "platform", "ios", 10, 9, 0.40, 0.39),
            AttributeRow(1, "city", "unknown", 10, 9, 0.90, 0.10),
        ]
        marts = with_rows(made_up_marts(NAMES), {AttributeRow: rows})
        found = traits_of(marts, marts.states[0])
        assert found is not None
        assert [trait.name for trait in found.traits] == [
            "paid by card",
            "paid in cash",
            "on iPhone",
        ]
        assert found.finding == (
            "more paid by card (81%, everyone 64%), "
            "fewer paid in cash (9%, everyone 23%)"
        )
        assert traits_of(marts, marts.states[1]) is None

    def test_those_still_in_it_agree_with_what_they_do_next(self) -> None:
        rows = [
            CrossingFlowRow(
                "Lisbon", "ios", weeks, AS_OF_WEEK, AS_OF_WEEK, "key_1", b, n
            )
            for weeks, own in ((4, 90), (12, 60))
            for b, n in (("key_1", own), ("key_2", 100 - own))
        ]
        first, *others = shown(
            with_rows(made_up_marts(NAMES), {CrossingFlowRow: rows})
        ).columns
        assert [(each.when, each.n_of_100) for each in first.still] == [
            ("after four weeks", 90),
            ("after twelve weeks", 60),
        ]
        assert first.next is not None
        assert first.next.words.startswith("60 are still in it")
        assert all(other.still == [] for other in others)

    def test_cities_are_those_of_the_users_of_the_state(self) -> None:
        view = shown(made_up_marts(NAMES))
        cities = dict(view.columns[0].cities)
        assert set(cities) == set(CITIES)
        users = {row.name: row.values["key_1"] for row in view.numbers}["Users"]
        assert sum(cities.values()) == int(users.replace(",", ""))


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Start the browser once."""
    with running_browser() as running:
        yield running


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the page of four states."""
    path = tmp_path_factory.mktemp("page") / "page.html"
    path.write_text(build_page(made_up_marts(NAMES), OPTIONS), "utf-8")
    return path


@pytest.mark.skipif(browser_program() is None, reason=NO_BROWSER)
class TestPair:
    VISIBLE = """() => [...document.querySelectorAll("#one-state .who")]
        .filter(box => box.checkVisibility())
        .sort((a, b) => a.getBoundingClientRect().left - b.getBoundingClientRect().left)
        .map(box => box.dataset.column)"""
    HEADS = """() => [...document.querySelectorAll("#one-state .compared thead th")]
        .filter(cell => cell.checkVisibility()).map(cell => cell.textContent)"""

    def test_menus_choose_the_pair_and_the_address_keeps_it(
        self, browser: Browser, path: Path
    ) -> None:
        with visit(browser, path) as seen:
            first, second = seen.page.evaluate(self.VISIBLE)
            other = next(
                f"key_{i}" for i in range(1, 5) if f"key_{i}" not in (first, second)
            )
            seen.page.locator("[data-pair='0']").select_option(other)
            assert seen.page.evaluate(self.VISIBLE) == [other, second]
            # The other state was chosen already: they change places.
            seen.page.locator("[data-pair='0']").select_option(second)
            assert seen.page.evaluate(self.VISIBLE) == [second, other]
            names = {f"key_{i}": name for i, name in enumerate(NAMES, start=1)}
            assert seen.page.evaluate(self.HEADS) == [
                names[second],
                names[other],
                "Everyone",
            ]
            title = seen.page.locator("#one-state-title").inner_text()
            assert title.startswith(names[second])
            assert f"states={second}%2C{other}" in seen.page.url
            seen.page.reload()
            assert seen.page.evaluate(self.VISIBLE) == [second, other]
            seen.choose("city", CITIES[0])
            assert seen.page.evaluate(self.VISIBLE) == [second, other]
            seen.complaints.clear()

    def test_a_card_puts_its_state_first(self, browser: Browser, path: Path) -> None:
        with visit(browser, path) as seen:
            seen.page.locator("[data-chooses='state=key_4']").first.click()
            assert seen.page.evaluate(self.VISIBLE)[0] == "key_4"

    def test_scripts_off_two_states_are_shown(
        self, browser: Browser, path: Path
    ) -> None:
        with visit(browser, path, with_scripts=False) as seen:
            assert seen.page.locator("#one-state .who >> visible=true").count() == 2

    def test_a_phone_shows_any_pair_on_three_screens(
        self, browser: Browser, path: Path
    ) -> None:
        with visit(browser, path, 390) as seen:
            seen.go("one-state")
            for first, second in permutations((f"key_{n}" for n in range(1, 5)), 2):
                seen.page.evaluate("pair => showPair(pair)", [first, second])
                top, fold = (
                    seen.page.evaluate(
                        "name => document.querySelector(name)"
                        ".getBoundingClientRect().top",
                        name,
                    )
                    for name in ("#one-state", "#one-state .fold")
                )
                height = fold - top
                assert height <= 3 * PHONE_SCREEN
