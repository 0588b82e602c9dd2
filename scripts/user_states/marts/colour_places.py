"""Which colour of the palette each state has, over all runs.

A state keeps its colour as long as it keeps its key. The colour cannot be computed from
the key alone: sooner or later two keys would get the same colour, and which of them
must change would depend on the other states. So we go through the lineage from the
first run on, and each key gets a fixed place when it first appears.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from itertools import count, groupby

from user_states.marts.run_rows import LineageRow


def colour_places(
    states: Mapping[int, str], lineage: Sequence[LineageRow]
) -> dict[str, int]:
    """Return a place in the palette, from 1, for each key that ever existed.

    A new state gets the place that equals its number in its run, so the states of the
    first run have the colours in order. If an older state of the run has that place,
    the new one gets the first place that is free in its run. So no two states of a run
    share a place.

    Parameters
    ----------
    states : mapping from state_id to state_key
        States of the champion. Keys that are not in the lineage, because the run is
        older than the lineage, get their places last.
    lineage : sequence of LineageRow
        Every row of the mart.
    """
    in_order = sorted(
        lineage, key=lambda step: (step.promoted_at, step.run_id, step.lineage_position)
    )
    places: dict[str, int] = {}
    for _, steps in groupby(in_order, key=lambda step: step.run_id):
        # A state that others merged into appears again for each of them, at the end.
        numbers: dict[str, int] = {}
        for step in steps:
            if step.state_key is not None:
                numbers.setdefault(step.state_key, step.lineage_position)
        _give_places(numbers, places)
    _give_places({key: number for number, key in sorted(states.items())}, places)
    return places


def _give_places(numbers: Mapping[str, int], places: dict[str, int]) -> None:
    """Add places for the keys of one run that have none yet, by their numbers in it."""
    taken = {places[key] for key in numbers if key in places}
    for key, number in numbers.items():
        if key not in places:
            places[key] = number if number not in taken else _first_free(taken)
            taken.add(places[key])


def _first_free(taken: Collection[int]) -> int:
    return next(place for place in count(1) if place not in taken)
