"""Draw docs/pictures/tables.svg: which marts belong together, and by which columns.

PYTHONPATH=scripts python tests/python/table_picture.py

A mart is a box with the columns of its key, in the colour of its folder; an arrow is a
`relationships` test, from the column that refers to the one that is referred to.
`make tables` draws it; a test compares the file with the project's manifest.
"""

from __future__ import annotations

import subprocess
from html import escape
from pathlib import Path
from typing import Any

import graphviz

from user_states.figures.graph.graphviz_layout import graphviz_programs
from user_states.warehouse.dbt_project import DbtProject

PROJECT = Path(__file__).resolve().parents[2]
PICTURE = PROJECT / "docs/pictures/tables.svg"

# Light fills under black text, one for each folder of marts, in their order.
FILLS = (
    "#fde2d0", "#e8e8e8", "#d8ecf8", "#f7f0e0",
    "#dff0d8", "#f6e7f3", "#fff3c4", "#e5e2f6",
    "#e9f3d6", "#f4ead2", "#d9f0ea", "#fbe3e6", "#ece7dc", "#d6e4ff", "#f0f4d0",
    "#f3dcc9", "#dcebe0", "#e3ecf4", "#f8e8d8", "#e6f2e0", "#f2e0ee", "#e0e8d8",
    "#fdf0dc", "#dfe9e9", "#f4e4d4", "#e4eedd", "#e8e4f0", "#f0ead8", "#dcf0f0",
    "#e4eefb", "#f1e9dd", "#dff3e4",
)  # fmt: skip


def marts(manifest: Any) -> dict[str, Any]:
    """Return the nodes of all marts by their unique ids, in order."""
    found = {
        node.unique_id: node
        for node in manifest.nodes.values()
        if node.resource_type == "model" and node.fqn[1] == "marts"
    }
    return dict(sorted(found.items()))


def relations(manifest: Any) -> list[tuple[str, str, str, str]]:
    """Return the tested relations: table, column, and table and column referred to."""
    names = {unique_id: node.name for unique_id, node in marts(manifest).items()}
    found = []
    for node in manifest.nodes.values():
        test = getattr(node, "test_metadata", None)
        if test is None or test.name != "relationships":
            continue
        others = [name for name in node.depends_on.nodes if name != node.attached_node]
        if node.attached_node in names and others[0] in names:
            field = str(test.kwargs["field"])
            table, other = names[node.attached_node], names[others[0]]
            found.append((table, str(node.column_name), other, field))
    return sorted(found)


def table_graph(manifest: Any) -> str:
    """Return the graph in the language of Graphviz."""
    related = relations(manifest)
    shown = {name for table, _, other, _ in related for name in (table, other)}
    nodes = [node for node in marts(manifest).values() if node.name in shown]
    folders = sorted({node.fqn[2] for node in marts(manifest).values()})
    graph = graphviz.Digraph(
        graph_attr={"rankdir": "LR", "nodesep": "0.12", "ranksep": "1.6"},
        node_attr={"shape": "plain", "fontname": "Arial", "fontsize": "12"},
        edge_attr={
            "fontname": "Arial", "fontsize": "9", "color": "#707070",
            "arrowsize": "0.6",
        },
    )  # fmt: skip
    for node in nodes:
        graph.node(node.name, _label(node, FILLS[folders.index(node.fqn[2])]))
    columns: dict[tuple[str, str], list[str]] = {}
    for table, column, other, _ in related:
        columns.setdefault((table, other), []).append(column)
    # Tables of users stand left of those that they refer to, all others right of them.
    of_users = {table for table, _, other, _ in related if other == "users"}
    for (table, other), names in columns.items():
        label = "\n".join(names)
        if table in of_users:
            graph.edge(table, other, label=label)
        else:
            graph.edge(other, table, label=label, dir="back")
    return str(graph.source)


def _label(node: Any, fill: str) -> str:
    """Return a box: the table's name over the columns of its key."""
    key = next(c.columns for c in node.constraints if c.type == "primary_key")
    keys = "".join(f'{escape(column)}<br align="left"/>' for column in key)
    # Wide enough for a font that a reader has in place of Arial.
    width = 7 * max(len(node.name), *(len(column) for column in key)) + 12
    return (
        f'<<table border="1" cellborder="0" cellspacing="0" cellpadding="3" '
        f'color="#505050" bgcolor="{fill}"><tr><td align="left" width="{width}">'
        f'{escape(node.name)}</td></tr><tr><td align="left" balign="left">'
        f'<font point-size="9" color="#404040">{keys}</font></td></tr></table>>'
    )


def draw(manifest: Any) -> bytes:
    """Return the picture as SVG."""
    program = graphviz_programs()[0]
    outcome = subprocess.run(
        [program, "-Kdot", "-Tsvg"],
        input=table_graph(manifest).encode("utf-8"),
        capture_output=True,
        check=True,
        timeout=60,
    )
    return outcome.stdout


if __name__ == "__main__":
    PICTURE.write_bytes(draw(DbtProject.load()._manifest))
