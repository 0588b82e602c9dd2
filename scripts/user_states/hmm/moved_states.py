"""Better optima by moving states: one is removed, and another is split in two.

EM cannot leave a local optimum in which one state describes two kinds of weeks and two
states describe one kind. Moving a state can (split and merge: Ueda, Nakano, Ghahramani
and Hinton 2000, Neural Computation 12:2109-2128).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import product

import numpy as np

from user_states.hmm.climbing import Climber
from user_states.hmm.initialisation import split_state, without_state
from user_states.hmm.parameters import HMMParameters
from user_states.hmm.sequences import Sequences

# Moves that EM is run on to the end, and what a move must gain, in nats a row.
_TRIED_MOVES = 3
_LEAST_GAIN = 5e-5


@dataclass(frozen=True, eq=False)
class MovedStates:
    """A model after its states were moved.

    Attributes
    ----------
    parameters : HMMParameters
    log_likelihood_per_row : float
        In nats.
    """

    parameters: HMMParameters
    log_likelihood_per_row: float


def move_states(
    model: MovedStates,
    few: Sequences,
    users: Sequences,
    climber: Climber,
    rng: np.random.Generator,
    on_move: Callable[[float], None],
) -> MovedStates:
    """Move states as long as the likelihood rises.

    Parameters
    ----------
    model : MovedStates
        Fitted to `users`.
    few : Sequences
        Users on whom the moves are compared.
    users : Sequences
        Users on whom the best few moves are tried.
    climber : Climber
    rng : numpy.random.Generator
    on_move : callable
        Called with the log-likelihood a row after each move.
    """
    best = model
    while True:
        for candidate in _promising(best.parameters, few, climber, rng):
            fitted = climber.climb(candidate, users.packed)
            score = fitted.log_likelihood_ / users.n_rows
            if score > best.log_likelihood_per_row + _LEAST_GAIN:
                best = MovedStates(fitted.parameters_, score)
                on_move(score)
                break
        else:
            return best


def _promising(
    parameters: HMMParameters,
    few: Sequences,
    climber: Climber,
    rng: np.random.Generator,
) -> Iterator[HMMParameters]:
    """Yield the moves that promise most, best first.

    What a move gains is about what the split gains plus what the removal loses. So K
    removals and K splits are tried on a few users, in place of K (K - 1) moves.
    """
    n_states = parameters.n_states
    if n_states == 1:
        return
    states = range(n_states)
    removed = [without_state(parameters, state) for state in states]
    split = [split_state(parameters, state, rng) for state in states]
    # The packed users are made before several threads ask for them.
    runs = climber.short_runs([*removed, *split], few.packed)
    of_removal = [run.log_likelihood_ for run in runs[:n_states]]
    of_split = [run.log_likelihood_ for run in runs[n_states:]]
    moves = [(out, into) for out, into in product(states, states) if out != into]
    moves.sort(key=lambda move: -of_removal[move[0]] - of_split[move[1]])
    for out, into in moves[:_TRIED_MOVES]:
        yield without_state(runs[n_states + into].parameters_, out)
