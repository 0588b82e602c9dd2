"""Where states and arrows of the transition graph lie, by Graphviz or without it."""

from __future__ import annotations

import json
import math
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import graphviz
import numpy as np

Point = tuple[float, float]
Edge = tuple[int, int]
Points = np.ndarray[tuple[int, int], np.dtype[np.float64]]

POINTS_AN_INCH = 72
TIMEOUT_SECONDS = 60


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
        Weight of each edge, above 0: heavier ones are kept shorter.
    node_size, label_size : tuple of float
        Width and height of every node and of every edge's label, in inches.
    programs : sequence of str, optional
        Paths of a `dot` to try, one after the other; those of this machine by
        default.
    """
    problems = []
    for program in graphviz_programs() if programs is None else programs:
        source = _source(nodes, edges, node_size, label_size)
        try:
            layout = _by_graphviz(program, source)
        except (OSError, subprocess.SubprocessError, ValueError, KeyError) as error:
            problems.append(f"{program}: {_reason(error)}")
        else:
            return _with_labels_on_edges(layout, node_size, label_size)
    layout = _on_a_circle(nodes, edges, node_size, tuple(problems))
    return _with_labels_on_edges(layout, node_size, label_size)


def graphviz_programs() -> list[str]:
    """Return the programs that may lay a graph out: the wheel's, then the system's."""
    beside_python = Path(sys.executable).parent / "graphviz-pure"
    found = [
        str(beside_python) if beside_python.exists() else None,
        shutil.which("graphviz-pure"),
        shutil.which("dot"),
    ]
    return list(dict.fromkeys(program for program in found if program))


def _source(
    nodes: Sequence[int],
    edges: Mapping[Edge, float],
    node_size: Point,
    label_size: Point,
) -> str:
    """Return the graph in Graphviz' language; nothing in it comes from the data.

    Nodes are called by their number and labels are blank tables of the right size:
    the texts are written by whoever draws, with a font whose widths are known.
    """
    graph = graphviz.Digraph(
        graph_attr={
            "nodesep": "0.3",
            "ranksep": "0.6",
            "splines": "true",
        },
        node_attr={
            "shape": "box",
            "fixedsize": "true",
            "label": "",
            "width": f"{node_size[0]:.3f}",
            "height": f"{node_size[1]:.3f}",
        },
    )
    for node in nodes:
        graph.node(str(node))
    width, height = (round(size * POINTS_AN_INCH) for size in label_size)
    blank = (
        f'<<table border="0" cellborder="0" cellspacing="0" fixedsize="true" '
        f'width="{width}" height="{height}"><tr><td></td></tr></table>>'
    )
    heaviest = max(edges.values(), default=1.0)
    for (start, end), weight in edges.items():
        graph.edge(
            str(start),
            str(end),
            label=blank,
            weight=str(max(1, round(10 * weight / heaviest))),
        )
    return str(graph.source)


def _by_graphviz(program: str, source: str) -> GraphLayout:
    outcome = subprocess.run(
        [program, "-Kdot", "-Tjson"],
        input=source,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=True,
        timeout=TIMEOUT_SECONDS,
    )
    drawn = json.loads(outcome.stdout)
    _, _, width, height = _numbers(drawn["bb"])
    names = {node["_gvid"]: int(node["name"]) for node in drawn["objects"]}
    nodes = {
        int(node["name"]): _point(_numbers(node["pos"])) for node in drawn["objects"]
    }
    routes = {
        (names[edge["tail"]], names[edge["head"]]): Route(
            _curve(edge["pos"]), _point(_numbers(edge["lp"]))
        )
        for edge in drawn.get("edges", [])
    }
    return GraphLayout(
        width / POINTS_AN_INCH,
        height / POINTS_AN_INCH,
        nodes,
        routes,
        Path(program).name,
    )


def _curve(position: str) -> Points:
    """Return the points of an edge; its arrowhead is at `e`, the end of the last."""
    end = None
    points = []
    for part in position.split():
        if part.startswith("e,"):
            end = _point(_numbers(part[2:]))
        elif not part.startswith("s,"):
            points.append(_point(_numbers(part)))
    if end is not None:
        points[-1] = end
    return np.array(points)


def _numbers(text: str) -> list[float]:
    return [float(number) for number in text.split(",")]


def _point(numbers: Sequence[float]) -> Point:
    return numbers[0] / POINTS_AN_INCH, numbers[1] / POINTS_AN_INCH


def _reason(error: Exception) -> str:
    if isinstance(error, subprocess.CalledProcessError):
        return (error.stderr or "").strip() or f"exit code {error.returncode}"
    return str(error) or type(error).__name__


def _with_labels_on_edges(
    layout: GraphLayout, node_size: Point, label_size: Point
) -> GraphLayout:
    """Move each label onto its edge, as near as possible to where it was.

    Graphviz keeps a place free beside an edge, sometimes far from it. Where no place
    on the edge is free of nodes and of other labels, the label stays.
    """
    taken = [(node, node_size) for node in layout.nodes.values()]
    routes = {}
    for edge, route in layout.routes.items():
        on_edge = _points_along(route.curve)
        nearest = np.argsort(np.hypot(*(on_edge - np.array(route.label)).T))
        label = next(
            (
                place
                for place in map(_as_point, on_edge[nearest])
                if not any(_overlap(place, label_size, *other) for other in taken)
            ),
            route.label,
        )
        taken.append((label, label_size))
        routes[edge] = replace(route, label=label)
    return replace(layout, routes=routes)


def _points_along(curve: Points, n_steps: int = 24) -> Points:
    """Return points on the inner four fifths of a row of Bézier curves."""
    t = np.linspace(0, 1, n_steps)[:, None]
    pieces = [
        (1 - t) ** 3 * a + 3 * t * (1 - t) ** 2 * b + 3 * t**2 * (1 - t) * c + t**3 * d
        for a, b, c, d in (curve[i : i + 4] for i in range(0, len(curve) - 3, 3))
    ]
    points = np.concatenate(pieces)
    margin = len(points) // 10
    return points[margin : len(points) - margin]


def _as_point(xy: Sequence[float]) -> Point:
    return float(xy[0]), float(xy[1])


def _overlap(place: Point, size: Point, other: Point, other_size: Point) -> bool:
    """Whether two boxes, each by its middle and its size, overlap."""
    return all(
        abs(place[axis] - other[axis]) < (size[axis] + other_size[axis]) / 2
        for axis in (0, 1)
    )


def _on_a_circle(
    nodes: Sequence[int],
    edges: Mapping[Edge, float],
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
