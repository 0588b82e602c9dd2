"""How they move: the numbers of map, fans, figures and table agree."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import fields, replace

import pytest
from markupsafe import Markup

from made_up_marts import AS_OF_WEEK, made_up_marts, with_rows
from user_states.explorer.crossings import Crossing
from user_states.explorer.few_users import large_enough
from user_states.explorer.flows import JOINED, flows_of
from user_states.explorer.moves_map.groups import Arrow
from user_states.explorer.parts import how_they_move
from user_states.explorer.parts.how_they_move import HowTheyMove
from user_states.explorer.parts.how_they_move_fans import fan_rows
from user_states.explorer.parts.how_they_move_map import content_of_map, group_of
from user_states.explorer.scene import PageOptions, Scene
from user_states.marts.crossing_rows import CrossingFlowRow
from user_states.marts.flow_rows import WeekMovesRow
from user_states.marts.state_rows import StateRow

NAMES = ["Weekly", "Occasional", "Slowing down", "Silent for months"]
OPTIONS = PageOptions(lambda mart: f"marts.{mart}")
FIELDS = [field.name for field in fields(StateRow)]
MOVES = {
    ("key_1", "key_1"): 800,
    ("key_1", "key_3"): 150,
    ("key_1", "key_4"): 50,
    ("key_2", "key_2"): 700,
    ("key_2", "key_4"): 300,
    ("key_3", "key_3"): 40,
    ("key_3", "key_1"): 20,
    ("key_3", "key_4"): 40,
    ("key_4", "key_4"): 500,
    ("key_4", "key_2"): 60,
    ("key_4", "key_1"): 7,
    (JOINED, "key_2"): 90,
}


def scene_of(
    moves: Mapping[tuple[str, str], int],
    names: list[str] = NAMES,
    crossing: Crossing | None = None,
) -> Scene:
    """Return a scene with these moves over twelve weeks, all of one city."""
    rows = [
        CrossingFlowRow("Lisbon", "ios", weeks, AS_OF_WEEK, AS_OF_WEEK, a, b, n)
        for weeks, times in ((4, 1), (12, 1))
        for (a, b), n in moves.items()
        for _ in range(times)
    ]
    marts = with_rows(made_up_marts(names), {CrossingFlowRow: rows})
    return Scene(marts, OPTIONS, crossing or Crossing(), 1000)


def plain(words: str) -> str:
    """Return words without the marks of states' names."""
    return Markup(words).striptags()


def shown(scene: Scene) -> HowTheyMove:
    """Return the view, which must not be empty."""
    view = how_they_move.view(scene)
    assert view is not None
    return view


class TestNumbers:
    def test_the_title_names_the_state_that_falls_silent_most(self) -> None:
        assert plain(shown(scene_of(MOVES)).title) == (
            "Four in ten who were in Slowing down are silent twelve weeks later"
        )

    def test_the_fans_add_up_to_the_moves_to_and_from_the_silent(self) -> None:
        view = shown(scene_of(MOVES))
        assert view.fell is not None
        assert view.fell.n_users == 50 + 300 + 40
        # Seven users are too few to be told, so they are not in the sum either.
        assert view.came_back is not None
        assert view.came_back.n_users == 60
        assert (
            "390 users were in a state with rides twelve weeks ago and are silent now, "
            "in Silent for months. And 60 who were silent then ride now. Most of the "
            "390 were in Occasional then."
        ) in plain(view.lead)
        # Two weeks are compared, so nothing is said of moves in between.
        assert "fell silent" not in plain(view.lead)
        assert "came back" not in plain(view.lead)
        assert "Two weeks are compared" in plain(view.lead)

    def test_the_table_has_every_move_that_is_large_enough(self) -> None:
        view = shown(scene_of(MOVES))
        assert [(line.start, line.end, line.n_users) for line in view.moves] == [
            ("Occasional", "Silent for months", "300"),
            ("Weekly", "Slowing down", "150"),
            ("Joined since", "Occasional", "90"),
            ("Silent for months", "Occasional", "60"),
            ("Weekly", "Silent for months", "50"),
            ("Slowing down", "Silent for months", "40"),
            ("Slowing down", "Weekly", "20"),
        ]
        assert view.moves[0].share == "30%"
        assert view.n_left_out == 1

    def test_the_newest_week_is_told_beside_what_is_usual(self) -> None:
        joined, moved = (JOINED, "key_2"), ("key_1", "key_2")
        in_week = {("key_1", "key_1"): 440, moved: 60, joined: 25}
        scene = scene_of(MOVES)
        figures = scene.figures
        weeks, users = figures.weeks, figures.users.sum(axis=1)
        flows = [*scene.marts.rows(CrossingFlowRow)] + [
            CrossingFlowRow("Lisbon", "ios", 1, AS_OF_WEEK, AS_OF_WEEK, a, b, n)
            for (a, b), n in in_week.items()
        ]

        def told(share: float) -> HowTheyMove:
            earlier = [
                WeekMovesRow(week, round(share * n))
                for week, n in zip(weeks[1:], users[:-1], strict=True)
            ]
            marts = with_rows(
                scene.marts, {CrossingFlowRow: flows, WeekMovesRow: earlier}
            )
            return shown(replace(scene, marts=marts))

        view = told(0.3)
        assert "60 users changed state, 12.0% of those who were" in view.last_week
        assert ": fewer than usual (" in view.last_week
        assert ": more than usual (" in told(0.01).last_week
        # Who joined has changed no state, but is in the table.
        lines = {(line.start, line.end): line for line in view.moves}
        assert lines["Joined since", "Occasional"].n_last_week == "25"
        only = lines["Weekly", "Occasional"]
        assert (only.n_users, only.share, only.n_last_week) == ("", "", "60")
        assert lines["Weekly", "Slowing down"].n_last_week == ""
        assert shown(scene).last_week == ""
        # The map and the fans stay those of twelve weeks.
        assert view.fell == shown(scene).fell

    def test_those_who_had_not_ridden_did_not_fall_silent(self) -> None:
        moves = {**MOVES, (JOINED, "key_4"): 70, ("not_started", "key_4"): 30}
        scene = scene_of(moves)
        view, flows = shown(scene), flows_of(scene)
        assert view.fell is not None
        assert flows is not None
        assert view.fell.n_users == 390
        bundles = content_of_map(scene, flows).bundles
        rode = (Arrow.RIDING_TO_SILENT, Arrow.LEAVING_TO_SILENT)
        assert sum(bundles[arrow].n_users for arrow in rode) == 390

    def test_ten_figures_are_ten(self) -> None:
        of_ten = shown(scene_of(MOVES)).of_ten
        assert of_ten is not None
        assert of_ten.state.state_name == "Slowing down"
        assert [(part.n_of_ten, part.share) for part in of_ten.parts] == [
            (4, "40%"),
            (4, "40%"),
            (2, "20%"),
        ]
        assert len(of_ten.colours) == 10

    @pytest.mark.parametrize("seed", range(5))
    def test_figures_always_add_up_to_ten(self, seed: int) -> None:
        counts = [seed + 1, 7 * seed + 2, 3]
        assert sum(how_they_move._tens(counts)) == 10

    def test_the_longest_time_that_is_known_is_shown(self) -> None:
        flows = flows_of(scene_of(MOVES))
        assert flows is not None
        assert flows.weeks == 12
        assert flows.counts["key_1", "key_4"] == 50

    def test_a_filter_leaves_the_moves_of_others_out(self) -> None:
        assert (
            how_they_move.view(scene_of(MOVES, crossing=Crossing("Porto", "", 500)))
            is None
        )
        view = shown(scene_of(MOVES, crossing=Crossing("Lisbon", "ios", 500)))
        assert view.moves[0].n_users == "300"


class TestWithout:
    def test_without_a_silent_state_the_title_tells_who_stays(self) -> None:
        names = ["Daily", "Weekly", "Regular", "Frequent"]
        view = shown(scene_of(MOVES, names))
        assert view.title == (
            "76 of 100 users are in the same state twelve weeks later"
        )
        assert (view.fell, view.came_back, view.of_ten) == (None, None, None)

    def test_without_a_silent_state_those_silent_for_weeks_count(self) -> None:
        names = ["Daily", "Weekly", "Regular", "Silent for weeks"]
        view = shown(scene_of(MOVES, names))
        assert "are silent twelve weeks later" in view.title

    def test_without_arrows_bars_show_where_users_went(self) -> None:
        moves = {("key_1", "key_1"): 800, ("key_1", "key_2"): 200}
        view = shown(scene_of(moves, ["Daily", "Weekly", "Regular", "Frequent"]))
        assert view.wide_map is None
        ((state, told),) = view.nexts
        assert state.state_name == "Daily"
        assert plain(told.words) == "80 are still in it and 20 in Weekly."

    def test_users_who_hardly_ride_are_not_called_silent(self) -> None:
        scene = scene_of(MOVES, ["Weekly", "Occasional", "Slowing down", "Rare"])
        silent = {3: replace(scene.marts.states[3], is_silent=True)}
        states = [silent.get(n, s) for n, s in enumerate(scene.marts.states)]
        rows = [StateRow(**{f: getattr(s, f) for f in FIELDS}) for s in states]
        scene = Scene(with_rows(scene.marts, {StateRow: rows}), OPTIONS, Crossing(), 9)
        assert plain(shown(scene).title) == (
            "Four in ten who were in Slowing down hardly ride twelve weeks later"
        )

    def test_with_too_few_weeks_the_part_is_absent(self) -> None:
        assert how_they_move.view(scene_of({})) is None

    def test_few_who_fell_silent_are_not_told(self) -> None:
        moves = {("key_1", "key_1"): 900, ("key_1", "key_4"): 5}
        view = shown(scene_of(moves))
        assert view.fell is None
        assert "silent" not in view.lead


class TestDrawing:
    def test_groups_follow_the_families(self) -> None:
        names = ["New riders", "Weekly", "Slowing down", "Silent for months"]
        states = made_up_marts(names).states
        assert [group_of(state, {"key_4"}) for state in states] == [
            "entry",
            "riding",
            "leaving",
            "silent",
            "entry",
        ]

    def test_the_map_tells_its_arrows_in_numbers_and_words(self) -> None:
        view = shown(scene_of(MOVES))
        for drawing in (view.wide_map, view.narrow_map):
            texts = re.sub(r"<[^>]*>", " ", str(drawing))
            for number in ("350", "150", "90"):
                assert number in texts
            assert not re.search(r"\b7\b", texts)
            assert " style=" not in str(drawing)

    def test_map_and_fans_have_the_same_sums_and_tell_no_small_number(self) -> None:
        moves = {
            ("key_1", "key_4"): 110,
            ("key_2", "key_4"): 18,
            ("key_4", "key_1"): 115,
            ("key_4", "key_2"): 17,
            ("key_1", "key_1"): 900,
        }
        view = shown(scene_of(moves))
        assert view.fell
        assert view.came_back
        assert (view.fell.n_users, view.came_back.n_users) == (110, 115)
        drawn = f"{view.wide_map}{view.narrow_map}"
        for number in ("110", "115"):
            assert number in drawn
        for number in ("128", "132", ">18<", ">17<", "18 from", "17 from"):
            assert number not in drawn

    def test_small_groups_are_told_as_one_or_not_at_all(self) -> None:
        assert large_enough({"a": 90, "b": 12, "c": 9}, 20) == ({"a": 90}, 21)
        assert large_enough({"b": 12, "a": 90, "c": 30}, 20) == ({"a": 90}, 42)
        assert large_enough({"a": 90, "b": 12}, 20) == ({"a": 90}, 0)
        assert large_enough({"a": 19, "b": 19}, 20) == ({}, 0)
        assert large_enough({"a": 20, "b": 0}, 20) == ({"a": 20}, 0)

    def test_no_arrow_is_drawn_for_fewer_users_than_may_be_told(self) -> None:
        scene = scene_of({("key_1", "key_4"): 19, ("key_2", "key_2"): 100})
        flows = flows_of(scene)
        assert flows is not None
        assert content_of_map(scene, flows).bundles == {}

    def test_small_ends_of_a_fan_are_one(self) -> None:
        names = {key: key.upper() for key in "abcd"}
        rows = fan_rows({"a": 90, "b": 30, "c": 12, "d": 3}, names, names, 20)
        assert [(row.name, row.n_users) for row in rows] == [
            ("A", 90),
            ("All others", 45),
        ]
        rows = fan_rows({"a": 90, "c": 12, "d": 9}, names, names, 20)
        assert [(row.name, row.n_users) for row in rows] == [
            ("A", 90),
            ("All others", 21),
        ]
        assert fan_rows({"c": 12}, names, names, 20) == []
