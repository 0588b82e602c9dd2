"""What dbt does for users and for no test, left out: for tests only.

What scripts leave out as well is in user_states/warehouse/quick_dbt.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from dbt.adapters.base.connections import BaseConnectionManager
from dbt.adapters.contracts.connection import ConnectionState
from dbt_common.events.base_types import BaseEvent, EventLevel
from dbt_common.events.event_manager import EventManager

from user_states.warehouse.quick_dbt import make_dbt_quicker

# How names of connections of models, seeds and tests begin.
NODES = ("model.", "seed.", "test.")
# Details that DbtProject shows; nobody reads the others of their level.
SHOWN_DETAILS = {"NodeStart", "NodeFinished"}


@contextmanager
def quick_dbt() -> Iterator[None]:
    """Replace parts of dbt by quicker ones."""
    make_dbt_quicker()
    with pytest.MonkeyPatch.context() as patch:
        _keep_connections(patch)
        _leave_out_details(patch)
        yield


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
