"""Reads the panel for a fit: checks it, samples users by hash, and streams everyone.

Warehouse code only. Each read is one short read-only transaction. None is open while
a model is fitted, because dbt swaps tables and would have to wait.

The sample and the fingerprint are SQL here, and not models, because the size of the
sample and its salts are known at the time of the fit only (see models/decisions.md).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import adbc_driver_manager
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from user_states.errors import UserError
from user_states.hmm.arrays import BoolArray, FloatArray, IntArray
from user_states.panel.features import Feature
from user_states.panel.user_weeks import Sample, UserWeeks
from user_states.warehouse.build_records import Snapshots
from user_states.warehouse.connection import (
    Connection,
    columns_of,
    fetch_all,
    literal,
    quoted,
)
from user_states.warehouse.dbt_project import BUILD_PANEL, DbtProject

# Rows that are streamed at once: enough that the cost of a call does not matter, and
# few enough that memory does not depend on the number of users.
CHUNK_ROWS = 200_000

_SAMPLE_FLAGS = ("has_request", "is_held_out")


@dataclass(frozen=True)
class PanelSummary:
    """What the panel holds: the weeks from each user's first completed ride on.

    Attributes
    ----------
    fingerprint : str
        Equal for equal content, in any order of the rows.
    n_users, n_user_weeks : int
    first_week_start, last_week_start : datetime.date
    """

    fingerprint: str
    n_users: int
    n_user_weeks: int
    first_week_start: dt.date
    last_week_start: dt.date

    @property
    def n_weeks(self) -> int:
        """Calendar weeks, from the first to the last."""
        return (self.last_week_start - self.first_week_start).days // 7 + 1


class Panel:
    """Reads user_week_panel.

    Parameters
    ----------
    snapshots : Snapshots
        Opens snapshots of the warehouse.
    relation : str
        Quoted name of user_week_panel.
    latest_week_relation : str
        Quoted name of the view int_latest_complete_week.
    request_weeks_relation : str
        Quoted name of int_user_request_weeks, which has the spend.
    features : sequence of Feature
        Features that the model reads.
    described : sequence of Feature
        Features that describe its states. They are streamed, not sampled.
    """

    def __init__(
        self,
        snapshots: Snapshots,
        relation: str,
        latest_week_relation: str,
        request_weeks_relation: str,
        features: Sequence[Feature],
        described: Sequence[Feature] = (),
    ) -> None:
        self._snapshots = snapshots
        self._relation = relation
        self._latest_week_relation = latest_week_relation
        self._request_weeks_relation = request_weeks_relation
        self._features = tuple(features)
        self._described = tuple(described)

    @property
    def described(self) -> tuple[Feature, ...]:
        """Features that describe states."""
        return self._described

    @classmethod
    def of(
        cls,
        project: DbtProject,
        features: Sequence[Feature],
        described: Sequence[Feature] = (),
    ) -> Panel:
        """Return the panel of a project under its target."""
        return cls(
            project.snapshots(),
            project.relation("user_week_panel"),
            project.relation("int_latest_complete_week"),
            project.relation("int_user_request_weeks"),
            features,
            described,
        )

    def check(self) -> PanelSummary:
        """Check that a model can be fitted on the panel, and return what it holds.

        Raises
        ------
        UserError
            If the panel does not exist, lacks a feature, has no completed ride or only
            one week, or lacks a complete week that the rides have.
        """
        with self._snapshot() as connection:
            self._require_columns(connection)
            self._require_rows(connection)
            self._require_latest_week(connection)
            summary = self._summary(connection)
        if summary.first_week_start == summary.last_week_start:
            raise UserError(
                f"the panel holds one week, {summary.first_week_start}; expected at "
                "least two, because states move from week to week: load rides of more "
                "weeks"
            )
        return summary

    def read_sample(
        self, n_users: int, salt: str, holdout_share: float, holdout_salt: str
    ) -> Sample:
        """Return the users with the smallest md5(salt‖user_id), in that order.

        Parameters
        ----------
        n_users : int
            Number of users, among all users of the panel, active or not. Users
            without a completed ride have no rows, so they are not in the result.
        salt : str
            Text put before the id. The same salt gives the same users as long as
            they exist, even if others join.
        holdout_share : float
            Approximate share of the users that is held out: those of whom
            md5(holdout_salt‖user_id) lies in that first part of all hashes.
        holdout_salt : str
            A text different from `salt`.
        """
        held_out = f"{literal(holdout_salt)} || sampled.user_id"
        with self._snapshot() as connection, connection.cursor() as cursor:
            cursor.execute(
                f"""
                with sampled as ({self._sampled(n_users, salt)})
                select
                    sampled.hash_rank,
                    {hashes_below(held_out, holdout_share)} as is_held_out,
                    cast(request_weeks.spend as double precision) as spend_of_week,
                    {self._observation_list()},
                    {self._feature_list(self._features)}
                from {self._relation} as panel
                inner join sampled on panel.user_id = sampled.user_id
                left join {self._request_weeks_relation} as request_weeks
                    on
                        panel.user_id = request_weeks.user_id
                        and panel.week_start = request_weeks.week_start
                where panel.has_completed_ride
                order by sampled.hash_rank, panel.week_start
                """
            )
            # By batch: the whole result as one table would take twice the memory.
            parts = [
                (
                    _matrix(table, self._features),
                    table.column("hash_rank").to_numpy(),
                    table.column("n_rides_of_week").to_numpy(),
                    table.column("spend_of_week").to_numpy(),
                    np.column_stack([_flags(table, name) for name in _SAMPLE_FLAGS]),
                )
                for table in map(_as_table, cursor.fetch_record_batch())
            ]
        if not parts:
            parts = [
                (
                    np.empty((0, len(_columns(self._features)))),
                    np.empty(0, dtype=np.int64),
                    np.empty(0),
                    np.empty(0),
                    np.empty((0, len(_SAMPLE_FLAGS)), dtype=np.bool_),
                )
            ]
        X, ranks, n_rides, spend, flags = (
            np.concatenate(part) for part in zip(*parts, strict=True)
        )
        lengths = _run_lengths(pa.chunked_array([ranks]))
        has_request, is_held_out = flags.T
        first_rows = np.cumsum(lengths) - lengths
        weeks = UserWeeks(
            self._features, X, lengths, n_rides, has_request, _known_spend(spend)
        )
        return Sample(weeks, is_held_out[first_rows])

    def read_states(
        self, n_users: int, salt: str, assignments: str, run_id: str
    ) -> IntArray:
        """Return the state known at the end of each week of a sample, -1 if none.

        Parameters
        ----------
        n_users : int
        salt : str
            As in `read_sample`: the rows are the same.
        assignments : str
            Quoted name of hmm.state_assignments.
        run_id : str

        Returns
        -------
        array of int, shape (n_rows,)
            `state_id` of the run.
        """
        with self._snapshot() as connection, connection.cursor() as cursor:
            cursor.execute(
                f"""
                with sampled as ({self._sampled(n_users, salt)})
                select coalesce(assigned.filtered_state_id, -1) as state_id
                from {self._relation} as panel
                inner join sampled on panel.user_id = sampled.user_id
                left join {assignments} as assigned
                    on
                        assigned.run_id = {literal(run_id)}
                        and panel.user_id = assigned.user_id
                        and panel.week_start = assigned.week_start
                where panel.has_completed_ride
                order by sampled.hash_rank, panel.week_start
                """
            )
            found = cursor.fetch_arrow_table().column("state_id").to_numpy()
        return np.asarray(found, dtype=np.int64)

    def _sampled(self, n_users: int, salt: str) -> str:
        """Return the query of a sample's users."""
        return f"""
            select
                user_id,
                row_number() over (
                    order by md5({literal(salt)} || user_id), user_id
                ) as hash_rank
            from (select distinct user_id from {self._relation}) as users
            order by hash_rank
            limit {int(n_users)}
        """

    def stream(self, fingerprint: str) -> Iterator[tuple[pa.Table, UserWeeks]]:
        """Yield all users, some at a time, in bounded memory.

        Parameters
        ----------
        fingerprint : str
            Of the panel that the model was fitted on.

        Yields
        ------
        keys : pyarrow.Table
            Columns user_id (text) and week_start (date), one row per user-week.
        weeks : UserWeeks
            The same rows, with all features: those of the model and those that
            describe states.

        Raises
        ------
        UserError
            If the panel has changed since.
        """
        with self._snapshot() as connection:
            self.require_unchanged(connection, fingerprint)
            with connection.cursor() as cursor:
                cursor.execute(
                    f"""
                    select panel.user_id, panel.week_start,
                        {self._observation_list()},
                        {self._feature_list(self._streamed())}
                    from {self._relation} as panel
                    where panel.has_completed_ride
                    order by panel.user_id, panel.week_start
                    """
                )
                for table in _whole_users(cursor.fetch_record_batch(), CHUNK_ROWS):
                    yield (
                        table.select(["user_id", "week_start"]),
                        UserWeeks(
                            features=self._streamed(),
                            X=_matrix(table, self._streamed()),
                            lengths=_run_lengths(table.column("user_id")),
                            n_rides=table.column("n_rides_of_week").to_numpy(),
                            has_request=_flags(table, "has_request"),
                        ),
                    )

    def require_unchanged(self, connection: Connection, fingerprint: str) -> None:
        """Raise UserError unless the panel has the fingerprint."""
        if self._summary(connection).fingerprint != fingerprint:
            raise UserError(
                f"the panel {self._relation} changed while the model was fitted; "
                "expected the rows that the fit had read. Nothing was written: run "
                "the fit again"
            )

    @contextmanager
    def _snapshot(self) -> Iterator[Connection]:
        """Open a connection whose reads all see the same state of the warehouse."""
        tables = ["user_week_panel", "int_user_request_weeks"]
        with self._snapshots.of(tables) as connection:
            yield connection

    def _observation_list(self) -> str:
        """Return select items for what happened in the week itself."""
        return (
            "cast(panel.n_rides as double precision) as n_rides_of_week, "
            "panel.filled_from_week_start = panel.week_start as has_request"
        )

    def _streamed(self) -> tuple[Feature, ...]:
        """Return the features that are read for everyone, each once."""
        return tuple(dict.fromkeys((*self._features, *self._described)))

    def _feature_list(self, features: Sequence[Feature]) -> str:
        """Return select items for the columns of features, a boolean as 0 or 1."""
        booleans = {feature.name for feature in features if feature.family == "binary"}
        return ", ".join(
            "cast({column} as double precision) as {name}".format(
                column=f"cast(panel.{quoted(name)} as integer)"
                if name in booleans
                else f"panel.{quoted(name)}",
                name=quoted(name),
            )
            for name in dict.fromkeys(_columns(features))
        )

    def _summary(self, connection: Connection) -> PanelSummary:
        columns = ", ".join(
            f"panel.{quoted(name)}"
            for name in dict.fromkeys(
                (
                    "user_id",
                    "week_start",
                    "n_rides",
                    "is_active",
                    "filled_from_week_start",
                    *_columns(self._features),
                )
            )
        )
        ((*counts, content_hash),) = fetch_all(
            connection,
            f"""
            select
                count(distinct user_id), count(*),
                min(week_start), max(week_start),
                cast(bit_xor(hash_record_extended(row({columns}), 0)) as text)
            from {self._relation} as panel
            where has_completed_ride
            """,
        )
        return PanelSummary(f"{counts[1]}:{content_hash}", *counts)

    def _require_columns(self, connection: Connection) -> None:
        try:
            found = columns_of(connection, self._relation)
        except adbc_driver_manager.Error:
            raise UserError(
                f"found no table {self._relation}; expected the panel: run "
                f"`{BUILD_PANEL}`"
            ) from None
        streamed = dict.fromkeys(_columns(self._streamed()))
        missing = [name for name in streamed if name not in found]
        if missing:
            raise UserError(
                f"the panel {self._relation} has no column {', '.join(missing)}; "
                f"expected those of every feature in use: run `{BUILD_PANEL}`"
            )

    def _require_rows(self, connection: Connection) -> None:
        ((n_rows, n_ride_rows),) = fetch_all(
            connection,
            "select count(*), count(case when has_completed_ride then 1 end) "
            f"from {self._relation}",
        )
        if n_rows == 0:
            raise UserError(
                f"the panel {self._relation} is empty; expected one row per user and "
                "week: load rides that span at least two complete weeks, then run "
                f"`{BUILD_PANEL}`"
            )
        if n_ride_rows == 0:
            raise UserError(
                f"none of the {n_rows} user-weeks of the panel comes after a completed "
                "ride; expected some: compare the var ride_statuses with the statuses "
                "in the rides"
            )

    def _require_latest_week(self, connection: Connection) -> None:
        try:
            ((panel_week, latest_week),) = fetch_all(
                connection,
                f"""
                select
                    (select max(week_start) from {self._relation}),
                    (
                        select max(as_of_week_start)
                        from {self._latest_week_relation}
                    )
                """,
            )
        except adbc_driver_manager.ProgrammingError:
            # Dropping the company's table drops the view too.
            raise UserError(
                f"cannot read {self._latest_week_relation}; expected a view of the "
                f"rides: check that their table exists, then run `{BUILD_PANEL}`"
            ) from None
        if latest_week is not None and latest_week > panel_week:
            raise UserError(
                f"the rides are complete up to the week of {latest_week}, the panel "
                f"ends with the week of {panel_week}; expected the same week: run "
                f"`{BUILD_PANEL}`"
            )


def _as_table(batch: pa.RecordBatch) -> pa.Table:
    return pa.Table.from_batches([batch])


def _matrix(table: pa.Table, features: Sequence[Feature]) -> FloatArray:
    """Return the columns of features of a result, shape (n_rows, n_columns)."""
    if not features:
        return np.empty((table.num_rows, 0))
    return np.column_stack(
        [table.column(name).to_numpy() for name in _columns(features)]
    )


def _columns(features: Sequence[Feature]) -> list[str]:
    """Return the columns of each feature, one feature after the other."""
    return [column for feature in features for column in feature.columns]


def _known_spend(spend: FloatArray) -> FloatArray | None:
    """Return the spend of each week, 0 where unknown; None if no price is known."""
    return None if np.isnan(spend).all() else np.nan_to_num(spend)


def _flags(table: pa.Table, name: str) -> BoolArray:
    """Return a column of booleans."""
    return np.asarray(table.column(name).to_numpy(), dtype=np.bool_)


def hashes_below(text: str, share: float) -> str:
    """Return the SQL condition that the hash of a text is in the first share of all.

    The macro of the same name has the same rule; a test compares them.
    """
    return f"md5({text}) < '{int(share * 16**8):08x}'"


def _run_lengths(column: pa.ChunkedArray) -> IntArray:
    """Return the lengths of the runs of equal values."""
    values = column.combine_chunks()
    if len(values) == 0:
        return np.zeros(0, dtype=np.int64)
    changes = pc.not_equal(values[1:], values[:-1]).to_numpy(zero_copy_only=False)
    edges = np.concatenate(([0], np.flatnonzero(changes) + 1, [len(values)]))
    return np.diff(edges).astype(np.int64)


def _whole_users(reader: pa.RecordBatchReader, n_rows: int) -> Iterator[pa.Table]:
    """Regroup batches into tables of at least `n_rows` that end with a user."""
    waiting: list[pa.RecordBatch] = []
    n_waiting = 0
    for batch in reader:
        waiting.append(batch)
        n_waiting += batch.num_rows
        if n_waiting < n_rows:
            continue
        table = pa.Table.from_batches(waiting)
        last_user = _run_lengths(table.column("user_id"))[-1]
        complete = table.num_rows - int(last_user)
        if complete:
            yield table.slice(0, complete)
        waiting = table.slice(complete).to_batches()
        n_waiting = int(last_user)
    table = pa.Table.from_batches(waiting, schema=reader.schema)
    if table.num_rows:
        yield table
