"""Which features to show: each fact once, and the parts of a feature together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from user_states.marts.feature_labels import FeatureLabels
from user_states.marts.state_rows import ProfileRow

Item = TypeVar("Item")


def without_repeats(
    rows: Sequence[ProfileRow], labels: FeatureLabels
) -> list[ProfileRow]:
    """Return the rows of profiles, each fact once.

    A feature that repeats another is left out where the other one is known.
    """
    known = {row.feature for row in rows if row.mean_of_everyone is not None}
    repeated = labels.repeated(known)
    return [row for row in rows if row.feature not in repeated]


def one_of_each_group(
    items: Iterable[Item],
    labels: FeatureLabels,
    feature: Callable[[Item], str],
    size: Callable[[Item], float],
) -> list[Item]:
    """Return one item for each feature: of the parts of a feature the largest.

    Parameters
    ----------
    items : iterable
    labels : FeatureLabels
    feature, size : callable
        Take an item, return the name of its feature or part, and its size.

    Returns
    -------
    list
        In the order of the items; a group stands where its first part stood.
    """
    largest: dict[str, Item] = {}
    for item in items:
        name = feature(item)
        key = labels.of(name).group or name
        if key not in largest or size(item) > size(largest[key]):
            largest[key] = item
    return list(largest.values())


def farthest(
    rows: Iterable[ProfileRow], labels: FeatureLabels, n: int
) -> list[ProfileRow]:
    """Return the n features of a state that are farthest from everyone's.

    Returns
    -------
    list of ProfileRow
        The farthest first; of a feature of several parts only the farthest part.
    """
    known = [row for row in rows if row.standard_deviations_from_everyone is not None]
    found = one_of_each_group(known, labels, lambda row: row.feature, distance)
    return sorted(found, key=lambda row: -distance(row))[:n]


def distance(row: ProfileRow) -> float:
    """Return how far a mean is from everyone's, in standard deviations, or 0."""
    return abs(row.standard_deviations_from_everyone or 0.0)
