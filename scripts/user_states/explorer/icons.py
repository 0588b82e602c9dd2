"""Which icon stands for a state: by the words of its name, else by its family.

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
