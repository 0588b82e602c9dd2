"""Simulated users: their properties, hidden states and ride requests."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from user_states.rides.simulated_world import (
    ACTIVITY_SHAPE,
    COUNTRIES,
    NEVER_COMPLETES_ACTIVITY,
    NEVER_COMPLETES_SHARE,
    NEVER_REQUESTS_SHARE,
    ON_BOARD_SHARE,
    PLATFORM_CHANGE_SHARE,
    SAME_COUNTRY_TRIP_SHARE,
    SEASON_PEAK_WEEK,
    SEASON_RISE,
    START_PROBABILITIES,
    STATES,
    TRANSITION_MATRIX,
    UPDATE_LAG_DAYS,
    USER_PRICE_SPREAD,
)

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.integer]
Booleans = npt.NDArray[np.bool_]
Generator = np.random.Generator

CITIES = tuple(city for country in COUNTRIES for city in country.cities)
CITY_COUNTRY: Integers = np.array(
    [index for index, country in enumerate(COUNTRIES) for _ in country.cities]
)
# The state of a user in the weeks before joining.
NOT_JOINED = -1

HOURS_OF_WEEK = 7 * 24
WEEKS_OF_YEAR = 365.25 / 7


@dataclass(frozen=True)
class Population:
    """Users as arrays of length n.

    Attributes
    ----------
    home_city : int
        Index in CITIES.
    join_week : int
        The first week in which the user may request a ride.
    days_signed_up : float
        Days from sign-up to the Monday of `join_week`.
    activity, price_level : float
        The user's own level: mean 1 (activity), median 1 (price).
    payment_mode : int
        Index in PAYMENT_MODES of the preferred one.
    has_ios : bool
        Whether the user starts with iOS; otherwise with Android.
    platform_change_week : int
        From this week on the user has the other platform.
    update_lag_days : float
        Days from a release of the app until the user installs it.
    never_completes : bool
        Whether every request is cancelled.
    """

    home_city: Integers
    join_week: Integers
    days_signed_up: Floats
    activity: Floats
    price_level: Floats
    payment_mode: Integers
    has_ios: Booleans
    platform_change_week: Integers
    update_lag_days: Floats
    never_completes: Booleans


@dataclass(frozen=True)
class SimulatedRequests:
    """Ride requests as arrays of length m, by user and week.

    Attributes
    ----------
    user, week, state, city : int
        Indices; the city is that of the ride.
    hour_of_week : int
        Local hour, 0 (Monday, midnight) to 167.
    """

    user: Integers
    week: Integers
    state: Integers
    city: Integers
    hour_of_week: Integers


def draw_categories(
    rng: Generator, probabilities: Floats, rows: Integers
) -> npt.NDArray[np.int64]:
    """Draw categories, each from the distribution in a row of a table.

    Parameters
    ----------
    probabilities : array of float, shape (n_rows, n_categories)
        Each row sums to 1.
    rows : array of int, any shape
        The row to draw from.

    Returns
    -------
    array of int, shape of `rows`
    """
    # The last bound is left out, because rounding may make it less than 1.
    bounds = np.cumsum(probabilities, axis=1)[:, :-1]
    drawn = np.zeros(rows.shape, dtype=np.int64)
    uniform = rng.random(rows.shape)
    for category in range(bounds.shape[1]):
        drawn += uniform >= bounds[rows, category]
    return drawn


def draw_population(rng: Generator, n_users: int, n_weeks: int) -> Population:
    """Draw users: their homes, habits, and the week in which they join."""
    country_shares = np.array([country.share for country in COUNTRIES])
    city_shares = np.array([[city.share for city in CITIES]])
    city_shares *= country_shares[CITY_COUNTRY]
    everyone = np.zeros(n_users, dtype=np.int64)
    home_city = draw_categories(rng, city_shares, everyone)
    country = CITY_COUNTRY[home_city]
    is_on_board = rng.random(n_users) < ON_BOARD_SHARE
    join_week = np.where(is_on_board, 0, rng.integers(0, n_weeks, n_users))
    days_signed_up = np.where(
        is_on_board, rng.uniform(7, 730, n_users), rng.uniform(0, 7, n_users)
    )
    never_completes = rng.random(n_users) < NEVER_COMPLETES_SHARE
    activity = rng.gamma(ACTIVITY_SHAPE, 1 / ACTIVITY_SHAPE, n_users)
    activity[never_completes] *= NEVER_COMPLETES_ACTIVITY
    activity[rng.random(n_users) < NEVER_REQUESTS_SHARE] = 0
    ios_shares = np.array([country.ios_share for country in COUNTRIES])
    changes = rng.random(n_users) < PLATFORM_CHANGE_SHARE
    return Population(
        home_city=home_city,
        join_week=join_week,
        days_signed_up=days_signed_up,
        activity=activity,
        price_level=rng.lognormal(0, USER_PRICE_SPREAD, n_users),
        payment_mode=draw_categories(
            rng, np.array([country.payment_shares for country in COUNTRIES]), country
        ),
        has_ios=rng.random(n_users) < ios_shares[country],
        platform_change_week=np.where(
            changes, rng.integers(0, n_weeks, n_users), n_weeks + 1
        ),
        update_lag_days=rng.exponential(UPDATE_LAG_DAYS, n_users),
        never_completes=never_completes,
    )


def draw_states(
    rng: Generator, join_week: Integers, n_weeks: int
) -> npt.NDArray[np.int8]:
    """Draw each user's Markov chain of hidden states.

    Returns
    -------
    array of int8, shape (n_users, n_weeks)
        Index in STATES, or NOT_JOINED.
    """
    states = np.full((len(join_week), n_weeks), NOT_JOINED, dtype=np.int8)
    # The last row, after those of the states, is the distribution of first states.
    table = np.vstack([TRANSITION_MATRIX, START_PROBABILITIES])
    previous = np.full(len(join_week), len(STATES))
    for week in range(n_weeks):
        drawn = draw_categories(rng, table, previous)
        has_joined = week >= join_week
        previous = np.where(has_joined, drawn, previous)
        states[has_joined, week] = drawn[has_joined]
    return states


def draw_requests(
    rng: Generator, population: Population, states: npt.NDArray[np.int8]
) -> SimulatedRequests:
    """Draw the requests of each user and week, with their cities and hours."""
    n_users, n_weeks = states.shape
    rates = np.array([state.weekly_requests for state in STATES] + [0.0])
    # NOT_JOINED is -1, so it gets the last rate.
    counts = rng.poisson(
        rates[states] * population.activity[:, None] * _seasons(n_weeks)
    )
    user, week = (
        np.repeat(index, counts.ravel())
        for index in np.divmod(np.arange(n_users * n_weeks), n_weeks)
    )
    state = states[user, week]
    away_shares = np.array([state.away_share for state in STATES])
    is_away = rng.random(len(user)) < away_shares[state]
    # One destination per user and week.
    destinations = draw_categories(
        rng, _trip_probabilities(), np.repeat(population.home_city[:, None], n_weeks, 1)
    )
    return SimulatedRequests(
        user=user,
        week=week,
        state=state,
        city=np.where(is_away, destinations[user, week], population.home_city[user]),
        hour_of_week=_draw_hours(rng, state),
    )


def _draw_hours(rng: Generator, state: Integers) -> Integers:
    hours = np.zeros(len(state), dtype=np.int64)
    for index, habits in enumerate(STATES):
        weights = np.outer(habits.weekdays, habits.hours).ravel()
        is_in = state == index
        hours[is_in] = rng.choice(
            HOURS_OF_WEEK, np.count_nonzero(is_in), p=weights / weights.sum()
        )
    return hours


def _seasons(n_weeks: int) -> Floats:
    """Return the level of activity in each week of the log; its mean is 1."""
    phase = (np.arange(n_weeks) - SEASON_PEAK_WEEK) / WEEKS_OF_YEAR
    seasons: Floats = 1 + SEASON_RISE * np.cos(2 * np.pi * phase)
    return seasons


def _trip_probabilities() -> Floats:
    """Return the probability of each destination, for each home city (row)."""
    shares = np.array([city.share for city in CITIES])
    is_same_country = CITY_COUNTRY[:, None] == CITY_COUNTRY
    near = shares * (is_same_country & ~np.eye(len(CITIES), dtype=bool))
    far = shares * ~is_same_country
    trips: Floats = SAME_COUNTRY_TRIP_SHARE * near / near.sum(axis=1, keepdims=True)
    trips += (1 - SAME_COUNTRY_TRIP_SHARE) * far / far.sum(axis=1, keepdims=True)
    return trips
