"""One user's story: examples of different kinds, without ids unless allowed."""

from __future__ import annotations

import datetime
import re
from collections.abc import Sequence

from markupsafe import Markup

from made_up_marts import AS_OF_WEEK, made_up_marts, with_rows
from user_states.explorer.crossings import Crossing
from user_states.explorer.parts import one_story
from user_states.explorer.parts.one_story import OneStory
from user_states.explorer.scene import PageOptions, Scene
from user_states.marts.marts import Marts
from user_states.marts.user_rows import JourneyRideRow, JourneyUserRow, JourneyWeekRow

NAMES = ["Weekly", "Travelling", "Slowing down", "Silent for months"]
OPTIONS = PageOptions(lambda mart: f"marts.{mart}")
WEEKLY, TRAVELLING, SLOWING, SILENT = range(1, 5)


def weeks_of(
    states: Sequence[int], rides: Sequence[int], number: int = 1
) -> list[JourneyWeekRow]:
    """Return the weeks of an example user up to the newest week."""
    last = len(states) - 1
    return [
        JourneyWeekRow(
            states[-1],
            number,
            AS_OF_WEEK - datetime.timedelta(weeks=last - place),
            state,
            n,
            n,
        )
        for place, (state, n) in enumerate(zip(states, rides, strict=True))
    ]


def marts_with(*journeys: list[JourneyWeekRow]) -> Marts:
    """Return marts with these example users only."""
    rows = [row for journey in journeys for row in journey]
    return with_rows(
        made_up_marts(NAMES),
        {JourneyWeekRow: rows, JourneyRideRow: (), JourneyUserRow: ()},
    )


def plain(words: str) -> str:
    """Return words without the marks of states' names."""
    return Markup(words).striptags()


def shown(marts: Marts) -> OneStory:
    """Return the view, which must not be empty."""
    view = one_story.view(Scene(marts, OPTIONS, Crossing(), 1000))
    assert view is not None
    return view


def test_examples_of_different_kinds_are_chosen() -> None:
    view = shown(
        marts_with(
            weeks_of([WEEKLY] * 8 + [SLOWING] * 4, [2] * 8 + [1] * 4),
            weeks_of([WEEKLY] * 8 + [SILENT] * 4, [2] * 8 + [0] * 4),
            weeks_of([SILENT] * 8 + [WEEKLY] * 4, [0] * 8 + [2] * 4),
            weeks_of([WEEKLY] * 12, [2] * 12, number=2),
        )
    )
    assert [label for _, label in view.choices] == [
        "Slows down",
        "Falls silent",
        "Comes back",
    ]
    assert plain(view.title) == "From Weekly to Slowing down in May"


def test_notes_tell_the_turns_in_numbers_that_are_true() -> None:
    states = [WEEKLY] * 6 + [TRAVELLING] * 3 + [WEEKLY] + [SLOWING] * 4
    rides = [2, 3, 1, 2, 2, 2, 5, 4, 6, 2, 1, 0, 0, 1]
    marts = marts_with(weeks_of(states, rides))
    ride_weeks = [row.week_start for row in marts.rows(JourneyWeekRow)]
    trips = [
        JourneyRideRow(
            SLOWING, 1, ride_weeks[place], 1, 9, "completed", city, None, None, 10.0
        )
        for place, city in [*((n, "Madrid") for n in range(6)), (6, "Lisbon")]
    ]
    (story,) = shown(with_rows(marts, {JourneyRideRow: trips})).stories
    assert story.facts.startswith("Rides a week. 31 rides and €70 since 3 March 2025.")
    assert [(note.when, plain(note.text)) for note in story.notes] == [
        ("3 March", "Starts in Weekly: two rides a week for 6 weeks"),
        (
            "14 April",
            "Moves to Travelling: five rides a week for 3 weeks, mostly in Lisbon",
        ),
        ("12 May", "Moves to Slowing down: a ride in two weeks for 4 weeks"),
    ]
    # One week back in a state is no turn of the story, but the strip shows it.
    drawing = str(story.drawing)
    assert len(re.findall(r'height="26"', drawing)) == 4
    assert len(re.findall(r'<circle[^>]*class="ink"', drawing)) == 3


def test_an_id_is_shown_only_if_the_marts_have_it() -> None:
    marts = marts_with(weeks_of([WEEKLY] * 5, [1] * 5))
    assert [story.user_id for story in shown(marts).stories] == [""]
    allowed = with_rows(marts, {JourneyUserRow: [JourneyUserRow(WEEKLY, 1, "u-77")]})
    assert [story.user_id for story in shown(allowed).stories] == ["u-77"]


def test_without_examples_the_part_is_absent() -> None:
    assert one_story.view(Scene(marts_with(), OPTIONS, Crossing(), 1000)) is None


def test_a_user_without_rides_is_no_example() -> None:
    marts = marts_with(weeks_of([SILENT] * 5, [0] * 5))
    assert one_story.view(Scene(marts, OPTIONS, Crossing(), 1000)) is None


def test_a_user_who_changes_every_week_has_a_story() -> None:
    (story,) = shown(marts_with(weeks_of([WEEKLY, TRAVELLING] * 4, [1] * 8))).stories
    assert story.title == "A user who changes from week to week"
    assert story.notes == []
