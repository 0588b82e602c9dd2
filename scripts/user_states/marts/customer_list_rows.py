"""Rows of the mart with lists of customers."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from user_states.marts.mart_row import MartRow, MartSource


@dataclass(frozen=True)
class CustomerListRow(MartRow):
    """A customer in a list who may be written to."""

    source = MartSource("customer_lists", "list_kind, list_name, customer_id")

    list_kind: str
    list_name: str
    list_title: str
    customer_id: str
    user_id: str | None
    crm_id: str | None
    since_at: datetime.datetime | None
