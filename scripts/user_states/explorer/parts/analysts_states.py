"""The states in numbers: names, features, moves and stays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from user_states.explorer.words.numbers import about, percent
from user_states.marts.known_means import profiles
from user_states.marts.marts import Marts
from user_states.marts.outlook_rows import StateOutlookRow
from user_states.marts.state_rows import ShownState, TransitionRow, WordRow
from user_states.marts.weeks_ahead import stay_in_words


@dataclass(frozen=True)
class FeatureLine:
    """A feature: its mean in each state, and everyone's."""

    name: str
    unit: str
    of_states: list[str]
    of_everyone: str


@dataclass(frozen=True)
class OutlookLine:
    """A state: its mean stay, its share in the long run, and rides of a user."""

    state: ShownState
    stay: str
    long_run: str
    rides: str


@dataclass(frozen=True)
class StateTables:
    """The states in numbers.

    Attributes
    ----------
    states : sequence of ShownState
        Those of the model.
    words : sequence of (str, WordRow)
        Words in the names, with the name of the state.
    features : list of FeatureLine
    moves : list of (str, list of str)
        By state: the chance of each state in the next week.
    outlooks : list of OutlookLine
    """

    states: Sequence[ShownState]
    words: Sequence[tuple[str, WordRow]]
    features: list[FeatureLine]
    moves: list[tuple[str, list[str]]]
    outlooks: list[OutlookLine]


def state_tables(marts: Marts) -> StateTables:
    """Return the states in numbers."""
    states = marts.model_states
    words = [
        (marts.name_of(row.state_id), row)
        for row in marts.rows(WordRow)
        if row.is_in_name
    ]
    return StateTables(states, words, _features(marts), _moves(marts), _outlooks(marts))


def _features(marts: Marts) -> list[FeatureLine]:
    means: dict[str, dict[int, str]] = {}
    everyone: dict[str, str] = {}
    for row in profiles(marts):
        label = marts.labels.of(row.feature)
        means.setdefault(row.feature, {})[row.state_id] = label.value(row.mean_value)
        everyone[row.feature] = label.value(row.mean_of_everyone)
    return [
        FeatureLine(
            marts.labels.of(feature).full_text,
            marts.labels.of(feature).unit,
            [of_states.get(state.state_id, "–") for state in marts.model_states],
            everyone[feature],
        )
        for feature, of_states in means.items()
        # Nobody has a price in a log without prices.
        if everyone[feature] != "–"
    ]


def _moves(marts: Marts) -> list[tuple[str, list[str]]]:
    chances = {
        (row.from_state_id, row.to_state_id): row.probability
        for row in marts.rows(TransitionRow)
    }
    states = marts.model_states
    return [
        (
            state.state_name,
            [
                "–"
                if (chance := chances.get((state.state_id, other.state_id))) is None
                else percent(chance)
                for other in states
            ],
        )
        for state in states
        if chances
    ]


def _outlooks(marts: Marts) -> list[OutlookLine]:
    rows = {row.state_id: row for row in marts.rows(StateOutlookRow)}
    found = []
    for state in marts.model_states:
        row = rows.get(state.state_id)
        if row is None:
            continue
        found.append(
            OutlookLine(
                state,
                stay_in_words(row.expected_stay_weeks),
                _with_range(
                    row.long_run_share,
                    row.long_run_share_low,
                    row.long_run_share_high,
                    is_share=True,
                ),
                _with_range(
                    row.expected_rides_12_weeks,
                    row.expected_rides_12_weeks_low,
                    row.expected_rides_12_weeks_high,
                    is_share=False,
                ),
            )
        )
    return found


def _with_range(
    value: float | None, low: float | None, high: float | None, *, is_share: bool
) -> str:
    write = percent if is_share else about
    if value is None:
        return "–"
    if low is None or high is None:
        return write(value)
    return f"{write(value)} ({write(low)} to {write(high)})"
