"""Features in words, with their unit: the names that figures and page show."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import takewhile
from typing import Any, Literal

Kind = Literal["share", "number", "price"]


@dataclass(frozen=True)
class FeatureLabel:
    """How a feature is named and its means are written.

    Attributes
    ----------
    text : str
        Name in words.
    unit : str
        Of its means.
    kind : str
        `share` is written in percent, `price` and `number` with few digits.
    group : str
        The feature in words if this is one of its parts, otherwise empty. Parts are
        shown together, below this heading.
    """

    text: str
    unit: str
    kind: Kind
    group: str = ""

    def value(self, mean: float | None) -> str:
        """Return a mean as text, without its unit except for the percent sign."""
        if mean is None or mean != mean:
            return "–"
        if self.kind == "share":
            return f"{mean:.0%}"
        digits = 0 if abs(mean) >= 100 else 1 if abs(mean) >= 10 else 2
        return f"{mean:,.{digits}f}"

    @property
    def full_text(self) -> str:
        """The name in words, after the heading of its group."""
        return ": ".join(filter(None, (self.group, self.text)))


class FeatureLabels:
    """The labels of all features, as declared in the var `features`.

    Parameters
    ----------
    entries : iterable of mappings
        The var `features`.
    currency : str
        ISO code of every price.
    """

    def __init__(self, entries: Iterable[Mapping[str, Any]], currency: str) -> None:
        self._currency = currency
        self._declared = {
            name: label for entry in entries for name, label in _labels(entry).items()
        }
        self._repeats = {
            name: str(label["repeats"])
            for name, label in self._declared.items()
            if "repeats" in label
        }

    def of(self, feature: str) -> FeatureLabel:
        """Return the label of a feature; without one, it is made from the name."""
        declared = self._declared.get(feature)
        label = (
            FeatureLabel(
                declared["text"],
                declared.get("unit", ""),
                declared["kind"],
                declared.get("group", ""),
            )
            if declared
            else _made_label(feature)
        )
        if label.kind == "price":
            return replace(label, unit=self._currency)
        return label

    def repeated(self, features: Collection[str]) -> set[str]:
        """Return those features that only repeat what another one of them says."""
        return {name for name in features if self._repeats.get(name) in features}


def _labels(entry: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the declared label of a feature, or of each of its parts, by name.

    Without texts of their own, parts are named after their columns, without the words
    with which these all begin: the part n_rides_workday_morning is "workday morning".
    """
    if "label" not in entry:
        return {}
    label: dict[str, Any] = entry["label"]
    if "columns" not in entry:
        return {entry["name"]: label}
    columns = entry["columns"]
    texts = label.get("parts") or _without_common_words(columns)
    return {
        column: label | {"text": text, "group": label["text"]}
        for column, text in zip(columns, texts, strict=True)
    }


def _without_common_words(names: list[str]) -> list[str]:
    """Return names in words, without the words with which all begin."""
    words = [name.split("_") for name in names]
    first, last = min(words), max(words)
    pairs = takewhile(lambda pair: pair[0] == pair[1], zip(first, last, strict=False))
    start = len(list(pairs))
    return [" ".join(of_name[start:]) for of_name in words]


def _in_words(name: str) -> str:
    return name.replace("_", " ")


def _made_label(feature: str) -> FeatureLabel:
    """Return a label made from a name that follows the names of this project.

    `is_` and `has_` mean yes or no, `_share` a share, `n_` a count per week.
    """
    text = _in_words(feature).capitalize()
    if feature.startswith(("is_", "has_")):
        return FeatureLabel(text, "of weeks", "share")
    if feature.endswith("_share"):
        return FeatureLabel(text, "", "share")
    if feature.startswith("n_"):
        return FeatureLabel(text[2:].capitalize(), "a week", "number")
    return FeatureLabel(text, "", "price" if "price" in feature else "number")
