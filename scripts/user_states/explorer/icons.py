"""Which icon stands for a state, and which for a list.

A state has that of a word in its name, else that of its family. A list has that of its
moment, which no state has: before users stop, when they are new, and so on.

The icons are symbols in templates/icons.html.j2.
"""

from __future__ import annotations

from collections.abc import Iterable

from user_states.marts.families import Family
from user_states.marts.state_rows import ShownState, WordRow

# The first that is found in the words decides: what is special about a state comes
# before how often its users ride.
_BY_WORD = (
    ("silent for months", "away"),
    ("silent", "pause"),
    ("travelling", "place"),
    ("commut", "case"),
    ("weekend nights", "moon"),
    ("weekend evenings", "moon"),
    ("nights", "moon"),
    ("weekend", "weekend"),
    ("coupon", "ticket"),
    ("evenings", "sunset"),
    ("mornings", "sunrise"),
    ("daytime", "sun"),
    ("slow", "falling"),
    ("new", "sprout"),
    ("briefly", "sprout"),
    ("very frequent", "bolt"),
    ("daily", "bolt"),
    ("frequent", "repeat"),
    ("weekly", "repeat"),
    ("regular", "repeat"),
)
_BY_FAMILY = {
    Family.REGULAR: "repeat",
    Family.LIGHT: "calendar",
    Family.LEAVING: "falling",
    Family.AWAY: "pause",
}
NOT_STARTED = "start"
# By words of a list's key and title; the first that is found decides.
_OF_LISTS = (
    (("laps", "stop", "slow", "churn", "at risk"), "hold"),
    (("new", "first", "second", "thank", "welcome"), "gift"),
    (("remind", "ready", "skip"), "bell"),
    (("win", "back", "left", "silent", "return"), "return"),
)
ANY_LIST = "send"


def icon_of(state: ShownState, words: Iterable[WordRow] = ()) -> str:
    """Return the name of a state's icon.

    Parameters
    ----------
    state : ShownState
    words : iterable of WordRow
        Of all states; those in the state's name count.
    """
    if state.family is None:
        return NOT_STARTED
    in_name = [
        row.word for row in words if row.state_id == state.state_id and row.is_in_name
    ]
    text = " ".join([*in_name, state.state_name]).lower()
    found = (icon for word, icon in _BY_WORD if word in text)
    return next(found, _BY_FAMILY[state.family])


def icon_of_list(audience: str, title: str) -> str:
    """Return the name of a list's icon, by its key and title."""
    text = f"{audience.replace('_', ' ')} {title}".lower()
    found = (icon for words, icon in _OF_LISTS if any(word in text for word in words))
    return next(found, ANY_LIST)
