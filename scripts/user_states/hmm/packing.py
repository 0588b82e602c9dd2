"""Packed rows: eight users side by side, as the kernel reads them.

Eight users of about the same length form a group, and week t of all eight is one packed
row. Everything a density needs of a row is put into columns, so that every log-density
has the same form,

    log b_k(x) = constant_k + sum_c linear_kc x_c + sum_{c < Q} quadratic_kc x_c^2

where the first Q columns are also used squared:

- a Gaussian feature: its value minus the column's mean, so that squares stay small; a
  0/1 column is its own square, and is not among the Q;
- a Bernoulli feature: its 0 or 1;
- a feature with values that were not observed (NaN): 0 in those rows, and a further
  column that is 1 where it was observed. Features observed in the same rows share that
  column.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from user_states.hmm.arrays import BoolArray, FloatArray, IntArray, check_sequences
from user_states.hmm.lanes import WIDTH, aligned_zeros, compiled
from user_states.hmm.parameters import Density, DensityLike, as_densities

# Packed rows of a chunk. Results are added up in the order of the chunks, so they do
# not depend on the number of threads.
_CHUNK_ROWS = 4096


@dataclass(frozen=True, eq=False)
class Columns:
    """The positions of D features among C packed columns.

    Attributes
    ----------
    densities : tuple of str, length D
    position : array of int, shape (D,)
        Column of the feature's values.
    observed : array of int, shape (D,)
        Column that is 1 where the feature was observed, -1 if it always was.
    is_own_square : array of bool, shape (D,)
        Gaussian features whose values are only 0 and 1.
    offset : array, shape (D,)
        Subtracted from the values.
    n_quadratic, n_columns : int
        Q, and C.
    """

    densities: tuple[Density, ...]
    position: IntArray
    observed: IntArray
    is_own_square: BoolArray
    offset: FloatArray
    n_quadratic: int
    n_columns: int


@dataclass(frozen=True, eq=False)
class PackedSequences:
    """Rows of all users in groups of eight, longest users first.

    Attributes
    ----------
    columns : Columns
    values : array, shape (n_packed_rows, C, 8)
        0 where a user of the group has no such week.
    first_row, n_weeks : array of int, shape (n_groups,)
        First packed row of each group, and the number of its rows.
    lane_weeks : array, shape (n_groups, 8)
        Weeks of each user of a group, 0 if there is no such user.
    lane_start : array of int, shape (n_groups, 8)
        Row of each user's first week in the original rows.
    chunks : tuple of slices
        Consecutive groups that one thread works on at once.
    lengths : array of int, shape (n_users,)
        Rows of each user, in the original order.
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
    X: FloatArray, lengths: IntArray, densities: Sequence[DensityLike]
) -> PackedSequences:
    """Return the rows packed for the kernel.

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
        If the lengths do not fit, a value is infinite, or a Bernoulli feature is
        not 0, 1 or NaN.
    """
    check_sequences(X, lengths)
    if X.shape[1] != len(densities):
        raise ValueError(
            f"got {X.shape[1]} columns for a model of {len(densities)} features; "
            "expected one for each"
        )
    X = np.ascontiguousarray(X, dtype=np.float64)
    columns, source, is_indicator = _columns(X, as_densities(densities))
    order = np.argsort(-lengths, kind="stable")
    n_groups = -(-len(lengths) // WIDTH)
    lane_weeks = np.zeros((n_groups, WIDTH))
    lane_weeks.flat[: len(lengths)] = lengths[order]
    lane_start = np.zeros((n_groups, WIDTH), dtype=np.int64)
    lane_start.flat[: len(lengths)] = (np.cumsum(lengths) - lengths)[order]
    n_weeks = lane_weeks[:, 0].astype(np.int64)
    first_row = np.cumsum(n_weeks) - n_weeks
    (values,) = aligned_zeros((int(n_weeks.sum()), columns.n_columns, WIDTH))
    _place(
        X,
        first_row,
        lane_weeks,
        lane_start,
        source,
        is_indicator,
        columns.offset,
        values,
    )
    return PackedSequences(
        columns=columns,
        values=values,
        first_row=first_row,
        n_weeks=n_weeks,
        lane_weeks=lane_weeks,
        lane_start=lane_start,
        chunks=_chunks(first_row),
        lengths=lengths,
    )


def unpack_user(
    packed: PackedSequences, group: int, lane: int
) -> tuple[slice, FloatArray]:
    """Return a user's rows in the original order, and their packed columns.

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


@compiled
def _place(
    X: FloatArray,
    first_row: IntArray,
    lane_weeks: FloatArray,
    lane_start: IntArray,
    source: IntArray,
    is_indicator: BoolArray,
    offset: FloatArray,
    values: FloatArray,
) -> None:
    """Fill the packed columns: features, and indicators of where they were observed."""
    for g in range(len(first_row)):
        for t in range(int(lane_weeks[g, 0])):
            for lane in range(lane_weeks.shape[1]):
                if t >= lane_weeks[g, lane]:
                    continue
                for c in range(len(source)):
                    x = X[lane_start[g, lane] + t, source[c]]
                    is_observed = not np.isnan(x)
                    if is_indicator[c]:
                        values[first_row[g] + t, c, lane] = is_observed
                    elif is_observed:
                        values[first_row[g] + t, c, lane] = x - offset[source[c]]


@compiled
def _survey(
    X: FloatArray,
    n_missing: IntArray,
    n_infinite: IntArray,
    is_binary: BoolArray,
    total: FloatArray,
) -> None:
    """Count missing and infinite values, and add up observed ones, in one pass."""
    for row in range(X.shape[0]):
        for d in range(X.shape[1]):
            x = X[row, d]
            if np.isnan(x):
                n_missing[d] += 1
            elif np.isinf(x):
                n_infinite[d] += 1
            else:
                total[d] += x
                if x != 0.0 and x != 1.0:
                    is_binary[d] = False


def _columns(
    X: FloatArray, densities: tuple[Density, ...]
) -> tuple[Columns, IntArray, BoolArray]:
    """Return the columns, the feature of each, and which columns are indicators."""
    n_features = len(densities)
    n_missing = np.zeros(n_features, dtype=np.int64)
    n_infinite = np.zeros(n_features, dtype=np.int64)
    is_binary = np.ones(n_features, dtype=np.bool_)
    total = np.zeros(n_features)
    _survey(X, n_missing, n_infinite, is_binary, total)
    _check_columns(densities, n_infinite, is_binary)
    patterns: list[BoolArray] = []
    pattern_of = np.full(n_features, -1)
    for feature in np.flatnonzero(n_missing):
        pattern_of[feature] = _index_of(np.isnan(X[:, feature]), patterns)
    mean = total / np.maximum(len(X) - n_missing, 1)
    # Columns that are also used squared come first.
    order = np.argsort(is_binary, kind="stable")
    position = np.empty(n_features, dtype=np.int64)
    position[order] = np.arange(n_features)
    first_of_pattern = [int(np.argmax(pattern_of == p)) for p in range(len(patterns))]
    columns = Columns(
        densities=densities,
        position=position,
        observed=np.where(pattern_of < 0, -1, n_features + pattern_of),
        is_own_square=is_binary
        & np.array([density.kind == "gaussian" for density in densities]),
        offset=np.where(is_binary, 0.0, mean),
        n_quadratic=int((~is_binary).sum()),
        n_columns=n_features + len(patterns),
    )
    source = np.concatenate([order, first_of_pattern]).astype(np.int64)
    return columns, source, np.arange(len(source)) >= n_features


def _check_columns(
    densities: tuple[Density, ...], n_infinite: IntArray, is_binary: BoolArray
) -> None:
    for feature, density in enumerate(densities):
        if n_infinite[feature]:
            raise ValueError(
                f"got infinite values in column {feature}; expected numbers, or NaN "
                "where there was no observation"
            )
        if density.kind == "bernoulli" and not is_binary[feature]:
            raise ValueError(
                f"got values other than 0 and 1 in column {feature}; expected a "
                "Bernoulli feature to be 0, 1, or NaN where there was no observation"
            )


def _index_of(pattern: BoolArray, patterns: list[BoolArray]) -> int:
    """Return the pattern's index in the list; a new pattern is appended."""
    for index, known in enumerate(patterns):
        if np.array_equal(pattern, known):
            return index
    patterns.append(pattern)
    return len(patterns) - 1


def _chunks(first_row: IntArray) -> tuple[slice, ...]:
    """Return runs of groups with about the same number of packed rows each."""
    chunk_of_group = first_row // _CHUNK_ROWS
    firsts = np.flatnonzero(np.diff(chunk_of_group, prepend=-1)).tolist()
    return tuple(
        slice(start, stop)
        for start, stop in zip(firsts, [*firsts[1:], len(first_row)], strict=True)
    )
