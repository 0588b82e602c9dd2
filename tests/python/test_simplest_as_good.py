"""The rule of every choice, with keys and flaws of any kind."""

from __future__ import annotations

import numpy as np
import pytest

from user_states.selection.next_week_scores import UserScores
from user_states.selection.simplest_as_good import ComparedCandidate, judge


def candidate(
    mean: float | None, *flaws: str, noise: float = 0.0
) -> ComparedCandidate[str]:
    if mean is None:
        return ComparedCandidate(None, 1.0, flaws)
    signs = np.array([1.0, -1.0, 1.0, -1.0])
    return ComparedCandidate(
        UserScores(mean + noise * signs, np.ones(4, np.int64)), 1.0, flaws
    )


def test_the_first_within_one_standard_error_is_chosen() -> None:
    found = judge(
        {
            "plain": candidate(-0.9),
            "small": candidate(-0.52, noise=0.1),
            "large": candidate(-0.50),
        }
    )
    assert (found.best, found.chosen) == ("large", "small")
    assert found.is_sound


def test_a_flaw_that_a_closer_look_finds_takes_the_best_out() -> None:
    looked: list[str] = []

    def look(key: str) -> list[str]:
        looked.append(key)
        return ["unstable"] if key == "large" else []

    found = judge({"plain": candidate(-0.9), "large": candidate(-0.5)}, find_flaws=look)
    assert (found.best, found.chosen) == ("plain", "plain")
    assert found.candidates["large"].flaws == ("unstable",)
    assert looked == ["large", "plain"]


def test_without_scores_the_least_loss_decides_and_flaws_exclude() -> None:
    rows = {
        "a": ComparedCandidate(None, 3.0, ()),
        "b": ComparedCandidate(None, 1.0, ("broken",)),
        "c": ComparedCandidate(None, 2.0, ()),
    }
    assert judge(rows).chosen == "c"
    with_flaws = {
        key: ComparedCandidate(None, row.fallback_loss, ("x",))
        for key, row in rows.items()
    }
    found = judge(with_flaws)
    assert found.chosen == "b"
    assert not found.is_sound


def test_scores_of_some_only_are_an_error() -> None:
    with pytest.raises(ValueError, match="expected all or none"):
        judge({"a": candidate(-0.5), "b": candidate(None)})
    with pytest.raises(ValueError, match="at least one"):
        judge({})
