"""Place labels apart from each other and close to what they label."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np


def spread(
    positions: Sequence[float], gap: float, low: float, high: float
) -> list[float]:
    """Move labels apart, as little as possible, so that neighbours keep `gap`.

    Parameters
    ----------
    positions : sequence of float
        Where the labels belong, rising.
    gap : float
        Smallest distance between two neighbours.
    low, high : float
        Limits of the first and the last label; exceeded if there is no room.

    Returns
    -------
    list of float
        In the order of `positions`.
    """
    moved = np.asarray(positions, dtype=float).copy()
    # Positions minus the gaps below them must not fall. The closest such sequence is
    # their isotonic regression.
    steps = gap * np.arange(len(moved))
    room = max(high - low - (steps[-1] if len(steps) else 0.0), 0.0)
    return list(np.clip(_isotonic(moved - steps), low, low + room) + steps)


def _isotonic(values: np.ndarray[Any, np.dtype[np.float64]]) -> np.ndarray[Any, Any]:
    """Return the closest sequence that does not fall, by pooling neighbours."""
    blocks: list[tuple[float, int]] = []
    for value in values:
        mean, size = float(value), 1
        while blocks and blocks[-1][0] > mean:
            other, n = blocks.pop()
            mean, size = (mean * size + other * n) / (size + n), size + n
        blocks.append((mean, size))
    return np.repeat([mean for mean, _ in blocks], [size for _, size in blocks])
