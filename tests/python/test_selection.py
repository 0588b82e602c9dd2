"""The selection table against a hand calculation, and the rule."""

from __future__ import annotations

import numpy as np
import pytest

from segmentation.fitting import FitResult
from segmentation.parameters import HMMParameters
from segmentation.selection import SelectionRow, choose_n_states, selection_row


def row(n_states: int, bic: float, n_defects: int = 0) -> SelectionRow:
    return SelectionRow(
        n_states=n_states,
        start=0,
        log_likelihood=-bic / 2,
        n_parameters=1,
        aic=bic,
        bic=bic,
        min_state_share=0.1,
        n_floor_hits=0,
        n_defects=n_defects,
        n_iterations=1,
        converged=True,
    )


def test_criteria_by_hand() -> None:
    fit = FitResult(
        parameters=HMMParameters(
            np.array([0.5, 0.5]), np.eye(2), np.zeros((2, 3)), np.ones((2, 3))
        ),
        log_likelihood=-1000.0,
        n_users=10,
        n_rows=500,
        start=2,
        n_iterations=7,
        converged=True,
        history=(-1001.0, -1000.0),
        n_floor_hits=4,
        starts=(),
    )
    table = selection_row(fit, np.array([0.8, 0.2]), n_defects=1)
    # 1 start probability, 2 transitions, 6 means, 6 variances.
    assert table.n_parameters == 15
    assert table.aic == 2030.0
    assert table.bic == pytest.approx(2000.0 + 15 * 6.214608098422191)
    assert table.min_state_share == 0.2
    assert (table.start, table.n_floor_hits, table.n_defects) == (2, 4, 1)


def test_the_least_bic_is_chosen() -> None:
    choice = choose_n_states([row(4, 90.0), row(2, 100.0), row(3, 80.0)])
    assert choice.n_states == 3
    assert choice.explanation == (
        "3 states: BIC is least (80) among the 3 of 3 models that pass their guards."
    )


def test_models_with_defects_are_passed_over_and_named() -> None:
    choice = choose_n_states([row(2, 100.0), row(3, 80.0, 2), row(4, 90.0)])
    assert choice.n_states == 4
    assert "among the 2 of 3" in choice.explanation
    assert "3 states would have a lower one (80)" in choice.explanation
    assert "2 defects" in choice.explanation


def test_a_bic_that_keeps_falling_is_said() -> None:
    choice = choose_n_states([row(2, 100.0), row(3, 80.0), row(4, 70.0)])
    assert choice.n_states == 4
    assert "BIC still falls at 4 states, the end of the range" in choice.explanation
    passed_over = choose_n_states([row(2, 100.0), row(3, 80.0), row(4, 70.0, 1)])
    assert passed_over.n_states == 3
    assert "1 defect." in passed_over.explanation
    assert "still falls at 4 states" in passed_over.explanation


def test_where_all_fail_the_least_bic_is_chosen_and_said() -> None:
    choice = choose_n_states([row(2, 100.0, 1), row(3, 80.0, 2), row(4, 90.0, 1)])
    assert choice.n_states == 3
    assert "all 3 models failed their guards" in choice.explanation


def test_equal_bic_is_the_smaller_model() -> None:
    assert choose_n_states([row(3, 80.0), row(2, 80.0), row(4, 90.0)]).n_states == 2


def test_one_candidate_and_none() -> None:
    choice = choose_n_states([row(1, 80.0, 1)])
    assert choice.n_states == 1
    assert choice.explanation.startswith("1 state, as asked")
    with pytest.raises(ValueError, match="at least one"):
        choose_n_states([])
    with pytest.raises(ValueError, match="another number"):
        choose_n_states([row(2, 1.0), row(2, 2.0)])
