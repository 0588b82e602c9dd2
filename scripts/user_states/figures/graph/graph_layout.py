"""Lay out the transition graph, with Graphviz or without it."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from user_states.figures.graph.circle_layout import on_a_circle
from user_states.figures.graph.graph_places import (
    Edge,
    GraphLayout,
    as_point,
    overlap,
    points_along,
)
from user_states.figures.graph.graphviz_layout import (
    GraphvizError,
    by_graphviz,
    graphviz_programs,
)
from user_states.marts.array_types import Point

logger = logging.getLogger("user_states")


def lay_out(
    nodes: Sequence[int],
    edges: Mapping[Edge, float],
    node_size: Point,
    label_size: Point,
    programs: Sequence[str] | None = None,
) -> GraphLayout:
    """Place nodes and edges so that they do not overlap.

    Parameters
    ----------
    nodes : sequence of int
    edges : mapping of pairs of int to float
        Weight of each edge, above 0; heavier edges are drawn shorter.
    node_size, label_size : tuple of float
        Width and height of every node and of every edge's label, in inches.
    programs : sequence of str, optional
        Paths of `dot` programs to try one after the other; by default those of this
        machine.
    """
    problems = []
    for program in graphviz_programs() if programs is None else programs:
        try:
            layout = by_graphviz(program, nodes, edges, node_size, label_size)
        except GraphvizError as error:
            problems.append(str(error))
        else:
            return _with_labels_on_edges(layout, node_size, label_size)
    logger.warning(
        "Graphviz could not be run, so the graph is drawn on a circle: %s",
        "; ".join(problems) or "there is neither graphviz-pure nor dot",
    )
    layout = on_a_circle(nodes, edges, node_size, tuple(problems))
    return _with_labels_on_edges(layout, node_size, label_size)


def _with_labels_on_edges(
    layout: GraphLayout, node_size: Point, label_size: Point
) -> GraphLayout:
    """Move each label onto its edge, as near as possible to where it was.

    Graphviz puts labels beside edges, sometimes far away. A label stays where it was if
    every place on its edge overlaps a node or another label.
    """
    taken = [(node, node_size) for node in layout.nodes.values()]
    routes = {}
    for edge, route in layout.routes.items():
        on_edge = points_along(route.curve)
        nearest = np.argsort(np.hypot(*(on_edge - np.array(route.label)).T))
        label = next(
            (
                place
                for place in map(as_point, on_edge[nearest])
                if not any(overlap(place, label_size, *other) for other in taken)
            ),
            route.label,
        )
        taken.append((label, label_size))
        routes[edge] = replace(route, label=label)
    return replace(layout, routes=routes)
