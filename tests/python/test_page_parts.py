"""What the parts say: findings that are true, and numbers that agree."""

from __future__ import annotations

import datetime
import html
import re
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from markupsafe import Markup

from made_up_crossings import crossing_tables
from made_up_marts import AS_OF_WEEK, CITIES, made_up_marts, with_rows, with_values
from user_states.explorer.crossings import Crossing, all_crossings
from user_states.explorer.icons import icon_of, icon_of_list
from user_states.explorer.naming import sentence_about
from user_states.explorer.page import build_page
from user_states.explorer.parts import our_users, this_week, what_changed
from user_states.explorer.parts.our_users_cards import Card
from user_states.explorer.parts.this_week import ThisWeek
from user_states.explorer.parts.this_week_key_figures import key_figures
from user_states.explorer.parts.this_week_lists import Range, WeekList, week_lists
from user_states.explorer.parts.this_week_moments import moment_words, written_span
from user_states.explorer.parts.what_changed import _growth_lines, _growth_title
from user_states.explorer.parts.what_changed_messages import about_messages
from user_states.explorer.parts.what_changed_riders import riders
from user_states.explorer.parts.what_changed_states import (
    Growth,
    StateGrowth,
    state_changes,
)
from user_states.explorer.parts.what_changed_words import _growth_told
from user_states.explorer.scene import PageOptions, Scene
from user_states.marts.audience_rows import LIST_COLUMNS
from user_states.marts.crossing_rows import CrossingSizeRow, GrowthRow, ListCountRow
from user_states.marts.customer_rows import BuyerRow, ExampleWeekRow
from user_states.marts.experiment_rows import AudienceReturnRow
from user_states.marts.list_rows import (
    EffectRow,
    ForecastRow,
    ListMomentRow,
    ListRow,
)
from user_states.marts.mart_row import MartRow
from user_states.marts.marts import Marts
from user_states.marts.state_rows import WordRow
from user_states.marts.user_rows import JourneyRideRow

NAMES = ["Very frequent", "Frequent, commuting", "Occasional", "Silent for months"]
OPTIONS = PageOptions(lambda mart: f"marts.{mart}", min_filter_users=300)
N_WEEKS = 70
# Words of models and tables, which only "For analysts" and SQL may use.
FORBIDDEN = re.compile(
    r"\b(nats|champion|marts?|as known|posterior|settled|likelihood|p-value|"
    r"significant|hidden markov|log score)\b",
    re.IGNORECASE,
)


def this_week_list() -> WeekList:
    """Return the first list that is sent."""
    return week_lists(scene_of(MARTS))[0]


def users_over_time(last_jump: float = 1.0, n_weeks: int = N_WEEKS) -> np.ndarray:
    """Return users of state 0 and four states; the first state jumps at the end."""
    rng = np.random.default_rng(5)
    steps = np.linspace(0.7, 1.0, n_weeks)[:, None]
    users = steps * np.array([200, 900, 2000, 3000, 4000])
    users = users * (1 + rng.normal(0, 0.002, users.shape))
    users[-2:, 1] *= last_jump
    return np.asarray(users.round().astype(int))


def marts_with(users: np.ndarray, price: float | None = 9.5, n_lists: int = 4) -> Marts:
    """Return marts with these users, and what belongs to them."""
    tables = crossing_tables(
        users, AS_OF_WEEK, cities=CITIES, price=price, n_lists=n_lists
    )
    marts = with_rows(made_up_marts(NAMES), tables)
    if price:
        return marts
    return with_values(
        with_rows(marts, {AudienceReturnRow: ()}),
        {
            JourneyRideRow: {"price": None},
            BuyerRow: {"spend": 0.0, "least_spend": 0.0, "most_spend": 0.0},
            ExampleWeekRow: {"value": None},
            AudienceReturnRow: {
                "margin_gained": None,
                "profit": None,
                "profit_low": None,
                "profit_high": None,
                "return_on_investment": None,
                "why_not_measured": "This log has no prices.",
                "verdict": "not measured yet",
            },
        },
    )


def scene_of(marts: Marts, crossing: Crossing | None = None) -> Scene:
    """Return the scene of everyone, or of a crossing."""
    everyone, *_ = all_crossings(marts, 1, 1)
    return Scene(marts, OPTIONS, crossing or everyone, everyone.n_users)


MARTS = marts_with(users_over_time())
CROSSINGS = all_crossings(MARTS, 300, 20)


def this_week_of(marts: Marts) -> ThisWeek:
    """Return the lists of everyone."""
    found = this_week.view(scene_of(marts))
    assert found
    return found


def plain(words: str) -> str:
    """Return words without the marks of states' names."""
    return Markup(words).striptags()


def words_of(page: str) -> str:
    """Return the text of a page without SQL, scripts and styles."""
    bare = re.sub(r"<(script|style|pre)\b.*?</\1>", " ", page, flags=re.S)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", bare)).split())


class TestSums:
    @pytest.mark.parametrize("crossing", CROSSINGS, ids=lambda c: c.words or "everyone")
    def test_parts_agree(self, crossing: Crossing) -> None:
        scene = scene_of(MARTS, crossing)
        users = our_users.view(scene)
        week = this_week.view(scene)
        changed = what_changed.view(scene)
        assert users
        assert week
        assert changed
        totals = dict(users.totals)
        of_cards = sum(card.n_users for card in users.cards)
        # Not started is no state of the model; here it may have too few users.
        not_started = int(totals.get("Not started", "0").replace(",", ""))
        assert of_cards + not_started == scene.n_users
        assert totals["Users"] == f"{scene.n_users:,}"
        figures = {each.name: each.value for each in week.key_figures}
        assert figures["Users who rode"] == totals["Users who rode"]
        assert figures["Rides"] == totals["Rides"]
        assert sum(share.of_users for share in users.shares) == pytest.approx(1)
        assert sum(share.of_worth for share in users.shares) == pytest.approx(1)
        for row in changed.changes:
            (card,) = [c for c in users.cards if c.state == row.change.state]
            assert row.change.now == pytest.approx(card.n_users / scene.n_users)
        for line in changed.growth:
            (card,) = [c for c in users.cards if c.state == line.growth.state]
            assert line.growth.now == card.n_users

    @pytest.mark.parametrize("crossing", CROSSINGS, ids=lambda c: c.words or "everyone")
    def test_trends_are_those_of_the_filter(self, crossing: Crossing) -> None:
        scene = scene_of(MARTS, crossing)
        rows = scene.rows(CrossingSizeRow)
        found = our_users.view(scene)
        assert found
        for card in found.cards:
            assert card.trend
            for weeks, told in ((52, card.trend.before), (0, card.trend.now)):
                week = AS_OF_WEEK - datetime.timedelta(weeks=weeks)
                of_week = [r for r in rows if r.week_start == week]
                shown = [r for r in of_week if r.state_id in scene.figures.state_ids]
                own = [r for r in shown if r.state_id == card.state.state_id]
                share = sum(r.n_users for r in own) / sum(r.n_users for r in shown)
                assert told == f"{100 * share:.1f}%"

    def test_crossings_add_up_to_everyone(self) -> None:
        everyone = scene_of(MARTS)
        for kind in ("city", "platform"):
            scenes = [
                scene_of(MARTS, crossing)
                for crossing in (
                    [Crossing(city=city) for city in CITIES]
                    if kind == "city"
                    else [Crossing(platform=name) for name in ("android", "ios")]
                )
            ]
            assert sum(s.n_users for s in scenes) == everyone.n_users
            users, rides = (
                sum(getattr(s.figures, name)[-1].sum() for s in scenes)
                for name in ("users", "rides")
            )
            assert users == everyone.figures.users[-1].sum()
            assert rides == everyone.figures.rides[-1].sum()
            for number, whole in enumerate(riders(everyone)):
                parts = [riders(s)[number].newest for s in scenes]
                assert sum(p.active for p in parts) == whole.newest.active
                assert sum(p.dormant for p in parts) == whole.newest.dormant

    def test_riders_are_new_retained_or_back(self) -> None:
        for each in riders(scene_of(MARTS)):
            for period in each.periods:
                parts = period.new + period.retained + period.resurrected
                assert parts == period.active


class TestKeyFigures:
    def test_what_is_expected_says_of_whom_and_what_they_brought(self) -> None:
        week = datetime.timedelta(weeks=1)
        now = ForecastRow(
            *("spend", 1, AS_OF_WEEK, None, 81_500.0, 78_400.0, 85_800.0, None, None),
            "published",
        )
        before = replace(now, origin_week_start=AS_OF_WEEK - week, observed=78_320.0)
        for rows, end in (
            ([now, before], "; €78,300 the week before"),
            ([now], "new riders"),
        ):
            marts = with_rows(MARTS, {ForecastRow: rows})
            found = key_figures(scene_of(marts))[-1]
            assert found.value == "€81,500"
            assert found.note.startswith("€78,400 to €85,800, without new riders")
            assert found.note.endswith(end)
        parts = key_figures(scene_of(MARTS, Crossing(CITIES[0])))
        assert parts[-1].note.endswith(", without new riders")


class TestLists:
    def test_the_title_counts_what_to_do(self) -> None:
        found = this_week.view(scene_of(MARTS))
        assert found
        assert found.title == "Send one list, try one, stop one:"
        assert found.gain == "about €6,470 more revenue in four weeks"
        assert found.doubt == ""
        assert found.lead.startswith(
            "If messages do what they did last time, the list to send brings €3,900 to "
            "€9,100 more by Sunday 6 July. That is revenue, not profit"
        )
        assert "revenue, not profit: at a margin of 40%, about €2,590" in found.lead
        without = this_week.view(scene_of(with_rows(MARTS, {AudienceReturnRow: []})))
        assert without
        assert "revenue, not profit: rides and offers have costs." in without.lead

    def test_lists_have_another_title_once_their_week_is_over(self) -> None:
        seen = this_week.view(scene_of(MARTS))
        assert seen
        assert seen.late_title == (
            "These lists were for 9 to 15 June: do not send any more"
        )
        assert "load newer rides" in seen.late_lead
        assert "load newer rides" not in seen.lead
        nobody = with_rows(MARTS, {ListRow: [], ListCountRow: []})
        found = this_week.view(scene_of(nobody))
        assert found
        assert (found.late_title, found.late_lead) == ("", "")

    def test_who_has_no_usual_ride_is_told_with_the_moment(self) -> None:
        found = this_week.view(scene_of(MARTS))
        assert found
        first = MARTS.rows(ListRow)[0]
        (shown,) = [e for e in found.lists if e.list.row.audience == first.audience]
        assert shown.moment == (
            "An hour before their usual ride; Friday 13 June, 16:00 for the 320 of "
            f"{first.n_users_to_write:,} without one"
        )
        scene = scene_of(MARTS, Crossing(CITIES[0]))
        assert moment_words(scene, first).endswith("16:00 for those without one")
        words = f"all {first.n_users_to_write:,}, of every city and platform"
        assert words not in build_page(MARTS, OPTIONS)

    @pytest.mark.parametrize(
        ("rows", "words", "days"),
        [
            ([], "an hour before their usual ride home", "9 to 15 June"),
            (
                [ListMomentRow("a", True, 30, "2025-06-09 17:00", "2025-06-16 07:00")],
                "An hour before their usual ride",
                "9 to 16 June",
            ),
            (
                [ListMomentRow("a", False, 30, "2025-06-13 16:00", "2025-06-13 16:00")],
                "Friday 13 June, 16:00",
                "9 to 15 June",
            ),
            (
                [
                    ListMomentRow(
                        "a", True, 30, "2025-06-10 17:00", "2025-06-10 18:00"
                    ),
                    ListMomentRow("a", False, 30, "Soon", "Soon"),
                ],
                (
                    "An hour before their usual ride, on Tuesday 10 June; the file "
                    "says when for the others"
                ),
                "9 to 15 June",
            ),
        ],
    )
    def test_moments_are_days_that_are_in_the_file(
        self, rows: list[MartRow], words: str, days: str
    ) -> None:
        scene = scene_of(with_rows(MARTS, {ListMomentRow: rows}))
        row = replace(MARTS.rows(ListRow)[0], audience="a")
        assert moment_words(scene, row) == words
        assert written_span(scene) == days

    def test_the_columns_of_files_are_those_of_the_sql(self) -> None:
        first = this_week_list()
        selected = re.findall(r"^ +lists\.(\w+),?$", first.sql, flags=re.M)
        page = words_of(build_page(MARTS, OPTIONS))
        assert selected == list(LIST_COLUMNS)
        assert all(f"{name} {told}" in page for name, told in LIST_COLUMNS.items())
        assert f"{first.row.audience}.csv" in page

    def test_an_effect_beside_few_held_out_is_called_uncertain(self) -> None:
        name = this_week_list().row.audience
        row = AudienceReturnRow(
            *(name, "Remind", 0.4, 300, 40, 250, 18.6, 50.0, 480.0, 430.0, -9.0, 830.0),
            *(8.6, None, "not certain"),
        )
        few = [replace(each, n_held_out=33) for each in MARTS.rows(EffectRow)]
        told = with_rows(MARTS, {AudienceReturnRow: [row], EffectRow: few})
        found = this_week_of(told)
        assert found.gain.endswith(" in four weeks")
        assert found.doubt == (
            "Uncertain: only 33 users were held out. More revenue, but not surely more "
            "profit: see “What works”."
        )
        effect = found.lists[0].effect
        assert effect
        assert effect.note.endswith("Measured last time, against 33 users held out")

    def test_only_a_list_that_is_sure_to_bring_more_is_sent(self) -> None:
        sent = this_week_list().row
        unsure = [
            replace(row, effect_spend_low=-2.0) if row == sent else row
            for row in MARTS.rows(ListRow)
        ]
        found = this_week_of(with_rows(MARTS, {ListRow: unsure}))
        assert found.title == (
            "Try two lists, stop one: no message is sure to bring more yet"
        )
        assert found.gain == ""
        # What may bring more stands above what is not measured.
        (first, second, _) = found.lists
        assert first.list.row.audience == sent.audience
        assert first.effect
        assert second.effect
        assert first.effect.value == "Perhaps +€6,470"
        assert first.effect.note == (
            "−€1,700 to €9,100 for this list. Measured last time, against 968 users "
            "held out"
        )
        assert second.effect.value == "Not measured yet"
        # Everyone is written to all the same, but for those held out.
        assert found.n_write == this_week_of(MARTS).n_write

    def test_a_list_that_costs_more_than_it_brings_is_not_sent(self) -> None:
        row = AudienceReturnRow(
            *(this_week_list().row.audience, "Remind", 0.4, 300, 40, 250, 18.6, 50.0),
            *(480.0, 430.0, -9.0, -2.0, 8.6, None, "costs more"),
        )
        found = this_week_of(with_rows(MARTS, {AudienceReturnRow: [row]}))
        assert found.title.startswith("Try two lists, stop one: ")
        assert found.doubt == ""
        effect = found.lists[0].effect
        assert effect
        assert effect.value == "+€6,470"
        assert effect.note.endswith("coupons cost more than it brought")

    def test_a_forecast_far_from_those_held_out_is_told(self) -> None:
        assert {each.apart for each in this_week_of(MARTS).lists} == {""}
        less = [
            replace(each, mean_spend_held_out=20.0) for each in MARTS.rows(EffectRow)
        ]
        found = this_week_of(with_rows(MARTS, {EffectRow: less}))
        assert found.lists[0].apart == (
            "Without a message the forecast said €39 a user then; the 968 who were "
            "held out brought €20. So forecasts for this list may be too high: do not "
            "add what the message brings."
        )

    def test_a_filter_says_that_effects_are_scaled(self) -> None:
        assert "scaled to the number of users shown" in this_week_of(MARTS).unfiltered

    def test_a_page_that_is_made_late_says_so_without_scripts(self) -> None:
        for back, is_over in ((0, False), (13, False), (14, True)):
            today = AS_OF_WEEK + datetime.timedelta(days=back)
            page = build_page(MARTS, replace(OPTIONS, today=today))
            assert ('<html lang="en" class=is-late' in page) == is_over
            assert 'data-late-from="2025-06-16"' in page

    def test_lists_that_are_stopped_are_in_no_sum(self) -> None:
        found = this_week.view(scene_of(MARTS))
        assert found
        rows = {row.audience: row for row in MARTS.rows(ListRow)}
        sent = [each for each in found.lists if each.list.kind in ("send", "try")]
        assert found.n_write == sum(
            rows[each.list.row.audience].n_users_to_write for each in sent
        )
        assert found.n_write == 1621 + 281
        (stopped,) = [each for each in found.lists if each.list.kind == "stop"]
        assert stopped.title == "Stop: win back users who rode often"
        assert stopped.effect
        assert stopped.effect.value == "No effect found"

    def test_a_card_never_says_to_write_to_a_stopped_list(self) -> None:
        kinds = {each.row.title: each.kind for each in week_lists(scene_of(MARTS))}
        found = our_users.view(scene_of(MARTS))
        assert found
        named = [each for card in found.cards for each in card.advice]
        assert {each.stops for each in named} == {True, False}
        for each in named:
            assert each.stops == (kinds[each.list_title] == "stop")

    def test_a_filter_takes_its_share_of_a_list(self) -> None:
        whole = {x.row.audience: x for x in week_lists(scene_of(MARTS))}
        parts = [
            {x.row.audience: x for x in week_lists(scene_of(MARTS, Crossing(city)))}
            for city in CITIES
        ]
        for name, each in whole.items():
            assert each.n_write == sum(part[name].n_write for part in parts)
            assert each.n_held_out == sum(part[name].n_held_out for part in parts)
            if each.top_spend and all(part[name].top_spend for part in parts):
                tops = [part[name].top_spend for part in parts]
                total = sum(top.value for top in tops if top)
                assert total == pytest.approx(each.top_spend.value)

    def test_a_list_of_a_few_users_says_only_that(self) -> None:
        few = [
            replace(row, n_users=1) if row.audience == "likely_to_lapse" else row
            for row in MARTS.rows(ListCountRow)
        ]
        marts = with_rows(MARTS, {ListCountRow: few})
        page = words_of(build_page(marts, OPTIONS))
        assert "Fewer than 20 users, so nothing more is shown: “Bring back" in page
        found = this_week.view(scene_of(marts))
        assert found
        assert found.few == ["Bring back users before they stop"]
        assert "likely_to_lapse" not in [e.list.row.audience for e in found.lists]
        assert found.n_write == 281

    def test_an_effect_below_zero_is_a_reason_to_stop(self) -> None:
        worse = [
            replace(
                row,
                effect_spend=-2.0,
                effect_spend_low=-3.0,
                effect_spend_high=-1.0,
                is_paused=True,
            )
            for row in MARTS.rows(ListRow)
            if row.audience == "likely_to_lapse"
        ]
        found = this_week.view(scene_of(with_rows(MARTS, {ListRow: worse})))
        assert found
        (each,) = found.lists
        assert each.list.kind == "stop"
        assert each.effect
        assert each.effect.value == "It brought less"
        assert found.gain == ""

    def test_what_came_stands_beside_what_is_expected_now(self) -> None:
        found = this_week.view(scene_of(MARTS))
        assert found
        assert found.past
        # 2,904 users of each of three lists had 0.42, 0.42 or 0.004 rides more.
        assert found.past.finding.endswith(" brought about €23,000 more")
        first = found.lists[0]
        assert first.earlier == (
            "Of 2,904 users who could be written to then, we expected €114,000 without "
            "a message; €127,000 came, €4.54 a user more."
        )
        assert first.sum == (
            "The two groups differ by €3.99 a user. That is the effect, because users "
            "were put into them at random; a forecast may be too low or too high. If "
            "it is the same for the 1,621 users to write to now, the message brings "
            "€6,470 of revenue more than no message."
        )
        assert first.profit == ""

    def test_revenue_is_led_to_the_profit_under_what_works(self) -> None:
        name = this_week_list().row.audience
        row = AudienceReturnRow(
            *(name, "Remind", 0.4, 300, 40, 250, 18.6, 50.0, 480.0, 430.0, 30.0, 830.0),
            *(8.6, None, "pays"),
        )
        found = this_week.view(scene_of(with_rows(MARTS, {AudienceReturnRow: [row]})))
        assert found
        assert found.lists[0].profit == (
            "From revenue to profit, for the 300 users of then: €1,200 more, of "
            "which the margin of 40% is €480; messages and 19 more coupons of "
            "any kind, also of those that no message named, cost €50, so the profit "
            "was €430, as under “What works”."
        )
        less = replace(row, margin_gained=-480.0, profit=-530.0)
        found = this_week.view(scene_of(with_rows(MARTS, {AudienceReturnRow: [less]})))
        assert found
        assert ": €1,200 less, of which the margin of 40% is −€480; " in plain(
            found.lists[0].profit
        )
        found = this_week.view(scene_of(with_rows(MARTS, {AudienceReturnRow: [row]})))
        assert found
        assert "at a margin of 40%, about €2,590 is left" in found.lead
        few = replace(row, n_held_out=19)
        found = this_week.view(scene_of(with_rows(MARTS, {AudienceReturnRow: [few]})))
        assert found
        assert found.lists[0].profit == ""

    @pytest.mark.parametrize(
        ("found", "words"),
        [
            (Range(6650, 81, 13000), "brought about €6,600 more"),
            (
                Range(6650, -81, 13000),
                "probably brought about €6,600 more, but perhaps nothing",
            ),
            (Range(500, -4000, 5000), "may have brought about €500 more, or nothing"),
            (
                Range(-500, -4000, 3000),
                "brought nothing that was seen (about €500 less)",
            ),
            (Range(-500, -900, -100), "brought about €500 less"),
        ],
    )
    def test_what_lists_brought_is_no_surer_than_its_range(
        self, found: Range, words: str
    ) -> None:
        assert this_week._brought(found, this_week._Writer(scene_of(MARTS))) == words

    def test_those_who_got_a_message_are_counted_apart(self) -> None:
        proof = this_week_of(MARTS).lists[0].list.proofs[0]
        assert [(name, n) for name, n, _, _ in proof.groups] == [
            ("Could be written to (2,711 were)", 2904),
            ("Got no message, chosen at random", 968),
        ]

    def test_without_a_message_nothing_is_compared(self) -> None:
        unsent: dict[type[MartRow], dict[str, Any]] = {
            EffectRow: {"n_treated_exposed": 0},
            ListRow: {
                "effect_status": "not measured yet",
                "effect_spend": None,
                "effect_rides": None,
                "n_written_to_before": 0,
            },
        }
        marts = with_values(MARTS, unsent)
        assert not any(each.list.proofs for each in this_week_of(marts).lists)
        assert this_week_of(marts).past is None
        page = words_of(build_page(marts, OPTIONS))
        assert "No message was sent yet" in page
        assert "Could be written to" not in page
        earlier = with_values(marts, {ListRow: {"n_written_to_before": 3}})
        assert "No message was sent yet" not in words_of(build_page(earlier, OPTIONS))

    def test_every_list_with_enough_users_of_a_state_is_named(self) -> None:
        state = MARTS.states[0]
        (first, second, third) = [each.row for each in week_lists(scene_of(MARTS))][:3]
        is_stopped = {
            each.row.audience: each.kind == "stop"
            for each in week_lists(scene_of(MARTS))
        }

        def card_with(**n_users: int) -> Card:
            row = MARTS.rows(ListCountRow)[0]
            rows = [
                *(
                    r
                    for r in MARTS.rows(ListCountRow)
                    if r.state_key != state.state_key
                ),
                *(
                    replace(
                        row,
                        state_key=state.state_key,
                        audience=name,
                        list_status="paused" if is_stopped[name] else "write",
                        n_users=n,
                    )
                    for name, n in n_users.items()
                ),
            ]
            found = our_users.view(scene_of(with_rows(MARTS, {ListCountRow: rows})))
            assert found
            return found.cards[0]

        both = card_with(**{first.audience: 25, second.audience: 40, third.audience: 3})
        told = [(each.n_users, each.list_title) for each in both.advice]
        by_size = [(40, second.title), (25, first.title)]
        assert told == sorted(by_size, key=lambda pair: is_stopped[second.audience])
        assert both.no_advice == ""
        few = card_with(**{first.audience: 18, second.audience: 0})
        assert few.advice == []
        assert few.no_advice == "Few are on a list (fewer than 20 each)"
        assert card_with().no_advice == "Nothing to send now"

    def test_a_list_without_an_effect_may_be_written_to_all_the_same(self) -> None:
        anyway = with_values(MARTS, {ListRow: {"is_paused": False}})
        found = this_week.view(scene_of(anyway))
        assert found
        assert found.title == "Send one list, try two:"
        (each,) = [e for e in found.lists if e.list.row.audience == "win_back"]
        assert each.effect
        assert each.effect.value == "No effect found so far"

    def test_icons_of_lists_are_no_icons_of_states(self) -> None:
        of_lists = {each.icon for each in week_lists(scene_of(MARTS))}
        assert of_lists == {"hold", "return", "gift", "bell"}
        assert not of_lists & {icon_of(state) for state in MARTS.states}
        assert icon_of_list("spring", "Tell them about spring") == "send"

    def test_without_lists_the_week_is_the_finding(self) -> None:
        found = this_week.view(scene_of(marts_with(users_over_time(), n_lists=0)))
        assert found
        assert found.lists == []
        assert re.fullmatch(r"An ordinary week: [\d,]+ users rode", found.title)

    def test_rides_stand_in_for_money(self) -> None:
        marts = marts_with(users_over_time(), price=None)
        found = this_week.view(scene_of(marts))
        assert found
        assert found.gain == "about 680 rides more in four weeks"
        page = words_of(build_page(marts, OPTIONS))
        assert "€" not in page
        assert "has no prices" in page


class TestChanges:
    def test_a_quiet_year_has_nothing_unusual(self) -> None:
        marts = with_rows(MARTS, {})
        changes = state_changes(scene_of(marts))
        assert len(changes) == len(NAMES)
        assert all(change.usual for change in changes)
        found = what_changed.view(scene_of(marts))
        assert found
        assert found.title.startswith("Nothing unusual in four weeks")
        assert found.changes_title == (
            "In four weeks: every change is within its usual range"
        )

    def test_a_jump_is_more_than_usual(self) -> None:
        scene = scene_of(marts_with(users_over_time(last_jump=1.4)))
        found = what_changed.view(scene)
        assert found
        assert "Very frequent grew" in plain(found.title)
        assert "more than usual" in found.title
        first = found.sentences[0]
        assert plain(first.finding).startswith("Very frequent grew from ")
        assert "more than usual" in first.rest
        assert re.search(r" In number: [\d,]+ a year ago, [\d,]+ now\.", first.rest)

    def test_silence_that_grows_by_itself_is_no_finding(self) -> None:
        users = users_over_time()
        rng = np.random.default_rng(8)
        share = np.linspace(0.2, 0.4, N_WEEKS) + rng.normal(0, 0.0005, N_WEEKS)
        share[-1] = share[-5] + 4 * 0.2 / (N_WEEKS - 1)
        users[:, 4] = users[:, :4].sum(axis=1) * share / (1 - share)
        found = what_changed.view(scene_of(marts_with(users)))
        assert found
        assert "Silent for months" not in plain(found.title)
        (told,) = [s for s in found.sentences if "Silent" in plain(s.finding)]
        assert told.is_calm
        assert "not faster than usual" in told.rest
        assert "users who stopped are still counted" in told.rest
        assert "grows by itself" in plain(found.growth_note)

    def test_growth_in_a_year_is_exact(self) -> None:
        users = users_over_time()
        found = what_changed.view(scene_of(marts_with(users)))
        assert found
        for line in found.growth:
            place = line.growth.state.state_id
            assert line.growth.before == users[-53, place]
            assert line.growth.now == users[-1, place]
        assert found.growth_title.startswith("In a year: ")

    @pytest.mark.parametrize(
        ("before", "now", "finding", "share"),
        [
            (
                856,
                1131,
                "In a year A grew more slowly than all users",
                "fell from 22.8% to 19.4%",
            ),
            (
                400,
                900,
                "In a year A grew faster than all users",
                "rose from 10.6% to 15.4%",
            ),
            (
                900,
                700,
                "In a year A shrank by 22%, while all users grew by 55%",
                "fell from 23.9% to 12.0%",
            ),
        ],
    )
    def test_growth_is_told_beside_that_of_all_users(
        self, before: int, now: int, finding: str, share: str
    ) -> None:
        state = replace(MARTS.states[0], state_name="A", state_short_name="A")
        grown = Growth(
            52, [StateGrowth(state, before, now)], 3760, 5828, (900, 900), None
        )
        told = _growth_told(grown.states[0], grown)
        assert plain(told.finding) == finding
        assert share in told.rest

    @pytest.mark.parametrize(("now", "n"), [(655, "no"), (690, "one")])
    def test_a_point_more_is_not_faster(self, now: int, n: str) -> None:
        states = [
            StateGrowth(MARTS.states[0], 419, now),
            StateGrowth(MARTS.states[1], 856, 1131),
        ]
        grown = Growth(52, states, 3760, 5828, (900, 900), None)
        lines, _ = _growth_lines(grown)
        assert [line.is_faster for line in lines] == [n == "one", False]
        assert _growth_title(lines, grown).startswith(f"In a year: {n} state")
        assert "grew clearly faster than the whole" in _growth_title(lines, grown)

    def test_states_are_compared_with_those_that_ride(self) -> None:
        """Where a silent state doubles, 56% is still faster than 38%."""
        before = np.array([100, 280, 419, 1000, 700])
        now = np.array([100, 385, 655, 1350, 1540])
        users = np.linspace(before, now, 53).round()
        users = np.vstack([np.repeat(before[None], N_WEEKS - 53, axis=0), users])
        found = what_changed.view(scene_of(marts_with(users)))
        assert found
        faster = [line.growth.state.state_id for line in found.growth if line.is_faster]
        assert faster == [2]
        assert found.growth_title == (
            "In a year: one state with rides grew clearly faster than all of these "
            "together"
        )
        assert found.growth_axis
        assert "states with rides +41%" in words_of(found.growth_axis)
        assert "All users together grew by 61%" in plain(found.growth_note)
        assert "users in all states with rides +41%" in " ".join(
            said.rest for said in found.sentences
        )

    def test_sizes_say_from_which_column_they_are(self) -> None:
        page = words_of(build_page(MARTS, OPTIONS))
        assert "n_users_as_known and spend_as_known in state_sizes" in page
        found = what_changed.view(scene_of(MARTS))
        assert found
        assert "each week seen from its own end" in plain(found.growth_note)

    def test_messages_are_told_if_they_may_be_behind_a_change(self) -> None:
        (newest, *_), row = MARTS.rows(EffectRow), MARTS.rows(ListRow)[0]
        newest = replace(newest, audience=row.audience, n_treated_exposed=2711)

        def told(effect: EffectRow, city: str = "") -> str:
            scene = scene_of(with_rows(MARTS, {EffectRow: [effect]}), Crossing(city))
            return "".join(said.finding + said.rest for said in about_messages(scene))

        assert told(newest) == (
            f"Messages were sent to users who came onto the list “{row.title}” "
            "(2,711 users) from 14 April to 4 May. A part of what changed may be due "
            "to them: “This week” says what they brought."
        )
        assert "users)" not in told(newest, CITIES[0])
        before = AS_OF_WEEK - datetime.timedelta(weeks=8)
        assert told(replace(newest, last_entered_week_start=before)) == ""
        assert told(replace(newest, n_treated_exposed=0)) == ""

    def test_a_short_log_says_so(self) -> None:
        scene = scene_of(marts_with(users_over_time(n_weeks=3)))
        found = what_changed.view(scene)
        assert found
        assert not found.changes
        assert not found.growth
        assert found.lead == "The log is too short to compare four weeks with."

    def test_growth_leaves_out_the_weeks_in_which_a_log_begins(self) -> None:
        found = what_changed.view(scene_of(marts_with(users_over_time(n_weeks=29))))
        assert found
        # A quarter of 29 weeks are left out.
        assert found.growth_title.startswith("In 21 weeks: ")

    def test_four_weeks_and_weeks_are_compared_with_those_before(self) -> None:
        scene = scene_of(MARTS)
        for each in riders(scene):
            rows = [
                row
                for row in scene.rows(GrowthRow)
                if str(row.period_weeks) == each.key
            ]
            starts = sorted({row.period_start for row in rows})[-2:]
            before, now = (
                sum(r.n_active for r in rows if r.period_start == s) for s in starts
            )
            assert f"{now:,} users rode" in each.title
            assert f"{abs(now - before):,} " in each.title


class TestStates:
    def test_states_that_bring_most_are_the_finding(self) -> None:
        found = our_users.view(scene_of(MARTS))
        assert found
        assert plain(found.title) == (
            "Very frequent and Frequent, commuting are 29% of users and bring 49% of "
            "the money"
        )

    def test_a_state_of_a_few_users_says_only_that(self) -> None:
        users = users_over_time()
        users[:, 2] = 12
        marts = marts_with(users)
        scene = scene_of(marts)
        found = our_users.view(scene)
        assert found
        assert [state.state_name for state in scene.small_states] == [NAMES[1]]
        assert NAMES[1] not in [card.state.state_name for card in found.cards]
        assert scene.n_users == int(users[-1].sum()) - 12
        assert found.totals[0] == ("Not in the sums below", "fewer than 20")
        page = words_of(build_page(marts, OPTIONS))
        assert f"{NAMES[1]}: fewer than 20 users" in page

    def test_small_states_are_counted_together_if_that_tells_of_none(self) -> None:
        users = users_over_time()
        users[:, 2:4] = (12, 15)
        scene = scene_of(marts_with(users))
        found = our_users.view(scene)
        assert found
        assert len(scene.small_states) == 2
        assert found.totals[0] == ("Not in the sums below", "27")
        assert scene.n_users + 27 == int(users[-1].sum())

    def test_who_has_not_ridden_is_in_none_of_the_states(self) -> None:
        found = our_users.view(scene_of(MARTS))
        assert found
        assert found.lead.startswith(
            "Each user who has ridden is in one of four states"
        )
        assert "are in no state: they are shown as “Not started”." in found.lead
        users = users_over_time()
        users[:, 0] = 0
        found = our_users.view(scene_of(marts_with(users)))
        assert found
        assert "Not started" not in found.lead

    def test_a_sentence_of_several_words_has_a_lower_bound(self) -> None:
        state = MARTS.model_states[1]
        words = (
            WordRow(2, "commuting", "time", "…", 100, 0, 0.89, True),
            WordRow(2, "frequent", "tempo", "…", 80, 20, 0.85, True),
            WordRow(2, "evenings", "time", "…", 90, 0, 0.95, False),
            WordRow(2, "nights", "time", "…", 90, 0, 0.7, True),
        )
        found = sentence_about(state, words)
        assert found.text == (
            "Ride at least three times in two weeks, most rides from 6 to 10 or 16 to "
            "20 on Monday to Thursday."
        )
        # False of 11 and of 12 users, who may be 23 of the 80 in long stays.
        assert found.true_share == pytest.approx(1 - 23 / 80)
        assert found.true_of == (
            "True of at least 71% of those four weeks or longer in it."
        )

    def test_a_sentence_that_was_counted_has_no_bound(self) -> None:
        state = MARTS.model_states[1]
        words = (
            WordRow(2, "commuting", "time", "…", 100, 0, 0.89, True, 0.816),
            WordRow(2, "frequent", "tempo", "…", 80, 20, 0.85, True, 0.816),
            WordRow(2, "evenings", "time", "…", 90, 0, 0.95, False, 0.816),
        )
        found = sentence_about(state, words)
        assert found.true_of == "True of 82% of those four weeks or longer in it."
        few = [replace(row, name_true_share=0.787) for row in words]
        found = sentence_about(state, few)
        assert found.text == (
            "Ride at least three times in two weeks (85% of them), most rides from 6 "
            "to 10 or 16 to 20 on Monday to Thursday (89% of them)."
        )
        assert found.true_of == (
            "All of it is true of 79% of those four weeks or longer in it."
        )
        # It is the share of the whole name, not of a part of it.
        untrue = WordRow(2, "nights", "time", "…", 90, 0, 0.7, True, 0.6)
        assert sentence_about(state, (*words, untrue)).is_least

    @pytest.mark.parametrize("seed", range(5))
    def test_the_lower_bound_holds_for_any_users(self, seed: int) -> None:
        rng = np.random.default_rng(seed)
        is_long = rng.random(400) < 0.8
        truths = rng.random((400, 3)) < [[0.9, 0.85, 0.95]]
        # A word about how often is tested on long stays only.
        tested = np.column_stack([is_long, np.ones((400, 2), dtype=bool)])
        rows = [
            WordRow(
                2,
                word,
                kind,
                "…",
                int(tested[:, n].sum()),
                int((~tested[:, n]).sum()),
                float(truths[tested[:, n], n].mean()),
                True,
            )
            for n, (word, kind) in enumerate(
                (("weekly", "tempo"), ("evenings", "time"), ("with coupons", "special"))
            )
        ]
        found = sentence_about(MARTS.model_states[1], rows)
        assert found.is_least
        assert found.true_share is not None
        assert found.true_share <= truths[is_long].all(axis=1).mean()

    def test_a_sentence_of_one_word_is_measured(self) -> None:
        state = MARTS.model_states[1]
        silent = WordRow(2, "silent for months", "silence", "…", 90, 0, 0.91, True)
        assert sentence_about(state, (silent,)).true_of == "True of 91%."
        weekly = WordRow(2, "weekly", "tempo", "…", 90, 10, 0.86, True)
        assert sentence_about(state, (weekly,)).true_of == (
            "True of 86% of those four weeks or longer in it."
        )
        nights = WordRow(2, "nights", "time", "…", 90, 10, 0.86, True)
        assert "or with a ride" in sentence_about(state, (nights,)).true_of

    def test_the_page_says_on_whom_sentences_were_tested(self) -> None:
        page = words_of(build_page(MARTS, OPTIONS))
        assert "was measured when the states were found" in page
        assert "of the state’s users" not in page

    def test_a_word_without_a_sentence_is_told_by_its_meaning(self) -> None:
        words = (WordRow(1, "odd", "special", "an odd thing", 90, 0, 0.9, True),)
        assert sentence_about(MARTS.model_states[0], words).text == "An odd thing."

    def test_icons_follow_the_words(self) -> None:
        icons = [icon_of(state) for state in MARTS.states]
        assert icons == ["bolt", "case", "calendar", "away", "start"]


class TestCrossings:
    def test_small_groups_and_small_rests_are_not_offered(self) -> None:
        week = AS_OF_WEEK
        rows = (
            CrossingSizeRow("Lisbon", "ios", week, 1, 990, 1, 1, None),
            CrossingSizeRow("Lisbon", "web", week, 1, 10, 1, 1, None),
            CrossingSizeRow("Porto", "ios", week, 1, 600, 1, 1, None),
            CrossingSizeRow("not known", "ios", week, 1, 800, 1, 1, None),
            CrossingSizeRow("Faro", "web", week, 1, 700, 1, 1, None),
            CrossingSizeRow(
                "Faro", "ios", week - datetime.timedelta(7), 1, 9, 1, 1, None
            ),
        )
        marts = with_rows(MARTS, {CrossingSizeRow: rows})
        everyone, *offered = all_crossings(marts, 500, 20)
        assert everyone.n_users == 3100
        # Lisbon on ios, or Faro on the web, would tell Lisbon's ten users of the web.
        assert [(c.city, c.platform, c.n_users) for c in offered] == [
            ("", "ios", 2390),
            ("Lisbon", "", 1000),
            ("", "web", 710),
            ("Faro", "", 700),
            ("Porto", "", 600),
            ("Porto", "ios", 600),
        ]

    def test_a_log_without_cities_has_no_menu_of_them(self) -> None:
        tables = crossing_tables(
            users_over_time(), AS_OF_WEEK, cities=("not known",), platforms=("ios",)
        )
        page = build_page(with_rows(made_up_marts(NAMES), tables), OPTIONS)
        assert "data-filter=" not in re.sub(
            r"<script.*?</script>", "", page, flags=re.S
        )


class TestFirstLevel:
    @pytest.mark.parametrize("price", [9.5, None])
    @pytest.mark.parametrize("n_lists", [0, 4])
    def test_no_word_of_models_and_tables(
        self, price: float | None, n_lists: int
    ) -> None:
        marts = marts_with(users_over_time(), price, n_lists)
        page = build_page(marts, OPTIONS)
        above = page.split('<section id="customers"')[0].split("<main")[1]
        assert not FORBIDDEN.findall(words_of(f"<main{above}"))

    def test_an_effect_that_is_not_measured_has_a_date(self) -> None:
        page = words_of(build_page(MARTS, OPTIONS))
        day = AS_OF_WEEK + datetime.timedelta(days=35)
        assert (
            "Not measured yet Of users followed for four weeks, 17 got no message; 20 "
            "are needed. First result on Monday" in page
        )
        assert f"{day.day} " in page

    def test_without_effects_nothing_is_called_on_top(self) -> None:
        unmeasured: dict[type[MartRow], dict[str, Any]] = {
            ListRow: {
                "effect_status": "not measured yet",
                "effect_spend": None,
                "effect_rides": None,
                "is_paused": False,
            }
        }
        marts = with_rows(with_values(MARTS, unmeasured), {EffectRow: ()})
        found = this_week.view(scene_of(marts))
        assert found
        assert found.title == (
            "Try three lists: what a message brings is not measured yet"
        )
        assert found.gain == ""
        assert found.past is None
