"""The simulator: its Markov chain, local times and dirt are as documented."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import closing
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pytest
from scipy import stats

import simulate_rides
from user_states.errors import UserError
from user_states.rides import load_simulation as loading
from user_states.rides.landing import DEFAULT_TABLES, AppTables
from user_states.rides.load_simulation import load_simulation
from user_states.rides.local_time import is_time_zone, to_utc
from user_states.rides.simulated_campaign import hide_later_rides
from user_states.rides.simulated_dirt import KINDS
from user_states.rides.simulated_world import (
    CANCELLATIONS,
    COUNTRIES,
    START_PROBABILITIES,
    STATES,
    SURGE_WEIGHTS,
    TEST_ACCOUNTS,
    TRANSITION_MATRIX,
)
from user_states.rides.simulation import (
    FIRST_WEEK,
    USERS_PER_BLOCK,
    SimulatedBlock,
    SimulationSettings,
    simulate,
)
from user_states.warehouse.connection import Connection, connect, execute, fetch_all
from user_states.warehouse.server import LocalServerAddress

STATE_NAMES = [state.name for state in STATES]


@pytest.fixture(scope="module")
def clean_block() -> SimulatedBlock:
    """Return a full block over two years, without dirt."""
    return next(simulate(SimulationSettings(USERS_PER_BLOCK, dirt=0)))


@pytest.fixture(scope="module")
def rides(clean_block: SimulatedBlock) -> pd.DataFrame:
    """Return the block's rides with local times and the true state of the week."""
    rides: pd.DataFrame = clean_block.rides.to_pandas()
    local = pd.Series(pd.NaT, rides.index, dtype="datetime64[us]")
    for time_zone, there in rides.groupby("time_zone"):
        clock = there["requested_at"].dt.tz_convert(str(time_zone))
        local[there.index] = clock.dt.tz_localize(None)
    week = local.dt.normalize() - pd.to_timedelta(local.dt.day_of_week, unit="D")
    rides = rides.assign(local=local, week_start=week.dt.date)
    truth = clean_block.truth.to_pandas()
    return rides.merge(truth, on=["user_id", "week_start"], how="left")


@pytest.fixture
def connection(database: LocalServerAddress) -> Iterator[Connection]:
    with closing(connect(database.url)) as connection:
        yield connection


# --- The parameters are valid ---------------------------------------------


def test_probabilities_sum_to_one() -> None:
    assert TRANSITION_MATRIX.shape == (len(STATES), len(STATES))
    assert (TRANSITION_MATRIX > 0).all()
    np.testing.assert_allclose(TRANSITION_MATRIX.sum(axis=1), 1, atol=1e-12)
    distributions: list[Iterable[float]] = [
        START_PROBABILITIES,
        SURGE_WEIGHTS,
        [country.share for country in COUNTRIES],
        [cancellation.share for cancellation in CANCELLATIONS],
        *([city.share for city in country.cities] for country in COUNTRIES),
        *(country.payment_shares for country in COUNTRIES),
    ]
    for shares in distributions:
        assert sum(shares) == pytest.approx(1)


def test_every_time_zone_exists() -> None:
    for country in COUNTRIES:
        assert all(is_time_zone(city.time_zone) for city in country.cities)
    assert not is_time_zone("Mars/Olympus_Mons")
    assert not is_time_zone("")


# --- The same seed, the same log ------------------------------------------


def test_equal_seeds_give_equal_logs_and_others_differ() -> None:
    def log(seed: int) -> list[SimulatedBlock]:
        return list(simulate(SimulationSettings(300, 20, seed, 0.05)))

    assert log(1) == log(1)
    assert log(1)[0].rides != log(2)[0].rides


def test_a_full_block_does_not_depend_on_the_number_of_users() -> None:
    alone = list(simulate(SimulationSettings(USERS_PER_BLOCK, 5)))
    among = list(simulate(SimulationSettings(USERS_PER_BLOCK + 50, 5)))
    assert alone[0] == among[0]
    # The test accounts are in the last block, which is also the same.
    assert alone[-1] == among[-1]
    assert [block.users.num_rows for block in among] == [
        USERS_PER_BLOCK,
        50,
        len(TEST_ACCOUNTS),
    ]


def test_ids_are_unique_over_all_blocks() -> None:
    blocks = list(simulate(SimulationSettings(2 * USERS_PER_BLOCK, 3, dirt=0)))
    for column in ("users", "rides"):
        ids = [i for block in blocks for i in getattr(block, column)[0].to_pylist()]
        assert len(ids) == len(set(ids))


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"n_users": 0}, "users is 0"),
        ({"n_users": 1, "n_weeks": 0}, "weeks is 0"),
        ({"n_users": 1, "seed": -1}, "seed is -1"),
        ({"n_users": 1, "dirt": 1.5}, "dirt is 1.5"),
        ({"n_users": 1, "n_weeks": 10_000}, "end after today"),
    ],
)
def test_settings_out_of_range_are_named(settings: dict[str, Any], words: str) -> None:
    with pytest.raises(UserError, match=words):
        SimulationSettings(**settings)


# --- The chain ------------------------------------------------------------


def chi_square_p_values(
    counts: npt.NDArray[np.int64], probabilities: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Return the p-value of Pearson's chi-square test for each row."""
    expected = counts.sum(axis=1, keepdims=True) * probabilities
    statistic = ((counts - expected) ** 2 / expected).sum(axis=1)
    p_values: npt.NDArray[np.float64] = stats.chi2.sf(
        statistic, df=probabilities.shape[1] - 1
    )
    return p_values


def observed_moves(block: SimulatedBlock) -> npt.NDArray[np.int64]:
    truth = block.truth.to_pandas().sort_values(["user_id", "week_start"])
    following = truth.groupby("user_id")["state"].shift(-1)
    moves = pd.crosstab(truth["state"], following)
    return moves.loc[STATE_NAMES, STATE_NAMES].to_numpy()


def test_moves_between_states_follow_the_stated_matrix(
    clean_block: SimulatedBlock,
) -> None:
    moves = observed_moves(clean_block)
    # Given the number of visits, the moves out of a state are multinomial, so the
    # statistic of each row is chi-square with 7 degrees of freedom (the smallest
    # expected count is above 5). With the right matrix, one of the 8 rows fails at
    # this level for one seed in 12,500.
    assert (moves.sum(axis=1, keepdims=True) * TRANSITION_MATRIX).min() > 5
    assert chi_square_p_values(moves, TRANSITION_MATRIX).min() > 1e-5


def test_a_slightly_wrong_matrix_would_fail(
    clean_block: SimulatedBlock,
) -> None:
    wrong = 0.99 * TRANSITION_MATRIX + 0.01 / len(STATES)
    p_values = chi_square_p_values(observed_moves(clean_block), wrong)
    assert p_values.min() < 1e-5


def test_users_join_in_the_stated_states(clean_block: SimulatedBlock) -> None:
    truth = clean_block.truth.to_pandas().sort_values(["user_id", "week_start"])
    first = truth.groupby("user_id")["state"].first().value_counts()
    counts = first.reindex(STATE_NAMES, fill_value=0).to_numpy()
    is_possible = START_PROBABILITIES > 0
    assert counts[~is_possible].sum() == 0
    p_value = chi_square_p_values(
        counts[None, is_possible], START_PROBABILITIES[None, is_possible]
    )
    assert p_value[0] > 1e-5


def test_the_truth_covers_all_weeks_from_joining_to_the_last(
    clean_block: SimulatedBlock,
) -> None:
    truth = clean_block.truth.to_pandas()
    spans = truth.groupby("user_id")["week_start"].agg(["min", "max", "count"])
    assert len(spans) == USERS_PER_BLOCK
    assert set(spans["max"]) == {dt.date(2025, 12, 22)}
    days = pd.to_datetime(spans["max"]) - pd.to_datetime(spans["min"])
    assert (spans["count"] == days.dt.days // 7 + 1).all()
    assert spans["min"].min() == FIRST_WEEK


# --- Behaviour follows from the state -------------------------------------


def test_requests_per_week_depend_on_the_state(
    clean_block: SimulatedBlock, rides: pd.DataFrame
) -> None:
    weeks = clean_block.truth.to_pandas()["state"].value_counts()
    rates = rides["state"].value_counts() / weeks
    stated = pd.Series({state.name: state.weekly_requests for state in STATES})
    # 3% of users request at 15% of the rate and 1% never, which leaves 96.5%. The
    # second rarest state, pausing, has about 370 requests: 22% is four standard errors.
    busy = stated[stated > 0.05].index
    assert (rates[busy] / stated[busy]).between(0.965 - 0.22, 0.965 + 0.22).all()
    assert rates["lapsed"] < 0.01


def test_habits_depend_on_the_state(rides: pd.DataFrame) -> None:
    is_weekend = rides["local"].dt.day_of_week >= 4
    weekend_share = is_weekend.groupby(rides["state"]).mean()
    assert weekend_share["weekend_partier"] > 0.8
    assert weekend_share["commuter"] < 0.4
    cash_share = (rides["payment_mode"] == "cash").groupby(rides["state"]).mean()
    assert cash_share["cash_saver"] > 0.75
    assert cash_share["commuter"] < 0.45
    hour = rides.loc[rides["state"] == "commuter", "local"].dt.hour
    assert hour.isin([7, 8, 17, 18]).mean() > 0.45


def test_prices_drift_with_inflation_and_only_rides_have_one(
    rides: pd.DataFrame,
) -> None:
    commutes = rides[(rides["status"] == "completed") & (rides["state"] == "commuter")]
    base = commutes["price"].astype(float) / commutes["surge_multiplier"].astype(float)
    price = pd.Series(np.log(base), commutes.index)
    year = commutes["local"].dt.year
    for country in COUNTRIES:
        by_year = price[commutes["country"] == country.code].groupby(year).mean()
        drift = by_year[2025] - by_year[2024]
        assert drift == pytest.approx(np.log1p(country.inflation), abs=0.05)
    assert rides.loc[rides["status"] == "completed", "price"].notna().all()
    assert (rides["price"].dropna() > 0).all()


def test_cancellations_have_reasons_and_some_are_painful(rides: pd.DataFrame) -> None:
    is_cancelled = rides["cancel_reason"].notna()
    assert set(rides.loc[~is_cancelled, "status"]) == {"completed", "failed"}
    assert not rides.loc[~is_cancelled, "is_painful_cancellation"].any()
    assert rides.loc[
        rides["cancel_reason"] == "long_wait", "is_painful_cancellation"
    ].all()
    assert 0.05 < is_cancelled.mean() < 0.2


def test_app_versions_increase(rides: pd.DataFrame) -> None:
    versions = (
        rides["app_version"]
        .dropna()
        .str.split(".")
        .map(lambda parts: 100 * int(parts[0]) + int(parts[1]))
    )
    by_quarter = versions.groupby(rides["local"].dt.to_period("Q")).median()
    assert by_quarter.is_monotonic_increasing
    assert by_quarter.is_unique


def test_all_kinds_of_user_histories_occur(
    clean_block: SimulatedBlock, rides: pd.DataFrame
) -> None:
    users = set(clean_block.users["user_id"].to_pylist())
    has_requested = set(rides["user_id"])
    completed = rides[rides["status"] == "completed"]
    has_completed = set(completed["user_id"])
    assert users - has_requested
    assert has_requested - has_completed
    last = completed.groupby("user_id")["local"].max()
    assert (last < "2025-01-01").sum() > 50, "users who leave for good"
    gaps = completed.sort_values("local").groupby("user_id")["local"].diff()
    returned = completed.loc[gaps > pd.Timedelta(weeks=26), "user_id"]
    assert returned.nunique() > 50, "users who return"
    first = completed.groupby("user_id")["local"].min()
    assert (first > "2025-06-01").sum() > 50, "late joiners"


def test_no_request_is_before_the_sign_up(
    clean_block: SimulatedBlock, rides: pd.DataFrame
) -> None:
    signed_up = clean_block.users.to_pandas().set_index("user_id")["signed_up_at"]
    first = rides.groupby("user_id")["requested_at"].min()
    # Half a day of tolerance, because users travel to other time zones.
    early = first < signed_up[first.index] - pd.Timedelta(hours=12)
    assert not early.any()


# --- Local times ----------------------------------------------------------


@pytest.mark.parametrize(
    ("clock", "time_zone", "utc"),
    [
        ("2024-03-31T01:59:59", "Europe/Madrid", "2024-03-31T00:59:59"),
        # Skipped: clocks went from 02:00 to 03:00.
        ("2024-03-31T02:30:00", "Europe/Madrid", "2024-03-31T01:00:00"),
        ("2024-03-31T03:00:00", "Europe/Madrid", "2024-03-31T01:00:00"),
        # Occurs twice; the first is summer time.
        ("2024-10-27T02:30:00", "Europe/Madrid", "2024-10-27T00:30:00"),
        ("2024-10-27T03:00:00", "Europe/Madrid", "2024-10-27T02:00:00"),
        ("2024-03-31T01:30:00", "Europe/London", "2024-03-31T01:00:00"),
        ("2024-03-31T02:30:00", "America/Mexico_City", "2024-03-31T08:30:00"),
        ("2024-07-01T12:00:00", "America/Sao_Paulo", "2024-07-01T15:00:00"),
    ],
)
def test_local_times_are_converted_to_utc(clock: str, time_zone: str, utc: str) -> None:
    instants = to_utc(np.array([clock], dtype="datetime64[us]"), time_zone)
    assert instants.tolist() == [dt.datetime.fromisoformat(utc)]


@pytest.mark.parametrize("time_zone", ["Europe/Madrid", "America/Tijuana"])
def test_local_times_agree_with_the_standard_library(time_zone: str) -> None:
    rng = np.random.default_rng(0)
    seconds = rng.integers(0, 2 * 365 * 86_400, 2_000).astype("timedelta64[s]")
    clocks = np.datetime64("2024-01-01", "us") + seconds
    zone = ZoneInfo(time_zone)
    expected = []
    for clock in clocks.tolist():
        instant = clock.replace(tzinfo=zone).astimezone(dt.UTC)
        exists = instant.astimezone(zone).replace(tzinfo=None) == clock
        expected.append(instant.replace(tzinfo=None) if exists else None)
    for found, wanted in zip(to_utc(clocks, time_zone).tolist(), expected, strict=True):
        assert wanted is None or found == wanted


def test_rides_end_on_the_tuesday_after_the_last_week(rides: pd.DataFrame) -> None:
    days = rides["local"].dt.date
    assert days.min() == FIRST_WEEK
    assert days.max() == dt.date(2025, 12, 30)
    assert (days >= dt.date(2025, 12, 29)).sum() > 50
    # All other rides are in a week with a true state.
    assert rides.loc[days < dt.date(2025, 12, 29), "state"].notna().all()


def test_some_rides_are_in_another_week_than_in_utc(rides: pd.DataFrame) -> None:
    in_utc = rides["requested_at"].dt.tz_localize(None)
    week = in_utc.dt.normalize() - pd.to_timedelta(in_utc.dt.day_of_week, unit="D")
    assert (week.dt.date != rides["week_start"]).sum() > 100


# --- Dirt, and the load ---------------------------------------------------

N_USERS, N_WEEKS, DIRT = 400, 40, 0.05
DIRTY = SimulationSettings(N_USERS, N_WEEKS, seed=3, dirt=DIRT)

# For each kind of dirt, how many rides of the log show it.
DIRT_QUERIES = {
    "exact_duplicate": "select coalesce(sum(n - 1), 0) from"
    " (select count(*) as n from app.rides as r where ride_id is not null"
    " group by r.*) as copies",
    "conflicting_duplicate": "select count(*) from"
    " (select ride_id from app.rides where ride_id is not null"
    " group by ride_id having count(distinct price) > 1) as pairs",
    "null_ride_id": "select count(*) from app.rides where ride_id is null",
    "null_user_id": "select count(*) from app.rides where user_id is null",
    "platform_spelling": "select count(*) from app.rides"
    " where platform in ('IPHONE', 'android ')",
    "status_spelling": "select count(*) from app.rides"
    " where status <> lower(trim(status))",
    "negative_price": "select count(*) from app.rides where price < 0",
    "future_date": "select count(*) from app.rides where requested_at > now()",
    "unknown_time_zone": "select count(*) from app.rides where not exists"
    " (select 1 from pg_timezone_names where name = time_zone)",
    "unknown_currency": "select count(*) from app.rides where currency = 'XXX'",
}


def test_the_log_contains_exactly_the_recorded_dirt(connection: Connection) -> None:
    report = load_simulation(connection, DIRTY)
    recorded = Counter(
        dict(
            fetch_all(
                connection, "select kind, count(*) from simulation.dirt group by 1"
            )
        )
    )
    assert set(recorded) == set(KINDS) == set(DIRT_QUERIES)
    found = {
        kind: int(fetch_all(connection, sql)[0][0])
        for kind, sql in DIRT_QUERIES.items()
    }
    assert found == recorded

    [(n_rows,)] = fetch_all(connection, "select count(*) from app.rides")
    assert n_rows == report.n_rides
    assert recorded.total() == report.n_dirty_rides
    n_copies = recorded["exact_duplicate"] + recorded["conflicting_duplicate"]
    n_true_rides = n_rows - n_copies
    # Five standard errors of a binomial distribution.
    spread = (n_true_rides * DIRT * (1 - DIRT)) ** 0.5
    assert abs(recorded.total() - n_true_rides * DIRT) < 5 * spread


def test_without_dirt_there_is_none() -> None:
    for block in simulate(SimulationSettings(300, 20, dirt=0)):
        assert block.dirt.num_rows == 0
        assert block.rides["ride_id"].null_count == 0


def test_the_load_replaces_the_log_and_the_truth(connection: Connection) -> None:
    load_simulation(connection, SimulationSettings(500, 5))
    report = load_simulation(connection, SimulationSettings(100, 5))
    counts = fetch_all(
        connection,
        "select (select count(*) from app.rides), (select count(*) from app.users),"
        " (select count(distinct user_id) from simulation.user_weekly_truth),"
        " (select count(*) from simulation.transition_matrix),"
        " (select count(*) from simulation.start_probabilities)",
    )
    n_states = len(STATES)
    n_users = 100 + len(TEST_ACCOUNTS)
    assert counts == [(report.n_rides, n_users, 100, n_states**2, n_states)]
    sums = fetch_all(
        connection,
        "select from_state, sum(probability) from simulation.transition_matrix"
        " group by from_state",
    )
    assert dict(sums) == pytest.approx(dict.fromkeys(STATE_NAMES, 1.0))


def test_the_load_removes_what_a_killed_campaign_hid(connection: Connection) -> None:
    hidden = "select count(*) from simulation.later_rides"
    kept = "select count(*) from app.rides"
    report = load_simulation(connection, SimulationSettings(100, 5))
    hide_later_rides(connection, DEFAULT_TABLES, dt.date(2024, 1, 22))
    ((n_hidden,),), ((n_kept,),) = (
        fetch_all(connection, hidden),
        fetch_all(connection, kept),
    )
    assert n_hidden + n_kept == report.n_rides
    assert min(n_hidden, n_kept) > 100
    ((newest,),) = fetch_all(
        connection, "select max(requested_at) from app.rides where requested_at < now()"
    )
    assert newest < dt.datetime(2024, 1, 22, 16, tzinfo=dt.UTC)
    load_simulation(connection, SimulationSettings(100, 5))
    assert fetch_all(
        connection, "select to_regclass('simulation.later_rides')::text"
    ) == [(None,)]


def test_a_failed_load_keeps_the_old_log(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = load_simulation(connection, SimulationSettings(50, 5))

    def broken(settings: SimulationSettings) -> Iterator[SimulatedBlock]:
        yield from simulate(settings)
        raise KeyboardInterrupt

    monkeypatch.setattr(loading, "simulate", broken)
    with pytest.raises(KeyboardInterrupt):
        load_simulation(connection, SimulationSettings(80, 5))
    assert fetch_all(connection, "select count(*) from app.rides") == [
        (report.n_rides,)
    ]


def test_a_company_s_users_are_not_overwritten(connection: Connection) -> None:
    execute(connection, "create schema app")
    execute(connection, "create table app.users (user_id text)")
    connection.commit()
    with pytest.raises(UserError, match=r"app\.users, which .* did not write"):
        load_simulation(connection, SimulationSettings(10, 2))
    assert fetch_all(connection, "select to_regclass('app.rides')::text") == [(None,)]


def test_other_names_of_the_tables(connection: Connection) -> None:
    app = AppTables("My App", "Trips", "people")
    load_simulation(connection, SimulationSettings(10, 2), app=app)
    [(n_users,)] = fetch_all(connection, 'select count(*) from "My App".people')
    assert n_users == 10 + len(TEST_ACCOUNTS)
    assert fetch_all(connection, 'select count(*) > 0 from "My App"."Trips"') == [
        (True,)
    ]


def test_the_command_line(
    database: LocalServerAddress, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = "simulate_rides.py --users 20 --weeks 3 --seed 5 --target demo"
    monkeypatch.setattr("sys.argv", words.split())
    simulate_rides.main()
    rides = [b.rides for b in simulate(SimulationSettings(20, 3, 5))]
    with closing(connect(database.url)) as connection:
        [(n_rides,)] = fetch_all(connection, "select count(*) from app.rides")
    assert n_rides == pa.Table.from_batches(rides).num_rows
