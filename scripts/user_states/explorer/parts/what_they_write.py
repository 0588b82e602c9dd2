"""What customers write: personas, who is in them, and what those who leave write."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from user_states.explorer.naming import called
from user_states.explorer.part import Part, View
from user_states.explorer.parts.customers import OF_ALL_CITIES
from user_states.explorer.parts.what_they_write_dive import (
    PersonaDive,
    persona_dive,
    telling_states,
)
from user_states.explorer.parts.what_they_write_filters import (
    ConversationOutcomes,
    read_conversations,
)
from user_states.explorer.parts.what_they_write_map import (
    MapTile,
    PersonaMap,
    persona_map,
)
from user_states.explorer.parts.what_they_write_states import (
    StateWords,
    is_leaving,
    state_axis,
    told_states,
    words_of_states,
)
from user_states.explorer.parts.what_they_write_trend import few_recently
from user_states.explorer.parts.what_they_write_trust import (
    FusionLine,
    SureLine,
    forced,
    fusion_lines,
    persona_gain,
    sure_lines,
    use_of,
    words_only,
)
from user_states.explorer.parts.what_they_write_words import (
    growth_words,
    is_less,
    is_more,
    quoted,
    times_as_many,
)
from user_states.explorer.scene import CUSTOMER_GROUP, Scene
from user_states.explorer.words import counted, shortened, starting_large
from user_states.explorer.words.numbers import in_words, number, percent
from user_states.marts.families import Family
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
from user_states.marts.state_rows import ShownState

# Tiles of the map; deep dives, emerging personas and states on the first level.
MOST_TILES, N_FIRST, N_EMERGING, N_STATES = 20, 6, 2, 2


@dataclass(frozen=True)
class EmergingPersona:
    """A persona of which there is more and more: where it is told, and its growth."""

    number: int
    name: str
    growth: str
    customers: str


@dataclass(frozen=True, kw_only=True)
class Personas(View):
    """What the part shows.

    Attributes
    ----------
    emerging : sequence of EmergingPersona
    map : PersonaMap
    map_label, map_note : str
    dives, other_dives : sequence of PersonaDive
        Of personas with enough customers: those that grow, then the largest.
    small : sequence of str
        Names of the others.
    state_axis : Markup
    states_title : str
    states, other_states : sequence of StateWords
        What users of states write, first of those who leave or are away.
    sure : sequence of SureLine
    forced, lost : str
        That a check failed, and what is lost without the network; mostly empty.
    read : ConversationOutcomes or None
    fusions : sequence of FusionLine
    how : str
        How the personas were found, for analysts.
    """

    emerging: Sequence[EmergingPersona]
    map: PersonaMap
    map_label: str
    map_note: str
    dives: Sequence[PersonaDive]
    other_dives: Sequence[PersonaDive]
    small: Sequence[str]
    state_axis: Markup
    states_title: str
    states: Sequence[StateWords]
    other_states: Sequence[StateWords]
    sure: Sequence[SureLine]
    forced: str
    lost: str
    read: ConversationOutcomes | None
    fusions: Sequence[FusionLine]
    how: str


def view(scene: Scene) -> Personas | None:
    """Return the personas; None if there are none with enough customers."""
    marts, least = scene.marts, scene.options.min_cell_users
    rows = [row for row in marts.rows(PersonaRow) if row.n_conversations]
    told = _in_order([row for row in rows if row.n_customers >= least])
    fit = next(iter(marts.rows(PersonaFitRow)), None)
    if not told or fit is None:
        return None
    small = [row for row in rows if row.n_customers < least]
    fusions = marts.rows(PersonaFusionRow)
    gain = persona_gain(fit, fusions)
    words = words_of_states(marts.rows(StateTermRow), marts.states)
    few = few_recently([row for row in marts.rows(PersonaWeekRow) if row.is_complete])
    # Those who are leaving only, if there are any.
    n_states = min(sum(map(is_leaving, words)) or N_STATES, N_STATES)
    dives = [persona_dive(scene, row, place) for place, row in enumerate(told, start=1)]
    tiles, emerging = _tiles(told, small, few), _emerging(told)
    return Personas(
        title=_title(scene, told, len(rows)),
        lead=_lead(fit, use_of(gain)),
        unfiltered=OF_ALL_CITIES,
        emerging=emerging,
        map=persona_map(tiles),
        map_label=f"The {counted(len(rows), 'persona')}, by their conversations",
        map_note=_map_note(tiles, emerging),
        dives=dives[:N_FIRST],
        other_dives=dives[N_FIRST:],
        small=[shortened(row.persona_name) or "" for row in small],
        state_axis=state_axis(),
        states_title=_states_title(words),
        states=words[:n_states],
        other_states=words[n_states:],
        sure=sure_lines(fit, gain),
        forced=forced(fit),
        lost=words_only(fit),
        read=read_conversations(marts.rows(ConversationFilterRow)),
        fusions=fusion_lines(fusions),
        how=_how(fit),
    )


def _title(scene: Scene, told: Sequence[PersonaRow], n_personas: int) -> str:
    emerging = [row for row in told if row.is_emerging and growth_words(row)]
    if emerging:
        row = max(emerging, key=lambda row: row.growth_z or 0.0)
        return (
            f"{quoted(row)} is growing: {percent(row.recent_share or 0)} of "
            f"conversations in four weeks, {percent(row.earlier_share or 0)} before"
        )
    found = _leaving(scene, told)
    if found is not None:
        row, state, lift = found
        return Markup("Of those who write {}, {} are in {} as of all who write").format(
            quoted(row), times_as_many(lift), called(state)
        )
    largest = max(told, key=lambda row: row.n_conversations)
    if n_personas == 1:
        return f"One way of writing stands out: {quoted(largest)}"
    return (
        f"Customers write in {in_words(n_personas)} ways, most often "
        f"{quoted(largest)}: "
        f"{percent(largest.conversation_share or 0)} of conversations"
    )


def _leaving(
    scene: Scene, told: Sequence[PersonaRow]
) -> tuple[PersonaRow, ShownState, float] | None:
    """Return the persona of which surely most more are in a state of leaving."""
    found = []
    for row in told:
        own = [
            state_row
            for state_row in scene.marts.rows(PersonaStateRow)
            if state_row.persona_key == row.persona_key
        ]
        for state, state_row in telling_states(told_states(own, scene.marts.states)):
            if state_row.lift > 1 and state.family in (Family.LEAVING, Family.AWAY):
                found.append((row, state, state_row.lift))
    return max(found, key=lambda each: each[2]) if found else None


def _lead(fit: PersonaFitRow, use: str) -> str:
    return (
        f"We read {counted(fit.n_conversations, 'conversation')} of "
        f"{counted(fit.n_customers, 'customer')}. A persona is a group of "
        "conversations that are alike in what is written, and in when and how; its "
        f"name is the words that it uses more than others. {use}"
    )


def _states_title(words: Sequence[StateWords]) -> str:
    if any(map(is_leaving, words)):
        return "What those who are leaving write more than others"
    return "What users of each state write more than others"


def _in_order(told: Sequence[PersonaRow]) -> list[PersonaRow]:
    """Put the personas that grow first: they are news, however few they are."""

    def growth(row: PersonaRow) -> float:
        is_news = row.is_emerging and bool(growth_words(row))
        return (row.growth_z or 0.0) if is_news else 0.0

    return sorted(told, key=lambda row: (-growth(row), -row.n_conversations))


def _emerging(told: Sequence[PersonaRow]) -> list[EmergingPersona]:
    return [
        EmergingPersona(
            place, quoted(row), growth, counted(row.n_customers, "customer")
        )
        for place, row in enumerate(told[:N_EMERGING], start=1)
        if row.is_emerging and (growth := growth_words(row))
    ]


def _tiles(
    told: Sequence[PersonaRow], small: Sequence[PersonaRow], few: frozenset[str]
) -> list[MapTile]:
    """Return a tile for each of the largest personas, and one for all others."""
    shown = told if len(told) <= MOST_TILES else told[: MOST_TILES - 1]
    rest = [*told[len(shown) :], *small]
    tiles = [
        _tile(row, place, row.persona_key in few)
        for place, row in enumerate(shown, start=1)
    ]
    if rest:
        n = sum(row.n_conversations for row in rest)
        share = percent(sum(row.conversation_share or 0 for row in rest))
        name = f"{counted(len(rest), 'smaller one')}"
        tip = f"{name}\n{share} of conversations"
        tiles.append(MapTile("", name, n, share, "map-rest", "", tip))
    return sorted(tiles, key=lambda tile: -tile.n)


def _tile(row: PersonaRow, place: int, is_few: bool) -> MapTile:
    trend, words = "map-same", ""
    if row.is_emerging:
        trend, words = "map-new", "growing"
    elif is_more(row):
        trend, words = "map-more", "more"
    elif is_less(row):
        trend, words = "map-less", "less"
    share = percent(row.conversation_share or 0)
    growth = growth_words(row, is_few=is_few) if words else ""
    lines = [
        row.persona_name,
        f"{share} of conversations, {counted(row.n_customers, 'customer')}",
        starting_large(growth),
    ]
    return MapTile(
        number=str(place),
        name=shortened(row.persona_name) or "",
        n=row.n_conversations,
        share=share,
        trend=trend,
        trend_words=words,
        tip="\n".join(line for line in lines if line),
    )


def _map_note(tiles: Sequence[MapTile], emerging: Sequence[EmergingPersona]) -> str:
    note = (
        "The larger a tile, the more conversations. The numbers are those of the list "
        "below."
    )
    if any(tile.trend_words for tile in tiles):
        note += (
            " Blue: more of them in the past four weeks than in the twelve before; "
            "orange: fewer; grey: no change beyond the usual."
        )
    if emerging:
        # Its tile may be too small for a number.
        names = " and ".join(f"{each.number}, {each.name}" for each in emerging)
        note += f" Growing: {names}."
    return note


def _how(fit: PersonaFitRow) -> str:
    lost = f" {starting_large(fit.what_is_lost)}." if fit.what_is_lost else ""
    return (
        f"Texts were embedded by {fit.embedder} and reduced by {fit.reduction}; "
        f"{percent(fit.text_share)} of all distances are those of texts, the rest are "
        f"those of behaviour. {number(fit.n_held_out)} customers were held out.{lost}"
    )


PART = Part(
    "what-they-write",
    "What customers write",
    view,
    (
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
    ),
    CUSTOMER_GROUP,
)
