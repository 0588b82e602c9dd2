"""Decoding in chunks, its totals, and the display order of states."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from planted_hmm import enumerate_paths, random_parameters, simulate
from user_states.hmm import decoding, hidden_markov_model
from user_states.hmm.arrays import FloatArray, IntArray, count_moves, user_blocks
from user_states.hmm.decoding import DecodedTotals, decode, display_order, last_weeks
from user_states.hmm.hidden_markov_model import HiddenMarkovModel
from user_states.hmm.sequences import Sequences
from user_states.hmm.threads import read_ahead

PARAMETERS = random_parameters(3, 2, seed=3, spread=1.0)
# Users of one week, one with a long history, and block ends that are no chunk ends.
LENGTHS = np.concatenate(
    [[1, 1, 2500, 1], np.random.default_rng(0).integers(1, 40, 60)]
)
X, _ = simulate(PARAMETERS, LENGTHS)
N_RIDES = np.random.default_rng(1).poisson(2.0, len(X)).astype(float)


def sequences(rows: FloatArray, lengths: IntArray) -> Sequences:
    return Sequences(rows, lengths, PARAMETERS.densities)


def test_a_user_by_enumeration() -> None:
    rows = X[5:12]
    exact = enumerate_paths(PARAMETERS, rows)
    decoded = decode(PARAMETERS, sequences(rows, np.array([7])))
    np.testing.assert_array_equal(decoded.states, exact.best_path)
    np.testing.assert_allclose(decoded.probabilities, exact.probabilities, atol=1e-12)
    np.testing.assert_allclose(decoded.expected_moves, exact.expected_moves, atol=1e-12)
    np.testing.assert_array_equal(
        decoded.state_probabilities,
        [decoded.probabilities[t, exact.best_path[t]] for t in range(7)],
    )
    assert decoded.log_likelihood == pytest.approx(exact.log_likelihood)
    np.testing.assert_allclose(decoded.filtered, exact.filtered, atol=1e-12)


def test_last_weeks_are_counted_per_user() -> None:
    lengths = np.array([3, 1, 2, 4])
    found = np.split(last_weeks(lengths, 2), np.cumsum(lengths)[:-1])
    assert [rows.tolist() for rows in found] == [
        [False, True, True],
        [True],
        [True, True],
        [False, False, True, True],
    ]
    assert last_weeks(lengths, 9).all()


@pytest.mark.parametrize("users_a_chunk", [1, 7, 1000])
def test_chunks_give_the_result_of_the_whole(users_a_chunk: int) -> None:
    whole = decode(PARAMETERS, sequences(X, LENGTHS))
    totals = DecodedTotals(3)
    states, probabilities, row = [], [], 0
    for first in range(0, len(LENGTHS), users_a_chunk):
        lengths = LENGTHS[first : first + users_a_chunk]
        rows = slice(row, row + lengths.sum())
        row = rows.stop
        chunk = decode(PARAMETERS, sequences(X[rows], lengths))
        totals.update(chunk, lengths, N_RIDES[rows])
        states.append(chunk.states)
        probabilities.append(chunk.probabilities)
    np.testing.assert_array_equal(np.concatenate(states), whole.states)
    np.testing.assert_allclose(
        np.concatenate(probabilities), whole.probabilities, atol=1e-12
    )
    np.testing.assert_allclose(totals.expected_moves, whole.expected_moves)
    assert totals.log_likelihood == pytest.approx(whole.log_likelihood, rel=1e-12)
    assert (totals.n_users, totals.n_rows) == (len(LENGTHS), len(X))


def test_totals_are_sums_over_the_rows() -> None:
    decoded = decode(PARAMETERS, sequences(X, LENGTHS))
    totals = DecodedTotals(3)
    totals.update(decoded, LENGTHS, N_RIDES)
    n_moves = len(X) - len(LENGTHS)
    assert totals.expected_moves.sum() == pytest.approx(n_moves)
    assert totals.state_shares.sum() == pytest.approx(1)
    for state in range(3):
        rows = decoded.states == state
        assert totals.rows_by_state[state] == rows.sum()
        assert totals.mean_rides[state] == pytest.approx(N_RIDES[rows].mean())


def test_a_state_without_weeks_has_no_mean() -> None:
    totals = DecodedTotals(2)
    assert np.isnan(totals.mean_rides).all()
    np.testing.assert_array_equal(totals.state_shares, 0)


def test_expected_moves_from_a_state_sum_to_its_weeks_before_the_last() -> None:
    decoded = decode(PARAMETERS, sequences(X, LENGTHS))
    last = np.cumsum(LENGTHS) - 1
    not_last = np.delete(decoded.probabilities, last, axis=0)
    np.testing.assert_allclose(
        decoded.expected_moves.sum(axis=1), not_last.sum(axis=0), rtol=1e-9
    )


def test_moves_are_counted_within_users_only() -> None:
    states = np.array([0, 1, 1, 0, 2, 2])
    counts = count_moves(states, np.array([3, 1, 2]), 3)
    np.testing.assert_array_equal(counts, [[0, 1, 0], [0, 1, 0], [0, 0, 1]])


@pytest.mark.parametrize("n_rows", [1, 3, 10, 100])
def test_blocks_hold_every_user_once(n_rows: int) -> None:
    lengths = np.array([2, 1, 5, 30, 1, 1, 4])
    blocks = list(user_blocks(lengths, n_rows))
    np.testing.assert_array_equal(np.concatenate([b for _, b in blocks]), lengths)
    assert [rows.start for rows, _ in blocks] == [
        0,
        *[rows.stop for rows, _ in blocks[:-1]],
    ]
    assert all(rows.stop - rows.start == users.sum() for rows, users in blocks)
    assert blocks[-1][0].stop == lengths.sum()


def test_no_users_are_no_block() -> None:
    assert list(user_blocks(np.array([], dtype=np.int64), 10)) == []


def test_the_state_with_most_rides_is_shown_first() -> None:
    np.testing.assert_array_equal(
        display_order(np.array([1.0, np.nan, 4.0, 1.0, 2.5])), [2, 4, 0, 3, 1]
    )


def test_blocks_of_users_give_the_numbers_of_all_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    packed = sequences(X, LENGTHS).packed
    model = HiddenMarkovModel.from_parameters(PARAMETERS)
    together = model.smooth(packed)
    for module in (decoding, hidden_markov_model):
        monkeypatch.setattr(module, "BLOCK_ROWS", 100)
    decoded = decode(PARAMETERS, sequences(X, LENGTHS))
    np.testing.assert_array_equal(decoded.states, model.predict(packed))
    np.testing.assert_array_equal(decoded.states, model.predict(X, LENGTHS))
    np.testing.assert_allclose(decoded.probabilities, together.probabilities, atol=1e-9)
    np.testing.assert_allclose(decoded.expected_moves, together.expected_moves)
    filtered = model.filter_proba(packed)
    np.testing.assert_allclose(decoded.filtered, filtered, atol=1e-9)
    np.testing.assert_array_equal(decoded.filtered_states, filtered.argmax(axis=1))


def test_reading_ahead_keeps_order_and_passes_errors_on() -> None:
    def items() -> Iterator[int]:
        yield from range(3)
        raise ValueError("no more")

    assert list(read_ahead(range(5))) == [0, 1, 2, 3, 4]
    ahead = read_ahead(items())
    assert [next(ahead) for _ in range(3)] == [0, 1, 2]
    with pytest.raises(ValueError, match="no more"):
        next(ahead)
