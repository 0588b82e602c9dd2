"""The names of a run's states at its promotion: earlier names are kept if they fit."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from user_states.naming.state_names import AutomaticName, free_name


def promoted_names(
    automatic: Mapping[str, AutomaticName],
    current: Mapping[str, str],
    earlier: Collection[tuple[str, str]],
    labels: Collection[str],
) -> dict[str, str]:
    """Return the name of each state of a run, by key.

    A current name that still fits the state is kept, because people know it, even if
    today's automatic name differs. A name that no longer fits is replaced, and a new
    state gets a name. No state gets a name that another state has now, has as its
    label, or had in a stored run, which a rollback may bring back.

    Parameters
    ----------
    automatic : mapping from state_key to AutomaticName
        One for each state of the run.
    current : mapping from state_key to str
        Current name of every key; new keys have none.
    earlier : collection of (state_key, name)
        Names in the stored runs that were promoted.
    labels : collection of str
        Labels of any states.
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
