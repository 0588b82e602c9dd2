"""The study of the choice, in small: planted states are found, or none without any."""

from __future__ import annotations

from typing import get_args

import numpy as np
import pytest

from user_states.benchmarks.choice_study import (
    PlantedCase,
    PlantedOutcome,
    StudySettings,
    changing_cases,
    require_right,
    study,
    unchanging_cases,
)
from user_states.benchmarks.planted_logs import (
    HABITS,
    Unchanging,
    planted_states,
    unchanging_users,
)
from user_states.errors import UserError
from user_states.selection.choice import NO_STATES, Choice

SMALL = StudySettings(
    n_users=500, n_weeks=52, most_states=5, n_starts=2, bootstrap_refits=2
)


@pytest.mark.parametrize("n_states", [2, 4])
def test_planted_states_are_found(n_states: int) -> None:
    outcomes = list(study(changing_cases([n_states]), [1], SMALL))
    require_right(outcomes)
    assert "States tell next week better than" in outcomes[0].choice.explanation


@pytest.mark.parametrize("case", unchanging_cases(), ids=lambda case: case.name)
def test_users_who_never_change_have_one_state(case: PlantedCase) -> None:
    outcomes = list(study([case], [2], SMALL))
    require_right(outcomes)
    assert outcomes[0].choice.explanation.startswith(NO_STATES)


def test_planted_panels_are_what_they_say() -> None:
    sample = planted_states(6, 0, 400, 60)
    weeks = sample.weeks
    n_rides, parts = weeks.X[:, 0], weeks.X[:, 1:11]
    np.testing.assert_array_equal(parts.sum(axis=1), n_rides)
    assert (weeks.X[:, [12, 14]] == n_rides[:, np.newaxis]).all()
    assert n_rides.max() <= 7
    # A user's weeks begin with the first ride.
    assert (n_rides[np.cumsum(weeks.lengths) - weeks.lengths] > 0).all()
    assert 0.1 < sample.is_held_out.mean() < 0.3
    assert len(HABITS) == 6


def test_users_who_never_change_differ_as_they_should() -> None:
    def spread(column: int, kind: Unchanging) -> float:
        sample = unchanging_users(kind, 0, 400, 60)
        weeks = sample.weeks
        first_rows = np.cumsum(weeks.lengths) - weeks.lengths
        sums = np.add.reduceat(weeks.X, first_rows)
        whole = weeks.lengths if column == 0 else np.maximum(sums[:, 0], 1)
        return float(np.std(sums[:, column] / whole))

    rates = [spread(0, kind) for kind in get_args(Unchanging)]
    assert rates[1] > 2 * rates[0]
    assert rates[2] > 2 * rates[0]
    assert spread(11, "gamma rates and traits") > 2 * spread(11, "gamma rates")


def test_too_few_right_choices_are_an_error_with_the_numbers() -> None:
    (case,) = changing_cases([2])
    (unchanging,) = unchanging_cases(["one rate"])
    right, wrong = Choice(2, "", True, {}), Choice(3, "", True, {})
    outcomes = [PlantedOutcome(case, seed, right) for seed in range(8)]
    require_right([*outcomes, *[PlantedOutcome(case, 8, wrong)] * 2])
    with pytest.raises(UserError, match="8 of 11 panels with states; expected 80%"):
        require_right([*outcomes, *[PlantedOutcome(case, 8, wrong)] * 3])
    with pytest.raises(UserError, match=r"one rate, seed 4: 3"):
        require_right([PlantedOutcome(unchanging, 4, wrong)])
    # A defect is not right either.
    with pytest.raises(UserError, match="0 of 1"):
        require_right([PlantedOutcome(case, 0, Choice(2, "", False, {}))])
