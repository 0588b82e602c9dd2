"""Weekly user panels with a known number of states, or with users who never change.

They are drawn in the form of the model: a count of rides in each week, their parts of
the day, and shares of them. A user's weeks begin with the first ride.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.special import factorial

from user_states.hmm.arrays import FloatArray, IntArray
from user_states.hmm.parameters import COUNT_CATEGORIES
from user_states.panel.features import Feature
from user_states.panel.user_weeks import Sample, UserWeeks

_N_PARTS = 10
FEATURES = (
    Feature("n_rides", "zero", "count", "log1p", 0.0, "later_week"),
    Feature(
        "day_parts",
        "zero",
        "parts",
        "none",
        0.0,
        "ride",
        columns=tuple(f"n_rides_part_{part}" for part in range(1, _N_PARTS + 1)),
    ),
    Feature("n_coupon_rides", "zero", "share", "none", 0.0, "ride", of="n_rides"),
    Feature("n_away_rides", "zero", "share", "none", 0.0, "ride", of="n_rides"),
)

Unchanging = Literal["one rate", "gamma rates", "gamma rates and traits"]

# Shape of the gamma distribution of users' own levels, whose mean is 1.
_LEVEL_SHAPE = 5.0
# Rides a week of users who never change.
_RATE = 1.0
# Share of users that no model is fitted on.
_HOLDOUT_SHARE = 0.2


@dataclass(frozen=True)
class PlantedHabit:
    """What a user does in a state.

    Attributes
    ----------
    rate : float
        Mean rides a week, before the user's own level.
    parts : tuple of int
        Relative weights of the parts of the day: Monday to Thursday, then Friday to
        Sunday, each from night to late evening.
    coupon, away : float
        Shares of the rides.
    """

    rate: float
    parts: tuple[int, ...]
    coupon: float
    away: float


# The first K are the states of a panel of K states.
HABITS = (
    PlantedHabit(0.02, (1, 1, 1, 1, 1, 1, 1, 1, 1, 1), 0.15, 0.03),
    PlantedHabit(2.50, (1, 14, 3, 12, 2, 1, 2, 2, 2, 1), 0.05, 0.02),
    PlantedHabit(1.20, (1, 1, 1, 2, 4, 8, 1, 3, 6, 12), 0.10, 0.05),
    PlantedHabit(0.40, (1, 2, 6, 5, 2, 1, 2, 6, 5, 2), 0.40, 0.03),
    PlantedHabit(6.00, (2, 4, 5, 5, 3, 2, 3, 5, 5, 3), 0.05, 0.05),
    PlantedHabit(1.80, (3, 6, 4, 4, 3, 3, 5, 4, 4, 3), 0.02, 0.75),
)


def planted_states(n_states: int, seed: int, n_users: int, n_weeks: int) -> Sample:
    """Return users who move between states, each with a level of their own.

    Users stay in a state for 8 to 30 weeks on average.
    """
    rng = np.random.default_rng([seed, n_states])
    stay = rng.uniform(1 - 1 / 8, 1 - 1 / 30, size=n_states)
    moves = rng.dirichlet(np.full(n_states - 1, 2.0), size=n_states)
    transitions = np.zeros((n_states, n_states))
    transitions[~np.eye(n_states, dtype=np.bool_)] = moves.ravel()
    transitions *= (1.0 - stay)[:, np.newaxis]
    np.fill_diagonal(transitions, stay)
    states = np.empty((n_users, n_weeks), dtype=np.int64)
    states[:, 0] = rng.integers(n_states, size=n_users)
    bounds = np.cumsum(transitions, axis=1)[:, :-1]
    for week in range(1, n_weeks):
        draws = rng.random(n_users)[:, np.newaxis]
        states[:, week] = (bounds[states[:, week - 1]] <= draws).sum(axis=1)
    levels = rng.gamma(_LEVEL_SHAPE, 1 / _LEVEL_SHAPE, size=n_users)
    habits = HABITS[:n_states]
    return _sample(
        rng,
        rates=np.array([habit.rate for habit in habits])[states] * levels[:, None],
        parts=np.array([_shares(habit.parts) for habit in habits])[states],
        coupon=np.array([habit.coupon for habit in habits])[states],
        away=np.array([habit.away for habit in habits])[states],
    )


def unchanging_users(kind: Unchanging, seed: int, n_users: int, n_weeks: int) -> Sample:
    """Return users whose weeks are all drawn from one distribution of their own.

    Parameters
    ----------
    kind : str
        `one rate` for all users; `gamma rates`, which differ between users; or `gamma
        rates and traits`: users also differ in when they ride, and in the shares.
    seed : int
    n_users, n_weeks : int
    """
    rng = np.random.default_rng([seed, 0])
    levels = np.ones(n_users)
    if kind != "one rate":
        levels = rng.gamma(_LEVEL_SHAPE, 1 / _LEVEL_SHAPE, size=n_users)
    parts = np.tile(_shares(HABITS[0].parts), (n_users, 1))
    coupon, away = np.full(n_users, 0.15), np.full(n_users, 0.05)
    if kind == "gamma rates and traits":
        parts = rng.dirichlet(np.full(_N_PARTS, 1.0), size=n_users)
        coupon, away = rng.beta(0.5, 2.0, size=n_users), rng.beta(0.3, 3.0, n_users)

    def every_week(values: FloatArray) -> FloatArray:
        return np.repeat(values[:, np.newaxis], n_weeks, axis=1)

    return _sample(
        rng,
        rates=every_week(_RATE * levels),
        parts=every_week(parts),
        coupon=every_week(coupon),
        away=every_week(away),
    )


def _shares(weights: tuple[int, ...]) -> FloatArray:
    return np.array(weights) / sum(weights)


def _counts(rng: np.random.Generator, rates: FloatArray) -> IntArray:
    """Draw from Poisson distributions that end at 7, the last category of a count.

    So a user's level a multiplies p(n) by a^n, as in the model.
    """
    n = np.arange(COUNT_CATEGORIES)
    weights = rates[..., np.newaxis] ** n / factorial(n)
    bounds = np.cumsum(weights, axis=-1)
    draws = rng.random(rates.shape) * bounds[..., -1]
    return np.asarray((bounds[..., :-1] <= draws[..., np.newaxis]).sum(axis=-1))


def _sample(
    rng: np.random.Generator,
    *,
    rates: FloatArray,
    parts: FloatArray,
    coupon: FloatArray,
    away: FloatArray,
) -> Sample:
    """Draw the rides of users and weeks, from the first ride of each user.

    Parameters
    ----------
    rng : numpy.random.Generator
    rates, coupon, away : array, shape (n_users, n_weeks)
    parts : array, shape (n_users, n_weeks, 10)
    """
    n_rides = _counts(rng, rates)
    columns = [
        n_rides[..., np.newaxis],
        rng.multinomial(n_rides, parts),
        rng.binomial(n_rides, coupon)[..., np.newaxis],
        n_rides[..., np.newaxis],
        rng.binomial(n_rides, away)[..., np.newaxis],
        n_rides[..., np.newaxis],
    ]
    has_joined = np.cumsum(n_rides, axis=1) > 0
    X = np.concatenate(columns, axis=2)[has_joined].astype(np.float64)
    lengths: IntArray = has_joined.sum(axis=1)
    lengths = lengths[lengths > 0]
    weeks = UserWeeks(FEATURES, X, lengths, X[:, 0], X[:, 0] > 0)
    return Sample(weeks, rng.random(len(lengths)) < _HOLDOUT_SHARE)
