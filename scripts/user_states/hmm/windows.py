"""What users do in the weeks around a week, for comparing weeks with each other.

A week of one or two rides says little about its state. The weeks around it say more,
because users stay in a state for weeks. So clusters are made of windows: of a week, the
three weeks before it and the three after it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from user_states.hmm.arrays import FloatArray, IntArray
from user_states.hmm.parameters import (
    COUNT_CATEGORIES,
    Density,
    n_data_columns,
    slices,
)

# Weeks before and after a week in its window.
_REACH = 3
# Weeks, at the rate of all users, that are added to a window's count, and to a user's.
_ADDED_WEEKS, _ADDED_WEEKS_OF_USER = 0.2, 2.0
# Rides, divided as those of all users, that are added to a window's shares.
_ADDED_RIDES = 3.0
# Added to a window's rate, so that its logarithm is finite and rates near 0 are alike.
_LEAST_RATE = 0.1
# Families of which a single week says little.
_SPARSE_KINDS = frozenset({"count", "share", "parts"})


def are_sparse(densities: Sequence[Density]) -> bool:
    """Return whether windows, rather than single weeks, should be compared."""
    return any(density.kind in _SPARSE_KINDS for density in densities)


def windows(
    X: FloatArray, lengths: IntArray, densities: Sequence[Density]
) -> FloatArray:
    """Return what users do around each row, shape (n_rows, n_values).

    A count becomes the logarithm of its rate, divided by the root of the user's own
    level, because levels are no states. Other features become shares or means, drawn
    towards those of all users where there is little in the window, in standard
    deviations of a single observation.

    Parameters
    ----------
    X : array, shape (n_rows, n_data_columns)
        Rows of all users, stacked; NaN where not observed.
    lengths : array of int, shape (n_users,)
    densities : sequence of Density, length D
    """
    columns = slices([density.n_columns for density in densities])
    if X.shape[1] != n_data_columns(densities):
        raise ValueError(
            f"got {X.shape[1]} columns; expected the {n_data_columns(densities)} of "
            "the densities"
        )
    values = []
    for density, own in zip(densities, columns, strict=True):
        if density.kind == "count":
            values.append(_rates(X[:, own], lengths))
        elif density.kind == "gaussian":
            values.append(_means(X[:, own], lengths))
        else:
            values.append(_shares(occurrences(X[:, own], density), lengths))
    return np.concatenate(values, axis=1)


def occurrences(X: FloatArray, density: Density) -> FloatArray:
    """Return how often each outcome of a feature occurred in each row.

    Parameters
    ----------
    X : array, shape (n_rows, n_columns)
        The feature's columns.
    density : Density
        Not Gaussian.

    Returns
    -------
    array, shape (n_rows, n_outcomes)
        The categories of a count or a categorical feature, the parts, or for a share
        and a Bernoulli feature the positive and the other outcomes. 0 in rows where the
        feature was not observed.
    """
    filled = np.where(np.isnan(X), 0.0, X)
    is_observed = ~np.isnan(X[:, :1])
    if density.kind == "parts":
        return filled
    if density.kind == "share":
        return np.column_stack([filled[:, 0], filled[:, 1] - filled[:, 0]])
    if density.kind == "bernoulli":
        return np.column_stack([filled, is_observed - filled])
    last = COUNT_CATEGORIES - 1 if density.kind == "count" else density.size - 1
    categories = np.minimum(filled[:, 0], last).astype(np.int64)
    return np.asarray(np.eye(density.size)[categories] * is_observed)


def _rates(X: FloatArray, lengths: IntArray) -> FloatArray:
    is_observed = ~np.isnan(X)
    counts, weeks = np.where(is_observed, X, 0.0), is_observed.astype(np.float64)
    overall = counts.sum() / max(weeks.sum(), 1.0)
    if overall == 0.0:
        return np.zeros_like(X)
    in_window = _sums(np.concatenate([counts, weeks], axis=1), lengths)
    rates = _with(in_window[:, 0], in_window[:, 1], overall, _ADDED_WEEKS)
    first_rows = np.cumsum(lengths) - lengths
    of_user = np.add.reduceat(np.concatenate([counts, weeks], axis=1), first_rows)
    own = _with(of_user[:, 0], of_user[:, 1], overall, _ADDED_WEEKS_OF_USER)
    level = np.repeat(own / overall, lengths)
    return np.asarray(np.log(rates / np.sqrt(level) + _LEAST_RATE)[:, np.newaxis])


def _shares(outcomes: FloatArray, lengths: IntArray) -> FloatArray:
    total = outcomes.sum()
    overall = outcomes.sum(axis=0) / max(total, 1.0)
    in_window = _sums(outcomes, lengths)
    n_in_window = in_window.sum(axis=1, keepdims=True)
    shares = _with(in_window, n_in_window, overall, _ADDED_RIDES)
    spread = np.sqrt(overall * (1.0 - overall))
    deviations = np.where(spread > 0, shares - overall, 0.0)
    deviations /= np.where(spread > 0, spread, 1.0)
    # Of two shares, one says what the other does.
    return deviations[:, :1] if outcomes.shape[1] == 2 else deviations


def _means(X: FloatArray, lengths: IntArray) -> FloatArray:
    is_observed = ~np.isnan(X)
    weeks = is_observed.astype(np.float64)
    n_observed = max(weeks.sum(), 1.0)
    filled = np.where(is_observed, X, 0.0)
    overall = filled.sum() / n_observed
    spread = np.sqrt((weeks * (filled - overall) ** 2).sum() / n_observed)
    in_window = _sums(np.concatenate([filled, weeks], axis=1), lengths)
    means = _with(in_window[:, :1], in_window[:, 1:], overall, 1.0)
    return np.asarray((means - overall) / (spread if spread > 0 else 1.0))


def _with(
    sums: FloatArray, weights: FloatArray, overall: FloatArray | float, added: float
) -> FloatArray:
    """Return means, drawn towards the overall ones by some added weight."""
    return np.asarray((sums + added * overall) / (weights + added))


def _sums(values: FloatArray, lengths: IntArray) -> FloatArray:
    """Return sums over each row's window, within the user's rows."""
    before = np.zeros((len(values) + 1, values.shape[1]))
    np.cumsum(values, axis=0, out=before[1:])
    rows = np.arange(len(values))
    stops = np.repeat(np.cumsum(lengths), lengths)
    first = np.maximum(rows - _REACH, stops - np.repeat(lengths, lengths))
    last = np.minimum(rows + _REACH + 1, stops)
    return np.asarray(before[last] - before[first])
