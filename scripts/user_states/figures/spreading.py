"""Labels beside what they name: apart from each other, and not far from it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np


def spread(
    positions: Sequence[float], gap: float, low: float, high: float
) -> list[float]:
    """Move labels apart as little as keeps `gap` between neighbours.

    Parameters
    ----------
    positions : sequence of float
        Where the labels belong, rising.
    gap : float
        Least distance of two neighbours.
    low, high : float
        Where the first and the last may lie; left behind where there is no room.

    Returns
    -------
    list of float
        In the order of `positions`.
    """
    moved = np.asarray(positions, dtype=float).copy()
    # Each label plus the gaps below it must rise: the closest such row is the
    # isotonic regression of positions less the gaps.
    steps = gap * np.arange(len(moved))
    room = max(high - low - (steps[-1] if len(steps) else 0.0), 0.0)
    return list(np.clip(_isotonic(moved - steps), low, low + room) + steps)


def _isotonic(values: np.ndarray[Any, np.dtype[np.float64]]) -> np.ndarray[Any, Any]:
    """Return the closest rising row of values, by pooling neighbours that fall."""
    blocks: list[tuple[float, int]] = []
    for value in values:
        mean, size = float(value), 1
        while blocks and blocks[-1][0] > mean:
            other, n = blocks.pop()
            mean, size = (mean * size + other * n) / (size + n), size + n
        blocks.append((mean, size))
    return np.repeat([mean for mean, _ in blocks], [size for _, size in blocks])
