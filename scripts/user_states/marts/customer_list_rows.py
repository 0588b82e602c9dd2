"""Rows of the mart with lists of customers, and where their files are."""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass

from user_states.marts.mart_row import MartRow, MartSource

# Folders of the lists of customers, by their kind.
CUSTOMER_FOLDERS = {
    "cohort": "cohorts",
    "segment": "segments",
    "drop_off": "drop_offs",
}


def customer_list_file(list_kind: str, list_name: str) -> str:
    """Return the path of a list's file, in the folder of all lists."""
    name = re.sub("[^a-z0-9_]+", "_", list_name.lower())
    return f"{CUSTOMER_FOLDERS[list_kind]}/{name}.csv"


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


@dataclass(frozen=True)
class CustomerListSizeRow(MartRow):
    """How many are in a list of customers, and how many of them other tools know.

    `n_reachable` have an account or a record in the CRM; the others are a browser, a
    device or an address.
    """

    source = MartSource(
        "customer_lists",
        sql="""
        select
            list_kind,
            list_name,
            min(list_title),
            count(*),
            count(coalesce(user_id, crm_id))
        from {mart}
        group by list_kind, list_name
        order by list_kind, list_name
        """,
    )

    list_kind: str
    list_name: str
    list_title: str
    n_customers: int
    n_reachable: int
