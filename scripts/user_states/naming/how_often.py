"""Words for how often the users of a state ride, and the conditions of each."""

from __future__ import annotations

import numpy as np

from user_states.naming.profiles import StateProfiles

# Word, least completed rides a week, least share of weeks with a ride. The first word
# whose conditions hold is used. Rides alone are not enough: three rides every fourth
# week are not "weekly".
RIDING_WORDS = (
    ("Daily", 5.0, 0.8),
    ("Frequent", 2.0, 0.6),
    ("Weekly", 0.75, 0.5),
    ("Fortnightly", 0.4, 0.3),
    ("Monthly", 0.15, 0.12),
    ("Rare", 0.0, 0.0),
)
# A state with a smaller share of weeks with a ride is silent. It is silent for months
# if the last ride is at least this many weeks ago on average.
SILENT_SHARE = 0.05
MONTHS_SILENT_WEEKS = 8.0

EMPTY = "Empty"
SILENT = "Silent"
SILENT_FOR_WEEKS = "Silent for weeks"
SILENT_FOR_MONTHS = "Silent for months"


def how_often_words(
    profiles: StateProfiles, state: int, slack: float = 0.0
) -> tuple[str, ...]:
    """Return the words that are true of a state, the most specific first.

    Parameters
    ----------
    profiles : StateProfiles
    state : int
        From 0.
    slack : float
        Share by which every condition may be missed. Without slack, one word is true
        of a state with rides, and up to two of a silent state.
    """
    share = float(profiles.active_shares[state])
    if np.isnan(share):
        return (EMPTY,)
    words: list[str] = []
    if share < SILENT_SHARE * (1 + slack):
        words += _words_of_silence(weeks_since_last_ride(profiles, state), slack)
    if share >= SILENT_SHARE * (1 - slack):
        words += _words_of_riding(float(profiles.rides_a_week[state]), share, slack)
    return tuple(words)


def weeks_since_last_ride(profiles: StateProfiles, state: int) -> float | None:
    """Return a state's mean of the feature, None if it is unknown."""
    if "weeks_since_last_ride" not in profiles.features:
        return None
    column = profiles.features.index("weeks_since_last_ride")
    weeks = float(profiles.means[state, column])
    return None if np.isnan(weeks) else weeks


def _words_of_silence(weeks: float | None, slack: float) -> list[str]:
    if weeks is None:
        return [SILENT]
    words = []
    if weeks >= MONTHS_SILENT_WEEKS * (1 - slack):
        words.append(SILENT_FOR_MONTHS)
    if weeks < MONTHS_SILENT_WEEKS * (1 + slack):
        words.append(SILENT_FOR_WEEKS)
    return [*words, SILENT]


def _words_of_riding(rides: float, share: float, slack: float) -> list[str]:
    """Return the words that hold with slack, up to the first that holds by a margin."""
    words = []
    for word, least_rides, least_share in RIDING_WORDS:
        low, high = 1 - slack, 1 + slack
        if rides >= least_rides * low and share >= least_share * low:
            words.append(word)
        if rides >= least_rides * high and share >= least_share * high:
            break
    return words
