"""The lists of customers as files beside the page: where, and whom they reach."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from user_states.explorer.scene import Scene
from user_states.explorer.words import counted
from user_states.explorer.words.numbers import number
from user_states.marts.customer_list_rows import (
    CustomerListSizeRow,
    customer_list_file,
)


@dataclass(frozen=True)
class CustomerFile:
    """A list of customers.

    Attributes
    ----------
    title : str
        What it is called in the file.
    address : str
        From the page.
    size : str
        How many are in it.
    reach : str
        How many of them other tools know.
    """

    title: str
    address: str
    size: str
    reach: str


def customer_files(
    scene: Scene, list_kind: str, key: Callable[[CustomerListSizeRow], str]
) -> dict[str, CustomerFile]:
    """Return the lists of a kind by a key; those of too few customers are left out."""
    least = scene.options.min_cell_users
    return {
        key(row): CustomerFile(
            title=row.list_title,
            address=f"audiences/{customer_list_file(list_kind, row.list_name)}",
            size=counted(row.n_customers, "customer"),
            reach=_reach(row, least),
        )
        for row in scene.marts.rows(CustomerListSizeRow)
        if row.list_kind == list_kind and row.n_customers >= least
    }


def _reach(row: CustomerListSizeRow, least: int) -> str:
    if row.n_reachable == row.n_customers:
        return "all can be written to"
    if row.n_reachable < least:
        return f"fewer than {least} can be written to"
    return f"{number(row.n_reachable)} can be written to"
