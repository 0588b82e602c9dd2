"""Packed rows: eight users side by side, as the kernel reads them.

Eight users of about the same length form a group, and week t of all eight is one packed
row. Everything a density needs of a row is put into columns, so that every log-density
has the same form,

    log b_k(x) = constant_k + sum_c linear_kc x_c + sum_{c < Q} quadratic_kc x_c^2

where the first Q columns are also used squared:

- a Gaussian feature: its value minus the column's mean, so that squares stay small; a
  0/1 column is its own square, and is not among the Q;
- a Bernoulli feature: its 0 or 1;
- a categorical feature or a count: for each category but the first, a column that is 1
  in rows of that category;
- a share: s, and m;
- parts: the number of each part;
- a feature with values that were not observed (NaN): 0 in those rows, and, except for
  shares and parts, a further column that is 1 where it was observed. Features observed
  in the same rows share that column.

A user's level acts on the first count only, which is therefore kept as a number too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from user_states.hmm.arrays import FloatArray, IntArray, check_sequences
from user_states.hmm.lanes import (
    WIDTH,
    aligned_zeros,
    choose,
    compiled,
    gather,
    load,
    spread,
    store,
)
from user_states.hmm.packed_columns import (
    INDICATOR,
    VALUE,
    Columns,
    count_sources,
    packed_columns,
)
from user_states.hmm.parameters import DensityLike, as_densities, n_data_columns

# Packed rows of a chunk. Results are added up in the order of the chunks, so they do
# not depend on the number of threads.
_CHUNK_ROWS = 4096


@dataclass(frozen=True, eq=False)
class PackedSequences:
    """Rows of all users in groups of eight, longest users first.

    Attributes
    ----------
    columns : Columns
    values : array, shape (n_packed_rows, M, 8)
        0 where a user of the group has no such week.
    counts : array, shape (n_packed_rows, 2, 8)
        Of the first count: min(n, 7), and 1 where it was observed; 0 where not.
        Without a count, shape (0, 2, 8).
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
    counts: FloatArray
    first_row: IntArray
    n_weeks: IntArray
    lane_weeks: FloatArray
    lane_start: IntArray
    chunks: tuple[slice, ...]
    lengths: IntArray

    @cached_property
    def user_order(self) -> IntArray:
        """The users in the order of the lanes: the longest first, shape (n_users,)."""
        return _user_order(self.lengths)

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
    X : array, shape (n_rows, n_data_columns)
        Rows of all users, each user's weeks in one block, in order of time. The
        columns of the features follow each other: two of a share, one for each of
        the parts, one of any other. NaN where a feature was not observed.
    lengths : array of int, shape (n_users,)
        Rows of each user.
    densities : sequence of Density or str, length D

    Raises
    ------
    ValueError
        If the lengths do not fit, a value is infinite, or none that its density
        allows.
    """
    check_sequences(X, lengths)
    densities = as_densities(densities)
    if X.shape[1] != n_data_columns(densities):
        raise ValueError(
            f"got {X.shape[1]} columns for a model of {len(densities)} features; "
            f"expected {n_data_columns(densities)}"
        )
    X = np.ascontiguousarray(X, dtype=np.float64)
    columns, sources = packed_columns(X, densities)
    order = _user_order(lengths)
    n_groups = -(-len(lengths) // WIDTH)
    lane_weeks = np.zeros((n_groups, WIDTH))
    lane_weeks.flat[: len(lengths)] = lengths[order]
    lane_start = np.zeros((n_groups, WIDTH), dtype=np.int64)
    lane_start.flat[: len(lengths)] = (np.cumsum(lengths) - lengths)[order]
    n_weeks = lane_weeks[:, 0].astype(np.int64)
    first_row = np.cumsum(n_weeks) - n_weeks
    n_packed_rows = int(n_weeks.sum())
    count = count_sources(densities)
    values, counts = aligned_zeros(
        (n_packed_rows, columns.n_columns, WIDTH),
        (n_packed_rows if len(count.column) else 0, 2, WIDTH),
    )
    for chosen, packed in ((sources, values), (count, counts)):
        _place(
            X,
            first_row,
            lane_weeks,
            lane_start,
            chosen.column,
            chosen.code,
            chosen.most,
            chosen.offset,
            packed,
        )
    return PackedSequences(
        columns=columns,
        values=values,
        counts=counts,
        first_row=first_row,
        n_weeks=n_weeks,
        lane_weeks=lane_weeks,
        lane_start=lane_start,
        chunks=_chunks(first_row),
        lengths=lengths,
    )


def _user_order(lengths: IntArray) -> IntArray:
    return np.argsort(-lengths, kind="stable")


def unpack_user(
    packed: PackedSequences, group: int, lane: int
) -> tuple[slice, FloatArray, FloatArray]:
    """Return a user's rows in the original order, packed columns and counts.

    Returns
    -------
    rows : slice
    values : array, shape (n_weeks, M)
    counts : array, shape (n_weeks, 2)
        Without a count, shape (0, 2).
    """
    start, n_weeks = (
        int(packed.lane_start[group, lane]),
        int(packed.lane_weeks[group, lane]),
    )
    first = int(packed.first_row[group])
    return (
        slice(start, start + n_weeks),
        packed.values[first : first + n_weeks, :, lane],
        packed.counts[first : first + n_weeks, :, lane],
    )


@compiled
def _place(
    X: FloatArray,
    first_row: IntArray,
    lane_weeks: FloatArray,
    lane_start: IntArray,
    column: IntArray,
    code: IntArray,
    most: FloatArray,
    offset: FloatArray,
    values: FloatArray,
) -> None:
    """Fill the packed columns; `column` to `offset` as in `ColumnSources`."""
    nothing, one, least = spread(0.0), spread(1.0), spread(-np.inf)
    numbers, starts = X.ravel(), np.zeros(WIDTH, dtype=np.int64)
    for g in range(len(first_row)):
        weeks = load(lane_weeks, (g,))
        for t in range(int(lane_weeks[g, 0])):
            packed_row = first_row[g] + t
            for lane in range(WIDTH):
                row = lane_start[g, lane] + t if t < lane_weeks[g, lane] else 0
                starts[lane] = row * X.shape[1]
            for c in range(len(column)):
                x, largest = gather(numbers, starts, column[c]), spread(most[c])
                capped = choose(x > largest, largest, x)
                if code[c] == VALUE:
                    packed = capped - spread(offset[c])
                elif code[c] == INDICATOR:
                    packed = one
                else:
                    packed = choose(capped > spread(code[c] - 0.5), one, nothing)
                    packed = choose(capped < spread(code[c] + 0.5), packed, nothing)
                # NaN is not greater than anything.
                packed = choose(x > least, packed, nothing)
                packed = choose(spread(float(t)) < weeks, packed, nothing)
                store(values, (packed_row, c), packed)


def _chunks(first_row: IntArray) -> tuple[slice, ...]:
    """Return runs of groups with about the same number of packed rows each."""
    chunk_of_group = first_row // _CHUNK_ROWS
    firsts = np.flatnonzero(np.diff(chunk_of_group, prepend=-1)).tolist()
    return tuple(
        slice(start, stop)
        for start, stop in zip(firsts, [*firsts[1:], len(first_row)], strict=True)
    )
