"""The newest week in a few figures, each with its change against the week before."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass

from pictures.canvas import percent, signed
from pictures.mart_data import MartData
from pictures.rows import Size


@dataclass(frozen=True)
class KeyFigure:
    """A figure of the newest week.

    Attributes
    ----------
    label, value : str
    change : str
        Against the week before; empty where there is none.
    state_id : int or None
        The state that it is of.
    """

    label: str
    value: str
    change: str
    state_id: int | None = None


@dataclass(frozen=True)
class TwoWeeks:
    """Sizes of the states in the newest week and in the one before, by state."""

    now: Mapping[int, Size]
    before: Mapping[int, Size]

    @classmethod
    def of(cls, data: MartData) -> TwoWeeks:
        """Take the two weeks out of the marts; the earlier may be empty."""
        week = data.as_of_week
        earlier = week - datetime.timedelta(weeks=1) if week else None
        return cls(
            {row.state_id: row for row in data.sizes if row.week_start == week},
            {row.state_id: row for row in data.sizes if row.week_start == earlier},
        )

    def change_in_points(self, state_id: int) -> float | None:
        """Return the change of a state's share of users, in percentage points."""
        if state_id not in self.before or state_id not in self.now:
            return None
        shares = self.now[state_id].user_share, self.before[state_id].user_share
        return 100 * (shares[0] - shares[1])


def key_figures(data: MartData) -> list[KeyFigure]:
    """Return users, rides, rides a user, and the states that changed most."""
    weeks = TwoWeeks.of(data)
    if not weeks.now:
        return []
    users = [sum(row.n_users for row in week.values()) for week in _both(weeks)]
    rides = [sum(row.n_rides for row in week.values()) for week in _both(weeks)]
    figures = [
        KeyFigure("users", f"{users[0]:,}", _change(*users)),
        KeyFigure("rides in the week", f"{rides[0]:,}", _change(*rides)),
        KeyFigure(
            "rides a user",
            f"{rides[0] / users[0]:.2f}",
            _signed_2(rides[0] / users[0] - rides[1] / users[1]) if users[1] else "",
        ),
    ]
    changes = {
        state.state_id: change
        for state in data.states
        if (change := weeks.change_in_points(state.state_id)) is not None
    }
    if changes:
        for label, state_id in (
            ("grew most", max(changes, key=lambda key: changes[key])),
            ("shrank most", min(changes, key=lambda key: changes[key])),
        ):
            share = percent(weeks.now[state_id].user_share)
            text = f"{signed(changes[state_id])} points: {share} of users"
            figures.append(KeyFigure(label, data.name_of(state_id), text, state_id))
    return figures


def _both(weeks: TwoWeeks) -> tuple[Mapping[int, Size], Mapping[int, Size]]:
    return weeks.now, weeks.before


def _change(now: int, before: int) -> str:
    if not before:
        return ""
    difference = f"{now - before:+,}".replace("-", "−")
    return f"{difference} ({signed(100 * (now - before) / before)} %)"


def _signed_2(value: float) -> str:
    return f"{value:+.2f}".replace("-", "−")
