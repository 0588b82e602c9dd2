"""The states in the newest week and in the week before."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass

from user_states.marts.history_rows import SizeRow
from user_states.marts.marts import Marts

NO_WEEK_BEFORE = "no week before"


@dataclass(frozen=True)
class NewestWeeks:
    """Sizes of the states in the newest week and in the week before, by state.

    Attributes
    ----------
    now, before : mapping of int to SizeRow
        `before` is empty if there is no earlier week.
    """

    now: Mapping[int, SizeRow]
    before: Mapping[int, SizeRow]

    @classmethod
    def of(cls, marts: Marts) -> NewestWeeks:
        """Take the two weeks out of the marts."""
        week = marts.as_of_week
        earlier = week - datetime.timedelta(weeks=1) if week else None
        sizes = marts.rows(SizeRow)
        return cls(
            {row.state_id: row for row in sizes if row.week_start == week},
            {row.state_id: row for row in sizes if row.week_start == earlier},
        )

    @property
    def why_unknown(self) -> str:
        """Why changes are not known; empty if they are."""
        if not self.before:
            return NO_WEEK_BEFORE
        rows = (*self.now.values(), *self.before.values())
        if any(row.n_users_as_known is None for row in rows):
            return "this model has no states as known at the time for both weeks"
        return ""

    def shares_as_known(self, state_id: int) -> tuple[float, float] | None:
        """Return a state's share of users in the earlier and in the newest week.

        Both as known on the Monday after the week. In hindsight the earlier week has
        one more week of evidence, and that would look like a change.

        Returns
        -------
        tuple of float or None
            None if either is not known.
        """
        before, now = (
            _share_as_known(week, state_id) for week in (self.before, self.now)
        )
        return None if before is None or now is None else (before, now)

    def change_in_points(self, state_id: int) -> float | None:
        """Return the change between the two, in percentage points."""
        shares = self.shares_as_known(state_id)
        return None if shares is None else 100 * (shares[1] - shares[0])


def _share_as_known(week: Mapping[int, SizeRow], state_id: int) -> float | None:
    counts = {key: row.n_users_as_known for key, row in week.items()}
    total = sum(filter(None, counts.values()))
    count = counts.get(state_id)
    return None if count is None or not total else count / total
