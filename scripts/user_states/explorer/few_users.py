"""Which groups of users are large enough to be shown on their own."""

from __future__ import annotations

from collections.abc import Mapping


def large_enough(counts: Mapping[str, int], fewest: int) -> tuple[dict[str, int], int]:
    """Return the groups to show, and how many users all other groups have together.

    Groups below the limit are added up. If their sum is below it too, the next larger
    group joins them. The largest group never does; then the others are left out.

    Parameters
    ----------
    counts : mapping of str to int
        Users by group.
    fewest : int
        The limit: smaller numbers of users are not shown.

    Returns
    -------
    shown : dict of str to int
        Users by group, largest first; empty if even the largest group is too small.
    others : int
        0 if there are no others, or too few.
    """
    shown = sorted(
        ((key, n) for key, n in counts.items() if n), key=lambda pair: -pair[1]
    )
    others = 0
    while len(shown) > 1 and (shown[-1][1] < fewest or 0 < others < fewest):
        others += shown.pop()[1]
    if not shown or shown[0][1] < fewest:
        return {}, 0
    return dict(shown), others if others >= fewest else 0
