"""What dbt does again and again in one process, done once or with fewer steps.

Most of the processor time of a build from a small log is dbt's own
(docs/benchmarks.md). The SQL of models and tests is the same; test_quick_dbt.py
compares. It replaces functions inside dbt, so it acts only in the version that it was
written for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from types import CodeType
from typing import Any

from dbt.clients.jinja import MacroGenerator
from dbt.compilation import Compiler, Linker
from dbt.context.configured import ConfiguredContext
from dbt.context.macros import MacroNamespace, MacroNamespaceBuilder
from dbt.context.manifest import ManifestContext
from dbt.contracts.graph.manifest import Manifest
from dbt.contracts.graph.nodes import Macro
from dbt.graph.graph import Graph
from dbt.version import __version__
from dbt_common.clients import agate_helper
from dbt_common.clients.jinja import MacroFuzzEnvironment
from dbt_common.clients.system import make_directory
from networkx import is_directed_acyclic_graph

# The version whose functions are replaced.
WRITTEN_FOR = "1.11.16"


@cache
def make_dbt_quicker() -> None:
    """Replace parts of dbt by quicker ones, for the rest of this process."""
    if __version__ != WRITTEN_FOR:
        return
    # Every statement without a result gets a table without rows.
    _replace(agate_helper, "empty_table", cache(agate_helper.empty_table))
    _compile_templates_once()
    _compute_graphs_once()
    _walk_graphs_quickly()
    _collect_macros_quickly()


def _replace(owner: object, name: str, quicker: object) -> None:
    setattr(owner, name, quicker)


def _compile_templates_once() -> None:
    """Compile each model, hook and argument of a test once, and not in each build."""
    compile_template = MacroFuzzEnvironment.compile
    compiled: dict[tuple[type, str], CodeType] = {}

    def compile_once(self: MacroFuzzEnvironment, source: str) -> CodeType:
        # The text and the kind of environment decide all of the code.
        key = type(self), source
        if key not in compiled:
            compiled[key] = compile_template(self, source)
        return compiled[key]

    _replace(MacroFuzzEnvironment, "compile", compile_once)


def _compute_graphs_once() -> None:
    """Keep the graphs of the manifest that was used last, with and without tests."""
    compile_graph = Compiler.compile
    last: list[Manifest] = []
    graphs: dict[tuple[bool, tuple[str, ...]], Graph] = {}

    def compile_once(
        self: Compiler, manifest: Manifest, write: bool = True, **options: bool
    ) -> Graph:
        # Inline SQL always has this name, whatever it reads.
        if any(name.startswith("sql_operation.") for name in manifest.nodes):
            return compile_graph(self, manifest, write, **options)
        if not last or last[0] is not manifest:
            last[:] = [manifest]
            graphs.clear()
        key = options.get("add_test_edges", False), tuple(manifest.nodes)
        if key not in graphs:
            graphs[key] = compile_graph(self, manifest, write, **options)
        make_directory(self.config.project_target_path)
        return graphs[key]

    def find_cycles(self: Linker) -> Any:
        return None if is_directed_acyclic_graph(self.graph) else found_cycles(self)

    found_cycles: Any = Linker.find_cycles
    _replace(Linker, "find_cycles", find_cycles)
    _replace(Compiler, "compile", compile_once)


def _walk_graphs_quickly() -> None:
    """Find what a selection reads, and what reads it, without networkx's views."""

    def reached(
        neighbours: Mapping[str, Mapping[str, Mapping[str, Any]]],
        selected: set[str],
        max_depth: int | None,
    ) -> set[str]:
        found: set[str] = set()
        depth = 0
        while selected and (max_depth is None or depth < max_depth):
            selected = {
                other
                for node in selected
                for other, edge in neighbours[node].items()
                if other not in found and edge.get("edge_type") != "parent_test"
            }
            found |= selected
            depth += 1
        return found

    def walk(direction: str) -> Callable[..., set[str]]:
        def select(
            self: Graph, selected: set[str], max_depth: int | None = None
        ) -> set[str]:
            return reached(getattr(self.graph, direction), selected, max_depth)

        return select

    def subgraph(self: Graph, nodes: Iterable[Any]) -> Graph:
        # Usually all of them. Of a part networkx asks at each step what is in it.
        kept = set(nodes)
        return self if kept == set(self.graph) else part_of(self, kept)

    part_of = Graph.subgraph
    _replace(Graph, "subgraph", subgraph)
    _replace(Graph, "select_parents", walk("_pred"))
    _replace(Graph, "select_children", walk("_succ"))


class _QuickMacro(MacroGenerator):
    """A macro that is made without calls of two parents: a thousand a node."""

    def __init__(self, macro: Any, context: Any, node: Any, stack: Any) -> None:
        self.macro, self.context, self.node, self.stack = macro, context, node, stack


def _add_macros(self: MacroNamespaceBuilder, found: Iterable[Macro], ctx: Any) -> None:
    """Add the macros of one package, as `add_macro` does for each of them."""
    name = ""
    package: dict[str, MacroGenerator] = {}
    for macro in found:
        name = macro.package_name
        package[macro.name] = _QuickMacro(macro, ctx, self.node, self.thread_ctx)
    if name in self.internal_package_names:
        self.internal_packages[name] = package
        return
    self.packages[name] = package
    if name == self.search_package:
        self.locals.update(package)
    elif name == self.root_package:
        self.globals.update(package)


def _collect_macros_quickly() -> None:
    """Offer every node the macros by their names with fewer steps."""
    to_dict: Any = ManifestContext.to_dict
    without_macros: Any = ConfiguredContext.to_dict

    def with_macros(self: ManifestContext) -> Any:
        namespace: object = self.namespace
        if not isinstance(namespace, MacroNamespace):
            return to_dict(self)
        context = without_macros(self)
        # The first of them has the last word.
        for found in reversed(list(namespace._search_order())):
            context.update(found)
        return context

    _replace(ManifestContext, "to_dict", with_macros)
    _replace(MacroNamespaceBuilder, "add_macros", _add_macros)
