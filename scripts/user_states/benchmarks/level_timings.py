"""An EM iteration of the default features, timed for several numbers of levels."""

from __future__ import annotations

from functools import partial

from user_states.benchmarks.hmmlearn_rival import (
    our_iteration,
    rival_iteration,
    rough_start,
)
from user_states.benchmarks.planted_users import PLANTED_STATES, draw_weekly
from user_states.benchmarks.step_timings import (
    TimedContender,
    Timing,
    in_turn,
    rival_name,
    thread_counts,
)
from user_states.hmm.levels import with_levels
from user_states.hmm.sequences import Sequences

LEVELS = (1, 3, 5)


def time_levels(
    n_users: int, rival_data: Sequences, rounds: int, seed: int
) -> list[Timing]:
    """Time an EM iteration of a count, ten parts and two shares, eight states.

    Parameters
    ----------
    n_users : int
        Users that ours is timed on.
    rival_data : Sequences
        What hmmlearn is timed on, with as many states: it has no such features, so
        these are Gaussian.
    rounds : int
    seed : int
    """
    data, planted = draw_weekly(n_users, seed)
    packed = data.packed
    contenders = []
    for n_levels in LEVELS:
        model = with_levels(planted, n_levels) if n_levels > 1 else planted
        contenders += [
            TimedContender(
                f"ours, {n_levels} level{'s' if n_levels > 1 else ''}, {n_threads} "
                f"thread{'s' if n_threads > 1 else ''}",
                packed.n_rows,
                partial(our_iteration, model, packed, n_threads),
            )
            for n_threads in thread_counts()
        ]
    start = rough_start(rival_data, PLANTED_STATES, seed)
    contenders.append(
        TimedContender(
            rival_name("scaling"),
            rival_data.n_rows,
            partial(rival_iteration, start, "scaling", rival_data),
        )
    )
    return in_turn("EM iteration", planted, contenders, rounds)
