"""Names of states, in plain words, from what stands out against everyone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from register.state_profiles import StateProfiles
from register.trait_words import HOW_OFTEN, TOGETHER, TraitWords, words_of

# Standard deviations of everyone from which a trait stands out, and is in the name;
# and from which it may tell two states apart that would be called the same.
STANDS_OUT = 0.5
TELLS_APART = 0.2
# Traits in a name, unless it is taken.
TRAITS_IN_NAME = 2
TRAITS_IN_DESCRIPTION = 3

# Completed rides a week from which a state is called so.
HOW_OFTEN_WORDS = (
    (5.0, "Daily"),
    (2.0, "Frequent"),
    (0.75, "Weekly"),
    (0.4, "Fortnightly"),
    (0.15, "Monthly"),
    (0.0, "Rare"),
)
# A state in which a smaller share of weeks has a ride is a silence, and for months
# where the last ride is at least this long ago.
SILENT_SHARE = 0.05
MONTHS_SILENT_WEEKS = 8.0


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
    """

    name: str
    longer_names: tuple[str, ...]
    description: str


@dataclass(frozen=True)
class _Trait:
    """A feature in which a state differs from everyone."""

    words: TraitWords
    word: str
    deviation: float
    value: float
    value_of_everyone: float


def name_states(
    profiles: StateProfiles, binary_features: Collection[str]
) -> tuple[StateName, ...]:
    """Return a name for each state.

    A name says how often its users ride, and then what stands out most, as
    "Frequent, cash, weekend evenings". Where two states would have one name more
    traits are added to both; where these do not help, a number.

    Parameters
    ----------
    profiles : StateProfiles
    binary_features : collection of str
        Features that are 0 or 1.
    """
    traits = [
        _traits(profiles, state, binary_features)
        for state in range(len(profiles.means))
    ]
    beginnings = [_how_often(profiles, state) for state in range(len(profiles.means))]
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
            StateName(name, longer, _description(profiles, state, traits[state]))
        )
    return tuple(result)


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


def _how_often(profiles: StateProfiles, state: int) -> str:
    rides = profiles.rides_a_week[state]
    if np.isnan(rides):
        return "Empty"
    if profiles.active_shares[state] < SILENT_SHARE:
        weeks = _weeks_since_last_ride(profiles, state)
        if weeks is None:
            return "Silent"
        return f"Silent for {'months' if weeks >= MONTHS_SILENT_WEEKS else 'weeks'}"
    return next(word for least, word in HOW_OFTEN_WORDS if rides >= least)


def _traits(
    profiles: StateProfiles, state: int, binary_features: Collection[str]
) -> list[_Trait]:
    """Return what a state differs in, most first, one feature for each trait."""
    deviations = profiles.deviations[state]
    found: dict[str, _Trait] = {}
    for column in np.argsort(-np.abs(deviations), kind="stable").tolist():
        feature, deviation = profiles.features[column], float(deviations[column])
        if feature in HOW_OFTEN or not abs(deviation) >= TELLS_APART:
            continue
        words = words_of(feature, is_binary=feature in binary_features)
        value = float(profiles.means[state, column])
        if words.needs_majority and (value > 0.5) != (deviation > 0):
            continue
        word = words.high if deviation > 0 else words.low
        everyone = float(profiles.means_of_everyone[column])
        found.setdefault(words.trait, _Trait(words, word, deviation, value, everyone))
    return list(found.values())


def _names(beginning: str, traits: Sequence[_Trait]) -> list[str]:
    """Return the names of a state, from the shortest to the most exact."""
    n_outstanding = sum(abs(trait.deviation) >= STANDS_OUT for trait in traits)
    shortest = min(n_outstanding, TRAITS_IN_NAME)
    return [
        ", ".join([beginning, *_joined([trait.word for trait in traits[:n]])])
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
        f"{trait.words.label} {_figure(trait.words, trait.value)} "
        f"({_figure(trait.words, trait.value_of_everyone)})"
        for trait in traits[:TRAITS_IN_DESCRIPTION]
        if abs(trait.deviation) >= STANDS_OUT
    ]
    if told:
        text += f"; beside everyone (in brackets): {', '.join(told)}"
    return f"{text}."


def _silence(profiles: StateProfiles, state: int) -> str:
    weeks = _weeks_since_last_ride(profiles, state)
    return "" if weeks is None else f"; the last {weeks:.0f} weeks ago on average"


def _weeks_since_last_ride(profiles: StateProfiles, state: int) -> float | None:
    if "weeks_since_last_ride" not in profiles.features:
        return None
    column = profiles.features.index("weeks_since_last_ride")
    return float(profiles.means[state, column])


def _figure(words: TraitWords, value: float) -> str:
    if words.is_share:
        return f"{value:.0%}"
    return f"{value:.3g}" if abs(value) < 100 else f"{value:.0f}"
