"""Outlook of states: equals enumeration, simulation and planted parameters."""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom

from planted_hmm import (
    random_parameters,
    simulate,
    with_missing,
    with_missing_features,
)
from user_states.benchmarks.coverage import coverage, fitted_outlook, planted
from user_states.hmm.arrays import FloatArray
from user_states.hmm.hidden_markov_model import HiddenMarkovModel
from user_states.hmm.packing import pack
from user_states.hmm.parameters import (
    Density,
    Emissions,
    HMMParameters,
    as_densities,
    categorical,
    parts,
)
from user_states.outlook.chain_forecasts import expected_rides
from user_states.outlook.chain_measures import (
    expected_stay,
    long_run_shares,
    weeks_to_reach,
)
from user_states.outlook.counted_rides import CountedRides
from user_states.outlook.free_parameters import FreeParameters
from user_states.outlook.outlook_by_state import PresentUsers, state_outlook
from user_states.outlook.parameter_draws import (
    _total_statistics,
    _user_sums,
    draw_parameters,
)
from user_states.outlook.state_rides import (
    RideSums,
    StateRides,
    known_of_rides,
    state_rides,
)
from user_states.outlook.weekly_rates import learn_weekly_rates
from user_states.panel.features import Feature
from user_states.panel.user_weeks import UserWeeks

EVERY = as_densities(
    ("gaussian", "count", "share", parts(3), "bernoulli", categorical(3))
)
MIXED: tuple[Density, ...] = as_densities(
    ("bernoulli", "gaussian", "bernoulli", "gaussian")
)
FEATURES = tuple(
    Feature(name, "zero", "continuous", "none", 0.0, "week") for name in "abcd"
)

chains = st.integers(2, 6).flatmap(
    lambda n_states: st.integers(0, 10_000).map(
        lambda seed: np.random.default_rng(seed).dirichlet(
            np.full(n_states, 0.7), size=n_states
        )
    )
)


def measures(transition: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return stay, shares and weeks to reach of one chain."""
    chain = transition[np.newaxis]
    return expected_stay(chain)[0], long_run_shares(chain)[0], weeks_to_reach(chain)[0]


class TestChain:
    @settings(max_examples=50, deadline=None)
    @given(chains)
    def test_weeks_to_reach_are_sums_over_weeks(self, transition: FloatArray) -> None:
        _, shares, weeks = measures(transition)
        assert shares @ transition == pytest.approx(shares, abs=1e-9)
        assert shares.sum() == pytest.approx(1)
        goal = len(transition) - 1
        # Rounding errors grow with the time, so very long times are not checked.
        if weeks[:, goal].max() > 1e5:
            return
        # E[T] = sum_t P(T > t), over the weeks before the goal is reached. Doubling
        # steps sum even long times completely.
        rest = transition[:goal, :goal]
        total, power = np.eye(goal), rest
        for _ in range(40):
            total = total + power @ total
            power = power @ power
        assert weeks[:goal, goal] == pytest.approx(total.sum(axis=1), rel=1e-6)

    def test_a_simulation_gives_the_same_times(self) -> None:
        transition = np.array([[0.7, 0.3, 0.0], [0.2, 0.7, 0.1], [0.0, 0.4, 0.6]])
        model = HMMParameters(
            np.array([1.0, 0.0, 0.0]), transition, np.zeros((3, 1)), np.ones((3, 1))
        )
        lengths = np.full(4_000, 200)
        _, states = HiddenMarkovModel.from_parameters(model).sample(lengths, 3)
        paths = states.reshape(4_000, 200)
        stay, shares, weeks = measures(transition)
        reached = paths == 2
        # The mean of 4,000 times with a standard deviation of about 17 weeks.
        assert reached.argmax(axis=1)[reached.any(axis=1)].mean() == pytest.approx(
            weeks[0, 2], rel=0.05
        )
        first_stay = (paths != 0).argmax(axis=1)
        assert first_stay.mean() == pytest.approx(stay[0], rel=0.05)
        late = np.bincount(paths[:, 100:].ravel(), minlength=3) / paths[:, 100:].size
        assert late == pytest.approx(shares, abs=0.01)

    def test_expected_rides_are_sums_over_all_paths(self) -> None:
        transition = np.array([[0.5, 0.5, 0.0], [0.1, 0.6, 0.3], [0.2, 0.0, 0.8]])
        rides = np.array([3.0, 1.0, 0.25])
        by_path = [
            sum(
                transition[state, first]
                * transition[first, second]
                * (rides[first] + rides[second])
                for first in range(3)
                for second in range(3)
            )
            for state in range(3)
        ]
        found = expected_rides(transition[np.newaxis], rides[np.newaxis], 2)
        assert found[0] == pytest.approx(by_path)

    def test_an_absorbing_state_has_all_users_in_the_long_run(self) -> None:
        stay, shares, weeks = measures(np.array([[0.9, 0.1], [0.0, 1.0]]))
        assert stay == pytest.approx([10, np.inf])
        assert shares == pytest.approx([0, 1])
        assert weeks == pytest.approx(np.array([[0, 10], [np.inf, 0]]))

    def test_two_absorbing_states_give_no_long_run_shares(self) -> None:
        transition = np.array([[0.8, 0.1, 0.1], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]])
        _, shares, weeks = measures(transition)
        assert np.isnan(shares).all()
        # Some users never reach the second state, so the expected time is infinite.
        assert np.isinf(weeks[0, 1])

    def test_a_periodic_chain_has_shares(self) -> None:
        stay, shares, weeks = measures(np.roll(np.eye(3), 1, axis=1))
        assert stay == pytest.approx(1)
        assert shares == pytest.approx(1 / 3)
        assert weeks[0] == pytest.approx([0, 1, 2])

    def test_states_with_rare_moves_keep_their_digits(self) -> None:
        small = 1e-11
        transition = np.array([[1 - small, small], [3 * small, 1 - 3 * small]])
        assert measures(transition)[1] == pytest.approx([0.75, 0.25], rel=1e-6)

    def test_a_model_of_one_state(self) -> None:
        outlook = state_outlook(np.ones((1, 1)), np.array([2.0]), None)
        assert np.isnan(outlook.by_state["expected_stay_weeks"].value).all()
        assert outlook.by_state["long_run_share"].value == [1.0]
        assert outlook.by_state["expected_rides_12_weeks"].value == [24.0]

    def test_a_time_beyond_a_hundred_years_is_unknown(self) -> None:
        outlook = state_outlook(
            np.array([[0.9999, 0.0001], [0.5, 0.5]]), np.ones(2), None
        )
        assert np.isnan(outlook.by_state["expected_stay_weeks"].value[0])
        weeks = outlook.by_pair["expected_weeks_to_reach"].value
        assert np.isnan(weeks[0, 1])
        assert weeks[1, 0] == pytest.approx(2)


class TestScore:
    def few_users(self) -> tuple[HMMParameters, UserWeeks]:
        model = random_parameters(3, 4, seed=2, spread=1.0, densities=MIXED)
        lengths = np.array([9, 1, 14, 6, 11])
        X, _ = simulate(model, lengths, seed=3)
        n_rides = np.random.default_rng(4).integers(0, 4, size=len(X)).astype(float)
        X = with_missing(X, 0.2, seed=5)
        return model, UserWeeks(FEATURES, X, lengths, n_rides, n_rides > 0)

    def everything_free(self, model: HMMParameters, users: UserWeeks) -> FreeParameters:
        packed = pack(users.X, users.lengths, model.densities)
        return FreeParameters.of(model, _total_statistics(model, packed), 0.0, 0.0)

    def assert_is_gradient(
        self, score: FloatArray, free: FreeParameters, users: UserWeeks
    ) -> None:
        """Compare a score with differences of the log-likelihood."""
        step = 1e-5
        for entry in range(free.n_free):
            change = np.zeros(free.n_free)
            slope = 0.0
            for sign in (1, -1):
                change[entry] = sign * step
                moved = HiddenMarkovModel.from_parameters(free.parameters(change))
                slope += sign * moved.score(users.X, users.lengths) / (2 * step)
            assert score[entry] == pytest.approx(slope, abs=1e-6)

    def test_it_is_the_gradient_of_the_log_likelihood(self) -> None:
        model, users = self.few_users()
        free = self.everything_free(model, users)
        # At most 2 log-odds of starts, 6 of moves, 12 means and 6 variances.
        assert 20 <= free.n_free <= 26
        complete, _ = _user_sums(model, users, "activity")
        score = free.score(complete)
        assert score.shape == (5, free.n_free)
        self.assert_is_gradient(score.sum(axis=0), free, users)

    @pytest.mark.parametrize("n_levels", [1, 3])
    def test_it_is_the_gradient_with_every_density(self, n_levels: int) -> None:
        """The levels themselves are held fixed."""
        model = random_parameters(2, 0, 2, 1.0, EVERY, n_levels)
        lengths = np.array([9, 1, 14, 6, 11, 20])
        X, _ = simulate(model, lengths, seed=3)
        X = with_missing_features(X, EVERY, 0.2, seed=5)
        n_rides = np.nan_to_num(X[:, 1])
        features = tuple(replace(FEATURES[0], name=f"f{i}") for i in range(X.shape[1]))
        users = UserWeeks(features, X, lengths, n_rides, n_rides > 0)
        free = self.everything_free(model, users)
        complete, _ = _user_sums(model, users, "activity")
        score = free.score(complete).sum(axis=0)
        together = _total_statistics(model, pack(X, lengths, model.densities))
        assert score == pytest.approx(free.score(together), abs=1e-8)
        # A start, 2 moves; most of 2 x 2 of a normal, 7 of a count, 1 of each share
        # and coin, 2 of the parts and of the categories, in 2 states.
        assert 25 <= free.n_free <= 1 + 2 + 2 * (2 + 7 + 1 + 2 + 1 + 2 + 1)
        self.assert_is_gradient(score, free, users)

    def test_scores_of_users_sum_to_the_total(self) -> None:
        model, users = self.few_users()
        free = self.everything_free(model, users)
        complete, rides = _user_sums(model, users, "activity")
        together = _total_statistics(
            model, pack(users.X, users.lengths, model.densities)
        )
        assert complete.moves.sum(axis=0) == pytest.approx(together.moves)
        assert free.score(complete).sum(axis=0) == pytest.approx(
            free.score(together), abs=1e-8
        )
        probabilities = HiddenMarkovModel.from_parameters(model).predict_proba(
            users.X, users.lengths
        )
        later = ~users.is_first
        sums = RideSums.of(probabilities[later], users.n_rides[later], "activity")
        for name in ("weeks", "counted", "rides", "overlap"):
            assert getattr(rides.total(), name) == pytest.approx(getattr(sums, name))

    def test_parameters_at_a_bound_are_fixed(self) -> None:
        model, users = self.few_users()
        packed = pack(users.X, users.lengths, model.densities)
        totals = _total_statistics(model, packed)
        every = self.everything_free(model, users).n_free
        floor = float(model.variances[0, 1])
        at_floor = int((model.variances[:, [1, 3]] <= floor).sum())
        held = FreeParameters.of(model, totals, floor, 0.0)
        assert held.n_free == every - at_floor < every


class TestRides:
    def test_features_determine_what_a_model_knows_of_rides(self) -> None:
        assert known_of_rides(["is_active", "n_rides"]) == "rides"
        assert known_of_rides(["weekend_share", "is_active"]) == "activity"
        assert known_of_rides(["weekend_share"]) == "nothing"

    @pytest.mark.parametrize("emissions", get_args(Emissions))
    def test_planted_rides_are_recovered(self, emissions: Emissions) -> None:
        model = planted(emissions)
        users = model.draw(6_000, 40, 8)
        found = state_rides(model.parameters, users).per_week
        truth = model.truth.by_state["expected_rides_12_weeks"].value
        ahead = expected_rides(
            model.parameters.transition_matrix[np.newaxis], found[np.newaxis], 12
        )
        assert ahead[0] == pytest.approx(truth, rel=0.01)
        # The plain weighted mean does not: it includes rides of neighbouring states.
        probabilities = HiddenMarkovModel.from_parameters(
            model.parameters
        ).predict_proba(users.X, users.lengths)
        sums = RideSums.of(probabilities, users.n_rides, "rides")
        assert np.ptp(StateRides.of(sums).per_week) < 0.95 * np.ptp(found)

    @pytest.mark.parametrize("emissions", get_args(Emissions))
    def test_who_rode_once_only_is_expected_to_ride_no_more(
        self, emissions: Emissions
    ) -> None:
        model = planted(emissions)
        users = model.draw(400, 20, 3)
        once = replace(
            users,
            X=np.where(users.is_first[:, np.newaxis], users.X, 0.0),
            n_rides=np.where(users.is_first, 1.0, 0.0),
            has_request=users.is_first,
        )
        assert state_rides(model.parameters, once).per_week == pytest.approx(0)
        rates = learn_weekly_rates(model.parameters, once)
        assert rates.rides == pytest.approx(0)
        assert rates.active.max() < 1e-5
        # Nobody came back yet, so nothing is known of the weeks after.
        new = replace(
            once,
            X=once.X[users.is_first],
            lengths=np.ones(400, dtype=np.int64),
            n_rides=np.ones(400),
            has_request=np.ones(400, dtype=np.bool_),
        )
        assert learn_weekly_rates(model.parameters, new).rides == pytest.approx(0)

    def test_a_model_that_reads_rides_uses_their_mean(self) -> None:
        probabilities = np.array([[0.9, 0.1], [0.2, 0.8], [0.5, 0.5]])
        n_rides = np.array([4.0, 0.0, 1.0])
        sums = RideSums.of(probabilities, n_rides, "rides")
        assert StateRides.of(sums).per_week == pytest.approx([4.1 / 1.6, 0.9 / 1.4])

    def test_no_state_has_less_than_one_ride_in_an_active_week(self) -> None:
        rng = np.random.default_rng(1)
        probabilities = rng.dirichlet([1.0, 1.0], size=500)
        # An extrapolation to the second state alone would be below zero.
        n_rides = np.round(6 * probabilities[:, 0] ** 3)
        rides = StateRides.of(RideSums.of(probabilities, n_rides, "activity"))
        assert rides.per_counted_week.min() == 1.0
        assert (rides.per_week >= 0).all()

    def test_a_state_without_weeks_has_no_rides(self) -> None:
        probabilities = np.array([[1.0, 0.0], [1.0, 0.0]])
        for known in ("rides", "activity", "nothing"):
            sums = RideSums.of(probabilities, np.array([2.0, 0.0]), known)
            assert StateRides.of(sums).per_week == pytest.approx([1.0, 0.0])


class TestIntervals:
    @pytest.mark.parametrize("emissions", get_args(Emissions))
    def test_intervals_have_their_nominal_coverage(self, emissions: Emissions) -> None:
        n_simulations = 30
        rows = coverage(emissions, n_simulations, 500, 30)
        assert len(rows) == 5
        # Each simulation covers with probability 0.9: coverage below this bound has a
        # probability of 0.001. The ratio of widths finds intervals that are too wide;
        # it varies by about an eighth by chance.
        fewest = binom.ppf(0.001, n_simulations, 0.9) / n_simulations
        for row in rows:
            assert row.share >= fewest, row
            assert 0.75 < row.width_ratio < 1.4, row

    def test_intervals_of_four_times_the_users_are_half_as_wide(self) -> None:
        model = planted("mixed")
        users = model.draw(3_200, 30, 2)
        widths = []
        for n_users in (800, 3_200):
            shares = fitted_outlook(model, users.first(n_users), 1).by_state[
                "long_run_share"
            ]
            widths.append(shares.high - shares.low)
        assert widths[0] / widths[1] == pytest.approx(2, rel=0.25)

    def test_too_few_users_give_no_intervals(self) -> None:
        model = planted("mixed")
        users = model.draw(10, 30, 1)
        rides = state_rides(model.parameters, users)
        draws = draw_parameters(
            model.parameters,
            users,
            rides,
            variance_floor=1e-3,
            probability_floor=1e-4,
            seed=1,
        )
        assert draws is None
        outlook = state_outlook(
            model.parameters.transition_matrix, rides.per_week, draws
        )
        for item in (*outlook.by_state.values(), *outlook.by_pair.values()):
            assert np.isfinite(item.value).all()
            assert np.isnan(item.low).all()
            assert np.isnan(item.high).all()

    def test_the_display_order_also_applies_to_intervals(self) -> None:
        model = planted("mixed")
        outlook = model.truth
        order = np.array([2, 0, 1])
        shown = outlook.permuted(order)
        share = outlook.by_state["long_run_share"].value
        weeks = outlook.by_pair["expected_weeks_to_reach"].value
        assert shown.by_state["long_run_share"].value[0] == share[2]
        assert shown.by_pair["expected_weeks_to_reach"].value[0, 1] == weeks[2, 0]


class TestLevels:
    def parameters(self) -> HMMParameters:
        return random_parameters(3, 0, 5, 1.0, ("count",), 3)

    def test_rides_of_a_count_follow_from_its_probabilities(self) -> None:
        model = self.parameters()
        rides = CountedRides.of(np.array([0.0, 3, 7, 9, 11]))
        assert rides.values.tolist() == [0, 1, 2, 3, 4, 5, 6, 9]
        found = rides.per_week(model, model.means)
        expected = model.count_probabilities() @ rides.values
        assert found == pytest.approx(expected)
        # The same for several draws at once.
        means = np.stack([model.means, model.means[::-1]])
        several = rides.per_week(model, means)
        assert several[0] == pytest.approx(expected)
        assert several[1] == pytest.approx(expected[:, ::-1])

    def test_a_state_has_the_levels_of_its_users(self) -> None:
        model = self.parameters()
        rides = CountedRides(np.arange(8.0)).per_week(model, model.means)
        rng = np.random.default_rng(1)
        beliefs = rng.dirichlet(np.full(9, 0.2), size=400)
        ahead = expected_rides(model.transition_matrix, rides, 12)
        of_users = beliefs @ ahead.ravel()
        present = PresentUsers.of(beliefs, of_users, model)
        assert present.level_shares.sum(axis=0) == pytest.approx(1)
        outlook = state_outlook(model.transition_matrix, rides, None, present)
        by_state = outlook.by_state["expected_rides_12_weeks"].value
        most_probable = beliefs.reshape(400, 3, 3).sum(axis=1).argmax(axis=1)
        for state in range(3):
            # What is shown of a state is the mean of what is shown of its users.
            mean = of_users[most_probable == state].mean()
            assert by_state[state] == pytest.approx(mean)
            shares = present.level_shares[:, state]
            for other in range(3):
                gain = shares @ (ahead[:, other] - ahead[:, state])
                found = outlook.by_pair["rides_gained_12_weeks"].value[state, other]
                assert found == pytest.approx(gain)

    def test_a_state_without_users_has_the_levels_of_everyone(self) -> None:
        model = self.parameters()
        rides = CountedRides(np.arange(8.0)).per_week(model, model.means)
        beliefs = np.zeros((5, 9))
        beliefs[:, 0] = 1.0
        present = PresentUsers.of(beliefs, np.ones(5), model)
        assert present.level_shares[:, 1] == pytest.approx(model.level_weights)
        outlook = state_outlook(model.transition_matrix, rides, None, present)
        by_state = outlook.by_state["expected_rides_12_weeks"].value
        ahead = expected_rides(model.transition_matrix, rides, 12)
        assert by_state[0] == pytest.approx(1)
        assert by_state[1] == pytest.approx(model.level_weights @ ahead[:, 1])

    def test_intervals_contain_rides_of_a_model_with_levels(self) -> None:
        model = self.parameters()
        lengths = np.full(1_500, 30)
        X, _ = HiddenMarkovModel.from_parameters(model).sample(lengths, 4)
        n_rides = np.minimum(X[:, 0], 7)
        users = UserWeeks(FEATURES[:1], X, lengths, n_rides, n_rides > 0)
        fit = HiddenMarkovModel(3, initial=model, tolerance=1e-8).fit(X, lengths)
        rides = CountedRides.of(n_rides)
        draws = draw_parameters(
            fit.parameters_,
            users,
            rides,
            variance_floor=1e-3,
            probability_floor=1e-4,
            seed=1,
        )
        assert draws is not None
        assert draws.rides.shape[1:] == (3, 3)
        centre = rides.per_week(fit.parameters_, fit.parameters_.means)
        low, high = np.quantile(draws.rides, [0.05, 0.95], axis=0)
        assert ((low < centre) & (centre < high)).all()
        truth = rides.per_week(model, model.means)
        wide_low, wide_high = np.quantile(draws.rides, [0.001, 0.999], axis=0)
        is_inside = (wide_low < truth) & (truth < wide_high)
        assert is_inside.mean() > 0.7
