"""Distances, types and phases of sessions, and models of the next step."""

from __future__ import annotations

import csv

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

from conftest import PROJECT
from user_states.hmm.hidden_markov_model import HiddenMarkovModel
from user_states.journeys.compared_models import CHAIN, compare_models
from user_states.journeys.journey_types import TypeLimits, find_types
from user_states.journeys.next_step_models import ChainOfSteps, with_ends
from user_states.journeys.phases import Phases
from user_states.journeys.sequence_distances import distances
from user_states.journeys.step_sequences import LONGEST, StepSequences

Sessions = list[list[str]]


def sequences(sessions: Sessions) -> StepSequences:
    """Return sessions, each of a customer of its own."""
    return StepSequences.of(sessions, [f"c{n}" for n in range(len(sessions))])


def test_distances_are_those_of_optimal_matching() -> None:
    """As TraMineR's `seqdist(method="OM", indel=1, sm=2)`, by sequenzo 0.1.42."""
    path = PROJECT / "tests/fixtures/sequenzo_distances.csv"
    rows = list(csv.DictReader(path.read_text("utf-8").splitlines()))
    both = sequences([list(row[side]) for side in ("one", "other") for row in rows])
    n_pairs = len(rows)
    assert n_pairs == 780
    for place, row in enumerate(rows):
        one, other = (
            both.take(np.array([place])),
            both.take(np.array([place + n_pairs])),
        )
        assert distances(one, other).item() == int(row["distance"])


def test_distances_of_sessions_of_any_length() -> None:
    found = sequences([["a"], ["a", "b"], ["b", "a"], ["c", "d", "e"]])
    assert distances(found, found).tolist() == [
        [0, 1, 1, 4],
        [1, 0, 2, 5],
        [1, 2, 0, 5],
        [4, 5, 5, 0],
    ]


def test_sessions_with_other_codes_have_no_distance() -> None:
    with pytest.raises(ValueError, match="different steps; expected the same codes"):
        distances(sequences([["a"]]), sequences([["b"]]))


def test_a_long_session_is_cut_and_each_step_keeps_its_name() -> None:
    found = sequences([["b", "a"], ["a"] * (LONGEST + 5)])
    assert found.lengths.tolist() == [2, LONGEST]
    assert found.session(0) == ["b", "a"]
    assert found.take(np.array([1])).session(0) == ["a"] * LONGEST


def planted_types(n_sessions: int, seed: int) -> tuple[Sessions, list[int]]:
    """Return sessions of three kinds, each with some steps at random, and the kinds."""
    rng = np.random.default_rng(seed)
    kinds = (
        ["home", "search", "view", "search", "view"],
        ["home", "cart", "ship", "pay", "buy"],
        ["help", "chat", "help", "chat", "bye"],
    )
    names = sorted({step for kind in kinds for step in kind})
    sessions, truth = [], []
    for _ in range(n_sessions):
        kind = int(rng.integers(3))
        session = [
            str(rng.choice(names)) if rng.random() < 0.1 else step
            for step in kinds[kind]
        ]
        sessions.append(session)
        truth.append(kind)
    return sessions, truth


def test_planted_types_are_found_and_given_to_other_sessions() -> None:
    sessions, truth = planted_types(700, seed=1)
    everyone = sequences(sessions)
    found = find_types(everyone.take(np.arange(400)), TypeLimits(), seed=1)
    assert found.n_types == 3
    chosen = next(one for one in found.candidates if one.n_types == 3)
    assert chosen.why_not is None
    assert chosen.stability > 0.95
    assert adjusted_rand_score(truth[:400], found.labels) > 0.95
    counts = np.bincount(found.labels)
    assert counts.tolist() == sorted(counts.tolist(), reverse=True)
    others = found.assign(everyone.take(np.arange(400, 700)))
    assert adjusted_rand_score(truth[400:], others) > 0.95


def test_sessions_without_types_get_none() -> None:
    rng = np.random.default_rng(2)
    sessions = [[str(s) for s in rng.integers(0, 12, 8)] for _ in range(300)]
    found = find_types(sequences(sessions), TypeLimits(), seed=1)
    assert found.n_types == 0
    assert all(one.why_not for one in found.candidates)


def test_too_few_sessions_have_no_types() -> None:
    found = find_types(sequences([["a"], ["b"]]), TypeLimits(), seed=1)
    assert (found.n_types, found.candidates) == (0, ())


def test_a_chain_of_steps_counts_what_comes_next() -> None:
    """Of order 1: prior of 5 in the proportions of the base rates."""
    found = sequences([["a", "b"], ["a", "b"], ["a", "a"]])
    chain = ChainOfSteps.fit(found, 1)
    base = ChainOfSteps.fit(found, 0)
    codes, lengths = with_ends(found)
    assert codes.tolist() == [0, 1, 2, 0, 1, 2, 0, 0, 2]
    assert lengths.tolist() == [3, 3, 3]
    rates = (np.array([4, 2, 3]) + 5 / 3) / (9 + 5)
    assert base.shares == pytest.approx(rates)
    after_a = (np.array([1, 2, 1]) + 5 * rates) / (4 + 5)
    assert chain.shares[0] == pytest.approx(after_a)
    at_the_beginning = (np.array([3, 0, 0]) + 5 * rates) / (3 + 5)
    assert chain.shares[3] == pytest.approx(at_the_beginning)
    for order in range(3):
        sums = ChainOfSteps.fit(found, order).shares.sum(axis=-1)
        assert sums == pytest.approx(np.ones_like(sums))
    scores = chain.scores(found.take(np.array([0])))
    expected = np.log(at_the_beginning[0]) + np.log(after_a[1])
    expected += np.log(chain.shares[1][2])
    assert scores.log_scores == pytest.approx([expected])
    assert scores.n_pairs.tolist() == [3]


def planted_phases(n_sessions: int, seed: int) -> Sessions:
    """Return sessions in which people first look and then buy, four steps of each."""
    rng = np.random.default_rng(seed)
    looking, buying = ["home", "list", "view"], ["cart", "ship", "pay"]
    sessions = []
    for _ in range(n_sessions):
        n_looks, n_buys = 1 + rng.geometric(0.2), rng.geometric(0.25)
        steps = [str(rng.choice(looking)) for _ in range(n_looks)]
        sessions.append(steps + [str(rng.choice(buying)) for _ in range(n_buys)])
    return sessions


def test_scores_of_phases_add_up_to_the_likelihood() -> None:
    found = sequences(planted_phases(300, seed=3))
    phases = Phases.fit(found, 3, n_starts=1, seed=1)
    codes, lengths = with_ends(found)
    model = HiddenMarkovModel.from_parameters(phases.parameters)
    expected = model.score(codes.astype(np.float64)[:, np.newaxis], lengths)
    assert phases.scores(found).log_scores.sum() == pytest.approx(expected, rel=1e-9)


def test_planted_phases_are_found() -> None:
    found = sequences(planted_phases(800, seed=4))
    visits = Phases.fit(found, 3, n_starts=3, seed=1).visits(found)
    shares = visits / visits.sum(axis=1, keepdims=True)
    buys = [found.steps.index(step) for step in ("cart", "ship", "pay")]
    in_buying = np.sort(shares[:, buys].sum(axis=1))
    assert in_buying[0] < 0.05
    assert in_buying[-1] > 0.95


def test_models_are_compared_on_customers_that_they_have_not_seen() -> None:
    """A chain of steps is the truth here: it predicts as well as anything."""
    rng = np.random.default_rng(5)
    sessions = []
    for _ in range(1500):
        step, session = "a", ["a"]
        while rng.random() < 0.85:
            step = {"a": "b", "b": "c", "c": "a"}[step] if rng.random() < 0.8 else "d"
            step = "a" if step == "d" else step
            session.append(step)
        sessions.append(session)
    compared = compare_models(sequences(sessions), n_starts=2, seed=1, numbers=(2, 3))
    assert compared is not None
    assert 200 < compared.n_held_out < 400
    by_name = {one.model: one for one in compared.models}
    assert by_name["base_rates"].log_loss > by_name[CHAIN].log_loss + 0.1
    second = by_name["chain_of_order_2"].behind_chain
    assert second is not None
    assert abs(second.mean) < 0.02
    assert compared.phases is not None
    # A phase for each step is a chain.
    assert by_name["phases_3"].log_loss < by_name[CHAIN].log_loss + 0.02


def test_too_few_customers_are_not_compared() -> None:
    found = StepSequences.of([["a"]] * 500, ["one"] * 500)
    assert compare_models(found, n_starts=1, seed=1) is None
