"""A seeded ride-hailing log with known states, simulated in blocks of users.

Users move between the hidden states of `simulated_world` by its transition matrix;
their requests depend on the state they are in. Every block has its own stream of random
numbers, so that memory is bounded and the rides of a full block do not depend on the
number of other users.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from user_states.errors import UserError
from user_states.rides.contract import USERS
from user_states.rides.local_time import Instants, to_utc
from user_states.rides.simulated_dirt import KINDS, add_dirt
from user_states.rides.simulated_population import (
    CITIES,
    CITY_COUNTRY,
    NOT_JOINED,
    Integers,
    Population,
    SimulatedRequests,
    draw_population,
    draw_requests,
    draw_states,
)
from user_states.rides.simulated_rides import draw_rides, release_bound, rides_to_arrow
from user_states.rides.simulated_world import COUNTRIES, STATES, TEST_ACCOUNTS
from user_states.rides.truth_tables import DIRT, USER_WEEKLY_TRUTH

USERS_PER_BLOCK = 2_000
FIRST_WEEK = dt.date(2024, 1, 1)
# Monday and Tuesday of the following week. Rides on these days show that the last week
# is complete in every time zone.
_HOURS_AFTER_LAST_WEEK = 48
# Hours of a Monday that must be over in every city, the westernmost included: rides of
# these hours show that the week before is complete.
_LEAST_HOURS = 1
_MOST_WEEKS = 2_000
# A number that no block of customers has.
_TEST_ACCOUNTS_BLOCK = 99_999


@dataclass(frozen=True)
class SimulationSettings:
    """The size and seed of a simulated log.

    Attributes
    ----------
    n_users : int
        Customers; test accounts are added to them.
    n_weeks : int
        Complete local weeks, from Monday to Sunday.
    seed : int
        The same seed gives the same log.
    dirt : float
        Share of rides that get an error, from 0 to 1.
    first_week : date
        Monday of the first week.

    Raises
    ------
    UserError
        If a number is out of range, or the log would end today or later: SQL treats
        rides in the future as errors.
    """

    n_users: int
    n_weeks: int = 104
    seed: int = 0
    dirt: float = 0.01
    first_week: dt.date = FIRST_WEEK

    @classmethod
    def ending(
        cls, n_users: int, n_weeks: int, end: dt.date | None = None
    ) -> SimulationSettings:
        """Return settings of a log whose last complete week ends on a Sunday.

        Parameters
        ----------
        n_users, n_weeks : int
        end : date or None
            The last Sunday on or before this day; None for the newest Sunday that was
            over everywhere an hour ago, so that the lists are for the current week.

        Raises
        ------
        UserError
            As for the class.
        """
        day = end or _newest_day_that_is_over()
        last_sunday = day - dt.timedelta(days=(day.weekday() + 1) % 7)
        first_week = last_sunday + dt.timedelta(days=1, weeks=-n_weeks)
        return cls(n_users, n_weeks, first_week=first_week)

    def __post_init__(self) -> None:
        for name, value, least in (
            ("users", self.n_users, 1),
            ("weeks", self.n_weeks, 1),
            ("seed", self.seed, 0),
        ):
            if value < least:
                raise UserError(f"{name} is {value}; expected {least} or more.")
        if not 0 <= self.dirt <= 1:
            raise UserError(f"dirt is {self.dirt}; expected a share, from 0 to 1.")
        if self.hours_after_last_week.min() < _LEAST_HOURS:
            raise UserError(
                f"{self.n_weeks} weeks from {self.first_week} on end after today, or "
                "less than an hour ago in some city; expected a log whose last week "
                "ended earlier: simulate fewer weeks, or end it on an earlier day."
            )

    @property
    def hours_after_last_week(self) -> Integers:
        """Local hours after the last week that have rides, at most two days: by city.

        Only hours that are over by now: SQL treats rides in the future as errors.
        """
        # No number of weeks may be too large for a date before it is refused.
        weeks = min(self.n_weeks, _MOST_WEEKS)
        monday = dt.datetime.combine(
            self.first_week + dt.timedelta(weeks=weeks), dt.time()
        )
        hours = [(now - monday) // dt.timedelta(hours=1) for now in _clocks()]
        return np.minimum(hours, _HOURS_AFTER_LAST_WEEK)


def _clocks() -> list[dt.datetime]:
    """Return what the clocks of each city show now."""
    now = dt.datetime.now(dt.UTC)
    return [
        now.astimezone(ZoneInfo(city.time_zone)).replace(tzinfo=None) for city in CITIES
    ]


def _newest_day_that_is_over() -> dt.date:
    """Return the newest day that was over in every city an hour ago."""
    hour_ago = min(_clocks()) - dt.timedelta(hours=_LEAST_HOURS)
    return hour_ago.date() - dt.timedelta(days=1)


class BlockOfPeople(NamedTuple):
    """What else is simulated for the same people is drawn from this.

    Attributes
    ----------
    block : int
        Number of the block.
    population : Population
    requests : SimulatedRequests
    states : array of int, shape (n_users, n_weeks + 1)
        Index in STATES, or NOT_JOINED; the last week is not complete.
    """

    block: int
    population: Population
    requests: SimulatedRequests
    states: npt.NDArray[np.int8]


@dataclass(frozen=True)
class SimulatedBlock:
    """The simulated log of a block of users.

    Attributes
    ----------
    users, rides : RecordBatch
        In the schemas of `contract.USERS` and `contract.RIDES`.
    truth, dirt : RecordBatch
        In the schemas of `truth_tables`.
    people : BlockOfPeople or None
        None for the test accounts. Two blocks are equal if their rows are.
    """

    users: pa.RecordBatch
    rides: pa.RecordBatch
    truth: pa.RecordBatch
    dirt: pa.RecordBatch
    people: BlockOfPeople | None = field(default=None, compare=False)


def simulate(settings: SimulationSettings) -> Iterator[SimulatedBlock]:
    """Yield the log: blocks of customers, then the test accounts."""
    for first_user in range(0, settings.n_users, USERS_PER_BLOCK):
        last_user = min(first_user + USERS_PER_BLOCK, settings.n_users)
        user_ids = _numbered("u", range(first_user, last_user), 7)
        block = first_user // USERS_PER_BLOCK
        yield _simulate_block(settings, block, user_ids, has_truth=True)
    # They are in no mart, so they have no true states.
    yield _simulate_block(
        settings, _TEST_ACCOUNTS_BLOCK, pa.array(TEST_ACCOUNTS), has_truth=False
    )


def _simulate_block(
    settings: SimulationSettings, block: int, user_ids: pa.Array, *, has_truth: bool
) -> SimulatedBlock:
    seed = np.random.SeedSequence(settings.seed, spawn_key=(block,))
    rng = np.random.default_rng(seed)
    population = draw_population(rng, len(user_ids), settings.n_weeks)
    states = draw_states(rng, population.join_week, settings.n_weeks + 1)
    requests = _without_later_hours(draw_requests(rng, population, states), settings)
    rides = draw_rides(rng, population, requests, settings.first_week)
    rides, dirt = add_dirt(rng, rides, settings.dirt)
    ride_ids = _numbered(f"r{block:05d}-", range(len(requests.user)), 7)
    complete_weeks = states[:, :-1] if has_truth else states[:0, :-1]
    return SimulatedBlock(
        users=_users(population, user_ids, settings.first_week),
        rides=rides_to_arrow(
            rides, ride_ids, user_ids, release_bound(settings.n_weeks)
        ),
        truth=_truth(complete_weeks, user_ids, settings.first_week),
        dirt=pa.record_batch(
            [
                ride_ids.take(pa.array(dirt.ride)),
                pa.array(KINDS).take(pa.array(dirt.kind)),
            ],
            schema=DIRT.arrow_schema,
        ),
        people=BlockOfPeople(block, population, requests, states)
        if has_truth
        else None,
    )


def _without_later_hours(
    requests: SimulatedRequests, settings: SimulationSettings
) -> SimulatedRequests:
    """Leave out the later hours of the last week, which is not complete."""
    is_kept = (requests.week < settings.n_weeks) | (
        requests.hour_of_week < settings.hours_after_last_week[requests.city]
    )
    kept = {name: array[is_kept] for name, array in vars(requests).items()}
    return SimulatedRequests(**kept)


def _users(
    population: Population, user_ids: pa.Array, first_week: dt.date
) -> pa.RecordBatch:
    days = population.join_week * 7 - population.days_signed_up
    clock = np.datetime64(first_week, "us") + (days * 86_400).astype("timedelta64[s]")
    signed_up_at: Instants = np.empty(len(clock), dtype="datetime64[us]")
    for index, city in enumerate(CITIES):
        is_home = population.home_city == index
        signed_up_at[is_home] = to_utc(clock[is_home], city.time_zone)
    codes = pa.array([country.code for country in COUNTRIES])
    country = codes.take(pa.array(CITY_COUNTRY[population.home_city]))
    instants = pc.cast(pa.array(signed_up_at), USERS.arrow_schema[1].type)
    return pa.record_batch([user_ids, instants, country], schema=USERS.arrow_schema)


def _truth(
    states: npt.NDArray[np.int8], user_ids: pa.Array, first_week: dt.date
) -> pa.RecordBatch:
    user, week = np.nonzero(states != NOT_JOINED)
    mondays = np.datetime64(first_week, "D") + 7 * week.astype("timedelta64[D]")
    names = pa.array([state.name for state in STATES])
    columns = [
        user_ids.take(pa.array(user)),
        pa.array(mondays),
        names.take(pa.array(states[user, week])),
    ]
    return pa.record_batch(columns, schema=USER_WEEKLY_TRUTH.arrow_schema)


def _numbered(prefix: str, numbers: range, width: int) -> pa.Array:
    """Return ids such as u0000012."""
    digits = pc.cast(pa.array(np.arange(numbers.start, numbers.stop)), pa.string())
    padded = pc.utf8_lpad(digits, width, "0")
    return pc.binary_join_element_wise(prefix, padded, "")
