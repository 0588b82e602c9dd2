"""Automatic names of states: plain words for how a state differs from everyone.

Each word of a name has a condition. An earlier name of a state still fits if the
conditions of all its words hold, with some slack.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from user_states.naming.how_often import (
    SILENT_SHARE,
    how_often_words,
    weeks_since_last_ride,
)
from user_states.naming.profiles import StateProfiles
from user_states.naming.trait_words import TOGETHER, TraitWords

# Distance from the mean of everyone, in standard deviations: the least for a trait to
# be part of the name, and the least for it to distinguish two states that would
# otherwise have the same name.
STANDS_OUT = 0.5
DISTINGUISHES = 0.2
# Traits in a name, unless the name is taken.
TRAITS_IN_NAME = 2
TRAITS_IN_DESCRIPTION = 3

# Between the words of a name.
SEPARATOR = ", "
# Share by which a state may miss the conditions of an earlier name and still keep it:
# otherwise a state near a bound would change its name with every refit.
SLACK = 0.1


@dataclass(frozen=True)
class AutomaticName:
    """A name made from a state's profile, with its description and other true words.

    Attributes
    ----------
    name : str
        Unique in its run.
    longer_names : tuple of str
        More exact names, for when the name is taken; the shortest first.
    description : str
        The profile in one sentence, with figures.
    true_words : frozenset of str or None
        Every word whose condition holds with `SLACK`, including those that no name
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
        """Return the name that columns of hmm.states hold, lists as JSON.

        Old runs have nulls in place of the lists.
        """
        return cls(
            name,
            tuple(json.loads(longer_names or "[]")),
            description,
            None if true_words is None else frozenset(json.loads(true_words)),
        )

    def as_stored(self) -> dict[str, str | None]:
        """Return the columns of hmm.states that hold the name, lists as JSON."""
        return {
            "automatic_name": self.name,
            "longer_names": json.dumps(self.longer_names),
            "automatic_description": self.description,
            "true_words": None
            if self.true_words is None
            else json.dumps(sorted(self.true_words)),
        }

    def fits(self, name: str) -> bool:
        """Return whether every word of a name is true of the state.

        A number at the end, which only distinguishes equal names, does not count. A
        name of other words, such as those of the first versions, does not fit. If no
        true words were recorded, every name fits.
        """
        if self.true_words is None:
            return True
        true_words = self.true_words
        return any(
            all(word in true_words for word in text.split(SEPARATOR))
            for text in (name, re.sub(r" [0-9]+$", "", name))
        )


@dataclass(frozen=True)
class _Trait:
    """A feature in which a state differs from everyone."""

    words: TraitWords
    word: str
    deviation: float
    value: float
    value_of_everyone: float


def name_states(
    profiles: StateProfiles, words: Mapping[str, TraitWords]
) -> tuple[AutomaticName, ...]:
    """Return a name for each state.

    A name says how often users in the state ride, then what stands out most, such as
    "Frequent, cash, weekend evenings". If two states would have the same name, both
    get more traits; if that does not help, one gets a number.

    Parameters
    ----------
    profiles : StateProfiles
    words : mapping from str to TraitWords
        Words of the features, as from `trait_words`; others are not mentioned.
    """
    traits = [_traits(profiles, state, words) for state in range(len(profiles.means))]
    beginnings = [
        how_often_words(profiles, state)[0] for state in range(len(profiles.means))
    ]
    candidates = [
        _candidate_names(beginning, of_state)
        for beginning, of_state in zip(beginnings, traits, strict=True)
    ]
    levels = _distinct_levels(candidates)
    taken: set[str] = set()
    result = []
    for state, (names, level) in enumerate(zip(candidates, levels, strict=True)):
        name = free_name(names[level:], taken)
        taken.add(name)
        result.append(
            AutomaticName(
                name,
                tuple(other for other in names[level:] if other != name),
                _description(profiles, state, traits[state]),
                _true_words(profiles, state, words),
            )
        )
    return tuple(result)


def free_name(names: Sequence[str], taken: Collection[str]) -> str:
    """Return the first name that is not taken; if all are, the first with a number.

    Upper and lower case count as the same.
    """
    used = {name.casefold() for name in taken}
    for name in names:
        if name.casefold() not in used:
            return name
    number = 2
    while f"{names[0]} {number}".casefold() in used:
        number += 1
    return f"{names[0]} {number}"


def _distinct_levels(names: Sequence[Sequence[str]]) -> list[int]:
    """Return the index of the name that each state takes, so that names differ.

    If states share a name, all of them get a longer one. None keeps the short name,
    because it fits the others too.
    """
    levels = [0] * len(names)
    while True:
        counts = Counter(
            of_state[level] for of_state, level in zip(names, levels, strict=True)
        )
        moving = [
            state
            for state, (of_state, level) in enumerate(zip(names, levels, strict=True))
            if counts[of_state[level]] > 1 and level + 1 < len(of_state)
        ]
        if not moving:
            return levels
        for state in moving:
            levels[state] += 1


def _true_words(
    profiles: StateProfiles, state: int, words: Mapping[str, TraitWords]
) -> frozenset[str]:
    """Return every word that is true of a state, give or take `SLACK`."""
    true = set(how_often_words(profiles, state, SLACK))
    for column, feature in enumerate(profiles.features):
        if feature in words:
            word = words[feature].word(
                float(profiles.deviations[state, column]),
                float(profiles.means[state, column]),
                DISTINGUISHES,
                SLACK,
            )
            true |= {word} if word else set()
    true |= {both for (day, hour), both in TOGETHER.items() if {day, hour} <= true}
    return frozenset(true)


def _traits(
    profiles: StateProfiles, state: int, words: Mapping[str, TraitWords]
) -> list[_Trait]:
    """Return how a state differs from everyone, largest first, once per trait."""
    deviations = profiles.deviations[state]
    found: dict[str, _Trait] = {}
    for column in np.argsort(-np.abs(deviations), kind="stable").tolist():
        feature, deviation = profiles.features[column], float(deviations[column])
        if feature not in words:
            continue
        of_feature = words[feature]
        value = float(profiles.means[state, column])
        word = of_feature.word(deviation, value, DISTINGUISHES)
        if word is None:
            continue
        everyone = float(profiles.means_of_everyone[column])
        found.setdefault(
            of_feature.trait, _Trait(of_feature, word, deviation, value, everyone)
        )
    return list(found.values())


def _candidate_names(beginning: str, traits: Sequence[_Trait]) -> list[str]:
    """Return the possible names of a state, from the shortest to the most exact."""
    n_outstanding = sum(abs(trait.deviation) >= STANDS_OUT for trait in traits)
    shortest = min(n_outstanding, TRAITS_IN_NAME)
    return [
        SEPARATOR.join([beginning, *_joined([trait.word for trait in traits[:n]])])
        for n in range(shortest, len(traits) + 1)
    ]


def _joined(words: Sequence[str]) -> list[str]:
    """Return the words, with day and hour as one word if both occur."""
    for (day, hour), together in TOGETHER.items():
        if day in words and hour in words:
            first = min(words.index(day), words.index(hour))
            rest = [word for word in words if word not in (day, hour)]
            return [*rest[:first], together, *rest[first:]]
    return list(words)


def _description(profiles: StateProfiles, state: int, traits: Sequence[_Trait]) -> str:
    rides = float(profiles.rides_a_week[state])
    if np.isnan(rides):
        return "Nobody was in this state."
    share = float(profiles.active_shares[state])
    text = (
        f"{rides:.2g} rides a week, with a ride in {share:.0%} of weeks"
        if share >= SILENT_SHARE
        else f"Hardly any ride, in {share:.1%} of weeks{_silence(profiles, state)}"
    )
    outstanding = [
        f"{trait.words.phrase} {_figure(trait.words, trait.value)} "
        f"({_figure(trait.words, trait.value_of_everyone)})"
        for trait in traits[:TRAITS_IN_DESCRIPTION]
        if abs(trait.deviation) >= STANDS_OUT
    ]
    if outstanding:
        text += f"; compared with everyone (in brackets): {', '.join(outstanding)}"
    return f"{text}."


def _silence(profiles: StateProfiles, state: int) -> str:
    weeks = weeks_since_last_ride(profiles, state)
    # "At least", because the var lapse_after_weeks caps the feature.
    return (
        "" if weeks is None else f"; the last at least {weeks:.0f} weeks ago on average"
    )


def _figure(words: TraitWords, value: float) -> str:
    if words.is_share:
        return f"{value:.0%}"
    return f"{value:.3g}" if abs(value) < 100 else f"{value:.0f}"
