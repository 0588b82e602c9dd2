"""One state as the page tells it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from user_states.explorer.journeys import Journey, journeys
from user_states.explorer.key_figures import TwoWeeks
from user_states.explorer.user_queries import Relation, users_in_state
from user_states.marts.feature_labels import FeatureLabels
from user_states.marts.mart_data import MartData
from user_states.marts.palette import StateStyle
from user_states.marts.rhythms import WEEKDAYS, requests_by
from user_states.marts.rows import Attribute, PairOutlook, Profile, State, StateOutlook
from user_states.marts.texts import NothingToDrawError, percent, signed

# What stands out in words, and places and values that are listed.
N_IN_WORDS = 3
N_LISTED = 8
# Closer to everyone than this, in standard deviations, nothing stands out.
STANDS_OUT = 0.25

# As the mart calls what a ride does not say; a table of it alone says nothing.
UNKNOWN = "unknown"
ATTRIBUTES = {"city": "City", "payment_mode": "Payment", "platform": "Platform"}


@dataclass(frozen=True)
class Feature:
    """A feature of a state beside everyone's, as text."""

    name: str
    value: str
    of_everyone: str
    unit: str
    distance: str


@dataclass(frozen=True)
class Move:
    """Moves from a state into another, or back; the share is of all such moves."""

    state: State
    n_moves: int
    share: float


@dataclass(frozen=True)
class Prospect:
    """A state that its users may reach: how soon, and what it is associated with."""

    state: State
    pair: PairOutlook


@dataclass(frozen=True)
class AttributeTable:
    """The most frequent values of a city, payment or platform, and the others' sum.

    Everyone's others are all values that are not listed, also those that this state
    lacks.
    """

    title: str
    rows: list[Attribute]
    n_others: int
    share_of_others: float
    share_of_others_of_everyone: float


@dataclass(frozen=True)
class RhythmCell:
    """An hour of a weekday: its place, its strength from 0 to 1, and in words."""

    day: int
    hour: int
    strength: float
    words: str


@dataclass(frozen=True)
class StateView:
    """All that the page says of a state; each part may be empty.

    Attributes
    ----------
    state : State
    style : StateStyle
    shares_as_known : tuple of float or None
        Its share of users in the week before and in the newest one, at equal knowledge.
    in_words : list of str
    features : list of Feature
    comes_from, goes_to : list of Move
        Observed, from the largest on.
    attributes : list of AttributeTable
    rhythm : list of RhythmCell
    peak : str
        The busiest hour of the week, in words.
    n_requests : int
        Of all weeks; the rhythm is theirs.
    outlook : StateOutlook or None
    prospects : list of Prospect
        The other states, in the order of display.
    journeys : list of Journey
    sql : str
        Gets its users out of the warehouse.
    """

    state: State
    style: StateStyle
    shares_as_known: tuple[float, float] | None
    in_words: list[str]
    features: list[Feature]
    comes_from: list[Move]
    goes_to: list[Move]
    attributes: list[AttributeTable]
    rhythm: list[RhythmCell]
    peak: str
    n_requests: int
    outlook: StateOutlook | None
    prospects: list[Prospect]
    journeys: list[Journey]
    sql: str


def state_views(data: MartData, relation: Relation) -> list[StateView]:
    """Return every state, in the order of display.

    Parameters
    ----------
    data : MartData
    relation : callable
        From a mart's name to how SQL calls it in this target.
    """
    weeks = TwoWeeks.of(data)
    return [_state_view(data, state, weeks, relation) for state in data.states]


def _state_view(
    data: MartData, state: State, weeks: TwoWeeks, relation: Relation
) -> StateView:
    profiles = [row for row in data.profiles if row.state_id == state.state_id]
    rhythm = _rhythm(data, state.state_id)
    return StateView(
        state=state,
        style=state.style,
        shares_as_known=weeks.shares_as_known(state.state_id),
        in_words=_in_words(profiles, data.labels),
        features=[_feature(row, data.labels) for row in profiles],
        comes_from=_moves(data, state.state_id, is_from=True),
        goes_to=_moves(data, state.state_id, is_from=False),
        attributes=_attributes(data, state.state_id),
        rhythm=rhythm,
        peak=max(rhythm, key=lambda cell: cell.strength).words if rhythm else "",
        n_requests=sum(
            row.n_requests for row in data.rhythms if row.state_id == state.state_id
        ),
        outlook=next(
            (row for row in data.state_outlooks if row.state_id == state.state_id), None
        ),
        prospects=_prospects(data, state.state_id),
        journeys=journeys(data, state.state_id),
        sql=users_in_state(state, data.as_of_week, relation),
    )


def _feature(row: Profile, labels: FeatureLabels) -> Feature:
    label = labels.of(row.feature)
    distance = row.standard_deviations_from_everyone
    return Feature(
        label.text,
        label.value(row.mean_value),
        label.value(row.mean_of_everyone),
        label.unit,
        "–" if distance is None else signed(distance),
    )


def _in_words(profiles: list[Profile], labels: FeatureLabels) -> list[str]:
    """Say the features that lie farthest from everyone's, the farthest first."""
    farthest = sorted(
        (row for row in profiles if row.standard_deviations_from_everyone is not None),
        key=lambda row: -abs(row.standard_deviations_from_everyone or 0.0),
    )
    sentences = []
    for row in farthest[:N_IN_WORDS]:
        distance = row.standard_deviations_from_everyone or 0.0
        if abs(distance) < STANDS_OUT:
            continue
        label = labels.of(row.feature)
        more = "more" if distance > 0 else "less"
        sentences.append(
            f"{label.text}: {label.value(row.mean_value)} {label.unit}, {more} than "
            f"everyone’s {label.value(row.mean_of_everyone)}."
        )
    if not farthest:
        return ["Nobody has been in it, so nothing is known of it."]
    return sentences or ["Much like everyone in every feature."]


def _moves(data: MartData, state_id: int, *, is_from: bool) -> list[Move]:
    """Return the moves into the state (`is_from`) or out of it, stays left out."""
    counts = {}
    for row in data.transitions:
        if row.from_state_id == row.to_state_id or not row.observed_moves:
            continue
        here, there = row.from_state_id, row.to_state_id
        if is_from:
            here, there = there, here
        if here == state_id:
            counts[there] = row.observed_moves
    total = sum(counts.values())
    states = {state.state_id: state for state in data.states}
    return [
        Move(states[there], n, n / total)
        for there, n in sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    ]


def _prospects(data: MartData, state_id: int) -> list[Prospect]:
    pairs = {
        row.to_state_id: row
        for row in data.pair_outlooks
        if row.from_state_id == state_id and row.to_state_id != state_id
    }
    return [
        Prospect(state, pairs[state.state_id])
        for state in data.states
        if state.state_id in pairs
    ]


def _attributes(data: MartData, state_id: int) -> list[AttributeTable]:
    tables = []
    for name, title in ATTRIBUTES.items():
        rows = sorted(
            (
                row
                for row in data.attributes
                if (row.state_id, row.attribute_name) == (state_id, name)
            ),
            key=lambda row: (-row.n_requests, row.attribute_value),
        )
        if any(row.attribute_value != UNKNOWN for row in rows):
            listed, others = rows[:N_LISTED], rows[N_LISTED:]
            of_everyone = sum(row.request_share_of_everyone for row in listed)
            tables.append(
                AttributeTable(
                    title,
                    listed,
                    len(others),
                    sum(row.request_share for row in others),
                    max(1 - of_everyone, 0.0),
                )
            )
    return tables


def _rhythm(data: MartData, state_id: int) -> list[RhythmCell]:
    try:
        shares = requests_by(
            data, lambda row: 24 * (row.iso_weekday - 1) + row.hour_of_day, 7 * 24
        ).of_state[state_id]
    except NothingToDrawError:
        return []
    if shares is None:
        return []
    most = float(np.max(shares))
    return [
        RhythmCell(
            place // 24,
            place % 24,
            float(share) / most,
            f"{WEEKDAYS[place // 24]} {place % 24:02d}–{place % 24 + 1:02d}h: "
            f"{percent(float(share))} of its requests",
        )
        for place, share in enumerate(shares)
    ]
