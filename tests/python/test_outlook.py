"""The outlook: forecasts of the Markov chain, regressions, and the same in SQL."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conftest import WAREHOUSE, MakeDatabase, PointAt
from user_states.fit.fit_job import fit_and_publish
from user_states.hmm.arrays import FloatArray, IntArray
from user_states.outlook.chain_forecasts import (
    chain_forecasts,
    expected_rides,
    ride_probability,
)
from user_states.outlook.forecast_level import (
    LEVEL_WEEKS,
    level_shifts,
    odds_shifts,
    price_shifts,
)
from user_states.outlook.lapse_rule import (
    LONGEST_LAPSE_WEEKS,
    mean_time_to_end,
    weeks_until_lapse,
)
from user_states.outlook.outlook_terms import (
    HISTORY_TERMS,
    INTERCEPT,
    TERMS,
    history_terms,
)
from user_states.outlook.regressions import (
    NEXT_RIDES,
    NEXT_WEEK,
    TARGETS,
    Regression,
    chain_forecast,
    learn_regressions,
)
from user_states.outlook.ride_history import ride_history, within_next_weeks
from user_states.outlook.spend_regressions import (
    SPEND_TARGETS,
    SpendOutlook,
    SpendRegression,
)
from user_states.outlook.spend_terms import SPEND_TERMS, RidePrice
from user_states.outlook.weekly_rates import mean_rates
from user_states.rides.simulation import SimulationSettings
from user_states.runs.outlook_tables import PRICE_TARGET
from user_states.warehouse.dbt_project import UP_TO_THE_PANEL, DbtProject
from user_states.warehouse.server import LocalServerAddress
from warehouse_setup import (
    WITHOUT_DATA_TESTS,
    WITHOUT_UNIT_TESTS,
    champion,
    query,
    quick_options,
    simulate_up_to_the_panel,
)


def some_chain(n_states: int, seed: int = 0) -> tuple[FloatArray, FloatArray]:
    """Return a transition matrix, and the probability of a ride in each state."""
    rng = np.random.default_rng(seed)
    matrix = rng.dirichlet(np.ones(n_states), size=n_states)
    return matrix, rng.uniform(0.05, 0.9, size=n_states)


class TestRidesAhead:
    @pytest.mark.parametrize("n_weeks", [1, 2, 4])
    def test_forecasts_are_sums_over_all_paths(self, n_weeks: int) -> None:
        matrix, active = some_chain(3)
        rides = np.array([4.0, 1.5, 0.1])
        probability, expected = np.zeros(3), np.zeros(3)
        for state in range(3):
            for path in itertools.product(range(3), repeat=n_weeks):
                steps = itertools.pairwise((state, *path))
                weight = np.prod([matrix[i, j] for i, j in steps])
                silent = np.prod([1 - active[j] for j in path])
                probability[state] += weight * (1 - silent)
                expected[state] += weight * sum(rides[j] for j in path)
        assert ride_probability(matrix, active, n_weeks) == pytest.approx(probability)
        assert expected_rides(matrix, rides, n_weeks) == pytest.approx(expected)

    def test_rates_are_weighted_by_state_probability(self) -> None:
        rng = np.random.default_rng(1)
        probabilities = rng.dirichlet(np.ones(3), size=50)
        n_rides = rng.integers(0, 3, size=50).astype(float)
        has_request = (n_rides > 0) | (rng.random(50) < 0.2)
        blocks = [
            (probabilities[rows], n_rides[rows], has_request[rows])
            for rows in (slice(0, 20), slice(20, 50))
        ]
        rates = mean_rates(blocks)
        for state, weights in enumerate(probabilities.T):
            active = np.average(n_rides > 0, weights=weights)
            assert rates.active[0, state] == pytest.approx(active)
            rides = np.average(n_rides, weights=weights)
            assert rates.rides[0, state] == pytest.approx(rides)
            request = np.average(has_request, weights=weights)
            assert rates.request[0, state] == pytest.approx(request)


class TestWeeksUntilLapse:
    def test_weeks_solve_the_linear_system_of_the_whole_chain(self) -> None:
        matrix, request = some_chain(4, seed=3)
        n_silent = 5
        moves = np.zeros((4, n_silent + 1, 4, n_silent + 1))
        for state, silent, after in itertools.product(
            range(4), range(n_silent), range(4)
        ):
            p = matrix[state, after]
            moves[state, silent, after, 0] += p * request[after]
            moves[state, silent, after, silent + 1] += p * (1 - request[after])
        # Without the column of lapsed users, whose time is 0.
        transient = moves[:, :n_silent, :, :n_silent].reshape(4 * n_silent, -1)
        times = np.linalg.solve(
            np.eye(4 * n_silent) - transient, np.ones(4 * n_silent)
        ).reshape(4, n_silent)
        assert times.max() < LONGEST_LAPSE_WEEKS
        found = weeks_until_lapse(matrix, request, n_silent)
        assert found == pytest.approx(times, rel=1e-10)

    def test_weeks_equal_the_mean_of_simulated_users(self) -> None:
        matrix = np.array([[0.9, 0.1], [0.2, 0.8]])
        request, n_silent = np.array([0.7, 0.15]), 6
        rng = np.random.default_rng(5)
        n_users = 20_000
        state, silent = np.ones(n_users, dtype=int), np.full(n_users, 2)
        weeks = np.zeros(n_users)
        while (alive := silent < n_silent).any():
            weeks[alive] += 1
            state = (rng.random(n_users) > matrix[state, 0]).astype(int)
            asked = rng.random(n_users) < request[state]
            silent = np.where(alive, np.where(asked, 0, silent + 1), silent)
        error = weeks.std() / np.sqrt(n_users)
        expected = weeks_until_lapse(matrix, request, n_silent)[1, 2]
        assert weeks.mean() == pytest.approx(expected, abs=4 * error)

    def test_users_who_never_lapse_get_ten_years(self) -> None:
        # Users in the first state always request rides and stay; the others never do.
        found = weeks_until_lapse(np.eye(2), np.array([1.0, 0.0]), 3)
        assert found.tolist() == [[LONGEST_LAPSE_WEEKS] * 3, [3.0, 2.0, 1.0]]

    def test_a_tiny_probability_of_leaving_keeps_its_digits(self) -> None:
        # The chain ends only from the second state, with probability 1e-20.
        moves = np.array([[0.5, 0.5], [1.0, 0.0]])
        found = mean_time_to_end(moves, np.array([0.0, 1e-20]), np.ones(2))
        assert found == pytest.approx([3e20, 3e20], rel=1e-12)

    @given(n_states=st.integers(1, 6), seed=st.integers(0, 10_000))
    def test_weeks_until_lapse_are_within_their_bounds(
        self, n_states: int, seed: int
    ) -> None:
        matrix, request = some_chain(n_states, seed)
        found = weeks_until_lapse(matrix, request, 8)
        # The earliest lapse is next week.
        assert (found >= 1).all()
        assert (found <= LONGEST_LAPSE_WEEKS).all()
        least = 8 - np.arange(8)
        assert (found >= np.minimum(least, LONGEST_LAPSE_WEEKS) - 1e-9).all()


class TestRideHistory:
    def test_every_row_counts_its_own_past(self) -> None:
        rng = np.random.default_rng(7)
        lengths = np.array([1, 30, 7, 18])
        users = [rng.poisson(0.7, size=length).astype(float) for length in lengths]
        for rides in users:
            rides[0] = 2
        history = ride_history(np.concatenate(users), lengths)
        row = 0
        for rides in users:
            for week in range(len(rides)):
                past = rides[: week + 1]
                active = np.flatnonzero(past)
                assert history.weeks_since_first_ride[row] == week
                assert history.weeks_before_first_ride[row] == 30 - len(rides)
                assert history.weeks_since_last_ride[row] == week - active[-1]
                assert history.n_active_weeks[row] == len(active)
                assert history.n_rides[row] == past.sum()
                assert history.n_rides_last_4[row] == past[-4:].sum()
                assert history.n_rides_last_12[row] == past[-12:].sum()
                row += 1

    def test_the_next_weeks_belong_to_the_same_user(self) -> None:
        rows, rides = within_next_weeks(
            np.array([1.0, 0, 2, 5, 0, 3]), np.array([4, 2]), 2
        )
        assert rows.tolist() == [0, 1]
        assert rides.tolist() == [2.0, 7.0]

    def test_a_user_without_a_ride_in_the_first_week_is_refused(self) -> None:
        with pytest.raises(ValueError, match="expected a completed ride"):
            ride_history(np.array([0.0, 1.0]), np.array([2]))


def planted_weeks(
    n_users: int, n_weeks: int
) -> tuple[dict[str, FloatArray], FloatArray, IntArray]:
    """Return users whose rate of rides does not depend on the states of the model.

    With the chain's forecast of each target.
    """
    rng = np.random.default_rng(11)
    lengths = np.full(n_users, n_weeks)
    rate = np.repeat(rng.beta(0.8, 1.6, size=n_users), n_weeks)
    n_rides = (rng.random(len(rate)) < rate) * (1.0 + rng.poisson(rate))
    n_rides[::n_weeks] = 1
    matrix, _active = some_chain(2)
    blocks = [(np.tile([0.5, 0.5], (len(rate), 1)), n_rides, n_rides > 0)]
    forecasts = chain_forecasts(matrix, mean_rates(blocks), 5)
    beliefs = rng.dirichlet([1, 1], size=len(rate))
    chain = {
        target.name: chain_forecast(forecasts, target, beliefs) for target in TARGETS
    }
    return chain, n_rides, lengths


class TestRegressions:
    def test_forecasts_are_calibrated_for_other_users(self) -> None:
        chain, n_rides, lengths = planted_weeks(1_600, 30)
        learned = slice(0, 800 * 30)
        regressions = learn_regressions(
            {name: forecast[learned] for name, forecast in chain.items()},
            n_rides[learned],
            lengths[:800],
        )
        history = ride_history(n_rides, lengths)
        for regression in regressions:
            rows, rides = within_next_weeks(n_rides, lengths, regression.target.n_weeks)
            others = rows >= 800 * 30
            rows, rides = rows[others], rides[others]
            terms = history_terms(history.rows(rows))
            alone = chain[regression.target.name][rows]
            forecast = regression.predict(alone, terms)
            outcome = rides > 0 if regression.target.kind == "probability" else rides
            # The mean outcome equals the mean forecast in each fifth of forecasts.
            for fifth in np.array_split(np.argsort(forecast, kind="stable"), 5):
                assert forecast[fifth].mean() == pytest.approx(
                    outcome[fifth].mean(), rel=0.15, abs=0.02
                ), regression.target.name

    def test_with_too_few_weeks_the_forecast_is_the_chain_s(self) -> None:
        chain, n_rides, lengths = planted_weeks(3, 10)
        history = history_terms(ride_history(n_rides, lengths))
        for regression in learn_regressions(chain, n_rides, lengths):
            assert regression.target.n_weeks <= 12
            assert regression.n_user_weeks == 0
            assert regression.uses_states
            alone = np.linspace(0.1, 0.9, len(history))
            assert regression.predict(alone, history) == pytest.approx(alone)

    def test_without_users(self) -> None:
        chain = {target.name: np.empty(0) for target in TARGETS}
        found = learn_regressions(chain, np.empty(0), np.empty(0, dtype=np.int64))
        assert all(regression.n_user_weeks == 0 for regression in found)
        assert [regression.target for regression in found] == list(TARGETS[:-1])

    @pytest.mark.parametrize(("n_weeks", "is_there"), [(77, False), (78, True)])
    def test_a_year_is_forecast_from_half_a_year_before_it(
        self, n_weeks: int, is_there: bool
    ) -> None:
        chain, n_rides, lengths = planted_weeks(60, n_weeks)
        found = learn_regressions(chain, n_rides, lengths)
        assert (TARGETS[-1] in [row.target for row in found]) == is_there

    def test_no_score_overflows(self) -> None:
        coefficients = np.full(len(TERMS), 1e6)
        for target in TARGETS:
            for sign in (-1, 1):
                regression = Regression(target, 0.0, sign * coefficients, 1)
                forecast = regression.predict(
                    np.array([0.9]), np.ones((1, len(HISTORY_TERMS)))
                )
                assert np.isfinite(forecast).all()


def outlook_by_python(
    address: LocalServerAddress,
) -> dict[str, dict[str, float]]:
    """Compute each user's terms and forecasts from panel, beliefs and run."""
    run_id = champion(address)
    rows = query(
        address,
        "select panel.user_id, panel.n_rides, coalesce(spend, 0) "
        "from intermediate.user_week_panel as panel "
        "left join intermediate.int_user_request_weeks using (user_id, week_start) "
        "where has_completed_ride order by user_id, week_start",
    )
    users, lengths = np.unique([row[0] for row in rows], return_counts=True)
    n_rides, paid = (np.array([float(row[i]) for row in rows]) for i in (1, 2))
    history = ride_history(n_rides, lengths, paid)
    last_rows = np.cumsum(lengths) - 1
    newest = history.rows(last_rows)
    terms = history_terms(newest)
    beliefs = {
        (user, weeks_ago): belief
        for user, weeks_ago, belief in query(
            address,
            "select user_id, (as_of_week_start - week_start) / 7, belief "
            "from intermediate.int_user_beliefs "
            "cross join intermediate.int_as_of_week "
            f"where run_id = '{run_id}' and week_start <= as_of_week_start",
        )
    }
    assert {user for user, weeks_ago in beliefs if weeks_ago == 0} == set(users)
    belief = np.array([beliefs[user, 0] for user in users])
    # Rows of earlier weeks with a belief, and that belief.
    origins = [
        (last - ago, beliefs[user, ago], LEVEL_WEEKS - ago)
        for user, last in zip(users.tolist(), last_rows.tolist(), strict=True)
        for ago in range(1, LEVEL_WEEKS + 1)
        if (user, ago) in beliefs
    ]
    assert {week for _, _, week in origins} == set(range(LEVEL_WEEKS))
    rows_of_origins, beliefs_of_origins, weeks_of_origins = map(
        np.array, zip(*origins, strict=True)
    )
    shift = odds = 0.0
    coefficients = query(
        address,
        "select target, term, coefficient from hmm.outlook_coefficients "
        f"where run_id = '{run_id}'",
    )
    by_term = {(target, term): value for target, term, value in coefficients}
    found: dict[str, dict[str, float]] = {
        user: dict(zip(HISTORY_TERMS, row, strict=True))
        for user, row in zip(users.tolist(), terms.tolist(), strict=True)
    }
    for target in TARGETS:
        if (target.name, INTERCEPT) not in by_term:
            continue
        column = (
            "ride_probability" if target.kind == "probability" else "expected_rides"
        )
        by_state = query(
            address,
            f"select {column} from hmm.state_forecasts where run_id = '{run_id}' "
            f"and horizon_weeks = {target.n_weeks} order by level_id, state_id",
        )
        regression = Regression(
            target,
            by_term[target.name, INTERCEPT],
            np.array([by_term[target.name, term] for term in TERMS]),
            1,
        )
        by_belief = np.array(by_state)[:, 0]
        if target in (NEXT_WEEK, NEXT_RIDES):
            expected = regression.predict(
                beliefs_of_origins @ by_belief,
                history_terms(history.rows(rows_of_origins)),
            )
            came = target.outcomes(n_rides[rows_of_origins + 1])
            if target == NEXT_RIDES:
                rides_of_origins = expected
            shifts = odds_shifts if target == NEXT_WEEK else level_shifts
            last = shifts(weeks_of_origins, expected, came, LEVEL_WEEKS + 1)[-1]
            assert abs(last) > 1e-4
            shift, odds = (shift, last) if target == NEXT_WEEK else (last, odds)
        forecast = regression.predict(
            belief @ by_belief, terms, odds if target.kind == "probability" else 0.0
        )
        if target.kind == "rides" and target.n_weeks <= 12:
            forecast = forecast * np.exp(shift)
        for user, value in zip(users.tolist(), forecast.tolist(), strict=True):
            found[user][target.name] = value
    for figures in found.values():
        for shorter, longer in itertools.pairwise(
            target for target in TARGETS if target.name in figures
        ):
            if shorter.kind == longer.kind:
                figures[longer.name] = max(figures[longer.name], figures[shorter.name])
    spend = SpendOutlook(
        RidePrice(by_term[PRICE_TARGET, "mean"], by_term[PRICE_TARGET, "weight"]),
        tuple(
            SpendRegression(
                target,
                by_term[target.name, INTERCEPT],
                np.array([by_term[target.name, term] for term in SPEND_TERMS]),
                1,
            )
            for target in SPEND_TARGETS
            if (target.name, INTERCEPT) in by_term
        ),
    )
    next_week = spend.next_week
    assert next_week
    of_origins = spend.predict({1: rides_of_origins}, history.rows(rows_of_origins))
    price_shift = price_shifts(
        weeks_of_origins,
        of_origins[next_week.target.name] / spend.price.mean,
        paid[rows_of_origins + 1] / spend.price.mean,
        np.full(LEVEL_WEEKS + 1, next_week.by_rides * shift),
    )[-1]
    assert abs(price_shift) > 1e-4
    rides = {
        target.n_weeks: np.array([found[user][target.name] for user in users.tolist()])
        for target in TARGETS
        if target.kind == "rides" and (target.name, INTERCEPT) in by_term
    }
    for name, values in spend.predict(rides, newest, price_shift).items():
        for user, value in zip(users.tolist(), values.tolist(), strict=True):
            found[user][name] = value
    return found


def test_forecasts_in_sql_equal_those_in_python(
    published_warehouse: LocalServerAddress,
) -> None:
    columns = assert_sql_equals_python(published_warehouse)
    # The log is too short for a year.
    assert {target.name for target in SPEND_TARGETS[:-1]} <= columns
    assert query(
        published_warehouse,
        "select distinct expected_rides_52_weeks, expected_spend_52_weeks, "
        "why_no_expected_spend from marts.user_outlook",
    ) == [(None, None, "The log is too short to forecast the spend of 52 weeks.")]


def assert_sql_equals_python(address: LocalServerAddress) -> set[str]:
    """Compare each user's terms and forecasts, and return their columns."""
    in_python = outlook_by_python(address)
    columns = list(next(iter(in_python.values())))
    in_sql = query(
        address,
        f"select user_id, {', '.join(columns)} from intermediate.int_user_ride_history "
        "inner join marts.user_outlook using (user_id, as_of_week_start)",
    )
    assert {row[0] for row in in_sql} == set(in_python)
    for user, *values in in_sql:
        expected = [in_python[user][column] for column in columns]
        assert values == pytest.approx(expected, rel=1e-9, abs=1e-9), user
    return set(columns)


def test_a_long_log_forecasts_the_spend_of_a_year(
    make_database: MakeDatabase, point_at: PointAt, project: DbtProject
) -> None:
    warehouse = make_database(name=WAREHOUSE)
    with point_at(warehouse):
        simulate_up_to_the_panel(
            warehouse, project, SimulationSettings(150, 110), *WITHOUT_DATA_TESTS
        )
        fit_and_publish(project, quick_options(project, n_states=(2,)))
        project.build(
            *("--select", "+user_outlook", "--exclude", UP_TO_THE_PANEL),
            *WITHOUT_DATA_TESTS,
            label="outlook",
        )
        columns = assert_sql_equals_python(warehouse)
        assert {target.name for target in (*TARGETS, *SPEND_TARGETS)} <= columns
        ((n_users, n_known, n_less, year, quarter, of_last_year),) = query(
            warehouse,
            """
            select
                count(*),
                count(case when why_no_expected_spend is null then 1 end),
                count(
                    case
                        when expected_spend_52_weeks < expected_spend_12_weeks then 1
                    end
                ),
                sum(expected_spend_52_weeks),
                sum(expected_spend_12_weeks),
                (
                    select cast(sum(spend) as double precision)
                    from intermediate.int_user_request_weeks
                    cross join intermediate.int_as_of_week
                    where week_start > as_of_week_start - 52 * 7
                )
            from marts.user_outlook
            """,
        )
    assert n_users == n_known > 100
    assert n_less == 0
    assert year > 2 * quarter > 0
    assert 0.5 < year / of_last_year < 1.5


def test_the_outlook_of_a_state_is_that_of_its_users(
    published_warehouse: LocalServerAddress,
) -> None:
    rows = query(
        published_warehouse,
        """
        select
            state_outlook.expected_rides_12_weeks,
            avg(user_outlook.expected_rides_12_weeks)
        from marts.state_outlook
        inner join marts.user_outlook using (state_key)
        group by state_outlook.state_id, state_outlook.expected_rides_12_weeks
        having count(*) >= 20
        """,
    )
    assert len(rows) >= 2
    for of_state, of_users in rows:
        assert of_state == pytest.approx(of_users, rel=1e-9)


def test_sql_and_python_agree_on_lapsed_users(
    published_warehouse: LocalServerAddress,
) -> None:
    """Python forecasts the weeks until lapse for users who have not lapsed in SQL."""
    in_sql = dict(
        query(
            published_warehouse,
            """
            select distinct (week_start - filled_from_week_start) / 7, has_lapsed
            from intermediate.user_week_panel
            """,
        )
    )
    lapse_times = query(
        published_warehouse, "select distinct n_silent_weeks from hmm.lapse_times"
    )
    in_python = {n_silent_weeks for (n_silent_weeks,) in lapse_times}
    assert set(in_sql.values()) == {False, True}
    assert in_python <= set(in_sql)
    for n_silent_weeks, has_lapsed in in_sql.items():
        assert (n_silent_weeks in in_python) != has_lapsed


def test_forecasts_of_states_follow_from_the_parameters(
    published_warehouse: LocalServerAddress,
) -> None:
    size = query(published_warehouse, "select count(*) from register.segments")[0][0]
    matrix = np.array(
        query(
            published_warehouse,
            "select probability from hmm.transition_matrix "
            "order by from_state_id, to_state_id",
        )
    ).reshape(size, size)
    rides = {
        weeks: np.array(
            query(
                published_warehouse,
                "select expected_rides from hmm.state_forecasts "
                f"where horizon_weeks = {weeks} order by level_id, state_id",
            )
        ).reshape(-1, size)
        for weeks in (1, 4, 12)
    }
    # The expected rides of one week, summed over the weeks ahead, at each level.
    for weeks in (4, 12):
        powers = sum(np.linalg.matrix_power(matrix, n) for n in range(weeks))
        assert rides[weeks] == pytest.approx(rides[1] @ np.transpose(powers))


WITHOUT_TESTS = (*WITHOUT_UNIT_TESTS, "--exclude-resource-type", "test")


def test_no_outlook_uses_later_weeks(
    panel_warehouse: LocalServerAddress, project: DbtProject
) -> None:
    """Shuffle all rides after week t; the outlook of week t must not change."""
    last_day = "2025-02-09"
    early = DbtProject.load("demo", {"as_of_date": last_day})
    build = ("build", "--select", UP_TO_THE_PANEL, "+user_outlook", *WITHOUT_TESTS)
    early.run(*build, label="up to week t")
    fit_and_publish(early, quick_options(early))
    early.run(*build, label="the outlook of week t")
    digest = (
        "select count(*), md5(string_agg("
        "cast(to_jsonb(rows) - 'is_latest_week' as text), '|' order by user_id)) "
        f"from marts.user_outlook as rows where as_of_week_start < date '{last_day}'"
    )
    ((n_rows, content),) = query(panel_warehouse, digest)
    assert n_rows > 100
    query(
        panel_warehouse,
        f"""
        with later as (
            select ride_id, row_number() over (order by ride_id) as place
            from app.rides where requested_at > date '{last_day}' + interval '2 days'
        ),
        shuffled as (
            select user_id, row_number() over (order by md5(ride_id)) as place
            from app.rides where requested_at > date '{last_day}' + interval '2 days'
        )
        update app.rides
        set user_id = shuffled.user_id, price = rides.price * 3
        from later inner join shuffled on later.place = shuffled.place
        where rides.ride_id = later.ride_id
        returning 1
        """,
    )
    early.run(*build, label="week t again")
    assert query(panel_warehouse, digest) == [(n_rows, content)]
    project.run(*build, label="up to the last week")
    assert query(panel_warehouse, digest) == [(n_rows, content)]
    ((n_weeks, n_later),) = query(
        panel_warehouse,
        "select count(distinct as_of_week_start), count(case when as_of_week_start > "
        f"date '{last_day}' then 1 end) from marts.user_outlook",
    )
    assert n_weeks == 2
    assert n_later > n_rows
    # Published rows stay even in a full refresh.
    early.run(*build, "--full-refresh", label="looking back")
    assert query(panel_warehouse, digest) == [(n_rows, content)]
