"""Places of states and arrows of the transition graph, in inches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from user_states.marts.array_types import Matrix, Point, Vector

Edge = tuple[int, int]


@dataclass(frozen=True)
class Route:
    """The curve of an arrow, in inches from the lower left corner.

    Attributes
    ----------
    curve : array of float, shape (3 m + 1, 2)
        Points of m cubic Bézier curves; each starts where the one before ends.
    label : tuple of float
        Centre of its label.
    """

    curve: Matrix
    label: Point


@dataclass(frozen=True)
class GraphLayout:
    """Places of nodes and routes of edges, in inches.

    Attributes
    ----------
    width, height : float
    nodes : mapping of int to tuple of float
        Centre of each node.
    routes : mapping of pairs of int to Route
        By the nodes at both ends.
    program : str or None
        What laid it out; None if Graphviz could not be run.
    problems : tuple of str
        Why the programs that were tried failed.
    """

    width: float
    height: float
    nodes: Mapping[int, Point]
    routes: Mapping[Edge, Route]
    program: str | None
    problems: tuple[str, ...] = ()


def points_along(curve: Matrix, n_steps: int = 24) -> Matrix:
    """Return points on the inner four fifths of a sequence of Bézier curves."""
    t = np.linspace(0, 1, n_steps)[:, None]
    pieces = [
        (1 - t) ** 3 * a + 3 * t * (1 - t) ** 2 * b + 3 * t**2 * (1 - t) * c + t**3 * d
        for a, b, c, d in (curve[i : i + 4] for i in range(0, len(curve) - 3, 3))
    ]
    points = np.concatenate(pieces)
    margin = len(points) // 10
    return points[margin : len(points) - margin]


def as_point(
    xy: Sequence[float] | Vector,
) -> Point:
    """Return two numbers as a tuple."""
    return float(xy[0]), float(xy[1])


def overlap(place: Point, size: Point, other: Point, other_size: Point) -> bool:
    """Whether two boxes overlap, each given by its centre and size."""
    return all(
        abs(place[axis] - other[axis]) < (size[axis] + other_size[axis]) / 2
        for axis in (0, 1)
    )
