"""Windows: sums by hand, levels taken out, and weeks that were not observed."""

from __future__ import annotations

import numpy as np
import pytest

from user_states.hmm.parameters import (
    BERNOULLI,
    COUNT,
    GAUSSIAN,
    SHARE,
    Density,
    categorical,
    parts,
)
from user_states.hmm.windows import are_sparse, occurrences, windows

NAN = np.nan


def test_a_rate_by_hand() -> None:
    # Two users; the first week of each was not observed.
    X = np.array([[NAN], [2.0], [0.0], [0.0], [0.0], [4.0], [NAN], [1.0]])
    lengths = np.array([6, 2])
    overall = 7 / 6
    found = windows(X, lengths, (COUNT,))[:, 0]
    # The window of row 1 is rows 0 to 4: 2 rides in 4 observed weeks.
    rate = (2 + 0.2 * overall) / (4 + 0.2)
    level = (6 + 2 * overall) / (5 + 2) / overall
    assert found[1] == pytest.approx(np.log(rate / np.sqrt(level) + 0.1))
    # The second user's window does not reach into the first user's weeks.
    rate = (1 + 0.2 * overall) / (1 + 0.2)
    level = (1 + 2 * overall) / (1 + 2) / overall
    assert found[6] == pytest.approx(np.log(rate / np.sqrt(level) + 0.1))


def test_shares_and_means_are_drawn_towards_those_of_all() -> None:
    X = np.array([[3.0, 4.0, 1.0], [NAN, NAN, NAN], [1.0, 4.0, 3.0]])
    found = windows(X, np.array([2, 1]), (SHARE, GAUSSIAN))
    overall, spread = 0.5, 0.5
    assert found[0, 0] == pytest.approx(((3 + 1.5) / (4 + 3) - overall) / spread)
    assert found[1, 0] == found[0, 0]
    # Values 1 and 3 have mean 2 and standard deviation 1.
    assert found[2, 1] == pytest.approx((3 + 2) / 2 - 2)


@pytest.mark.parametrize(
    ("density", "rows", "expected"),
    [
        (BERNOULLI, [[1.0], [0.0], [NAN]], [[1, 0], [0, 1], [0, 0]]),
        (SHARE, [[1.0, 3.0], [NAN, NAN]], [[1, 2], [0, 0]]),
        (parts(3), [[1.0, 0.0, 2.0], [NAN, NAN, NAN]], [[1, 0, 2], [0, 0, 0]]),
        (categorical(3), [[2.0], [NAN]], [[0, 0, 1], [0, 0, 0]]),
        (COUNT, [[9.0], [NAN]], [[0] * 7 + [1], [0] * 8]),
    ],
)
def test_outcomes_of_each_family(
    density: Density, rows: list[list[float]], expected: list[list[float]]
) -> None:
    np.testing.assert_array_equal(occurrences(np.array(rows), density), expected)


def test_a_feature_that_never_varies_is_no_obstacle() -> None:
    X = np.column_stack([np.zeros(4), np.zeros((4, 2)), np.full(4, 5.0)])
    found = windows(X, np.array([2, 2]), (COUNT, parts(2), GAUSSIAN))
    assert np.isfinite(found).all()


def test_only_sparse_families_need_windows() -> None:
    assert are_sparse((GAUSSIAN, COUNT))
    assert not are_sparse((GAUSSIAN, BERNOULLI, categorical(3)))
    with pytest.raises(ValueError, match="got 2 columns; expected the 3"):
        windows(np.zeros((4, 2)), np.array([4]), (COUNT, SHARE))
