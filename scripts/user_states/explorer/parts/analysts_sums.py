"""How this week's figures add up, and how far hindsight moves the past weeks."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

from user_states.explorer.scene import Scene
from user_states.explorer.words.dates import week_span
from user_states.explorer.words.numbers import fine_percent, number
from user_states.marts.history_rows import SizeRow
from user_states.marts.marts import Marts
from user_states.marts.trust_rows import QualityCheckRow

MOST_WEEKS = 12
REVISED = "revised_by_hindsight"


@dataclass(frozen=True)
class SumLine:
    """A state, or all: users, who rode, rides, money, and both shares.

    `spend` and `spend_share` are empty without prices.
    """

    name: str
    users: str
    riders: str
    rides: str
    spend: str
    user_share: str
    spend_share: str


def sum_lines(scene: Scene) -> list[SumLine]:
    """Return a line for each shown state, and their sum as the last."""
    figures, money = scene.figures, scene.money
    users, riders, rides = figures.users[-1], figures.riders[-1], figures.rides[-1]
    spend = None if figures.spend is None else figures.spend[-1]
    total = 0.0 if spend is None else float(spend.sum())

    def line(name: str, places: Sequence[int]) -> SumLine:
        picked = list(places)
        paid = 0.0 if spend is None else float(spend[picked].sum())
        return SumLine(
            name,
            number(users[picked].sum()),
            number(riders[picked].sum()),
            number(rides[picked].sum()),
            "" if spend is None else money.exact(paid),
            fine_percent(float(users[picked].sum() / users.sum())),
            "" if spend is None or not total else fine_percent(paid / total),
        )

    lines = [line(state.state_name, [n]) for n, state in enumerate(scene.states)]
    return [*lines, line("All", range(len(scene.states)))]


@dataclass(frozen=True)
class WeekOfSizes:
    """A week: users of each state, as written, in the order of the states."""

    week: str
    counts: list[str]


@dataclass(frozen=True)
class Hindsight:
    """Users of each state in past weeks, known then and known now.

    Attributes
    ----------
    sentence : str
    states : list of str
    known_then, known_now : list of WeekOfSizes
        The newest week first.
    """

    sentence: str
    states: list[str]
    known_then: list[WeekOfSizes]
    known_now: list[WeekOfSizes]


def hindsight_of(marts: Marts) -> Hindsight | None:
    """Return both views of the past weeks; None without weeks known at the time."""
    counts: dict[datetime.date, dict[int, SizeRow]] = {}
    for row in marts.rows(SizeRow):
        counts.setdefault(row.week_start, {})[row.state_id] = row
    known = [
        week
        for week, rows in counts.items()
        if all(row.n_users_as_known is not None for row in rows.values())
    ]
    weeks = sorted(known, reverse=True)[:MOST_WEEKS]
    if not weeks:
        return None
    ids = [state.state_id for state in marts.states]

    def lines(*, then: bool) -> list[WeekOfSizes]:
        found = []
        for week in weeks:
            rows = counts[week]
            written = [
                "–"
                if (row := rows.get(i)) is None
                else number((row.n_users_as_known or 0) if then else row.n_users)
                for i in ids
            ]
            found.append(WeekOfSizes(week_span(week, with_year=False), written))
        return found

    return Hindsight(
        _sentence(marts),
        [state.state_short_name for state in marts.states],
        lines(then=True),
        lines(then=False),
    )


def _sentence(marts: Marts) -> str:
    text = (
        "All other figures of states are what was known on the Monday after each "
        "week. Once later weeks are in, some users are seen in another state."
    )
    for row in marts.rows(QualityCheckRow):
        if row.check_name == REVISED and row.measured_value is not None:
            share = fine_percent(row.measured_value)
            return f"{text} So far hindsight moved {share} of weeks of users."
    return text
