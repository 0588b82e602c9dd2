"""Names of months under a chart of weeks."""

from __future__ import annotations

import datetime
from collections.abc import Sequence

from markupsafe import Markup

from user_states.explorer.svg.elements import text
from user_states.explorer.svg.scales import Scale, per_cent
from user_states.explorer.words.dates import MONTHS


def month_names(
    weeks: Sequence[datetime.date], across: Scale, y: float
) -> list[Markup]:
    """Return the names of the months at their first weeks, not too close.

    Parameters
    ----------
    weeks : sequence of date
        The weeks from left to right.
    across : Scale
        From the place of a week to percent of the width.
    y : float
        Of the baseline of the text, in pixels.
    """
    found = []
    last = -10.0
    for place, week in enumerate(weeks):
        is_first = place == 0 or week.month != weeks[place - 1].month
        x = across.at(place)
        if is_first and x - last >= 11 and x <= 94:
            found.append(text(per_cent(x), y, MONTHS[week.month - 1][:3], "pale"))
            last = x
    return found
