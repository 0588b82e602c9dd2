"""What dbt does again and again in one process, done once: for tests only.

A test run gives dbt hundreds of commands for the same project. Of the processor's time
of a build of all marts, more than half went into the work that this file saves. The SQL
of models and tests is the same; test_quick_dbt.py compares.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from types import CodeType
from typing import Any

import pytest
from dbt.adapters.base.connections import BaseConnectionManager
from dbt.adapters.contracts.connection import ConnectionState
from dbt.clients.jinja import MacroGenerator
from dbt.compilation import Compiler
from dbt.context.configured import ConfiguredContext
from dbt.context.macros import MacroNamespace, MacroNamespaceBuilder
from dbt.context.manifest import ManifestContext
from dbt.contracts.graph.manifest import Manifest
from dbt.contracts.graph.nodes import Macro
from dbt.graph.graph import Graph
from dbt_common.clients import agate_helper
from dbt_common.clients.jinja import MacroFuzzEnvironment
from dbt_common.clients.system import make_directory
from dbt_common.events.base_types import BaseEvent, EventLevel
from dbt_common.events.event_manager import EventManager

# How names of connections of models, seeds and tests begin.
NODES = ("model.", "seed.", "test.")
# Details that DbtProject shows; nobody reads the others of their level.
SHOWN_DETAILS = {"NodeStart", "NodeFinished"}


@contextmanager
def quick_dbt() -> Iterator[None]:
    """Replace parts of dbt by quicker ones."""
    with pytest.MonkeyPatch.context() as patch:
        # Every statement without a result gets a table without rows.
        patch.setattr(agate_helper, "empty_table", cache(agate_helper.empty_table))
        _compile_templates_once(patch)
        _compute_graphs_once(patch)
        _walk_graphs_quickly(patch)
        _collect_macros_quickly(patch)
        _keep_connections(patch)
        _leave_out_details(patch)
        yield


def _compile_templates_once(patch: pytest.MonkeyPatch) -> None:
    """Compile each model, hook and argument of a test once, and not in each build."""
    compile_template = MacroFuzzEnvironment.compile
    compiled: dict[tuple[type, str], CodeType] = {}

    def compile_once(self: MacroFuzzEnvironment, source: str) -> CodeType:
        # The text and the kind of environment decide all of the code.
        key = type(self), source
        if key not in compiled:
            compiled[key] = compile_template(self, source)
        return compiled[key]

    patch.setattr(MacroFuzzEnvironment, "compile", compile_once)


def _compute_graphs_once(patch: pytest.MonkeyPatch) -> None:
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

    patch.setattr(Compiler, "compile", compile_once)


def _walk_graphs_quickly(patch: pytest.MonkeyPatch) -> None:
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
    patch.setattr(Graph, "subgraph", subgraph)
    patch.setattr(Graph, "select_parents", walk("_pred"))
    patch.setattr(Graph, "select_children", walk("_succ"))


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


def _collect_macros_quickly(patch: pytest.MonkeyPatch) -> None:
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

    patch.setattr(ManifestContext, "to_dict", with_macros)
    patch.setattr(MacroNamespaceBuilder, "add_macros", _add_macros)


def _keep_connections(patch: pytest.MonkeyPatch) -> None:
    """Let the nodes of a command share the connections of its threads.

    dbt opens a connection for each node. A process of PostgreSQL and its caches cost
    7 ms, which is a third of what the server does for a test of data.
    """
    close_and_forget = BaseConnectionManager.release

    def release(self: BaseConnectionManager) -> None:
        connection = self.get_if_exists()
        # Other sessions must end: the lock of a build counts those of its owner.
        is_kept = (
            connection
            and connection.state == ConnectionState.OPEN
            and (connection.name or "").startswith(NODES)
        )
        if not connection or not is_kept:
            close_and_forget(self)
            return
        try:
            self._rollback_handle(connection)
            connection.transaction_open = False
            connection.handle.autocommit = True
            with connection.handle.cursor() as cursor:
                # What the node set or created for its session ends with the node.
                cursor.execute("discard all")
            connection.handle.autocommit = False
        except Exception:
            # The server ended it.
            self.close(connection)

    patch.setattr(BaseConnectionManager, "release", release)


def _leave_out_details(patch: pytest.MonkeyPatch) -> None:
    """Make no events that only a log of every detail would show."""
    make = BaseEvent.__init__
    fire = EventManager.fire_event

    def is_left_out(event: BaseEvent) -> bool:
        is_detail = event.level_tag() is EventLevel.DEBUG
        return is_detail and type(event).__name__ not in SHOWN_DETAILS

    def make_shown(self: BaseEvent, *args: object, **content: object) -> None:
        if is_left_out(self):
            name = type(self).__name__
            self.pb_msg = getattr(self.PROTO_TYPES_MODULE, name)()
        else:
            make(self, *args, **content)

    def fire_shown(
        self: EventManager, e: BaseEvent, *args: Any, **options: Any
    ) -> None:
        if not is_left_out(e):
            fire(self, e, *args, **options)

    patch.setattr(BaseEvent, "__init__", make_shown)
    patch.setattr(EventManager, "fire_event", fire_shown)
