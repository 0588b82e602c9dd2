"""Funnels as rows of bars: how many come how far, and how many drop off."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from user_states.explorer.customer_files import CustomerFile
from user_states.explorer.svg.bars import meter
from user_states.explorer.words import listed, shortened, starting_large
from user_states.explorer.words.numbers import number, percent
from user_states.marts.journey_rows import (
    AnyStepRow,
    FunnelPlaceRow,
    OpenDropOffRow,
)


@dataclass(frozen=True)
class DrawnPlace:
    """A place of a funnel.

    Attributes
    ----------
    title, n_reached, share : str
        The share is of those who began.
    bar : Markup
    n_dropped : int
        How many came to the place before and not here.
    share_kept : float
        Share of those at the place before.
    lost : str
        The same in words; empty at the first.
    waiting : str
        How many customers stopped there and never came further; empty if few.
    file : CustomerFile or None
        The list of those who stopped there.
    """

    title: str
    n_reached: str
    share: str
    bar: Markup
    n_dropped: int
    share_kept: float
    lost: str
    waiting: str
    file: CustomerFile | None = None


@dataclass(frozen=True)
class DrawnFunnel:
    """A funnel, of people and of sessions.

    Attributes
    ----------
    key, name : str
    people, sessions : sequence of DrawnPlace
    outside : str
        Which steps are left out of the sessions, and why; empty if none is.
    not_begun : str
        How many customers are in no bar, since their first step was not recorded;
        empty if few.
    """

    key: str
    name: str
    people: Sequence[DrawnPlace]
    sessions: Sequence[DrawnPlace]
    outside: str = ""
    not_begun: str = ""


def drawn_funnels(
    rows: Sequence[FunnelPlaceRow],
    any_step: Sequence[AnyStepRow],
    waiting: Sequence[OpenDropOffRow],
    least: int,
    files: Mapping[str, CustomerFile],
) -> list[DrawnFunnel]:
    """Return the funnels whose first step enough people reach.

    `files` are the lists of drop-offs by their name in `customer_lists`.
    """
    n_any = {row.funnel: row.n_reached for row in any_step}
    open_now = {(row.funnel, row.position): row.n_customers for row in waiting}
    lists = {
        (row.funnel, row.position): files[f"{row.funnel}:{row.step}"]
        for row in waiting
        if f"{row.funnel}:{row.step}" in files
    }
    grouped: defaultdict[str, list[FunnelPlaceRow]] = defaultdict(list)
    for row in rows:
        grouped[row.funnel].append(row)
    found = []
    for place, (funnel, own) in enumerate(grouped.items(), start=1):
        people = [row for row in own if row.unit == "person"]
        if max((row.n_reached for row in people), default=0) < least:
            continue
        sessions, left_out = _within_sessions(own)
        found.append(
            DrawnFunnel(
                key=f"funnel-{place}",
                name=starting_large(shortened(funnel.replace("_", " ")) or ""),
                people=_drawn(people, open_now, least, lists),
                sessions=_drawn(sessions, {}, least, {}),
                outside=_outside_words(left_out),
                not_begun=_not_begun(people, n_any.get(funnel, 0), least),
            )
        )
    return found


def _within_sessions(
    rows: Sequence[FunnelPlaceRow],
) -> tuple[list[FunnelPlaceRow], list[FunnelPlaceRow]]:
    """Return the places that sessions can reach, and those from where on none does.

    If customers reach a step and no session ever does, its event is recorded outside of
    sessions, as rides are; then nobody dropped off there.
    """
    reached = {row.position for row in rows if row.unit == "person" and row.n_reached}
    sessions = sorted(
        (row for row in rows if row.unit == "session"), key=lambda row: row.position
    )
    ends = [
        place
        for place, row in enumerate(sessions)
        if place and not row.n_reached and row.position in reached
    ]
    end = min(ends, default=len(sessions))
    return sessions[:end], sessions[end:]


def _not_begun(people: Sequence[FunnelPlaceRow], n_any: int, least: int) -> str:
    first = min(people, key=lambda row: row.position)
    if (n_missing := n_any - first.n_reached) < least:
        return ""
    return (
        f"{number(n_missing)} more customers took a later step, but no "
        f"“{shortened(first.title)}” of theirs was recorded: they are in no bar."
    )


def _outside_words(rows: Sequence[FunnelPlaceRow]) -> str:
    if not rows:
        return ""
    names = listed([f"“{shortened(row.title)}”" for row in rows])
    return (
        f"Left out: {names}. Customers get there, but no session has this step: it is "
        "recorded outside of sessions."
    )


def _drawn(
    rows: Sequence[FunnelPlaceRow],
    open_now: Mapping[tuple[str, int], int],
    least: int,
    lists: Mapping[tuple[str, int], CustomerFile],
) -> list[DrawnPlace]:
    return [
        DrawnPlace(
            title=shortened(row.title) or "",
            n_reached=number(row.n_reached),
            share=percent(row.share_of_first or 0),
            bar=meter(row.share_of_first or 0, "soft", 14),
            n_dropped=row.n_dropped or 0,
            share_kept=row.share_of_step_before or 0,
            lost=_lost(row),
            waiting=(
                number(open_now[row.funnel, row.position])
                if open_now.get((row.funnel, row.position), 0) >= least
                else ""
            ),
            file=lists.get((row.funnel, row.position)),
        )
        for row in rows
    ]


def _lost(row: FunnelPlaceRow) -> str:
    if row.n_dropped is None or row.share_of_step_before is None:
        return ""
    if not row.n_dropped:
        return "nobody lost"
    return f"−{number(row.n_dropped)} ({percent(1 - row.share_of_step_before)})"
