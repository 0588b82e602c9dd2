"""The lists of this week: what to do, for whom, and what it brings."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal
from urllib.parse import quote

from user_states.explorer.icons import icon_of_list
from user_states.explorer.scene import Scene
from user_states.explorer.user_queries import list_in_sql
from user_states.explorer.words.numbers import number
from user_states.marts.crossing_rows import ListCountRow
from user_states.marts.experiment_rows import AudienceReturnRow
from user_states.marts.list_rows import EffectRow, ListRow
from user_states.marts.state_rows import ShownState

# What to do with a list. `few`: too few users to say more; `nobody`: nobody is on it.
ListKind = Literal["send", "try", "stop", "few", "nobody"]
# Effects in the marts have ranges that hold 19 times in 20. The page shows those that
# hold nine times in ten, as for forecasts: of a normal distribution they are narrower.
NINE_IN_TEN = 1.644854 / 1.959964
ORDER: Mapping[ListKind, int] = {"send": 0, "try": 1, "stop": 2, "few": 3, "nobody": 4}


@dataclass(frozen=True)
class Range:
    """A value and the range around it."""

    value: float
    low: float
    high: float

    def times(self, n: float) -> Range:
        """Return it for n users."""
        return Range(self.value * n, self.low * n, self.high * n)


@dataclass(frozen=True)
class Proof:
    """Two groups that were divided at random, and what they did in four weeks.

    Attributes
    ----------
    first_day, last_day : date
        When the users entered the list.
    n_reached : int
        Users of the first group who got a message.
    n_held_out : int
        Users of the second group.
    groups : sequence of tuple
        Of each group its name, users, and rides and money a user (None if not known).
    """

    first_day: datetime.date
    last_day: datetime.date
    n_reached: int
    n_held_out: int
    groups: Sequence[tuple[str, int, float | None, float | None]]


@dataclass(frozen=True)
class WeekList:
    """One list, for the users that are shown.

    Attributes
    ----------
    row : ListRow
    kind : str
    icon : str
    n_write, n_held_out : int
    rides, spend : float or None
        Expected of those to write to in four weeks, whether or not we write.
    top_rides, top_spend : Range or None
        What writing to them brings on top; None unless it is sure to bring more.
    each_rides, each_spend : Range or None
        The effect on one user; also of lists without an effect.
    states : sequence of tuple of ShownState and int
        The states of its users, the largest first; those without a message included.
    cities : sequence of tuple of str and int
        Where its users are, in the same way.
    proofs : sequence of Proof
        Empty if no message was sent.
    was_sent : bool
        Whether anyone is known to have got a message of this list.
    file : str
        Address of its file, from the page.
    sql : str
    """

    row: ListRow
    kind: ListKind
    icon: str
    n_write: int
    n_held_out: int
    rides: float | None
    spend: float | None
    top_rides: Range | None
    top_spend: Range | None
    each_rides: Range | None
    each_spend: Range | None
    states: Sequence[tuple[ShownState, int]]
    cities: Sequence[tuple[str, int]]
    proofs: Sequence[Proof]
    was_sent: bool
    file: str
    sql: str

    @property
    def top(self) -> Range | None:
        """What comes on top: money, or rides in a log without prices."""
        return self.top_rides if self.top_spend is None else self.top_spend

    @property
    def each(self) -> Range | None:
        """The effect on one user: money, or rides in a log without prices."""
        return self.each_rides if self.each_spend is None else self.each_spend


def week_lists(scene: Scene) -> list[WeekList]:
    """Return every list: first those to send, the most money first."""
    counts: dict[str, list[ListCountRow]] = defaultdict(list)
    for row in scene.rows(ListCountRow):
        counts[row.audience].append(row)
    found = [
        _week_list(scene, row, counts[row.audience])
        for row in scene.marts.rows(ListRow)
    ]
    return sorted(
        found,
        key=lambda each: (
            ORDER[each.kind],
            -(each.each.value * each.n_write if each.each else 0.0),
            each.row.priority,
            each.row.audience,
        ),
    )


def _week_list(scene: Scene, row: ListRow, counts: Sequence[ListCountRow]) -> WeekList:
    # Users of a list that is stopped are counted, though none is written to.
    written = [count for count in counts if count.list_status in ("write", "paused")]
    held_out = [count for count in counts if count.list_status == "held_out"]
    n_write = sum(count.n_users for count in written)
    each_rides, each_spend = _effects(row)
    kind = _kind(
        row,
        n_write,
        each_spend or each_rides,
        scene.options.min_cell_users,
        costs_more=_costs_more(scene, row.audience),
    )
    is_sure = kind == "send"
    return WeekList(
        row=row,
        kind=kind,
        icon=icon_of_list(row.audience, row.title),
        n_write=n_write,
        n_held_out=sum(count.n_users for count in held_out),
        rides=_sum([count.expected_rides_4_weeks for count in written]),
        spend=_sum([count.expected_spend_4_weeks for count in written]),
        top_rides=each_rides.times(n_write) if each_rides and is_sure else None,
        top_spend=each_spend.times(n_write) if each_spend and is_sure else None,
        each_rides=each_rides,
        each_spend=each_spend,
        states=_states(scene, [*written, *held_out]),
        cities=_cities([*written, *held_out], scene.options.min_cell_users),
        proofs=_proofs(scene, row.audience),
        was_sent=row.n_written_to_before > 0
        or any(
            effect.n_treated_exposed
            for effect in scene.marts.rows(EffectRow)
            if effect.audience == row.audience
        ),
        file=f"audiences/{quote(row.audience)}.csv",
        sql=list_in_sql(row.audience, row.title, scene.options.name_in_sql),
    )


def _kind(
    row: ListRow, n_write: int, each: Range | None, least: int, *, costs_more: bool
) -> ListKind:
    """Return what to do with a list.

    Only one that surely brings more is to be sent: its effect was measured, the whole
    range that the page shows is above zero, and it did not cost more than it brought.
    Any other is tried: who gets no message shows what the message brings.
    """
    if row.is_paused and each is not None:
        return "stop"
    if not n_write:
        return "nobody"
    if n_write < least:
        return "few"
    if brought_more(row) and not costs_more:
        return "send"
    return "try"


def _costs_more(scene: Scene, audience: str) -> bool:
    """Return whether a list surely cost more than it brought."""
    return any(
        row.audience == audience and row.verdict == "costs more"
        for row in scene.marts.rows(AudienceReturnRow)
    )


def _states(
    scene: Scene, counts: Sequence[ListCountRow]
) -> list[tuple[ShownState, int]]:
    """Return users by state, without states of too few."""
    users: dict[str, int] = defaultdict(int)
    for count in counts:
        users[count.state_key] += count.n_users
    found = [(state, users[state.state_key]) for state in scene.marts.states]
    large = [pair for pair in found if pair[1] >= scene.options.min_cell_users]
    return sorted(large, key=lambda pair: (-pair[1], pair[0].state_id))


def _cities(counts: Sequence[ListCountRow], least: int) -> list[tuple[str, int]]:
    """Return users by city; cities with too few users are together."""
    users: dict[str, int] = defaultdict(int)
    for count in counts:
        users[count.home_city] += count.n_users
    large = [(city, n) for city, n in users.items() if n >= least]
    rest = sum(users.values()) - sum(n for _, n in large)
    found = sorted(large, key=lambda pair: (-pair[1], pair[0]))
    return [*found, *([("elsewhere", rest)] if rest >= least else [])]


def _proofs(scene: Scene, audience: str) -> list[Proof]:
    """Return the groups that were compared; without a message nothing is."""
    return [
        Proof(
            row.first_entered_week_start,
            row.last_entered_week_start + datetime.timedelta(days=6),
            row.n_treated_exposed,
            row.n_held_out,
            [
                (
                    f"Could be written to ({_were(row.n_treated_exposed)})",
                    row.n_treated,
                    row.mean_rides_treated,
                    row.mean_spend_treated,
                ),
                (
                    "Got no message, chosen at random",
                    row.n_held_out,
                    row.mean_rides_held_out,
                    row.mean_spend_held_out,
                ),
            ],
        )
        for row in scene.marts.rows(EffectRow)
        if row.audience == audience and row.n_held_out and row.n_treated_exposed
    ]


def _were(n: int) -> str:
    return f"{number(n)} {'was' if n == 1 else 'were'}"


def range_of_effect(
    value: float | None, low: float | None, high: float | None
) -> Range | None:
    """Return an effect of the marts with the narrower range of the page.

    Parameters
    ----------
    value, low, high : float or None
        The effect, and its range that holds 19 times in 20.

    Returns
    -------
    Range or None
        With a range that holds nine times in ten; None if one of them is not known.
    """
    if value is None or low is None or high is None:
        return None
    return Range(
        value, value - NINE_IN_TEN * (value - low), value + NINE_IN_TEN * (high - value)
    )


def _effects(row: ListRow) -> tuple[Range | None, Range | None]:
    """Return the effect on one user, in rides and in money."""
    return (
        range_of_effect(row.effect_rides, row.effect_rides_low, row.effect_rides_high),
        range_of_effect(row.effect_spend, row.effect_spend_low, row.effect_spend_high),
    )


def brought_more(row: ListRow) -> bool:
    """Return whether users with a message surely brought more than those without."""
    each_rides, each_spend = _effects(row)
    each = each_spend or each_rides
    return row.effect_status == "measured" and each is not None and each.low > 0


def brought_less(row: ListRow) -> bool:
    """Return whether users with a message surely brought less than those without."""
    each_rides, each_spend = _effects(row)
    each = each_spend or each_rides
    return each is not None and each.high <= 0


def _sum(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None
