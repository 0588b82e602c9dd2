"""Read the marts for figures and page, in one snapshot."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from contextlib import closing
from typing import Any

import adbc_driver_manager

from user_states.errors import UserError
from user_states.marts.feature_labels import FeatureLabels
from user_states.marts.history_rows import NewestWeekRow
from user_states.marts.mart_row import MartRow, query_of
from user_states.marts.marts import ALWAYS_READ, Marts, Row
from user_states.warehouse.connection import Connection, connect, execute, fetch_all
from user_states.warehouse.dbt_project import DbtProject

# PostgreSQL's codes for a table and for a column that does not exist.
NOT_BUILT = ("42P01", "42703")


def read_marts(project: DbtProject, row_classes: Iterable[type[MartRow]]) -> Marts:
    """Read the marts of a target that some classes of rows need.

    All rows come from one snapshot, so a build that replaces tables in the meantime
    cannot mix two runs. The transaction ends before anything is drawn: drawing takes
    long, and a table that is replaced during a snapshot looks empty to it.

    Parameters
    ----------
    project : DbtProject
    row_classes : iterable of subclasses of MartRow
        What to read, besides what every picture needs.

    Raises
    ------
    UserError
        If the warehouse cannot be reached, or a mart has not been built.
    """
    wanted = dict.fromkeys([*ALWAYS_READ, *row_classes])
    with closing(connect(project.connection_uri)) as connection:
        execute(
            connection, "set transaction isolation level repeatable read, read only"
        )
        (newest,) = _fetch(connection, project, NewestWeekRow, {})
        tables: dict[type[MartRow], tuple[MartRow, ...]] = {NewestWeekRow: (newest,)}
        settings = _settings(project.vars, newest.week_start)
        for row_class in wanted:
            if row_class not in tables:
                rows = _fetch(connection, project, row_class, settings)
                tables[row_class] = tuple(rows)
    currency = str(project.vars["reporting_currency"])
    return Marts(currency, FeatureLabels(project.vars["features"], currency), tables)


def _settings(
    variables: Mapping[str, Any], week: datetime.date | None
) -> dict[str, Any]:
    """Return the settings that queries use; without a week they find no example."""
    weeks = datetime.timedelta(weeks=int(variables["explorer_journey_weeks"]))
    return {
        "as_of_week": week or datetime.date.min,
        "n_journeys": int(variables["explorer_journeys"]),
        "journeys_after": week - weeks if week else datetime.date.max,
        "shows_user_ids": str(bool(variables["explorer_shows_user_ids"])).lower(),
    }


def _fetch(
    connection: Connection,
    project: DbtProject,
    row_class: type[Row],
    settings: Mapping[str, Any],
) -> list[Row]:
    """Return the rows of a class.

    Raises
    ------
    UserError
        If the mart has not been built, or by another version of the project.
    """
    mart = row_class.source.mart
    relation = project.relation(mart)
    try:
        sql = query_of(row_class).format(mart=relation, **settings)
        return [row_class(*values) for values in fetch_all(connection, sql)]
    except adbc_driver_manager.Error as error:
        if error.sqlstate not in NOT_BUILT:
            raise
        raise UserError(
            f"found no table {relation} with the columns that figures and page show; "
            f"expected the mart {mart} of this version of the project: run "
            "`make build` or `make run`, or `make demo` if the demo is empty"
        ) from None
