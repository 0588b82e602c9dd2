"""What the page shows about one state."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from user_states.explorer.newest_weeks import NewestWeeks
from user_states.explorer.section import Contents, NameInSql
from user_states.explorer.sections.states_journeys import Journey, journeys
from user_states.explorer.user_queries import users_in_state
from user_states.marts.distinct_features import distance, farthest
from user_states.marts.feature_labels import FeatureLabels
from user_states.marts.known_means import profiles
from user_states.marts.marts import Marts, NothingToDrawError
from user_states.marts.outlook_rows import PairOutlookRow, StateOutlookRow
from user_states.marts.rhythms import WEEKDAYS, has_time_of_day, requests_by
from user_states.marts.state_rows import (
    AttributeRow,
    ProfileRow,
    RhythmRow,
    ShownState,
    TransitionRow,
    WordRow,
)
from user_states.marts.stays import reliable_stays_in
from user_states.marts.texts import percent, signed

# Features described in words, and values listed in a table.
N_IN_WORDS = 3
N_LISTED = 8
# A smaller distance from everyone, in standard deviations, is not mentioned.
NOTABLE_DISTANCE = 0.25
# Instead of a comparison.
ONLY_STATE = "The model has only this state: it is everyone, and nothing is compared."

# The mart's value for rides without a value; a table with nothing else is not shown.
UNKNOWN = "unknown"
ATTRIBUTES = {"city": "City", "payment_mode": "Payment", "platform": "Platform"}


@dataclass(frozen=True)
class FeatureLine:
    """A feature of a state compared with everyone's, as text.

    `group` is the heading of the feature's group; empty without a group.
    """

    group: str
    name: str
    value: str
    of_everyone: str
    unit: str
    distance: str


@dataclass(frozen=True)
class Move:
    """Moves to or from another state, and their share of all such moves."""

    state: ShownState
    n_moves: int
    share: float


@dataclass(frozen=True)
class Prospect:
    """Another state that its users may reach: how soon, and with how many rides."""

    state: ShownState
    pair: PairOutlookRow


@dataclass(frozen=True)
class AttributeTable:
    """The most frequent cities, payment modes or platforms, and the sum of the others.

    For everyone, the others are all values that are not listed, including values that
    do not occur in this state.
    """

    title: str
    rows: list[AttributeRow]
    n_others: int
    share_of_others: float
    share_of_others_of_everyone: float


@dataclass(frozen=True)
class RhythmCell:
    """An hour of a weekday: its place, its strength from 0 to 1, and a description."""

    day: int
    hour: int
    strength: float
    words: str


@dataclass(frozen=True)
class StateView:
    """What the page shows about a state; each part may be empty.

    Attributes
    ----------
    contents : Contents
    state : ShownState
    is_only : bool
        The model has no other state.
    change_in_points : float or None
        Change of its share of users since the week before, in percentage points, both
        as known at the time.
    words : list of WordRow
        The words in its name, with the users of whom each is true.
    in_words : list of str
    features : list of FeatureLine
    comes_from, goes_to : list of Move
        Observed moves, the most frequent first.
    attributes : list of AttributeTable
    rhythm : list of RhythmCell
    has_hours : bool
        The log has a time of day.
    peak : str
        The busiest hour of the week, in words; without a time of day the busiest day.
    n_requests : int
        Requests of all weeks, on which the rhythm is based.
    outlook : StateOutlook or None
    prospects : list of Prospect
        The other states, in the order of display.
    journeys : list of Journey
    sql : str
        Returns its users from the warehouse.
    """

    contents: Contents
    state: ShownState
    is_only: bool
    change_in_points: float | None
    words: list[WordRow]
    in_words: list[str]
    features: list[FeatureLine]
    comes_from: list[Move]
    goes_to: list[Move]
    attributes: list[AttributeTable]
    rhythm: list[RhythmCell]
    has_hours: bool
    peak: str
    n_requests: int
    outlook: StateOutlookRow | None
    prospects: list[Prospect]
    journeys: list[Journey]
    sql: str


def state_views(marts: Marts, name_in_sql: NameInSql) -> list[StateView]:
    """Return what the page shows about every state, in the order of display."""
    weeks = NewestWeeks.of(marts)
    return [_state_view(marts, state, weeks, name_in_sql) for state in marts.states]


def _state_view(
    marts: Marts, state: ShownState, weeks: NewestWeeks, name_in_sql: NameInSql
) -> StateView:
    state_id = state.state_id
    is_only = state == marts.only_state
    rows = [row for row in profiles(marts) if row.state_id == state_id]
    has_hours = has_time_of_day(marts)
    rhythm = _rhythm(marts, state_id, has_hours=has_hours)
    comes_from = _moves(marts, state_id, is_from=True)
    goes_to = _moves(marts, state_id, is_from=False)
    attributes = _attributes(marts, state_id)
    prospects = _prospects(marts, state_id)
    users = journeys(marts, state_id)
    words = [
        row
        for row in marts.rows(WordRow)
        if row.state_id == state_id and row.is_in_name
    ]
    headings = {
        "name": ("How true its name is", words),
        "features": ("What users do" if is_only else "What sets it apart", rows),
        "rhythm": ("When its users request rides", rhythm),
        "places": ("Where and how", attributes),
        "moves": ("Where its users come from and go to", comes_from or goes_to),
        "reach": ("How far away the other states are", prospects),
        "stay": (
            "How long users stay",
            not is_only and reliable_stays_in(marts, state_id),
        ),
        "users": ("Typical users", users),
        "sql": ("Its users, in SQL", True),
    }
    return StateView(
        contents=Contents.of_present(f"state-{state_id}", state.state_name, headings),
        state=state,
        is_only=is_only,
        change_in_points=weeks.change_in_points(state_id),
        words=words,
        in_words=[ONLY_STATE] if is_only else _in_words(rows, marts.labels),
        features=[_feature(row, marts.labels) for row in rows],
        comes_from=comes_from,
        goes_to=goes_to,
        attributes=attributes,
        rhythm=rhythm,
        has_hours=has_hours,
        peak=max(rhythm, key=lambda cell: cell.strength).words if rhythm else "",
        n_requests=sum(
            row.n_requests for row in marts.rows(RhythmRow) if row.state_id == state_id
        ),
        outlook=next(
            (r for r in marts.rows(StateOutlookRow) if r.state_id == state_id), None
        ),
        prospects=prospects,
        journeys=users,
        sql=users_in_state(state, marts.as_of_week, name_in_sql),
    )


def _feature(row: ProfileRow, labels: FeatureLabels) -> FeatureLine:
    label = labels.of(row.feature)
    deviations = row.standard_deviations_from_everyone
    return FeatureLine(
        label.group,
        label.text,
        label.value(row.mean_value),
        label.value(row.mean_of_everyone),
        label.unit,
        "–" if deviations is None else signed(deviations),
    )


def _in_words(rows: list[ProfileRow], labels: FeatureLabels) -> list[str]:
    """Describe the features that differ most from everyone's, the largest first."""
    found = farthest(rows, labels, N_IN_WORDS)
    sentences = []
    for row in found:
        if distance(row) < NOTABLE_DISTANCE:
            continue
        label = labels.of(row.feature)
        more = "more" if (row.standard_deviations_from_everyone or 0.0) > 0 else "less"
        sentences.append(
            f"{label.full_text}: {label.value(row.mean_value)} {label.unit}, {more} "
            f"than everyone’s {label.value(row.mean_of_everyone)}."
        )
    if not found:
        return ["No user has been in this state, so nothing is known about it."]
    return sentences or ["Similar to everyone in every feature."]


def _moves(marts: Marts, state_id: int, *, is_from: bool) -> list[Move]:
    """Return the moves into the state (`is_from`) or out of it, without stays."""
    counts = {}
    for row in marts.rows(TransitionRow):
        if row.from_state_id == row.to_state_id or not row.observed_moves:
            continue
        here, there = row.from_state_id, row.to_state_id
        if is_from:
            here, there = there, here
        if here == state_id:
            counts[there] = row.observed_moves
    total = sum(counts.values())
    return [
        Move(marts.state_by_id[there], n, n / total)
        for there, n in sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    ]


def _prospects(marts: Marts, state_id: int) -> list[Prospect]:
    pairs = {
        row.to_state_id: row
        for row in marts.rows(PairOutlookRow)
        if row.from_state_id == state_id and row.to_state_id != state_id
    }
    return [
        Prospect(state, pairs[state.state_id])
        for state in marts.states
        if state.state_id in pairs
    ]


def _attributes(marts: Marts, state_id: int) -> list[AttributeTable]:
    tables = []
    for name, title in ATTRIBUTES.items():
        rows = sorted(
            (
                row
                for row in marts.rows(AttributeRow)
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


def _rhythm(marts: Marts, state_id: int, *, has_hours: bool) -> list[RhythmCell]:
    try:
        shares = requests_by(
            marts, lambda row: 24 * (row.iso_weekday - 1) + row.hour_of_day, 7 * 24
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
            WEEKDAYS[place // 24]
            + (f" {place % 24:02d}–{place % 24 + 1:02d}h" if has_hours else "")
            + f": {percent(float(share))} of its requests",
        )
        for place, share in enumerate(shares)
    ]
