"""Users, riders, rides and money by week and state, as known after each week."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from user_states.marts.array_types import Matrix, Vector
from user_states.marts.crossing_rows import WEEKS_READ, CrossingSizeRow


@dataclass(frozen=True)
class WeeklyFigures:
    """Figures by week and state. The last week is the newest.

    Attributes
    ----------
    weeks : list of date
        Mondays, rising, without gaps.
    state_ids : tuple of int
        In the order of display.
    users, riders, rides : array of float, shape (n_weeks, n_states)
    spend : array of float, shape (n_weeks, n_states), or None
        None if the log has no prices.
    """

    weeks: list[datetime.date]
    state_ids: tuple[int, ...]
    users: Matrix
    riders: Matrix
    rides: Matrix
    spend: Matrix | None

    @property
    def shares(self) -> Matrix:
        """Shares of the week's users, shape (n_weeks, n_states); 0 without users."""
        totals = self.users.sum(axis=1, keepdims=True)
        shares: Matrix = self.users / np.where(totals, totals, 1.0)
        return shares

    @property
    def first_compared(self) -> int:
        """The first row that later ones are compared with.

        In the first weeks of a log most users are not seen yet, because nobody is known
        before the first ride; so everything seems to grow. A quarter of a short log is
        left out, at most twelve weeks.
        """
        first = int((self.users.sum(axis=1) > 0).argmax())
        if len(self.weeks) >= WEEKS_READ:
            return first
        return first + min(STARTING_WEEKS, (len(self.weeks) - first) // 4)

    def column(self, state_id: int) -> int:
        """Return the column of a state."""
        return self.state_ids.index(state_id)

    def back(self, weeks: int) -> int | None:
        """Return the row that many weeks before the newest; None if it is too early."""
        row = len(self.weeks) - 1 - weeks
        return row if row >= 0 and self.users[row].sum() > 0 else None

    def without(self, state_ids: Iterable[int]) -> WeeklyFigures:
        """Return the figures without some states, also in the sums."""
        hidden = set(state_ids)
        kept = [n for n, state in enumerate(self.state_ids) if state not in hidden]
        return WeeklyFigures(
            self.weeks,
            tuple(self.state_ids[n] for n in kept),
            self.users[:, kept],
            self.riders[:, kept],
            self.rides[:, kept],
            None if self.spend is None else self.spend[:, kept],
        )


def weekly_figures(
    rows: Iterable[CrossingSizeRow],
    week: datetime.date,
    state_ids: Sequence[int],
    *,
    has_money: bool,
) -> WeeklyFigures:
    """Return sums of rows by week and state, up to a week; a missing row is zero."""
    taken = [row for row in rows if row.week_start <= week]
    first = min((row.week_start for row in taken), default=week)
    n_weeks = (week - first).days // 7 + 1
    weeks = [first + datetime.timedelta(weeks=n) for n in range(n_weeks)]
    sums = np.zeros((4, n_weeks, len(state_ids)))
    columns = {state: n for n, state in enumerate(state_ids)}
    for row in taken:
        if row.state_id in columns:
            place = (row.week_start - first).days // 7, columns[row.state_id]
            values = (row.n_users, row.n_riders, row.n_rides, row.spend or 0.0)
            sums[(slice(None), *place)] += values
    users, riders, rides, spend = sums
    return WeeklyFigures(
        weeks, tuple(state_ids), users, riders, rides, spend if has_money else None
    )


def relative_changes(values: Vector, weeks: int = 1) -> Vector:
    """Return the change of each value against that many weeks before, as a share.

    Returns
    -------
    array of float, shape (n_values - weeks,)
        NaN where the earlier value is zero.
    """
    before, now = values[:-weeks], values[weeks:]
    changes: Vector = np.full(len(now), np.nan)
    np.divide(now - before, before, out=changes, where=before > 0)
    return changes


def usual_range(changes: Vector) -> tuple[float, float] | None:
    """Return where nine in ten changes lay; None if fewer than twelve are known."""
    known = changes[np.isfinite(changes)]
    if len(known) < LEAST_CHANGES:
        return None
    low, high = np.quantile(known, [0.05, 0.95])
    return float(low), float(high)


# Weeks in which a log begins, at most.
STARTING_WEEKS = 12
# Fewer changes say nothing about what is usual.
LEAST_CHANGES = 12
