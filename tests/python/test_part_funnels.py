"""The part about journeys: its finding is true, and says what broke."""

from __future__ import annotations

import datetime
from dataclasses import replace

from made_up_journeys import funnel_places, incident
from made_up_marts import AS_OF_WEEK, made_up_marts, with_rows
from user_states.explorer.crossings import Crossing
from user_states.explorer.parts import funnels
from user_states.explorer.parts.funnels import Journeys
from user_states.explorer.scene import PageOptions, Scene
from user_states.explorer.words.dates import date
from user_states.marts.journey_rows import (
    AnyStepRow,
    FunnelPlaceRow,
    IncidentRow,
    NextStepRow,
    PathRow,
)
from user_states.marts.mart_row import MartRow

MARTS = made_up_marts(["Weekly", "Silent for months"])
OPTIONS = PageOptions(lambda mart: f"marts.{mart}")


def shown(changes: dict[type[MartRow], tuple[MartRow, ...]]) -> Journeys | None:
    """Return what the part shows if some rows are others."""
    marts = with_rows(MARTS, changes)
    return funnels.view(Scene(marts, OPTIONS, Crossing(), 1000))


def test_the_title_is_the_largest_loss() -> None:
    found = shown({})
    assert found is not None
    assert found.title == (
        "Most people are lost before “Buy”: 260 customers, 63% of those who came so far"
    )


def test_a_step_outside_of_sessions_is_left_out_of_them() -> None:
    """Rides have no session, so nobody drops off before one within a session."""
    rides = [
        replace(row, n_reached=0, n_dropped=900)
        if (row.unit, row.position) == ("session", 3)
        else row
        for row in funnel_places()
    ]
    found = shown({FunnelPlaceRow: tuple(rides)})
    assert found is not None
    (funnel,) = found.funnels
    assert [place.title for place in funnel.people][-1] == "Buy"
    assert [place.title for place in funnel.sessions][-1] != "Buy"
    assert len(funnel.sessions) == 2
    assert funnel.outside.startswith("Left out: “Buy”. Customers get there")

    # A step that customers do not reach either stays: there they do drop off.
    never = [replace(row, n_reached=0) if row.position == 3 else row for row in rides]
    found = shown({FunnelPlaceRow: tuple(never)})
    assert found is not None
    assert len(found.funnels[0].sessions) == 3
    assert found.funnels[0].outside == ""


def test_who_did_not_begin_is_counted_beside_the_bars() -> None:
    found = shown({})
    assert found is not None
    assert found.funnels[0].not_begun.startswith(
        "40 more customers took a later step, but no “Look at a product” of theirs"
    )
    few = shown({AnyStepRow: (AnyStepRow("checkout", 612),)})
    assert few is not None
    assert few.funnels[0].not_begun == ""


def test_what_is_broken_now_comes_first() -> None:
    now = incident(3, is_strongest=True, is_current=True, cause="checkout_bug")
    found = shown({IncidentRow: (now,)})
    assert found is not None
    assert found.title.startswith("Something broke: after “Put it into the")
    assert "only 24% of a week’s sessions went on (12 of 50); 79% had" in found.title
    assert "“checkout bug”: 47% of these sessions met it, 2% before" in (
        found.current[0].cause
    )
    # One line at the top of the page: its first screen is for the lists.
    assert found.warning == (
        "after “Put it into the <b>cart</b>” on mobile only 24% of sessions went on "
        "(79% before), noticed on 12 May."
    )


def test_what_was_noticed_in_the_newest_week_is_told_although_it_is_over() -> None:
    noticed = AS_OF_WEEK + datetime.timedelta(days=4)
    over = incident(3, is_strongest=True, is_current=False, cause=None)
    earlier = replace(over, time_number=2)
    found = shown({IncidentRow: (replace(over, first_alarm_on=noticed), earlier)})
    assert found is not None
    assert found.title.startswith(
        f"A problem was noticed on {date(noticed, with_year=False)}: after “Put it"
    )
    assert found.warning.endswith(
        f"(79% before), noticed on {date(noticed, with_year=False)} and over since."
    )
    assert [len(each) for each in (found.current, found.new, found.past)] == [0, 1, 1]
    old = shown({IncidentRow: (earlier,)})
    assert old is not None
    assert (old.title[:4], old.warning) == ("Most", "")


def test_incidents_of_one_time_are_told_once() -> None:
    found = shown({})
    assert found is not None
    # All platforms together are the same sessions again.
    assert [one.also for one in [*found.current, *found.past]] == ["", ""]
    first = incident(1, is_strongest=True, is_current=False, cause=None)
    others = [replace(first, is_strongest=False, position=n) for n in (3, 4)]
    found = shown({IncidentRow: (first, *others)})
    assert found is not None
    assert [one.also for one in found.past] == ["Beside it 2 other steps alarmed."]
    assert found.past[0].cause == ""


def test_a_path_is_shown_once_and_only_if_it_is_surely_more_frequent() -> None:
    found = shown({})
    assert found is not None
    assert [path.path for path in found.to_goal] == ["view → cart"]
    few = tuple(
        replace(row, lift_low=0.9)
        for row in MARTS.rows(PathRow)
        if row.leads_to == "exit"
    )
    without = shown({PathRow: few})
    assert without is not None
    assert (list(without.to_goal), list(without.to_exit)) == ([], [])


def test_phases_are_judged_beside_the_chain() -> None:
    found = shown({})
    assert found is not None
    assert "2 phases predict the next step of other customers worse than" in (
        found.phase_sentence
    )
    as_good = tuple(
        replace(row, behind_chain=0.001) if row.is_shown else row
        for row in MARTS.rows(NextStepRow)
    )
    equal = shown({NextStepRow: as_good})
    assert equal is not None
    assert "as well as" in equal.phase_sentence


def test_without_enough_people_there_is_no_part() -> None:
    few = tuple(replace(row, n_reached=3, n_dropped=0) for row in funnel_places())
    assert shown({FunnelPlaceRow: few}) is None
    assert shown({FunnelPlaceRow: ()}) is None
