"""Lay the transition graph out with Graphviz: the wheel's `dot` or the system's."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import graphviz
import numpy as np

from user_states.figures.graph.graph_places import Edge, GraphLayout, Route
from user_states.marts.array_types import Matrix, Point

POINTS_AN_INCH = 72
TIMEOUT_SECONDS = 60


class GraphvizError(Exception):
    """A program could not lay out the graph; the message says why."""


def graphviz_programs() -> list[str]:
    """Return the programs to try: the wheel's first, then the system's."""
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
    """Return the graph in the language of Graphviz, without any text from the data.

    Nodes are named by their numbers, and labels are empty tables of the right size.
    Texts are drawn later, in a font whose widths are known.
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


def by_graphviz(
    program: str,
    nodes: Sequence[int],
    edges: Mapping[Edge, float],
    node_size: Point,
    label_size: Point,
) -> GraphLayout:
    """Lay a graph out with one program; see `lay_out` for the parameters.

    Raises
    ------
    GraphvizError
        If the program cannot be run, or its output is not a layout.
    """
    source = _source(nodes, edges, node_size, label_size)
    try:
        outcome = subprocess.run(
            [program, "-Kdot", "-Tjson"],
            input=source,
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=True,
            timeout=TIMEOUT_SECONDS,
        )
        return _read_layout(outcome.stdout, Path(program).name)
    except (OSError, subprocess.SubprocessError, ValueError, KeyError) as error:
        raise GraphvizError(f"{program}: {_reason(error)}") from error


def _read_layout(answer: str, program: str) -> GraphLayout:
    drawn = json.loads(answer)
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
        program,
    )


def _curve(position: str) -> Matrix:
    """Return the points of an edge; `e` is the tip of its arrowhead."""
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
