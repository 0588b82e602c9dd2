"""Overview: all states at a glance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite

from user_states.explorer.newest_weeks import NewestWeeks
from user_states.explorer.section import (
    Contents,
    PageOptions,
    Section,
    View,
    charts_with_data,
)
from user_states.explorer.sections.overview_charts import sizes_over_time, treemap
from user_states.explorer.sections.overview_key_figures import KeyFigure, key_figures
from user_states.marts.history_rows import SizeRow
from user_states.marts.marts import Marts
from user_states.marts.outlook_rows import NextWeeksRow
from user_states.marts.state_rows import ShownState
from user_states.marts.weekly_sizes import weekly_sizes


@dataclass(frozen=True)
class StateChange:
    """Users of a state in the two newest weeks, as known at the time.

    Attributes
    ----------
    state : ShownState
    n_before, n_now : int or None
    points : float or None
        Change of its share of users, in percentage points.
    """

    state: ShownState
    n_before: int | None
    n_now: int | None
    points: float | None


@dataclass(frozen=True, kw_only=True)
class OverviewView(View):
    """What the overview shows.

    Attributes
    ----------
    contents : Contents
    key_figures : list of KeyFigure
    states : sequence of ShownState
    only_state : ShownState or None
        The state of a model that has only one.
    largest_share : float
        Of all shares of users and rides: the length of the longest bar.
    changes : list of StateChange
    why_unknown : str
        Why changes are not known; empty if they are.
    has_unsettled_weeks : bool
    """

    contents: Contents
    key_figures: list[KeyFigure]
    states: Sequence[ShownState]
    only_state: ShownState | None
    largest_share: float
    changes: list[StateChange]
    why_unknown: str
    has_unsettled_weeks: bool


def overview_view(marts: Marts, _: PageOptions) -> OverviewView:
    """Return what the overview shows."""
    weeks = NewestWeeks.of(marts)
    sizes = marts.rows(SizeRow)
    return OverviewView(
        charts=charts_with_data(
            {
                "treemap-users": treemap(marts, by_rides=False),
                "treemap-rides": treemap(marts, by_rides=True),
                "sizes-users": sizes_over_time(marts, as_shares=False),
                "sizes-shares": sizes_over_time(marts, as_shares=True),
            }
        ),
        contents=Contents(
            SECTION.address,
            SECTION.title,
            {
                "sizes": "How large the states are",
                "changes": "What changed since the week before",
                "weeks": "Week by week",
            },
        ),
        key_figures=key_figures(marts),
        states=marts.states,
        only_state=marts.only_state,
        largest_share=_largest_share(marts.states),
        changes=[_change(state, weeks) for state in marts.states],
        why_unknown=weeks.why_unknown,
        has_unsettled_weeks=bool(sizes)
        and not weekly_sizes(sizes, marts.states).is_settled,
    )


def _largest_share(states: Sequence[ShownState]) -> float:
    shares = [share for s in states for share in (s.user_share, s.ride_share)]
    return max((share for share in shares if share and isfinite(share)), default=1.0)


def _change(state: ShownState, weeks: NewestWeeks) -> StateChange:
    before, now = (
        week[state.state_id].n_users_as_known if state.state_id in week else None
        for week in (weeks.before, weeks.now)
    )
    return StateChange(state, before, now, weeks.change_in_points(state.state_id))


SECTION = Section(
    address="overview",
    title="Overview",
    template="overview.html.j2",
    reads=(SizeRow, NextWeeksRow),
    view=overview_view,
)
