"""What dbt does again and again in one process, done once or with fewer steps.

Most of the processor time of a build from a small log is dbt's own
(docs/benchmarks.md). The SQL of models and tests is the same; test_quick_dbt.py
compares. It replaces functions inside dbt, so it acts only in the version that it was
written for.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from types import CodeType
from typing import Any

from dbt.adapters.base.connections import BaseConnectionManager
from dbt.adapters.contracts.connection import Connection, ConnectionState
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
from dbt_common.events import base_types, event_manager
from dbt_common.events.base_types import BaseEvent, EventLevel
from dbt_common.invocation import get_invocation_id
from networkx import is_directed_acyclic_graph

# The version whose functions are replaced.
WRITTEN_FOR = "1.11.16"

# How names of connections of models, seeds and tests begin.
_NODES = ("model.", "seed.", "test.")
# A connection that waited longer may have been ended, by the server or on the way.
_SECONDS_TO_WAIT = 30


@cache
def make_dbt_quicker() -> None:
    """Replace parts of dbt by quicker ones, for the rest of this process."""
    if __version__ != WRITTEN_FOR:
        return
    # Every statement without a result gets a table without rows.
    _replace(agate_helper, "empty_table", cache(agate_helper.empty_table))
    _guess_types_with_one_tester()
    _compile_templates_once()
    _compute_graphs_once()
    _walk_graphs_quickly()
    _collect_macros_quickly()
    _share_connections()
    _make_events_quickly()


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


def _guess_types_with_one_tester() -> None:
    """Make the calendars that a tester of types needs once, and not for each result."""
    build = agate_helper.build_type_tester
    testers: dict[tuple[tuple[str, ...], ...], object] = {}

    def build_once(
        text_columns: Iterable[str], string_null_values: Iterable[str] = ("null", "")
    ) -> object:
        key = tuple(text_columns), tuple(string_null_values)
        if key not in testers:
            testers[key] = build(*key)
        return testers[key]

    _replace(agate_helper, "build_type_tester", build_once)


def _make_events_quickly() -> None:
    """Fill messages of events field by field, which dbt does by way of JSON."""
    parse: Any = vars(base_types)["ParseDict"]

    def fill(content: dict[str, Any], message: Any) -> Any:
        try:
            return type(message)(**content)
        except Exception:
            # Times are text, for example.
            return parse(content, message)

    def message_of(event: BaseEvent, level: EventLevel | None = None) -> Any:
        name = type(event).__name__
        message = getattr(event.PROTO_TYPES_MODULE, f"{name}Msg")()
        message.data.CopyFrom(event.pb_msg)
        info = message.info
        info.level = (level or event.level_tag()).value
        info.msg = event.message()
        info.invocation_id = get_invocation_id()
        info.extra.update(base_types.get_global_metadata_vars())
        info.ts.GetCurrentTime()
        info.pid = base_types.get_pid()
        info.thread = base_types.get_thread_name()
        info.code = event.code()
        info.name = name
        return message

    _replace(base_types, "ParseDict", fill)
    _replace(event_manager, "msg_from_base_event", message_of)


def _share_connections() -> None:
    """Let the nodes of a command share the connections of its threads.

    dbt opens a connection for each node. A process of PostgreSQL and its caches cost
    7 ms, which is a third of what the server does for a test of data.
    """
    close_and_forget = BaseConnectionManager.release
    name_connection = BaseConnectionManager.set_connection_name
    waiting_since: dict[int, float] = {}

    def release(self: BaseConnectionManager) -> None:
        connection = self.get_if_exists()
        # Other sessions must end: the lock of a build counts those of its owner.
        is_kept = (
            connection
            and connection.state == ConnectionState.OPEN
            and (connection.name or "").startswith(_NODES)
        )
        if not connection or not is_kept:
            close_and_forget(self)
            return
        try:
            _begin_anew(self, connection)
            waiting_since[id(connection)] = time.monotonic()
        except Exception:
            # The server ended it.
            self.close(connection)

    def set_connection_name(
        self: BaseConnectionManager, name: str | None = None
    ) -> Connection:
        connection = self.get_if_exists()
        began = waiting_since.pop(id(connection), None)
        if connection and began and time.monotonic() - began > _SECONDS_TO_WAIT:
            self.close(connection)
        return name_connection(self, name)

    _replace(BaseConnectionManager, "release", release)
    _replace(BaseConnectionManager, "set_connection_name", set_connection_name)


def _begin_anew(manager: BaseConnectionManager, connection: Connection) -> None:
    """End what a node set or created for its session."""
    manager._rollback_handle(connection)
    connection.transaction_open = False
    handle: Any = connection.handle
    was_autocommit = handle.autocommit
    handle.autocommit = True
    with handle.cursor() as cursor:
        cursor.execute("discard all")
        role = getattr(connection.credentials, "role", None)
        if role:
            cursor.execute(f"set role {role}")
    handle.autocommit = was_autocommit
