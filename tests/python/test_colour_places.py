"""A state keeps its colour as long as it keeps its key."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from user_states.marts.colour_places import colour_places
from user_states.marts.families import (
    Family,
    family_of_activity,
    family_of_name,
)
from user_states.marts.run_rows import (
    LineageRow,
)

FIRST_DAY = dt.datetime(2025, 1, 6, tzinfo=dt.UTC)


def steps_of(
    number: int, keys: Sequence[str], ended: Sequence[tuple[str, str | None]] = ()
) -> list[LineageRow]:
    """Return the lineage of a run with these states, in their order.

    `ended` are states of the previous run: a relation and the state they merged into.
    """
    rows: list[tuple[str, str | None]] = [("kept or not", key) for key in keys]
    return [
        LineageRow(
            run_id=f"run {number}",
            lineage_position=position,
            promoted_at=FIRST_DAY + dt.timedelta(days=number),
            previous_run_id=None,
            relation=relation,
            state_key=key,
            state_name=None,
            previous_state_name=None,
            share_of_state=None,
        )
        for position, (relation, key) in enumerate((*rows, *ended), start=1)
    ]


def places_of(*runs: Sequence[str]) -> dict[str, int]:
    """Return the places after these runs; the last one is the champion."""
    lineage = [step for n, keys in enumerate(runs) for step in steps_of(n, keys)]
    # The mart is read with the newest run first.
    lineage.reverse()
    champion = dict(enumerate(runs[-1], start=1))
    return colour_places(champion, lineage)


def test_states_of_one_family_take_its_colours_first() -> None:
    keys = [f"key {place}" for place in range(1, 15)]
    found = places_of(keys)
    assert [found[key] for key in keys[:5]] == [1, 2, 3, 4, 5]
    assert sorted(found.values())[:13] == list(range(1, 14))
    # The fourteenth repeats the first colour, with a hatch.
    assert found["key 14"] == 14


def test_a_state_keeps_its_colour_when_it_moves_in_the_order() -> None:
    assert places_of("abc", "cab") == {"a": 1, "b": 2, "c": 3}


@pytest.mark.parametrize(
    ("runs", "places"),
    [
        # A new state takes the first place of its family that is free.
        (("abc", "abd"), {"d": 3}),
        (("abc", "dabc"), {"d": 4}),
        (("abcd", "edb"), {"e": 1, "d": 4, "b": 2}),
        # It keeps its place after the state that had an earlier place is gone.
        (("abc", "dabc", "dbc"), {"d": 4}),
        (("abc", "dabc", "d", "de"), {"d": 4, "e": 1}),
    ],
)
def test_a_new_state_takes_no_place_that_is_used(
    runs: tuple[str, ...], places: dict[str, int]
) -> None:
    found = places_of(*runs)
    assert {key: found[key] for key in places} == places


def test_states_that_others_merged_into_count_once() -> None:
    lineage = [
        *steps_of(0, "abc"),
        *steps_of(1, "ca", ended=[("merged", "c"), ("ended", None)]),
        *steps_of(2, "cad"),
    ]
    assert colour_places({1: "c", 2: "a", 3: "d"}, lineage) == {
        **{"a": 1, "b": 2, "c": 3},
        "d": 2,
    }


def test_states_without_a_lineage_have_the_colours_in_their_order() -> None:
    assert colour_places({2: "b", 1: "a"}, []) == {"a": 1, "b": 2}


def test_the_first_name_of_a_state_decides_its_family() -> None:
    first = [replace(step, state_name="Silent for months") for step in steps_of(0, "a")]
    later = [replace(step, state_name="Weekly, nights") for step in steps_of(1, "a")]
    families = {"a": Family.LIGHT, "b": Family.LIGHT}
    assert colour_places({1: "a", 2: "b"}, [*later, *first], families) == {
        "a": 12,
        "b": 6,
    }


@pytest.mark.parametrize(
    ("name", "family"),
    [
        ("Very frequent", Family.REGULAR),
        ("Weekly, weekend nights", Family.REGULAR),
        ("Frequent, new city", Family.LIGHT),
        ("Occasional", Family.LIGHT),
        ("Infrequent, with coupons", Family.LIGHT),
        ("Slowing down", Family.LEAVING),
        ("Silent for weeks", Family.AWAY),
        ("Silent for months", Family.AWAY),
        ("Stammkunden", None),
        (None, None),
    ],
)
def test_names_tell_families(name: str | None, family: Family | None) -> None:
    assert family_of_name(name) == family


def test_behaviour_tells_the_family_of_other_names() -> None:
    shares = (None, 0.9, 0.3, 0.01)
    found = [family_of_activity(share) for share in shares]
    assert found == [Family.REGULAR, Family.REGULAR, Family.LIGHT, Family.AWAY]


def test_states_of_a_run_never_share_a_place_or_change_it() -> None:
    """Random fits and rollbacks: each run continues from any earlier one."""
    rng = np.random.default_rng(0)
    for _ in range(100):
        runs = [[f"0 {k}" for k in range(rng.integers(1, 9))]]
        before: dict[str, int] = {}
        for number in range(1, 8):
            champion = runs[rng.integers(len(runs))]
            kept = [key for key in champion if rng.random() < 0.6]
            new = [f"{number} {k}" for k in range(rng.integers(1, 6))]
            keys = [str(key) for key in rng.permutation([*kept, *new])]
            runs.append(keys)
            places = places_of(*runs)
            for run in runs:
                assert len({places[key] for key in run}) == len(run)
            assert before.items() <= places.items()
            # No colour repeats as long as there are enough.
            assert max(places.values()) <= max(13, *(len(run) for run in runs))
            before = places
