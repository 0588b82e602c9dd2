"""Expected spend: the Gamma-Gamma model, terms, and regressions on planted users."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from user_states.hmm.arrays import FloatArray, IntArray
from user_states.outlook.gamma_gamma import fit_gamma_gamma
from user_states.outlook.outlook_terms import history_terms
from user_states.outlook.regressions import (
    TARGETS,
    learn_without_states,
    published_rides,
)
from user_states.outlook.ride_history import ride_history, within_next_weeks
from user_states.outlook.spend_regressions import (
    SPEND_TARGETS,
    SpendOutlook,
    learn_spend,
)
from user_states.outlook.spend_terms import (
    SPEND_TERMS,
    RidePrice,
    own_price,
    spend_terms,
)


class TestGammaGamma:
    def test_planted_parameters_are_found(self) -> None:
        rng = np.random.default_rng(1)
        p, q, gamma = 6.0, 4.0, 15.0
        n = rng.integers(1, 9, size=20_000).astype(float)
        rate = rng.gamma(q, 1 / gamma, size=len(n))
        total = rng.gamma(p * n, 1 / rate)
        found = fit_gamma_gamma(n, total)
        assert found is not None
        assert (found.p, found.q, found.gamma) == pytest.approx((p, q, gamma), rel=0.1)
        assert found.mean == pytest.approx(p * gamma / (q - 1), rel=0.02)
        # The next payment of users is what is expected of them, also of the dear ones.
        ahead, expected = rng.gamma(p, 1 / rate), found.expected(n, total)
        for fifth in np.array_split(np.argsort(expected), 5):
            assert expected[fifth].mean() == pytest.approx(
                ahead[fifth].mean(), rel=0.04
            )

    def test_users_without_payments_say_nothing(self) -> None:
        n, total = np.array([2.0, 1, 3, 0, 4]), np.array([20.0, 8, 33, 0, 0])
        found, paid = fit_gamma_gamma(n, total), fit_gamma_gamma(n[:3], total[:3])
        assert found == paid
        assert fit_gamma_gamma(n[2:], total[2:]) is None

    def test_a_new_user_is_expected_to_pay_the_mean(self) -> None:
        found = fit_gamma_gamma(np.array([1.0, 2, 5]), np.array([9.0, 24, 50]))
        assert found is not None
        expected = found.expected(np.array([0.0, 1e9]), np.array([0.0, 7e9]))
        assert expected == pytest.approx([found.mean, 7.0], rel=1e-5)


class TestTerms:
    def test_terms_by_hand(self) -> None:
        # 3 rides for 60 in the first of 14 weeks, 1 for 5 in the last one.
        n_rides, spend = np.zeros(14), np.zeros(14)
        n_rides[[0, -1]], spend[[0, -1]] = [3, 1], [60, 5]
        history = ride_history(n_rides, np.array([14]), spend).rows(np.array([13]))
        price = RidePrice(mean=10.0, weight=2.0)
        own = (2 * 10 + 65) / (2 + 4)
        assert own_price(price, history) == pytest.approx([own])
        (found,) = spend_terms(np.array([3.0]), price, history)
        terms = dict(zip(SPEND_TERMS, found, strict=True))
        assert terms["log_expected_rides"] == pytest.approx(np.log(3))
        assert terms["log_price"] == pytest.approx(np.log(own / 10))
        recent = np.log((2 * own + 5) / 3 / own)
        assert terms["log_price_of_last_12_weeks"] == pytest.approx(recent)
        assert terms["log_price_of_last_4_weeks"] == pytest.approx(recent)
        assert terms["log_weeks_since_last_ride"] == 0
        assert terms["log_weeks_since_first_ride"] == pytest.approx(np.log(14))
        assert terms["log_active_weeks"] == pytest.approx(np.log(2))


def planted_spend(
    n_users: int, n_weeks: int
) -> tuple[FloatArray, FloatArray, IntArray]:
    """Return rides and spend of users, each with an own rate and an own price."""
    rng = np.random.default_rng(5)
    lengths = np.full(n_users, n_weeks)
    rate = np.repeat(rng.gamma(1.0, 1.2, size=n_users), n_weeks)
    price = np.repeat(rng.lognormal(2.0, 0.5, size=n_users), n_weeks)
    n_rides = rng.poisson(rate).astype(float)
    n_rides[::n_weeks] = np.maximum(n_rides[::n_weeks], 1)
    spend = n_rides * price * rng.lognormal(0, 0.2, size=len(price))
    return n_rides, spend, lengths


def learned(
    n_rides: FloatArray, spend: FloatArray | None, lengths: IntArray
) -> tuple[SpendOutlook | None, dict[int, FloatArray]]:
    """Return the outlook, and the published rides of every row, without states."""
    ones = {target.name: np.ones(len(n_rides)) for target in TARGETS}
    regressions = learn_without_states(n_rides, lengths)
    history = history_terms(ride_history(n_rides, lengths))
    rides = published_rides(regressions, ones, history)
    return learn_spend(regressions, ones, n_rides, spend, lengths), rides


class TestRegressions:
    def test_spend_is_calibrated_for_cheap_and_dear_users(self) -> None:
        n_rides, spend, lengths = planted_spend(900, 80)
        outlook, rides = learned(n_rides, spend, lengths)
        assert outlook is not None
        history = ride_history(n_rides, lengths, spend)
        found = outlook.predict(rides, history)
        assert list(found) == [target.name for target in SPEND_TARGETS]
        own = own_price(outlook.price, history)
        for target in SPEND_TARGETS:
            rows, came = within_next_weeks(spend, lengths, target.n_weeks)
            forecast = found[target.name][rows]
            for by in (forecast, own[rows]):
                for fifth in np.array_split(np.argsort(by, kind="stable"), 5):
                    assert forecast[fifth].mean() == pytest.approx(
                        came[fifth].mean(), rel=0.15, abs=0.2
                    ), target.name

    def test_a_longer_span_is_at_least_the_shorter_ones(self) -> None:
        n_rides, spend, lengths = planted_spend(200, 80)
        outlook, rides = learned(n_rides, spend, lengths)
        assert outlook is not None
        found = list(
            outlook.predict(rides, ride_history(n_rides, lengths, spend)).values()
        )
        for shorter, longer in itertools.pairwise(found):
            assert (longer >= shorter).all()

    def test_a_short_log_has_no_year(self) -> None:
        outlook, _ = learned(*planted_spend(100, 60))
        assert outlook is not None
        assert [row.target for row in outlook.regressions] == list(SPEND_TARGETS[:-1])

    def test_without_prices_there_is_nothing(self) -> None:
        n_rides, spend, lengths = planted_spend(50, 20)
        assert learned(n_rides, None, lengths)[0] is None
        assert learned(n_rides, 0 * spend, lengths)[0] is None

    def test_no_users(self) -> None:
        nothing = np.empty(0)
        outlook, _ = learned(nothing, nothing, np.empty(0, dtype=np.int64))
        assert outlook is None
