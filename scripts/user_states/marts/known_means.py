"""Profiles of states: each fact once, and no mean that rests on few weeks."""

from __future__ import annotations

from dataclasses import replace

from user_states.marts.distinct_features import without_repeats
from user_states.marts.marts import Marts
from user_states.marts.state_rows import ProfileRow

# A feature that is known in a smaller share of a state's weeks says nothing about the
# state: silent users hardly ride, so the coupons of those few rides do not tell.
MIN_KNOWN_SHARE = 0.05


def profiles(marts: Marts) -> list[ProfileRow]:
    """Return the profiles without repeated features.

    Means that rest on too few of the state's weeks are None.
    """
    weeks = {state.state_id: state.n_user_weeks for state in marts.states}
    return [
        replace(row, mean_value=None, standard_deviations_from_everyone=None)
        if is_thin(row.n_user_weeks, weeks.get(row.state_id))
        else row
        for row in without_repeats(marts.rows(ProfileRow), marts.labels)
    ]


def is_thin(n_known: int, n_weeks: int | None) -> bool:
    """Say whether a feature is known in too few of a state's weeks."""
    return n_known < MIN_KNOWN_SHARE * (n_weeks or 0)
