"""Words for how often the users of a state ride, and when each of them is true."""

from __future__ import annotations

import numpy as np

from user_states.naming.profiles import StateProfiles

# Completed rides a week, and share of weeks with a ride, from which a state is called
# so; the first that fits. Rides alone do not do: three in every fourth week are no
# "weekly".
RIDING_WORDS = (
    ("Daily", 5.0, 0.8),
    ("Frequent", 2.0, 0.6),
    ("Weekly", 0.75, 0.5),
    ("Fortnightly", 0.4, 0.3),
    ("Monthly", 0.15, 0.12),
    ("Rare", 0.0, 0.0),
)
# A state in which a smaller share of weeks has a ride is a silence, and for months
# where the last ride is at least this long ago.
SILENT_SHARE = 0.05
MONTHS_SILENT_WEEKS = 8.0

EMPTY = "Empty"
SILENT = "Silent"
SILENT_FOR_WEEKS = "Silent for weeks"
SILENT_FOR_MONTHS = "Silent for months"


def how_often_words(
    profiles: StateProfiles, state: int, slack: float = 0.0
) -> tuple[str, ...]:
    """Return the words that are true of a state, the one that says most first.

    Parameters
    ----------
    profiles : StateProfiles
    state : int
        From 0.
    slack : float
        Share by which every condition may be missed. Without it one word is true of
        how often a state rides, and up to two of a silence.
    """
    share = float(profiles.active_shares[state])
    if np.isnan(share):
        return (EMPTY,)
    words: list[str] = []
    if share < SILENT_SHARE * (1 + slack):
        words += _silences(weeks_since_last_ride(profiles, state), slack)
    if share >= SILENT_SHARE * (1 - slack):
        words += _ridings(float(profiles.rides_a_week[state]), share, slack)
    return tuple(words)


def weeks_since_last_ride(profiles: StateProfiles, state: int) -> float | None:
    """Return the mean of a state, None where it is not known."""
    if "weeks_since_last_ride" not in profiles.features:
        return None
    column = profiles.features.index("weeks_since_last_ride")
    weeks = float(profiles.means[state, column])
    return None if np.isnan(weeks) else weeks


def _silences(weeks: float | None, slack: float) -> list[str]:
    if weeks is None:
        return [SILENT]
    words = []
    if weeks >= MONTHS_SILENT_WEEKS * (1 - slack):
        words.append(SILENT_FOR_MONTHS)
    if weeks < MONTHS_SILENT_WEEKS * (1 + slack):
        words.append(SILENT_FOR_WEEKS)
    return [*words, SILENT]


def _ridings(rides: float, share: float, slack: float) -> list[str]:
    """Return every word whose bounds are met, and above which no other's are."""
    words = []
    for word, least_rides, least_share in RIDING_WORDS:
        low, high = 1 - slack, 1 + slack
        if rides >= least_rides * low and share >= least_share * low:
            words.append(word)
        if rides >= least_rides * high and share >= least_share * high:
            break
    return words
