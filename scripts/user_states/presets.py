"""The settings that a preset stands for: features, emissions and levels of the model.

The macro preset_value has the same rule for SQL; a test compares the two.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any

# The word that stands for what the preset in use says.
PRESET = "preset"

# Levels where the model reads nothing but the count.
LEVELS_OF_A_COUNT = 3


def with_preset(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return every setting, with values in the place of the word `preset`.

    Parameters
    ----------
    settings : mapping
        By full name, as from `settings_by_name`. If hmm.preset is not among
        hmm.presets or lacks a value, or if a setting has a wrong type, the word stays:
        the rules of the settings then say what is wrong.
    """
    resolved = dict(settings)
    chosen = _chosen(settings)
    if not isinstance(chosen, Mapping):
        return resolved
    # In this order, because the levels depend on the other two.
    for knob in ("features", "emissions", "levels"):
        if resolved.get(f"hmm.{knob}") == PRESET and knob in chosen:
            # Settings of a wrong type.
            with suppress(KeyError, TypeError):
                resolved[f"hmm.{knob}"] = _value(resolved, knob)
    return resolved


def is_of_preset(settings: Mapping[str, Any], knob: str) -> bool:
    """Return whether a resolved setting is what the preset says.

    Parameters
    ----------
    settings : mapping
        As from `with_preset`.
    knob : str
        `features`, `emissions` or `levels`.
    """
    return bool(settings[f"hmm.{knob}"] == _value(settings, knob))


def preset_levels(n_levels: int, families: Iterable[str], emissions: str) -> int:
    """Return the number of levels that a preset means for some features.

    Levels belong to a count. Without one, or in Gaussian emissions, there is one level;
    and where the model reads nothing else, three are enough.

    Parameters
    ----------
    n_levels : int
        Of the preset.
    families : iterable of str
        Of the features that the model reads.
    emissions : str
    """
    read = list(families)
    if "count" not in read or emissions != "mixed":
        return 1
    return min(n_levels, LEVELS_OF_A_COUNT) if len(read) == 1 else n_levels


def levels_beside_states(n_levels: int, families: Iterable[str]) -> int:
    """Return the levels of a model of several states, by a preset.

    Where the model reads nothing but the count, a user of a high level in a quiet state
    looks like a user of a low level in a busy one. Then refits find other states each
    time, so there are no levels beside states.

    Parameters
    ----------
    n_levels : int
        As from `preset_levels`.
    families : iterable of str
        Of the features that the model reads.
    """
    return 1 if list(families) == ["count"] else n_levels


def _chosen(settings: Mapping[str, Any]) -> Any:
    presets, name = settings.get("hmm.presets"), settings["hmm.preset"]
    if isinstance(presets, Mapping) and isinstance(name, str):
        return presets.get(name)
    return None


def _value(settings: Mapping[str, Any], knob: str) -> Any:
    """Return what the preset says; features and emissions are already resolved."""
    value = _chosen(settings)[knob]
    if knob != "levels":
        return value
    names = settings["hmm.features"]
    families = [e["family"] for e in settings["features"] if e["name"] in names]
    return preset_levels(value, families, settings["hmm.emissions"])
