"""Personas and states: who of a persona is in which state, and what a state writes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import log2

from markupsafe import Markup

from user_states.explorer.naming import called
from user_states.explorer.parts.what_they_write_words import (
    FEWEST_PEOPLE,
    MORE_THAN_USUAL,
    ratio,
    ratio_of,
    times,
)
from user_states.explorer.svg import ranges
from user_states.explorer.svg.bars import meter
from user_states.explorer.svg.scales import Scale
from user_states.explorer.words import counted, shortened
from user_states.explorer.words.numbers import percent
from user_states.marts.families import Family
from user_states.marts.persona_rows import (
    PersonaStateRow,
    PersonaTermRow,
    StateTermRow,
)
from user_states.marts.state_rows import ShownState

N_WORDS = 8
# States whose users are leaving come first, then those who are away.
_ORDER = (Family.LEAVING, Family.AWAY)
# A quarter to four times as many.
_REACH = 2.0


@dataclass(frozen=True)
class StateLine:
    """A state: how many times as many of a persona are in it as of all who write."""

    name: Markup
    drawing: Markup
    lift: str
    shares: str


@dataclass(frozen=True)
class WordLine:
    """A word: how much more it is used, a bar of that, and by how many customers."""

    term: str
    bar: Markup
    times: str
    customers: str


@dataclass(frozen=True)
class StateWords:
    """What the users of a state write more than others."""

    state: ShownState
    name: Markup
    words: Sequence[WordLine]


def told_states(
    rows: Sequence[PersonaStateRow], states: Sequence[ShownState]
) -> list[tuple[ShownState, PersonaStateRow]]:
    """Return the states of a persona that may be told, in the order of the states."""
    by_key = {row.state_key: row for row in rows}
    return [
        (state, by_key[state.state_key])
        for state in states
        if state.state_key in by_key
        and by_key[state.state_key].n_customers >= FEWEST_PEOPLE
        and by_key[state.state_key].lift > 0
    ]


def state_lines(told: Sequence[tuple[ShownState, PersonaStateRow]]) -> list[StateLine]:
    """Return a line for each state, on one scale of halves and doubles."""
    return [_state_line(state, row) for state, row in told]


def state_axis() -> Markup:
    """Return the axis of the lines."""
    marks = [(-1.0, "½×"), (0.0, "1×"), (1.0, "2×"), (2.0, "4×")]
    return ranges.axis(Scale(-_REACH, _REACH, 4, 96), marks)


def _state_line(state: ShownState, row: PersonaStateRow) -> StateLine:
    lift, high = row.lift, row.lift_upper
    low = min(max(row.lift_lower, 0.01), lift)
    scale = Scale(-_REACH, _REACH, 4, 96)
    at, low_at, high_at = (
        min(max(log2(value), -_REACH), _REACH) for value in (lift, low, high)
    )
    words = (
        f"{state.state_short_name}: {ratio(lift)} times as many as of all, between "
        f"{ratio(low)} and {ratio(high)} times"
    )
    return StateLine(
        name=called(state),
        drawing=ranges.effect(at, low_at, high_at, scale, f"k{state.place}", words),
        lift=f"{ratio(lift)}×",
        shares=f"{percent(row.customer_share)}, all {percent(row.share_of_all)}",
    )


def word_lines(
    rows: Sequence[PersonaTermRow] | Sequence[StateTermRow], most: int = N_WORDS
) -> list[WordLine]:
    """Return the words that are surely used more, with bars of how many times."""
    told = [
        row
        for row in rows
        if row.n_customers >= FEWEST_PEOPLE and row.z >= MORE_THAN_USUAL
    ][:most]
    highest = max((ratio_of(row.log_odds) for row in told), default=1.0)
    return [
        WordLine(
            term=shortened(row.term) or "",
            bar=meter(ratio_of(row.log_odds) / highest, "back"),
            times=times(row.log_odds),
            customers=counted(row.n_customers, "customer"),
        )
        for row in told
    ]


def words_of_states(
    rows: Sequence[StateTermRow], states: Sequence[ShownState]
) -> list[StateWords]:
    """Return what the users of each state write, those who are leaving first."""

    def place(state: ShownState) -> int:
        return _ORDER.index(state.family) if state.family in _ORDER else len(_ORDER)

    found = []
    for state in sorted(states, key=place):
        words = word_lines([row for row in rows if row.state_key == state.state_key])
        if words:
            found.append(StateWords(state, called(state), words))
    return found


def is_leaving(words: StateWords) -> bool:
    """Return whether the users of a state are leaving, or away already."""
    return words.state.family in _ORDER
