"""Where states and arrows of the transition graph lie, in inches."""

from __future__ import annotations

from collections.abc import Mapping
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
