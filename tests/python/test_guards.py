"""Each guard, triggered separately."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from user_states.hmm.parameters import (
    COUNT,
    GAUSSIAN,
    Density,
    HMMParameters,
    as_densities,
)
from user_states.panel.features import Feature
from user_states.panel.log_gaps import LogGaps
from user_states.selection.dynamics import Dynamics
from user_states.selection.guards import check_evidence, check_log, check_model
from user_states.selection.next_week_scores import Difference
from user_states.selection.separation import Separation

FEATURES = (
    Feature("n_rides", "zero", "continuous", "log1p", 0, "ride"),
    Feature("weekend_share", "carried", "continuous", "none", 0, "ride"),
    Feature("is_active", "zero", "binary", "none", 0, "week"),
    Feature("weeks_since_last_ride", "growing", "continuous", "log1p", 0, "none"),
)
STICKY = np.full((3, 3), 0.1) + 0.7 * np.eye(3)
SOUND = HMMParameters(
    np.array([0.5, 0.3, 0.2]), STICKY, np.zeros((3, 4)), np.ones((3, 4))
)
SHARES = np.array([0.5, 0.3, 0.2])


def check(parameters: HMMParameters = SOUND, **changes: Any) -> Any:
    settings: dict[str, Any] = {
        "variance_floor": 0.01,
        "state_shares": SHARES,
        "min_state_share": 0.005,
        "median_stays": np.full(3, 4.0),
        "min_stay_weeks": 2.0,
        "converged": True,
    }
    return check_model(parameters, FEATURES, **(settings | changes))


def at_floor(state: int, feature: int, value: float = 0.01) -> HMMParameters:
    variances = np.ones((3, 4))
    variances[state, feature] = value
    return replace(SOUND, variances=variances)


def test_a_sound_model_has_no_defect() -> None:
    assert check() == []


@pytest.mark.parametrize(("feature", "name"), [(0, "n_rides"), (3, "weeks_since")])
def test_a_collapsed_state(feature: int, name: str) -> None:
    (defect,) = check(at_floor(2, feature))
    assert (defect.kind, defect.state) == ("collapsed", 3)
    assert defect.feature == FEATURES[feature].name
    assert defect.text == (
        f"state 3: {defect.feature} has variance 0.0100, at the floor of 0.0100: the "
        "state has collapsed onto one value, which overstates the likelihood: ask for "
        "mixed emissions (hmm.emissions) or fewer states"
    )
    assert defect.feature.startswith(name)


@pytest.mark.parametrize("feature", [1, 2])
def test_carried_and_binary_features_may_be_at_the_floor(feature: int) -> None:
    assert check(at_floor(0, feature)) == []


def test_a_carried_feature_collapses_where_only_evidence_counts() -> None:
    mixed = as_densities(("gaussian", "gaussian", "bernoulli", "gaussian"))
    broken = replace(at_floor(2, 1), means=np.full((3, 4), 0.5), densities=mixed)
    (defect,) = check(broken)
    assert (defect.kind, defect.state, defect.feature) == (
        "collapsed",
        3,
        "weekend_share",
    )
    assert "ask for fewer states, or leave the feature out" in defect.text


def test_probabilities_of_several_columns_never_collapse() -> None:
    features = (
        Feature("n_rides", "zero", "count", "log1p", 0, "later_week"),
        Feature("price", "carried", "continuous", "none", 0, "ride"),
    )
    densities = (COUNT, GAUSSIAN)
    means = np.hstack([np.full((3, 8), 1 / 8), np.zeros((3, 1))])
    variances = np.full((3, 9), 0.01)
    parameters = HMMParameters(
        SOUND.start_probabilities, STICKY, means, variances, densities
    )
    defects = check_model(
        parameters,
        features,
        variance_floor=0.01,
        state_shares=SHARES,
        min_state_share=0.0,
        median_stays=np.full(3, 4.0),
        min_stay_weeks=2.0,
        converged=True,
    )
    assert {defect.feature for defect in defects} == {"price"}
    assert [defect.state for defect in defects] == [1, 2, 3]


def test_a_bernoulli_feature_cannot_collapse() -> None:
    # The same numbers twice: as a Gaussian variance, 0.0099 is a collapse.
    means, variances = np.full((3, 4), 0.5), np.full((3, 4), 0.25)
    means[0, 0], variances[0, 0] = 0.01, 0.01 * 0.99
    gaussian = HMMParameters(SOUND.start_probabilities, np.eye(3), means, variances)
    (defect,) = check(gaussian)
    assert (defect.kind, defect.feature) == ("collapsed", "n_rides")
    densities: tuple[Density, ...] = as_densities(
        ("bernoulli", "gaussian", "bernoulli", "gaussian")
    )
    assert check(replace(gaussian, densities=densities)) == []


def test_a_gaussian_feature_in_a_mixed_model_can_collapse() -> None:
    densities: tuple[Density, ...] = as_densities(
        ("gaussian", "gaussian", "bernoulli", "gaussian")
    )
    broken = replace(at_floor(1, 3), means=np.full((3, 4), 0.5), densities=densities)
    (defect,) = check(broken)
    assert (defect.state, defect.feature) == (2, "weeks_since_last_ride")


def test_a_variance_just_above_its_own_floor_is_sound() -> None:
    assert check(at_floor(0, 0, 0.0101)) == []
    floors = np.array([0.05, 0.01, 0.01, 0.01])
    (defect,) = check(at_floor(0, 0, 0.05), variance_floor=floors)
    assert "variance 0.0500, at the floor of 0.0500" in defect.text
    assert check(at_floor(0, 0, 1e-6), variance_floor=0.0) == []


def test_an_empty_state() -> None:
    (defect,) = check(state_shares=np.array([0.6, 0.396, 0.004]))
    assert (defect.kind, defect.state, defect.feature) == ("empty", 3, None)
    assert "0.400% of the decoded user-weeks, less than 0.500%" in defect.text
    assert check(state_shares=np.array([0.6, 0.395, 0.005])) == []


def test_a_state_that_users_leave_soon() -> None:
    hasty = STICKY.copy()
    hasty[1] = [0.35, 0.3, 0.35]
    (defect,) = check(replace(SOUND, transition_matrix=hasty))
    assert (defect.kind, defect.state) == ("brief", 2)
    assert "stay for 1.4 weeks on average, half of them 4 or less" in defect.text
    (defect,) = check(median_stays=np.array([4.0, np.nan, 1.0]))
    assert (defect.kind, defect.state) == ("brief", 3)
    assert "stay for 5.0 weeks on average, half of them 1 or less" in defect.text
    # A mean of 2 weeks, which is enough, and a state that is never left.
    enough = np.array([[0.5, 0.25, 0.25], [0.1, 0.8, 0.1], [0.0, 0.0, 1.0]])
    assert check(replace(SOUND, transition_matrix=enough)) == []
    alone = HMMParameters(
        np.ones(1), np.ones((1, 1)), np.zeros((1, 4)), np.ones((1, 4))
    )
    assert check(alone, state_shares=np.ones(1), median_stays=np.ones(1)) == []


def test_no_convergence() -> None:
    (defect,) = check(converged=False)
    assert (defect.kind, defect.state) == ("not_converged", None)


def test_parameters_that_are_not_finite() -> None:
    means = np.zeros((3, 4))
    broken = replace(SOUND)
    # The constructor already refuses this; the guard is a second check.
    means[0, 1] = np.nan
    object.__setattr__(broken, "means", means)
    (defect,) = check(broken)
    assert defect.kind == "non_finite"
    assert defect.text == "means: 1 of 12 values are NaN or infinite"
    (defect,) = check(state_shares=np.array([0.5, np.nan, 0.5]))
    assert defect.text.startswith("state_shares: 1 of 3")


def test_every_defect_is_reported() -> None:
    defects = check(
        at_floor(0, 0), state_shares=np.array([0.0, 0.5, 0.5]), converged=False
    )
    assert [d.kind for d in defects] == ["collapsed", "empty", "not_converged"]


def evidence(**changes: Any) -> Any:
    sound: dict[str, Any] = {
        "n_polished": 3,
        "n_at_best": 2,
        "stability": 0.9,
        "min_stability": 0.6,
        "separation": Separation(0.01, 0.005, 199),
    }
    return check_evidence(**(sound | changes))


def test_sound_evidence_shows_no_defect() -> None:
    assert evidence() == []
    assert evidence(stability=0.6, separation=Separation(0.01, 0.05, 199)) == []


def test_missing_evidence_is_no_defect() -> None:
    assert evidence(stability=None, separation=None) == []


def test_an_optimum_found_by_one_start() -> None:
    (defect,) = evidence(n_at_best=1)
    assert (defect.kind, defect.state, defect.feature) == ("lone_optimum", None, None)
    assert defect.text.startswith("1 of 3 polished starts reached the best optimum")


def test_a_single_polished_start_has_its_own_text() -> None:
    (defect,) = evidence(n_polished=1, n_at_best=1)
    assert defect.kind == "lone_optimum"
    assert defect.text.startswith("only one start was polished")
    assert "more starts" in defect.text


@pytest.mark.parametrize("stability", [0.599, 0.0, -0.1, np.nan])
def test_unstable_states(stability: float) -> None:
    (defect,) = evidence(stability=stability)
    assert defect.kind == "unstable"
    assert f"index of {stability:.3f}; expected at least 0.600" in defect.text


@pytest.mark.parametrize(
    ("mean", "error", "is_sound"),
    [
        (0.01, 0.001, True),
        # 1.645 standard errors have p = 0.05.
        (0.01, 0.0060, True),
        (0.01, 0.0061, False),
        (-0.01, 0.001, False),
        (0.0, 0.0, False),
    ],
)
def test_states_without_dynamics(mean: float, error: float, is_sound: bool) -> None:
    found = Dynamics(Difference(mean, error), "3 kinds of users who never change")
    assert (evidence(dynamics=found) == []) == is_sound
    if not is_sound:
        (defect,) = evidence(dynamics=found)
        assert defect.kind == "no_dynamics"
        assert "no better than 3 kinds of users who never change" in defect.text


def test_a_start_that_was_not_polished_is_no_lone_optimum() -> None:
    assert evidence(n_polished=0, n_at_best=0) == []


def test_states_that_predict_nothing() -> None:
    (defect,) = evidence(separation=Separation(0.000012, 0.055, 199))
    assert defect.kind == "not_separating"
    assert "0.000012 nats a user-week, p = 0.055 of 199 shuffles" in defect.text


def test_only_a_model_of_one_state_is_exempt() -> None:
    bad: dict[str, Any] = {
        "n_polished": 1,
        "n_at_best": 1,
        "stability": 0.0,
        "separation": Separation(0.0, 1.0, 199),
        "dynamics": Dynamics(Difference(0.0, 1.0), "one kind"),
    }
    assert evidence(**bad, n_states=1) == []
    kinds = ["lone_optimum", "unstable", "not_separating", "no_dynamics"]
    assert [defect.kind for defect in evidence(**bad, n_states=2)] == kinds
    assert [defect.kind for defect in evidence(**bad)] == kinds


class TestLog:
    def test_a_log_without_gaps(self) -> None:
        assert check_log(LogGaps(0.9, "fine", 0.05, "fine")) == []

    def test_a_small_log_is_not_judged_by_its_last_week(self) -> None:
        assert check_log(LogGaps(None, "fine", 0.0, "")) == []

    def test_an_as_of_week_with_hardly_any_rides(self) -> None:
        (defect,) = check_log(LogGaps(0.95, "Rides in it: 1, usual: 20.", 0.0, ""))
        assert defect.kind == "empty_end"
        assert "Rides in it: 1, usual: 20. Expected at least 10%" in defect.text
        assert "as_of_date" in defect.text

    def test_many_weeks_without_rides(self) -> None:
        (defect,) = check_log(LogGaps(0.0, "", 0.051, "Weeks without a ride: 9."))
        assert defect.kind == "empty_weeks"
        assert "5.1% of the user-weeks" in defect.text
        assert "Weeks without a ride: 9. Expected at most 5%" in defect.text
