"""Draws from a model: paths, levels and rows."""

from __future__ import annotations

import numpy as np

from user_states.hmm.arrays import FloatArray, IntArray
from user_states.hmm.parameters import HMMParameters


def sample_states(
    parameters: HMMParameters, lengths: IntArray, rng: np.random.Generator
) -> IntArray:
    """Draw every user's path, week by week for all users at once.

    Parameters
    ----------
    parameters : HMMParameters
    lengths : array of int, shape (n_users,)
    rng : numpy.random.Generator

    Returns
    -------
    array of int, shape (n_rows,)
    """
    starts = np.cumsum(lengths) - lengths
    states = np.empty(int(lengths.sum()), dtype=np.int64)
    cumulative = np.cumsum(parameters.transition_matrix, axis=1)
    cumulative_start = np.cumsum(parameters.start_probabilities)
    last = parameters.n_states - 1
    current = np.searchsorted(cumulative_start, rng.random(len(lengths)), side="right")
    for week in range(int(lengths.max(initial=0))):
        users = np.flatnonzero(lengths > week)
        if week > 0:
            draws = rng.random(len(users))[:, np.newaxis]
            current[users] = (cumulative[current[users]] <= draws).sum(axis=1)
        current = np.minimum(current, last)
        states[starts[users] + week] = current[users]
    return states


def sample_rows(
    parameters: HMMParameters,
    lengths: IntArray,
    states: IntArray,
    rng: np.random.Generator,
) -> FloatArray:
    """Draw the rows of users whose paths are given, and their levels.

    Parameters
    ----------
    parameters : HMMParameters
    lengths : array of int, shape (n_users,)
    states : array of int, shape (n_rows,)
    rng : numpy.random.Generator

    Returns
    -------
    array, shape (n_rows, n_data_columns)
    """
    means = parameters.means[states]
    gaussian = rng.normal(means, np.sqrt(parameters.variances[states]))
    coins = (rng.random(means.shape) < means).astype(np.float64)
    numbers = np.where(parameters.is_bernoulli, coins, gaussian)
    totals = np.ones(len(states), dtype=np.int64)
    counted = parameters.count_feature
    if counted is not None:
        by_level = parameters.count_probabilities()
        users = rng.choice(
            parameters.n_levels, size=len(lengths), p=parameters.level_weights
        )
        totals = _draw_category(by_level[np.repeat(users, lengths), states], rng)
    columns: list[FloatArray] = []
    for feature, density in enumerate(parameters.densities):
        place = parameters.columns(feature)
        p = means[:, place]
        if density.kind == "share":
            columns += [_column(rng.binomial(totals, p[:, 0])), _column(totals)]
        elif density.kind == "parts":
            drawn = rng.multinomial(totals, p / p.sum(axis=1, keepdims=True))
            columns.append(drawn.astype(np.float64))
        elif feature == counted:
            columns.append(_column(totals))
        elif density.is_distribution:
            columns.append(_column(_draw_category(p, rng)))
        else:
            columns.append(numbers[:, place])
    return np.hstack(columns)


def _draw_category(probabilities: FloatArray, rng: np.random.Generator) -> IntArray:
    """Draw a category of each row of probabilities, shape (n, J)."""
    draws = rng.random(len(probabilities))[:, np.newaxis]
    drawn = (probabilities.cumsum(axis=1) <= draws).sum(axis=1)
    categories: IntArray = np.minimum(drawn, probabilities.shape[1] - 1)
    return categories


def _column(values: IntArray) -> FloatArray:
    return values[:, np.newaxis].astype(np.float64)
