"""One persona in detail: figures in sentences, words, hours, traits, states, proof."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from user_states.explorer.naming import called
from user_states.explorer.parts.what_they_write_hours import (
    DayPart,
    PersonaHours,
    persona_hours,
)
from user_states.explorer.parts.what_they_write_states import (
    StateLine,
    WordLine,
    state_lines,
    told_states,
    word_lines,
)
from user_states.explorer.parts.what_they_write_traits import TraitLine, trait_lines
from user_states.explorer.parts.what_they_write_trend import (
    few_recently,
    persona_blocks,
    trend_drawing,
    trend_note,
    week_totals,
)
from user_states.explorer.parts.what_they_write_words import (
    growth_words,
    is_less,
    is_more,
    times_as_many,
)
from user_states.explorer.scene import Scene
from user_states.explorer.words import counted, shortened
from user_states.explorer.words.dates import date
from user_states.explorer.words.numbers import number, percent
from user_states.marts.persona_rows import (
    PersonaEvidenceRow,
    PersonaHourRow,
    PersonaRow,
    PersonaStateRow,
    PersonaTermRow,
    PersonaTraitRow,
    PersonaWeekRow,
)
from user_states.marts.state_rows import ShownState

N_EVIDENCE = 5
TRAITS, HOURS, TERMS = PersonaTraitRow, PersonaHourRow, PersonaTermRow


@dataclass(frozen=True)
class EvidenceLine:
    """A conversation: its id, when and how long it was, and its text if allowed."""

    conversation_id: str
    when: str
    body: str


@dataclass(frozen=True)
class PersonaDive:
    """A persona in detail.

    Attributes
    ----------
    number : int
        In the map and the list, from 1.
    name, share, customers : str
    is_emerging : bool
    sentences : sequence of Markup or str
        What to go by, in figures.
    words : sequence of WordLine
    hours : PersonaHours or None
    traits : sequence of TraitLine
    states : sequence of StateLine
    trend : Markup or None
    trend_note : str
    evidence : sequence of EvidenceLine
    """

    number: int
    name: str
    share: str
    customers: str
    is_emerging: bool
    sentences: Sequence[str]
    words: Sequence[WordLine]
    hours: PersonaHours | None
    traits: Sequence[TraitLine]
    states: Sequence[StateLine]
    trend: Markup | None
    trend_note: str
    evidence: Sequence[EvidenceLine]

    @property
    def has_bodies(self) -> bool:
        """Whether texts of conversations may be shown."""
        return any(line.body for line in self.evidence)


def persona_dive(scene: Scene, row: PersonaRow, place: int) -> PersonaDive:
    """Return a persona in detail."""
    marts, key = scene.marts, row.persona_key
    hours = persona_hours([r for r in marts.rows(HOURS) if r.persona_key == key])
    states = told_states(
        [r for r in marts.rows(PersonaStateRow) if r.persona_key == key], marts.states
    )
    weeks = [r for r in marts.rows(PersonaWeekRow) if r.is_complete]
    own_weeks = [r for r in weeks if r.persona_key == key]
    blocks = persona_blocks(own_weeks, week_totals(weeks))
    evidence = [r for r in marts.rows(PersonaEvidenceRow) if r.persona_key == key]
    return PersonaDive(
        number=place,
        name=shortened(row.persona_name) or "",
        share=percent(row.conversation_share or 0),
        customers=counted(row.n_customers, "customer"),
        is_emerging=row.is_emerging,
        sentences=_sentences(
            row,
            hours.part if hours else None,
            states,
            is_few=key in few_recently(weeks),
        ),
        words=word_lines([r for r in marts.rows(TERMS) if r.persona_key == key]),
        hours=hours,
        traits=trait_lines([r for r in marts.rows(TRAITS) if r.persona_key == key]),
        states=state_lines(states),
        trend=trend_drawing(blocks),
        trend_note=trend_note(blocks),
        evidence=[_evidence(r) for r in evidence[:N_EVIDENCE]],
    )


def _sentences(
    row: PersonaRow,
    part: DayPart | None,
    states: Sequence[tuple[ShownState, PersonaStateRow]],
    *,
    is_few: bool,
) -> list[str]:
    """Return what to go by: when they write, where they are, whether they grow."""
    found: list[str] = [_when(part)]
    found += [_state_sentence(*pair) for pair in telling_states(states)]
    if growth := growth_words(row, is_few=is_few):
        if is_more(row):
            found.append(f"More than before: {growth}.")
        elif is_less(row):
            found.append(f"Less than before: {growth}.")
    found.append(
        f"{counted(row.n_customers, 'customer')} wrote "
        f"{counted(row.n_conversations, 'conversation')} with "
        f"{counted(row.n_messages, 'message')}; {percent(row.core_share or 0)} of the "
        "conversations fit closely."
    )
    return found


def _when(part: DayPart | None) -> str:
    if part is None:
        return "They write at about the same hours as everybody."
    return (
        f"They write {part.words}: {percent(part.share)} of their messages, "
        f"{percent(part.share_of_all)} of all messages."
    )


def telling_states(
    states: Sequence[tuple[ShownState, PersonaStateRow]],
) -> list[tuple[ShownState, PersonaStateRow]]:
    """Return the states in which there are surely most more, and most fewer."""

    def lift(pair: tuple[ShownState, PersonaStateRow]) -> float:
        return pair[1].lift

    more = [pair for pair in states if pair[1].lift_lower > 1]
    fewer = [pair for pair in states if pair[1].lift_upper < 1]
    found = []
    if more:
        found.append(max(more, key=lift))
    if fewer:
        found.append(min(fewer, key=lift))
    return found


def _state_sentence(state: ShownState, row: PersonaStateRow) -> Markup:
    how_many = times_as_many(row.lift)
    return Markup(
        "{} of them are in {} as of all customers who write: {}, all {}."
    ).format(
        how_many[:1].upper() + how_many[1:],
        called(state),
        percent(row.customer_share),
        percent(row.share_of_all),
    )


def _evidence(row: PersonaEvidenceRow) -> EvidenceLine:
    return EvidenceLine(
        shortened(row.conversation_id) or "",
        f"{date(row.first_at.date())}, {number(row.n_messages)} "
        f"message{'' if row.n_messages == 1 else 's'}",
        row.body or "",
    )
