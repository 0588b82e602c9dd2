"""Names of states, in plain words, from what stands out against everyone.

Each word of a name has a condition. The name that a state was given in an earlier run
is true as long as the conditions of all its words hold, give or take a little.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from user_states.naming.how_often import (
    SILENT_SHARE,
    how_often_words,
    weeks_since_last_ride,
)
from user_states.naming.profiles import StateProfiles
from user_states.naming.trait_words import TOGETHER, TraitWords

# Standard deviations of everyone from which a trait stands out, and is in the name;
# and from which it may tell two states apart that would be called the same.
STANDS_OUT = 0.5
TELLS_APART = 0.2
# Traits in a name, unless it is taken.
TRAITS_IN_NAME = 2
TRAITS_IN_DESCRIPTION = 3

# Between the words of a name.
WORDS_APART = ", "
# What the conditions of a name's words may be missed by before it is untrue, so that
# a state near a bound is not called otherwise after every refit.
SLACK = 0.1


@dataclass(frozen=True)
class StateName:
    """What a state is called by its profile.

    Attributes
    ----------
    name : str
        Unique in its run.
    longer_names : tuple of str
        More exact ones, for where the name is taken; shortest first.
    description : str
        One sentence, with figures.
    true_words : frozenset of str
        All that may be said of it, give or take `SLACK`: more than any of its names
        says.
    """

    name: str
    longer_names: tuple[str, ...]
    description: str
    true_words: frozenset[str]


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
) -> tuple[StateName, ...]:
    """Return a name for each state.

    A name says how often its users ride, and then what stands out most, as
    "Frequent, cash, weekend evenings". Where two states would have one name more
    traits are added to both; where these do not help, a number.

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
    names = [
        _names(beginning, own)
        for beginning, own in zip(beginnings, traits, strict=True)
    ]
    levels = _distinct_levels(names)
    taken: set[str] = set()
    result = []
    for state, own in enumerate(names):
        name = free_name(own[levels[state] :], taken)
        taken.add(name)
        longer = tuple(other for other in own[levels[state] :] if other != name)
        result.append(
            StateName(
                name,
                longer,
                _description(profiles, state, traits[state]),
                _true_words(profiles, state, words),
            )
        )
    return tuple(result)


def is_true(name: str, true_words: Collection[str]) -> bool:
    """Tell whether a name says nothing but words that are true of a state.

    A number at its end, which tells it from others of the name, says nothing. A name
    that is not made of words, as those of the first versions, cannot be shown true.

    Parameters
    ----------
    name : str
    true_words : collection of str
        As in `StateName`.
    """
    return any(
        all(word in true_words for word in text.split(WORDS_APART))
        for text in (name, re.sub(r" [0-9]+$", "", name))
    )


def free_name(names: Sequence[str], taken: Collection[str]) -> str:
    """Return the first name that is not taken, or the first with a number.

    Capital letters make no difference.
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
    """Return for each state which of its names to take, so that none is there twice.

    Of states with the same name all move on to a longer one, so that none bears
    alone the name that would do for all.
    """
    levels = [0] * len(names)
    while True:
        counts = Counter(own[level] for own, level in zip(names, levels, strict=True))
        moving = [
            state
            for state, (own, level) in enumerate(zip(names, levels, strict=True))
            if counts[own[level]] > 1 and level + 1 < len(own)
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
                TELLS_APART,
                SLACK,
            )
            true |= {word} if word else set()
    true |= {both for (day, hour), both in TOGETHER.items() if {day, hour} <= true}
    return frozenset(true)


def _traits(
    profiles: StateProfiles, state: int, words: Mapping[str, TraitWords]
) -> list[_Trait]:
    """Return what a state differs in, most first, one feature for each trait."""
    deviations = profiles.deviations[state]
    found: dict[str, _Trait] = {}
    for column in np.argsort(-np.abs(deviations), kind="stable").tolist():
        feature, deviation = profiles.features[column], float(deviations[column])
        if feature not in words:
            continue
        own = words[feature]
        value = float(profiles.means[state, column])
        word = own.word(deviation, value, TELLS_APART)
        if word is None:
            continue
        everyone = float(profiles.means_of_everyone[column])
        found.setdefault(own.trait, _Trait(own, word, deviation, value, everyone))
    return list(found.values())


def _names(beginning: str, traits: Sequence[_Trait]) -> list[str]:
    """Return the names of a state, from the shortest to the most exact."""
    n_outstanding = sum(abs(trait.deviation) >= STANDS_OUT for trait in traits)
    shortest = min(n_outstanding, TRAITS_IN_NAME)
    return [
        WORDS_APART.join([beginning, *_joined([trait.word for trait in traits[:n]])])
        for n in range(shortest, len(traits) + 1)
    ]


def _joined(words: Sequence[str]) -> list[str]:
    """Return words with day and hour as one, where both are there."""
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
    told = [
        f"{trait.words.phrase} {_figure(trait.words, trait.value)} "
        f"({_figure(trait.words, trait.value_of_everyone)})"
        for trait in traits[:TRAITS_IN_DESCRIPTION]
        if abs(trait.deviation) >= STANDS_OUT
    ]
    if told:
        text += f"; beside everyone (in brackets): {', '.join(told)}"
    return f"{text}."


def _silence(profiles: StateProfiles, state: int) -> str:
    weeks = weeks_since_last_ride(profiles, state)
    # At least: the feature is capped, at the var lapse_after_weeks.
    return (
        "" if weeks is None else f"; the last at least {weeks:.0f} weeks ago on average"
    )


def _figure(words: TraitWords, value: float) -> str:
    if words.is_share:
        return f"{value:.0%}"
    return f"{value:.3g}" if abs(value) < 100 else f"{value:.0f}"
