"""Funnels as rows of bars: how many come how far, and how many drop off."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from user_states.explorer.svg.bars import meter
from user_states.explorer.words import listed, shortened, starting_large
from user_states.explorer.words.numbers import number, percent
from user_states.marts.journey_rows import FunnelPlaceRow, OpenDropOffRow


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
    """

    title: str
    n_reached: str
    share: str
    bar: Markup
    n_dropped: int
    share_kept: float
    lost: str
    waiting: str


@dataclass(frozen=True)
class DrawnFunnel:
    """A funnel, of people and of sessions.

    Attributes
    ----------
    key, name : str
    people, sessions : sequence of DrawnPlace
        Of sessions without the steps that no session has, such as completed rides, and
        empty if fewer than two are left.
    not_in_sessions : str
        The steps left out, in words; empty if there are none.
    """

    key: str
    name: str
    people: Sequence[DrawnPlace]
    sessions: Sequence[DrawnPlace]
    not_in_sessions: str


def drawn_funnels(
    rows: Sequence[FunnelPlaceRow], waiting: Sequence[OpenDropOffRow], least: int
) -> list[DrawnFunnel]:
    """Return the funnels whose first step enough people reach."""
    open_now = {(row.funnel, row.position): row.n_customers for row in waiting}
    grouped: defaultdict[str, list[FunnelPlaceRow]] = defaultdict(list)
    for row in rows:
        grouped[row.funnel].append(row)
    return [
        _funnel(f"funnel-{place}", own, open_now, least)
        for place, own in enumerate(grouped.values(), start=1)
        if max((row.n_reached for row in own if row.unit == "person"), default=0)
        >= least
    ]


def _funnel(
    key: str,
    own: Sequence[FunnelPlaceRow],
    open_now: dict[tuple[str, int], int],
    least: int,
) -> DrawnFunnel:
    people = [row for row in own if row.unit == "person"]
    taken = {row.position for row in people if row.n_reached}
    of_sessions = [row for row in own if row.unit == "session"]
    in_sessions = [r for r in of_sessions if r.n_reached or r.position not in taken]
    left_out = [row for row in of_sessions if row not in in_sessions]
    return DrawnFunnel(
        key=key,
        name=starting_large(shortened(own[0].funnel.replace("_", " ")) or ""),
        people=_drawn(people, open_now, least),
        sessions=_drawn(in_sessions, {}, least) if len(in_sessions) > 1 else [],
        not_in_sessions=listed([f"“{shortened(row.title)}”" for row in left_out]),
    )


def _drawn(
    rows: Sequence[FunnelPlaceRow], open_now: dict[tuple[str, int], int], least: int
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
        )
        for row in rows
    ]


def _lost(row: FunnelPlaceRow) -> str:
    if row.n_dropped is None or row.share_of_step_before is None:
        return ""
    return f"−{number(row.n_dropped)} ({percent(1 - row.share_of_step_before)})"
