"""What changed, in words: the title and the sentences below it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from user_states.explorer.naming import called
from user_states.explorer.parts.what_changed_states import (
    YEAR,
    Growth,
    StateChange,
    StateGrowth,
    money_change,
)
from user_states.explorer.scene import Scene
from user_states.explorer.words import listed, starting_large
from user_states.explorer.words.numbers import (
    fine_percent,
    in_words,
    number,
    signed_percent,
)
from user_states.marts.state_rows import ShownState
from user_states.marts.texts import signed

# Unusual states that are told in sentences, and in the title.
MOST_TOLD = 3
MOST_IN_TITLE = 2
# Growth that differs from that of all users by less is not told.
LEAST_GROWTH = 0.15
# A smaller change is none, in words.
LEAST_TOLD = 0.005


@dataclass(frozen=True)
class Said:
    """A sentence: what is told, and the rest of it."""

    state: ShownState | None
    finding: str
    rest: str
    is_calm: bool = False


def span_words(weeks: int) -> str:
    """Return weeks as people say them: `a year`, `30 weeks`."""
    return "a year" if weeks == YEAR else f"{in_words(weeks)} weeks"


def ago_words(weeks: int) -> str:
    """Return how long ago something was: `a year ago`."""
    return f"{span_words(weeks)} ago"


def unusual(changes: Sequence[StateChange]) -> list[StateChange]:
    """Return the unusual changes, the largest first."""
    found = [each for each in changes if each.is_unusual]
    return sorted(found, key=lambda each: -abs(each.change))


def _grew_most(grown: Growth | None) -> StateGrowth | None:
    """Return the state that differs most from the growth of all that ride.

    It differs by the users that it has more, or fewer, than it would have if it had
    grown as they did. Silent states are left out: they grow by themselves.
    """
    if not grown or len(grown.states) < 2:
        return None
    riding = [each for each in grown.states if not each.state.is_silent]
    if not riding:
        return None
    known = [e for e in riding if abs(e.growth - grown.whole) >= LEAST_GROWTH]
    whole = 1 + grown.whole
    return max(known, key=lambda e: abs(e.now - whole * e.before), default=None)


def _grown_in_title(grown: Growth | None) -> str:
    """Return what grew: a state that grew faster than all, or the users who ride."""
    most = _grew_most(grown)
    if not grown:
        return ""
    if most and most.growth > max(grown.whole, 0):
        return Markup("{} {} in {}").format(
            called(most.state), grown_words(most.growth), span_words(grown.weeks)
        )
    before, now = grown.riders
    if not before:
        return ""
    share = now / before - 1
    ago = ago_words(grown.weeks)
    if abs(share) < LEAST_TOLD:
        return f"as many users ride as {ago}"
    more = "more" if share > 0 else "fewer"
    if share >= 1:
        return f"{1 + share:.1f} times as many users ride as {ago}"
    return f"{100 * abs(share):.0f}% {more} users ride than {ago}"


def title(changes: Sequence[StateChange], grown: Growth | None) -> str:
    """Return the finding: what is unusual in four weeks, and what grew in a year."""
    found = unusual(changes)
    year = _grown_in_title(grown)
    if not found:
        if not changes:
            return starting_large(year) or "Users who rode, week by week"
        calm = "Nothing unusual in four weeks"
        year = Markup("{}{}").format(year, _lately(changes, _grew_most(grown), year))
        return Markup("{}, and {}").format(calm, year) if year else calm
    parts = [_moved_unusually(found[:MOST_IN_TITLE])]
    most = _grew_most(grown)
    if year and all(not most or most.state != e.state for e in found[:MOST_IN_TITLE]):
        parts = [Markup("{} in four weeks").format(*parts), year]
    return Markup(", and ").join(parts)


def _lately(changes: Sequence[StateChange], most: StateGrowth | None, year: str) -> str:
    """Return that a state whose growth is told moved the other way in four weeks."""
    if not most or called(most.state) not in year:
        return ""
    now = next((e for e in changes if e.state == most.state), None)
    if now is None or now.change > -LEAST_TOLD:
        return ""
    return f", but lost {100 * -now.change:.1f} points in these four weeks"


def _moved_unusually(changes: Sequence[StateChange]) -> str:
    """Return that states grew or fell more (or less) than usual."""
    found = []
    for verdict in dict.fromkeys(each.verdict for each in changes):
        same = [each for each in changes if each.verdict == verdict]
        ups = listed([called(each.state) for each in same if each.change > 0])
        downs = listed([called(each.state) for each in same if each.change < 0])
        moves = [Markup("{} grew").format(ups)] if ups else []
        moves += [Markup("{} fell").format(downs)] if downs else []
        found.append(Markup("{} {}").format(listed(moves), verdict))
    return listed(found)


def grown_words(share: float) -> str:
    """Return growth in words: `grew by 45%`, `more than doubled`."""
    if 0.9 <= share < 1.85:
        return "doubled" if share <= 1.1 else "more than doubled"
    if share >= 1.85:
        return "tripled" if share <= 2.15 else f"grew to {1 + share:.1f} times"
    if abs(share) < LEAST_TOLD:
        return "stayed the same"
    return f"{'grew' if share > 0 else 'shrank'} by {100 * abs(share):.0f}%"


def sentences(
    scene: Scene, changes: Sequence[StateChange], grown: Growth | None
) -> list[Said]:
    """Return sentences: what is unusual, what grew most, silence, and money."""
    found = [_told(each, grown) for each in unusual(changes)[:MOST_TOLD]]
    told = {said.state for said in found}
    most = _grew_most(grown)
    if grown and most and most.state not in told:
        lately = next((e for e in changes if e.state == most.state), None)
        found.append(_growth_told(most, grown, lately))
    silent = [e for e in changes if e.state.is_silent and e.state not in told]
    if silent:
        found.append(_calm(max(silent, key=lambda e: e.now), scene, grown))
    found += _about_money(scene, grown)
    return found


def _growth_told(
    each: StateGrowth, grown: Growth, lately: StateChange | None = None
) -> Said:
    """Return how a state grew beside all that ride, and what share of users it is."""
    name, span = called(each.state), span_words(grown.weeks)
    before, now = each.before / grown.before, each.now / grown.now
    move = "rose" if now > before else "fell"
    whole = grown.whole_words
    if min(each.growth, grown.whole) >= LEAST_TOLD:
        faster = "faster" if each.growth > grown.whole else "more slowly"
        text = Markup("In {} {} grew {} than {}").format(span, name, faster, whole)
    else:
        text = Markup("In {} {} {}, while {} {}").format(
            span, name, grown_words(each.growth), whole, grown_words(grown.whole)
        )
    return Said(
        each.state,
        text,
        f": from {number(each.before)} to {number(each.now)} "
        f"({signed_percent(each.growth)}, {whole} {signed_percent(grown.whole)}). "
        f"Its share of all users {move} from {fine_percent(before)} to "
        f"{fine_percent(now)}.{_share_lately(lately)}",
    )


def _share_lately(lately: StateChange | None) -> str:
    if lately is None or abs(lately.change) < LEAST_TOLD:
        return ""
    verb = "rose" if lately.change > 0 else "fell"
    return (
        f" In the past four weeks that share {verb} from {fine_percent(lately.before)} "
        f"to {fine_percent(lately.now)}."
    )


def _about_money(scene: Scene, grown: Growth | None) -> list[Said]:
    """Return what users paid in four weeks, and how that compares."""
    found = money_change(scene)
    if not found:
        return []
    text = f"Users paid {scene.money.about(found.now)} in four weeks"
    rest = f", {signed_percent(found.change, 1)} on the four weeks before"
    rest += f": {found.verdict}." if found.verdict else "."
    if grown and grown.spend and grown.spend[0] > 0:
        before, now = grown.spend
        ago = ago_words(grown.weeks)
        rest += (
            f" The week brought {scene.money.about(now)}, and "
            f"{scene.money.about(before)} {ago}."
        )
    return [Said(None, text, rest, is_calm=not found.is_unusual)]


def _told(each: StateChange, grown: Growth | None) -> Said:
    verb = "grew" if each.change > 0 else "fell"
    rest = f" of users in four weeks: {each.verdict}.{_by_itself(each)}"
    then = _year_ago(each.state, grown)
    if grown and then:
        ago = ago_words(grown.weeks)
        rest += f" In number: {number(then.before)} {ago}, {number(then.now)} now."
    return Said(
        each.state,
        Markup("{} {} from {} to {}").format(
            called(each.state), verb, fine_percent(each.before), fine_percent(each.now)
        ),
        rest,
    )


def _calm(each: StateChange, scene: Scene, grown: Growth | None) -> Said:
    rest = f", after {fine_percent(each.before)} four weeks ago"
    if each.always_grows:
        rest += f": not faster than usual.{_by_itself(each)}"
    else:
        rest += ": within its usual range." if each.usual else "."
    if grown and (then := _year_ago(each.state, grown)):
        ago = ago_words(grown.weeks)
        share = fine_percent(then.before / grown.before)
        rest += f" {starting_large(ago)} it was {share}."
    text = Markup("{} stands at {}").format(called(each.state), fine_percent(each.now))
    return Said(each.state, text, rest, is_calm=True)


def _by_itself(each: StateChange) -> str:
    """Return why a silent state grows, and how fast it usually does."""
    if not each.always_grows or each.usual is None:
        return ""
    low, high = (signed(100 * end) for end in each.usual)
    return (
        " It grows by itself, because users who stopped are still counted: usually by "
        f"{low} to {high} points in four weeks."
    )


def _year_ago(state: ShownState, grown: Growth | None) -> StateGrowth | None:
    states = grown.states if grown else ()
    return next((each for each in states if each.state == state), None)
