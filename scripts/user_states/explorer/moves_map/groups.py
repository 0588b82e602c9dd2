"""Which states and which moves the map of moves draws.

A state belongs to one of four groups, from left to right: entry, riding, leaving and
silent. An arrow goes from one group to another, in stripes by the state that its users
came from. Moves within a group, and moves that few users made, are in the table only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from math import floor, log10

from user_states.explorer.few_users import large_enough

# Where users come from who were not there at the beginning.
JOINED = "joined"
# An arrow stands for at least this share of all users.
LEAST_SHARE = 0.004


class Group(StrEnum):
    """A column of the map."""

    JOINED = "joined"
    ENTRY = "entry"
    RIDING = "riding"
    LEAVING = "leaving"
    SILENT = "silent"


@dataclass(frozen=True)
class MapState:
    """A state as the map needs it: its key, a short name, its users now, its group."""

    key: str
    name: str
    n_users: int
    group: Group


class Arrow(StrEnum):
    """The arrows that the map can draw; the value says what its users did."""

    JOINED_TO_ENTRY = "joined"
    JOINED_TO_RIDING = "joined and ride already"
    JOINED_TO_SILENT = "joined, silent already"
    ENTRY_TO_RIDING = "found a rhythm"
    ENTRY_TO_SILENT = "tried it, silent now"
    RIDING_TO_LEAVING = "slow down"
    LEAVING_TO_RIDING = "ride again"
    RIDING_TO_SILENT = "rode then, silent now"
    LEAVING_TO_SILENT = "silent now"
    SILENT_TO_RIDING = "silent, ride now"

    @property
    def ends(self) -> tuple[Group, Group]:
        """The groups at the beginning and at the end."""
        start, end = self.name.split("_TO_")
        return Group[start], Group[end]


@dataclass(frozen=True)
class Bundle:
    """The users of one arrow.

    Attributes
    ----------
    arrow : Arrow
    parts : tuple of (str, int)
        Users by the key of the state that they came from (or `JOINED`), in the order of
        the states.
    """

    arrow: Arrow
    parts: tuple[tuple[str, int], ...]

    @property
    def n_users(self) -> int:
        """All users of the arrow."""
        return sum(n for _, n in self.parts)


@dataclass(frozen=True)
class MapContent:
    """What the map draws.

    Attributes
    ----------
    states : mapping of Group to tuple of MapState
        Groups with at least one state, each in the order of the states.
    bundles : mapping of Arrow to Bundle
    fewest : int
        Arrows of fewer users are not drawn.
    fewest_shown : int
        Smaller numbers of users are not shown.
    words : mapping of Arrow to str
        Other words for some arrows.
    """

    states: Mapping[Group, tuple[MapState, ...]]
    bundles: Mapping[Arrow, Bundle]
    fewest: int
    fewest_shown: int
    words: Mapping[Arrow, str]

    def words_of(self, arrow: Arrow) -> str:
        """Return what the users of an arrow did."""
        return self.words.get(arrow, arrow.value)


def map_content(
    states: Sequence[MapState],
    moves: Mapping[tuple[str, str], int],
    fewest_shown: int = 1,
    words: Mapping[Arrow, str] | None = None,
) -> MapContent:
    """Return what the map draws.

    Parameters
    ----------
    states : sequence of MapState
        In order of activity.
    moves : mapping of (str, str) to int
        Users by the keys of the states that they were in (or `JOINED`) and are in.
    fewest_shown : int
        No arrow of fewer users is drawn.
    words : mapping of Arrow to str, optional
        Other words for some arrows; they are not longer than the usual ones.
    """
    placed = _with_riding(states)
    group_of = {state.key: state.group for state in placed} | {JOINED: Group.JOINED}
    order = [JOINED, *(state.key for state in placed)]
    fewest = round_number(LEAST_SHARE * sum(state.n_users for state in placed))
    fewest = max(fewest, fewest_shown)
    bundles = {}
    for arrow in Arrow:
        found = {
            (start, end): n
            for (start, end), n in moves.items()
            if (group_of.get(start), group_of.get(end)) == arrow.ends and n > 0
        }
        for side in (1, 0):
            found = _without_few(found, side, fewest_shown)
        parts = _summed(found, 0)
        bundle = Bundle(
            arrow, tuple((key, parts[key]) for key in order if key in parts)
        )
        if bundle.n_users >= fewest:
            bundles[arrow] = bundle
    groups = {
        group: tuple(state for state in placed if state.group == group)
        for group in Group
    }
    return MapContent(
        {group: found for group, found in groups.items() if found},
        bundles,
        fewest,
        fewest_shown,
        words or {},
    )


def _without_few(
    moves: Mapping[tuple[str, str], int], side: int, fewest: int
) -> dict[tuple[str, str], int]:
    """Return moves without those of too few users, whose number a sum would tell.

    Parameters
    ----------
    moves : mapping of (str, str) to int
    side : int
        0 to look at where users come from, 1 at where they go.
    fewest : int
    """
    told, others = large_enough(_summed(moves, side), fewest)
    return {pair: n for pair, n in moves.items() if others or pair[side] in told}


def _summed(moves: Mapping[tuple[str, str], int], side: int) -> dict[str, int]:
    """Return users by one side of their moves."""
    sums: dict[str, int] = {}
    for pair, n in moves.items():
        sums[pair[side]] = sums.get(pair[side], 0) + n
    return sums


def round_number(value: float) -> int:
    """Return a round number near a value, at least 1: 1, 2, 5 or 10 and so on."""
    if value <= 1:
        return 1
    power = 10 ** floor(log10(value))
    nearest = min((1, 2, 2.5, 5, 10), key=lambda step: abs(step * power - value))
    return max(int(nearest * power), 1)


def _with_riding(states: Sequence[MapState]) -> list[MapState]:
    """Return the states with at least one in the middle: the most active group."""
    present = {state.group for state in states}
    for group in (Group.RIDING, Group.LEAVING, Group.ENTRY, Group.SILENT):
        if group in present:
            return [
                replace(state, group=Group.RIDING) if state.group == group else state
                for state in states
            ]
    return list(states)
