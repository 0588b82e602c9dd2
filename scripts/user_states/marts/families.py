"""Families of states by activity, from the words of their names.

A family is a range of hues: cool for regular use, green and gold for light use, red
for leaving, grey for away. It is read from the name that a state had first, so that the
state keeps its colour when its behaviour moves a little.
"""

from __future__ import annotations

import re
from enum import Enum


class Family(Enum):
    """How active the users of a state are."""

    REGULAR = "regular"
    LIGHT = "light"
    LEAVING = "leaving"
    AWAY = "away"


# The first family with a word in the name decides. Words that are made by the project
# come from naming/word_rules.py; the others are common in labels that people write.
_WORDS = {
    Family.AWAY: "silent|dormant|inactive|asleep|lapsed|gone|churned|lost",
    Family.LEAVING: r"slow\w*|leav\w+|at risk|fading|declin\w+|laps\w+|churn\w*",
    Family.LIGHT: (
        r"fortnightly|monthly|occasional\w*|rare\w*|infrequent|briefly active|new\w*|"
        "light|seldom|now and then|trying|first"
    ),
    Family.REGULAR: (
        r"daily|frequent|weekly|regular\w*|active|commut\w+|travel\w+|heavy|loyal|power"
    ),
}
_PATTERNS = tuple(
    (family, re.compile(rf"\b(?:{words})\b", re.IGNORECASE))
    for family, words in _WORDS.items()
)

# Shares of weeks with a ride from which use is regular, and light.
REGULAR_SHARE = 0.5
LIGHT_SHARE = 0.08


def family_of_name(name: str | None) -> Family | None:
    """Return the family that a state's name tells; None if it tells none."""
    if not name:
        return None
    return next((family for family, words in _PATTERNS if words.search(name)), None)


def family_of_activity(active_share: float | None) -> Family:
    """Return the family of a state whose name tells none.

    Parameters
    ----------
    active_share : float or None
        Share of its weeks with a ride; None of a state without weeks.
    """
    if active_share is None or active_share >= REGULAR_SHARE:
        return Family.REGULAR
    return Family.LIGHT if active_share >= LIGHT_SHARE else Family.AWAY
