"""The parts about customers: findings that are true, and logs of every kind."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from browser import NO_BROWSER, browser_program, running_browser, visit
from made_up_customers import COHORTS
from made_up_marts import AS_OF_WEEK, empty_marts, made_up_marts, with_rows
from test_page_parts import FORBIDDEN, words_of
from user_states.errors import UserError
from user_states.explorer.all_parts import PAGE_PARTS
from user_states.explorer.crossings import Crossing
from user_states.explorer.page import build_page
from user_states.explorer.parts import (
    cohorts,
    customer_story,
    customer_value,
    customers,
    customers_return,
    one_person,
)
from user_states.explorer.scene import CUSTOMER_GROUP, PageOptions, Scene
from user_states.marts.crossing_rows import CrossingSizeRow
from user_states.marts.customer_rows import (
    BuyerRow,
    CohortWeekRow,
    CustomerPeriodRow,
    EventOutcomeRow,
    ExampleCustomerIdRow,
    ExampleCustomerRow,
    ExampleStepRow,
    IdentifierCountRow,
    KnownCustomerRow,
    ReturnRow,
)
from user_states.marts.mart_row import MartRow
from user_states.marts.marts import Marts

OPTIONS = PageOptions(lambda mart: f"marts.{mart}", min_filter_users=60)
MARTS = made_up_marts(["Weekly", "Silent for months"])
CUSTOMER_PARTS = (
    "customers",
    "customers-return",
    "cohorts",
    "customer-value",
    "funnels",
    "divisions",
    "what-they-write",
    "propensities",
    "experiments",
    "customer-story",
    "one-person",
)
# Modules of the rows about customers.
ABOUT_CUSTOMERS = (
    "customer_rows",
    "experiment_rows",
    "journey_rows",
    "segment_rows",
    "persona_rows",
    "propensity_mart_rows",
)
needs_browser = pytest.mark.skipif(browser_program() is None, reason=NO_BROWSER)


def scene_of(marts: Marts) -> Scene:
    """Return the scene of everyone."""
    return Scene(marts, OPTIONS, Crossing(), 1000)


def events_only() -> Marts:
    """Return marts of a log with events and without rides."""
    tables: dict[type[MartRow], tuple[MartRow, ...]] = {
        row_class: rows
        for row_class, rows in MARTS.tables.items()
        if row_class.__module__.endswith(ABOUT_CUSTOMERS)
    }
    return with_rows(empty_marts(), tables)


def rides_only() -> Marts:
    """Return marts of a log with rides and without events: a user is a customer."""
    return with_rows(
        MARTS,
        {
            IdentifierCountRow: [IdentifierCountRow("user_id", 800)],
            KnownCustomerRow: [KnownCustomerRow(True, False, 800)],
            EventOutcomeRow: [EventOutcomeRow("kept, as rides", "", 5000, False)],
        },
    )


def one_customer() -> Marts:
    """Return marts of events of one customer in one week."""
    period = CustomerPeriodRow(1, AS_OF_WEEK, 1, 1, 0, 0, 0)
    few: dict[type[MartRow], list[MartRow]] = {
        row_class: []
        for row_class in MARTS.tables
        if row_class.__module__.endswith(ABOUT_CUSTOMERS)
    }
    few[KnownCustomerRow] = [KnownCustomerRow(False, False, 1)]
    few[IdentifierCountRow] = [IdentifierCountRow("anonymous_id", 1)]
    few[EventOutcomeRow] = [EventOutcomeRow("kept", "", 1, False)]
    few[CustomerPeriodRow] = [period]
    return with_rows(events_only(), few)


def parts_of(page: str) -> list[str]:
    """Return the addresses of the page's parts, in order."""
    return re.findall(r'<section id="([\w-]+)" class="part"', page)


def spend_of(cells: Iterable[BuyerRow]) -> float:
    return sum(cell.spend or 0 for cell in cells)


class TestWhichParts:
    def test_with_rides_and_events_both_groups_are_shown(self) -> None:
        page = build_page(MARTS, OPTIONS)
        assert parts_of(page)[0] == "this-week"
        last = [*CUSTOMER_PARTS, "analysts"]
        assert parts_of(page)[-len(last) :] == last
        assert "are left out: " not in page

    def test_parts_about_customers_are_the_same_under_each_filter(self) -> None:
        city, week = "Lisbon", MARTS.as_of_week
        shown = MARTS.rows(CrossingSizeRow)
        assert any((r.home_city, r.week_start) == (city, week) for r in shown)
        filtered = Scene(MARTS, OPTIONS, Crossing(city), 1000)
        for part in PAGE_PARTS:
            if part.group == CUSTOMER_GROUP:
                assert part.view(filtered) == part.view(scene_of(MARTS)), part.address

    def test_with_events_only_the_page_opens_with_customers(self) -> None:
        page = build_page(events_only(), OPTIONS)
        assert parts_of(page) == list(CUSTOMER_PARTS)
        assert "Parts about users and their states are left out" in page
        assert "Events up to Sunday" in page

    def test_with_rides_only_a_line_says_what_is_left_out(self) -> None:
        page = build_page(rides_only(), OPTIONS)
        assert not set(parts_of(page)) & set(CUSTOMER_PARTS)
        assert "only rides are known, so each user is one customer" in page

    def test_one_customer_has_no_part_about_few_people(self) -> None:
        page = build_page(one_customer(), OPTIONS)
        assert parts_of(page) == ["customers", "one-person"]
        assert "1 customer was active in the past week" in page

    def test_neither_states_nor_a_week_of_customers_is_an_error(self) -> None:
        no_week = with_rows(events_only(), {CustomerPeriodRow: []})
        with pytest.raises(UserError, match="no customers of a whole week of events"):
            build_page(no_week, OPTIONS)

    def test_the_first_level_says_nothing_about_models(self) -> None:
        page = build_page(events_only(), OPTIONS)
        for_analysts = r'<details class="fold for-analysts">.*?</details>'
        first_level = re.sub(for_analysts, " ", page, flags=re.S)
        assert "Ways to divide your customers" in first_level
        assert not FORBIDDEN.findall(words_of(first_level))


class TestFindings:
    def test_growth_is_told_against_a_year_ago(self) -> None:
        found = customers.view(scene_of(MARTS))
        assert found
        # 600 now, 600 - 130 thirteen periods before.
        assert found.title == (
            "600 customers were active in the past four weeks, 28% more than a year ago"
        )
        assert sum(kind.n_customers for kind in found.kinds) == 1000
        assert found.sources_title == "390 customers met us in more than one place"
        figures = {figure.name: figure.value for figure in found.figures}
        assert figures["Customers we know"] == "1,000"
        for activity in found.activities:
            for period in activity.periods:
                came = period.new + period.retained + period.resurrected
                assert came == period.active

    def test_those_who_return_are_counted_without_small_sign_ups(self) -> None:
        found = customers_return.view(scene_of(MARTS))
        assert found
        assert found.unit == "month"
        (small,) = [row for row in found.rows if row.is_small]
        assert small.n_customers == 10
        rows = [
            row
            for row in MARTS.rows(ReturnRow)
            if row.cohort_length == "month"
            and row.periods_since_sign_up == 1
            and row.n_cohort_customers >= 20
        ]
        expected = sum(r.n_active for r in rows) / sum(
            r.n_cohort_customers for r in rows
        )
        assert found.average[0].share == pytest.approx(expected)
        assert f"{100 * expected:.0f}% of new customers" in found.title
        assert found.shade(max(found.average, key=lambda cell: cell.share)) <= 9

    def test_two_kinds_of_coming_back_are_told_apart(self) -> None:
        words = "how many ride again after their first ride is another share"
        assert words in words_of(build_page(MARTS, OPTIONS))
        assert "first ride is in retention_cohorts" not in words_of(
            build_page(events_only(), OPTIONS)
        )

    def test_a_quiet_year_of_groups_is_no_news(self) -> None:
        found = cohorts.view(scene_of(MARTS))
        assert found
        assert found.title == (
            f"Nothing unusual: the largest group is “{COHORTS['silent']}”, with 40% of "
            "all customers"
        )
        assert [each.title for each in found.few] == [COHORTS["few"]]
        assert [each.title for each in found.empty] == [COHORTS["none"]]

    def test_a_group_that_jumps_is_told(self) -> None:
        jumped = [
            replace(row, n_customers=300)
            if row.cohort == "busy" and row.week_start == AS_OF_WEEK
            else row
            for row in MARTS.rows(CohortWeekRow)
        ]
        found = cohorts.view(scene_of(with_rows(MARTS, {CohortWeekRow: jumped})))
        assert found
        assert found.title == (
            f"“{COHORTS['busy']}” grew more than usual in four weeks: from 90 to 300 "
            "customers"
        )

    def test_cells_of_buyers_add_up(self) -> None:
        found = customer_value.view(scene_of(MARTS))
        assert found
        cells = MARTS.rows(BuyerRow)
        n_buyers = sum(cell.n_customers for cell in cells)
        assert n_buyers == sum(c.n_customers for row in found.rows for c in row.cells)
        assert n_buyers == sum(cell.n_customers for _, _, cell in found.thirds)
        top = [cell for cell in cells if cell.value_score == 3]
        of_buyers = sum(cell.n_customers for cell in top) / n_buyers
        of_money = spend_of(top) / spend_of(cells)
        assert found.title == (
            f"{100 * of_buyers:.0f}% of the buyers bring {100 * of_money:.0f}% of the "
            "money"
        )
        assert found.columns[0] == ("Long ago", "20 to 29 days ago")

    def test_a_cell_of_a_few_buyers_cannot_be_worked_out(self) -> None:
        few = [
            replace(cell, n_customers=1 if cell.value_score == 1 else 0)
            if (cell.recency_score, cell.frequency_score) == (1, 3)
            else cell
            for cell in MARTS.rows(BuyerRow)
        ]
        found = customer_value.view(scene_of(with_rows(MARTS, {BuyerRow: few})))
        assert found
        cells = [cell.customers for row in found.rows for cell in row.cells]
        assert cells.count("not shown") == 2
        assert cells[0] == "not shown"

    def test_without_prices_no_money_is_told(self) -> None:
        free = [
            replace(cell, spend=0.0, least_spend=None, most_spend=None)
            for cell in MARTS.rows(BuyerRow)
        ]
        marts = with_rows(events_only(), {BuyerRow: free})
        found = customer_value.view(scene_of(marts))
        assert found
        assert found.title.endswith("buyers bought often, and lately")
        assert found.thirds == []
        story = customer_story.view(scene_of(marts))
        assert story
        assert "The events have no prices" in build_page(marts, OPTIONS)

    def test_events_in_are_kept_or_set_aside(self) -> None:
        found = one_person.view(scene_of(MARTS))
        assert found
        assert (found.n_in, found.n_kept, found.n_aside) == (29_273, 29_200, 73)
        assert sum(line.n for line in found.set_aside) == found.n_aside
        assert found.n_refused == 11
        assert "A new reason" in [line.name for line in found.refused]


class TestStory:
    def test_the_story_tells_when_two_became_one(self) -> None:
        found = customer_story.view(scene_of(MARTS))
        assert found
        first = found.stories[0]
        joined = AS_OF_WEEK - datetime.timedelta(days=149)
        assert first.title == (
            "A customer seen in two places, and known as one person since "
            f"{joined:%B %Y}"
        )
        assert "Two turn out to be one" in " ".join(n.text for n in first.notes)
        assert len(first.steps) == 6
        assert first.groups == f"Now in “{COHORTS['silent']}”."

    def test_a_group_is_entered_with_an_event_or_as_time_passes(self) -> None:
        found = customer_story.view(scene_of(MARTS))
        assert found
        told = [step.text for step in found.stories[0].steps]
        assert told[3:5] == [
            f"Enters “{COHORTS['busy']}” with a ride that was cancelled",
            f"Leaves “{COHORTS['busy']}”, as time passes",
        ]
        # What ends a silence is drawn, also if no ride came of it.
        assert "Rides that did not take place" in found.stories[0].drawing

    def test_the_state_of_the_rider_is_told_if_it_is_on_the_page(self) -> None:
        found = customer_story.view(scene_of(MARTS))
        assert found
        states = [story.state for story in found.stories]
        assert "now in the state <span" in states[0]
        assert "Weekly" in states[0]
        assert states[1:] == ["", ""]

    def test_an_id_is_in_the_page_only_if_the_settings_say_so(self) -> None:
        with_id = with_rows(
            MARTS, {ExampleCustomerIdRow: [ExampleCustomerIdRow("active", "c0042")]}
        )
        assert "c0042" not in build_page(MARTS, OPTIONS)
        assert "c0042" in build_page(with_id, OPTIONS)

    def test_without_examples_the_part_is_left_out(self) -> None:
        none = with_rows(MARTS, {ExampleCustomerRow: [], ExampleStepRow: []})
        assert customer_story.view(scene_of(none)) is None


@needs_browser
@pytest.mark.parametrize("width", [390, 1280])
def test_events_only_and_one_customer_fit_the_screen(
    tmp_path: Path, width: int
) -> None:
    with running_browser() as browser:
        for name, marts in (("events", events_only()), ("one", one_customer())):
            path = tmp_path / f"{name}.html"
            path.write_text(build_page(marts, OPTIONS), "utf-8")
            with visit(browser, path, width) as seen:
                for part in seen.page.locator(".part").all():
                    seen.go(str(part.get_attribute("id")))
                needed = seen.page.evaluate("document.documentElement.scrollWidth")
                assert needed <= width
                if width == 390:
                    heights = seen.page.eval_on_selector_all(
                        ".part", "parts => parts.map(part => part.offsetHeight)"
                    )
                    # About three screens of a phone.
                    assert max(heights) <= 3 * 844
