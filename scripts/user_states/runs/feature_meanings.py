"""Whether features still mean what they meant when a model was fitted on them.

What features mean is a mapping that the run stores, `feature_settings` in the
register::

    {"features": {name: {key: value}}, setting: value}

A model makes it from whatever its features depend on: `panel_settings.py` does so for
the features of users and weeks.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any


def changed_meanings(
    then: Mapping[str, Any],
    now: Mapping[str, Any],
    declared_in: str,
    ignored: Collection[str] = (),
) -> list[str]:
    """Describe what has changed, such as "default of n_rides was 0 and is 1".

    Parameters
    ----------
    then, now : mapping
        As above. A setting that only one of them has is not compared.
    declared_in : str
        Where features are declared, for a feature that is gone.
    ignored : collection of str
        Keys of a feature that change nothing about what its values mean.
    """
    changes = []
    for name, entry in then["features"].items():
        if name not in now["features"]:
            changes.append(f"{name} is no longer in {declared_in}")
            continue
        declared = now["features"][name]
        changes += [
            f"{key} of {name} was {entry.get(key)!r} and is {declared.get(key)!r}"
            for key in entry | declared
            if key not in ignored and declared.get(key) != entry.get(key)
        ]
    return changes + [
        f"{setting} was {then[setting]!r} and is {now[setting]!r}"
        for setting in now
        if setting != "features" and setting in then and then[setting] != now[setting]
    ]
