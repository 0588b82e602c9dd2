"""Stays in a state: the weeks in a row that users spend in it."""

from __future__ import annotations

from user_states.marts.marts import Marts
from user_states.marts.state_rows import StayRow

# A share is reliable only if at least this many stays are left.
MIN_AT_RISK = 10


def stays_in(marts: Marts, state_id: int) -> list[StayRow]:
    """Return the rows of one state, by rising number of weeks."""
    return [row for row in marts.rows(StayRow) if row.state_id == state_id]


def reliable_stays_in(marts: Marts, state_id: int) -> list[StayRow]:
    """Return the rows of one state for which enough stays are left."""
    return [row for row in stays_in(marts, state_id) if row.n_at_risk >= MIN_AT_RISK]
