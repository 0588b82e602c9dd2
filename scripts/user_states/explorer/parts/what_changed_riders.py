"""Who came and who stopped: users who rode, by four weeks and by week."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from user_states.explorer.scene import Scene
from user_states.explorer.svg.columns import Layer, stacked
from user_states.explorer.words.dates import short_date, span
from user_states.explorer.words.numbers import number
from user_states.marts.crossing_rows import GrowthRow

# Periods that are shown: a year of four weeks, half a year of weeks.
MOST_PERIODS = {4: 13, 1: 26}
SPANS = {4: "four weeks", 1: "week"}
# Least widths of the chart in pixels, on a wide screen and on a phone.
WIDE, NARROW = 820, 340


@dataclass(frozen=True)
class Period:
    """Users who rode in one period."""

    start: datetime.date
    weeks: int
    active: int
    new: int
    retained: int
    resurrected: int
    dormant: int

    @property
    def days(self) -> str:
        """Its days in words."""
        last = self.start + datetime.timedelta(weeks=self.weeks, days=-1)
        return span(self.start, last)


@dataclass(frozen=True)
class Riders:
    """The periods of one length.

    Attributes
    ----------
    key, name : str
        Of the choice between lengths.
    title : str
        The finding.
    wide, narrow : Markup
        Drawings for wide screens and phones.
    periods : sequence of Period
        Rising.
    """

    key: str
    name: str
    title: str
    wide: Markup
    narrow: Markup
    periods: Sequence[Period]

    @property
    def newest(self) -> Period:
        """The newest period."""
        return self.periods[-1]


def riders(scene: Scene) -> list[Riders]:
    """Return the periods of four weeks and of one; those of which two are known."""
    found = []
    for weeks in (4, 1):
        periods = _periods(scene.rows(GrowthRow), weeks)
        if len(periods) > 1:
            found.append(_riders(periods, weeks))
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
    periods = [Period(start, weeks, *counts) for start, counts in sorted(sums.items())]
    return periods[-MOST_PERIODS[weeks] :]


def _riders(periods: Sequence[Period], weeks: int) -> Riders:
    layers = [
        Layer("rode before too", "kept", "", [p.retained for p in periods]),
        Layer(
            "rode again", "back", "back-text strong", [p.resurrected for p in periods]
        ),
        Layer("new", "good", "good strong", [p.new for p in periods]),
        Layer("did not go on", "bad", "bad strong", [-p.dormant for p in periods]),
    ]
    tips = [
        f"{p.days}\n{number(p.active)} rode: {number(p.new)} new, "
        f"{number(p.resurrected)} rode again, {number(p.retained)} rode before too\n"
        f"{number(p.dormant)} did not go on"
        for p in periods
    ]
    labels = [short_date(p.start) for p in periods]
    wide = stacked(layers, labels, tips, height=300, room=WIDE, with_names=True)
    narrow = stacked(layers, labels, tips, height=250, room=NARROW, with_names=False)
    return Riders(
        key=str(weeks),
        name=f"By {SPANS[weeks]}",
        title=_title(periods, SPANS[weeks]),
        wide=wide,
        narrow=narrow,
        periods=periods,
    )


def _title(periods: Sequence[Period], name: str) -> str:
    now, before = periods[-1].active, periods[-2].active
    more = "more" if now >= before else "fewer"
    known = f"{number(now)} users rode in the past {name}"
    if now == before:
        return f"{known}, as many as in the {name} before"
    return f"{known}, {number(abs(now - before))} {more} than in the {name} before"
