"""What the states of a run are called, given what they were called before."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from user_states.naming.state_names import free_name, is_true


@dataclass(frozen=True)
class Naming:
    """How a state may be called.

    Attributes
    ----------
    names : tuple of str
        By its profile in the run, the shortest first, and more exact ones for where
        that is taken.
    true_words : frozenset of str or None
        All that may be said of it; None where that was not recorded.
    """

    names: tuple[str, ...]
    true_words: frozenset[str] | None

    @classmethod
    def from_stored(
        cls,
        automatic_name: str,
        longer_names: str | None,
        true_words: str | None,
    ) -> Naming:
        """Return what columns of hmm.states say; runs of old versions have nulls."""
        return cls(
            (automatic_name, *json.loads(longer_names or "[]")),
            None if true_words is None else frozenset(json.loads(true_words)),
        )

    def allows(self, name: str) -> bool:
        """Tell whether a name is true of the state; where nothing is known it is."""
        return self.true_words is None or is_true(name, self.true_words)


def settle_names(
    namings: Mapping[str, Naming],
    now: Mapping[str, str],
    earlier: Collection[tuple[str, str]],
    labels: Collection[str],
) -> dict[str, str]:
    """Return what each state of a run is called, by its key.

    A name that is still true stays, though another would be given today: people have
    learned it. One that is not is replaced; so is none at all. No state gets a name
    that another one has, or had in a run that is still there and may come back.

    Parameters
    ----------
    namings : mapping from state_key to Naming
        Of the states of the run.
    now : mapping from state_key to str
        What every key is called; none of a key that is new.
    earlier : collection of (state_key, name)
        What keys were called in runs that are still there.
    labels : collection of str
        Names that people gave, to whichever state.
    """
    names = {
        key: now[key]
        for key, naming in namings.items()
        if key in now and naming.allows(now[key])
    }
    for key, naming in namings.items():
        if key not in names:
            others = {name for owner, name in (*now.items(), *earlier) if owner != key}
            taken = others | set(labels) | set(names.values())
            names[key] = free_name(naming.names, taken)
    return names
