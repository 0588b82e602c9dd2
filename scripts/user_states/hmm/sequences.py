"""Users' weeks as an estimator takes them: rows, lengths and densities, packed once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from user_states.hmm.arrays import FloatArray, IntArray, check_sequences
from user_states.hmm.packing import PackedSequences, pack
from user_states.hmm.parameters import Density, as_densities


@dataclass(frozen=True, eq=False)
class Sequences:
    """Rows of some users in the units of a model.

    Attributes
    ----------
    X : array, shape (n_rows, D)
        Rows of all users, each user's weeks in one block, in order of time. NaN
        where a feature was not observed.
    lengths : array of int, shape (n_users,)
        Rows of each user, at least one.
    densities : tuple of Density, length D
    """

    X: FloatArray
    lengths: IntArray
    densities: tuple[Density, ...]

    def __post_init__(self) -> None:
        check_sequences(self.X, self.lengths)
        object.__setattr__(self, "densities", as_densities(self.densities))

    @property
    def n_users(self) -> int:
        """Number of users."""
        return len(self.lengths)

    @property
    def n_rows(self) -> int:
        """Number of user-weeks."""
        return len(self.X)

    @cached_property
    def packed(self) -> PackedSequences:
        """The same rows as the kernel reads them; packed at the first use."""
        return pack(self.X, self.lengths, self.densities)

    def first(self, n_users: int) -> Sequences:
        """Return the first users."""
        lengths = self.lengths[:n_users]
        return Sequences(self.X[: lengths.sum()], lengths, self.densities)

    def take(self, users: IntArray) -> Sequences:
        """Return some users, in the order given, repeats included.

        Parameters
        ----------
        users : array of int, shape (n_taken,)
            Numbers of users, from 0. A user who is taken twice is two users in the
            result.
        """
        first_rows = (np.cumsum(self.lengths) - self.lengths)[users]
        lengths = self.lengths[users]
        # How far a user's rows here are behind the user's rows in the result.
        shifts = first_rows - (np.cumsum(lengths) - lengths)
        rows = np.arange(int(lengths.sum())) + np.repeat(shifts, lengths)
        return Sequences(self.X[rows], lengths, self.densities)
