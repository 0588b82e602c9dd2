"""Words for states that are high or low in a feature."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class TraitWords:
    """The words for a feature in names and descriptions.

    Attributes
    ----------
    trait : str
        What the feature is about. Of several features with the same trait, only one
        is mentioned.
    high, low : str
        In a name.
    phrase : str
        In a description, before the figure.
    is_share : bool
        Shown in percent.
    high_from, low_to : float
        In the feature's unit: the smallest mean that is called `high`, and the
        largest that is called `low`. A state in which a third pay cash is not "Cash",
        even if hardly anyone else pays cash. Infinite if a word only compares with
        everyone, as "cheaper rides" does.
    """

    trait: str
    high: str
    low: str
    phrase: str
    is_share: bool = False
    high_from: float = -np.inf
    low_to: float = np.inf

    def word(
        self, deviation: float, value: float, least: float, slack: float = 0.0
    ) -> str | None:
        """Return the word for a state by this feature; None if neither is true.

        Parameters
        ----------
        deviation : float
            From everyone, in standard deviations; NaN if it is not known.
        value : float
            The state's mean, in the feature's unit.
        least : float
            Smallest deviation that counts.
        slack : float
            Share by which every condition may be missed.
        """
        if not abs(deviation) >= least * (1 - slack):
            return None
        if deviation > 0:
            return self.high if value >= self.high_from * (1 - slack) else None
        return self.low if value <= self.low_to * (1 + slack) else None


# Bounds for a yes-or-no feature without words of its own: from the first share of weeks
# on, a state is called high; up to the second, low.
MOST, FEW = 0.6, 0.4

# Pairs of traits that read better as one, by (day, hour).
TOGETHER = {
    ("weekends", "evenings"): "weekend evenings",
    ("weekends", "daytime"): "weekend days",
    ("workdays", "evenings"): "workday evenings",
    ("workdays", "daytime"): "workday daytime",
}


def trait_words(entries: Iterable[Mapping[str, Any]]) -> dict[str, TraitWords]:
    """Return the words of the features that have any, by name of the feature.

    A feature with `words: none` has none, because the words for how often users ride
    already cover it. One without the key `words` gets words made from its name.

    Parameters
    ----------
    entries : iterable of mappings
        The var `features`.
    """
    return {
        entry["name"]: _words(entry)
        for entry in entries
        if entry.get("words") != "none"
    }


def _words(entry: Mapping[str, Any]) -> TraitWords:
    if "words" in entry:
        return TraitWords(**entry["words"], is_share=_is_share(entry))
    return _made_words(entry)


def _made_words(entry: Mapping[str, Any]) -> TraitWords:
    """Return words made from a feature's name."""
    name = about = entry["name"]
    for prefix in ("is_", "has_", "n_", "mean_", "avg_"):
        about = about.removeprefix(prefix)
    is_share = about.endswith("_share")
    about = about.removesuffix("_share").replace("_", " ")
    if entry["family"] == "binary":
        return TraitWords(name, about, f"no {about}", about, True, MOST, FEW)
    if name.startswith("n_"):
        high, low = f"many {about}", f"few {about}"
    elif is_share:
        high, low = f"often {about}", f"seldom {about}"
    else:
        high, low = f"high {about}", f"low {about}"
    return TraitWords(name, high, low, about, _is_share(entry))


def _is_share(entry: Mapping[str, Any]) -> bool:
    """Return whether a feature's means are written in percent."""
    if "label" in entry:
        return bool(entry["label"]["kind"] == "share")
    return bool(entry["family"] == "binary" or entry["name"].endswith("_share"))
