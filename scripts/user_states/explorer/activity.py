"""Who came and who stopped, period by period: of users, and of customers."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from user_states.explorer.svg.columns import Layer, stacked
from user_states.explorer.words.dates import short_date, span
from user_states.explorer.words.numbers import number

# Periods that are shown: a year of four weeks, half a year of weeks.
MOST_PERIODS = {4: 13, 1: 26}
SPAN_WORDS = {4: "four weeks", 1: "week"}
# Least widths of the chart in pixels, on a wide screen and on a phone.
WIDE, NARROW = 820, 340


@dataclass(frozen=True)
class ActivityWords:
    """How those who did something are called.

    Attributes
    ----------
    who, did, missed : str
        `users`, `rode` and `had not`.
    new, back, kept, gone : str
        Who is new, who came back, who did it in the period before too, and who did it
        in the period before only.
    """

    who: str
    did: str
    missed: str
    new: str
    back: str
    kept: str
    gone: str


@dataclass(frozen=True)
class Period:
    """How many did something in one period, and who of them came or stopped."""

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
class Activity:
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
    words : ActivityWords
    """

    key: str
    name: str
    title: str
    wide: Markup
    narrow: Markup
    periods: Sequence[Period]
    words: ActivityWords

    @property
    def newest(self) -> Period:
        """The newest period."""
        return self.periods[-1]

    @property
    def span(self) -> str:
        """The length of a period in words."""
        return SPAN_WORDS[int(self.key)]


def drawn_activity(
    periods: Sequence[Period], weeks: int, words: ActivityWords
) -> Activity:
    """Return periods of one length with their drawings and finding."""
    shown = periods[-MOST_PERIODS[weeks] :]
    layers = [
        Layer(words.kept, "kept", "", [p.retained for p in shown]),
        Layer(words.back, "back", "back-text strong", [p.resurrected for p in shown]),
        Layer(words.new, "good", "good strong", [p.new for p in shown]),
        Layer(words.gone, "bad", "bad strong", [-p.dormant for p in shown]),
    ]
    tips = [
        f"{p.days}\n{number(p.active)} {words.did}: {number(p.new)} {words.new}, "
        f"{number(p.resurrected)} {words.back}, {number(p.retained)} {words.kept}\n"
        f"{number(p.dormant)} {words.gone}"
        for p in shown
    ]
    labels = [short_date(p.start) for p in shown]
    wide = stacked(layers, labels, tips, height=300, room=WIDE, with_names=True)
    narrow = stacked(layers, labels, tips, height=250, room=NARROW, with_names=False)
    return Activity(
        key=str(weeks),
        name=f"By {SPAN_WORDS[weeks]}",
        title=_title(shown, SPAN_WORDS[weeks], words),
        wide=wide,
        narrow=narrow,
        periods=shown,
        words=words,
    )


def _title(periods: Sequence[Period], name: str, words: ActivityWords) -> str:
    now, before = periods[-1].active, periods[-2].active
    more = "more" if now >= before else "fewer"
    known = f"{number(now)} {words.who} {words.did} in the past {name}"
    if now == before:
        return f"{known}, as many as in the {name} before"
    return f"{known}, {number(abs(now - before))} {more} than in the {name} before"
