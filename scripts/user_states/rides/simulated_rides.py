"""Simulated rides: instants, prices and outcomes of requests, as Arrow columns."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from user_states.rides.contract import RIDES
from user_states.rides.local_time import Instants, to_utc
from user_states.rides.simulated_population import (
    CITIES,
    CITY_COUNTRY,
    HOURS_OF_WEEK,
    WEEKS_OF_YEAR,
    Booleans,
    Floats,
    Generator,
    Integers,
    Population,
    SimulatedRequests,
    draw_categories,
)
from user_states.rides.simulated_world import (
    CANCELLATIONS,
    COUNTRIES,
    DIRTY_PLATFORMS,
    ESTIMATE_SPREAD,
    FAILED_SHARE,
    FEE_LEVEL,
    FEE_SHARE,
    OTHER_PAYMENT_SHARE,
    PAYMENT_MODES,
    PRICE_SPREAD,
    RELEASE_DAYS,
    STATES,
    STOPOVER_MEAN,
    SURGE_CANCELLATION,
    SURGE_LEVELS,
    SURGE_SHARE_ELSE,
    SURGE_SHARE_NIGHT,
    SURGE_SHARE_RUSH,
    SURGE_WEIGHTS,
    UNKNOWN_CURRENCY,
    UNKNOWN_TIME_ZONE,
    WEB_SHARE,
)

# The values of text columns; the codes of `RideArrays` are indices in them. Values
# after the clean ones of a column occur only as errors.
TIME_ZONES = (*sorted({city.time_zone for city in CITIES}), UNKNOWN_TIME_ZONE)
CURRENCIES = (*(country.currency for country in COUNTRIES), UNKNOWN_CURRENCY)
PLATFORMS = ("ios", "android", "web", *DIRTY_PLATFORMS.values())
CLEAN_STATUSES = (
    "completed",
    "failed",
    *sorted({cancellation.status for cancellation in CANCELLATIONS}),
)
STATUSES = (*CLEAN_STATUSES, *(f" {word.title()}" for word in CLEAN_STATUSES))
COMPLETED, FAILED = CLEAN_STATUSES.index("completed"), CLEAN_STATUSES.index("failed")
WEB = PLATFORMS.index("web")
# Code of a null.
NULL = -1

_CITY_TIME_ZONE: Integers = np.array([TIME_ZONES.index(c.time_zone) for c in CITIES])
# Releases of the app before the log begins; releases in a major version.
_EARLIER_RELEASES, _RELEASES_PER_MAJOR = 40, 26


@dataclass(frozen=True)
class RideArrays:
    """Rides as arrays of length m: numbers, and codes of text values.

    Attributes
    ----------
    ride, user : int
        Number of the ride and of the user in the block, or NULL.
    requested_at : datetime64[us]
        In UTC.
    price : float
        NaN if there is none.
    status, time_zone, currency, payment_mode, platform, city : int
        Index in STATUSES, TIME_ZONES, CURRENCIES, PAYMENT_MODES, PLATFORMS, CITIES.
    release : int
        Number of the app's release, or NULL.
    cancel_reason : int
        Index in CANCELLATIONS, or NULL.
    """

    ride: Integers
    user: Integers
    requested_at: Instants
    status: Integers
    price: Floats
    time_zone: Integers
    currency: Integers
    payment_mode: Integers
    platform: Integers
    release: Integers
    city: Integers
    cancel_reason: Integers
    is_painful_cancellation: Booleans
    surge_multiplier: Floats
    estimated_price: Floats
    coupon_count: Integers
    stopover_count: Integers

    def take(self, rows: npt.NDArray[np.intp]) -> RideArrays:
        """Return copies of some rides, in the order of `rows`."""
        return RideArrays(
            **{field.name: getattr(self, field.name)[rows] for field in fields(self)}
        )


def concatenate(rides: RideArrays, more: RideArrays) -> RideArrays:
    """Return rides followed by more rides."""
    return RideArrays(
        **{
            field.name: np.concatenate(
                [getattr(rides, field.name), getattr(more, field.name)]
            )
            for field in fields(rides)
        }
    )


def draw_rides(
    rng: Generator,
    population: Population,
    requests: SimulatedRequests,
    first_week: dt.date,
) -> RideArrays:
    """Draw all columns of the rides, in the order of the requests."""
    n_rides = len(requests.user)
    hours = requests.week * HOURS_OF_WEEK + requests.hour_of_week
    seconds = hours * 3600 + rng.integers(0, 3600, n_rides)
    surge = _draw_surge(rng, requests.hour_of_week)
    reason, is_painful, status = _draw_outcomes(rng, population, requests, surge)
    estimated_price = _draw_prices(rng, population, requests, surge)
    coupon_shares = np.array([state.coupon_share for state in STATES])
    platform = _draw_platforms(rng, population, requests)
    rides = RideArrays(
        ride=np.zeros(n_rides, dtype=np.int64),
        user=requests.user,
        requested_at=_instants(seconds, requests.city, first_week),
        status=status,
        price=_draw_charges(rng, status, estimated_price),
        time_zone=_CITY_TIME_ZONE[requests.city],
        currency=CITY_COUNTRY[requests.city],
        payment_mode=_draw_payment_modes(rng, population, requests),
        platform=platform,
        release=np.where(
            platform == WEB, NULL, _releases(population, requests.user, seconds)
        ),
        city=requests.city,
        cancel_reason=reason,
        is_painful_cancellation=is_painful,
        surge_multiplier=surge,
        estimated_price=estimated_price,
        coupon_count=(rng.random(n_rides) < coupon_shares[requests.state]) * 1,
        stopover_count=rng.poisson(STOPOVER_MEAN, n_rides),
    )
    rides = rides.take(np.argsort(rides.requested_at, kind="stable"))
    rides.ride[:] = np.arange(n_rides)
    return rides


def rides_to_arrow(
    rides: RideArrays, ride_ids: pa.Array, user_ids: pa.Array, n_releases: int
) -> pa.RecordBatch:
    """Return the rides in the contract's columns.

    Parameters
    ----------
    ride_ids, user_ids : StringArray
        By the number of the ride and of the user.
    n_releases : int
        Upper bound of the numbers of releases.
    """
    country = np.where(rides.city == NULL, NULL, CITY_COUNTRY[rides.city])
    price = pa.array(rides.price, mask=np.isnan(rides.price))
    columns = {
        "ride_id": _words(rides.ride, ride_ids),
        "user_id": _words(rides.user, user_ids),
        "requested_at": pa.array(rides.requested_at, pa.timestamp("us")),
        "status": _words(rides.status, STATUSES),
        "price": price,
        "time_zone": _words(rides.time_zone, TIME_ZONES),
        "currency": _words(rides.currency, CURRENCIES),
        "payment_mode": _words(rides.payment_mode, PAYMENT_MODES),
        "platform": _words(rides.platform, PLATFORMS),
        "app_version": _words(rides.release, _release_names(n_releases)),
        "country": _words(country, [country.code for country in COUNTRIES]),
        "city": _words(rides.city, [city.name for city in CITIES]),
        "cancel_reason": _words(
            rides.cancel_reason, [reason.reason for reason in CANCELLATIONS]
        ),
        "is_painful_cancellation": pa.array(rides.is_painful_cancellation),
        "surge_multiplier": pa.array(rides.surge_multiplier),
        "estimated_price": pa.array(rides.estimated_price),
        "coupon_count": pa.array(rides.coupon_count),
        "stopover_count": pa.array(rides.stopover_count),
    }
    arrays = [pc.cast(columns[field.name], field.type) for field in RIDES.arrow_schema]
    return pa.record_batch(arrays, schema=RIDES.arrow_schema)


def release_bound(n_weeks: int) -> int:
    """Return an upper bound of the numbers of releases in a log of n weeks."""
    return _EARLIER_RELEASES + (n_weeks + 1) * 7 // RELEASE_DAYS + 1


def _instants(seconds: Integers, city: Integers, first_week: dt.date) -> Instants:
    """Return the instants of local times, given in seconds since the first Monday."""
    clock = np.datetime64(first_week, "us") + seconds.astype("timedelta64[s]")
    instants = np.empty(len(seconds), dtype="datetime64[us]")
    time_zone = _CITY_TIME_ZONE[city]
    for index in np.unique(time_zone):
        is_there = time_zone == index
        instants[is_there] = to_utc(clock[is_there], TIME_ZONES[index])
    return instants


def _draw_surge(rng: Generator, hour_of_week: Integers) -> Floats:
    day, hour = np.divmod(np.arange(HOURS_OF_WEEK), 24)
    is_rush = (day < 5) & np.isin(hour, (7, 8, 9, 17, 18, 19))
    is_night_out = np.isin(day, (4, 5)) & (hour >= 21)
    is_night_out |= np.isin(day, (5, 6)) & (hour < 4)
    shares = np.select(
        [is_night_out, is_rush],
        [SURGE_SHARE_NIGHT, SURGE_SHARE_RUSH],
        SURGE_SHARE_ELSE,
    )
    is_surge = rng.random(len(hour_of_week)) < shares[hour_of_week]
    levels = rng.choice(SURGE_LEVELS, len(hour_of_week), p=SURGE_WEIGHTS)
    surge: Floats = np.where(is_surge, levels, 1.0)
    return surge


def _draw_outcomes(
    rng: Generator, population: Population, requests: SimulatedRequests, surge: Floats
) -> tuple[Integers, Booleans, Integers]:
    """Draw (reason or NULL, whether the wait was long, status)."""
    n_rides = len(surge)
    shares = np.array([state.cancel_share for state in STATES])[requests.state]
    shares = shares + SURGE_CANCELLATION * (surge - 1)
    is_cancelled = rng.random(n_rides) < shares
    is_cancelled |= population.never_completes[requests.user]
    weights = np.array([[cancellation.share for cancellation in CANCELLATIONS]])
    reason = draw_categories(rng, weights, np.zeros(n_rides, dtype=np.int64))
    painful_shares = np.array([c.painful_share for c in CANCELLATIONS])
    is_painful = is_cancelled & (rng.random(n_rides) < painful_shares[reason])
    statuses = np.array([STATUSES.index(c.status) for c in CANCELLATIONS])
    has_failed = rng.random(n_rides) < FAILED_SHARE
    otherwise = np.where(has_failed, FAILED, COMPLETED)
    status = np.where(is_cancelled, statuses[reason], otherwise)
    return np.where(is_cancelled, reason, NULL), is_painful, status


def _draw_prices(
    rng: Generator, population: Population, requests: SimulatedRequests, surge: Floats
) -> Floats:
    """Draw the estimated price, in the currency of the city."""
    country = CITY_COUNTRY[requests.city]
    fares = np.array([country.fare for country in COUNTRIES])
    inflation = np.array([country.inflation for country in COUNTRIES])
    levels = np.array([state.price_level for state in STATES])
    drift = (1 + inflation[country]) ** (requests.week / WEEKS_OF_YEAR)
    typical = fares[country] * levels[requests.state] * drift * surge
    spread = rng.lognormal(0, PRICE_SPREAD, len(surge))
    return _cents(typical * spread * population.price_level[requests.user])


def _draw_charges(rng: Generator, status: Integers, estimated_price: Floats) -> Floats:
    """Draw the charge: the price of the ride, a cancellation fee, or none (NaN)."""
    price = estimated_price * rng.lognormal(0, ESTIMATE_SPREAD, len(status))
    has_fee = rng.random(len(status)) < FEE_SHARE
    fee = np.where(has_fee, FEE_LEVEL * estimated_price, np.nan)
    is_cancelled = (status != COMPLETED) & (status != FAILED)
    charged = np.select([status == COMPLETED, is_cancelled], [price, fee], np.nan)
    return _cents(charged)


def _draw_payment_modes(
    rng: Generator, population: Population, requests: SimulatedRequests
) -> Integers:
    n_rides = len(requests.user)
    preferred = population.payment_mode[requests.user]
    is_other = rng.random(n_rides) < OTHER_PAYMENT_SHARE
    other = rng.integers(0, len(PAYMENT_MODES), n_rides)
    cash_pull = np.array([state.cash_pull for state in STATES])[requests.state]
    is_cash = rng.random(n_rides) < cash_pull
    cash = PAYMENT_MODES.index("cash")
    return np.where(is_cash, cash, np.where(is_other, other, preferred))


def _draw_platforms(
    rng: Generator, population: Population, requests: SimulatedRequests
) -> Integers:
    has_changed = requests.week >= population.platform_change_week[requests.user]
    is_ios = population.has_ios[requests.user] ^ has_changed
    ios, android = PLATFORMS.index("ios"), PLATFORMS.index("android")
    is_web = rng.random(len(is_ios)) < WEB_SHARE
    return np.where(is_web, WEB, np.where(is_ios, ios, android))


def _releases(population: Population, user: Integers, seconds: Integers) -> Integers:
    """Return the number of the app's release at each request."""
    days = seconds / 86_400 - population.update_lag_days[user]
    numbers = _EARLIER_RELEASES + np.floor(days / RELEASE_DAYS).astype(np.int64)
    return np.maximum(numbers, 0)


def _release_names(n_releases: int) -> list[str]:
    return [
        "{}.{}.0".format(*divmod(_RELEASES_PER_MAJOR * 4 + number, _RELEASES_PER_MAJOR))
        for number in range(n_releases)
    ]


def _cents(prices: Floats) -> Floats:
    cents: Floats = np.round(prices, 2)
    return cents


def _words(codes: Integers, words: pa.Array | Sequence[str]) -> pa.Array:
    """Return the text values of codes, null for NULL."""
    indices = pa.array(codes.astype(np.int32), mask=codes == NULL)
    vocabulary = words if isinstance(words, pa.Array) else pa.array(words)
    return vocabulary.take(indices)
