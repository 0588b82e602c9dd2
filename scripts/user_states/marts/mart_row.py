"""How a class of rows says which mart it is read from."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import ClassVar


@dataclass(frozen=True)
class MartSource:
    """Where the rows of a class come from.

    Queries may contain `{mart}` and the settings that `read_marts` fills in:
    `{as_of_week}`, `{n_journeys}`, `{journeys_after}` and `{shows_user_ids}`.

    Attributes
    ----------
    mart : str
        Name of the mart or seed.
    order_by : str
        Columns that put the rows into a total order.
    where : str
        Condition on the rows.
    sql : str
        A complete query, for rows that are counted in the warehouse because the mart
        may have millions of rows. Its columns are the fields of the class.
    """

    mart: str
    order_by: str = ""
    where: str = ""
    sql: str = ""


@dataclass(frozen=True)
class MartRow:
    """A row of a mart. The fields of a subclass are columns of the mart."""

    source: ClassVar[MartSource]


def query_of(row_class: type[MartRow]) -> str:
    """Return the SQL that reads the rows of a class."""
    source = row_class.source
    if source.sql:
        return source.sql
    columns = ", ".join(field.name for field in fields(row_class))
    where = f" where {source.where}" if source.where else ""
    return f"select {columns} from {{mart}}{where} order by {source.order_by}"
