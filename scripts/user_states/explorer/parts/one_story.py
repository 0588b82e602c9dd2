"""One user's story: what the states look like for a person."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from user_states.explorer.flows import silent_keys
from user_states.explorer.naming import called
from user_states.explorer.part import Part, View
from user_states.explorer.parts.one_story_chart import (
    Spell,
    spells_of,
    story_chart,
)
from user_states.explorer.scene import Scene
from user_states.explorer.words import counted, shortened
from user_states.explorer.words.dates import MONTHS, date
from user_states.explorer.words.numbers import in_words
from user_states.marts.families import Family
from user_states.marts.state_rows import ShownState
from user_states.marts.user_rows import (
    JourneyRideRow,
    JourneyUserRow,
    JourneyWeekRow,
)

N_STORIES = 3
MOST_NOTES = 4
# A shorter stay is no turn of the story.
LEAST_STAY = 3
COMPLETED = "completed"


@dataclass(frozen=True)
class Note:
    """A note below the chart: when, and what happened."""

    when: str
    text: str


@dataclass(frozen=True)
class Story:
    """One example user.

    Attributes
    ----------
    key : str
        Of the choice between stories.
    label : str
        What the choice calls it.
    title : str
    facts : str
    drawing : Markup
    notes : sequence of Note
    user_id : str
        Empty unless the settings allow it.
    """

    key: str
    label: str
    title: str
    facts: str
    drawing: Markup
    notes: Sequence[Note]
    user_id: str


@dataclass(frozen=True, kw_only=True)
class OneStory(View):
    """Up to three example users."""

    stories: Sequence[Story]

    @property
    def choices(self) -> list[tuple[str, str]]:
        """Keys and labels, for the choice."""
        return [(story.key, story.label) for story in self.stories]


@dataclass(frozen=True)
class _Journey:
    """The weeks of an example user, and the turns in them."""

    key: tuple[int, int]
    weeks: list[JourneyWeekRow]
    spells: list[Spell]
    silent: frozenset[str]

    @property
    def turns(self) -> list[Spell]:
        """The stays that are long enough to be told, from the first ride on."""
        return [
            spell
            for spell in self.spells
            if spell.end - spell.first >= LEAST_STAY and spell.state.is_of_the_model
        ]

    @property
    def kind(self) -> str:
        """What happened, for the choice between stories."""
        turns = self.turns
        if not turns:
            return "Changes every week"
        last = turns[-1].state
        was_silent = [spell.state.state_key in self.silent for spell in turns[:-1]]
        rode = not all(was_silent)
        if last.state_key in self.silent:
            return "Falls silent" if rode else "Stays silent"
        if last.family == Family.LEAVING and rode:
            return "Slows down"
        if any(was_silent):
            return "Comes back"
        kinds = {spell.state.state_id for spell in turns}
        return "Changes rhythm" if len(kinds) > 1 else "Keeps a rhythm"


# What is told first.
_KINDS = (
    "Slows down",
    "Falls silent",
    "Comes back",
    "Changes rhythm",
    "Keeps a rhythm",
    "Changes every week",
    "Stays silent",
)


def view(scene: Scene) -> OneStory | None:
    """Return the stories; None if there are no examples."""
    journeys = _chosen(_journeys(scene))
    if not journeys:
        return None
    stories = [_story(scene, journey, n) for n, journey in enumerate(journeys)]
    return OneStory(
        title=stories[0].title,
        unfiltered="The examples are of users of all cities and platforms.",
        stories=stories,
    )


def _journeys(scene: Scene) -> list[_Journey]:
    weeks: dict[tuple[int, int], list[JourneyWeekRow]] = {}
    states, silent = scene.marts.state_by_id, frozenset(silent_keys(scene))
    for row in scene.marts.rows(JourneyWeekRow):
        weeks.setdefault((row.state_id, row.journey_number), []).append(row)
    found = []
    for key, own in sorted(weeks.items()):
        own.sort(key=lambda row: row.week_start)
        if any(row.n_rides for row in own):
            found.append(_Journey(key, own, spells_of(own, states), silent))
    return found


def _chosen(journeys: Sequence[_Journey]) -> list[_Journey]:
    """Return examples of different kinds; of each kind one with several turns."""
    best: dict[str, _Journey] = {}
    for journey in journeys:
        held = best.get(journey.kind)
        if held is None or _worth(journey) > _worth(held):
            best[journey.kind] = journey
    return [best[kind] for kind in _KINDS if kind in best][:N_STORIES]


def _worth(journey: _Journey) -> tuple[bool, int, int]:
    """Return how much an example tells: a few clear turns, and many rides."""
    n_turns = len(journey.turns)
    is_clear = len(journey.spells) - n_turns <= 1
    return is_clear, min(n_turns, 3), sum(week.n_rides for week in journey.weeks)


def _story(scene: Scene, journey: _Journey, number: int) -> Story:
    rides = [
        row
        for row in scene.marts.rows(JourneyRideRow)
        if (row.state_id, row.journey_number) == journey.key
        and row.status.lower() == COMPLETED
    ]
    ids = {
        (row.state_id, row.journey_number): row.user_id
        for row in scene.marts.rows(JourneyUserRow)
    }
    notes = _notes(journey, rides)
    title = _title(journey)
    label = f"Rides a week of an example user: {Markup(title).striptags()}"
    return Story(
        key=f"story-{number}",
        label=journey.kind,
        title=title,
        facts=_facts(scene, journey, rides),
        drawing=story_chart(
            journey.weeks, journey.spells, [place for place, _ in notes], label
        ),
        notes=[note for _, note in notes],
        user_id=ids.get(journey.key, ""),
    )


def _title(journey: _Journey) -> str:
    turns = journey.turns
    if not turns:
        return "A user who changes from week to week"
    last = turns[-1]
    states = list(dict.fromkeys(spell.state.state_id for spell in turns))
    if len(states) == 1:
        return Markup("A user who stays in {}").format(called(last.state))
    since = journey.weeks[last.first].week_start
    month = MONTHS[since.month - 1]
    before = _main_before(turns)
    return Markup("From {} to {} in {}").format(
        called(before), called(last.state), month
    )


def _main_before(turns: Sequence[Spell]) -> ShownState:
    """Return the state, other than the last, that the user was in longest."""
    last = turns[-1].state.state_id
    weeks: Counter[int] = Counter()
    states = {}
    for spell in turns:
        if spell.state.state_id != last:
            weeks[spell.state.state_id] += spell.end - spell.first
            states[spell.state.state_id] = spell.state
    return states[weeks.most_common(1)[0][0]]


def _facts(scene: Scene, journey: _Journey, rides: Sequence[JourneyRideRow]) -> str:
    n_rides = sum(week.n_rides for week in journey.weeks)
    paid = [row.price for row in rides if row.price is not None]
    worth = f" and {scene.money.exact(sum(paid))}" if paid else ""
    since = date(journey.weeks[0].week_start)
    return f"Rides a week. {counted(n_rides, 'ride')}{worth} since {since}."


def _notes(
    journey: _Journey, rides: Sequence[JourneyRideRow]
) -> list[tuple[int, Note]]:
    """Return the notes with the places of their weeks: the beginning and each turn."""
    turns = journey.turns[: MOST_NOTES - 1] + journey.turns[-1:]
    turns = list({spell.first: spell for spell in turns}.values())[:MOST_NOTES]
    home = _city(rides)
    found: dict[int, Note] = {}
    for spell in turns:
        weeks = journey.weeks[spell.first : spell.end]
        length = counted(len(weeks), "week")
        a_week = sum(week.n_rides for week in weeks) / len(weeks)
        begins = "Starts in" if spell is turns[0] else "Moves to"
        text = Markup("{} {}: {} for {}").format(
            begins, called(spell.state), _tempo(a_week), length
        )
        starts = {week.week_start for week in weeks}
        city = _city([row for row in rides if row.week_start in starts])
        if city and home and city != home:
            text = Markup("{}, mostly in {}").format(text, shortened(city))
        when = date(journey.weeks[spell.first].week_start, with_year=False)
        found[spell.first] = Note(when, text)
    return sorted(found.items())


def _tempo(a_week: float) -> str:
    if a_week < 0.05:
        return "no rides"
    if a_week >= 0.95:
        n = round(a_week)
        return f"{in_words(n)} {'ride' if n == 1 else 'rides'} a week"
    return f"a ride in {in_words(max(round(1 / a_week), 2))} weeks"


def _city(rides: Sequence[JourneyRideRow]) -> str:
    """Return the city of most rides; empty if it is not known."""
    cities = Counter(row.city for row in rides if row.city)
    return cities.most_common(1)[0][0] if cities else ""


PART = Part(
    "one-story",
    "One user’s story",
    view,
    (JourneyWeekRow, JourneyRideRow, JourneyUserRow),
)
