"""One customer's story: all that is known of a person, from every source."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from user_states.explorer.naming import called
from user_states.explorer.part import Part, View
from user_states.explorer.parts.customer_story_chart import (
    GroupLane,
    Lane,
    story_lanes,
)
from user_states.explorer.scene import CUSTOMER_GROUP, Scene
from user_states.explorer.words import counted, listed, shortened
from user_states.explorer.words.customer_words import (
    event_words,
    identifier_words,
    source_words,
)
from user_states.explorer.words.dates import MONTHS, date
from user_states.explorer.words.numbers import in_words
from user_states.marts.customer_rows import (
    CohortRuleRow,
    ExampleCustomerIdRow,
    ExampleCustomerRow,
    ExampleStepRow,
    ExampleWeekRow,
)

# Kinds of examples in the order in which they are shown, with the choice's words.
_KINDS = {"active": "Is active", "new": "Came lately", "silent": "Went silent"}
MOST_NOTES = 4
# Lanes of groups below those of places: more would not fit a phone.
MOST_GROUPS = 3
# Types of events that have a lane of their own: name, one and several, colour.
_NO_RIDE = ("Rides that did not take place", ("request", "requests"), "kept")
_LANES = {
    "ride_completed": ("Rides", ("ride", "rides"), "soft"),
    "ride_cancelled": _NO_RIDE,
    "ride_requested": _NO_RIDE,
    "purchase": ("Orders", ("order", "orders"), "good"),
    "store_visit": ("Store", ("visit", "visits"), "good"),
    "support_contact": ("Help", ("call or question", "calls and questions"), "bad"),
}
# What is counted in the lane of a source.
_ACTIONS = ("action", "actions")


@dataclass(frozen=True)
class StoryNote:
    """A note below the chart, or a line of the whole story."""

    day: datetime.date
    when: str
    text: str


@dataclass(frozen=True)
class CustomerStory:
    """One example.

    Attributes
    ----------
    key, label : str
        Of the choice between stories.
    title : str
    known_by, met_in, groups, money : str
        Sentences of facts; `groups` and `money` may be empty.
    state : Markup
        The state of the customer's user; empty without one.
    drawing : Markup
    notes : sequence of StoryNote
        Numbered in the chart.
    steps : sequence of StoryNote
        All that became known, the oldest first.
    customer_id : str
        Empty unless the settings allow it.
    """

    key: str
    label: str
    title: str
    known_by: str
    met_in: str
    groups: str
    money: str
    state: Markup
    drawing: Markup
    notes: Sequence[StoryNote]
    steps: Sequence[StoryNote]
    customer_id: str


@dataclass(frozen=True, kw_only=True)
class CustomerStories(View):
    """Up to three examples."""

    stories: Sequence[CustomerStory]

    @property
    def choices(self) -> list[tuple[str, str]]:
        """Keys and labels, for the choice."""
        return [(story.key, story.label) for story in self.stories]


def view(scene: Scene) -> CustomerStories | None:
    """Return the stories; None if there are no examples."""
    examples = {row.example_kind: row for row in scene.marts.rows(ExampleCustomerRow)}
    stories = [
        _story(scene, examples[kind])
        for kind in _KINDS
        if kind in examples and _weeks_of(scene, kind)
    ]
    if not stories:
        return None
    return CustomerStories(
        title=stories[0].title,
        unfiltered="The examples are customers of all cities and platforms.",
        stories=stories,
    )


def _weeks_of(scene: Scene, kind: str) -> list[ExampleWeekRow]:
    return [row for row in scene.marts.rows(ExampleWeekRow) if row.example_kind == kind]


def _story(scene: Scene, example: ExampleCustomerRow) -> CustomerStory:
    kind = example.example_kind
    rows = _weeks_of(scene, kind)
    steps = [
        row for row in scene.marts.rows(ExampleStepRow) if row.example_kind == kind
    ]
    titles = {
        row.cohort: shortened(row.title) or row.cohort
        for row in scene.marts.rows(CohortRuleRow)
    }
    ids = {
        row.example_kind: row.customer_id
        for row in scene.marts.rows(ExampleCustomerIdRow)
    }
    weeks = _all_weeks(scene, rows)
    notes = _notes(steps, titles)
    title = _title(example, steps, rows)
    groups = _groups(steps, titles)
    return CustomerStory(
        key=f"customer-{kind}",
        label=_KINDS[kind],
        title=title,
        known_by=_known_by(steps),
        met_in=_met_in(rows, len(weeks)),
        groups=_groups_now(groups),
        money=_money(scene, rows),
        state=_state(scene, example),
        drawing=story_lanes(
            weeks,
            _lanes(rows, weeks),
            _longest(groups, weeks[0]),
            [note.day for note in notes],
            f"What an example customer did, week by week: {title}",
        ),
        notes=notes,
        steps=[note for step in steps if (note := _note(step, titles))],
        customer_id=ids.get(kind, ""),
    )


def _all_weeks(scene: Scene, rows: Sequence[ExampleWeekRow]) -> list[datetime.date]:
    """Return all weeks from the first event that is shown to the newest week."""
    first = min(row.week_start for row in rows)
    last = max(scene.customer_week or first, max(row.week_start for row in rows))
    n_weeks = (last - first).days // 7 + 1
    return [first + datetime.timedelta(weeks=n) for n in range(n_weeks)]


def _lanes(
    rows: Sequence[ExampleWeekRow], weeks: Sequence[datetime.date]
) -> list[Lane]:
    """Return a lane for each place, and for what is bought or asked there."""
    counts: dict[tuple[str, tuple[str, str], str], Counter[datetime.date]] = {}
    for row in rows:
        own = _LANES.get(row.event_type)
        lane = own or (source_words(row.source_name), _ACTIONS, "soft")
        counts.setdefault(lane, Counter())[row.week_start] += row.n_events
    # The busiest first; what is bought and asked stays below the places.
    placed = sorted(counts.items(), key=lambda item: (-item[1].total(), item[0]))
    return [
        Lane(name, nouns, [of_weeks[week] for week in weeks], class_)
        for (name, nouns, class_), of_weeks in placed
    ]


def _title(
    example: ExampleCustomerRow,
    steps: Sequence[ExampleStepRow],
    rows: Sequence[ExampleWeekRow],
) -> str:
    places = (
        f"seen in {in_words(example.n_sources)} places"
        if example.n_sources > 1
        else f"seen {_where(rows[0].source_name)}"
    )
    if example.example_kind == "silent":
        last = max(row.week_start for row in rows)
        return f"A customer {places}, and silent since {_month(last)}"
    joins = [step for step in steps if step.step_kind == "joined"]
    if joins:
        day = joins[-1].happened_on
        return f"A customer {places}, and known as one person since {_month(day)}"
    first = min((step.happened_on for step in steps), default=rows[0].week_start)
    return f"A customer {places} since {_month(first)}"


def _month(day: datetime.date) -> str:
    return f"{MONTHS[day.month - 1]} {day.year}"


def _where(source: str) -> str:
    return {
        "web": "on the website",
        "product": "in the app",
        "store": "in a store",
        "call_centre": "on the phone",
        "crm": "in the CRM",
    }.get(source, f"in “{source_words(source)}”")


def _known_by(steps: Sequence[ExampleStepRow]) -> str:
    types = Counter(step.subject for step in steps if step.step_kind == "identifier")
    told = [f"{in_words(n)} {identifier_words(name, n)}" for name, n in types.items()]
    return f"Known by {listed(told)}." if told else ""


def _met_in(rows: Sequence[ExampleWeekRow], n_weeks: int) -> str:
    places = [_where(name) for name in dict.fromkeys(row.source_name for row in rows)]
    return f"In the past {counted(n_weeks, 'week')} seen {listed(places)}."


def _money(scene: Scene, rows: Sequence[ExampleWeekRow]) -> str:
    spend = sum(row.value or 0.0 for row in rows)
    return f"Spent {scene.money.each(spend)} in these weeks." if spend else ""


def _state(scene: Scene, example: ExampleCustomerRow) -> Markup:
    states = {state.state_key: state for state in scene.marts.states}
    since = example.state_since_week_start
    if example.state_key not in states or since is None:
        return Markup()
    return Markup("As a rider now in the state {}, since the week of {}.").format(
        called(states[example.state_key]), date(since)
    )


def _groups(steps: Sequence[ExampleStepRow], titles: dict[str, str]) -> list[GroupLane]:
    """Return when the customer was in each group."""
    spells: dict[str, list[tuple[datetime.date, datetime.date | None]]] = {}
    for step in steps:
        own = spells.setdefault(titles.get(step.subject, step.subject), [])
        if step.step_kind == "entered":
            own.append((step.happened_on, None))
        elif step.step_kind == "left" and own:
            own[-1] = (own[-1][0], step.happened_on)
    return [GroupLane(name, own) for name, own in spells.items() if own]


def _longest(groups: Sequence[GroupLane], first: datetime.date) -> list[GroupLane]:
    """Return the groups with most days in the weeks that are shown."""

    def days(group: GroupLane) -> int:
        return sum(
            ((last or datetime.date.max) - max(start, first)).days
            for start, last in group.spells
            if last is None or last > first
        )

    shown = sorted((g for g in groups if days(g) > 0), key=lambda g: -days(g))
    return shown[:MOST_GROUPS]


def _groups_now(groups: Sequence[GroupLane]) -> str:
    now = [f"“{group.name}”" for group in groups if group.spells[-1][1] is None]
    return f"Now in {listed(now)}." if now else "In no group now."


def _note(step: ExampleStepRow, titles: dict[str, str]) -> StoryNote | None:
    """Return a step in words."""
    name = titles.get(step.subject, step.subject)
    told = {
        "identifier": f"First seen: {_a(step.subject)}",
        "joined": (
            f"Two turn out to be one: {_a(step.from_type)} and {_a(step.subject)} "
            "in one event or record"
        ),
        "entered": f"Enters “{name}”{_by(step)}",
        "left": f"Leaves “{name}”{_by(step)}",
    }.get(step.step_kind)
    if told is None:
        return None
    return StoryNote(step.happened_on, date(step.happened_on), told)


def _by(step: ExampleStepRow) -> str:
    """Return why a customer enters or leaves a group."""
    if step.event_type is None:
        return ", as time passes"
    return f" with {event_words(step.event_type)}"


def _a(identifier_type: str) -> str:
    words = identifier_words(identifier_type)
    return f"{'an' if words[:1] in 'aeio' else 'a'} {words}"


def _notes(steps: Sequence[ExampleStepRow], titles: dict[str, str]) -> list[StoryNote]:
    """Return the turns: the first trace, the account, joins, and the newest group."""
    identifiers = [step for step in steps if step.step_kind == "identifier"]
    joins = [step for step in steps if step.step_kind == "joined"]
    moves = [step for step in steps if step.step_kind in ("entered", "left")]
    accounts = [step for step in identifiers if step.subject == "user_id"]
    wanted = [*identifiers[:1], *accounts[:1], *joins[-1:], *moves[-1:]]
    chosen = {step.step_number: step for step in wanted}
    notes = [_note(step, titles) for _, step in sorted(chosen.items())]
    return [note for note in notes if note][:MOST_NOTES]


PART = Part(
    "customer-story",
    "One customer’s story",
    view,
    (
        ExampleCustomerRow,
        ExampleWeekRow,
        ExampleStepRow,
        ExampleCustomerIdRow,
        CohortRuleRow,
    ),
    CUSTOMER_GROUP,
)
