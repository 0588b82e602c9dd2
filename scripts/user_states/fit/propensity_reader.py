"""Reads what propensities learn from: targets, outcomes, snapshots as known then.

Warehouse code only. Everything is read in one snapshot, which is closed before a fit
begins, because builds swap tables and would have to wait.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from user_states.errors import UserError
from user_states.fit.predictor_columns import (
    SnapshotRows,
    among,
    read_snapshot_rows,
    week_numbers,
)
from user_states.hmm.arrays import BoolArray, FloatArray, IntArray
from user_states.panel.features import Transform
from user_states.propensity.propensity_rows import (
    FeatureBlock,
    PropensityRows,
    no_features,
)
from user_states.propensity.required_rows import MIN_OF_A_CLASS
from user_states.runs.propensity_model import linear_transform
from user_states.runs.propensity_tables import PropensityTarget, week_start
from user_states.segments.customer_weeks import hashed_places
from user_states.segments.snapshot_weeks import survivor
from user_states.warehouse.build_records import require_same_builds
from user_states.warehouse.connection import Connection, fetch_all, literal
from user_states.warehouse.dbt_project import DbtProject

# Models and seeds that are read.
TABLES_OF_PREDICTIONS = (
    "customer_snapshots",
    "customer_features",
    "propensity_targets",
    "propensity_outcomes",
    "customer_merges",
    "int_champion_states",
    "int_customer_days",
)

# Customers are chosen by one hash, and divided into folds by another.
SAMPLE_SALT, FOLD_SALT = "propensity sample", "propensity"
# Of a yes or no; more classes are those of the data.
_NO_OR_YES = ("no", "yes")
# The feature that an outcome is made of, and so none of its target.
OUTCOME_COLUMNS = {"conversion": "converted_to_sale"}
# What the rivals read.
_RECENCY = "days_since_last_activity"
_RFM = (_RECENCY, "days_since_last_purchase", "n_purchases", "n_rides", "spend")
# Least share of the weeks with known states from which models read them.
_LEAST_KNOWN_WEEKS = 0.5
# Customers who were merged later and are compared with hindsight.
_MOST_COMPARED = 1_000


@dataclass(frozen=True, eq=False)
class ReadTarget:
    """A target and its rows.

    Attributes
    ----------
    target : PropensityTarget
    rows : PropensityRows or None
        None if there are none to learn from.
    why_not : str or None
        Why there are none.
    left_out : dict of str to str
        Why features are not among those of the rows.
    """

    target: PropensityTarget
    rows: PropensityRows | None
    why_not: str | None
    left_out: dict[str, str]


@dataclass(frozen=True, eq=False)
class ReadPropensities:
    """What was read.

    Attributes
    ----------
    targets : list of ReadTarget
        In the order of the seed.
    last_week : int
        Newest as-of week, which is complete.
    known_days, hindsight_days : array
        As of `require_no_hindsight`.
    builds : dict of str to str
        The build that made each table that was read.
    """

    targets: list[ReadTarget]
    last_week: int
    known_days: FloatArray
    hindsight_days: FloatArray
    builds: dict[str, str]


@dataclass(frozen=True, eq=False)
class _Outcomes:
    """Known outcomes of one target for the customers in its sample."""

    target: PropensityTarget
    customer_ids: npt.NDArray[np.object_]
    weeks: IntArray
    classes: npt.NDArray[np.object_]


class PropensityReader:
    """Reads rows of a project under its target.

    Parameters
    ----------
    project : DbtProject
    """

    def __init__(self, project: DbtProject) -> None:
        self._snapshots = project.snapshots()
        self._relations = {
            table: project.relation(table) for table in TABLES_OF_PREDICTIONS
        }
        self._most_customers = int(project.vars["propensity_customers"])
        self._window_days = int(project.vars["customer_window_days"])

    def read(self, wanted: Sequence[str] = ()) -> ReadPropensities:
        """Return everything that fits of some targets need.

        Parameters
        ----------
        wanted : sequence of str
            Names of targets; all if there are none.

        Raises
        ------
        UserError
            If a name is not in the seed.
        """
        return self._snapshots.read(
            TABLES_OF_PREDICTIONS, lambda connection: self._read(connection, wanted)
        )

    def require_unchanged(
        self, connection: Connection, builds: Mapping[str, str]
    ) -> None:
        """Raise UserError if a build replaced a table since it was read."""
        now = self._snapshots.builds_of(connection, TABLES_OF_PREDICTIONS)
        require_same_builds(now, builds, "make propensity")

    def _read(self, connection: Connection, wanted: Sequence[str]) -> ReadPropensities:
        targets = self._targets(connection, wanted)
        merged_into, merged_at = self._merges(connection)
        outcomes = [self._outcomes(connection, one, merged_into) for one in targets]
        ids = np.unique(np.concatenate([one.customer_ids for one in outcomes]))
        snapshots = read_snapshot_rows(
            connection,
            f"(select * from {self._relations['customer_snapshots']} "
            f"where revision = 0 and {among('customer_id', ids.tolist())})",
            self._transforms(connection),
            self._state_keys(connection),
        )
        ((newest,),) = fetch_all(
            connection,
            "select max(as_of_week_start) "
            f"from {self._relations['customer_snapshots']}",
        )
        known, hindsight = self._active_days(
            connection, snapshots, merged_into, merged_at
        )
        return ReadPropensities(
            [_target_rows(one, snapshots, merged_into) for one in outcomes],
            int(week_numbers([newest])[0]) if newest else 0,
            known,
            hindsight,
            self._snapshots.builds_of(connection, TABLES_OF_PREDICTIONS),
        )

    def _targets(
        self, connection: Connection, wanted: Sequence[str]
    ) -> list[PropensityTarget]:
        rows = fetch_all(
            connection,
            "select target, outcome, population, horizon_weeks, min_positives "
            f"from {self._relations['propensity_targets']}",
        )
        found = {row[0]: PropensityTarget(*row) for row in rows}
        if unknown := [name for name in wanted if name not in found]:
            raise UserError(
                f"found no target {unknown[0]!r}; expected one of {', '.join(found)}, "
                "the rows of seeds/propensity_targets.csv"
            )
        return [found[name] for name in wanted or found]

    def _transforms(self, connection: Connection) -> dict[str, Transform]:
        """Return what models may read, and how linear ones do."""
        return {
            name: "log1p" if linear_transform(transform) == "log1p" else "none"
            for name, transform in fetch_all(
                connection,
                "select feature, transform "
                f"from {self._relations['customer_features']} "
                "where is_predictor and not is_target order by feature",
            )
        }

    def _state_keys(self, connection: Connection) -> list[str]:
        return [
            str(key)
            for (key,) in fetch_all(
                connection,
                f"select state_key from {self._relations['int_champion_states']} "
                "where state_id > 0 order by state_id",
            )
        ]

    def _merges(
        self, connection: Connection
    ) -> tuple[dict[str, str], dict[str, dt.datetime]]:
        """Return for each merged customer the one of its newest merge, and its time."""
        into: dict[str, str] = {}
        at: dict[str, dt.datetime] = {}
        for old, new, merged_at in fetch_all(
            connection,
            "select old_customer_id, new_customer_id, merged_at "
            f"from {self._relations['customer_merges']} "
            "where kind = 'merge' and merged_at is not null order by change_number",
        ):
            into[str(old)], at[str(old)] = str(new), merged_at
        return into, at

    def _outcomes(
        self,
        connection: Connection,
        target: PropensityTarget,
        merged_into: Mapping[str, str],
    ) -> _Outcomes:
        known = (
            f"from {self._relations['propensity_outcomes']} "
            f"where target = {literal(target.target)} "
            "and is_known and outcome_class is not null"
        )
        pairs = fetch_all(
            connection, f"select distinct customer_id, outcome_class {known}"
        )
        ids = _sampled(pairs, target, self._most_customers, merged_into)
        with connection.cursor() as cursor:
            cursor.execute(
                "select customer_id, as_of_week_start, outcome_class "
                f"{known} and {among('customer_id', ids)}"
            )
            table = cursor.fetch_arrow_table()
        return _Outcomes(
            target,
            table.column("customer_id").to_pandas().to_numpy(dtype=object),
            week_numbers(table.column("as_of_week_start").to_pylist()),
            table.column("outcome_class").to_pandas().to_numpy(dtype=object),
        )

    def _active_days(
        self,
        connection: Connection,
        snapshots: SnapshotRows,
        merged_into: Mapping[str, str],
        merged_at: Mapping[str, dt.datetime],
    ) -> tuple[FloatArray, FloatArray]:
        """Return active days as known then, and in hindsight, of those merged later."""
        newest_merge: dict[str, dt.date] = {}
        for old, at in merged_at.items():
            living = survivor(old, merged_into)
            newest_merge[living] = max(newest_merge.get(living, at.date()), at.date())
        compared = sorted(newest_merge)[:_MOST_COMPARED]
        days: dict[str, list[int]] = {}
        table = self._relations["int_customer_days"]
        for customer, day in fetch_all(
            connection,
            f"select customer_id, local_date from {table} "
            f"where {among('customer_id', compared)}",
        ):
            days.setdefault(customer, []).append(day.toordinal())
        place = snapshots.features.names.index("n_active_days")
        found = []
        for row, (customer, week) in enumerate(
            zip(snapshots.customer_ids.tolist(), snapshots.weeks.tolist(), strict=True)
        ):
            living = survivor(customer, merged_into)
            end = week_start(week + 1)
            if living in days and newest_merge[living] >= end:
                last = end.toordinal()
                window = range(last - self._window_days, last)
                n_days = sum(day in window for day in days[living])
                found.append((snapshots.features.values[row, place], n_days))
        pairs = np.array(found, dtype=np.float64).reshape(-1, 2)
        return pairs[:, 0], pairs[:, 1]


def _sampled(
    pairs: Sequence[tuple[str, str]],
    target: PropensityTarget,
    most: int,
    merged_into: Mapping[str, str],
) -> list[str]:
    """Return the ids of so many customers, the first by hash.

    More if too few of a class are among them: twice as many, and so on.

    Parameters
    ----------
    pairs : sequence of (str, str)
        Ids of customers, and the classes that came to them.
    target : PropensityTarget
    most : int
    merged_into : mapping of str to str
    """
    own = {customer: survivor(customer, merged_into) for customer, _ in pairs}
    everybody = sorted(set(own.values()))
    order = np.argsort(hashed_places(everybody, SAMPLE_SALT), kind="stable")
    place_of = dict(zip([everybody[i] for i in order], range(len(order)), strict=True))
    of_class: dict[str, set[int]] = {}
    for customer, name in pairs:
        of_class.setdefault(name, set()).add(place_of[own[customer]])
    is_binary = target.outcome != "crm_label"
    least = target.min_positives if is_binary else MIN_OF_A_CLASS
    while most < len(everybody) and any(
        sum(place < most for place in places) < least for places in of_class.values()
    ):
        most *= 2
    return sorted(customer for customer in own if place_of[own[customer]] < most)


def _target_rows(
    outcomes: _Outcomes, snapshots: SnapshotRows, merged_into: Mapping[str, str]
) -> ReadTarget:
    """Return the rows of a target: what was known at each week, and what came."""
    target = outcomes.target
    rows = _places_of(outcomes, snapshots)
    own = rows >= 0
    rows, came, weeks = rows[own], outcomes.classes[own], outcomes.weeks[own]
    classes = _NO_OR_YES
    if target.outcome == "crm_label":
        classes = tuple(sorted(set(came.tolist())))
    if not len(rows) or len(classes) < 2:
        found = "no customers" if not len(rows) else f"only the class {classes[0]!r}"
        return ReadTarget(
            target,
            None,
            f"found {found} with a known outcome; expected customers of several "
            f"classes ({target.outcome}, {target.population}, horizon of "
            f"{target.horizon_weeks} weeks): wait for more weeks, or load the data "
            "that it is about",
            {},
        )
    customers = np.unique(
        [survivor(one, merged_into) for one in outcomes.customer_ids[own].tolist()],
        return_inverse=True,
    )
    features, left_out = _informative(snapshots.features.rows(rows))
    outcome_column = OUTCOME_COLUMNS.get(target.outcome)
    if outcome_column in features.names:
        left_out[outcome_column] = "is what is forecast"
        features = features.columns(
            tuple(name for name in features.names if name != outcome_column)
        )
    belief = no_features(len(rows))
    if _has_enough_states(weeks, snapshots.has_state[rows]):
        belief, constant = _informative(snapshots.belief.rows(rows))
        left_out |= constant
    elif snapshots.belief.names:
        left_out["the belief in states"] = "is known in too few weeks"
    return ReadTarget(
        target,
        PropensityRows(
            features,
            belief,
            np.array([classes.index(name) for name in came.tolist()], dtype=np.int64),
            classes,
            customers[1].astype(np.int64),
            hashed_places(customers[0].tolist(), FOLD_SALT),
            weeks,
            target.horizon_weeks,
            _RECENCY if _RECENCY in features.names else None,
            tuple(name for name in _RFM if name in features.names),
        ),
        None,
        left_out,
    )


def _places_of(outcomes: _Outcomes, snapshots: SnapshotRows) -> IntArray:
    """Return the row of the snapshots of each outcome, -1 if there is none."""
    known, codes = np.unique(snapshots.customer_ids.astype(str), return_inverse=True)
    last = int(max(snapshots.weeks.max(initial=0), outcomes.weeks.max(initial=0))) + 1
    keys = codes.astype(np.int64) * last + snapshots.weeks
    order = np.argsort(keys)
    ids = outcomes.customer_ids.astype(str)
    own = np.searchsorted(known, ids)
    if not len(known):
        return np.full(len(ids), -1, dtype=np.int64)
    own = np.minimum(own, len(known) - 1)
    wanted = own.astype(np.int64) * last + outcomes.weeks
    place = np.minimum(np.searchsorted(keys[order], wanted), len(keys) - 1)
    rows = order[place]
    is_there = (keys[rows] == wanted) & (known[own] == ids)
    return np.where(is_there, rows, -1).astype(np.int64)


def _informative(block: FeatureBlock) -> tuple[FeatureBlock, dict[str, str]]:
    """Return the features that are not the same for everybody, and why not the rest."""
    left_out = {}
    for name, column in zip(block.names, block.values.T, strict=True):
        is_known = ~np.isnan(column)
        if not is_known.any():
            left_out[name] = "is not known of anybody"
        elif is_known.all() and np.ptp(column) == 0:
            left_out[name] = "is the same for everybody"
    used = tuple(name for name in block.names if name not in left_out)
    return block.columns(used), left_out


def _has_enough_states(weeks: IntArray, has_state: BoolArray) -> bool:
    """Return whether the states are known in most weeks, for models to learn them."""
    known = np.unique(weeks[has_state])
    return len(known) >= _LEAST_KNOWN_WEEKS * len(np.unique(weeks))
