"""Where states and arrows of the transition graph lie, in inches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

Point = tuple[float, float]
Edge = tuple[int, int]
Points = np.ndarray[tuple[int, int], np.dtype[np.float64]]


@dataclass(frozen=True)
class Route:
    """The way of an arrow, in inches from the lower left corner.

    Attributes
    ----------
    curve : array of float, shape (3 m + 1, 2)
        Points of m cubic Bézier curves, each starting where the one before ends.
    label : tuple of float
        Middle of its label.
    """

    curve: Points
    label: Point


@dataclass(frozen=True)
class GraphLayout:
    """Places of nodes and routes of edges, in inches.

    Attributes
    ----------
    width, height : float
    nodes : mapping of int to tuple of float
        Middle of each node.
    routes : mapping of pairs of int to Route
        By the nodes at both ends.
    program : str or None
        What laid it out; None where no Graphviz could be run.
    problems : tuple of str
        Why programs that were tried could not do it.
    """

    width: float
    height: float
    nodes: Mapping[int, Point]
    routes: Mapping[Edge, Route]
    program: str | None
    problems: tuple[str, ...] = ()


def points_along(curve: Points, n_steps: int = 24) -> Points:
    """Return points on the inner four fifths of a row of Bézier curves."""
    t = np.linspace(0, 1, n_steps)[:, None]
    pieces = [
        (1 - t) ** 3 * a + 3 * t * (1 - t) ** 2 * b + 3 * t**2 * (1 - t) * c + t**3 * d
        for a, b, c, d in (curve[i : i + 4] for i in range(0, len(curve) - 3, 3))
    ]
    points = np.concatenate(pieces)
    margin = len(points) // 10
    return points[margin : len(points) - margin]


def as_point(
    xy: Sequence[float] | np.ndarray[tuple[int], np.dtype[np.float64]],
) -> Point:
    """Return two numbers as a tuple."""
    return float(xy[0]), float(xy[1])


def overlap(place: Point, size: Point, other: Point, other_size: Point) -> bool:
    """Whether two boxes, each by its middle and its size, overlap."""
    return all(
        abs(place[axis] - other[axis]) < (size[axis] + other_size[axis]) / 2
        for axis in (0, 1)
    )
