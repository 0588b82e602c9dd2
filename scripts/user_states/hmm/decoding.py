"""The states of users under a fitted model, and totals over chunks of users."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from user_states.hmm.arrays import BoolArray, FloatArray, IntArray, user_blocks
from user_states.hmm.decoded_stays import StayCounts
from user_states.hmm.hidden_markov_model import HiddenMarkovModel
from user_states.hmm.levels import state_beliefs
from user_states.hmm.packing import pack
from user_states.hmm.parameters import HMMParameters
from user_states.hmm.sequences import Sequences
from user_states.hmm.threads import BLOCK_ROWS, in_order


@dataclass(frozen=True, eq=False)
class Decoded:
    """The states of some users: in hindsight, and as known at the time.

    Attributes
    ----------
    states : array of int, shape (n_rows,)
        The state of each row on the user's most probable path (Viterbi).
    probabilities : array, shape (n_rows, K)
        Smoothed probability of each state.
    state_probabilities : array, shape (n_rows,)
        Smoothed probability of the state in `states`.
    expected_moves : array, shape (K, K)
        Moves from a state to a state of the next week, staying included: the sum
        over users and weeks of P(state i, then state j | all weeks).
    log_likelihood : float
        Of all rows, in nats.
    filtered : array, shape (n_rows, C * K)
        Probability of each level and state as known at the time: from the user's weeks
        up to that week. Level by level: column c * K + k is level c and state k. All
        other attributes also use later weeks.
    level_probabilities : array, shape (n_users, C)
        Of each user's level.
    filtered_states : array of int, shape (n_rows,)
        The most probable state as known at the time.
    """

    states: IntArray
    probabilities: FloatArray
    state_probabilities: FloatArray
    expected_moves: FloatArray
    log_likelihood: float
    filtered: FloatArray
    level_probabilities: FloatArray
    filtered_states: IntArray


def decode(parameters: HMMParameters, sequences: Sequences) -> Decoded:
    """Decode some users.

    Users are independent of each other, so decoding them in chunks gives the same
    numbers as decoding all at once, to rounding.
    """
    X, lengths, densities = sequences.X, sequences.lengths, sequences.densities
    model = HiddenMarkovModel.from_parameters(parameters)
    model.n_threads = 1

    def decoded(block: tuple[slice, IntArray]) -> Decoded:
        rows, block_lengths = block
        packed = pack(X[rows], block_lengths, densities)
        smoothed = model.smooth(packed)
        states = model.predict(packed)
        probabilities, filtered = smoothed.probabilities, model.filter_levels(packed)
        by_state = state_beliefs(filtered, parameters.n_states)
        return Decoded(
            states=states,
            probabilities=probabilities,
            state_probabilities=probabilities[np.arange(len(states)), states],
            expected_moves=smoothed.expected_moves,
            log_likelihood=smoothed.log_likelihood,
            filtered=filtered,
            level_probabilities=smoothed.level_probabilities,
            filtered_states=by_state.argmax(axis=1),
        )

    return _joined([*in_order(decoded, user_blocks(lengths, BLOCK_ROWS))])


def _joined(parts: list[Decoded]) -> Decoded:
    """Return users decoded in parts as decoded together."""

    def stacked(name: str) -> Any:
        return np.concatenate([getattr(part, name) for part in parts])

    return Decoded(
        states=stacked("states"),
        probabilities=stacked("probabilities"),
        state_probabilities=stacked("state_probabilities"),
        expected_moves=np.sum([part.expected_moves for part in parts], axis=0),
        log_likelihood=sum(part.log_likelihood for part in parts),
        filtered=stacked("filtered"),
        level_probabilities=stacked("level_probabilities"),
        filtered_states=stacked("filtered_states"),
    )


def last_weeks(lengths: IntArray, n_weeks: int) -> BoolArray:
    """Return which rows are among their user's last `n_weeks`, shape (n_rows,).

    Parameters
    ----------
    lengths : array of int, shape (n_users,)
        Rows of each user, in order of time.
    n_weeks : int
        For users with fewer weeks, all rows are.
    """
    rows_left = np.repeat(np.cumsum(lengths), lengths) - np.arange(lengths.sum())
    return np.asarray(rows_left <= n_weeks)


def display_order(mean_rides: FloatArray) -> IntArray:
    """Return the order in which states are displayed: most rides a week first.

    Parameters
    ----------
    mean_rides : array, shape (K,)
        Mean completed rides a week in each state, NaN for a state without weeks.

    Returns
    -------
    array of int, shape (K,)
        `order[i]` is the state in place i. States with equally many rides keep their
        order; states without weeks come last.
    """
    return np.argsort(-mean_rides, kind="stable").astype(np.int64)


class DecodedTotals:
    """Totals over chunks of decoded users.

    Parameters
    ----------
    n_states : int
        Number of states, K.

    Attributes
    ----------
    n_users, n_rows : int
    rows_by_state : array of int, shape (K,)
        Decoded user-weeks in each state.
    rides_by_state : array, shape (K,)
        Completed rides in them.
    expected_moves : array, shape (K, K)
        As in `Decoded`.
    log_likelihood : float
    stays : StayCounts
        Of the decoded paths.
    """

    def __init__(self, n_states: int) -> None:
        self.n_users = 0
        self.n_rows = 0
        self.rows_by_state = np.zeros(n_states, dtype=np.int64)
        self.rides_by_state = np.zeros(n_states)
        self.expected_moves = np.zeros((n_states, n_states))
        self.log_likelihood = 0.0
        self.stays = StayCounts(n_states)

    def update(self, decoded: Decoded, lengths: IntArray, n_rides: FloatArray) -> None:
        """Add a chunk.

        Parameters
        ----------
        decoded : Decoded
        lengths : array of int, shape (n_users,)
            Rows of each user of the chunk.
        n_rides : array, shape (n_rows,)
            Completed rides of each row.
        """
        n_states = len(self.rows_by_state)
        self.n_users += len(lengths)
        self.n_rows += len(decoded.states)
        self.rows_by_state += np.bincount(decoded.states, minlength=n_states)
        self.rides_by_state += np.bincount(
            decoded.states, weights=n_rides, minlength=n_states
        )
        self.expected_moves += decoded.expected_moves
        self.log_likelihood += decoded.log_likelihood
        self.stays.update(decoded.states, lengths)

    @property
    def state_shares(self) -> FloatArray:
        """Share of the decoded user-weeks in each state, shape (K,)."""
        return self.rows_by_state / max(self.n_rows, 1)

    @property
    def mean_rides(self) -> FloatArray:
        """Mean completed rides a week in each state, NaN without weeks."""
        with np.errstate(invalid="ignore"):
            return np.true_divide(self.rides_by_state, self.rows_by_state)
