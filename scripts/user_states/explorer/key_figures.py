"""The newest week in a few figures, each with its change against the week before."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass

from user_states.marts.mart_data import MartData
from user_states.marts.rows import Size
from user_states.marts.texts import percent, signed

NO_WEEK_BEFORE = "no week before"
# In points; less than this would be written as ±0.0.
SMALLEST_CHANGE = 0.05


@dataclass(frozen=True)
class KeyFigure:
    """A figure of the newest week.

    Attributes
    ----------
    label, value : str
    note : str
        Its change against the week before, or what else is to be said of it.
    state_id : int or None
        The state that it is of.
    """

    label: str
    value: str
    note: str
    state_id: int | None = None


@dataclass(frozen=True)
class TwoWeeks:
    """Sizes of the states in the newest week and in the one before, by state.

    Attributes
    ----------
    now, before : mapping of int to Size
        Of the earlier week empty where there is none.
    """

    now: Mapping[int, Size]
    before: Mapping[int, Size]

    @classmethod
    def of(cls, data: MartData) -> TwoWeeks:
        """Take the two weeks out of the marts."""
        week = data.as_of_week
        earlier = week - datetime.timedelta(weeks=1) if week else None
        return cls(
            {row.state_id: row for row in data.sizes if row.week_start == week},
            {row.state_id: row for row in data.sizes if row.week_start == earlier},
        )

    @property
    def not_known_because(self) -> str:
        """Why changes are not known; empty where they are."""
        if not self.before:
            return NO_WEEK_BEFORE
        rows = (*self.now.values(), *self.before.values())
        if any(row.n_users_as_known is None for row in rows):
            return "the model does not tell what was known in both weeks"
        return ""

    def shares_as_known(self, state_id: int) -> tuple[float, float] | None:
        """Return a state's share of users in the earlier and in the newest week.

        Of what was known on the Monday after each: hindsight knows a week more of the
        earlier one, and would show that as a change.

        Returns
        -------
        tuple of float or None
            None where either is not known.
        """
        before, now = (
            _share_as_known(week, state_id) for week in (self.before, self.now)
        )
        return None if before is None or now is None else (before, now)

    def change_in_points(self, state_id: int) -> float | None:
        """Return the change between the two, in percentage points."""
        shares = self.shares_as_known(state_id)
        return None if shares is None else 100 * (shares[1] - shares[0])


def key_figures(data: MartData) -> list[KeyFigure]:
    """Return users, rides, what is expected, and the states that changed most."""
    weeks = TwoWeeks.of(data)
    if not weeks.now:
        return []
    return [*_totals(weeks), *_expected(data), *_extremes(data, weeks)]


def _totals(weeks: TwoWeeks) -> list[KeyFigure]:
    users, rides = (
        [
            sum(getattr(row, name) for row in week.values())
            for week in (weeks.now, weeks.before)
        ]
        for name in ("n_users", "n_rides")
    )
    change = NO_WEEK_BEFORE
    if users[1]:
        difference = rides[0] / users[0] - rides[1] / users[1]
        change = f"{signed(difference, 2)} against the week before"
    return [
        KeyFigure("users", f"{users[0]:,}", _change(*users)),
        KeyFigure("rides in the week", f"{rides[0]:,}", _change(*rides)),
        KeyFigure("rides a user", f"{rides[0] / users[0]:.2f}", change),
    ]


def _expected(data: MartData) -> list[KeyFigure]:
    expected = data.next_weeks
    if expected is None:
        return []
    return [
        KeyFigure(
            "expected to ride next week",
            f"{expected.n_riding_next_week:,.0f} users",
            f"of {expected.n_users:,} who have completed a ride; "
            f"{expected.n_rides_next_week:,.0f} rides; "
            f"within four weeks {expected.n_riding_4_weeks:,.0f} users",
        )
    ]


def _extremes(data: MartData, weeks: TwoWeeks) -> list[KeyFigure]:
    """Return the states whose shares of users grew and shrank most, if any did."""
    shares = {
        state.state_id: known
        for state in data.states
        if (known := weeks.shares_as_known(state.state_id)) is not None
    }
    changes = {key: 100 * (now - before) for key, (before, now) in shares.items()}
    most = max(changes, key=lambda key: changes[key], default=0)
    least = min(changes, key=lambda key: changes[key], default=0)
    return [
        KeyFigure(
            label,
            data.name_of(state_id),
            f"{signed(changes[state_id], 2)} points in a week, as known then: "
            f"{' to '.join(percent(share, 2) for share in shares[state_id])} of users",
            state_id,
        )
        for label, state_id, sign in (
            ("grew most", most, 1),
            ("shrank most", least, -1),
        )
        if sign * changes.get(state_id, 0.0) >= SMALLEST_CHANGE
    ]


def _share_as_known(week: Mapping[int, Size], state_id: int) -> float | None:
    counts = {key: row.n_users_as_known for key, row in week.items()}
    total = sum(filter(None, counts.values()))
    count = counts.get(state_id)
    return None if count is None or not total else count / total


def _change(now: int, before: int) -> str:
    if not before:
        return NO_WEEK_BEFORE
    share = signed(100 * (now - before) / before)
    return f"{_minus(f'{now - before:+,}')} ({share}%) against the week before"


def _minus(text: str) -> str:
    return text.replace("-", "−")
