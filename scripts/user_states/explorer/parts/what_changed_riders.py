"""Who came and who stopped: users who rode, by four weeks and by week."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Sequence

from user_states.explorer.activity import (
    Activity,
    ActivityWords,
    Period,
    drawn_activity,
)
from user_states.explorer.scene import Scene
from user_states.marts.crossing_rows import GrowthRow

WORDS_OF_RIDERS = ActivityWords(
    "users",
    "rode",
    "had not",
    "new",
    "rode again",
    "rode before too",
    "did not ride again",
)


def riders(scene: Scene) -> list[Activity]:
    """Return the periods of four weeks and of one; those of which two are known."""
    found = []
    for weeks in (4, 1):
        periods = _periods(scene.rows(GrowthRow), weeks)
        if len(periods) > 1:
            found.append(drawn_activity(periods, weeks, WORDS_OF_RIDERS))
    return found


def _periods(rows: Sequence[GrowthRow], weeks: int) -> list[Period]:
    sums: dict[datetime.date, list[int]] = defaultdict(lambda: [0] * 5)
    for row in rows:
        if row.period_weeks == weeks:
            counts = (
                row.n_active,
                row.n_new,
                row.n_retained,
                row.n_resurrected,
                row.n_dormant,
            )
            for place, count in enumerate(counts):
                sums[row.period_start][place] += count
    return [Period(start, weeks, *counts) for start, counts in sorted(sums.items())]
