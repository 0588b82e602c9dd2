"""Of how many users in each state each word is true, over chunks of users."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from user_states.hmm.arrays import FloatArray, IntArray
from user_states.naming.current_stays import CurrentStays
from user_states.naming.word_rules import BROAD_WORDS, VOCABULARY, WordRule

# A state is called by a word that is true of this share of its users. A name that has
# the word keeps it down to the second share. A word needs a little more to enter a name
# than to remain in it, so that a state near the bound is not renamed by every refit.
GIVEN_FROM, KEPT_FROM = 0.82, 0.8
# From this share on, a narrow word for how often replaces a broad one.
NARROWED_FROM = 0.85
# With fewer users to test, a share says little.
LEAST_TESTED = 10
# A share of rides says something about a state if it is this many times that of the
# other states: where half of everyone's rides are in the evening, "evenings" is true of
# many states, and distinguishes none.
TELLING_RATIO = 1.25


# Of a user a word is not tested, false or true.
_OUTCOMES = 3
_FALSE, _TRUE = 1, 2


@dataclass(frozen=True)
class WordPattern:
    """Users of a state of whom the same words are true.

    Attributes
    ----------
    state : int
        From 0.
    true_words, false_words : tuple of str
        Of the words that are true of most users of the state, so that its name may have
        them: those that are true, and those that were tested and are not.
    n_users : int
    """

    state: int
    true_words: tuple[str, ...]
    false_words: tuple[str, ...]
    n_users: int


@dataclass(frozen=True, eq=False)
class WordTruths:
    """Of how many users in each state each word is true now.

    Attributes
    ----------
    rules : tuple of WordRule, length W
    n_users : array of int, shape (K,)
        Users who are in the state in their last week.
    n_tested, n_true : array of int, shape (K, W)
        Users on whom the word's rule can be tested, and of whom it is true.
    part_rides, whole_rides : array, shape (K, W)
        Of a rule about a share of rides: the sums of both over the state's users.
    patterns : sequence of WordPattern
        Of every user; they say of how many users several words are true at once.
    """

    rules: tuple[WordRule, ...]
    n_users: IntArray
    n_tested: IntArray
    n_true: IntArray
    part_rides: FloatArray
    whole_rides: FloatArray
    patterns: Sequence[WordPattern] = ()

    @property
    def shares(self) -> FloatArray:
        """Share of the tested users of whom each word is true, shape (K, W).

        NaN if nobody was tested.
        """
        return _ratios(self.n_true, self.n_tested)

    @property
    def ride_shares(self) -> FloatArray:
        """Share of the rides of each state that a word is about, shape (K, W)."""
        return _ratios(self.part_rides, self.whole_rides)

    @property
    def ride_shares_of_others(self) -> FloatArray:
        """The same share of the rides of all other states, shape (K, W)."""
        return _ratios(
            self.part_rides.sum(axis=0) - self.part_rides,
            self.whole_rides.sum(axis=0) - self.whole_rides,
        )

    def true_words(self, state: int, least_share: float) -> list[WordRule]:
        """Return the words that are true of a state, in the order of the vocabulary.

        A word about a rate, or about how rides are spread, is not true of a state if
        most of its users are in stays that are too short for a rate.

        Parameters
        ----------
        state : int
            From 0.
        least_share : float
            Least share of the tested users of whom a word must be true.
        """
        n_tested = self.n_tested[state]
        enough = np.maximum(LEAST_TESTED, self.n_users[state] / 2)
        return [
            rule
            for rule, tested, true in zip(
                self.rules, n_tested, self.n_true[state], strict=True
            )
            if tested >= (enough if rule.kind in ("tempo", "spread") else LEAST_TESTED)
            and true >= least_share * tested
        ]

    def joint_share(self, state: int, rules: Sequence[WordRule]) -> float:
        """Return of what share of the users several words are true at once.

        Only of users on whom each word was tested; NaN if that was not counted.

        Parameters
        ----------
        state : int
            From 0.
        rules : sequence of WordRule
            Words that are true of the state.
        """
        words = {rule.word for rule in rules}
        n_tested = n_true = 0
        for pattern in self.patterns:
            if pattern.state == state:
                is_true = words <= {*pattern.true_words}
                is_tested = words <= {*pattern.true_words, *pattern.false_words}
                n_tested += pattern.n_users * is_tested
                n_true += pattern.n_users * is_true
        return n_true / n_tested if n_tested else float("nan")

    def telling_words(self, state: int, least_share: float) -> list[WordRule]:
        """Return the words for a new name: true, and not as true of other states.

        Parameters
        ----------
        state, least_share
            As in `true_words`.
        """
        shares = self.ride_shares[state]
        others = self.ride_shares_of_others[state]
        is_telling = {
            rule.word: not rule.part or bool(share >= TELLING_RATIO * other)
            for rule, share, other in zip(self.rules, shares, others, strict=True)
        }
        return [
            rule
            for rule in self.true_words(state, least_share)
            if is_telling[rule.word]
        ]

    def words_to_keep(self, state: int) -> frozenset[str]:
        """Return the words that may stay in the name of a state.

        A broad word for how often is not among them if a narrower one clearly holds:
        users who are silent for months are not called "silent for weeks" for long.

        Parameters
        ----------
        state : int
            From 0.
        """
        is_narrowed = any(
            rule.kind in ("tempo", "silence") and rule.word not in BROAD_WORDS
            for rule in self.true_words(state, NARROWED_FROM)
        )
        return frozenset(
            rule.word
            for rule in self.true_words(state, KEPT_FROM)
            if not (is_narrowed and rule.word in BROAD_WORDS)
        )

    def permuted(self, order: IntArray) -> WordTruths:
        """Return them with states renumbered: `order[i]` becomes i."""
        places = np.argsort(order)
        return WordTruths(
            self.rules,
            self.n_users[order],
            self.n_tested[order],
            self.n_true[order],
            self.part_rides[order],
            self.whole_rides[order],
            [
                replace(pattern, state=int(places[pattern.state]))
                for pattern in self.patterns
            ],
        )


class WordTotals:
    """Counts from which the truth of words is known, over chunks of decoded users.

    Parameters
    ----------
    n_states : int
    rules : sequence of WordRule
    """

    def __init__(self, n_states: int, rules: Sequence[WordRule] = VOCABULARY) -> None:
        self._rules = tuple(rules)
        shape = (n_states, len(self._rules))
        self._n_users = np.zeros(n_states, dtype=np.int64)
        self._n_tested = np.zeros(shape, dtype=np.int64)
        self._n_true = np.zeros(shape, dtype=np.int64)
        self._part_rides = np.zeros(shape)
        self._whole_rides = np.zeros(shape)
        # Users by state and the outcomes of all words, as the digits of a number.
        self._n_by_outcomes: Counter[int] = Counter()

    def update(self, stays: CurrentStays) -> None:
        """Add a chunk of users."""
        n_states = len(self._n_users)
        states = stays.states
        self._n_users += np.bincount(states, minlength=n_states)
        outcomes = states.astype(np.int64)
        for column, rule in enumerate(self._rules):
            is_tested = rule.is_tested(stays)
            is_true = is_tested & rule.is_true(stays)
            outcomes = _OUTCOMES * outcomes + is_tested + is_true
            for counts, users in (
                (self._n_tested, is_tested),
                (self._n_true, is_true),
            ):
                counts[:, column] += np.bincount(states[users], minlength=n_states)
            if rule.part:
                for sums, columns in (
                    (self._part_rides, rule.part),
                    (self._whole_rides, rule.whole),
                ):
                    rides = np.nan_to_num(stays.sum_of(columns))
                    sums[:, column] += np.bincount(states, rides, n_states)
        kinds, counts = np.unique(outcomes, return_counts=True)
        self._n_by_outcomes.update(
            dict(zip(kinds.tolist(), counts.tolist(), strict=True))
        )

    def truths(self) -> WordTruths:
        """Return the truth of each word over all chunks that were added."""
        return WordTruths(
            self._rules,
            self._n_users,
            self._n_tested,
            self._n_true,
            self._part_rides,
            self._whole_rides,
            self._patterns(),
        )

    def _patterns(self) -> list[WordPattern]:
        """Return the patterns of the words that most users of a state confirm."""
        is_kept = (self._n_tested > 0) & (self._n_true >= KEPT_FROM * self._n_tested)
        n_words = len(self._rules)
        found: Counter[tuple[int, tuple[str, ...], tuple[str, ...]]] = Counter()
        for number, n_users in self._n_by_outcomes.items():
            state, rest = divmod(number, _OUTCOMES**n_words)
            words: dict[int, list[str]] = {_FALSE: [], _TRUE: []}
            for column in reversed(range(n_words)):
                rest, outcome = divmod(rest, _OUTCOMES)
                if outcome and is_kept[state, column]:
                    words[outcome].append(self._rules[column].word)
            true, false = (tuple(sorted(words[kind])) for kind in (_TRUE, _FALSE))
            found[state, true, false] += n_users
        return [WordPattern(*key, found[key]) for key in sorted(found)]


def _ratios(part: FloatArray | IntArray, whole: FloatArray | IntArray) -> FloatArray:
    ratios: FloatArray = np.full(part.shape, np.nan)
    return np.divide(part, whole, out=ratios, where=whole > 0)
