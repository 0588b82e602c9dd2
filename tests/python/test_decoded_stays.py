"""Lengths of decoded stays, counted over chunks."""

from __future__ import annotations

import numpy as np

from user_states.hmm.decoded_stays import StayCounts, median_stays

STATES = np.array([0, 0, 1, 0, 0, 0, 0, 2, 2, 1, 1, 1])
LENGTHS = np.array([4, 5, 3])


def test_medians_by_hand() -> None:
    # Stays of state 0: 2, 1, and 3 weeks of the second user; of state 1: 1 and 3.
    found = median_stays(STATES, LENGTHS, 4)
    np.testing.assert_array_equal(found, [2.0, 1.0, 2.0, np.nan])


def test_chunks_give_the_same_medians() -> None:
    counts = StayCounts(4)
    counts.update(STATES[:4], LENGTHS[:1])
    counts.update(STATES[4:], LENGTHS[1:])
    counts.update(STATES[:0], LENGTHS[:0])
    np.testing.assert_array_equal(counts.medians, median_stays(STATES, LENGTHS, 4))
    assert np.isnan(StayCounts(2).medians).all()
