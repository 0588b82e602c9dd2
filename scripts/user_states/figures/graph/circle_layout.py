"""Lay the transition graph out on a circle, if Graphviz is not available."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np

from user_states.figures.graph.graph_places import (
    Edge,
    GraphLayout,
    Route,
    as_point,
    overlap,
    points_along,
)
from user_states.marts.array_types import Point, Vector

# Bends to try, in this order, as shares of an edge's length.
BENDS = (0.12, 0.2, 0.3, -0.2, 0.04, -0.3, 0.45, -0.45)
# Inches to keep free around an edge and its arrowhead.
CLEARANCE = (0.2, 0.2)


def on_a_circle(
    nodes: Sequence[int],
    edges: Iterable[Edge],
    node_size: Point,
    problems: tuple[str, ...],
) -> GraphLayout:
    """Place the nodes on a circle, and bend each edge a little to its left.

    So the two edges between a pair of nodes do not overlap. If an edge would pass
    behind a third node, it is bent more, or the other way.
    """
    width, height = node_size
    # Neighbours on the circle are one and a half diagonals of a node apart.
    radius = 0.75 * math.hypot(width, height) / math.sin(math.pi / max(len(nodes), 3))
    angles = math.pi / 2 - 2 * math.pi * np.arange(len(nodes)) / max(len(nodes), 1)
    middle = np.array([radius + width / 2, radius + height / 2])
    places = {
        node: middle + radius * np.array([math.cos(angle), math.sin(angle)])
        for node, angle in zip(nodes, angles, strict=True)
    }
    size = 2 * radius + width, 2 * radius + height
    routes = {}
    for start, end in edges:
        others = [places[node] for node in nodes if node not in (start, end)]
        tried = [_bent(places[start], places[end], node_size, bend) for bend in BENDS]
        routes[start, end] = next(
            (route for route in tried if _is_clear(route, others, node_size, size)),
            tried[0],
        )
    return GraphLayout(
        *size,
        {node: (float(x), float(y)) for node, (x, y) in places.items()},
        routes,
        None,
        problems,
    )


def _is_clear(
    route: Route,
    others: Sequence[Vector],
    node_size: Point,
    size: Point,
) -> bool:
    """Whether an edge stays inside the figure and passes only its own two nodes."""
    points = points_along(route.curve)
    if (points < 0).any() or (points > size).any():
        return False
    return not any(
        overlap(as_point(point), CLEARANCE, as_point(other), node_size)
        for other in others
        for point in points
    )


def _bent(
    start: Vector,
    end: Vector,
    node_size: Point,
    share: float,
) -> Route:
    """Bend an edge to its left by a share of its length."""
    along = end - start
    bend = share * np.array([-along[1], along[0]])
    first = start + _to_border(along + 3 * bend, node_size)
    last = end - _to_border(along - 3 * bend, node_size)
    step = (last - first) / 3
    curve = np.array([first, first + step + bend, last - step + bend, last])
    # A label stands at a third of the curve, so that labels do not meet in the middle.
    t = 1 / 3
    weights = np.array([(1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t**2 * (1 - t), t**3])
    label = weights @ curve
    return Route(curve, (float(label[0]), float(label[1])))


def _to_border(direction: Vector, node_size: Point) -> Vector:
    """Return the vector from the centre of a node to its border."""
    scale = max(
        2 * abs(direction[0]) / node_size[0], 2 * abs(direction[1]) / node_size[1]
    )
    border: Vector = direction / max(scale, 1e-9)
    return border
