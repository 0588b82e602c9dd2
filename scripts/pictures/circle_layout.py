"""Lay the transition graph out on an ellipse, where there is no Graphviz."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np

from pictures.graph_places import Edge, GraphLayout, Point, Route


def on_a_circle(
    nodes: Sequence[int],
    edges: Iterable[Edge],
    node_size: Point,
    problems: tuple[str, ...],
) -> GraphLayout:
    """Place the nodes on an ellipse, and bend each edge a little to its left.

    So two edges between the same nodes do not lie on each other.
    """
    width, height = node_size
    # Neighbours on the ellipse stand a node's diagonal and a bit apart.
    radius = 0.75 * math.hypot(width, height) / math.sin(math.pi / max(len(nodes), 3))
    angles = math.pi / 2 - 2 * math.pi * np.arange(len(nodes)) / max(len(nodes), 1)
    middle = np.array([radius + width / 2, radius + height / 2])
    places = {
        node: middle + radius * np.array([math.cos(angle), math.sin(angle)])
        for node, angle in zip(nodes, angles, strict=True)
    }
    routes = {
        (start, end): _bent(places[start], places[end], node_size)
        for start, end in edges
    }
    return GraphLayout(
        2 * radius + width,
        2 * radius + height,
        {node: (float(x), float(y)) for node, (x, y) in places.items()},
        routes,
        None,
        problems,
    )


def _bent(
    start: np.ndarray[tuple[int], np.dtype[np.float64]],
    end: np.ndarray[tuple[int], np.dtype[np.float64]],
    node_size: Point,
) -> Route:
    along = end - start
    bend = 0.12 * np.array([-along[1], along[0]])
    first = start + _to_border(along + 3 * bend, node_size)
    last = end - _to_border(along - 3 * bend, node_size)
    step = (last - first) / 3
    curve = np.array([first, first + step + bend, last - step + bend, last])
    # The curve at a third of its way, so that labels do not meet in the middle.
    t = 1 / 3
    weights = np.array([(1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t**2 * (1 - t), t**3])
    label = weights @ curve
    return Route(curve, (float(label[0]), float(label[1])))


def _to_border(
    direction: np.ndarray[tuple[int], np.dtype[np.float64]], node_size: Point
) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Return the way from the middle of a node to its border."""
    scale = max(
        2 * abs(direction[0]) / node_size[0], 2 * abs(direction[1]) / node_size[1]
    )
    border: np.ndarray[tuple[int], np.dtype[np.float64]] = direction / max(scale, 1e-9)
    return border
