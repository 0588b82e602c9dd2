"""Incidents in sentences: which step broke, where, when, and what people met there."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from user_states.explorer.words import counted, shortened
from user_states.explorer.words.dates import date
from user_states.explorer.words.numbers import number, percent
from user_states.marts.journey_rows import IncidentRow


@dataclass(frozen=True)
class ToldIncident:
    """One time at which steps broke.

    Attributes
    ----------
    finding : str
        The strongest incident of the time, in one sentence without a full stop.
    short : str
        The same in a line.
    when, cause : str
        The cause is empty if no step rose.
    also : str
        How many other steps and platforms alarmed then; empty if none.
    noticed : date
    is_current : bool
        Whether it has not ended.
    """

    finding: str
    short: str
    when: str
    cause: str
    also: str
    noticed: datetime.date
    is_current: bool


def told_incidents(rows: Sequence[IncidentRow]) -> list[ToldIncident]:
    """Return the incidents, the newest first."""
    told = []
    for _, own in groupby(rows, key=lambda row: row.time_number):
        incidents = list(own)
        strongest = next(row for row in incidents if row.is_strongest)
        told.append(_told(strongest, incidents))
    return told


def _told(row: IncidentRow, incidents: Sequence[IncidentRow]) -> ToldIncident:
    where = "" if row.platform == "all platforms" else f" on {row.platform}"
    last = max(one.last_alarm_on for one in incidents)
    first = min(one.first_alarm_on for one in incidents)
    since = min(one.suspected_on for one in incidents)
    # All platforms together alarm for the same sessions.
    others = len({(one.funnel, one.position) for one in incidents}) - 1
    return ToldIncident(
        finding=(
            f"after “{shortened(row.title)}”{where}, only {percent(row.share)} of a "
            f"week’s sessions went on ({number(row.n_further)} of "
            f"{number(row.n_sessions)}); {percent(row.share_before)} had before"
        ),
        short=(
            f"after “{shortened(row.title)}”{where} only {percent(row.share)} of "
            f"sessions went on ({percent(row.share_before)} before)"
        ),
        when=(
            f"Noticed on {date(first)}, in the week since {date(since)}; the last "
            f"alarm was on {date(last)}."
        ),
        cause=_cause(row),
        also=(f"Beside it {counted(others, 'other step')} alarmed." if others else ""),
        noticed=first,
        is_current=any(one.is_current for one in incidents),
    )


def _cause(row: IncidentRow) -> str:
    if row.risen_step is None or row.risen_share is None:
        return ""
    return (
        f"Look at “{row.risen_step.replace('_', ' ')}”: {percent(row.risen_share)} of "
        f"these sessions met it, {percent(row.risen_share_before or 0)} before."
    )
