"""Array types, and functions on users' rows that are stacked in one array."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]


def check_sequences(X: FloatArray, lengths: IntArray) -> None:
    """Raise ValueError unless the lengths add up to the rows of `X`.

    Parameters
    ----------
    X : array, shape (n_rows, n_features)
        Rows of all users, each user's weeks in one block, in order of time.
    lengths : array of int, shape (n_users,)
        Rows of each user, at least one.
    """
    if X.ndim != 2:
        raise ValueError(f"got X of {X.ndim} dimensions; expected rows by features")
    if lengths.ndim != 1 or (lengths < 1).any():
        raise ValueError("expected lengths to be one whole number >= 1 per user")
    if lengths.sum() != len(X):
        raise ValueError(
            f"got lengths that sum to {lengths.sum()}; expected the {len(X)} rows of X"
        )


def first_weeks(lengths: IntArray) -> BoolArray:
    """Return which rows are the first of their user, shape (n_rows,).

    Parameters
    ----------
    lengths : array of int, shape (n_users,)
        Rows of each user, at least one.
    """
    is_first: BoolArray = np.zeros(int(lengths.sum()), dtype=np.bool_)
    is_first[np.cumsum(lengths) - lengths] = True
    return is_first


def user_blocks(lengths: IntArray, n_rows: int) -> Iterator[tuple[slice, IntArray]]:
    """Yield whole users in blocks of about `n_rows` rows; nothing without users.

    Yields
    ------
    rows : slice
        Rows of the block.
    lengths : array of int
        Rows of each user of the block.
    """
    if not len(lengths):
        return
    block_of_user = (np.cumsum(lengths) - lengths) // n_rows
    firsts = np.flatnonzero(np.diff(block_of_user, prepend=-1))
    stop_row = 0
    for users in np.split(lengths, firsts[1:]):
        start_row, stop_row = stop_row, stop_row + int(users.sum())
        yield slice(start_row, stop_row), users


def count_moves(states: IntArray, lengths: IntArray, n_states: int) -> FloatArray:
    """Count moves from each week to the same user's next week.

    Parameters
    ----------
    states : array of int, shape (n_rows,)
        State of every row.
    lengths : array of int, shape (n_users,)
        Rows of each user.
    n_states : int
        Number of states, K.

    Returns
    -------
    array, shape (K, K)
        Number of moves from a state (row) to a state (column), staying included.
    """
    has_next = np.ones(len(states), dtype=bool)
    has_next[np.cumsum(lengths) - 1] = False
    before = states[has_next]
    after = states[np.flatnonzero(has_next) + 1]
    counts = np.bincount(before * n_states + after, minlength=n_states**2)
    return counts.reshape(n_states, n_states).astype(np.float64)
