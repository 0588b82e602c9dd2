"""Types of arrays and points."""

from __future__ import annotations

import numpy as np

Vector = np.ndarray[tuple[int], np.dtype[np.float64]]
Matrix = np.ndarray[tuple[int, int], np.dtype[np.float64]]

# Two coordinates, x and y.
Point = tuple[float, float]
