"""Rows of the marts about personas: groups of conversations that are alike."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from user_states.marts.mart_row import MartRow, MartSource


@dataclass(frozen=True)
class PersonaRow(MartRow):
    """A persona: who wrote its conversations, and whether there are more of them.

    Shares are of all conversations. The recent ones are those of the newest four
    complete weeks, the earlier ones those of the twelve weeks before.
    """

    source = MartSource("personas", "n_conversations desc, persona_key")

    persona_key: str
    persona_name: str
    n_conversations: int
    n_customers: int
    n_messages: int
    conversation_share: float | None
    core_share: float | None
    recent_share: float | None
    earlier_share: float | None
    growth_z: float | None
    is_emerging: bool


@dataclass(frozen=True)
class PersonaTermRow(MartRow):
    """A term that a persona's customers use more than others do."""

    source = MartSource("persona_terms", "persona_key, term_rank")

    persona_key: str
    term_rank: int
    term: str
    n_customers: int
    log_odds: float
    z: float


@dataclass(frozen=True)
class PersonaHourRow(MartRow):
    """Messages of a persona in an hour of the day; the range is by customers."""

    source = MartSource("persona_rhythms", "persona_key, hour_of_day")

    persona_key: str
    hour_of_day: int
    n_messages: int
    message_share: float
    share_lower: float | None
    share_upper: float | None
    share_of_all: float


@dataclass(frozen=True)
class PersonaEvidenceRow(MartRow):
    """A conversation in the middle of a persona; without the customer's id.

    The body is None unless the var `explorer_shows_messages` allows it.
    """

    source = MartSource("persona_evidence", "persona_key, evidence_rank")

    persona_key: str
    evidence_rank: int
    conversation_id: str
    first_at: datetime.datetime
    n_messages: int
    body: str | None


@dataclass(frozen=True)
class PersonaStateRow(MartRow):
    """Customers of a persona in a state; without cells of a few people."""

    source = MartSource("persona_states", "persona_key, state_key")

    persona_key: str
    state_key: str
    n_customers: int
    customer_share: float
    share_of_all: float
    lift: float
    lift_lower: float
    lift_upper: float


@dataclass(frozen=True)
class PersonaWeekRow(MartRow):
    """Conversations of a persona in a week."""

    source = MartSource("persona_growth", "persona_key, week_start")

    persona_key: str
    week_start: datetime.date
    is_complete: bool
    n_conversations: int
    n_customers: int


@dataclass(frozen=True)
class PersonaTraitRow(MartRow):
    """A trait of how a persona writes; the difference is in standard deviations."""

    source = MartSource("persona_traits", "persona_key, trait")

    persona_key: str
    trait: str
    mean_value: float | None
    mean_of_all: float | None
    difference: float | None


@dataclass(frozen=True)
class PersonaFitRow(MartRow):
    """How the personas were found, and what they predict: one row.

    Gains are in nats a conversation, over everybody in one group.
    """

    source = MartSource("persona_quality", "run_id")

    is_forced: bool
    embedder: str
    reduction: str
    text_share: float
    n_conversations: int
    n_customers: int
    n_personas: int
    core_share: float
    stability: float | None
    outcome: str | None
    n_held_out: int
    gain: float | None
    gain_lower: float | None
    gain_upper: float | None
    what_is_lost: str | None


@dataclass(frozen=True)
class PersonaFusionRow(MartRow):
    """Personas by one share of the text; the rest is behaviour."""

    source = MartSource("persona_fusions", "text_share desc")

    text_share: float
    is_chosen: bool
    n_personas: int
    core_share: float | None
    smallest_share: float | None
    cohesion_of_all: float | None
    cohesion_of_core: float | None
    base_cohesion: float | None
    coherence: float | None
    stability: float | None
    n_held_out: int | None
    log_score: float | None
    gain: float | None
    gain_lower: float | None
    gain_upper: float | None
    why_not: str | None


@dataclass(frozen=True)
class StateTermRow(MartRow):
    """A term that customers in a state use more than others do."""

    source = MartSource("state_terms", "state_key, term_rank")

    state_key: str
    term_rank: int
    term: str
    n_customers: int
    log_odds: float
    z: float


@dataclass(frozen=True)
class ConversationFilterRow(MartRow):
    """Conversations that are kept, or that a filter set aside."""

    source = MartSource(
        "conversation_filters", "is_set_aside, n_conversations desc, filter_name"
    )

    filter_name: str
    n_conversations: int
    conversation_share: float
    is_set_aside: bool
