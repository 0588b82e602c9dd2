"""The name that a run gives to a segment, and how it stays free of other names."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Self

# Between the words of a name.
SEPARATOR = ", "


@dataclass(frozen=True)
class AutomaticName:
    """A name made from what the members of a segment do, with its description.

    Attributes
    ----------
    name : str
        Unique in its run.
    longer_names : tuple of str
        More exact names, for when the name is taken; the shortest first.
    description : str
        What the members do and are like, with figures.
    true_words : frozenset of str or None
        Every word that may stay in the segment's name, including those that no name
        uses. None in runs that were stored without them.
    """

    name: str
    longer_names: tuple[str, ...]
    description: str
    true_words: frozenset[str] | None

    @classmethod
    def from_stored(
        cls,
        name: str,
        longer_names: str | None,
        description: str,
        true_words: str | None,
    ) -> Self:
        """Return the name that columns of register.segments hold, lists as JSON.

        Old runs have nulls in place of the lists.
        """
        return cls(
            name,
            tuple(json.loads(longer_names or "[]")),
            description,
            None if true_words is None else frozenset(json.loads(true_words)),
        )

    def as_stored(self) -> dict[str, str | None]:
        """Return the columns of register.segments that hold the name, lists as JSON."""
        return {
            "automatic_name": self.name,
            "longer_names": json.dumps(self.longer_names),
            "automatic_description": self.description,
            "true_words": None
            if self.true_words is None
            else json.dumps(sorted(self.true_words)),
        }

    def fits(self, name: str) -> bool:
        """Return whether every word of a name is true of the segment.

        A number at the end, which only distinguishes equal names, does not count, nor
        does upper case. A name of other words, such as those of earlier versions, does
        not fit. If no true words were recorded, every name fits.
        """
        if self.true_words is None:
            return True
        true_words = {word.casefold() for word in self.true_words}
        return any(
            set(text.casefold().split(SEPARATOR)) <= true_words
            for text in (name, re.sub(r" [0-9]+$", "", name))
        )


def words_of(name: str) -> frozenset[str]:
    """Return the words of a name; their order and upper case do not count."""
    return frozenset(name.casefold().split(SEPARATOR))


def free_name(names: Sequence[str], taken: Collection[str]) -> str:
    """Return the first name that is not taken; if all are, the first with a number.

    Upper and lower case count as the same, and so do words in another order.
    """
    used = {words_of(name) for name in taken}
    for name in names:
        if words_of(name) not in used:
            return name
    number = 2
    while words_of(f"{names[0]} {number}") in used:
        number += 1
    return f"{names[0]} {number}"


def distinct_levels(names: Sequence[Sequence[str]]) -> list[int]:
    """Return the index of the name that each segment takes, so that names differ.

    If segments share a name, or its words in another order, all of them get a longer
    one. None keeps the short name, because it fits the others too.
    """
    levels = [0] * len(names)
    while True:
        counts = Counter(
            words_of(of_segment[level])
            for of_segment, level in zip(names, levels, strict=True)
        )
        moving = [
            segment
            for segment, (of_segment, level) in enumerate(
                zip(names, levels, strict=True)
            )
            if counts[words_of(of_segment[level])] > 1 and level + 1 < len(of_segment)
        ]
        if not moving:
            return levels
        for segment in moving:
            levels[segment] += 1
