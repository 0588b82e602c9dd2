"""Users side by side: the layout of the data that the kernel reads.

Eight users of about the same length become one group, and week t of all eight
one packed row. What a density has to know of a row is put into columns, so that
every log-density is of one form,

    log b_k(x) = constant_k + sum_c linear_kc x_c + sum_{c < Q} quadratic_kc x_c^2

with the Q columns that are also needed squared first:

- a Gaussian feature: its value, less the column's mean so that squares stay
  small; a 0/1 column is its own square, and is not among the Q;
- a Bernoulli feature: its 0 or 1;
- a feature with values that were not observed (NaN): 0 there, and a further
  column that is 1 where it was observed. Features observed in the same rows
  share that column.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from segmentation.arrays import FloatArray, IntArray, check_sequences
from segmentation.lanes import WIDTH, aligned_zeros
from segmentation.parameters import Density

# Packed rows that are worked on at once. Results are added up chunk by chunk in
# a fixed order, so they do not depend on the number of threads.
_CHUNK_ROWS = 4096


@dataclass(frozen=True, eq=False)
class Columns:
    """Where each of D features stands among the C packed columns.

    Attributes
    ----------
    densities : tuple of str, length D
    position : array of int, shape (D,)
        Column of the feature's values.
    observed : array of int, shape (D,)
        Column that is 1 where the feature was observed, -1 if it always was.
    is_own_square : array of bool, shape (D,)
        Gaussian features that are only ever 0 or 1.
    offset : array, shape (D,)
        What was subtracted from the values.
    n_quadratic, n_columns : int
        Q, and C.
    """

    densities: tuple[Density, ...]
    position: IntArray
    observed: IntArray
    is_own_square: npt.NDArray[np.bool_]
    offset: FloatArray
    n_quadratic: int
    n_columns: int


@dataclass(frozen=True, eq=False)
class PackedSequences:
    """Rows of all users, eight users to a group, longest users first.

    Attributes
    ----------
    columns : Columns
    values : array, shape (n_packed_rows, C, 8)
        Zero where a user of the group has no such week.
    first_row, n_weeks : array of int, shape (n_groups,)
        First packed row of each group, and the number of its rows.
    lane_weeks : array, shape (n_groups, 8)
        Weeks of each user of a group, 0 for none.
    lane_start : array of int, shape (n_groups, 8)
        Row of each user's first week among the rows as they were given.
    chunks : tuple of slices
        Runs of groups that are worked on at once.
    lengths : array of int, shape (n_users,)
        As it was given.
    """

    columns: Columns
    values: FloatArray
    first_row: IntArray
    n_weeks: IntArray
    lane_weeks: FloatArray
    lane_start: IntArray
    chunks: tuple[slice, ...]
    lengths: IntArray

    @property
    def n_rows(self) -> int:
        """Number of user-weeks."""
        return int(self.lengths.sum())


def pack(
    X: FloatArray, lengths: IntArray, densities: Sequence[Density]
) -> PackedSequences:
    """Return the users side by side.

    Parameters
    ----------
    X : array, shape (n_rows, D)
        Rows of all users, each user's weeks in one block, in order of time. NaN
        where a feature was not observed.
    lengths : array of int, shape (n_users,)
        Rows of each user.
    densities : sequence of str, length D

    Raises
    ------
    ValueError
        If the lengths do not fit, a value is infinite, or a Bernoulli feature
        is something other than 0, 1 or NaN.
    """
    check_sequences(X, lengths)
    if X.shape[1] != len(densities):
        raise ValueError(
            f"got {X.shape[1]} columns for a model of {len(densities)} features; "
            "expected one for each"
        )
    columns, sources = _columns(X, tuple(densities))
    order = np.argsort(-lengths, kind="stable")
    n_groups = -(-len(lengths) // WIDTH)
    lane_weeks = np.zeros(n_groups * WIDTH)
    lane_weeks[: len(lengths)] = lengths[order]
    lane_start = np.zeros(n_groups * WIDTH, dtype=np.int64)
    lane_start[: len(lengths)] = (np.cumsum(lengths) - lengths)[order]
    n_weeks = lane_weeks[::WIDTH].astype(np.int64)
    first_row = np.cumsum(n_weeks) - n_weeks
    # Where each user's row goes: packed row and lane.
    user_of_row = np.repeat(np.arange(len(lengths)), lengths)
    week = np.arange(len(X)) - (np.cumsum(lengths) - lengths)[user_of_row]
    place = np.empty(len(lengths), dtype=np.int64)
    place[order] = np.arange(len(lengths))
    packed_row = first_row[place[user_of_row] // WIDTH] + week
    lane = place[user_of_row] % WIDTH
    values = aligned_zeros((int(n_weeks.sum()), columns.n_columns, WIDTH))
    for column, (feature, is_indicator) in enumerate(sources):
        source = X[:, feature]
        values[packed_row, column, lane] = (
            ~np.isnan(source)
            if is_indicator
            else np.nan_to_num(source - columns.offset[feature])
        )
    return PackedSequences(
        columns=columns,
        values=values,
        first_row=first_row,
        n_weeks=n_weeks,
        lane_weeks=lane_weeks.reshape(n_groups, WIDTH),
        lane_start=lane_start.reshape(n_groups, WIDTH),
        chunks=_chunks(first_row),
        lengths=lengths,
    )


def unpack_user(
    packed: PackedSequences, group: int, lane: int
) -> tuple[slice, FloatArray]:
    """Return a user's rows as they were given, and their packed columns.

    Returns
    -------
    rows : slice
    values : array, shape (n_weeks, C)
    """
    start, n_weeks = (
        int(packed.lane_start[group, lane]),
        int(packed.lane_weeks[group, lane]),
    )
    first = int(packed.first_row[group])
    return (
        slice(start, start + n_weeks),
        packed.values[first : first + n_weeks, :, lane],
    )


def _columns(
    X: FloatArray, densities: tuple[Density, ...]
) -> tuple[Columns, list[tuple[int, bool]]]:
    """Return the columns, and for each its feature and whether it is an indicator."""
    n_features = len(densities)
    is_binary = np.zeros(n_features, dtype=bool)
    offset = np.zeros(n_features)
    patterns: list[npt.NDArray[np.bool_]] = []
    pattern_of = np.full(n_features, -1)
    for feature, density in enumerate(densities):
        column = X[:, feature]
        is_missing = np.isnan(column)
        observed = column[~is_missing] if is_missing.any() else column
        _check_column(observed, feature, density)
        is_binary[feature] = _is_binary(observed)
        if not is_binary[feature]:
            offset[feature] = observed.mean()
        if len(observed) < len(column):
            pattern_of[feature] = _index_of(is_missing, patterns)
    is_quadratic = ~is_binary
    order = np.argsort(~is_quadratic, kind="stable")
    position = np.empty(n_features, dtype=np.int64)
    position[order] = np.arange(n_features)
    first_of_pattern = [int(np.argmax(pattern_of == p)) for p in range(len(patterns))]
    columns = Columns(
        densities=densities,
        position=position,
        observed=np.where(pattern_of < 0, -1, n_features + pattern_of),
        is_own_square=is_binary & (np.array(densities) == "gaussian"),
        offset=offset,
        n_quadratic=int(is_quadratic.sum()),
        n_columns=n_features + len(patterns),
    )
    sources = [(int(feature), False) for feature in order]
    return columns, sources + [(feature, True) for feature in first_of_pattern]


def _check_column(observed: FloatArray, feature: int, density: Density) -> None:
    if not np.isfinite(observed).all():
        raise ValueError(
            f"got infinite values in column {feature}; expected numbers, or NaN "
            "where there was no observation"
        )
    if density == "bernoulli" and not _is_binary(observed):
        raise ValueError(
            f"got values other than 0 and 1 in column {feature}; expected a Bernoulli "
            "feature to be 0, 1, or NaN where there was no observation"
        )


def _is_binary(observed: FloatArray) -> bool:
    return bool(((observed == 0.0) | (observed == 1.0)).all())


def _index_of(
    pattern: npt.NDArray[np.bool_], patterns: list[npt.NDArray[np.bool_]]
) -> int:
    """Return the pattern's place in the list, to which a new one is added."""
    for index, known in enumerate(patterns):
        if np.array_equal(pattern, known):
            return index
    patterns.append(pattern)
    return len(patterns) - 1


def _chunks(first_row: IntArray) -> tuple[slice, ...]:
    """Return runs of groups with about as many packed rows each."""
    chunk_of_group = first_row // _CHUNK_ROWS
    firsts = np.flatnonzero(np.diff(chunk_of_group, prepend=-1)).tolist()
    return tuple(
        slice(start, stop)
        for start, stop in zip(firsts, [*firsts[1:], len(first_row)], strict=True)
    )
