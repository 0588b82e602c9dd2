"""Criteria by hand, every branch of the selection rule, and planted states."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from user_states.hmm.arrays import FloatArray, IntArray
from user_states.selection.choice import (
    AS_REQUESTED,
    NO_STATES,
    NONE_PASSES,
    Candidate,
    Choice,
    Inspection,
    choose,
    information_criteria,
)
from user_states.selection.guards import IN_SHORT, Defect, DefectKind
from user_states.selection.next_week_scores import (
    Difference,
    UserScores,
    next_week_probabilities,
    paired_difference,
    score_next_week,
)

MIN_STABILITY = 0.6


def defect(kind: DefectKind) -> Defect:
    return Defect(kind, None, None, f"{kind} in words")


def scores(mean: float, noise: float = 0.0) -> UserScores:
    """Return scores of four users with ten pairs each.

    The mean scores of users are `noise` above or below `mean`. The difference between
    noise n and noise 0 has a standard error of n / sqrt(3).
    """
    signs = np.array([1.0, -1.0, 1.0, -1.0])
    return UserScores(10 * (mean + noise * signs), np.full(4, 10))


def candidate(
    n_states: int,
    mean: float | None = -0.5,
    *kinds: DefectKind,
    noise: float = 0.0,
    bic: float = 100.0,
) -> Candidate:
    held_out = None if mean is None else scores(mean, noise)
    return Candidate(n_states, held_out, bic, tuple(map(defect, kinds)))


class Refits:
    """Stabilities by number of states (1 if not given), and which were computed."""

    def __init__(self, stabilities: dict[int, float] | None = None) -> None:
        self.stabilities = stabilities or {}
        self.computed: list[int] = []

    def inspect(self, n_states: int) -> Inspection:
        self.computed.append(n_states)
        stability = self.stabilities.get(n_states, 1.0)
        is_stable = stability >= MIN_STABILITY
        return Inspection(stability, () if is_stable else (defect("unstable"),))

    def choose(self, *candidates: Candidate) -> Choice:
        return choose(candidates, self.inspect)


def test_criteria_by_hand() -> None:
    criteria = information_criteria(-1000.0, -1100.0, 15, 500)
    assert criteria.aic == 2030.0
    assert criteria.bic == pytest.approx(2000.0 + 15 * 6.214608098422191)
    assert criteria.icl == pytest.approx(2200.0 + 15 * 6.214608098422191)


def test_the_noise_gives_the_documented_standard_error() -> None:
    difference = paired_difference(scores(-0.4, 0.3), scores(-0.5))
    assert difference.mean == pytest.approx(0.1)
    assert difference.standard_error == pytest.approx(0.3 / math.sqrt(3))


def test_the_best_is_chosen_if_no_other_is_as_good() -> None:
    refits = Refits({3: 0.9})
    choice = refits.choose(candidate(4, -0.6), candidate(2, -0.7), candidate(3, -0.5))
    assert (choice.n_states, choice.is_sound) == (3, True)
    assert refits.computed == [3]
    assert list(choice.verdicts) == [2, 3, 4]
    assert choice.verdicts[3].stability == 0.9
    assert choice.verdicts[2].stability is None
    assert [row.is_within_one_se for row in choice.verdicts.values()] == [
        False,
        True,
        False,
    ]
    behind = choice.verdicts[2].behind_best
    assert behind is not None
    assert behind.mean == pytest.approx(0.2)
    assert choice.explanation == (
        "3 states: of the models that pass the checks, the one that predicts next "
        "week's activity best. It has a log score of -0.5000 nats a user-week on "
        "held-out users; the best with fewer, 2 states, is 0.20000 behind, with a "
        "standard error of 0.00000."
    )


def test_the_fewest_states_within_one_standard_error_are_chosen() -> None:
    refits = Refits()
    choice = refits.choose(
        candidate(2, -0.60),
        candidate(3, -0.52),
        candidate(4, -0.51),
        candidate(5, -0.50, noise=0.06),
        candidate(6, -0.58),
    )
    # The standard error of the difference is 0.0346. It includes 3 and 4 states.
    assert (choice.n_states, choice.is_sound) == (3, True)
    # The best, and then the finalists up to the first that is sound.
    assert refits.computed == [5, 3]
    within = {n for n, row in choice.verdicts.items() if row.is_within_one_se}
    assert within == {3, 4, 5}
    assert choice.explanation == (
        "3 states: of the models that pass the checks, the one with the fewest states "
        "that predicts next week's activity as well as the best, within one standard "
        "error. The best has 5 states and a log score of -0.5000 nats a user-week on "
        "held-out users; the chosen one is 0.02000 behind, with a standard error of "
        "0.03464."
    )


def test_exactly_one_standard_error_is_within() -> None:
    # Differences of 0 and 2 with one pair each: mean 1, standard error 1.
    one_pair = np.ones(2, dtype=np.int64)
    best = UserScores(np.array([-1.0, -1.0]), one_pair)
    other = UserScores(np.array([-1.0, -3.0]), one_pair)
    assert paired_difference(best, other) == Difference(1.0, 1.0)
    rows = Candidate(3, best, 0.0, ()), Candidate(2, other, 0.0, ())
    assert Refits().choose(*rows).n_states == 2


def test_just_over_one_standard_error_is_not_within() -> None:
    best = scores(0.0, 0.5)
    error = paired_difference(best, scores(0.0)).standard_error
    for share, n_states in ((0.99, 2), (1.01, 3)):
        other = Candidate(2, scores(-share * error), 0.0, ())
        assert Refits().choose(Candidate(3, best, 0.0, ()), other).n_states == n_states


def test_the_smaller_of_equally_good_models_is_chosen() -> None:
    assert Refits().choose(candidate(3), candidate(2), candidate(4)).n_states == 2


def test_the_rule_uses_the_error_of_the_difference() -> None:
    # Users differ a lot, but equally under both models: the means are uncertain and
    # the difference is precise.
    hard = np.array([-1.0, -30.0, -2.0, -50.0])
    n_pairs = np.full(4, 10)
    best = UserScores(hard, n_pairs)
    worse = UserScores(hard - 0.1 - np.array([0.0, 0.001, 0.0, 0.001]), n_pairs)
    assert best.standard_error > 0.1 > best.mean - worse.mean
    rows = [Candidate(3, best, 0.0, ()), Candidate(2, worse, 0.0, ())]
    assert Refits().choose(*rows).n_states == 3


def test_models_with_defects_are_skipped_and_named() -> None:
    refits = Refits()
    choice = refits.choose(
        candidate(2, -0.6),
        candidate(3, -0.5, "empty"),
        candidate(4, -0.4, "empty"),
        candidate(5, -0.3, "collapsed", "collapsed", "lone_optimum"),
    )
    assert (choice.n_states, choice.is_sound) == (2, True)
    assert refits.computed == [2]
    assert choice.explanation.endswith(
        "It has a log score of -0.6000 nats a user-week on held-out users. Failed the "
        "checks: 3 and 4 states (a state is nearly empty); 5 states (a state has "
        "collapsed onto one value, too few starts reached the same optimum)."
    )
    ahead = choice.verdicts[5]
    assert ahead.behind_best is not None
    assert ahead.behind_best.mean == pytest.approx(-0.3)
    assert ahead.is_within_one_se
    assert ahead.stability is None


def test_the_runner_up_is_sound_if_any_model_is() -> None:
    rows = [candidate(2, -0.6), candidate(3, -0.55, "empty"), candidate(4, -0.5)]
    assert "the best with fewer, 2 states, is" in Refits().choose(*rows).explanation
    unsound = [candidate(k, -1 / k, "empty") for k in (2, 3, 4)]
    assert "the best with fewer, 3 states" in Refits().choose(*unsound).explanation


def test_every_kind_of_defect_has_a_short_name() -> None:
    for kind in IN_SHORT:
        choice = Refits().choose(candidate(2, -0.6), candidate(3, -0.5, kind))
        assert f"3 states ({IN_SHORT[kind]})" in choice.explanation


def test_an_unstable_finalist_is_dropped() -> None:
    refits = Refits({2: 0.3, 3: 0.8})
    choice = refits.choose(
        candidate(2, -0.52), candidate(3, -0.51), candidate(4, -0.5, noise=0.06)
    )
    assert (choice.n_states, choice.is_sound) == (3, True)
    assert refits.computed == [4, 2, 3]
    assert [row.kind for row in choice.verdicts[2].defects] == ["unstable"]
    assert choice.verdicts[2].is_within_one_se
    assert "2 states (refits on resampled users give other" in choice.explanation


def test_finalists_are_found_again_if_the_best_is_unstable() -> None:
    # 4 and 5 states are within one error of 5. Without 5 the best is 4, and 3 and 4
    # are within its error. Each stability is computed once.
    refits = Refits({5: 0.1})
    choice = refits.choose(
        candidate(2, -0.70),
        candidate(3, -0.56),
        candidate(4, -0.52, noise=0.08),
        candidate(5, -0.50, noise=0.03),
    )
    assert refits.computed == [5, 4, 3]
    assert (choice.n_states, choice.is_sound) == (3, True)
    behind = choice.verdicts[3].behind_best
    assert behind is not None
    assert behind.mean == pytest.approx(0.04)
    assert "The best has 4 states" in choice.explanation
    assert "5 states (refits on resampled users" in choice.explanation


def test_if_all_have_defects_the_rule_is_the_same_and_says_so() -> None:
    refits = Refits()
    choice = refits.choose(
        candidate(2, -0.60, "empty"),
        candidate(3, -0.52, "not_converged"),
        candidate(4, -0.50, "empty", noise=0.06),
    )
    assert (choice.n_states, choice.is_sound) == (3, False)
    assert refits.computed == [3]
    assert choice.explanation.startswith(
        "No model passes the checks; ignoring the checks, 3 states: of all "
        "models, the one with the fewest states"
    )
    assert "3 states (the fit did not converge)" in choice.explanation


def test_if_all_are_unstable_the_best_of_all_is_chosen() -> None:
    refits = Refits({2: 0.1, 3: 0.2, 4: 0.3})
    choice = refits.choose(candidate(2, -0.7), candidate(3, -0.6), candidate(4, -0.5))
    assert refits.computed == [4, 3, 2]
    assert (choice.n_states, choice.is_sound) == (4, False)
    behind = choice.verdicts[2].behind_best
    assert behind is not None
    assert behind.mean == pytest.approx(0.2)
    assert "the best with fewer, 3 states, is 0.10000 behind" in choice.explanation


def test_the_end_of_the_range_is_mentioned_only_if_it_is_the_best() -> None:
    end = Refits().choose(candidate(2, -0.6), candidate(3, -0.5)).explanation
    sentence = (
        "3 states is also the most that was tried, so more states may be better still."
    )
    assert end.endswith(sentence)
    inside = Refits().choose(candidate(2, -0.5), candidate(3, -0.6)).explanation
    assert "most that was tried" not in inside


def test_a_known_defect_is_listed_once() -> None:
    known = candidate(2, -0.5, "empty")
    found = Inspection(0.9, (defect("empty"), defect("lone_optimum")))
    choice = choose([known], lambda _: found)
    kinds = [row.kind for row in choice.verdicts[2].defects]
    assert kinds == ["empty", "lone_optimum"]


def test_the_stability_of_one_state_is_not_computed() -> None:
    refits = Refits()
    better = candidate(2, -0.49, noise=0.06)
    choice = refits.choose(candidate(1, -0.5), better)
    assert (choice.n_states, refits.computed) == (1, [2])
    assert choice.verdicts[1].stability is None
    assert choice.explanation.startswith(
        "No behavioural states found: users differ, but do not change. 1 state: of the "
        "models that pass the checks"
    )


def test_a_single_state_as_requested_is_no_finding() -> None:
    choice = Refits().choose(candidate(1, -0.5))
    assert choice.finding == AS_REQUESTED
    assert choice.explanation.startswith("1 state, as requested")


def test_what_an_inspection_remarks_is_told_of_the_chosen_only() -> None:
    def inspect(n_states: int) -> Inspection:
        return Inspection(1.0, (), f"A remark on {n_states}.")

    rows = [candidate(2, -0.501), candidate(3, -0.5, noise=0.06)]
    choice = choose(rows, inspect)
    assert choice.n_states == 2
    assert "A remark on 2." in choice.explanation
    assert "A remark on 3." not in choice.explanation


def test_a_finalist_without_dynamics_leaves_one_state() -> None:
    def inspect(n_states: int) -> Inspection:
        return Inspection(None, (defect("no_dynamics"),))

    rows = [candidate(k, -0.6 + 0.02 * k) for k in (1, 2, 3)]
    choice = choose(rows, inspect)
    assert (choice.n_states, choice.is_sound) == (1, True)
    assert choice.explanation.startswith("No behavioural states found")
    assert "2 and 3 states (users who never change would" in choice.explanation


def test_several_states_that_fail_for_another_reason_are_no_finding() -> None:
    refits = Refits()
    rows = [candidate(1, -0.6), candidate(2, -0.5, "brief"), candidate(3, -0.55)]
    refits.stabilities = {3: 0.1}
    choice = refits.choose(*rows)
    assert (choice.n_states, choice.is_sound) == (1, True)
    assert choice.finding == NONE_PASSES
    assert choice.explanation.startswith(f"{NONE_PASSES} 1 state: of the models")
    # The best of several states is inspected, though it has a defect of its own.
    assert refits.computed == [3, 2]


def test_a_defect_besides_missing_dynamics_hides_no_finding() -> None:
    def inspect(n_states: int) -> Inspection:
        return Inspection(None, (defect("no_dynamics"),))

    choice = choose([candidate(1, -0.6), candidate(2, -0.5, "brief")], inspect)
    assert (choice.n_states, choice.finding) == (1, NO_STATES)
    assert choice.explanation.startswith(NO_STATES)


def test_the_stability_of_a_single_candidate_is_computed() -> None:
    refits = Refits({8: 0.87})
    choice = refits.choose(candidate(8, -0.5, noise=0.3))
    assert (choice.n_states, choice.is_sound, refits.computed) == (8, True, [8])
    assert choice.explanation == (
        "8 states, as requested: no other number was tried, and the model passes the "
        "checks. Its log score for next week's activity of held-out users is -0.5000 "
        "nats a user-week, with a standard error of 0.17321. Refits on resampled users "
        "agree at 0.87, where 1 means the same states and 0 means chance."
    )


def test_a_single_candidate_that_fails_is_chosen_and_named() -> None:
    choice = Refits({8: 0.1}).choose(candidate(8, None, "empty"))
    assert (choice.n_states, choice.is_sound) == (8, False)
    assert choice.explanation.startswith(
        "8 states, as requested: no other number was tried, and the model fails the "
        "checks (a state is nearly empty, refits on resampled users give other "
        "states). There was no held-out week to score it on."
    )


@pytest.mark.parametrize("held_out", [None, UserScores(np.zeros(2), np.zeros(2, int))])
def test_without_held_out_weeks_the_lowest_bic_decides(
    held_out: UserScores | None,
) -> None:
    rows = [
        Candidate(2, held_out, 900.0, ()),
        Candidate(3, held_out, 700.0, (defect("empty"),)),
        Candidate(4, held_out, 800.0, ()),
        Candidate(5, held_out, 850.0, ()),
    ]
    refits = Refits()
    choice = refits.choose(*rows)
    assert (choice.n_states, choice.is_sound, refits.computed) == (4, True, [4])
    assert choice.explanation.startswith(
        "4 states: of the models that pass the checks, the one with the least BIC. "
        "BIC is 800; it decided because there was no held-out week to score on"
    )
    assert "still falls" not in choice.explanation
    assert choice.verdicts[4].behind_best is None
    assert not choice.verdicts[4].is_within_one_se
    unstable = Refits({4: 0.0, 5: 0.0, 2: 0.9})
    assert unstable.choose(*rows).n_states == 2
    assert unstable.computed == [4, 5, 2]


def test_the_smaller_of_models_with_equal_bic_is_chosen() -> None:
    rows = [candidate(k, None, bic=80.0) for k in (3, 2, 4)]
    assert Refits().choose(*rows).n_states == 2


def test_a_bic_that_keeps_falling_is_mentioned() -> None:
    choice = Refits().choose(candidate(2, None, bic=90.0), candidate(3, None, bic=80.0))
    assert choice.explanation.endswith(
        "BIC still falls at 3 states, the most that were tried, so it does not show "
        "where to stop."
    )


def test_a_single_held_out_user_cannot_distinguish_models() -> None:
    alone = [
        Candidate(k, UserScores(np.array([-9.0 + k]), np.array([5])), 0.0, ())
        for k in (2, 3)
    ]
    choice = Refits().choose(*alone)
    assert choice.n_states == 2
    assert (
        "an unknown standard error, because there is one user only"
        in choice.explanation
    )


def test_missing_or_repeated_candidates_and_missing_scores_are_refused() -> None:
    with pytest.raises(ValueError, match="at least one"):
        Refits().choose()
    with pytest.raises(ValueError, match="another number"):
        Refits().choose(candidate(2), candidate(2))
    with pytest.raises(ValueError, match="some candidates only"):
        Refits().choose(candidate(2), candidate(3, None))


@st.composite
def fields(draw: Any) -> tuple[list[Candidate], dict[int, float]]:
    """Return candidates with random scores and defects, and their stabilities."""
    numbers = draw(st.lists(st.integers(1, 9), min_size=1, max_size=6, unique=True))
    rng = np.random.default_rng(draw(st.integers(0, 10_000)))
    n_pairs = rng.integers(0, 5, size=6) + (np.arange(6) == 0)
    has_scores = draw(st.booleans())
    rows = []
    for number in numbers:
        kinds: Sequence[DefectKind] = ["empty"] if draw(st.booleans()) else []
        sums = n_pairs * rng.normal(-0.5, 0.1, size=6)
        held_out = UserScores(sums, n_pairs) if has_scores else None
        rows.append(
            Candidate(number, held_out, rng.normal(), tuple(map(defect, kinds)))
        )
    stabilities = {number: draw(st.sampled_from([0.2, 0.9])) for number in numbers}
    return rows, stabilities


@given(fields())
@settings(max_examples=300, deadline=None)
def test_the_rule_holds_for_any_candidates(
    field: tuple[list[Candidate], dict[int, float]],
) -> None:
    rows, stabilities = field
    refits = Refits(stabilities)
    choice = refits.choose(*rows)
    verdicts = choice.verdicts
    chosen = verdicts[choice.n_states]
    assert list(verdicts) == sorted(row.n_states for row in rows)
    assert len(set(refits.computed)) == len(refits.computed)
    assert 1 not in refits.computed
    assert choice.n_states == 1 or chosen.stability is not None
    assert 2 <= choice.explanation.count(". ") + 1 <= 5 or len(rows) == 1
    sound = {n: row for n, row in verdicts.items() if not row.defects}
    assert choice.is_sound == bool(sound) == (not chosen.defects)
    pool = sound or verdicts
    behind = {n: row.behind_best for n, row in pool.items()}
    if rows[0].scores is None:
        assert all(row.behind_best is None for row in verdicts.values())
        bic = {row.n_states: row.bic for row in rows}
        assert choice.n_states == min(pool, key=lambda n: bic[n])
        return
    assert all(row is not None and row.mean >= 0 for row in behind.values())
    # All sound models within one error have at least as many states as the chosen one.
    as_good = [n for n, row in pool.items() if row.is_within_one_se]
    assert choice.n_states == min(as_good)


def filtered_states(
    start: FloatArray, moves: FloatArray, rates: FloatArray, active: IntArray
) -> FloatArray:
    """Return P(state | weeks so far), shape (users, weeks, K)."""
    beliefs = np.empty((*active.shape, len(start)))
    before = np.tile(start, (len(active), 1))
    for week in range(active.shape[1]):
        seen = active[:, week, np.newaxis]
        belief = before * np.where(seen == 1, rates, 1 - rates)
        beliefs[:, week] = belief / belief.sum(axis=1, keepdims=True)
        before = beliefs[:, week] @ moves
    return beliefs


def planted_activity(n_users: int, n_weeks: int, seed: int) -> IntArray:
    """Return the activity of users who are in one of two sticky states."""
    rng = np.random.default_rng(seed)
    active = np.empty((n_users, n_weeks), dtype=np.int64)
    state = rng.integers(2, size=n_users)
    for week in range(n_weeks):
        active[:, week] = rng.random(n_users) < np.where(state == 1, 0.8, 0.1)
        state = np.where(rng.random(n_users) < 0.1, 1 - state, state)
    return active


def planted_scores(
    start: FloatArray, moves: FloatArray, rates: FloatArray, active: IntArray
) -> UserScores:
    beliefs = filtered_states(start, moves, rates, active).reshape(-1, len(start))
    forecasts = next_week_probabilities(beliefs, moves, rates)
    return score_next_week(
        forecasts, active.ravel(), np.full(len(active), active.shape[1])
    )


@pytest.mark.parametrize("seed", range(10))
def test_two_planted_states_are_found(seed: int) -> None:
    active = planted_activity(400, 30, seed)
    two = np.array([[0.9, 0.1], [0.1, 0.9]])
    models: dict[int, tuple[FloatArray, FloatArray, FloatArray]] = {
        1: (np.ones(1), np.ones((1, 1)), np.array([0.45])),
        2: (np.array([0.5, 0.5]), two, np.array([0.1, 0.8])),
        # The active state is split into two equal halves.
        3: (
            np.array([0.5, 0.25, 0.25]),
            np.array([[0.9, 0.05, 0.05], [0.1, 0.45, 0.45], [0.1, 0.45, 0.45]]),
            np.array([0.1, 0.8, 0.8]),
        ),
    }
    rows = [
        Candidate(n_states, planted_scores(*model, active), 0.0, ())
        for n_states, model in models.items()
    ]
    choice = Refits().choose(*rows)
    assert choice.n_states == 2
    assert choice.verdicts[3].is_within_one_se
    lost = choice.verdicts[1].behind_best
    assert lost is not None
    assert lost.mean > 10 * lost.standard_error
