"""Our users: who they are, and who pays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from user_states.explorer.naming import called
from user_states.explorer.part import Part, View
from user_states.explorer.parts.our_users_bars import stacked_bars, unnamed
from user_states.explorer.parts.our_users_cards import Card, cards
from user_states.explorer.scene import Scene
from user_states.explorer.words import listed
from user_states.explorer.words.dates import week_span
from user_states.explorer.words.numbers import in_words, number, percent
from user_states.marts.crossing_rows import ListCountRow
from user_states.marts.experiment_rows import AudienceReturnRow
from user_states.marts.list_rows import EffectRow, ListRow
from user_states.marts.run_rows import RunRow
from user_states.marts.state_rows import ShownState, WordRow

# At most so many states are named in the title.
MOST_NAMED = 2
# A smaller difference between the share of money and of users is no finding.
LEAST_DIFFERENCE = 0.05


@dataclass(frozen=True)
class StateShares:
    """A state's share of users, and of what is compared with them.

    Attributes
    ----------
    state : ShownState
    of_users, of_worth : float
        From 0 to 1.
    """

    state: ShownState
    of_users: float
    of_worth: float


@dataclass(frozen=True, kw_only=True)
class OurUsers(View):
    """Users against money, and one card a state.

    Attributes
    ----------
    shares : sequence of StateShares
    worth : str
        What users are compared with: `money`, or `rides` without prices.
    worth_total : str
        Its total in the newest week.
    most : float
        The largest share, which fills a bar on a phone.
    bars : Markup or None
        Both as bars; None if there is only one state.
    unnamed : sequence of StateShares
        Those whose names do not fit above the bars.
    cards : sequence of Card
    totals : sequence of tuple of str
        The card of everyone: names and values.
    tested : str
        On whom the sentences of the cards were tested; empty if on nobody.
    """

    shares: Sequence[StateShares]
    worth: str
    worth_total: str
    most: float
    bars: Markup | None
    unnamed: Sequence[StateShares]
    cards: Sequence[Card]
    totals: Sequence[tuple[str, str]]
    tested: str


def view(scene: Scene) -> OurUsers | None:
    """Return users against money, and the cards; None without users."""
    figures = scene.figures
    if not scene.n_users:
        return None
    users = figures.users[-1]
    worth = figures.rides[-1] if figures.spend is None else figures.spend[-1]
    total = float(worth.sum())
    shares = [
        StateShares(state, float(n / users.sum()), float(w / (total or 1.0)))
        for state, n, w in zip(scene.states, users, worth, strict=True)
    ]
    name = "rides" if figures.spend is None else "money"
    written = number(total) if figures.spend is None else scene.money.exact(total)
    drawn = cards(scene)
    return OurUsers(
        title=_title(shares, name),
        lead=_lead(scene),
        unfiltered=(
            "The sentences on the cards were checked with the users of all cities and "
            "platforms."
        ),
        shares=shares,
        worth=name,
        worth_total=written if name == "money" else f"{written} rides",
        most=max(max(each.of_users, each.of_worth) for each in shares),
        bars=stacked_bars(shares, name) if len(drawn) > 1 else None,
        unnamed=unnamed(shares),
        cards=drawn,
        totals=_totals(scene),
        tested=_tested(scene, drawn),
    )


def _title(shares: Sequence[StateShares], worth: str) -> str:
    """Return which states bring more than their share of users."""
    of_the_model = [s for s in shares if s.state.is_of_the_model]
    if len(of_the_model) == 1:
        return Markup("There is one state: {}").format(called(of_the_model[0].state))
    by_gain = sorted(shares, key=lambda s: s.of_users - s.of_worth)
    named = [
        s for s in by_gain[:MOST_NAMED] if s.of_worth - s.of_users >= LEAST_DIFFERENCE
    ]
    if not named:
        return f"Each state brings about its share of {worth}"
    names = listed([called(s.state) for s in named])
    users = percent(sum(s.of_users for s in named))
    brought = percent(sum(s.of_worth for s in named))
    verbs = ("is", "brings") if len(named) == 1 else ("are", "bring")
    return Markup("{} {} {} of users and {} {} of the {}").format(
        names, verbs[0], users, verbs[1], brought, worth
    )


def _lead(scene: Scene) -> str:
    n_states = sum(state.is_of_the_model for state in scene.states)
    text = "Users differ too little to be divided by how they ride."
    if n_states > 1:
        text = (
            f"Each user who has ridden is in one of {in_words(n_states)} states every "
            "week. A state is a way of using the app, not a kind of person: people "
            "move between states."
        )
        if before := [s for s in scene.states if not s.is_of_the_model]:
            text += (
                " Users who have asked for a ride but never completed one are in no "
                f"state: they are shown as “{before[0].state_name}”."
            )
    if scene.figures.spend is None:
        text += " Your log has no prices, so this page is about users and rides only."
    return text


def _tested(scene: Scene, drawn: Sequence[Card]) -> str:
    """Return on whom the sentences of the cards were tested, and when."""
    told = [card.sentence for card in drawn if card.sentence.true_share is not None]
    week = next(
        (row.last_week_start for row in scene.marts.rows(RunRow) if row.is_champion),
        None,
    )
    if not told or week is None:
        return ""
    text = (
        "Of how many users a sentence is true was measured when the states were found: "
        f"on those who were in the state in the week of {week_span(week)}."
    )
    if any(sentence.is_least for sentence in told):
        text += (
            " “At least”: each part of the sentence was tested by itself, and may be "
            "false of other users."
        )
    return text


def _totals(scene: Scene) -> list[tuple[str, str]]:
    figures, money = scene.figures, scene.money
    found = [
        ("Users", number(scene.n_users)),
        ("Users who rode", number(figures.riders[-1].sum())),
        ("Rides", number(figures.rides[-1].sum())),
    ]
    if not_started := [s for s in scene.states if not s.is_of_the_model]:
        n_not_started = figures.users[-1, figures.column(not_started[0].state_id)]
        found.insert(1, (not_started[0].state_name, number(n_not_started)))
    if scene.small_states:
        found.insert(0, ("Not in the sums below", scene.small_users_words))
    if figures.spend is not None:
        spend = float(figures.spend[-1].sum())
        found += [
            ("Money", money.exact(spend)),
            ("Money per user", money.each(spend / scene.n_users)),
        ]
    return found


PART = Part(
    "our-users",
    "Our users",
    view,
    (WordRow, RunRow, ListRow, ListCountRow, EffectRow, AudienceReturnRow),
)
