"""The map of moves: any states fit, and nothing lies over anything else."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from user_states.explorer.moves_map.groups import (
    JOINED,
    Arrow,
    Group,
    MapState,
    map_content,
    round_number,
)
from user_states.explorer.moves_map.map_lanes import packed
from user_states.explorer.moves_map.narrow import narrow_map
from user_states.explorer.moves_map.shapes import (
    Bend,
    MapPicture,
    Rect,
    Ribbon,
    fitting,
    text_width,
)
from user_states.explorer.moves_map.wide import wide_map

FORMS: dict[str, Callable[..., MapPicture]] = {"wide": wide_map, "narrow": narrow_map}
NAMES = (
    "Silent",
    "Weekday commuters",
    "Weekend evenings, cash, two cities",
    "Wöchentlich, überwiegend abends",
    "Ночные поездки по выходным",
    "MMMMMMMMMMMMMMMMMMMMMMMM",
    "x",
)
# Pixels that shapes may share: outlines are rounded.
TOLERANCE = 0.6


def random_states(rng: np.random.Generator, n: int) -> list[MapState]:
    """Return states of any names, sizes and groups."""
    groups = [Group.ENTRY, Group.RIDING, Group.LEAVING, Group.SILENT]
    shares = rng.dirichlet([0.25, 0.4, 0.2, 0.15])
    sizes = np.exp(rng.normal(6, 2, n)).astype(int)
    return [
        MapState(
            f"key_{k}",
            NAMES[int(rng.integers(len(NAMES)))],
            int(sizes[k]),
            groups[int(rng.choice(4, p=shares))],
        )
        for k in range(n)
    ]


def random_moves(
    rng: np.random.Generator, states: list[MapState]
) -> dict[tuple[str, str], int]:
    """Return moves of any sizes: never more into a state than are in it now."""
    moves = {}
    starts = [JOINED, *(state.key for state in states)]
    for state in states:
        parts = rng.dirichlet(np.full(len(starts), 0.3)) * state.n_users
        for start, n in zip(starts, parts.astype(int).tolist(), strict=True):
            if start != state.key and rng.random() < 0.8:
                moves[start, state.key] = n
    return moves


def distance_to(rect: Rect, x: float, y: float) -> float:
    """Return how far a point is from a rectangle."""
    across = max(rect.x - x, 0, x - rect.x - rect.width)
    down = max(rect.y - y, 0, y - rect.y - rect.height)
    return float(np.hypot(across, down))


def faults(picture: MapPicture) -> list[str]:
    """Return what lies over something else, or outside."""
    found = []
    whole = Rect(0, 0, picture.width, picture.height)
    solid = [(f"box {box.name_lines}", box.slot) for box in picture.boxes]
    solid += [(f"label {label.arrow.name}", label.rect) for label in picture.labels]
    for (name, rect), (other_name, other) in itertools.combinations(solid, 2):
        if rect.overlaps(other, TOLERANCE):
            found.append(f"{name} lies over {other_name}")
    for name, rect in solid:
        if (
            rect.x < -TOLERANCE
            or rect.y < -TOLERANCE
            or rect.x + rect.width > whole.width + TOLERANCE
            or rect.y + rect.height > whole.height + TOLERANCE
        ):
            found.append(f"{name} is outside")
    lines = {ribbon.arrow: list(ribbon.middle_line()) for ribbon in picture.ribbons}
    for ribbon in picture.ribbons:
        half = ribbon.width / 2
        for x, y in lines[ribbon.arrow]:
            across, limit = (x, whole.width) if ribbon.is_upright else (y, whole.height)
            if not half - TOLERANCE <= across <= limit - half + TOLERANCE:
                found.append(f"{ribbon.arrow.name} is outside at {x:.0f}, {y:.0f}")
        for name, rect in solid:
            least = min(distance_to(rect, x, y) for x, y in lines[ribbon.arrow])
            # An arrow touches the boxes at its ends with its blunt end.
            limit = -TOLERANCE if name.startswith("box") else half - TOLERANCE
            if least < limit or (least == 0 and crosses(rect, lines[ribbon.arrow])):
                found.append(f"{ribbon.arrow.name} crosses {name}")
    for one, two in itertools.combinations(picture.ribbons, 2):
        first, second = np.array(lines[one.arrow]), np.array(lines[two.arrow])
        gaps = np.hypot(
            first[:, None, 0] - second[None, :, 0],
            first[:, None, 1] - second[None, :, 1],
        )
        if float(gaps.min()) < (one.width + two.width) / 2 - TOLERANCE:
            found.append(f"{one.arrow.name} lies over {two.arrow.name}")
    return found


def crosses(rect: Rect, points: list[tuple[float, float]]) -> bool:
    """Return whether a point is inside a rectangle, not only at its edge."""
    return any(
        rect.x + 1 < x < rect.x + rect.width - 1
        and rect.y + 1 < y < rect.y + rect.height - 1
        for x, y in points
    )


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("n_states", range(1, 13))
def test_nothing_lies_over_anything_else(form: str, n_states: int) -> None:
    rng = np.random.default_rng(n_states)
    for _ in range(25):
        states = random_states(rng, n_states)
        content = map_content(states, random_moves(rng, states))
        picture = FORMS[form](content)
        assert faults(picture) == [], (states, content.bundles)
        assert len(picture.boxes) == n_states
        assert {r.arrow for r in picture.ribbons} == set(content.bundles)
        assert {label.arrow for label in picture.labels} == set(content.bundles)


@pytest.mark.parametrize("form", FORMS)
def test_all_arrows_at_once_in_cities_of_millions(form: str) -> None:
    groups = [Group.ENTRY, Group.RIDING, Group.RIDING, Group.LEAVING, Group.SILENT]
    for seed in range(20):
        rng = np.random.default_rng(seed)
        states = [
            MapState(f"{k}", NAMES[k], int(rng.integers(10**6, 3 * 10**6)), group)
            for k, group in enumerate(groups)
        ]
        moves = {
            (start, state.key): int(state.n_users * rng.uniform(0.05, 0.15))
            for state in states
            for start in [JOINED, *(other.key for other in states)]
            if start != state.key
        }
        content = map_content(states, moves)
        assert set(content.bundles) == set(Arrow)
        assert faults(FORMS[form](content)) == []


@pytest.mark.parametrize("form", FORMS)
def test_a_fault_would_be_found(form: str) -> None:
    rng = np.random.default_rng(7)
    states = random_states(rng, 7)
    picture = FORMS[form](map_content(states, random_moves(rng, states)))
    first = picture.boxes[0]
    over = replace(picture.boxes[1], slot=first.slot)
    assert "lies over" in " ".join(faults(replace(picture, boxes=[first, over])))
    aside = replace(picture.labels[0], rect=Rect(-20, 0, 30, 10))
    assert "is outside" in " ".join(faults(replace(picture, labels=[aside])))
    ribbon = picture.ribbons[0]
    doubled = [ribbon, replace(ribbon, lane=ribbon.lane + 1)]
    assert "lies over" in " ".join(faults(replace(picture, ribbons=doubled)))


class TestContent:
    STATES = (
        MapState("new", "New", 100, Group.ENTRY),
        MapState("often", "Often", 600, Group.RIDING),
        MapState("rare", "Rarely", 200, Group.RIDING),
        MapState("less", "Slowing down", 50, Group.LEAVING),
        MapState("away", "Silent", 550, Group.SILENT),
    )

    def test_arrows_add_the_moves_between_groups_by_where_they_came_from(self) -> None:
        moves = {
            ("rare", "away"): 30,
            ("often", "away"): 12,
            ("often", "rare"): 80,
            ("away", "often"): 9,
            (JOINED, "often"): 40,
            ("less", "away"): 1,
        }
        content = map_content(self.STATES, moves)
        assert {arrow: b.parts for arrow, b in content.bundles.items()} == {
            Arrow.RIDING_TO_SILENT: (("often", 12), ("rare", 30)),
            Arrow.SILENT_TO_RIDING: (("away", 9),),
            Arrow.JOINED_TO_RIDING: ((JOINED, 40),),
        }
        # Of 1,500 users four in a thousand are six; the one who left is in the table.
        assert content.fewest == 5

    def test_boxes_are_as_high_as_their_users_are_many(self) -> None:
        boxes = {box.key: box for box in wide_map(map_content(self.STATES, {})).boxes}
        heights = {key: box.rect.height for key, box in boxes.items()}
        assert heights["often"] == pytest.approx(3 * heights["rare"])
        assert heights["away"] == pytest.approx(11 * heights["less"])

    def test_arrows_are_as_wide_as_their_users_are_many(self) -> None:
        moves = {("rare", "away"): 100, ("away", "often"): 50}
        for form in FORMS.values():
            widths = {
                ribbon.arrow: ribbon.width
                for ribbon in form(map_content(self.STATES, moves)).ribbons
            }
            assert widths[Arrow.RIDING_TO_SILENT] == pytest.approx(
                2 * widths[Arrow.SILENT_TO_RIDING]
            )

    @pytest.mark.parametrize("group", list(Group)[1:])
    def test_states_of_one_group_stand_in_the_middle(self, group: Group) -> None:
        content = map_content([MapState("only", "Only", 10, group)], {})
        assert list(content.states) == [Group.RIDING]

    def test_nobody_at_all_is_drawn_as_a_thin_box(self) -> None:
        content = map_content([MapState("only", "Only", 0, Group.RIDING)], {})
        for form in FORMS.values():
            assert faults(form(content)) == []

    @pytest.mark.parametrize(
        ("value", "expected"), [(0.2, 1), (6, 5), (8, 10), (240.8, 250), (1800, 2000)]
    )
    def test_round_numbers(self, value: float, expected: int) -> None:
        assert round_number(value) == expected


def test_paths_of_stripes_end_where_the_arrow_ends() -> None:
    ribbon = Ribbon(
        Arrow.JOINED_TO_SILENT,
        0,
        200,
        10,
        (Bend(100, 90), Bend(150, 85)),
        8,
        (("a", 0.25), ("b", 0.75)),
        is_backward=False,
        is_upright=False,
    )
    for (_, path, width), lanes in zip(
        ribbon.stripe_paths(), [(7.0, 82.0), (11.0, 86.0)], strict=True
    ):
        numbers = [float(n) for n in re.findall(r"[\d.]+", path)]
        assert numbers[:2] == [0.0, lanes[0]]
        assert numbers[-2:] == [pytest.approx(200 - ribbon.head + 1, abs=0.1), lanes[1]]
        assert width in (2.0, 6.0)


def test_packed_things_keep_their_order_and_their_distance() -> None:
    assert packed([50, 50, 10], [10, 20, 6], 0, 100) == [50, 68, 84]
    assert packed([95, 95], [10, 10], 0, 100) == [82, 95]


@pytest.mark.parametrize("text", [*NAMES, "", "Поездки 旅行"])
@pytest.mark.parametrize("width", [20, 60, 200])
def test_shortened_texts_fit(text: str, width: float) -> None:
    short = fitting(text, width, 13, bold=True)
    assert text_width(short, 13, bold=True) <= width
    assert short == text or short.endswith("…")
