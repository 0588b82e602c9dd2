"""Reads sessions for a fit of journeys: the steps of those that are drawn by hash."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from user_states.errors import UserError
from user_states.journeys.step_sequences import StepSequences
from user_states.warehouse.build_records import require_same_builds
from user_states.warehouse.connection import Connection, fetch_all
from user_states.warehouse.dbt_project import DbtProject

# Models that are read.
TABLES_OF_JOURNEYS = ("int_path_steps", "int_journey_steps")


class TooFewSessionsError(UserError):
    """There are too few sessions to learn from."""


@dataclass(frozen=True, eq=False)
class ReadSessions:
    """What was read.

    Attributes
    ----------
    sessions : StepSequences
        In random order, always the same; a step that is repeated at once counts once.
    keys : list of str
        session_key of each.
    first_on, last_on : date
        Days of the first and of the last session.
    builds : dict of str to str
        The build that made each table that was read.
    """

    sessions: StepSequences
    keys: list[str]
    first_on: dt.date
    last_on: dt.date
    builds: dict[str, str]


class SessionsReader:
    """Reads the sessions of a project under its target.

    Parameters
    ----------
    project : DbtProject
    """

    def __init__(self, project: DbtProject) -> None:
        self._snapshots = project.snapshots()
        self._relations = {
            table: project.relation(table) for table in TABLES_OF_JOURNEYS
        }

    def read(self) -> ReadSessions:
        """Return everything that a fit needs.

        Raises
        ------
        TooFewSessionsError
            If there is no session.
        """
        return self._snapshots.read(TABLES_OF_JOURNEYS, self._read)

    def require_unchanged(
        self, connection: Connection, builds: Mapping[str, str]
    ) -> None:
        """Raise UserError if a build replaced a table since it was read."""
        now = self._snapshots.builds_of(connection, TABLES_OF_JOURNEYS)
        require_same_builds(now, builds, "make journeys")

    def _read(self, connection: Connection) -> ReadSessions:
        # Sessions of nobody are owned by themselves.
        rows = fetch_all(
            connection,
            f"""
            select
                begun.session_key,
                coalesce(begun.customer_id, begun.session_key),
                begun.local_date,
                taken.steps
            from (
                select session_key, array_agg(step order by number) as steps
                from {self._relations["int_path_steps"]}
                group by session_key
            ) as taken
            inner join {self._relations["int_journey_steps"]} as begun
                on taken.session_key = begun.session_key
            where begun.session_step_before is null
            order by md5(begun.session_key), begun.session_key
            """,
        )
        if not rows:
            raise TooFewSessionsError(
                "found no session; expected events with sessions, such as those of a "
                "web site: load events, then `make build`"
            )
        keys, owners, days, steps = zip(*rows, strict=True)
        return ReadSessions(
            sessions=StepSequences.of(steps, owners),
            keys=list(keys),
            first_on=min(days),
            last_on=max(days),
            builds=self._snapshots.builds_of(connection, TABLES_OF_JOURNEYS),
        )
