"""One card a state: name, one sentence, users, money, trend, what to do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from user_states.explorer.icons import icon_of
from user_states.explorer.naming import Sentence, sentence_about
from user_states.explorer.parts.this_week_lists import (
    WeekList,
    brought_less,
    week_lists,
)
from user_states.explorer.scene import Scene
from user_states.explorer.svg.lines import spark
from user_states.explorer.words.numbers import (
    fine_percent,
    in_words,
    rate,
)
from user_states.marts.crossing_rows import ListCountRow
from user_states.marts.state_rows import ShownState, WordRow

YEAR = 52
# Users of a list. A paused list says that nothing should be sent.
LISTED = ("write", "paused")


@dataclass(frozen=True)
class Trend:
    """A state's share of users over a year, or over the weeks that are known.

    Attributes
    ----------
    drawing : Markup
    before, now : str
        Shares at its ends.
    since : str
        When it begins, such as `a year ago`.
    users_before, users_now : int
        In number.
    """

    drawing: Markup
    before: str
    now: str
    since: str
    users_before: int
    users_now: int


@dataclass(frozen=True)
class Advice:
    """What to do for the users of a state.

    Attributes
    ----------
    n_users : int
        Users of the state on the list.
    list_title : str
    address : str
        Of the list within the page.
    stops : bool
        Messages to this list had no effect, so nothing should be sent.
    brought_less : bool
        Users with a message surely brought less than those without.
    """

    n_users: int
    list_title: str
    address: str
    stops: bool = False
    brought_less: bool = False


@dataclass(frozen=True)
class Card:
    """One state.

    Attributes
    ----------
    state : ShownState
    icon : str
    n_users : int
    sentence : Sentence
    user_share, worth_share : float
        From 0 to 1, of users and of money (or rides, without prices).
    rides, spend : str
        A user in the newest week; `spend` is empty without prices.
    trend : Trend or None
        None if only one week is known.
    advice : sequence of Advice
        Lists with enough users of the state: those to write to first, the most users
        first.
    no_advice : str
        What is said if there is none; empty if the page has no lists.
    """

    state: ShownState
    icon: str
    n_users: int
    sentence: Sentence
    user_share: float
    worth_share: float
    rides: str
    spend: str
    trend: Trend | None
    advice: Sequence[Advice]
    no_advice: str


def cards(scene: Scene) -> list[Card]:
    """Return a card for each shown state of the model."""
    figures = scene.figures
    words = scene.marts.rows(WordRow)
    users = figures.users[-1]
    worth = figures.rides[-1] if figures.spend is None else figures.spend[-1]
    trends = _trends(scene)
    lists = {each.row.audience: each for each in week_lists(scene)}
    found = []
    for place, state in enumerate(scene.states):
        if not state.is_of_the_model:
            continue
        n_users = int(users[place])
        advice, no_advice = _advice(scene, state, lists)
        spend = (
            ""
            if figures.spend is None
            else scene.money.each(float(figures.spend[-1, place]) / n_users)
        )
        found.append(
            Card(
                state=state,
                icon=icon_of(state, words),
                n_users=n_users,
                sentence=sentence_about(state, words),
                user_share=n_users / float(users.sum()),
                worth_share=float(worth[place]) / (float(worth.sum()) or 1.0),
                rides=rate(float(figures.rides[-1, place]) / n_users),
                spend=spend,
                trend=trends[place],
                advice=advice,
                no_advice=no_advice,
            )
        )
    return found


def _trends(scene: Scene) -> Sequence[Trend | None]:
    """Return the trends, all on the same scale: a point is equally high on each."""
    figures = scene.figures
    first = max(len(figures.weeks) - 1 - YEAR, figures.first_compared)
    n_weeks = len(figures.weeks) - 1 - first
    if not n_weeks:
        return [None] * len(scene.states)
    shares = figures.shares[first:]
    height = max(float((shares.max(axis=0) - shares.min(axis=0)).max()), 0.01)
    since = "a year ago" if n_weeks == YEAR else f"{in_words(n_weeks)} weeks ago"
    found = []
    for place, state in enumerate(scene.states):
        values = shares[:, place]
        middle = float(values.max() + values.min()) / 2
        ends = (middle - height / 2, middle + height / 2)
        before, now = fine_percent(float(values[0])), fine_percent(float(values[-1]))
        label = f"Share of users: {before} {since}, {now} now"
        drawing = spark(values.tolist(), ends, f"k{state.place}", label)
        users = [int(figures.users[week, place]) for week in (first, -1)]
        found.append(Trend(drawing, before, now, since, *users))
    return found


def _advice(
    scene: Scene, state: ShownState, lists: Mapping[str, WeekList]
) -> tuple[list[Advice], str]:
    """Return every list with enough users of a state, or why there is none."""
    if not lists:
        return [], ""
    counts: dict[str, int] = {}
    for row in scene.rows(ListCountRow):
        is_of_state = row.state_key == state.state_key and row.audience in lists
        if is_of_state and row.list_status in LISTED:
            counts[row.audience] = counts.get(row.audience, 0) + row.n_users
    least = scene.options.min_cell_users
    stops = {name: lists[name].kind == "stop" for name in counts}
    found = [
        Advice(
            n,
            lists[name].row.title,
            f"this-week-{name}",
            stops=stops[name],
            brought_less=brought_less(lists[name].row),
        )
        for name, n in sorted(
            counts.items(), key=lambda pair: (stops[pair[0]], -pair[1], pair[0])
        )
        if n >= least
    ]
    if found:
        return found, ""
    if any(n and not stops[name] for name, n in counts.items()):
        return [], f"Few are on a list (fewer than {least} each)"
    return [], "Nothing to send now"
