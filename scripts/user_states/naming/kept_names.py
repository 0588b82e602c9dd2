"""Names of a run's segments at its promotion: earlier names are kept if they fit."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from user_states.naming.automatic_name import AutomaticName, free_name


def promoted_names(
    automatic: Mapping[str, AutomaticName],
    current: Mapping[str, str],
    earlier: Collection[tuple[str, str]],
    labels: Collection[str],
) -> dict[str, str]:
    """Return the name of each segment of a run, by key.

    A current name that still fits the segment is kept, because people know it, even if
    today's automatic name differs. A name that no longer fits is replaced, and a new
    segment gets a name. No segment gets a name that another one has now, has as its
    label, or had in a stored run, which a rollback may bring back.

    Parameters
    ----------
    automatic : mapping from segment_key to AutomaticName
        One for each segment of the run.
    current : mapping from segment_key to str
        Current name of every key; new keys have none.
    earlier : collection of (segment_key, name)
        Names in the stored runs that were promoted.
    labels : collection of str
        Labels of any segments.
    """
    names = {
        key: current[key]
        for key, name in automatic.items()
        if key in current and name.fits(current[key])
    }
    for key, name in automatic.items():
        if key not in names:
            of_others = {
                used for owner, used in (*current.items(), *earlier) if owner != key
            }
            taken = of_others | set(labels) | set(names.values())
            names[key] = free_name((name.name, *name.longer_names), taken)
    return names
