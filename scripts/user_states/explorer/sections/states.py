"""States: one part of the page for each state."""

from __future__ import annotations

from dataclasses import dataclass

from user_states.explorer.section import (
    PageOptions,
    Section,
    View,
    charts_with_data,
)
from user_states.explorer.sections.states_charts import (
    by_hour,
    by_weekday,
    fingerprint,
    stay,
)
from user_states.explorer.sections.states_view import StateView, state_views
from user_states.marts.history_rows import SizeRow
from user_states.marts.marts import Marts
from user_states.marts.outlook_rows import PairOutlookRow, StateOutlookRow
from user_states.marts.rhythms import has_time_of_day
from user_states.marts.state_rows import (
    AttributeRow,
    ProfileRow,
    RhythmRow,
    StayRow,
    TransitionRow,
    WordRow,
)
from user_states.marts.user_rows import JourneyRideRow, JourneyUserRow, JourneyWeekRow


@dataclass(frozen=True, kw_only=True)
class StatesView(View):
    """What the parts of the states show.

    Attributes
    ----------
    states : list of StateView
        In the order of display.
    n_users : int
        Users of all states in the newest week.
    """

    states: list[StateView]
    n_users: int


def states_view(marts: Marts, options: PageOptions) -> StatesView:
    """Return what the parts of the states show."""
    charts = {}
    for state in marts.states:
        charts[f"fingerprint-{state.state_id}"] = fingerprint(marts, state)
        if has_time_of_day(marts):
            charts[f"hours-{state.state_id}"] = by_hour(marts, state)
        charts[f"weekdays-{state.state_id}"] = by_weekday(marts, state)
        charts[f"stay-{state.state_id}"] = stay(marts, state)
    views = state_views(marts, options.name_in_sql)
    return StatesView(
        charts=charts_with_data(charts),
        choices=[
            (view.contents.address, f"{view.state.state_id} · {view.state.state_name}")
            for view in views
        ],
        states=views,
        n_users=sum(state.n_users for state in marts.states),
    )


SECTION = Section(
    address="state",
    title="State",
    template="states.html.j2",
    reads=(
        ProfileRow,
        WordRow,
        RhythmRow,
        AttributeRow,
        TransitionRow,
        PairOutlookRow,
        StayRow,
        StateOutlookRow,
        SizeRow,
        JourneyWeekRow,
        JourneyRideRow,
        JourneyUserRow,
    ),
    view=states_view,
)
