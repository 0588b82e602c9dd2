"""What the users of a state are like, beside its name: traits compared with everyone.

A trait is what users have or are in any state, such as a phone. It describes a state's
users, but is no behaviour, so it is in no name.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from user_states.naming.profiles import StateProfiles

# Distance from the mean of everyone, in standard deviations, from which on a trait is
# mentioned.
STANDS_OUT = 0.5
MOST_TRAITS = 3


@dataclass(frozen=True)
class TraitLabel:
    """How a feature that is a trait is called in a description.

    Attributes
    ----------
    trait : str
        What the feature is about. Of several features with the same trait, only one
        is mentioned.
    text : str
        The feature in words.
    unit : str
        Of a mean that is not a share.
    is_share : bool
        Shown in percent.
    """

    trait: str
    text: str
    unit: str
    is_share: bool

    @classmethod
    def of(cls, entry: Mapping[str, Any]) -> Self:
        """Return the label of an entry of the var `features` that names its trait."""
        name = entry["name"]
        is_share = entry["family"] == "binary" or name.endswith("_share")
        made = {"text": name.replace("_", " "), "kind": "share" if is_share else ""}
        label = entry.get("label", made)
        text = label["text"]
        is_number = label["kind"] == "number"
        return cls(
            entry["trait"],
            text[:1].lower() + text[1:],
            label.get("unit", "") if is_number else "",
            label["kind"] == "share",
        )

    def value(self, mean: float) -> str:
        """Return a mean as text, without its unit."""
        if self.is_share:
            return f"{mean:.0%}"
        return f"{mean:.3g}" if abs(mean) < 100 else f"{mean:.0f}"


def trait_labels(entries: Iterable[Mapping[str, Any]]) -> dict[str, TraitLabel]:
    """Return the labels of the features that are traits, by name of the feature.

    Parameters
    ----------
    entries : iterable of mappings
        The var `features`; those with the key `trait` are traits.
    """
    return {
        entry["name"]: TraitLabel.of(entry) for entry in entries if "trait" in entry
    }


def traits_in_words(
    profiles: StateProfiles, state: int, labels: Mapping[str, TraitLabel]
) -> str:
    """Return the traits in which a state's users differ most from everyone.

    Returns
    -------
    str
        Such as `paid in cash 97% (50%), mean price 20 (10)`, with everyone's means in
        brackets; empty if no trait stands out.
    """
    deviations = profiles.deviations[state]
    found: dict[str, str] = {}
    for column in np.argsort(-np.abs(deviations), kind="stable").tolist():
        label = labels.get(profiles.features[column])
        if label is None or not abs(deviations[column]) >= STANDS_OUT:
            continue
        value = label.value(float(profiles.means[state, column]))
        everyone = label.value(float(profiles.means_of_everyone[column]))
        unit = f" {label.unit}" if label.unit else ""
        found.setdefault(label.trait, f"{label.text} {value}{unit} ({everyone})")
    return ", ".join(list(found.values())[:MOST_TRAITS])
