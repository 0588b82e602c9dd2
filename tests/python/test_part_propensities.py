"""The part about what customers will do next: what is told, and what is not."""

from __future__ import annotations

import datetime
import re
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from browser import NO_BROWSER, browser_program, running_browser, visit
from made_up_marts import AS_OF_WEEK, made_up_marts, with_rows
from made_up_propensities import (
    CLASSES,
    N_CUSTOMERS,
    RATES,
    REFUSED,
    candidates,
    model,
    sums,
    tenths,
    weeks,
)
from user_states.explorer.crossings import Crossing
from user_states.explorer.page import build_page
from user_states.explorer.parts import propensities as part
from user_states.explorer.parts.propensities import Propensities, TargetCard
from user_states.explorer.parts.propensities_charts import (
    ChanceGroup,
    are_alike,
    chance_groups,
    judged_weeks,
    verdict_of_groups,
)
from user_states.explorer.parts.propensities_reasons import known_at_all, reasons_of
from user_states.explorer.parts.propensities_swarm import colour_of_value
from user_states.explorer.parts.propensities_tables import _out_of_order
from user_states.explorer.parts.propensities_words import (
    beaten_by,
    notes_of,
    verdict,
    what_they_do,
)
from user_states.explorer.scene import PageOptions, Scene
from user_states.explorer.words.dates import date
from user_states.marts.customer_rows import EventOutcomeRow, IdentifierCountRow
from user_states.marts.mart_row import MartRow
from user_states.marts.marts import Marts
from user_states.marts.propensity_mart_rows import (
    CommonReasonRow,
    LikelyCustomerIdRow,
    LikelyCustomerRow,
    PropensityCandidateRow,
    PropensityImportanceRow,
    PropensityLeakRow,
    PropensityModelRow,
    PropensityPointRow,
    PropensitySumRow,
    PropensityTenthRow,
    PropensityWeekRow,
    SecondOpinionRow,
)
from user_states.marts.reason_words import reason_words_of, rising_features
from user_states.marts.segment_rows import CustomerFeatureRow

OPTIONS = PageOptions(lambda mart: f"marts.{mart}", min_filter_users=60)
MARTS = made_up_marts(["Weekly", "Silent for months"])
# What there is only for a target with a forecast.
OF_A_CHAMPION: tuple[type[MartRow], ...] = (
    PropensitySumRow,
    PropensityTenthRow,
    PropensityWeekRow,
    PropensityImportanceRow,
    PropensityPointRow,
    LikelyCustomerRow,
    CommonReasonRow,
)


def seen(marts: Marts) -> Propensities:
    """Return what the part shows."""
    found = part.view(Scene(marts, OPTIONS, Crossing(), 1000))
    assert found
    return found


def card_of(marts: Marts, target: str = "purchase") -> TargetCard:
    """Return the card of a target."""
    (found,) = [card for card in seen(marts).cards if card.target == target]
    return found


def only(*models: PropensityModelRow) -> Marts:
    """Return marts of these targets, with forecasts where they are published."""
    published = {row.target for row in models if row.champion_run_id}
    tables: dict[type[MartRow], list[MartRow]] = {
        row_class: [
            row
            for row in MARTS.rows(row_class)
            if getattr(row, "target", "") in published
        ]
        for row_class in OF_A_CHAMPION
    }
    tables[PropensityModelRow] = [*models]
    tables[PropensityCandidateRow] = [
        row for each in models for row in candidates(each)
    ]
    return with_rows(MARTS, tables)


@cache
def page_of_all() -> str:
    """Return the page with five targets."""
    return build_page(MARTS, OPTIONS)


def part_of(page: str) -> str:
    """Return the HTML of the part."""
    _, _, rest = page.partition('<section id="propensities"')
    return rest.partition("</section>")[0]


class TestExpected:
    def test_the_title_has_the_sum_of_the_chances(self) -> None:
        # 0.12 and 0.31 of 9,800, with two digits.
        assert seen(MARTS).title == (
            "About 1,200 customers will buy within 4 weeks, rides not counted, and "
            "about 3,000 will leave"
        )

    def test_purchases_and_rides_are_told_apart(self) -> None:
        models = MARTS.rows(PropensityModelRow)
        lines = {line.title: line.what for line in seen(MARTS).lines}
        assert lines["Who will buy?"] == "Buy within 4 weeks, rides not counted"
        assert lines["Who will ride?"] == "Ride within 4 weeks"
        buy, ride = (
            next(row for row in models if row.target == target)
            for target in ("purchase", "ride")
        )
        (about_buying,) = notes_of([buy], has_rides=True)
        assert "counts rides too" in about_buying
        (about_rides,) = notes_of([ride], has_rides=True)
        assert "Either may be off, so the two sums differ" in about_rides
        assert about_buying in seen(MARTS).notes
        # A shop without rides has nothing to tell apart.
        assert notes_of([buy, ride], has_rides=False) == []
        assert what_they_do(buy, has_rides=False) == "buy within 4 weeks"

    def test_the_page_says_of_whom_forecasts_are(self) -> None:
        rows = [
            replace(row, population="active" if row.target == "churn" else "everybody")
            for row in MARTS.rows(PropensityModelRow)
        ]
        whose = seen(with_rows(MARTS, {PropensityModelRow: rows})).notes[0]
        monday = MARTS.rows(PropensitySumRow)[0].as_of_week_start
        day = date(monday + datetime.timedelta(days=6), with_year=False)
        assert whose == (
            f"Of customers known on {day}; other parts count newer ones too. “Who will "
            "leave?”: of those active shortly before."
        )
        assert "shortly before" not in seen(MARTS).notes[0]

    def test_what_came_in_past_weeks_stands_beside_the_sum(self) -> None:
        def line(came: float) -> str:
            rows = [
                replace(row, mean_forecast=0.1, observed_rate=came)
                for row in MARTS.rows(PropensityWeekRow)
                if row.target == "purchase"
            ]
            found = seen(with_rows(MARTS, {PropensityWeekRow: rows})).lines
            return next(x.verdict for x in found if x.title == "Who will buy?")

        # 12% of 9,800 are 1,176, of whom nine tenths are 1,058.
        assert line(0.09).endswith(
            "Past weeks: 10% said, 9.0% came; by that about 1,100."
        )
        assert "10% said, 12% came" in line(0.12)
        assert "Past weeks" not in line(0.102)
        assert "Past weeks" not in line(0.1)

    def test_the_likeliest_tenth_is_told_with_what_it_holds(self) -> None:
        # A tenth who are four times as likely hold four tenths.
        assert "The likeliest tenth, 980 customers, holds 40% of all" in (
            seen(MARTS).lead
        )
        names = {name: (value, note) for name, value, note in card_of(MARTS).figures}
        assert names["Will buy within 4 weeks"] == (
            "About 1,200",
            "of 9,800 customers, 12%: the sum of their chances",
        )
        assert names["The likeliest tenth"][0] == "980"

    def test_targets_with_a_forecast_come_first(self) -> None:
        titles = [line.title for line in seen(MARTS).lines]
        assert titles == [
            "Who will buy?",
            "Who will leave?",
            "Which segment of the CRM?",
            "Who will ride?",
            "Who will convert to a sale?",
        ]

    def test_a_few_are_not_counted(self) -> None:
        rare = [sums("purchase", "yes", 0.001, AS_OF_WEEK)]
        marts = with_rows(only(model("purchase")), {PropensitySumRow: rare})
        found = seen(marts)
        assert found.lines[0].expected == "under 20"
        assert found.title == "No forecast of single customers is worth publishing yet"
        ((_, value, note), *others) = card_of(marts).figures
        assert (value, note) == (
            "Under 20",
            "of 9,800 customers: the sum of their chances",
        )
        assert "The likeliest tenth" not in [name for name, _, _ in others]

    def test_of_few_customers_nothing_more_is_told(self) -> None:
        few = [replace(sums("purchase", "yes", 0.5, AS_OF_WEEK), n_customers=12)]
        card = card_of(with_rows(only(model("purchase")), {PropensitySumRow: few}))
        assert card.is_small
        assert (card.figures, card.likely, card.sql) == ([], [], "")


class TestVerdicts:
    def test_no_better_than_simple_rules_is_a_result(self) -> None:
        (line,) = [line for line in seen(MARTS).lines if line.title == "Who will ride?"]
        assert not line.is_published
        assert line.verdict == (
            "No better than how recently and how often customers came, and what they "
            "spent, so nothing is published. Go by that instead."
        )

    def test_no_better_than_one_rate_is_no_advice_to_go_by_it(self) -> None:
        row = replace(
            model("ride", over_rfm=(0.0, -0.1, 0.1), is_published=False),
            gain_over_base_low=-0.01,
        )
        (line,) = seen(only(row)).lines
        assert line.verdict == (
            "Nothing is published: no model predicts better than one rate for "
            "everybody."
        )

    def test_a_refusal_says_why(self) -> None:
        (line,) = [line for line in seen(MARTS).lines if "convert" in line.title]
        assert line.verdict == (
            "The newest search was not possible. Found 61 customers with the outcome; "
            "expected at least 100: wait, or choose a longer horizon."
        )
        later = replace(model("churn"), refusal=REFUSED)
        assert verdict(later, has_scores=True).endswith("of an earlier search stays.")
        never = model("ride", is_tried=False, over_rfm=None)
        assert verdict(never, has_scores=False).startswith("It was not tried yet")

    def test_the_first_rule_that_is_not_beaten_is_named(self) -> None:
        row = model("purchase")
        assert beaten_by(row) is None
        assert beaten_by(replace(row, gain_over_recency_low=0.0)) == "recency_bucket"
        assert beaten_by(replace(row, gain_over_base_low=-0.1)) == "base_rate"

    def test_what_was_forced_says_so(self) -> None:
        forced = model("purchase", over_rfm=(0.001, -0.002, 0.004))
        found = seen(only(forced))
        assert "Published because somebody asked for it" in found.lines[0].verdict
        card = card_of(only(forced))
        assert card.guessing
        assert card.guessing.title.startswith("It is not certain to predict better")

    def test_an_earlier_forecast_stays(self) -> None:
        worse = replace(
            model("purchase", over_rfm=(-0.01, -0.02, 0.0), is_published=False),
            champion_run_id="earlier",
        )
        (line,) = seen(only(worse)).lines
        assert line.is_published
        assert line.verdict.endswith("The forecast of an earlier search stays.")

    def test_nothing_is_published(self) -> None:
        found = seen(only(model("ride", over_rfm=(0.0, -0.1, 0.1), is_published=False)))
        assert found.title == "No forecast of single customers is worth publishing yet"
        assert "keep to how recently and how often" in found.lead
        assert not found.cards
        assert found.numbers


class TestWhatCame:
    def test_groups_are_weighted_means_of_tenths(self) -> None:
        rows = tenths("purchase", "yes", 0.12)
        groups = chance_groups(rows)
        assert len(groups) == 5
        highest = rows[-2:]
        assert groups[0].said == pytest.approx(
            sum(row.mean_forecast for row in highest) / 2
        )
        assert groups[0].n_rows == 1600
        assert sum(group.n_rows for group in groups) == 8000
        assert [group.said for group in groups] == sorted(
            (group.said for group in groups), reverse=True
        )

    def test_the_title_tells_the_group_with_the_highest_chance(self) -> None:
        card = card_of(MARTS)
        group = chance_groups(tenths("purchase", "yes", RATES["purchase"]))[0]
        assert card.groups_title == (
            f"Of those with {100 * group.said:.0f}%, {100 * group.came:.0f} of 100 did"
        )
        assert card.groups_note == (
            "Every group came within two points or within chance."
        )

    def test_if_the_highest_chances_say_no_more_both_groups_are_alike(self) -> None:
        rows = tenths("purchase", "yes", RATES["purchase"])
        rate = rows[6].observed_rate
        alike = [*rows[:6], *(replace(row, observed_rate=rate) for row in rows[6:])]
        marts = with_rows(only(model("purchase")), {PropensityTenthRow: alike})
        high, next_ = chance_groups(alike)[:2]
        assert card_of(marts).groups_title == (
            f"Of those with {high.words}, {high.of_hundred} did, and of those with "
            f"{next_.words}, {next_.of_hundred}"
        )
        assert "begin at the top" not in seen(marts).lead
        assert "treat both alike" in seen(marts).lead
        assert "begin at the top" in seen(only(model("purchase"))).lead

    @pytest.mark.parametrize(
        ("came", "of_next", "n_rows", "is_so"),
        [
            (0.104, 0.106, 900, True),
            (0.11, 0.105, 900, True),
            (0.11, 0.105, 90_000, False),
            (0.2, 0.1, 900, False),
        ],
    )
    def test_groups_are_alike_within_an_error(
        self, came: float, of_next: float, n_rows: int, is_so: bool
    ) -> None:
        one, other = (ChanceGroup(0.1, share, n_rows) for share in (came, of_next))
        assert are_alike(one, other) == is_so

    def test_too_high_is_told(self) -> None:
        high = tenths("purchase", "yes", 0.3, came=0.6)
        card = card_of(with_rows(only(model("purchase")), {PropensityTenthRow: high}))
        assert "what was said was too high" in card.groups_note

    @pytest.mark.parametrize(
        ("came", "n_rows", "is_off"),
        [(0.55, 50, False), (0.55, 50_000, True), (0.51, 50_000, False)],
    )
    def test_chance_and_small_differences_are_no_news(
        self, came: float, n_rows: int, is_off: bool
    ) -> None:
        assert ChanceGroup(0.5, came, n_rows).is_off == is_off

    def test_both_directions_are_told(self) -> None:
        off = [ChanceGroup(0.5, 0.9, 900), ChanceGroup(0.2, 0.1, 900)]
        assert "sometimes too high and sometimes too low" in verdict_of_groups(off)

    def test_a_forecast_that_was_published_wins_over_one_at_the_fit(self) -> None:
        newest = AS_OF_WEEK - datetime.timedelta(weeks=5)
        rows = weeks("purchase", 0.12, newest)
        twice = [
            *rows,
            replace(rows[0], evidence="at_the_fit", mean_forecast=0.9),
            replace(rows[1], n_customers=3, as_of_week_start=AS_OF_WEEK),
        ]
        found = judged_weeks(twice, 20, 8)
        assert len(found) == 8
        assert found[-1].week == newest
        assert found[-1].said == pytest.approx(0.12)
        assert [week.is_live for week in found] == [False] * 5 + [True] * 3

    def test_weeks_are_told_as_a_weighted_mean(self) -> None:
        rows = [
            replace(row, n_customers=n, mean_forecast=said, observed_rate=came)
            for row, n, said, came in zip(
                weeks("purchase", 0.12, AS_OF_WEEK)[:2],
                (300, 100),
                (0.2, 0.4),
                (0.3, 0.7),
                strict=True,
            )
        ]
        card = card_of(with_rows(only(model("purchase")), {PropensityWeekRow: rows}))
        assert card.weeks_title == "Week by week: 25% said, 40% came"

    def test_before_the_first_week_is_over_the_day_is_told(self) -> None:
        card = card_of(with_rows(only(model("purchase")), {PropensityWeekRow: []}))
        assert card.weeks is None
        assert card.weeks_title == "Week by week: not measured yet"
        # Four weeks after the end of the week of 2 June.
        assert card.weeks_note.endswith("can be compared on Monday 7 July.")


class TestGuessing:
    def test_bars_are_shares_of_one_rate_for_everybody(self) -> None:
        guessing = card_of(MARTS).guessing
        assert guessing
        # Of 0.4 nats: recency 0.03, RFM 0.05, the forecast 0.07.
        assert [round(bar.share, 4) for bar in guessing.bars] == [0.075, 0.125, 0.175]
        assert [bar.is_own for bar in guessing.bars] == [False, False, True]
        assert "5.0% of the uncertainty, between 3.0% and 7.0%" in guessing.note
        assert guessing.title == (
            "It predicts better than how recently and how often customers came, and "
            "what they spent"
        )

    def test_a_forecast_that_explains_little_has_weak_reasons(self) -> None:
        strong, weak = (
            reasons_of(
                MARTS,
                MARTS.rows(PropensityModelRow)[0],
                reason_words_of(MARTS.rows(CustomerFeatureRow), {}),
                is_one=True,
                explained=share,
            )
            for share in (0.175, 0.04)
        )
        assert strong
        assert weak
        assert "explains only" not in strong.note
        assert "The forecast explains only 4% of the uncertainty" in weak.note

    def test_without_rules_nothing_is_compared(self) -> None:
        marts = with_rows(only(model("purchase")), {PropensityCandidateRow: []})
        assert card_of(marts).guessing is None


class TestTenths:
    def test_a_lower_tenth_that_did_it_more_often_is_told(self) -> None:
        rows = [
            PropensityTenthRow("t", "yes", n, n / 100, n / 100, 2400, n / 100, came)
            for n, came in ((7, 0.117), (8, 0.101), (9, 0.094), (10, 0.124))
        ]
        (found,) = _out_of_order(rows)
        assert found == (
            "The order of the chances is not reliable: of tenth 9, 9.4% did it, and of "
            "tenth 7, whose chances are lower, 12%: more than chance explains."
        )
        # Fewer customers differ so much by chance.
        assert not _out_of_order([replace(row, n_rows=240) for row in rows])
        rising = [replace(row, observed_rate=row.tenth / 100) for row in rows]
        assert not _out_of_order(rising)


class TestReasons:
    def test_reasons_say_which_end_speaks_for_it(self) -> None:
        reasons = card_of(MARTS).reasons
        assert reasons
        assert reasons.title == (
            "Most likely to buy within 4 weeks: who has long sessions and views few "
            "pages"
        )
        # 0.9 of 0.9 + 0.5 + 0.3 + 0.2.
        assert reasons.bars[0].share == pytest.approx(0.9 / 1.9)
        assert reasons.bars[3].name == "Is in the state “Weekly”"

    def test_the_commonest_reasons_are_told(self) -> None:
        reasons = card_of(MARTS).reasons
        assert reasons
        assert reasons.common == (
            "Most often for it: has long sessions (2,400 customers); against it: no "
            "page (3,100)."
        )

    def test_a_reason_is_told_by_the_value_not_by_the_feature(self) -> None:
        """Both buyers and others in the CRM are likelier; who is not in it is not."""
        rows = [
            CommonReasonRow("purchase", "yes", *each)
            for each in (
                ("for", "converted_to_sale", "typical", "is a buyer (most: yes)", 2880),
                ("for", "converted_to_sale", "none", "is no buyer (most: yes)", 1570),
                ("against", "converted_to_sale", "unknown", "not in the CRM", 942),
                ("against", "n_website_views", "unknown", "never seen", 500),
            )
        ]
        marts = with_rows(MARTS, {CommonReasonRow: rows})
        reasons = card_of(marts).reasons
        assert reasons
        assert reasons.common.startswith(
            "Most often for it: is in the CRM (4,450 customers); "
            "against it: not in the CRM (942), never seen (500)."
        )
        assert known_at_all(rows) == {"converted_to_sale": "is in the CRM"}
        names = [bar.name for bar in reasons.bars]
        assert "Is in the CRM" in names
        assert not any("buyer" in name for name in names)
        # Where only some values speak for it, the feature is called by its words.
        one = [replace(rows[1], direction="against"), *rows[2:], rows[0]]
        assert known_at_all(one) == {}

    def test_the_direction_is_the_sign_of_the_covariance(self) -> None:
        rows = [
            PropensityPointRow("t", "yes", "up", place, 2 * place)
            for place in (0.0, 0.5, 1.0)
        ]
        rows += [replace(r, feature="down", contribution=-r.contribution) for r in rows]
        rows += [PropensityPointRow("t", "yes", "unknown", None, 1.0)]
        assert rising_features(rows) == {
            ("t", "yes", "up"): True,
            ("t", "yes", "down"): False,
        }

    def test_dots_are_coloured_by_value(self) -> None:
        assert [colour_of_value(v) for v in (0.0, 0.5, 1.0, None)] == [
            "v0",
            "v2",
            "v4",
            "v-none",
        ]
        (first, *_) = card_of(MARTS).swarms
        # Long sessions: much of it lies right of the line, in the middle at 500.
        much = re.search(r'd="([^"]+)" class="swarm v4"', first.drawing)
        assert much
        places = [int(x) for x in re.findall(r"M(\d+)", much.group(1))]
        assert min(places) > 500

    def test_the_likeliest_have_their_sentence_and_no_id(self) -> None:
        card = card_of(MARTS)
        assert [each.chance for each in card.likely] == ["91%", "89%", "87%", "85%"]
        assert "11 sessions in the last 7 days (most have 2)" in card.likely[0].sentence
        assert all(each.customer_id == "" for each in card.likely)
        assert "customer_id" not in LikelyCustomerRow.__dataclass_fields__

    def test_what_came_stands_in_the_place_of_a_chance_that_it_contradicts(
        self,
    ) -> None:
        rows = [
            replace(row, probability=0.25, past_rate=past, n_past=n, sentence=words)
            for row, past, n, words in zip(
                MARTS.rows(LikelyCustomerRow),
                (0.1, 0.22, 0.1, None),
                (900, 900, 20, None),
                ("23.35 EUR spent.", "b.", "c.", "d."),
                strict=False,
            )
        ]
        marts = with_rows(only(model("purchase")), {LikelyCustomerRow: rows})
        likely = card_of(marts).likely
        assert [each.chance for each in likely] == ["10%", "25%", "25%", "25%"]
        assert likely[0].sentence == "€23 spent."

    def test_examples_have_different_reasons_and_say_once_what_is_the_same(
        self,
    ) -> None:
        same = "Likely to buy (9 %; of such customers 8 of 100 did): "
        sentences = [
            f"{same}no ride (typically 9). Against it: no visit (typical).",
            f"{same}no ride (typically 9). Against it: new (typically old).",
            f"{same}two rides (typically 9). Against it: no visit (typical); new.",
        ]
        rows = [
            replace(row, sentence=sentence)
            for row, sentence in zip(
                MARTS.rows(LikelyCustomerRow), sentences, strict=False
            )
        ]
        marts = with_rows(only(model("purchase")), {LikelyCustomerRow: rows})
        likely = card_of(marts).likely
        assert {each.start for each in likely} == {
            "Likely to buy (9%; of such customers 8 of 100 did)"
        }
        assert [each.sentence for each in likely] == [
            "No ride (typically 9).",
            "Two rides (typically 9). Against it: new.",
        ]

    def test_an_id_is_in_the_page_only_if_the_settings_say_so(self) -> None:
        first = MARTS.rows(LikelyCustomerRow)[0]
        row = LikelyCustomerIdRow(first.target, "yes", first.number, "c0042")
        assert "c0042" not in page_of_all()
        assert "c0042" in build_page(
            with_rows(MARTS, {LikelyCustomerIdRow: [row]}), OPTIONS
        )

    def test_before_reasons_are_worked_out_it_says_so(self) -> None:
        rows = [
            replace(row, explained_as_of=None) for row in MARTS.rows(LikelyCustomerRow)
        ]
        card = card_of(with_rows(MARTS, {LikelyCustomerRow: rows}))
        assert "Reasons are not worked out yet" in card.likely[0].note


class TestProof:
    def test_a_leak_is_named_in_words(self) -> None:
        leak = PropensityLeakRow(
            "purchase", "n_website_views", 0.7, 0.8, "n_website_views alone removes 70%"
        )
        marts = with_rows(MARTS, {PropensityLeakRow: [leak]})
        assert card_of(marts).leaks == ["views many pages"]
        shown = part_of(build_page(marts, OPTIONS))
        assert "may be known only afterwards" in shown
        assert "n_website_views alone removes 70%" in shown
        assert "may be known only afterwards" not in part_of(page_of_all())

    def test_second_opinions_are_told(self) -> None:
        (numbers,) = [n for n in seen(MARTS).numbers if n.title == "Who will buy?"]
        facts = " ".join(numbers.facts)
        assert "LIME names 2.1 too, on average (71%), for 200 customers." in facts
        assert "rank correlation of 0.84" in facts
        assert "ELI5 cannot explain this kind of model." in facts

    def test_without_second_opinions_it_says_not_measured_yet(self) -> None:
        found = seen(with_rows(MARTS, {SecondOpinionRow: []}))
        assert all("not measured yet" in n.facts[-1] for n in found.numbers)

    def test_the_sql_returns_the_likeliest(self) -> None:
        card = card_of(MARTS)
        assert f"likely.number <= {N_CUSTOMERS // 10}" in card.sql
        assert "where target = 'purchase'" in card.sql


class TestClasses:
    def test_several_classes_are_told_by_size(self) -> None:
        card = card_of(MARTS, "crm_segment")
        assert [each.name for each in card.classes] == sorted(
            CLASSES, key=lambda name: -CLASSES[name]
        )
        assert card.classes[0].words == "about 4,900"
        assert card.groups_title.endswith("belonged")
        assert card.weeks_title == ""

    def test_names_are_escaped(self) -> None:
        assert "Enterprise &amp; &lt;b&gt;large" in part_of(page_of_all())


class TestLeftOut:
    def test_before_the_first_search_a_line_says_so(self) -> None:
        none = [
            model(name, is_tried=False, over_rfm=None) for name in ("ride", "churn")
        ]
        marts = with_rows(MARTS, {PropensityModelRow: none})
        assert part.view(Scene(marts, OPTIONS, Crossing(), 1000)) is None
        page = build_page(marts, OPTIONS)
        assert "Who will do what next is left out" in page
        assert 'id="propensities"' not in page

    def test_with_rides_only_there_is_nothing(self) -> None:
        rides = with_rows(
            MARTS,
            {
                IdentifierCountRow: [IdentifierCountRow("user_id", 1000)],
                EventOutcomeRow: [EventOutcomeRow("kept, as rides", "", 9000, False)],
            },
        )
        page = build_page(rides, OPTIONS)
        assert 'id="propensities"' not in page
        assert ">Who will do what next<" not in page
        assert ">Who will do what next<" in page_of_all()

    def test_the_first_level_has_no_word_of_models(self) -> None:
        above = part_of(page_of_all()).partition('class="fold for-analysts"')[0]
        text = re.sub(r"<[^>]+>", " ", re.sub(r"<pre.*?</pre>", " ", above, flags=re.S))
        assert not re.findall(
            r"log loss|SHAP|AUC|boosting|logistic|champion|nats|mart\b", text
        )


@pytest.mark.skipif(browser_program() is None, reason=NO_BROWSER)
@pytest.mark.parametrize(("width", "dark"), [(390, False), (1280, False), (1280, True)])
def test_the_part_fits_the_screen(tmp_path: Path, width: int, dark: bool) -> None:
    path = tmp_path / "page.html"
    path.write_text(page_of_all(), "utf-8")
    with (
        running_browser() as browser,
        visit(browser, path, width, dark=dark) as visited,
    ):
        visited.go("propensities")
        of_part = visited.page.locator("#propensities")
        height = of_part.evaluate("part => part.offsetHeight")
        choice = of_part.locator("[data-choice=propensities-target]")
        for target in ("churn", "crm_segment", "purchase"):
            choice.select_option(target)
            shown = of_part.locator(".target:visible")
            assert shown.count() == 1
            assert shown.get_attribute("data-value") == target
        for fold in of_part.locator("summary").all():
            if fold.is_visible():
                fold.click()
        needed = visited.page.evaluate("document.documentElement.scrollWidth")
        assert needed <= width
        # About three screens of a phone, before its folds.
        assert width != 390 or height <= 3 * 844
        assert not visited.complaints
