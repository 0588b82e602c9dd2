"""Users of each state in each week as one array."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from user_states.marts.array_types import Matrix, Vector
from user_states.marts.history_rows import SizeRow
from user_states.marts.state_rows import ShownState

# A change is reported over this many weeks.
CHANGE_WEEKS = 12


@dataclass(frozen=True)
class WeeklySizes:
    """Users of each state in each week.

    Attributes
    ----------
    weeks : list of date
        Mondays, rising.
    states : tuple of ShownState
        From the lowest band to the highest: the first in the order of display is on
        top.
    n_users : array of float, shape (n_weeks, n_states)
    last_settled : date or None
        The last week whose states in hindsight are settled; None if there is none yet.
    """

    weeks: list[datetime.date]
    states: tuple[ShownState, ...]
    n_users: Matrix
    last_settled: datetime.date | None

    @property
    def shares(self) -> Matrix:
        """Shares of the week's users, shape (n_weeks, n_states)."""
        shares: Matrix = self.n_users / self.n_users.sum(axis=1, keepdims=True)
        return shares

    @property
    def is_settled(self) -> bool:
        """Whether all weeks are settled."""
        return self.last_settled == self.weeks[-1]

    @property
    def reported(self) -> int:
        """Index of the week whose shares are reported: the last settled or newest."""
        if self.last_settled is None:
            return len(self.weeks) - 1
        return self.weeks.index(self.last_settled)

    @property
    def compared_with(self) -> int:
        """Index of the week that the reported week is compared with."""
        return max(self.reported - CHANGE_WEEKS, 0)

    @property
    def changes(self) -> Vector:
        """Change of each state's share between these weeks, in percentage points."""
        shares = self.shares
        difference: Vector = 100 * (shares[self.reported] - shares[self.compared_with])
        return difference


def weekly_sizes(rows: Sequence[SizeRow], states: Sequence[ShownState]) -> WeeklySizes:
    """Return the rows of state_sizes as one array; a missing row counts as zero."""
    weeks = sorted({row.week_start for row in rows})
    ordered = tuple(reversed(states))
    week_place = {week: number for number, week in enumerate(weeks)}
    state_place = {state.state_id: number for number, state in enumerate(ordered)}
    n_users = np.zeros((len(weeks), len(ordered)))
    for row in rows:
        n_users[week_place[row.week_start], state_place[row.state_id]] = row.n_users
    settled = [row.week_start for row in rows if row.is_settled]
    return WeeklySizes(weeks, ordered, n_users, max(settled, default=None))
