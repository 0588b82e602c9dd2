"""Journeys: how far people come, where they leave, and what broke."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from user_states.explorer.customer_files import customer_files
from user_states.explorer.part import Part, View
from user_states.explorer.parts.customers import OF_ALL_CITIES
from user_states.explorer.parts.funnels_bars import DrawnFunnel, drawn_funnels
from user_states.explorer.parts.funnels_incidents import ToldIncident, told_incidents
from user_states.explorer.parts.funnels_steps import (
    ShownPath,
    StepLine,
    shown_paths,
    step_lines,
    step_words,
)
from user_states.explorer.parts.funnels_types import (
    ShownPhase,
    ShownType,
    phase_sentence,
    shown_phases,
    shown_types,
)
from user_states.explorer.scene import CUSTOMER_GROUP, Scene
from user_states.explorer.words import counted
from user_states.explorer.words.dates import date
from user_states.explorer.words.numbers import percent
from user_states.marts.customer_list_rows import CustomerListSizeRow
from user_states.marts.journey_rows import (
    AnyStepRow,
    FunnelPlaceRow,
    IncidentRow,
    JourneyTypeRow,
    NextStepRow,
    OpenDropOffRow,
    OrderTestRow,
    PathRow,
    PhaseStepRow,
    StepReachRow,
    StepTransitionRow,
)


@dataclass(frozen=True, kw_only=True)
class Journeys(View):
    """What the part shows.

    Attributes
    ----------
    funnels : sequence of DrawnFunnel
    current, new, past : sequence of ToldIncident
        Those that go on, those that were noticed in the newest week and are over, and
        earlier ones; the newest first.
    steps : sequence of StepLine
        What comes next after the most frequent steps.
    to_goal, to_exit : sequence of ShownPath
        Paths after which people reach a goal, or leave, more often than usual.
    types : sequence of ShownType
    phases : sequence of ShownPhase
    order_sentence, phase_sentence : str
        What the tests of the models say; empty if there are none.
    """

    funnels: Sequence[DrawnFunnel]
    current: Sequence[ToldIncident]
    new: Sequence[ToldIncident]
    past: Sequence[ToldIncident]
    steps: Sequence[StepLine]
    to_goal: Sequence[ShownPath]
    to_exit: Sequence[ShownPath]
    types: Sequence[ShownType]
    phases: Sequence[ShownPhase]
    order_sentence: str
    phase_sentence: str


def view(scene: Scene) -> Journeys | None:
    """Return the journeys; None if no funnel has enough people."""
    least = scene.options.min_cell_users
    funnels = drawn_funnels(
        scene.marts.rows(FunnelPlaceRow),
        scene.marts.rows(AnyStepRow),
        scene.marts.rows(OpenDropOffRow),
        least,
        customer_files(scene, "drop_off", lambda row: row.list_name),
    )
    if not funnels:
        return None
    incidents = told_incidents(scene.marts.rows(IncidentRow))
    current = [one for one in incidents if one.is_current]
    over = [one for one in incidents if not one.is_current]
    new = [one for one in over if one.noticed >= scene.week]
    broken = _broken(current, new)
    paths = scene.marts.rows(PathRow)
    return Journeys(
        title=broken or _most_lost(funnels),
        warning=_warning([*current, *new]),
        lead=(
            "Every visit to the site or the app is a sequence of steps. A funnel "
            "counts who takes the steps to a goal in their order, each within the "
            "same time after the first. All recorded events are counted."
        ),
        unfiltered=OF_ALL_CITIES,
        funnels=funnels,
        current=current,
        new=new,
        past=[one for one in over if one not in new],
        steps=step_lines(scene.marts.rows(StepTransitionRow), least),
        to_goal=shown_paths([row for row in paths if row.leads_to != "exit"]),
        to_exit=shown_paths([row for row in paths if row.leads_to == "exit"]),
        types=shown_types(scene.marts.rows(JourneyTypeRow)),
        phases=shown_phases(scene.marts.rows(PhaseStepRow)),
        order_sentence=_order_sentence(scene),
        phase_sentence=phase_sentence(scene.marts.rows(NextStepRow)),
    )


def _broken(current: Sequence[ToldIncident], new: Sequence[ToldIncident]) -> str:
    """Return what broke lately; empty if nothing did."""
    if current:
        return f"Something broke: {current[0].finding}"
    if new:
        noticed = date(new[0].noticed, with_year=False)
        return f"A problem was noticed on {noticed}: {new[0].finding}"
    return ""


def _warning(lately: Sequence[ToldIncident]) -> str:
    """Return the same in one line, for the top of the page; empty if nothing broke."""
    if not lately:
        return ""
    noticed = date(lately[0].noticed, with_year=False)
    over = "" if lately[0].is_current else " and over since"
    return f"{lately[0].short}, noticed on {noticed}{over}."


def _most_lost(funnels: Sequence[DrawnFunnel]) -> str:
    place = max(
        (place for funnel in funnels for place in funnel.people[1:]),
        key=lambda place: place.n_dropped,
    )
    if not place.n_dropped:
        return "Nobody drops off on the way to a goal"
    return (
        f"Most people are lost before “{place.title}”: "
        f"{counted(place.n_dropped, 'customer')}, {percent(1 - place.share_kept)} of "
        "those who came so far"
    )


def _order_sentence(scene: Scene) -> str:
    tests = scene.marts.rows(OrderTestRow)
    reach = scene.marts.rows(StepReachRow)
    if not tests or not reach or tests[0].p_value is None:
        return ""
    test = tests[0]
    worst = max(reach, key=lambda row: abs(row.share_as_seen - row.share_by_chain))
    matters = (
        "matters"
        if test.p_value is not None and test.p_value < 0.01
        else ("cannot be shown to matter")
    )
    return (
        f"What came before a step {matters} for what comes after it (chi-square "
        f"{test.chi_square:,.0f} with {test.degrees_of_freedom:,} degrees of freedom, "
        f"Cramér’s V {test.cramers_v or 0:.2f}). The chain, which knows only the "
        f"newest step, is furthest off after “{step_words(worst.step)}”: it expects "
        f"{percent(worst.share_by_chain)} to reach “{step_words(worst.goal)}”, and "
        f"{percent(worst.share_as_seen)} did."
    )


PART = Part(
    "funnels",
    "Journeys",
    view,
    (
        AnyStepRow,
        FunnelPlaceRow,
        IncidentRow,
        JourneyTypeRow,
        NextStepRow,
        OpenDropOffRow,
        OrderTestRow,
        PathRow,
        PhaseStepRow,
        StepReachRow,
        StepTransitionRow,
        CustomerListSizeRow,
    ),
    CUSTOMER_GROUP,
)
