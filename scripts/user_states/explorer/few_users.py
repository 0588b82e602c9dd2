"""Groups of so few users that they are not told apart from others."""

from __future__ import annotations

from collections.abc import Mapping


def told_apart(counts: Mapping[str, int], fewest: int) -> tuple[dict[str, int], int]:
    """Return the groups that are told, and the users of all others together.

    Small groups are told as one, with as many larger ones as it takes to make it large
    enough; if all but the largest are too few together, they are left out.

    Parameters
    ----------
    counts : mapping of str to int
        Users by group.
    fewest : int
        A smaller number of users is not told.

    Returns
    -------
    told : dict of str to int
        The largest first; empty if even the largest is too small.
    others : int
        0 if there are none, or too few.
    """
    told = sorted(
        ((key, n) for key, n in counts.items() if n), key=lambda pair: -pair[1]
    )
    others = 0
    while len(told) > 1 and (told[-1][1] < fewest or 0 < others < fewest):
        others += told.pop()[1]
    if not told or told[0][1] < fewest:
        return {}, 0
    return dict(told), others if others >= fewest else 0
