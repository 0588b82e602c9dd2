"""Which colour of the palette each state has, over all runs.

A state keeps its colour as long as it keeps its key. The colour cannot be computed from
the key alone: sooner or later two keys would get the same colour, and which of them
must change would depend on the other states. So we go through the lineage from the
first run on, and each key gets a fixed place when it first appears.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from itertools import groupby

from user_states.marts.families import Family, family_of_name
from user_states.marts.palette import preferred_places
from user_states.marts.run_rows import LineageRow


def colour_places(
    states: Mapping[int, str],
    lineage: Sequence[LineageRow],
    families: Mapping[str, Family] | None = None,
) -> dict[str, int]:
    """Return a place in the palette, from 1, for each key that ever existed.

    A new state gets the first place of its family that is free in its run; if none is,
    the next best of another family. So no two states of a run share a place.

    Parameters
    ----------
    states : mapping from state_id to state_key
        States of the champion. Keys that are not in the lineage, because the run is
        older than the lineage, get their places last.
    lineage : sequence of LineageRow
        Every row of the mart. The first name of a state decides its family.
    families : mapping from state_key to Family, optional
        Families of states whose names tell none; without them they are regular.
    """
    in_order = sorted(
        lineage, key=lambda step: (step.promoted_at, step.run_id, step.lineage_position)
    )
    # A first name outranks behaviour: it does not change.
    named = {**(families or {}), **_families(in_order)}
    places: dict[str, int] = {}
    for _, steps in groupby(in_order, key=lambda step: step.run_id):
        # A state that others merged into appears again for each of them, at the end.
        keys = dict.fromkeys(step.state_key for step in steps if step.state_key)
        _give_places(keys, places, named)
    _give_places([key for _, key in sorted(states.items())], places, named)
    return places


def _families(in_order: Sequence[LineageRow]) -> dict[str, Family]:
    """Return the family of each key by the first of its names that tells one."""
    found: dict[str, Family] = {}
    for step in in_order:
        family = family_of_name(step.state_name)
        if step.state_key and family and step.state_key not in found:
            found[step.state_key] = family
    return found


def _give_places(
    keys: Collection[str], places: dict[str, int], families: Mapping[str, Family]
) -> None:
    """Add places for the keys of one run that have none yet."""
    taken = {places[key] for key in keys if key in places}
    for key in keys:
        if key not in places:
            wanted = preferred_places(families.get(key, Family.REGULAR))
            places[key] = next(place for place in wanted if place not in taken)
            taken.add(places[key])
