"""Reads customers for a fit of segments: snapshots, scaling, merges and given labels.

Warehouse code only. Everything is read in one snapshot, which is closed before a fit
begins, because builds swap tables and would have to wait.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from user_states.errors import UserError
from user_states.hmm.arrays import FloatArray
from user_states.naming.segment_names import FeaturePhrases
from user_states.segments.raw_customers import (
    KNOWN_STATES,
    MEASURES,
    RawCustomers,
    RawWeek,
    origins_among,
    week_number,
    weeks_to_read,
)
from user_states.segments.segmentation_certificate import TooFewCustomersError
from user_states.segments.snapshot_features import SnapshotFeature, SnapshotTransform
from user_states.segments.snapshot_weeks import survivor
from user_states.warehouse.build_records import require_same_builds
from user_states.warehouse.connection import Connection, fetch_all, literal, quoted
from user_states.warehouse.dbt_project import DbtProject

# Models and seeds that are read.
TABLES_OF_CUSTOMERS = (
    "customer_snapshots",
    "customer_feature_scaling",
    "customer_features",
    "customer_merges",
    "customer_cohorts",
    "customer_identifiers",
    "stg_app__customers",
)

_TRANSFORMS: dict[str, SnapshotTransform] = {
    "log1p": "log1p",
    "binary": "binary",
    "none": "none",
}
# Between the cohorts of a customer.
_AND = " + "


@dataclass(frozen=True, eq=False)
class ReadCustomers:
    """What was read.

    Attributes
    ----------
    raw : RawCustomers
    phrases : dict of str to FeaturePhrases
        By feature.
    builds : dict of str to str
        The build that made each table that was read.
    """

    raw: RawCustomers
    phrases: dict[str, FeaturePhrases]
    builds: dict[str, str]


class CustomersReader:
    """Reads the customers of a project under its target.

    Parameters
    ----------
    project : DbtProject
    """

    def __init__(self, project: DbtProject) -> None:
        self._snapshots = project.snapshots()
        self._relations = {
            table: project.relation(table) for table in TABLES_OF_CUSTOMERS
        }
        self._method = str(project.vars["customer_feature_scaling"])
        self._window_days = int(project.vars["customer_window_days"])

    def read(self) -> ReadCustomers:
        """Return everything that a fit needs.

        Raises
        ------
        TooFewCustomersError
            If there is no customer.
        UserError
            If the newest week has no scaling by the method of the var.
        """
        return self._snapshots.read(TABLES_OF_CUSTOMERS, self._read)

    def require_unchanged(
        self, connection: Connection, builds: Mapping[str, str]
    ) -> None:
        """Raise UserError if a build replaced a table since it was read."""
        now = self._snapshots.builds_of(connection, TABLES_OF_CUSTOMERS)
        require_same_builds(now, builds, "make segments")

    def _read(self, connection: Connection) -> ReadCustomers:
        starts = [
            start
            for (start,) in fetch_all(
                connection,
                "select distinct as_of_week_start "
                f"from {self._relations['customer_snapshots']} order by 1",
            )
        ]
        if not starts:
            raise TooFewCustomersError(
                "found no customers: customer_snapshots has no rows. Expected events "
                "that say who somebody is: load events (docs/events.md), then run "
                "`make build`"
            )
        features, phrases = self._features(connection)
        by_number = {week_number(start): start for start in starts}
        centres, spreads = self._scaling(connection, features, starts[-1])
        merged_into = self._merges(connection)
        crm_labels = self._crm_labels(connection)
        weeks = tuple(
            self._week(connection, features, by_number[number], merged_into, crm_labels)
            for number in weeks_to_read(list(by_number))
        )
        return ReadCustomers(
            RawCustomers(
                features,
                weeks,
                origins_among(list(by_number)),
                centres,
                spreads,
                merged_into,
            ),
            phrases,
            self._snapshots.builds_of(connection, TABLES_OF_CUSTOMERS),
        )

    def _features(
        self, connection: Connection
    ) -> tuple[tuple[SnapshotFeature, ...], dict[str, FeaturePhrases]]:
        """Return the features that models read, in order, and how they are called."""
        rows = fetch_all(
            connection,
            "select feature, family, transform, default_value, words_high, words_low, "
            f"replace(value_words_null, '{{window}}', '{self._window_days}') "
            f"from {self._relations['customer_features']} "
            "where is_feature order by feature",
        )
        features = tuple(
            SnapshotFeature(name, _TRANSFORMS[transform], _default(default))
            for name, _, transform, default, *_ in rows
        )
        phrases = {
            name: FeaturePhrases(
                name, family, high, low, transform == "binary", unknown or ""
            )
            for name, family, transform, _, high, low, unknown in rows
        }
        return features, phrases

    def _scaling(
        self,
        connection: Connection,
        features: Sequence[SnapshotFeature],
        week_start: dt.date,
    ) -> tuple[FloatArray, FloatArray]:
        rows = fetch_all(
            connection,
            "select feature, centre, spread "
            f"from {self._relations['customer_feature_scaling']} "
            "where as_of_week_start = $1 and scaling_method = $2",
            (week_start, self._method),
        )
        found = {feature: (centre, spread) for feature, centre, spread in rows}
        if lacking := [f.name for f in features if f.name not in found]:
            raise UserError(
                f"found no scaling of {', '.join(lacking)} by the method "
                f"{self._method} in the week of {week_start}; expected one row per "
                "feature in customer_feature_scaling: run `make build`"
            )
        pairs = np.array([found[feature.name] for feature in features])
        return pairs[:, 0], pairs[:, 1]

    def _merges(self, connection: Connection) -> dict[str, str]:
        """Return for each merged customer the one of its newest merge."""
        return {
            str(old): str(new)
            for old, new in fetch_all(
                connection,
                "select old_customer_id, new_customer_id "
                f"from {self._relations['customer_merges']} "
                "where kind = 'merge' order by change_number",
            )
        }

    def _crm_labels(self, connection: Connection) -> dict[str, str]:
        """Return the label of each customer of today in the newest record with one."""
        return {
            str(customer): str(label)
            for customer, label in fetch_all(
                connection,
                f"""
                select identifiers.customer_id, records.segment_label
                from {self._relations["customer_identifiers"]} as identifiers
                inner join {self._relations["stg_app__customers"]} as records
                    on identifiers.identifier = records.crm_id
                where
                    identifiers.identifier_type = 'crm_id'
                    and records.segment_label is not null
                order by
                    records.created_at asc nulls first,
                    records.crm_id desc,
                    records.segment_label desc
                """,
            )
        }

    def _cohorts(self, connection: Connection, week_start: dt.date) -> dict[str, str]:
        """Return the cohorts that customers of today were in at the end of a week."""
        found: dict[str, str] = {}
        for customer, cohort in fetch_all(
            connection,
            f"""
            select distinct customer_id, cohort
            from {self._relations["customer_cohorts"]}
            where
                entered_week_start <= $1
                and (left_week_start is null or left_week_start > $1)
            order by customer_id, cohort
            """,
            (week_start,),
        ):
            found[customer] = _AND.join(filter(None, [found.get(customer), cohort]))
        return found

    def _week(
        self,
        connection: Connection,
        features: Sequence[SnapshotFeature],
        week_start: dt.date,
        merged_into: Mapping[str, str],
        crm_labels: Mapping[str, str],
    ) -> RawWeek:
        table = self._newest_revisions(connection, features, week_start)
        customer_ids = table.column("customer_id").to_numpy()
        cohorts = self._cohorts(connection, week_start)
        return RawWeek(
            week_start,
            customer_ids,
            np.column_stack([_floats(table, feature.name) for feature in features]),
            {measure: _floats(table, f"{measure}_of_week") for measure in MEASURES},
            {
                KNOWN_STATES: table.column("state_key").to_pylist(),
                "cohorts": _of_today(customer_ids, cohorts, merged_into),
                "crm_labels": _of_today(customer_ids, crm_labels, merged_into),
            },
        )

    def _newest_revisions(
        self,
        connection: Connection,
        features: Sequence[SnapshotFeature],
        week_start: dt.date,
    ) -> pa.Table:
        columns = [
            *(_as_double(f.name, f.transform == "binary", f.name) for f in features),
            *(_as_double(name, False, f"{name}_of_week") for name in MEASURES),
        ]
        with connection.cursor() as cursor:
            cursor.execute(
                f"""
                select customer_id, state_key, {", ".join(columns)}
                from (
                    select
                        *,
                        row_number() over (
                            partition by customer_id order by revision desc
                        ) as recency
                    from {self._relations["customer_snapshots"]}
                    where as_of_week_start = date {literal(str(week_start))}
                ) as ranked
                where recency = 1
                order by customer_id
                """
            )
            return cursor.fetch_arrow_table()


def _default(text: str | None) -> float | Literal["median"] | None:
    """Return the default of a feature: a number, `median`, or None."""
    if text is None:
        return None
    if text == "median":
        return "median"
    return float(text)


def _as_double(column: str, is_flag: bool, name: str) -> str:
    value = f"cast({quoted(column)} as integer)" if is_flag else quoted(column)
    return f"cast({value} as double precision) as {quoted(name)}"


def _floats(table: pa.Table, column: str) -> FloatArray:
    values: FloatArray = table.column(column).to_numpy().astype(np.float64)
    return values


def _of_today(
    customer_ids: npt.NDArray[np.object_],
    labels: Mapping[str, str],
    merged_into: Mapping[str, str],
) -> list[str | None]:
    """Return labels of the customers of today for the ids of a week."""
    return [
        labels.get(customer) or labels.get(survivor(customer, merged_into))
        for customer in customer_ids.tolist()
    ]
