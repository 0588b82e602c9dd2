"""The rule of every choice: the simplest candidate that is as good as the best.

"As good" means within one standard error of the paired difference by user (the rule of
Breiman, Friedman, Olshen and Stone 1984, Classification and Regression Trees, section
3.4.3, with the error of the difference in place of the error of the best). Only
candidates without a flaw count. Candidates within one standard error are the finalists.
The best is inspected first; if it drops out, the best and the finalists are determined
again among the rest. Then the finalists are inspected, simplest first, until one has no
flaw: it is chosen. If every candidate has a flaw, the same rule applies to all of them.

The number of states is chosen so, and how customers are divided.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from user_states.selection.next_week_scores import (
    Difference,
    UserScores,
    paired_difference,
)

Key = TypeVar("Key", bound=Hashable)
Flaw = TypeVar("Flaw")


@dataclass(frozen=True, eq=False)
class ComparedCandidate(Generic[Flaw]):
    """One candidate, with the evidence for and against it.

    Attributes
    ----------
    scores : UserScores or None
        Log scores on the same held-out users for every candidate; None or without a
        pair if there are none.
    fallback_loss : float
        What is compared if nobody has scores: less is better.
    flaws : tuple
        What is wrong with it.
    """

    scores: UserScores | None
    fallback_loss: float
    flaws: tuple[Flaw, ...]


class Judgement(Generic[Key, Flaw]):
    """The result of the rule; made by `judge`.

    Attributes
    ----------
    candidates : dict
        By key, simplest first, with all flaws found so far.
    best, chosen : key
    """

    def __init__(
        self,
        candidates: Mapping[Key, ComparedCandidate[Flaw]],
        find_flaws: Callable[[Key], Iterable[Flaw]],
    ) -> None:
        self.candidates = dict(candidates)
        self._find_flaws = find_flaws
        self._inspected: set[Key] = set()
        self.best, self.chosen = self._decide()

    @property
    def is_sound(self) -> bool:
        """Whether the chosen candidate has no flaw."""
        return not self.candidates[self.chosen].flaws

    def inspect(self, key: Key) -> bool:
        """Look for more flaws, once; return whether there is none."""
        row = self.candidates[key]
        if key not in self._inspected:
            self._inspected.add(key)
            # The inspection may repeat known flaws.
            flaws = tuple(dict.fromkeys((*row.flaws, *self._find_flaws(key))))
            self.candidates[key] = row = replace(row, flaws=flaws)
        return not row.flaws

    def best_of(self, keys: Iterable[Key]) -> Key:
        """Return the best by score or else by loss; of equal ones, the simplest."""
        wanted = set(keys)
        return min((key for key in self.candidates if key in wanted), key=self._loss)

    def behind(self, best: Key, key: Key) -> Difference | None:
        """Return how much better the first one scores; None without scores."""
        a, b = self.candidates[best].scores, self.candidates[key].scores
        if a is None or b is None or a.n_users == 0 or b.n_users == 0:
            return None
        return paired_difference(a, b)

    def _loss(self, key: Key) -> float:
        row = self.candidates[key]
        if row.scores is not None and has_scores(row):
            return -row.scores.mean
        return row.fallback_loss

    def _decide(self) -> tuple[Key, Key]:
        while True:
            sound = [key for key, row in self.candidates.items() if not row.flaws]
            pool = sound or list(self.candidates)
            best = self.best_of(pool)
            finalists = [key for key in pool if self._is_as_good(best, key)]
            if not sound:
                self.inspect(finalists[0])
                return best, finalists[0]
            if self.inspect(best):
                return best, next(key for key in finalists if self.inspect(key))

    def _is_as_good(self, best: Key, key: Key) -> bool:
        return key == best or is_within_one_se(self.behind(best, key))


def judge(
    candidates: Mapping[Key, ComparedCandidate[Flaw]],
    find_flaws: Callable[[Key], Iterable[Flaw]] = lambda _: (),
) -> Judgement[Key, Flaw]:
    """Choose the simplest candidate that is as good as the best.

    Parameters
    ----------
    candidates : mapping from key to ComparedCandidate
        At least one, the simplest first.
    find_flaws : callable
        From a key to the flaws that only a closer look shows. Slow, so it is called at
        most once for each key, and only where the result depends on it.

    Raises
    ------
    ValueError
        If there is no candidate, or only some have scores.
    """
    if not candidates:
        raise ValueError("got no candidate; expected at least one")
    if len({has_scores(row) for row in candidates.values()}) > 1:
        raise ValueError("got scores of some candidates only; expected all or none")
    return Judgement(candidates, find_flaws)


def has_scores(row: ComparedCandidate[Flaw]) -> bool:
    """Return whether a candidate was scored on at least one pair of weeks."""
    return row.scores is not None and row.scores.n_users > 0


def is_within_one_se(behind: Difference | None) -> bool:
    """Return whether a difference is at most its standard error; False without one."""
    return behind is not None and behind.mean <= behind.standard_error


def in_figures(behind: Difference | None) -> str:
    """Return how far a candidate with scores is behind: `0.00300 behind, with …`."""
    # Candidates with scores always have a difference.
    assert behind is not None
    return f"{behind.mean:.5f} behind, with {_error(behind.standard_error)}"


def score_in_words(scores: UserScores) -> str:
    """Return a log score with its error: `-0.5000 nats a user-week, with …`."""
    return f"{scores.mean:.4f} nats a user-week, with {_error(scores.standard_error)}"


def _error(standard_error: float) -> str:
    if math.isinf(standard_error):
        return "an unknown standard error, because there is one user only"
    return f"a standard error of {standard_error:.5f}"
