"""The part about what customers write: true findings, nothing about a few people."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from markupsafe import Markup

from made_up_marts import AS_OF_WEEK, made_up_marts, with_rows, with_values
from made_up_personas import (
    EMERGING,
    LAPSING,
    N_CONVERSATIONS,
    NAMES,
    fit,
    fusions,
    key,
    persona_tables,
)
from user_states.explorer.crossings import Crossing
from user_states.explorer.page import build_page
from user_states.explorer.parts import what_they_write as part
from user_states.explorer.parts.what_they_write import Personas
from user_states.explorer.parts.what_they_write_dive import PersonaDive
from user_states.explorer.parts.what_they_write_trend import persona_blocks
from user_states.explorer.scene import PageOptions, Scene
from user_states.explorer.svg.squares import Plot, squarified
from user_states.marts.mart_row import MartRow
from user_states.marts.marts import Marts
from user_states.marts.persona_rows import (
    ConversationFilterRow,
    PersonaEvidenceRow,
    PersonaFitRow,
    PersonaFusionRow,
    PersonaHourRow,
    PersonaRow,
    PersonaStateRow,
    PersonaTermRow,
    PersonaTraitRow,
    PersonaWeekRow,
)

OPTIONS = PageOptions(lambda mart: f"marts.{mart}", min_filter_users=60)
STATES = ("Weekly", "Slowing down", "Silent for months")


def marts_of_messages() -> Marts:
    """Return marts with states and personas."""
    marts = made_up_marts(STATES)
    keys = [state.state_key for state in marts.model_states]
    return with_rows(marts, persona_tables(AS_OF_WEEK, keys))


MARTS = marts_of_messages()


def shown(changes: dict[type[MartRow], list[MartRow]] | None = None) -> Personas:
    """Return what the part shows if some rows are others."""
    found = seen(with_rows(MARTS, changes or {}))
    assert found
    return found


def seen(marts: Marts) -> Personas | None:
    """Return what the part shows, or None."""
    return part.view(Scene(marts, OPTIONS, Crossing(), 1000))


def seen_words(marts: Marts, values: dict[str, float]) -> list[str]:
    """Return the words of the first persona if all terms have these values."""
    found = seen(with_values(marts, {PersonaTermRow: values}))
    assert found
    return [word.term for word in found.dives[0].words]


def dive_of(found: Personas, place: int) -> PersonaDive:
    """Return the details of a persona of the made-up ones."""
    (dive,) = (each for each in found.dives if each.name == NAMES[place])
    return dive


def plain(words: str) -> str:
    """Return words without the marks of states' names."""
    return Markup(words).striptags()


def calm() -> list[MartRow]:
    """Return personas of which none grows."""
    return [replace(row, is_emerging=False) for row in MARTS.rows(PersonaRow)]


class TestFindings:
    def test_what_grows_comes_first(self) -> None:
        found = shown()
        assert found.title == (
            "“Refund, charged twice” is growing: 11% of conversations in four weeks, "
            "7% before"
        )
        (emerging,) = found.emerging
        assert "11% of all conversations in the past four weeks" in emerging.growth
        assert emerging.customers == "96 customers"
        # However small it is, it opens the list, and the note of the map names it.
        assert (emerging.number, found.dives[0].name) == (1, NAMES[EMERGING])
        assert found.map_note.endswith("Growing: 1, “Refund, charged twice”.")
        assert "Growing" not in shown({PersonaRow: calm()}).map_note

    def test_otherwise_what_those_who_leave_write(self) -> None:
        found = shown({PersonaRow: calm()})
        assert plain(found.title) == (
            "Of those who write “Expensive, price, fare”, 2.3 times as many are in "
            "Silent for months as of all who write"
        )
        assert not found.emerging

    def test_a_lift_that_may_be_none_is_no_finding(self) -> None:
        unsure = [replace(row, lift_lower=0.9) for row in MARTS.rows(PersonaStateRow)]
        found = shown({PersonaRow: calm(), PersonaStateRow: [*unsure]})
        assert found.title == (
            "Customers write in seven ways, most often “Driver, friendly, thank you”: "
            "34% of conversations"
        )

    def test_those_who_leave_are_first_among_states(self) -> None:
        found = shown()
        assert [plain(each.name) for each in found.states] == list(STATES[1:])
        assert [plain(each.name) for each in found.other_states] == [STATES[0]]
        first = found.states[0].words[0]
        assert (first.term, first.times, first.customers) == (
            "lost",
            "5.0×",
            "120 customers",
        )

    def test_without_a_state_of_leaving_the_first_states_are_told(self) -> None:
        marts = made_up_marts(["Weekly", "Daily", "Monthly"])
        keys = [state.state_key for state in marts.model_states]
        found = seen(with_rows(marts, persona_tables(AS_OF_WEEK, keys)))
        assert found
        assert found.states_title == "What users of each state write more than others"
        assert [plain(each.name) for each in found.states] == ["Weekly", "Daily"]
        assert [plain(each.name) for each in found.other_states] == ["Monthly"]

    def test_conversations_in_are_read_or_set_aside(self) -> None:
        read = shown().read
        assert read
        rows = MARTS.rows(ConversationFilterRow)
        assert read.n_in == sum(row.n_conversations for row in rows)
        assert (read.n_kept, read.n_aside) == (N_CONVERSATIONS, 1204)
        assert [line.n for line in read.lines][-1] == "under 5"
        assert read.lines[0].name == "Read, and in a persona"


class TestCertainty:
    def test_each_question_has_an_answer_in_plain_words(self) -> None:
        assert [line.answer for line in shown().sure] == [
            "72 of 100 fit closely",
            "Yes: 0.83 of 1",
            "A little: 0.8%",
        ]

    @pytest.mark.parametrize(("core", "rest"), [(0.9, "The other 10"), (0.999, "")])
    def test_no_rest_is_told_without_one(self, core: float, rest: str) -> None:
        line = shown({PersonaFitRow: [replace(fit(), core_share=core)]}).sure[0]
        assert line.meaning.endswith("so it fits them less.") == bool(rest)
        assert rest in line.meaning

    @pytest.mark.parametrize(
        ("gain", "answer", "use"),
        [
            (0.03, "Somewhat: 6%", "helps somewhat to predict whether customers are"),
            (0.08, "A lot: 16%", "also helps a lot"),
            (0.001, "No effect found", "does not say whom to write to"),
            (-0.01, "No: it misleads", "does not say whom to write to"),
            (None, "Not measured yet", "is not measured yet"),
        ],
    )
    def test_what_personas_predict_is_said(
        self, gain: float | None, answer: str, use: str
    ) -> None:
        found = shown(
            {PersonaFitRow: [fit(gain=gain)], PersonaFusionRow: [*fusions(gain or 0)]}
        )
        assert found.sure[-1].answer == answer
        # A negative share of a doubt would be a riddle.
        assert "−" not in found.sure[-1].meaning
        assert use in found.lead

    def test_what_is_lost_without_the_network_is_said(self) -> None:
        found = shown({PersonaFitRow: [fit(embedder="tfidf_svd")]})
        assert "compared by their words only" in found.lost
        assert "Umap-learn is not installed" in found.how
        assert shown().lost == ""

    def test_personas_that_failed_a_check_say_so(self) -> None:
        (row,) = MARTS.rows(PersonaFitRow)
        found = shown({PersonaFitRow: [replace(row, is_forced=True, stability=0.4)]})
        assert "failed a check" in found.forced
        assert found.sure[1].answer == "Not reliably: 0.40 of 1"


class TestDives:
    def test_sentences_are_made_of_figures(self) -> None:
        lines = [plain(line) for line in dive_of(shown(), LAPSING).sentences]
        as_of_all = "as of all customers who write"
        assert lines[0] == (
            "They write between 19:00 and 1:00: 46% of their messages, 22% of all "
            "messages."
        )
        assert lines[1:3] == [
            (
                f"2.3 times as many of them are in Silent for months {as_of_all}: 47%, "
                "all 20%."
            ),
            f"0.7 times as many of them are in Weekly {as_of_all}: 14%, all 20%.",
        ]
        assert lines[3:] == [
            (
                "420 customers wrote 760 conversations with 1,520 messages; 84% of the "
                "conversations fit closely."
            )
        ]

    def test_hours_that_may_be_those_of_all_are_no_finding(self) -> None:
        found = dive_of(shown(), 0)
        assert found.hours
        assert found.hours.part is None
        assert found.sentences[0].startswith("They write at about the same hours")

    def test_traits_are_the_largest_in_words(self) -> None:
        first = dive_of(shown(), 0).traits
        assert [line.name for line in first][:2] == [
            "Messages that ask something",
            "Words in a message",
        ]
        # exp(3.1) - 1 and exp(2.4) - 1; sines have no words.
        assert (first[1].value, first[1].of_all) == ("21", "10")
        assert "61%" in [line.value for line in first]
        rows = [replace(row, difference=0.1) for row in MARTS.rows(PersonaTraitRow)]
        assert not dive_of(shown({PersonaTraitRow: [*rows]}), 0).traits

    def test_texts_are_shown_only_if_they_were_read(self) -> None:
        without = shown().dives[0]
        assert (len(without.evidence), without.has_bodies) == (5, False)
        rows = [
            replace(row, body="It is <b>dear</b>")
            for row in MARTS.rows(PersonaEvidenceRow)
        ]
        assert shown({PersonaEvidenceRow: [*rows]}).dives[0].has_bodies
        assert "customer_id" not in PersonaEvidenceRow.__dataclass_fields__


class TestFewPeople:
    def test_a_small_persona_has_its_name_only(self) -> None:
        found = shown()
        names = [dive.name for dive in (*found.dives, *found.other_dives)]
        others = [name for name in NAMES[:-1] if name != NAMES[EMERGING]]
        assert names == [NAMES[EMERGING], *others]
        assert found.small == [NAMES[-1]]
        assert "Invoice" not in found.map.wide
        assert "1 smaller one" in found.map.wide

    def test_terms_and_states_of_a_few_are_left_out(self) -> None:
        assert "great" not in [word.term for word in dive_of(shown(), 0).words]
        assert not seen_words(MARTS, {"z": 1.9})
        few = with_values(MARTS, {PersonaStateRow: {"n_customers": 4}})
        found = seen(few)
        assert found
        assert not found.dives[0].states
        assert not seen_words(MARTS, {"n_customers": 4})
        assert seen_words(MARTS, {"n_customers": 5})

    def test_an_hour_of_a_few_messages_has_no_bar(self) -> None:
        rows = [replace(row, n_messages=4) for row in MARTS.rows(PersonaHourRow)]
        dive = shown({PersonaHourRow: [*rows]}).dives[0]
        assert dive.hours
        assert dive.hours.drawing.count("Fewer than 5 of their messages") == 24
        assert "whisker" not in dive.hours.drawing
        assert dive.hours.has_few

    def test_four_weeks_of_a_few_people_are_not_told(self) -> None:
        weeks = [
            row
            for row in MARTS.rows(PersonaWeekRow)
            if row.persona_key == key(EMERGING) and row.is_complete
        ]
        blocks = persona_blocks(weeks, {row.week_start: 100 for row in weeks})
        assert [block.share for block in blocks][-2:] == [0.05, 0.09]
        assert blocks[0].share is None
        assert all(a.first < b.first for a, b in pairwise(blocks))

    def test_a_decline_to_a_few_people_is_not_counted(self) -> None:
        told = "Less than before: 2% of all conversations in the past four weeks"
        third = dive_of(shown(), 2).sentences
        assert any(line.startswith(told) for line in third)
        rows = [
            replace(row, n_customers=2) if row.persona_key == key(2) else row
            for row in MARTS.rows(PersonaWeekRow)
        ]
        third = dive_of(shown({PersonaWeekRow: [*rows]}), 2).sentences
        assert any("hardly anybody in the past four weeks" in line for line in third)
        assert not any("2% of all" in line for line in third)

    @pytest.mark.parametrize("row_class", [PersonaRow, PersonaFitRow])
    def test_without_personas_there_is_no_part(self, row_class: type[MartRow]) -> None:
        assert seen(with_rows(MARTS, {row_class: []})) is None


class TestLeftOut:
    def test_a_line_says_so_if_there_are_messages(self) -> None:
        without = with_rows(MARTS, {PersonaRow: []})
        assert "What customers write is left out" in build_page(without, OPTIONS)

    def test_nothing_is_said_without_messages(self) -> None:
        none = with_rows(MARTS, {PersonaRow: [], ConversationFilterRow: []})
        page = build_page(none, OPTIONS)
        assert "What customers write is left out" not in page
        assert 'id="what-they-write"' not in page

    def test_names_and_texts_are_escaped(self) -> None:
        rows = [
            replace(row, body="It is <b>dear</b>")
            for row in MARTS.rows(PersonaEvidenceRow)
        ]
        page = build_page(with_rows(MARTS, {PersonaEvidenceRow: rows}), OPTIONS)
        assert "<b>" not in page
        assert "It is &lt;b&gt;dear&lt;/b&gt;" in page
        assert "&lt;b&gt;payment failed" in page


class TestMap:
    def test_areas_are_values_and_fill_the_whole(self) -> None:
        rng = np.random.default_rng(3)
        whole = Plot(0, 0, 800, 300)
        for n in (1, 2, 7, 20):
            values = sorted(rng.pareto(1.5, n) + 0.05, reverse=True)
            found = squarified(values, whole)
            areas = np.array([one.width * one.height for one in found])
            expected = np.array(values) / sum(values) * 800 * 300
            np.testing.assert_allclose(areas, expected)
            assert min(min(one.x, one.y) for one in found) >= -1e-9
            assert max(one.x + one.width for one in found) <= 800 + 1e-6
            assert max(one.y + one.height for one in found) <= 300 + 1e-6
            middles = [(one.x + one.width / 2, one.y + one.height / 2) for one in found]
            inside = [
                sum(
                    a.x < x < a.x + a.width and a.y < y < a.y + a.height
                    for x, y in middles
                )
                for a in found
            ]
            assert inside == [1] * n

    def test_the_example_of_the_paper_is_laid_out_as_there(self) -> None:
        found = squarified([6, 6, 4, 3, 2, 2, 1], Plot(0, 0, 6, 4))
        sizes = [(round(one.width, 2), round(one.height, 2)) for one in found]
        assert sizes[:4] == [(3, 2), (3, 2), (1.71, 2.33), (1.29, 2.33)]

    def test_many_personas_are_put_together(self) -> None:
        (first, *_) = MARTS.rows(PersonaRow)
        many = [
            replace(first, persona_key=f"p{n:02}", n_conversations=900 - n)
            for n in range(60)
        ]
        found = shown({PersonaRow: [*many]})
        assert found.map.wide.count("<rect") == part.MOST_TILES
        assert len(found.dives) + len(found.other_dives) == 60
