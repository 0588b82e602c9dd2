"""Sessions as sequences of steps, coded as numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import md5
from typing import Self

import numpy as np
import numpy.typing as npt

from user_states.hmm.arrays import BoolArray, IntArray

# Steps of a session that are read: of longer ones the first.
LONGEST = 60
# Text before the id of a customer in the hash that holds out customers.
_SALT = "journeys"


@dataclass(frozen=True, eq=False)
class StepSequences:
    """Sessions of customers, stacked.

    Attributes
    ----------
    steps : tuple of str
        The name of each code.
    codes : array of int, shape (n_rows,)
        The steps of all sessions, each in order of time.
    lengths : array of int, shape (n_sessions,)
        Steps of each session, at least one.
    owners : array of str, shape (n_sessions,)
        Whose session it is.
    """

    steps: tuple[str, ...]
    codes: IntArray
    lengths: IntArray
    owners: npt.NDArray[np.str_]

    @classmethod
    def of(cls, sessions: Sequence[Sequence[str]], owners: Sequence[str]) -> Self:
        """Return sessions given as names of steps."""
        steps = tuple(sorted({step for session in sessions for step in session}))
        number = {step: code for code, step in enumerate(steps)}
        cut = [session[:LONGEST] for session in sessions]
        return cls(
            steps,
            np.array([number[s] for session in cut for s in session], dtype=np.int64),
            np.array([len(session) for session in cut], dtype=np.int64),
            np.array(owners, dtype=np.str_),
        )

    @property
    def n_sessions(self) -> int:
        """Number of sessions."""
        return len(self.lengths)

    @property
    def begins(self) -> IntArray:
        """The row at which each session begins, shape (n_sessions,)."""
        begins: IntArray = np.cumsum(self.lengths) - self.lengths
        return begins

    def take(self, sessions: IntArray | BoolArray) -> StepSequences:
        """Return some sessions, given by their numbers or by a mask."""
        numbers = np.arange(self.n_sessions)[sessions]
        lengths = self.lengths[numbers]
        ends = np.cumsum(lengths)
        within = np.arange(int(lengths.sum())) - np.repeat(ends - lengths, lengths)
        rows = np.repeat(self.begins[numbers], lengths) + within
        return StepSequences(
            self.steps, self.codes[rows], lengths, self.owners[numbers]
        )

    def session(self, number: int) -> list[str]:
        """Return the names of the steps of one session."""
        begin = int(self.begins[number])
        codes = self.codes[begin : begin + int(self.lengths[number])]
        return [self.steps[code] for code in codes.tolist()]

    def held_out(self, share: float) -> BoolArray:
        """Return which sessions are of customers held out, always the same ones."""
        edge = f"{int(share * 2**32):08x}"
        chosen: BoolArray = np.array(
            [
                md5(f"{_SALT}{owner}".encode()).hexdigest() < edge
                for owner in self.owners
            ]
        )
        return chosen
