"""How they move: where users go, and where the silent come from."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from user_states.explorer.flows import (
    JOINED,
    Flows,
    flows_of,
    silent_keys,
)
from user_states.explorer.moves_map.groups import Group
from user_states.explorer.naming import called
from user_states.explorer.part import Part, View
from user_states.explorer.parts.how_they_move_fans import fan, fan_rows
from user_states.explorer.parts.how_they_move_map import content_of_map, drawn_maps
from user_states.explorer.parts.how_they_move_week import week_moves
from user_states.explorer.parts.one_state_next import Next, next_of
from user_states.explorer.scene import Scene
from user_states.explorer.words import counted, listed, starting_large
from user_states.explorer.words.numbers import in_words, number, percent
from user_states.marts.crossing_rows import CrossingFlowRow
from user_states.marts.flow_rows import WeekMovesRow
from user_states.marts.state_rows import ShownState

# If fewer of a state's users are silent now, "nearly all still ride".
HARDLY = 0.03
# A state with fewer users some weeks ago is not in the title.
LEAST_USERS = 50


@dataclass(frozen=True)
class FanFigure:
    """A fan with its total; `n_users` is exact."""

    n_users: int
    drawing: Markup


@dataclass(frozen=True)
class TenPart:
    """Some of ten users: how many, what they do, and of how many that is true."""

    n_of_ten: int
    words: str
    share: str
    colour: str


@dataclass(frozen=True)
class OfTen:
    """What became of ten users of a state."""

    state: ShownState
    parts: Sequence[TenPart]

    @property
    def colours(self) -> list[str]:
        """The colour of each of the ten."""
        return [part.colour for part in self.parts for _ in range(part.n_of_ten)]


@dataclass(frozen=True)
class MoveLine:
    """A move, for the table; a number is empty if too few users made it."""

    start: str
    end: str
    n_users: str
    share: str
    n_last_week: str


@dataclass(frozen=True, kw_only=True)
class HowTheyMove(View):
    """The map of moves, the fans of the silent, and ten figures.

    Attributes
    ----------
    weeks : str
        Between then and now, in words.
    since : date
        Monday of the earlier week.
    wide_map, narrow_map : Markup or None
        None if no arrow joins the states: then `nexts` shows where users went.
    nexts : sequence of (ShownState, Next)
    fewest : int
        Moves of fewer users are not drawn.
    n_between : int
        Users who changed between states in the middle of the map; 0 if too few.
    fell, came_back : FanFigure or None
    of_ten : OfTen or None
    last_week : str
        How many changed state in the newest week; empty if that is not known.
    moves : sequence of MoveLine
        The largest first.
    n_left_out : int
        Moves that too few users made to be shown.
    """

    weeks: str
    since: datetime.date
    wide_map: Markup | None
    narrow_map: Markup | None
    nexts: Sequence[tuple[ShownState, Next]]
    fewest: int
    n_between: int
    fell: FanFigure | None
    came_back: FanFigure | None
    of_ten: OfTen | None
    last_week: str
    moves: Sequence[MoveLine]
    n_left_out: int


def view(scene: Scene) -> HowTheyMove | None:
    """Return how users move; None with one state, or with too few weeks."""
    flows = flows_of(scene)
    if flows is None or sum(s.is_of_the_model for s in scene.states) < 2:
        return None
    content = content_of_map(scene, flows)
    # A map in which users only join says nothing about moves.
    has_moves = any(Group.JOINED not in arrow.ends for arrow in content.bundles)
    wide, narrow = drawn_maps(scene, content) if has_moves else (None, None)
    middle = {state.key for found in content.states.values() for state in found}
    groups = {s.key: group for group, found in content.states.items() for s in found}
    between = sum(
        n
        for (start, end), n in flows.counts.items()
        if start != end
        and start in middle
        and end in middle
        and groups[start] == groups[end] == "riding"
    )
    fewest = scene.options.min_cell_users
    told = {pair: n for pair, n in flows.counts.items() if n and pair[0] != pair[1]}
    newest = week_moves(scene)
    in_week = newest.counts if newest else {}
    fell, came_back = _fell(scene, flows), _came_back(scene, flows)
    return HowTheyMove(
        title=_title(scene, flows),
        lead=_lead(scene, flows, fell, came_back),
        weeks=f"{in_words(flows.weeks)} weeks",
        since=flows.since,
        wide_map=wide,
        narrow_map=narrow,
        nexts=[] if has_moves else _nexts(scene, flows),
        fewest=content.fewest,
        n_between=between if between >= content.fewest else 0,
        fell=fell,
        came_back=came_back,
        of_ten=_of_ten(scene, flows),
        last_week=newest.words if newest else "",
        moves=_lines(scene, flows, in_week),
        n_left_out=sum(
            max(told.get(pair, 0), in_week.get(pair, 0)) < fewest
            for pair in {*told, *in_week}
        ),
    )


def _nexts(scene: Scene, flows: Flows) -> list[tuple[ShownState, Next]]:
    """Return where the users of each state are now; without states of too few."""
    found = [
        (state, next_of(scene, flows, state))
        for state in scene.states
        if state.is_of_the_model
    ]
    return [(state, told) for state, told in found if told]


def _falling_shares(scene: Scene, flows: Flows) -> list[tuple[ShownState, float]]:
    """Return the states that ride, and the shares of their users who are silent now.

    The largest share first.
    """
    silent = silent_keys(scene)
    found = []
    for state in scene.states:
        now = flows.leaving(state.state_key)
        total = sum(now.values())
        if state.state_key in silent or state.family is None or total < LEAST_USERS:
            continue
        gone = sum(n for key, n in now.items() if key in silent)
        found.append((state, gone / total))
    return sorted(found, key=lambda pair: -pair[1])


def _title(scene: Scene, flows: Flows) -> str:
    shares = _falling_shares(scene, flows)
    weeks = f"{in_words(flows.weeks)} weeks later"
    if silent_keys(scene) and shares and shares[0][1] >= HARDLY:
        state, share = shares[0]
        of_all = starting_large(_of_all(share))
        return Markup("{} who were in {} {} {}").format(
            of_all, called(state), _silence(scene), weeks
        )
    stayed = sum(n for (start, end), n in flows.counts.items() if start == end)
    known = sum(n for (start, _), n in flows.counts.items() if start != JOINED)
    if not known:
        return "All users joined lately, so nobody has moved yet"
    return f"{100 * stayed / known:.0f} of 100 users are in the same state {weeks}"


def _silence(scene: Scene, n: int = 2) -> str:
    """Return what n silent users do: in some logs a few of them still ride."""
    silent = silent_keys(scene)
    names = [s.state_name for s in scene.states if s.state_key in silent]
    if all("silent" in name.lower() for name in names):
        return "is silent" if n == 1 else "are silent"
    return "hardly rides" if n == 1 else "hardly ride"


def _was_silent(scene: Scene, n: int) -> str:
    if _silence(scene) == "hardly ride":
        return "hardly rode"
    return "was silent" if n == 1 else "were silent"


def _of_all(share: float) -> str:
    """Return a share in words: `four in ten`, `seven in 100`."""
    if share >= 0.95:
        return "nearly all"
    if share >= 0.095:
        return f"{in_words(round(10 * share))} in ten"
    return f"{in_words(max(round(100 * share), 1))} in 100"


def _lead(
    scene: Scene, flows: Flows, fell: FanFigure | None, came_back: FanFigure | None
) -> str:
    if fell is None:
        return (
            "A user is in one state every week. Below is who stays, and where the "
            "others go."
        )
    total = fell.n_users
    silent, by_key = silent_keys(scene), {s.state_key: s for s in scene.states}
    into = listed([called(s) for s in scene.states if s.state_key in silent], "or")
    text = Markup("{} {} in a state with rides {} weeks ago and {} now, in {}.").format(
        counted(total, "user"),
        "was" if total == 1 else "were",
        in_words(flows.weeks),
        _silence(scene, total),
        into,
    )
    if came_back:
        text += Markup(" And {} who {} then {} now.").format(
            number(came_back.n_users),
            _was_silent(scene, came_back.n_users),
            "rides" if came_back.n_users == 1 else "ride",
        )
    named: list[Markup] = []
    covered = 0
    for key, n in _falling(scene, flows).items():
        if 2 * covered > total or len(named) == 2:
            break
        named.append(called(by_key[key]))
        covered += n
    if 2 * covered > total:
        text += Markup(" Most of the {} were in {} then.").format(
            number(total), listed(named)
        )
    rare = [state for state, share in _falling_shares(scene, flows) if share < HARDLY]
    if rare:
        text += Markup(" Of those who were in {}, nearly all still ride.").format(
            called(rare[-1])
        )
    between = (
        " Two weeks are compared: who stopped and rode again in between is in none of "
        "these numbers."
    )
    return text + between


def _falling(scene: Scene, flows: Flows) -> dict[str, int]:
    """Return where those who are silent now had been, the most first.

    Who had not ridden before cannot fall silent.
    """
    started = {s.state_key for s in scene.states if s.is_of_the_model}
    arriving = flows.arriving(silent_keys(scene))
    return {key: n for key, n in arriving.items() if key in started}


def _fell(scene: Scene, flows: Flows) -> FanFigure | None:
    return _fan(scene, _falling(scene, flows), is_into=True)


def _came_back(scene: Scene, flows: Flows) -> FanFigure | None:
    return _fan(scene, flows.departing(silent_keys(scene)), is_into=False)


def _fan(scene: Scene, counts: Mapping[str, int], *, is_into: bool) -> FanFigure | None:
    """Return the fan of the users who went into, or out of, the silent states."""
    rows = fan_rows(
        counts, _labels(scene), _colours(scene), scene.options.min_cell_users
    )
    if not rows:
        return None
    drawing = fan(rows, _silent_colour(scene), is_into=is_into)
    return FanFigure(sum(row.n_users for row in rows), drawing)


def _of_ten(scene: Scene, flows: Flows) -> OfTen | None:
    """Return what became of ten users of the state that falls silent most often."""
    silent = silent_keys(scene)
    shares = _falling_shares(scene, flows)
    if not silent or not shares or shares[0][1] < HARDLY:
        return None
    state = shares[0][0]
    now = flows.leaving(state.state_key)
    total = sum(now.values())
    gone = sum(n for key, n in now.items() if key in silent)
    same = now.get(state.state_key, 0)
    elsewhere = total - gone - same
    others = [key for key in now if key not in silent and key != state.state_key]
    colours = _colours(scene)
    tens = _tens([gone, same, elsewhere])
    verbs = ["is" if ten == 1 else "are" for ten in tens]
    parts = [
        (gone, _silence(scene, tens[0]), _silent_colour(scene)),
        (
            same,
            Markup("{} still in {}").format(verbs[1], called(state)),
            colours[state.state_key],
        ),
        (
            elsewhere,
            f"{verbs[2]} in another state with rides",
            colours[others[0]] if others else "soft",
        ),
    ]
    return OfTen(
        state,
        [
            TenPart(ten, words, percent(n / total), colour)
            for ten, (n, words, colour) in zip(tens, parts, strict=True)
            if n
        ],
    )


def _tens(counts: Sequence[int]) -> list[int]:
    """Return whole numbers that add up to ten, as close to the shares as can be."""
    total = sum(counts)
    exact = [10 * n / total for n in counts]
    found = [int(share) for share in exact]
    order = sorted(range(len(counts)), key=lambda k: found[k] - exact[k])
    for place in order[: 10 - sum(found)]:
        found[place] += 1
    return found


def _lines(
    scene: Scene, flows: Flows, in_week: Mapping[tuple[str, str], int]
) -> list[MoveLine]:
    """Return the moves that enough users made, over the weeks or in the newest one."""
    names = {state.state_key: state.state_name for state in scene.states}
    names[JOINED] = "Joined since"
    totals: dict[str, int] = {}
    for (start, _), n in flows.counts.items():
        totals[start] = totals.get(start, 0) + n

    def told(n: int) -> str:
        return number(n) if n >= scene.options.min_cell_users else ""

    moves = {**dict.fromkeys(in_week, 0), **flows.counts}
    return [
        MoveLine(
            names[start],
            names[end],
            told(n),
            percent(n / totals[start]) if told(n) else "",
            told(in_week.get((start, end), 0)),
        )
        for (start, end), n in sorted(
            moves.items(), key=lambda item: (-item[1], item[0])
        )
        if start != end and (told(n) or told(in_week.get((start, end), 0)))
    ]


def _labels(scene: Scene) -> dict[str, str]:
    labels = {state.state_key: state.state_short_name for state in scene.states}
    return labels | {JOINED: "Joined since"}


def _colours(scene: Scene) -> dict[str, str]:
    colours = {state.state_key: f"k{state.place}" for state in scene.states}
    return colours | {JOINED: "k-joined"}


def _silent_colour(scene: Scene) -> str:
    silent = silent_keys(scene)
    places = [state.place for state in scene.states if state.state_key in silent]
    return f"k{places[-1]}" if places else "soft"


PART = Part("how-they-move", "How they move", view, (CrossingFlowRow, WeekMovesRow))
