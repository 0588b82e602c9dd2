"""How the marts are read for pictures: once, and in one snapshot."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, fields
from typing import Any, TypeVar

import adbc_driver_manager

from user_states.errors import UserError
from user_states.marts.colour_places import colour_places
from user_states.marts.feature_labels import FeatureLabels
from user_states.marts.mart_data import MartData
from user_states.marts.page_rows import (
    AudienceDefinition,
    AudienceEffect,
    AudienceSize,
    Drift,
    Flow,
    JourneyRide,
    JourneyUser,
    JourneyWeek,
    LineageStep,
    NextWeeks,
    QualityCheck,
    Run,
)
from user_states.marts.palette import style_at
from user_states.marts.rows import (
    Attribute,
    BacktestSummary,
    BacktestWeek,
    CalibrationBin,
    Candidate,
    Dominance,
    PairOutlook,
    Profile,
    Rhythm,
    Size,
    State,
    StateOutlook,
    StateRow,
    Stay,
    Transition,
)
from user_states.warehouse.connection import Connection, connect, execute, fetch_all
from user_states.warehouse.dbt_project import DbtProject

# PostgreSQL's codes for a table and for a column that is not there.
NOT_BUILT = ("42P01", "42703")

# Kinds of dominant state, as in the names of the columns of user_dominant_states.
SPANS = ("dominant", "recent", "active", "current")

Row = TypeVar("Row")


def read_marts(project: DbtProject) -> MartData:
    """Read the marts of a target.

    Everything comes from one snapshot, so that a build that swaps tables meanwhile
    cannot mix two runs.

    Raises
    ------
    UserError
        If the warehouse cannot be reached, or a mart has not been built.
    """
    with closing(connect(project.connection_uri)) as connection:
        execute(
            connection, "set transaction isolation level repeatable read, read only"
        )
        reader = _Reader(connection, project)
        ((as_of_week, run_id),) = reader.query(
            "state_sizes",
            "select max(week_start) as week_start, max(run_id) as run_id from {mart}",
        )
        lineage = reader.rows(
            LineageStep, "state_lineage", "promoted_at desc, lineage_position"
        )
        may_be_shown = _examples_that_may_be_shown(project, as_of_week)
        currency = str(project.vars["reporting_currency"])
        return MartData(
            run_id=run_id,
            as_of_week=as_of_week,
            currency=currency,
            labels=FeatureLabels(project.vars["features"], currency),
            states=_states(reader, lineage),
            transitions=reader.rows(
                Transition, "state_transitions", "from_state_id, to_state_id"
            ),
            profiles=reader.rows(
                Profile, "state_profiles", "feature_position, state_id"
            ),
            sizes=reader.rows(Size, "state_sizes", "week_start, state_id"),
            candidates=reader.rows(Candidate, "model_selection", "n_states"),
            rhythms=reader.rows(
                Rhythm, "state_rhythms", "state_id, iso_weekday, hour_of_day"
            ),
            attributes=reader.rows(
                Attribute,
                "state_attributes",
                "state_id, attribute_name, attribute_value",
            ),
            stays=reader.rows(Stay, "state_stays", "state_id, n_weeks"),
            dominances=_dominances(reader),
            state_outlooks=reader.rows(StateOutlook, "state_outlook", "state_id"),
            pair_outlooks=reader.rows(
                PairOutlook, "state_pair_outlook", "from_state_id, to_state_id"
            ),
            backtest_weeks=reader.rows(
                BacktestWeek, "outlook_backtest", "origin_week_start, model"
            ),
            backtest_summaries=reader.rows(
                BacktestSummary, "outlook_backtest_summary", "model"
            ),
            calibration_bins=reader.rows(
                CalibrationBin, "outlook_backtest_calibration", "model, bin"
            ),
            flows=reader.rows(
                Flow,
                "state_flows",
                "from_week_start, to_week_start, from_state_id, to_state_id",
            ),
            journey_weeks=reader.rows(
                JourneyWeek,
                "example_journeys",
                "state_id, journey_number, week_start",
                may_be_shown,
            ),
            journey_rides=reader.rows(
                JourneyRide,
                "example_journey_rides",
                "state_id, journey_number, week_start, iso_weekday, hour_of_day, "
                "ride_id",
                may_be_shown,
            ),
            journey_users=_journey_users(reader, may_be_shown),
            quality_checks=reader.rows(
                QualityCheck, "quality_checks", "is_warning desc, check_name, subject"
            ),
            drifts=reader.rows(Drift, "feature_drift", "feature_position"),
            next_weeks=_next_weeks(reader, as_of_week),
            audience_definitions=reader.rows(
                AudienceDefinition, "audience_definitions", "audience"
            ),
            audience_sizes=_audience_sizes(reader),
            audience_effects=reader.rows(
                AudienceEffect, "audience_effects", "audience, holdout_share"
            ),
            runs=reader.rows(Run, "runs", "created_at desc, run_id"),
            lineage=lineage,
        )


@dataclass(frozen=True)
class _Reader:
    """Queries of marts within one transaction."""

    connection: Connection
    project: DbtProject

    def rows(
        self,
        row_type: Callable[..., Row],
        mart: str,
        order_by: str,
        where: str = "true",
    ) -> tuple[Row, ...]:
        """Return the rows of a mart, as a class whose fields are columns of it."""
        names = [field.name for field in fields(row_type)]  # type: ignore[arg-type]
        found = self.query(
            mart,
            f"select {', '.join(names)} from {{mart}} where {where} "
            f"order by {order_by}",
        )
        return tuple(row_type(**dict(zip(names, row, strict=True))) for row in found)

    def query(self, mart: str, sql: str) -> list[tuple[Any, ...]]:
        """Return the rows of a query of one mart, which it calls {mart}.

        Raises
        ------
        UserError
            If the mart has not been built, or by another version of the project.
        """
        relation = self.project.relation(mart)
        try:
            return fetch_all(self.connection, sql.format(mart=relation))
        except adbc_driver_manager.Error as error:
            if error.sqlstate not in NOT_BUILT:
                raise
            raise UserError(
                f"found no table {relation} with the columns that pictures show; "
                f"expected the mart {mart} of this version of the project: run "
                "`make build`, or `make run`; in an empty demo `make demo`"
            ) from None


def _states(reader: _Reader, lineage: Sequence[LineageStep]) -> tuple[State, ...]:
    """Return the states in the order of display, each in its colour."""
    rows = reader.rows(StateRow, "states", "state_id = 0, state_id")
    places = colour_places(
        {row.state_id: row.state_key for row in rows if row.is_of_the_model}, lineage
    )
    return tuple(
        State(**vars(row), style=style_at(places.get(row.state_key, 0))) for row in rows
    )


def _dominances(reader: _Reader) -> tuple[Dominance, ...]:
    """Count the users of user_dominant_states there: they may be millions."""
    counts = [
        f"""
        select '{span}', {span}_state_id, count(*)
        from {{mart}}
        where {span}_state_id is not null
        group by {span}_state_id
        """
        for span in SPANS
    ]
    found = reader.query("user_dominant_states", " union all ".join(counts))
    return tuple(Dominance(*row) for row in sorted(found))


def _examples_that_may_be_shown(project: DbtProject, week: datetime.date | None) -> str:
    """Return a condition on the marts of examples: what the vars allow now.

    They may have been lowered since the marts were built, and a page that is about to
    leave the company must not wait for the next build.
    """
    if week is None:
        return "false"
    n_weeks = int(project.vars["explorer_journey_weeks"])
    return (
        f"journey_number <= {int(project.vars['explorer_journeys'])} "
        f"and week_start > date '{week - datetime.timedelta(weeks=n_weeks)}'"
    )


def _journey_users(reader: _Reader, may_be_shown: str) -> tuple[JourneyUser, ...]:
    """Name the users of the examples, where the project says that the page may."""
    if not reader.project.vars["explorer_shows_user_ids"]:
        return ()
    found = reader.query(
        "example_journeys",
        "select distinct state_id, journey_number, user_id from {mart} "
        f"where {may_be_shown}",
    )
    return tuple(JourneyUser(*row) for row in sorted(found))


def _next_weeks(reader: _Reader, week: datetime.date | None) -> NextWeeks | None:
    """Add the outlook of all users up there: they may be millions."""
    ((n_users, *expected),) = reader.query(
        "user_outlook",
        f"""
        select
            count(*),
            sum(ride_probability_next_week),
            sum(ride_probability_4_weeks),
            sum(expected_rides_next_week)
        from {{mart}}
        where as_of_week_start = date '{week or datetime.date.min}'
        """,
    )
    return NextWeeks(n_users, *expected) if n_users else None


def _audience_sizes(reader: _Reader) -> tuple[AudienceSize, ...]:
    """Count the users who are in each audience there: they may be millions."""
    found = reader.query(
        "audiences",
        """
        select audience, count(*), count(*) filter (where is_holdout)
        from {mart}
        where left_at is null
        group by audience
        """,
    )
    return tuple(AudienceSize(*row) for row in sorted(found))
