"""Which simulated users write when, and about what: prices before they stop riding."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from user_states.messages.simulated_topics import PRICE_TOPIC, TOPICS, Topic
from user_states.rides.simulated_population import (
    NOT_JOINED,
    Booleans,
    Floats,
    Generator,
    Integers,
)
from user_states.rides.simulated_world import STATES

WEEK_SECONDS, DAY_SECONDS = 7 * 86_400, 86_400
_LAPSED = [state.name for state in STATES].index("lapsed")
# Users who do not ride write so much less.
_LAPSED_FACTOR = 0.03
# Weeks before and after the first week in the state `lapsed` in which users write about
# prices so many times as often. A user counts as lapsed only after more silent weeks.
WEEKS_BEFORE_STOPPING, WEEKS_AFTER_STOPPING = 4, 4
PRICE_FACTOR = 5.0


@dataclass(frozen=True)
class MessageSettings:
    """How much simulated users write.

    Attributes
    ----------
    volume : float
        All rates are multiplied by it.
    has_copies : bool
        Whether there is also what filters set aside: copies, quotes, templates and
        texts that are too short or too long.
    """

    volume: float = 1.0
    has_copies: bool = True


@dataclass(frozen=True)
class StartedConversations:
    """Conversations as arrays of length m, by user and time.

    Attributes
    ----------
    user, topic : int
        Number of the user in the block, and index in TOPICS.
    second : int
        Of the first message since the first Monday, UTC.
    is_before_lapse : bool
        Whether the user is about to stop riding, or did so a few weeks ago.
    """

    user: Integers
    topic: Integers
    second: Integers
    is_before_lapse: Booleans


def draw_conversations(
    rng: Generator, states: npt.NDArray[np.int8], settings: MessageSettings
) -> StartedConversations:
    """Draw who begins a conversation.

    Parameters
    ----------
    states : array of int, shape (n_users, n_weeks)
        Index in STATES, or NOT_JOINED.
    """
    stops = about_to_stop(states)
    parts = []
    for index, topic in enumerate(TOPICS):
        counts = rng.poisson(settings.volume * _rates(topic, states, stops))
        user, week = (np.repeat(where, counts.ravel()) for where in _places(states))
        second = week * WEEK_SECONDS + _draw_seconds(rng, topic, len(week))
        parts.append((user, np.full(len(user), index), second, stops[user, week]))
    user, number, second, before = (
        np.concatenate(arrays) for arrays in zip(*parts, strict=True)
    )
    order = np.lexsort((number, second, user))
    return StartedConversations(
        user[order], number[order], second[order], before[order]
    )


def about_to_stop(states: npt.NDArray[np.int8]) -> Booleans:
    """Return whether a user's move to the state `lapsed` is near, by user and week."""
    moves = np.zeros(states.shape, dtype=bool)
    before, after = states[:, :-1], states[:, 1:]
    moves[:, 1:] = (after == _LAPSED) & (before != _LAPSED) & (before != NOT_JOINED)
    user, week = np.nonzero(moves)
    near = np.zeros(states.shape, dtype=bool)
    for weeks in range(-WEEKS_BEFORE_STOPPING, WEEKS_AFTER_STOPPING):
        is_inside = (week + weeks >= 0) & (week + weeks < states.shape[1])
        near[user[is_inside], week[is_inside] + weeks] = True
    near[states == NOT_JOINED] = False
    return near


def _rates(topic: Topic, states: npt.NDArray[np.int8], stops: Booleans) -> Floats:
    """Return conversations about a topic, by user and week."""
    factors = np.array([topic.by_state.get(state.name, 1.0) for state in STATES])
    factors[_LAPSED] = _LAPSED_FACTOR
    # NOT_JOINED is -1, so it gets the last factor.
    rates: Floats = topic.per_week * np.append(factors, 0.0)[states]
    if topic.last_weeks is not None:
        rates[:, : max(0, states.shape[1] - topic.last_weeks)] = 0
    if topic.name == PRICE_TOPIC:
        rates[stops] = PRICE_FACTOR * topic.per_week
    return rates


def _places(states: npt.NDArray[np.int8]) -> tuple[Integers, Integers]:
    n_users, n_weeks = states.shape
    user, week = np.divmod(np.arange(n_users * n_weeks), n_weeks)
    return user, week


def _draw_seconds(rng: Generator, topic: Topic, n: int) -> Integers:
    """Draw the second of the week in which each conversation begins."""
    days = np.array([1.0] * 5 + [topic.weekend] * 2)
    hours = np.array(topic.hours, dtype=np.float64)
    day = rng.choice(7, n, p=days / days.sum())
    hour = rng.choice(24, n, p=hours / hours.sum())
    return day * DAY_SECONDS + hour * 3600 + rng.integers(0, 3600, n)
