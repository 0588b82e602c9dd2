"""Moves: how users move, between two weeks and by the model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from user_states.explorer.section import Contents, PageOptions, Section, View
from user_states.explorer.sections.moves_flows import (
    NEWCOMERS,
    NEWCOMERS_WORDS,
    Flows,
    FlowsOfWeeks,
    flow_content,
    flows,
)
from user_states.explorer.sections.moves_graph import graph
from user_states.marts.history_rows import FlowRow, SizeRow
from user_states.marts.marts import Marts
from user_states.marts.state_rows import ShownState, TransitionRow


@dataclass(frozen=True)
class FlowLine:
    """Users of one state in the earlier week who are in a state of the later week."""

    from_name: str
    to_name: str
    n_users: int


@dataclass(frozen=True)
class TransitionLine:
    """The probabilities of every state in the next week, for a state now."""

    state: ShownState
    probabilities: list[float]


@dataclass(frozen=True, kw_only=True)
class MovesView(View):
    """What the section of moves shows.

    Attributes
    ----------
    contents : Contents
    only_state : ShownState or None
        The state of a model that has only one; then there are no moves to show.
    flows : Flows
    shown : FlowsOfWeeks or None
        The kind of flows that is shown first; None if there are no flows.
    lines : list of FlowLine
        The flows that are shown first, the largest on top.
    graph : dict
        The transition graph.
    model_states : sequence of ShownState
    transitions : list of TransitionLine
    """

    contents: Contents
    only_state: ShownState | None
    flows: Flows
    shown: FlowsOfWeeks | None
    lines: list[FlowLine]
    graph: dict[str, Any]
    model_states: Sequence[ShownState]
    transitions: list[TransitionLine]


def moves_view(marts: Marts, options: PageOptions) -> MovesView:
    """Return what the section of moves shows."""
    found = flows(marts)
    shown = next(iter(found.kinds.values()), None)
    drawn = graph(marts, options.min_edge_probability)
    names = {state.state_id: state.state_name for state in marts.states}
    names[NEWCOMERS] = NEWCOMERS_WORDS
    return MovesView(
        script_data={"flows": flow_content(found, marts), "graph": drawn},
        contents=Contents(
            SECTION.address,
            SECTION.title,
            {}
            if marts.only_state
            else {"between": "Between two weeks", "graph": "In any week, by the model"},
        ),
        only_state=marts.only_state,
        flows=found,
        shown=shown,
        lines=[
            FlowLine(names[from_id], names[to_id], n_users)
            for from_id, to_id, n_users in (shown.rows_at_start if shown else [])
        ],
        graph=drawn,
        model_states=marts.model_states,
        transitions=[
            TransitionLine(
                state,
                [
                    row.probability
                    for row in marts.rows(TransitionRow)
                    if row.from_state_id == state.state_id
                ],
            )
            for state in marts.model_states
        ],
    )


SECTION = Section(
    address="moves",
    title="Moves",
    template="moves.html.j2",
    reads=(FlowRow, SizeRow, TransitionRow),
    view=moves_view,
)
