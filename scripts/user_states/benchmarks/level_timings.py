"""An EM iteration of the default features, timed for several numbers of levels."""

from __future__ import annotations

from functools import partial

from user_states.benchmarks.hmmlearn_rival import our_iteration
from user_states.benchmarks.planted_users import draw_weekly
from user_states.benchmarks.step_timings import (
    TimedContender,
    Timing,
    in_turn,
    rival_name,
    thread_counts,
)
from user_states.benchmarks.weekly_rival import WeeklyRival
from user_states.hmm.levels import with_levels

LEVELS = (1, 3, 5)


def time_levels(n_users: int, rival_users: int, rounds: int, seed: int) -> list[Timing]:
    """Time an EM iteration of a count, ten parts and two shares, eight states.

    Parameters
    ----------
    n_users : int
        Users that ours is timed on.
    rival_users : int
        How many of them the rival is timed on. It only does the expectation step.
    rounds : int
    seed : int
    """
    data, planted = draw_weekly(n_users, seed)
    packed = data.packed
    few = data.first(rival_users)
    rival = WeeklyRival(few)
    timings = []
    for n_levels in LEVELS:
        model = with_levels(planted, n_levels) if n_levels > 1 else planted
        levels = f"{n_levels} level{'s' if n_levels > 1 else ''}"
        contenders = [
            TimedContender(
                f"ours, {n_threads} thread{'s' if n_threads > 1 else ''}",
                packed.n_rows,
                partial(our_iteration, model, packed, n_threads),
            )
            for n_threads in thread_counts()
        ]
        contenders.append(
            TimedContender(
                rival_name("scaling"), few.n_rows, partial(rival.seconds, model)
            )
        )
        timings += in_turn(f"EM iteration, {levels}", planted, contenders, rounds)
    return timings
