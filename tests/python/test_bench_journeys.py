"""The benchmark of journeys: its made-up events, and how counts are compared.

Speed itself is not tested.
"""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import numpy as np
import pyarrow.compute as pc
import pytest

from user_states.benchmarks.journeys_benchmark import JourneyCounts, check_same
from user_states.benchmarks.walked_sessions import (
    EXIT,
    START,
    WALKED_CHAIN,
    Walks,
    walk_sessions,
)
from user_states.errors import UserError

N_PEOPLE, N_EVENTS = 200, 60_000


@pytest.fixture(scope="module")
def walked() -> Walks:
    return walk_sessions(N_PEOPLE, N_EVENTS)


def test_the_shares_of_the_chain_add_up() -> None:
    for step, following in WALKED_CHAIN.items():
        assert sum(following.values()) == pytest.approx(1.0), step
        assert set(following) <= set(WALKED_CHAIN) | {EXIT}, step


def test_sessions_follow_the_planted_chain(walked: Walks) -> None:
    moves: Counter[tuple[str, str]] = Counter()
    names = np.array(walked.steps)[walked.step]
    ends = np.flatnonzero(np.diff(walked.session)) + 1
    for path in np.split(names, ends):
        moves.update(pairwise([START, *path, EXIT]))
    visits = Counter[str]()
    for (step, _), n in moves.items():
        visits[step] += n
    for step, following in WALKED_CHAIN.items():
        for next_step, share in following.items():
            error = (share * (1 - share) / visits[step]) ** 0.5
            found = moves[step, next_step] / visits[step]
            assert found == pytest.approx(share, abs=4.5 * error), (step, next_step)
    planted = {(a, b) for a, following in WALKED_CHAIN.items() for b in following}
    # The last session is cut off.
    assert len(set(moves) - planted) <= 1


def test_no_tie_has_to_be_broken(walked: Walks) -> None:
    assert len(walked.person) == N_EVENTS
    moments = np.stack([walked.person, walked.microsecond])
    assert len(np.unique(moments, axis=1).T) == N_EVENTS
    same_session = np.diff(walked.session) == 0
    assert (np.diff(walked.microsecond)[same_session] > 0).all()


def test_a_session_belongs_to_one_person_and_platform(walked: Walks) -> None:
    events = walked.events()
    sessions = events.select(["session_key", "customer_id", "platform"])
    kinds = sessions.group_by(sessions.column_names).aggregate([])
    assert len(kinds) == pc.count_distinct(events["session_key"]).as_py()
    assert pc.count_distinct(events["customer_id"]).as_py() == N_PEOPLE


def test_a_difference_is_named() -> None:
    moves = {("person", "home", "catalog"): 5, ("person", "home", EXIT): 1}
    reached = {("person", "purchase", "1"): 3}
    ours = JourneyCounts(moves, reached)
    check_same(ours, JourneyCounts(dict(moves), dict(reached)))
    fewer = {key: n for key, n in moves.items() if key[2] != EXIT}
    with pytest.raises(UserError, match=r"found 1 for person, home, exit \(trans"):
        check_same(ours, JourneyCounts(fewer, reached))
    with pytest.raises(UserError, match=r"found 3 for person, purchase, 1 \(reached"):
        check_same(ours, JourneyCounts(moves, {("person", "purchase", "1"): 4}))
