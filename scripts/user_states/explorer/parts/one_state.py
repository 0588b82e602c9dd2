"""One state: what does this group do differently? Two states stand side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from user_states.explorer.flows import flows_over, silent_keys, spans_of
from user_states.explorer.icons import icon_of
from user_states.explorer.naming import Sentence, called, sentence_about
from user_states.explorer.part import Part, View
from user_states.explorer.parts.one_state_hours import Hours, hours_of
from user_states.explorer.parts.one_state_next import Next, Still, next_of, still_of
from user_states.explorer.parts.one_state_numbers import NumberRow, number_rows
from user_states.explorer.parts.one_state_traits import Traits, traits_of
from user_states.explorer.scene import Scene
from user_states.explorer.user_queries import users_in_state
from user_states.explorer.words.numbers import in_words, percent, rate
from user_states.marts.crossing_rows import (
    NOT_KNOWN,
    CrossingFlowRow,
    CrossingSizeRow,
)
from user_states.marts.expected_rows import ExpectedRow
from user_states.marts.state_rows import (
    AttributeRow,
    RhythmRow,
    ShownState,
    WordRow,
)

MOST_CITIES = 8


@dataclass(frozen=True)
class StateColumn:
    """What is shown about one state.

    Attributes
    ----------
    state : ShownState
    icon : str
    title : str
        The finding, if the state is the first of the two.
    sentence : Sentence
    hours : Hours
    next : Next or None
    still : list of Still
        How many are in the state after some time; empty if that is not known.
    traits : Traits or None
    cities : list of (str, int)
        Its users by home city, the most first.
    sql : str
    """

    state: ShownState
    icon: str
    title: str
    sentence: Sentence
    hours: Hours
    next: Next | None
    still: list[Still]
    traits: Traits | None
    cities: list[tuple[str, int]]
    sql: str


@dataclass(frozen=True, kw_only=True)
class OneState(View):
    """Two states side by side; all are in the page, and a script shows two.

    Attributes
    ----------
    pair : tuple of str
        Keys of the states that are shown first; one key if there is one state.
    columns : sequence of StateColumn
    numbers : sequence of NumberRow
    weeks : str
        Between then and now, in words; empty if that is not known.
    """

    pair: tuple[str, ...]
    columns: Sequence[StateColumn]
    numbers: Sequence[NumberRow]
    weeks: str

    @property
    def has_cities(self) -> bool:
        """Whether cities are shown of a state."""
        return any(column.cities for column in self.columns)

    @property
    def order(self) -> Mapping[str, str]:
        """The class of the states that are shown first, by key."""
        return dict(zip(self.pair, ("first", "second"), strict=False))


def view(scene: Scene) -> OneState | None:
    """Return what is shown about each state; None if no state has enough users."""
    states = tuple(state for state in scene.states if state.is_of_the_model)
    if not states:
        return None
    spans = spans_of(scene)
    all_flows = [flows_over(scene, weeks) for weeks in spans]
    flows = all_flows[-1] if all_flows else None
    fewest = scene.options.min_cell_users
    columns = [
        StateColumn(
            state,
            icon_of(state, scene.marts.rows(WordRow)),
            _title(scene, state),
            sentence_about(state, scene.marts.rows(WordRow)),
            hours_of(scene.marts, state, fewest),
            next_of(scene, flows, state) if flows else None,
            still_of(scene, all_flows, state),
            traits_of(scene.marts, state) if len(states) > 1 else None,
            _cities(scene, state),
            users_in_state(state, scene.week, scene.options.name_in_sql),
        )
        for state in states
    ]
    pair = _pair(scene, states)
    first = next(c for c in columns if c.state.state_key == pair[0])
    return OneState(
        title=first.title,
        unfiltered=(
            "Sentences, hours and what else is known are about all users of the state."
        ),
        pair=pair,
        columns=columns,
        numbers=number_rows(scene),
        weeks=f"{in_words(flows.weeks)} weeks" if flows and len(states) > 1 else "",
    )


def _pair(scene: Scene, states: Sequence[ShownState]) -> tuple[str, ...]:
    """Return the two largest states that ride, in the order of display."""
    users = dict(zip(scene.figures.state_ids, scene.figures.users[-1], strict=True))
    silent = silent_keys(scene)
    by_size = sorted(states, key=lambda s: (s.state_key in silent, -users[s.state_id]))
    chosen = by_size[:2]
    return tuple(state.state_key for state in states if state in chosen)


def _title(scene: Scene, state: ShownState) -> str:
    figures = scene.figures
    place = figures.column(state.state_id)
    users = percent(float(figures.shares[-1, place]))
    worth = figures.rides if figures.spend is None else figures.spend
    total = float(worth[-1].sum())
    name = "rides" if figures.spend is None else "money"
    if sum(each.is_of_the_model for each in scene.states) == 1:
        n_users, n_rides = figures.users[-1, place], figures.rides[-1, place]
        return Markup("{}: {} rides a user and week").format(
            called(state), rate(float(n_rides / n_users))
        )
    title = Markup("{}: {} of users").format(called(state), users)
    if not total:
        return title
    share = percent(float(worth[-1, place]) / total)
    return Markup("{}, {} of the {}").format(title, share, name)


def _cities(scene: Scene, state: ShownState) -> list[tuple[str, int]]:
    counts: dict[str, int] = {}
    for row in scene.rows(CrossingSizeRow):
        if (row.week_start, row.state_id) == (scene.week, state.state_id):
            counts[row.home_city] = counts.get(row.home_city, 0) + row.n_users
    if set(counts) <= {NOT_KNOWN} or len(counts) < 2:
        return []
    fewest = scene.options.min_cell_users
    found = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return [(city, n) for city, n in found if n >= fewest][:MOST_CITIES]


PART = Part(
    "one-state",
    "One state",
    view,
    (CrossingFlowRow, ExpectedRow, RhythmRow, AttributeRow, WordRow),
)
