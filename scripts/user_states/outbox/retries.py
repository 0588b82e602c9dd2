"""When a message is sent again, and when it is given up."""

from __future__ import annotations

import random
from dataclasses import dataclass

from user_states.outbox.http_posts import Answer

# Seconds after each failed attempt, as Standard Webhooks 1.0.0 proposes them.
WAITS = (5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400)
# By how much of itself a wait is longer at most, so that retries do not come at once.
JITTER = 0.1
# A receiver may ask for no longer wait than this.
LONGEST_WAIT = 86_400.0
# The receiver, or what is before it, has too much to do.
BUSY = (429, 502, 503, 504)
GONE = 410
# First pause of a busy or silent endpoint; each one that follows is twice as long.
FIRST_PAUSE = 5.0
LONGEST_PAUSE = 600.0


@dataclass(frozen=True)
class RetrySchedule:
    """The waits between attempts.

    Attributes
    ----------
    waits : tuple of float
        Seconds after the first, second, … failed attempt. After one more the message
        is dead.
    first_pause : float
        Seconds that a busy endpoint gets without asking.
    give_up_after : float
        Seconds after the first attempt; refusals of a busy endpoint count as no
        attempt, but cannot go on for longer.
    """

    waits: tuple[float, ...] = WAITS
    first_pause: float = FIRST_PAUSE
    give_up_after: float = 5 * 86_400.0


@dataclass(frozen=True)
class Outcome:
    """What is done with a message after an attempt.

    Attributes
    ----------
    status : str
        `delivered`, `waiting` or `dead`.
    counts : bool
        Whether it was one of the attempts that are counted.
    wait : float
        Seconds until the next attempt.
    """

    status: str
    counts: bool
    wait: float = 0.0


def outcome_of(
    answer: Answer,
    n_attempts: int,
    seconds_so_far: float,
    schedule: RetrySchedule,
    random_share: float | None = None,
) -> Outcome:
    """Return what is done after an answer.

    Parameters
    ----------
    answer : Answer
    n_attempts : int
        Attempts that were counted before this one.
    seconds_so_far : float
        Since the first attempt.
    schedule : RetrySchedule
    random_share : float, optional
        0 to 1, of the jitter; by default random.
    """
    if answer.status is not None and 200 <= answer.status < 300:
        return Outcome("delivered", counts=True)
    if answer.status == GONE:
        # The endpoint is disabled; its messages wait until it is enabled again.
        return Outcome("waiting", counts=False)
    asked = min(answer.retry_after or 0.0, LONGEST_WAIT)
    if seconds_so_far >= schedule.give_up_after:
        return Outcome("dead", counts=True)
    if answer.status == 429:
        return Outcome("waiting", counts=False, wait=max(asked, schedule.first_pause))
    if n_attempts >= len(schedule.waits):
        return Outcome("dead", counts=True)
    share = random.random() if random_share is None else random_share
    wait = schedule.waits[n_attempts] * (1 + JITTER * share)
    return Outcome("waiting", counts=True, wait=max(asked, wait))


def pause_after(
    answer: Answer, n_pauses: int, n_silent: int, schedule: RetrySchedule
) -> float | None:
    """Return for how many seconds an endpoint gets nothing, None if it can go on.

    Parameters
    ----------
    answer : Answer
        The newest.
    n_pauses : int
        Pauses since it last took a message.
    n_silent : int
        Attempts in a row that had no answer at all.
    schedule : RetrySchedule
    """
    is_silent = n_silent >= 5
    if answer.status not in BUSY and not is_silent:
        return None
    own = min(schedule.first_pause * 2.0 ** min(n_pauses, 10), LONGEST_PAUSE)
    return max(own, min(answer.retry_after or 0.0, LONGEST_WAIT))
