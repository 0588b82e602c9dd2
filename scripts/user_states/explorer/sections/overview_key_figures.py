"""Key figures of the newest week, with their changes from the week before."""

from __future__ import annotations

from dataclasses import dataclass

from user_states.explorer.newest_weeks import NO_WEEK_BEFORE, NewestWeeks
from user_states.explorer.words import counted, decimal
from user_states.marts.marts import Marts
from user_states.marts.outlook_rows import NextWeeksRow
from user_states.marts.texts import signed

# In percentage points; a smaller change would be written as ±0.0.
SMALLEST_CHANGE = 0.05


@dataclass(frozen=True)
class KeyFigure:
    """A number about the newest week.

    Attributes
    ----------
    label, value : str
    note : str
        Its change from the week before, or another remark.
    state_id : int or None
        The state that it is about.
    """

    label: str
    value: str
    note: str
    state_id: int | None = None


def key_figures(marts: Marts) -> list[KeyFigure]:
    """Return users, rides, expected rides, and the states that changed most."""
    weeks = NewestWeeks.of(marts)
    if not weeks.now:
        return []
    return [*_totals(weeks), *_expected(marts), *_extremes(marts, weeks)]


def _totals(weeks: NewestWeeks) -> list[KeyFigure]:
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
        change = f"{signed(difference, 2)} from the week before"
    return [
        KeyFigure("users", f"{users[0]:,}", _change(*users)),
        KeyFigure("rides in the week", f"{rides[0]:,}", _change(*rides)),
        KeyFigure("rides per user", f"{rides[0] / users[0]:.2f}", change),
    ]


def _expected(marts: Marts) -> list[KeyFigure]:
    return [
        KeyFigure(
            "expected to ride next week",
            f"{decimal(expected.n_riding_next_week, 0)} users",
            f"of {expected.n_users:,} who have completed a ride; "
            f"{decimal(expected.n_rides_next_week, 0)} rides expected; "
            f"{decimal(expected.n_riding_4_weeks, 0)} users within four weeks",
        )
        for expected in marts.rows(NextWeeksRow)
    ]


def _extremes(marts: Marts, weeks: NewestWeeks) -> list[KeyFigure]:
    """Return the states whose shares of users grew and shrank most, if any changed."""
    shares = {
        state.state_id: known
        for state in marts.states
        if (known := weeks.shares_as_known(state.state_id)) is not None
    }
    changes = {key: 100 * (now - before) for key, (before, now) in shares.items()}
    most = max(changes, key=lambda key: changes[key], default=0)
    least = min(changes, key=lambda key: changes[key], default=0)
    return [
        KeyFigure(
            label,
            marts.name_of(state_id),
            f"{_more_users(weeks, state_id)} than in the week before; "
            f"its share of users {signed(changes[state_id])} points",
            state_id,
        )
        for label, state_id, sign in (
            ("grew most", most, 1),
            ("shrank most", least, -1),
        )
        if sign * changes.get(state_id, 0.0) >= SMALLEST_CHANGE
    ]


def _more_users(weeks: NewestWeeks, state_id: int) -> str:
    now, before = (
        week[state_id].n_users_as_known or 0 for week in (weeks.now, weeks.before)
    )
    more = "more" if now >= before else "fewer"
    return f"{counted(abs(now - before), 'user')} {more}"


def _change(now: int, before: int) -> str:
    if not before:
        return NO_WEEK_BEFORE
    share = signed(100 * (now - before) / before)
    return f"{_minus(f'{now - before:+,}')} ({share}%) from the week before"


def _minus(text: str) -> str:
    return text.replace("-", "−")
