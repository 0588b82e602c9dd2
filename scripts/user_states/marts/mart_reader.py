"""Read the marts for figures and page, in one snapshot."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from typing import Any

import adbc_driver_manager

from user_states.errors import UserError
from user_states.marts.feature_labels import FeatureLabels
from user_states.marts.history_rows import NewestWeekRow
from user_states.marts.mart_row import MartRow, query_of
from user_states.marts.marts import ALWAYS_READ, Marts, Row
from user_states.warehouse.build_records import require_one_state
from user_states.warehouse.connection import Connection, fetch_all
from user_states.warehouse.dbt_project import DbtProject

# PostgreSQL's codes for a table and for a column that does not exist.
NOT_BUILT = ("42P01", "42703")


def read_marts(project: DbtProject, row_classes: Iterable[type[MartRow]]) -> Marts:
    """Read the marts of a target that some classes of rows need.

    All rows come from one snapshot. A table that a build replaces meanwhile looks empty
    to it; then everything is read again. The transaction ends before anything is drawn,
    because drawing takes long.

    Parameters
    ----------
    project : DbtProject
    row_classes : iterable of subclasses of MartRow
        What to read, besides what every picture needs.

    Raises
    ------
    UserError
        If the warehouse cannot be reached, a mart has not been built, the newest build
        of marts did not succeed, or the marts do not belong together.
    """
    wanted: dict[type[MartRow], None] = dict.fromkeys([*ALWAYS_READ, *row_classes])
    tables = project.snapshots().read(
        {NewestWeekRow.source.mart, *(rows.source.mart for rows in wanted)},
        lambda connection: _read_tables(connection, project, wanted),
    )
    currency = str(project.vars["reporting_currency"])
    return Marts(currency, FeatureLabels(project.vars["features"], currency), tables)


def _read_tables(
    connection: Connection, project: DbtProject, wanted: Iterable[type[MartRow]]
) -> dict[type[MartRow], tuple[MartRow, ...]]:
    """Return the rows of each class in one snapshot."""
    require_one_state(connection, project.operations_schema, project.marts())
    (newest,) = _fetch(connection, project, NewestWeekRow, {})
    settings = _settings(project.vars, newest.week_start)
    tables: dict[type[MartRow], tuple[MartRow, ...]] = {NewestWeekRow: (newest,)}
    for row_class in wanted:
        if row_class not in tables:
            rows = _fetch(connection, project, row_class, settings)
            tables[row_class] = tuple(rows)
    return tables


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
