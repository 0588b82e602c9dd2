"""The part about ways to divide customers: true findings, and small segments."""

from __future__ import annotations

import datetime
import re
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from browser import NO_BROWSER, browser_program, running_browser, visit
from made_up_marts import made_up_marts, with_rows
from made_up_segments import NAMES, UNCERTAINTY, division, divisions, everybody
from user_states.explorer.crossings import Crossing
from user_states.explorer.page import build_page
from user_states.explorer.parts import divisions as part
from user_states.explorer.parts.divisions import Divisions
from user_states.explorer.scene import PageOptions, Scene
from user_states.marts.customer_list_rows import CustomerListSizeRow
from user_states.marts.mart_row import MartRow
from user_states.marts.marts import Marts
from user_states.marts.segment_rows import (
    DivisionRow,
    SegmentCertaintyRow,
    SegmentPointRow,
    SegmentRow,
    SegmentWatchRow,
)

OPTIONS = PageOptions(lambda mart: f"marts.{mart}", min_filter_users=60)
MARTS = made_up_marts(["Weekly", "Silent for months"])


def seen(marts: Marts) -> Divisions:
    """Return what the part shows."""
    found = part.view(Scene(marts, OPTIONS, Crossing(), 1000))
    assert found
    return found


@cache
def page_of_all() -> str:
    """Return the page of six published segments."""
    return build_page(MARTS, OPTIONS)


def compared(*rows: DivisionRow) -> Marts:
    """Return marts in which these ways were compared, beside everybody."""
    (over_rfm,) = [
        row.gain_over_base or 0 for row in rows if row.division == "rfm"
    ] or [0.02]
    told = [
        replace(
            row,
            gain_over_rfm=(row.gain_over_base or 0) - over_rfm,
            gain_over_rfm_low=(row.gain_over_base_low or 0) - over_rfm,
            gain_over_rfm_high=(row.gain_over_base_high or 0) - over_rfm,
        )
        for row in rows
    ]
    return with_rows(MARTS, {DivisionRow: [everybody(), *told]})


def unpublished(marts: Marts) -> Marts:
    """Return marts without published segments."""
    none: dict[type[MartRow], list[MartRow]] = {
        row_class: []
        for row_class in MARTS.tables
        if row_class.__name__.startswith(("Segment", "Component"))
    }
    return with_rows(marts, none)


def k_means(
    gain: float, *, is_published: bool, half_width: float = 0.005
) -> DivisionRow:
    """Return k-means with 6 segments."""
    return division(
        "k_means_6",
        gain,
        half_width,
        label="k-means with 6 segments",
        kind="k_means",
        setting=6,
        is_published=is_published,
    )


class TestFindings:
    def test_the_states_predict_better(self) -> None:
        found = seen(MARTS)
        assert found.title == (
            "6 segments are published, but the states predict who is active next week "
            "better"
        )
        assert found.lead.startswith("For you: go by the states")
        # 0.040 - 0.071.
        assert (
            "K-means with 6 segments predicts next week’s activity 0.031 nats worse "
            "than the states."
        ) in found.sentences
        assert found.comparison
        names = [row.name for row in found.comparison.rows]
        assert names[:2] == ["The states", "6 segments"]
        assert [row.is_published for row in found.comparison.rows].count(True) == 1
        # Of what is uncertain, 0.04 of 0.5 nats.
        (own,) = [row for row in found.comparison.rows if row.is_published]
        assert own.value == f"{100 * 0.04 / UNCERTAINTY:.0f}%"

    def test_segments_may_predict_best(self) -> None:
        found = seen(compared(k_means(0.09, is_published=True), division("rfm", 0.02)))
        assert found.title == (
            "6 segments predict who is active next week better than RFM"
        )
        assert "choose by these segments" in found.lead

    def test_ranges_that_overlap_are_no_difference(self) -> None:
        own = k_means(0.04, is_published=True)
        found = seen(compared(own, division("states", 0.045)))
        assert found.title.endswith("about as well as the states")
        assert "whichever you know better" in found.lead

    def test_over_rfm_the_range_of_the_difference_decides(self) -> None:
        # The ranges of both gains overlap, that of their difference is below zero.
        both = compared(
            k_means(0.04, is_published=True, half_width=0.004),
            division("rfm", 0.045, 0.003),
        )
        found = seen(both)
        assert "but RFM predicts who" in found.title

    def test_rfm_predicts_in_the_singular(self) -> None:
        found = seen(compared(k_means(0.02, is_published=True), division("rfm", 0.09)))
        assert "but RFM predicts who" in found.title

    @pytest.mark.parametrize(
        ("rfm", "advice"),
        [
            (0.0, "treat customers as one group"),
            (0.09, "RFM predicts who is active next week better"),
        ],
    )
    def test_nothing_is_published_and_it_says_why(
        self, rfm: float, advice: str
    ) -> None:
        rows = (k_means(0.001, is_published=False), division("rfm", rfm))
        found = seen(unpublished(compared(*rows)))
        assert found.title == "No segments are published: none is worth it yet"
        assert "None surely predicts who is active next week better" in found.lead
        assert advice in found.lead
        assert not found.segments

    def test_a_division_that_predicts_but_fails_a_check_is_no_equal_of_everybody(
        self,
    ) -> None:
        tried = divisions(is_published=False)
        marts = unpublished(with_rows(MARTS, {DivisionRow: tried}))
        found = seen(marts)
        assert "each fails a check" in found.lead
        page = build_page(marts, OPTIONS)
        assert "The segments, and what to do" not in page
        assert "refits on resampled customers agree at 0.412" in {
            line.verdict for line in found.lines
        }

    def test_older_segments_stay_if_the_newest_search_publishes_nothing(self) -> None:
        marts = with_rows(MARTS, {DivisionRow: divisions(is_published=False)})
        found = seen(marts)
        assert "The newest search publishes nothing, so these stay." in (
            found.segments_of
        )


class TestSegments:
    def test_a_small_segment_has_its_name_and_nothing_more(self) -> None:
        found = seen(MARTS)
        small = found.segments[-1]
        assert (small.size, small.share, small.use, small.states) == (
            "under 20", "", "", "",
        )  # fmt: skip
        assert len(found.told) == 5
        assert all(len(line.cells) == 5 for line in found.profile)
        assert found.scatter
        assert found.scatter.count("<path") == 5
        assert "sample of 300 customers" in found.scatter_note

    def test_the_profile_begins_with_what_tells_most(self) -> None:
        lines = seen(MARTS).profile
        assert lines[0].name == "Views many pages"
        by_crm = next(line for line in lines if line.name == "Is a buyer in the CRM")
        assert [cell.words for cell in by_crm.cells] == [
            "10% of 398",
            "20% of 248",
            "30% of 158",
            "40% of 108",
            "50% of 66",
        ]
        assert by_crm.everyone == "30% of 988"
        units = {line.name: line.unit for line in lines}
        assert units == {
            "Has long sessions": "minutes: sessions last …",
            "Is a buyer in the CRM": "share of those of whom it is known",
            "Views many pages": "pages in the last 90 days",
        }
        tip = by_crm.cells[0].tip
        assert tip.endswith("below all customers; known of 398 of 400")
        assert [cell.class_[0] for cell in lines[0].cells] == ["c", "c", "h", "h", "h"]

    def test_the_group_before_the_first_ride_is_named_where_it_counts(self) -> None:
        n_states = len(MARTS.model_states)

        def note(n_segments: int) -> str:
            rows = [
                replace(row, n_segments=n_segments) if row.division == "states" else row
                for row in MARTS.rows(DivisionRow)
            ]
            return seen(with_rows(MARTS, {DivisionRow: rows})).lines_note

        assert "here “Not started” is a group too" in note(n_states + 1)
        assert note(n_states) == ""

    def test_cards_say_what_to_do_and_have_their_list(self) -> None:
        rows = MARTS.rows(SegmentRow)
        lists = [
            CustomerListSizeRow("segment", "s_1f", rows[0].segment_name, 380, 150),
            CustomerListSizeRow("segment", "s_2f", rows[1].segment_name, 240, 240),
            CustomerListSizeRow("segment", "s_3f", rows[2].segment_name, 150, 3),
            CustomerListSizeRow("segment", "s_4f", rows[3].segment_name, 19, 3),
            CustomerListSizeRow("cohort", "busy", rows[4].segment_name, 90, 90),
        ]
        marts = with_rows(MARTS, {CustomerListSizeRow: lists})
        shown = seen(marts).segments
        assert shown[0].use.startswith("Invite them")
        # The other half has no state, and is not in the share.
        assert shown[0].states.startswith("Of the 204 with a state: 98% in “")
        first, second, third, *others = [segment.file for segment in shown]
        assert first
        assert first.address == "audiences/segments/s_1f.csv"
        assert (first.size, first.reach) == (
            "380 customers",
            "150 can be written to",
        )
        assert second
        assert second.reach == "all can be written to"
        assert third
        assert third.reach == "fewer than 20 can be written to"
        assert not any(others)
        page = build_page(marts, OPTIONS)
        assert 'href="audiences/segments/s_1f.csv" download' in page
        assert 'href="audiences/cohorts/busy.csv" download' in page

    def test_one_feature_is_not_told_twice(self) -> None:
        words = "views many pages a visit, views many pages, reads many blogs"
        first, *others = MARTS.rows(SegmentRow)
        rows = [replace(first, telling_features=words), *others]
        found = seen(with_rows(MARTS, {SegmentRow: rows}))
        assert found.segments[0].telling == "Views many pages a visit, reads many blogs"

    def test_shapes_decide_nothing_and_say_so(self) -> None:
        found = seen(MARTS)
        assert [shape.title for shape in found.shapes] == [
            "The elbow: it bends at 5",
            "The silhouette: highest at 4",
        ]
        assert "These plots decide nothing." in page_of_all()

    def test_certainty_is_said_not_to_be_calibrated(self) -> None:
        sure = [SegmentCertaintyRow(1, 0.97), SegmentCertaintyRow(2, 0.71)]
        without = " ".join(seen(MARTS).remarks)
        found = " ".join(seen(with_rows(MARTS, {SegmentCertaintyRow: sure})).remarks)
        assert "71% sure" in found
        assert "97% in the surest" in found
        assert found.count("not calibrated on past weeks") == 2
        assert without.count("not calibrated on past weeks") == 1

    def test_an_alarm_of_the_watch_is_told(self) -> None:
        (watch,) = MARTS.rows(SegmentWatchRow)
        alarm = replace(watch, is_alarm=True, alarm="the share changed by 21 %")
        remarks = seen(with_rows(MARTS, {SegmentWatchRow: [alarm]})).remarks
        assert "the share changed by 21 %." in remarks[0]

    def test_a_week_is_told_once(self) -> None:
        first, *others = MARTS.rows(SegmentRow)
        one = replace(first, as_of_week_start=first.fit_week_start)
        later = first.fit_week_start + datetime.timedelta(weeks=3)
        two = replace(first, as_of_week_start=later)
        told = [
            seen(with_rows(MARTS, {SegmentRow: [row, *others]})).segments_of
            for row in (one, two)
        ]
        assert [text.count("week of") for text in told] == [1, 2]
        assert told[0].startswith("Found and counted in")


class TestLeftOut:
    def test_before_the_first_search_a_line_says_so(self) -> None:
        marts = with_rows(MARTS, {DivisionRow: []})
        assert part.view(Scene(marts, OPTIONS, Crossing(), 1000)) is None
        page = build_page(marts, OPTIONS)
        assert "Ways to divide your customers are left out" in page
        assert 'id="divisions"' not in page

    def test_names_are_escaped(self) -> None:
        page = page_of_all()
        assert NAMES[1] not in page
        assert "&lt;b&gt;uses many" in page

    def test_no_customer_is_in_the_map(self) -> None:
        fields = set(SegmentPointRow.__dataclass_fields__)
        assert "customer_id" not in fields

    def test_twelve_segments_of_a_wide_range_are_all_told(self) -> None:
        rows = MARTS.rows(SegmentRow)
        many = [
            replace(rows[0], segment_id=number, n_customers=30 * number)
            for number in range(1, 13)
        ]
        page = build_page(with_rows(MARTS, {SegmentRow: many}), OPTIONS)
        assert len(re.findall(r'<li class="card segment">', page)) == 12


@pytest.mark.skipif(browser_program() is None, reason=NO_BROWSER)
@pytest.mark.parametrize("width", [390, 1280])
def test_the_part_fits_the_screen(tmp_path: Path, width: int) -> None:
    path = tmp_path / "page.html"
    path.write_text(page_of_all(), "utf-8")
    with running_browser() as browser, visit(browser, path, width) as visited:
        visited.go("divisions")
        height = visited.page.locator("#divisions").evaluate(
            "part => part.offsetHeight"
        )
        for fold in visited.page.locator("#divisions summary").all():
            fold.click()
        needed = visited.page.evaluate("document.documentElement.scrollWidth")
        assert needed <= width
        # About three screens of a phone, before its folds.
        assert width != 390 or height <= 3 * 844
        assert not visited.complaints
