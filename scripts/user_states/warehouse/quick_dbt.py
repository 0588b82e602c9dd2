"""What dbt does again and again in one process, done once or with fewer steps.

Most of the processor time of a build from a small log is dbt's own
(docs/benchmarks.md). The SQL of models and tests is the same; test_quick_dbt.py
compares. It replaces functions inside dbt, so it acts only in the version that it was
written for.
"""

from __future__ import annotations

import time
from collections import ChainMap
from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping
from functools import cache
from types import CodeType
from typing import Any, cast

from dbt.adapters.base.connections import BaseConnectionManager
from dbt.adapters.cache import RelationsCache
from dbt.adapters.contracts.connection import Connection, ConnectionState
from dbt.adapters.exceptions.cache import NoneRelationFoundError
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
from dbt_common.clients.jinja import (
    MacroFuzzEnvironment,
    MacroFuzzTemplate,
    NativeSandboxTemplate,
)
from dbt_common.clients.system import make_directory
from dbt_common.events import base_types, event_manager, functions
from dbt_common.events.base_types import BaseEvent, EventLevel
from dbt_common.exceptions.base import env_secrets
from dbt_common.invocation import get_invocation_id
from dbt_common.utils.formatting import lowercase
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
    _make_macros_when_called()
    _share_connections()
    _find_relations_by_key()
    _make_events_quickly()
    _look_for_secrets_once()


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


class _Macros(MutableMapping[str, Any]):
    """The macros of a package for one node, each made when it is first asked for.

    A node has a thousand macros and calls a few of them.
    """

    def __init__(
        self, found: Mapping[str, Macro], make: Callable[[Macro], MacroGenerator]
    ) -> None:
        self._found, self._make = found, make
        self._made: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._made:
            self._made[name] = self._make(self._found[name])
        return self._made[name]

    def __setitem__(self, name: str, macro: Any) -> None:
        # A unit test puts its own in place of one.
        self._made[name] = macro

    def __delitem__(self, name: str) -> None:
        raise TypeError(f"the macro {name} of a node stays")

    def __contains__(self, name: object) -> bool:
        return name in self._made or name in self._found

    def __iter__(self) -> Iterator[str]:
        return iter({**self._found, **self._made})

    def __len__(self) -> int:
        return len({**self._found, **self._made})


class _Context(dict[str, Any]):
    """What the Jinja of a node can name; it finds macros when they are asked for."""

    macros: Mapping[str, Any] | None = None

    def __missing__(self, name: str) -> Any:
        if self.macros is None:
            raise KeyError(name)
        self[name] = self.macros[name]
        return self[name]

    def __contains__(self, name: object) -> bool:
        return super().__contains__(name) or (
            self.macros is not None and name in self.macros
        )

    def get(self, name: str, default: Any = None) -> Any:
        try:
            return self[name]
        except KeyError:
            return default


def _make_macros_when_called() -> None:
    """Make only those macros of a node that it asks for."""
    to_dict: Any = ManifestContext.to_dict
    without_macros: Any = ConfiguredContext.to_dict

    def build_namespace(self: ManifestContext) -> MacroNamespace:
        context = self._ctx = _Context()
        builder: MacroNamespaceBuilder = self._get_namespace_builder()
        packages = self.manifest.get_macros_by_package()
        internal = [
            packages[name]
            for name in builder.internal_package_names_order
            if name in packages
        ]
        others = packages.keys() - builder.internal_package_names

        def make(macro: Macro) -> MacroGenerator:
            return MacroGenerator(macro, context, builder.node, builder.thread_ctx)

        def macros_of(name: str) -> Any:
            return _Macros(packages[name] if name in others else {}, make)

        is_of_root = builder.search_package == builder.root_package
        return MacroNamespace(
            global_namespace={} if is_of_root else macros_of(builder.root_package),
            local_namespace=macros_of(builder.search_package),
            global_project_namespace=cast(Any, _Macros(ChainMap(*internal), make)),
            packages={name: macros_of(name) for name in others},
        )

    def with_macros(self: ManifestContext) -> Any:
        namespace: object = self.namespace
        if not isinstance(namespace, MacroNamespace):
            return to_dict(self)
        context = without_macros(self)
        # A macro comes before what dbt itself has under its name.
        found = [*self.manifest.get_macros_by_package().values()]
        for name in [*context]:
            if any(name in macros for macros in found) and name in namespace:
                context[name] = namespace[name]
        context.macros = namespace
        return context

    _replace(ManifestContext, "_build_namespace", build_namespace)
    _replace(ManifestContext, "to_dict", with_macros)
    # Jinja's own copies all that can be named, for each argument of a test.
    new_context = MacroFuzzTemplate.new_context
    _replace(NativeSandboxTemplate, "new_context", new_context)


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


def _look_for_secrets_once() -> None:
    """Look for secrets in the environment once a command, and not for each message."""

    @cache
    def secrets_of(invocation_id: str) -> list[str]:
        return env_secrets()

    _replace(functions, "env_secrets", lambda: secrets_of(get_invocation_id()))


def _find_relations_by_key() -> None:
    """Find what is cached of a schema without asking each relation for its parts."""

    def get_relations(
        self: RelationsCache, database: str | None, schema: str | None
    ) -> list[Any]:
        place = lowercase(database), lowercase(schema)
        with self.lock:
            found = [
                relation.inner
                for key, relation in self.relations.items()
                if (key.database, key.schema) == place
            ]
        if None in found:
            raise NoneRelationFoundError
        return found

    _replace(RelationsCache, "get_relations", get_relations)


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
