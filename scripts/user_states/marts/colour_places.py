"""Which of the palette's colours each state has, over all fits.

A state keeps its colour as long as it keeps its key. The keys themselves cannot say
which: a place that is worked out from a key is sooner or later taken by another, and
who gives way hangs on who else is there. So the lineage is gone through from the
first fit on, and each key gets a place when it first appears, for good.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from itertools import count, groupby

from user_states.marts.page_rows import LineageStep


def colour_places(
    states: Mapping[int, str], lineage: Sequence[LineageStep]
) -> dict[str, int]:
    """Return a place in the palette, from 1, for each key that there ever was.

    A new state takes the place of its number in its run, so that those of the first
    run have the colours in their order; where a state that was there before has that
    one, the first that nobody of its run has. So no two states of a run share a place.

    Parameters
    ----------
    states : mapping from state_id to state_key
        The champion's. Their keys are in the lineage but for those of runs from
        before there was one, which come last.
    lineage : sequence of LineageStep
        Every row of the mart.
    """
    in_order = sorted(
        lineage, key=lambda step: (step.promoted_at, step.run_id, step.lineage_position)
    )
    places: dict[str, int] = {}
    for _, steps in groupby(in_order, key=lambda step: step.run_id):
        # One that others merged into is named once for each of them, at the end.
        numbers: dict[str, int] = {}
        for step in steps:
            if step.state_key is not None:
                numbers.setdefault(step.state_key, step.lineage_position)
        _give_places(numbers, places)
    _give_places({key: number for number, key in sorted(states.items())}, places)
    return places


def _give_places(numbers: Mapping[str, int], places: dict[str, int]) -> None:
    """Add places for the keys of one run that have none, by their numbers in it."""
    taken = {places[key] for key in numbers if key in places}
    for key, number in numbers.items():
        if key not in places:
            places[key] = number if number not in taken else _first_free(taken)
            taken.add(places[key])


def _first_free(taken: Collection[int]) -> int:
    return next(place for place in count(1) if place not in taken)
