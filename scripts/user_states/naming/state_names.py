"""Automatic names of states: plain words that are true of the users who carry them.

A name says how often the users ride, when, where, and what is special, such as
"Weekly, weekend nights". Each word has a rule (`word_rules`), and is used only if the
rule holds for most of the users who are in the state now. So do all words of a new name
together, unless two states would have the same name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations

import numpy as np

from user_states.naming.automatic_name import (
    SEPARATOR,
    AutomaticName,
    distinct_levels,
    free_name,
)
from user_states.naming.profiles import StateProfiles
from user_states.naming.trait_descriptions import TraitLabel, traits_in_words
from user_states.naming.word_rules import WordRule
from user_states.naming.word_truths import (
    GIVEN_FROM,
    KEPT_FROM,
    LEAST_TESTED,
    WordTruths,
)

# Words in a name, unless the name is taken.
WORDS_IN_NAME = 3

# With a ride in fewer weeks, a mean of rides a week is no figure to quote.
HARDLY_ANY_RIDE = 0.05

# Names without a word that has a rule: of the only state, of a state in which nobody
# was in any week, in which hardly anybody is now, and whose users differ too much.
ONLY_STATE = "All users"
EMPTY, FEW_USERS, MIXED = "Empty", "Few users", "Mixed"


def name_states(
    truths: WordTruths,
    profiles: StateProfiles,
    traits: Mapping[str, TraitLabel],
    finding: str = "",
) -> tuple[AutomaticName, ...]:
    """Return a name for each state.

    If two states would have the same name, both get more words; if that does not help,
    one gets a number. The only state of a model has a name of its own.

    Parameters
    ----------
    truths : WordTruths
    profiles : StateProfiles
        Of the same states.
    traits : mapping from str to TraitLabel
        Features that are mentioned in descriptions, as from `trait_labels`.
    finding : str
        A sentence that opens the description of the only state, or empty.
    """
    states = range(len(truths.n_users))
    if len(states) == 1:
        own = _description(truths, profiles, 0, (), traits)
        description = f"{finding} {own}".strip()
        true_words = frozenset({ONLY_STATE.casefold()})
        return (AutomaticName(ONLY_STATE, (), description, true_words),)
    chosen = [_words(truths, state) for state in states]
    fallbacks = [_fallback(truths, profiles, state) for state in states]
    candidates = [
        _candidate_names(truths, state, chosen[state], fallbacks[state])
        for state in states
    ]
    levels = distinct_levels(candidates)
    taken: set[str] = set()
    result = []
    for state, (names, level) in enumerate(zip(candidates, levels, strict=True)):
        name = free_name(names[level:], taken)
        taken.add(name)
        result.append(
            AutomaticName(
                name,
                tuple(other for other in names[level:] if other != name),
                _description(truths, profiles, state, chosen[state], traits),
                _words_to_keep(truths, state, candidates[state][0]),
            )
        )
    return tuple(result)


def _words_to_keep(truths: WordTruths, state: int, name: str) -> frozenset[str]:
    """Return every word that may stay in a state's name, and those of its new name."""
    return truths.words_to_keep(state) | set(name.casefold().split(SEPARATOR))


def _words(truths: WordTruths, state: int) -> tuple[WordRule, ...]:
    """Return the words for a new name of a state, the most important first.

    How often, when, where, what is special; then further words for when, which only
    distinguish states that would have the same name.
    """
    # Rather a word that only just holds than none.
    telling = _telling(truths, state, GIVEN_FROM) or _telling(truths, state, KEPT_FROM)
    how_often = [rule for rule in telling if rule.kind in ("tempo", "silence")][:1]
    if how_often and how_often[0].kind == "silence":
        return (how_often[0],)
    when: list[WordRule] = []
    for rule in telling:
        if rule.kind == "time" and not any(rule.covers(earlier) for earlier in when):
            when.append(rule)
    where = [rule for rule in telling if rule.kind in ("place", "special")]
    if (when or where) and how_often and how_often[0].is_last_resort:
        how_often = []
    return (*how_often, *when[:1], *where, *when[1:])


def _telling(truths: WordTruths, state: int, least_share: float) -> list[WordRule]:
    """Return the words for a name, without those that only set two names apart."""
    found = truths.telling_words(state, least_share)
    return [rule for rule in found if rule.kind != "spread"]


def _fallback(truths: WordTruths, profiles: StateProfiles, state: int) -> str:
    """Return the name of a state of which no word is true."""
    if np.isnan(profiles.active_shares[state]):
        return EMPTY
    return FEW_USERS if truths.n_users[state] < LEAST_TESTED else MIXED


def _candidate_names(
    truths: WordTruths, state: int, words: Sequence[WordRule], fallback: str
) -> list[str]:
    """Return the possible names of a state, from the shortest to the most exact."""
    if not words:
        return [fallback]
    shortest = min(len(words), WORDS_IN_NAME)
    while shortest > 1 and sum(r.kind == "time" for r in words[:shortest]) > 1:
        shortest -= 1
    names = [_name(words[:n]) for n in range(shortest, len(words) + 1)]
    if words[0].kind == "tempo":
        spread = [r for r in truths.true_words(state, GIVEN_FROM) if r.kind == "spread"]
        names += [_name((*words, rule)) for rule in spread[:1]]
    true_at_once = _name(_true_at_once(truths, state, words[:shortest]))
    return names if true_at_once == names[0] else [true_at_once, *names]


def _true_at_once(
    truths: WordTruths, state: int, words: Sequence[WordRule]
) -> Sequence[WordRule]:
    """Return as many of the words as are true of enough users together.

    Of as many words, those for when, where and what is special rather than how often,
    which is shown as a number wherever the name is.
    """
    for n_words in range(len(words), 1, -1):
        for some in reversed([*combinations(words, n_words)]):
            # NaN where it was not counted: then each word's own share has to do.
            if not truths.joint_share(state, some) < KEPT_FROM:
                return some
    return words[-1:]


def _name(words: Sequence[WordRule]) -> str:
    text = SEPARATOR.join(rule.word for rule in words)
    return text[:1].upper() + text[1:]


def _description(
    truths: WordTruths,
    profiles: StateProfiles,
    state: int,
    words: Sequence[WordRule],
    traits: Mapping[str, TraitLabel],
) -> str:
    """Return what a state's users do and are like, in a few sentences with figures."""
    rides = float(profiles.rides_a_week[state])
    if np.isnan(rides):
        return "Nobody was in this state."
    active = float(profiles.active_shares[state])
    sentences = [
        f"{_rate(rides)} rides a week, with a ride in {active:.0%} of weeks"
        if active >= HARDLY_ANY_RIDE
        else f"Hardly any ride, in {active:.1%} of weeks"
    ]
    columns = [truths.rules.index(rule) for rule in words if rule.part]
    sentences += [
        f"{truths.ride_shares[state, column]:.0%} of the rides {rule.about} "
        f"({truths.ride_shares_of_others[state, column]:.0%} in the other states)"
        for column in columns
        for rule in (truths.rules[column],)
    ]
    about_users = traits_in_words(profiles, state, traits)
    if about_users:
        sentences.append(
            f"Its users, compared with everyone (in brackets): {about_users}"
        )
    return " ".join(f"{sentence}." for sentence in sentences)


def _rate(rides: float) -> str:
    return f"{rides:.1f}" if rides >= 1 else f"{rides:.2g}"
