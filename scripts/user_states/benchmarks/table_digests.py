"""Checksums of tables, by which a benchmark compares two ways to build them."""

from __future__ import annotations

from collections.abc import Mapping

from user_states.warehouse.connection import Connection, fetch_all
from user_states.warehouse.dbt_project import DbtProject


def table_digests(
    connection: Connection, project: DbtProject, rows: Mapping[str, str]
) -> dict[str, tuple[object, ...]]:
    """Return the number of rows and a checksum of each table, in whatever order.

    Parameters
    ----------
    connection : Connection
    project : DbtProject
    rows : mapping of str to str
        Of each model the condition that its compared rows fulfil.
    """
    return {
        name: fetch_all(
            connection,
            "select count(*), cast(sum(hash_record_extended(rows, 0)) as text) "
            f"from {project.relation(name)} as rows where {condition}",
        )[0]
        for name, condition in rows.items()
    }
