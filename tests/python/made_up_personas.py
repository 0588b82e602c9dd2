"""Made-up rows about personas, as the marts have them."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from math import cos, pi

from user_states.marts.mart_row import MartRow
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
    StateTermRow,
)

# The largest first; the last one has a few people.
NAMES = (
    "Driver, friendly, thank you",
    "Expensive, price, fare",
    "Lost, phone, back seat",
    "App, crashes & <b>payment failed again and again on my new phone</b>",
    "Airport, terminal, pick up",
    "Refund, charged twice",
    "Invoice, company",
)
SIZES = (
    (1020, 610),
    (760, 420),
    (480, 350),
    (390, 280),
    (210, 160),
    (131, 96),
    (15, 9),
)
TERMS = (
    ("driver", "friendly", "thank you", "clean car", "music", "great"),
    ("expensive", "price", "fare", "cheaper", "too much", "surge", "other app"),
    ("lost", "phone", "back seat", "wallet", "left my", "found"),
    ("app", "crashes", "payment failed", "update", "log in", "screen"),
    ("airport", "terminal", "pick up", "flight", "luggage", "early"),
    ("refund", "charged twice", "card", "cancelled", "money back", "bank"),
    ("invoice", "company"),
)
EMERGING, LAPSING = 5, 1
N_WEEKS = 40
N_CONVERSATIONS = sum(n for n, _ in SIZES)


def key(place: int) -> str:
    """Return the key of a persona."""
    return f"persona_{place + 1}"


def persona(place: int) -> PersonaRow:
    """Return a persona by its place from 0."""
    n_conversations, n_customers = SIZES[place]
    share = n_conversations / N_CONVERSATIONS
    is_emerging, is_less = place == EMERGING, place == 2
    return PersonaRow(
        persona_key=key(place),
        persona_name=NAMES[place],
        n_conversations=n_conversations,
        n_customers=n_customers,
        n_messages=2 * n_conversations,
        conversation_share=share,
        core_share=0.9 - 0.06 * place,
        recent_share=0.112 if is_emerging else 0.02 if is_less else share,
        earlier_share=0.066 if is_emerging else 0.17 if is_less else 0.98 * share,
        growth_z=4.2 if is_emerging else -3.1 if is_less else 0.2 * place,
        is_emerging=is_emerging,
    )


def hours(place: int) -> list[PersonaHourRow]:
    """Return the hours of a persona; the second writes in the evening."""
    peak = 20 if place == LAPSING else 9 if place == 4 else 14
    weight = 1.0 if place in (LAPSING, 4) else 0.35

    def shares(middle: int, depth: float) -> list[float]:
        heights = [1 + depth * cos(2 * pi * (hour - middle) / 24) for hour in range(24)]
        return [height / sum(heights) for height in heights]

    own, everybody = shares(peak, weight), shares(14, 0.4)
    n_messages = 2 * SIZES[place][0]
    return [
        PersonaHourRow(
            key(place),
            hour,
            round(own[hour] * n_messages),
            own[hour],
            max(own[hour] - 0.009, 0.0),
            own[hour] + 0.009,
            everybody[hour],
        )
        for hour in range(24)
    ]


def traits(place: int) -> list[PersonaTraitRow]:
    """Return some of the 36 traits."""
    values = {
        "hour_sin": (0.1, 0.2, 1.4),
        "question_share": (0.61, 0.34, 0.9 - 0.3 * place),
        "log_words_mean": (3.1, 2.4, 0.8),
        "exclamation_density": (0.021, 0.004, 0.62),
        "evening_share": (0.48, 0.27, 0.55),
        "log_first_response": (2.9, 5.4, -0.7),
        "is_starter": (0.91, 0.86, 0.22),
        "upper_case_share": (0.061, 0.058, -0.31),
        "digit_share": (0.01, 0.01, 0.05),
    }
    return [PersonaTraitRow(key(place), name, *row) for name, row in values.items()]


def growth(place: int, week: datetime.date) -> list[PersonaWeekRow]:
    """Return every week; the emerging persona has fewer people at first."""
    found = []
    for back in range(N_WEEKS):
        n = max(SIZES[place][0] // N_WEEKS, 1)
        if place == EMERGING:
            n = 9 if back < 5 else 5 if back < 17 else 2
        start = week - datetime.timedelta(weeks=back)
        found.append(PersonaWeekRow(key(place), start, back > 0, n, n))
    return found


def states(place: int, state_keys: Sequence[str]) -> list[PersonaStateRow]:
    """Return who is in which state: of the second persona many are in the last."""
    found = []
    for number, state_key in enumerate(state_keys):
        is_last = number == len(state_keys) - 1
        lift = (2.34 if is_last else 0.7) if place == LAPSING else 1.0 + 0.05 * number
        share = 0.2
        found.append(
            PersonaStateRow(
                key(place),
                state_key,
                round(SIZES[place][1] * share * lift),
                share * lift,
                share,
                lift,
                0.8 * lift,
                1.2 * lift,
            )
        )
    return found


def fit(*, gain: float | None = 0.004, embedder: str = "minilm_int8") -> PersonaFitRow:
    """Return the fit; 0.5 nats are uncertain, the range of the gain is 0.004 wide."""
    return PersonaFitRow(
        is_forced=False,
        embedder=embedder,
        reduction="averages",
        text_share=0.75,
        n_conversations=N_CONVERSATIONS,
        n_customers=1210,
        n_personas=len(NAMES),
        core_share=0.72,
        stability=0.83,
        outcome="an event in the seven days after the day of the conversation",
        n_held_out=302,
        gain=gain,
        gain_lower=None if gain is None else gain - 0.002,
        gain_upper=None if gain is None else gain + 0.002,
        what_is_lost="umap-learn is not installed" if embedder == "tfidf_svd" else None,
    )


def fusions(gain: float = 0.004) -> tuple[PersonaFusionRow, ...]:
    """Return the four shares of the text that are tried."""
    return tuple(
        PersonaFusionRow(
            text_share=share,
            is_chosen=share == 0.75,
            n_personas=7 - place,
            core_share=0.72 - 0.05 * place,
            smallest_share=0.005,
            cohesion_of_all=0.41 - 0.07 * place,
            cohesion_of_core=0.47 - 0.08 * place,
            base_cohesion=0.14,
            coherence=0.21 - 0.03 * place,
            stability=None if place == 3 else 0.83 - 0.05 * place,
            n_held_out=302,
            log_score=gain - 0.001 * place - 0.5,
            gain=gain - 0.001 * place,
            gain_lower=gain - 0.001 * place - 0.002,
            gain_upper=gain - 0.001 * place + 0.002,
            why_not="refits on other customers agree at 0.412" if place == 3 else None,
        )
        for place, share in enumerate((1.0, 0.75, 0.5, 0.0))
    )


def persona_tables(
    week: datetime.date, state_keys: Sequence[str]
) -> dict[type[MartRow], tuple[MartRow, ...]]:
    """Return seven personas; one grows, one is written by those who leave."""
    places = range(len(NAMES))
    first_at = datetime.datetime(2025, 5, 12, 20, 15, tzinfo=datetime.UTC)
    return {
        PersonaRow: tuple(map(persona, places)),
        PersonaTermRow: tuple(
            PersonaTermRow(
                key(place),
                rank,
                term,
                4 if rank > 5 else 90 // rank,
                3.1 / rank,
                19.0 / rank,
            )
            for place in places
            for rank, term in enumerate(TERMS[place], start=1)
        ),
        PersonaHourRow: tuple(row for place in places for row in hours(place)),
        PersonaTraitRow: tuple(row for place in places for row in traits(place)),
        PersonaWeekRow: tuple(row for place in places for row in growth(place, week)),
        PersonaStateRow: tuple(
            row for place in places for row in states(place, state_keys)
        ),
        PersonaEvidenceRow: tuple(
            PersonaEvidenceRow(
                key(place), rank, f"T-{1000 * place + rank}", first_at, rank, None
            )
            for place in places
            for rank in range(1, 6)
        ),
        PersonaFitRow: (fit(),),
        PersonaFusionRow: fusions(),
        StateTermRow: tuple(
            StateTermRow(state_key, rank, term, 120 // rank, 1.6 / rank, 18.0 / rank)
            for number, state_key in enumerate(state_keys)
            for rank, term in enumerate(TERMS[number % 3 + 1], start=1)
        ),
        ConversationFilterRow: tuple(
            ConversationFilterRow(
                name, n, n / 4210, name not in ("kept", "not_looked_at")
            )
            for name, n in (
                ("kept", N_CONVERSATIONS),
                ("not_looked_at", 31),
                ("automatic_or_staff", 640),
                ("length", 310),
                ("exact_duplicate", 120),
                ("template", 60),
                ("near_duplicate", 40),
                ("quote_only", 3),
            )
        ),
    }
