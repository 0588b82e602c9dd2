"""What dbt does for users and for no test, left out: for tests only.

What scripts leave out as well is in user_states/warehouse/quick_dbt.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from dbt_common.events.base_types import BaseEvent, EventLevel
from dbt_common.events.event_manager import EventManager

from user_states.warehouse.quick_dbt import make_dbt_quicker

# Details that DbtProject shows; nobody reads the others of their level.
SHOWN_DETAILS = {"NodeStart", "NodeFinished"}


@contextmanager
def quick_dbt() -> Iterator[None]:
    """Replace parts of dbt by quicker ones."""
    make_dbt_quicker()
    with pytest.MonkeyPatch.context() as patch:
        _leave_out_details(patch)
        yield


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
