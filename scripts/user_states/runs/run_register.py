"""Reads and changes the stored runs: the champion, promotions, keys and names.

Warehouse code only. Every function uses the transaction of its caller.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import adbc_driver_manager

from user_states.errors import UserError
from user_states.naming.state_names import AutomaticName
from user_states.panel.features import Transform
from user_states.runs.table_writer import HmmTables, Rows
from user_states.warehouse.connection import (
    Connection,
    columns_of,
    execute,
    fetch_all,
)
from user_states.warehouse.dbt_project import BUILD_PANEL

NEWEST = "newest"
CHAMPION = "champion"


@dataclass(frozen=True)
class StoredRun:
    """What promotion needs of a stored run.

    Attributes
    ----------
    run_id : str
    has_passed_guards : bool
    defects : tuple of str
        One text for each check that the model failed.
    panel_settings : mapping or None
        As from `panel_settings`; None for runs older than this record.
    features : tuple of str
        Features that the model reads, in order.
    """

    run_id: str
    has_passed_guards: bool
    defects: tuple[str, ...]
    panel_settings: Mapping[str, Any] | None
    features: tuple[str, ...]


@dataclass(frozen=True)
class StoredState:
    """A state of a run; `state_key` is None before the run's first promotion."""

    state_id: int
    state_key: str | None
    automatic_name: AutomaticName


@dataclass(frozen=True)
class StoredEmission:
    """One mean of a feature in a state, in the run's scaled units."""

    state_id: int
    feature: str
    family: str
    transform: Transform
    mean: float
    variance: float
    scaling_mean: float
    scale: float


@dataclass(frozen=True)
class PromotionEntry:
    """A row of hmm.promotions."""

    number: int
    run_id: str
    action: str


class RunRegister:
    """Reads and changes the stored runs.

    Parameters
    ----------
    tables : HmmTables
    """

    def __init__(self, tables: HmmTables) -> None:
        self._tables = tables

    def resolve(self, connection: Connection, text: str) -> str:
        """Return the id of the run that a text means.

        Parameters
        ----------
        connection : Connection
        text : str
            A run's id, the start of exactly one id, `champion` or `newest`.

        Raises
        ------
        UserError
            If it means no run, or more than one.
        """
        if text == CHAMPION:
            return self._required_champion(connection)
        run_ids = self.run_ids(connection)
        if text == NEWEST and run_ids:
            return run_ids[0]
        found = sorted(run_id for run_id in run_ids if run_id.startswith(text))
        if text in found:
            return text
        if len(found) == 1:
            return found[0]
        raise UserError(
            f"found {len(found)} runs whose id begins with {text!r}"
            f"{': ' + ', '.join(found) if found else ''}; expected one: "
            "`make runs` lists all runs"
        )

    def _required_champion(self, connection: Connection) -> str:
        champion = self.champion(connection)
        if champion is None:
            raise UserError(
                "found no champion; expected a run that was promoted: `make runs` "
                'lists all runs, `make runs DO="promote newest"` promotes the newest'
            )
        return champion

    def run_ids(self, connection: Connection) -> list[str]:
        """Return the ids of all runs, the newest first."""
        rows = fetch_all(
            connection,
            f"select run_id from {self._name('runs')} "
            "order by created_at desc, run_id desc",
        )
        return [str(run_id) for (run_id,) in rows]

    def run(self, connection: Connection, run_id: str) -> StoredRun:
        """Return a run that exists."""
        ((has_passed, defects, settings),) = fetch_all(
            connection,
            "select has_passed_guards, defects, panel_settings "
            f"from {self._name('runs')} where run_id = $1",
            (run_id,),
        )
        features = fetch_all(
            connection,
            f"select feature from {self._name('feature_scaling')} "
            "where run_id = $1 and position is not null order by position",
            (run_id,),
        )
        return StoredRun(
            run_id=run_id,
            has_passed_guards=has_passed,
            defects=defect_texts(defects),
            panel_settings=None if settings is None else json.loads(settings),
            features=tuple(feature for (feature,) in features),
        )

    def champion(self, connection: Connection) -> str | None:
        """Return the run that the marts read, or None before the first promotion."""
        rows = fetch_all(connection, f"select run_id from {self._name('champion')}")
        return str(rows[0][0]) if rows else None

    def promotions(self, connection: Connection) -> list[PromotionEntry]:
        """Return all promotions and rollbacks, the oldest first."""
        rows = fetch_all(
            connection,
            f"select promotion_number, run_id, action from {self._name('promotions')} "
            "order by promotion_number",
        )
        return [PromotionEntry(*row) for row in rows]

    def states(self, connection: Connection, run_id: str) -> list[StoredState]:
        """Return the states of a run by number."""
        rows = fetch_all(
            connection,
            f"""
            select
                state_id,
                state_key,
                coalesce(automatic_name, 'State ' || state_id),
                longer_names,
                coalesce(automatic_description, ''),
                true_words
            from {self._name("states")}
            where run_id = $1
            order by state_id
            """,
            (run_id,),
        )
        return [
            StoredState(state_id, key, AutomaticName.from_stored(*stored))
            for state_id, key, *stored in rows
        ]

    def emissions(self, connection: Connection, run_id: str) -> list[StoredEmission]:
        """Return the emissions of a run by state, position of the feature, and part."""
        rows = fetch_all(
            connection,
            f"""
            select
                emissions.state_id,
                emissions.feature,
                scaling.family,
                scaling.transform,
                emissions.mean,
                emissions.variance,
                scaling.mean as scaling_mean,
                scaling.scale
            from {self._name("emissions")} as emissions
            inner join {self._name("feature_scaling")} as scaling
                on
                    emissions.run_id = scaling.run_id
                    and emissions.feature = scaling.feature
            where emissions.run_id = $1
            order by emissions.state_id, scaling.position, emissions.part
            """,
            (run_id,),
        )
        return [StoredEmission(*row) for row in rows]

    def shared_user_weeks(
        self, connection: Connection, run_id: str, previous_run_id: str
    ) -> list[tuple[int, int, int]]:
        """Return pairs of state and previous state with their shared user-weeks."""
        rows = fetch_all(
            connection,
            f"""
            select run.state_id, previous.state_id, count(*)
            from {self._name("state_assignments")} as run
            inner join {self._name("state_assignments")} as previous
                on
                    run.user_id = previous.user_id
                    and run.week_start = previous.week_start
            where run.run_id = $1 and previous.run_id = $2
            group by run.state_id, previous.state_id
            """,
            (run_id, previous_run_id),
        )
        return [(int(one), int(other), int(n)) for one, other, n in rows]

    def current_names(self, connection: Connection) -> dict[str, str]:
        """Return the current name of every key, without labels."""
        rows = fetch_all(
            connection,
            f"select state_key, current_name from {self._name('state_keys')}",
        )
        return {str(key): str(name) for key, name in rows}

    def promoted_names(self, connection: Connection) -> list[tuple[str, str]]:
        """Return key and name of the states of all stored runs that were promoted."""
        rows = fetch_all(
            connection,
            f"select distinct state_key, promoted_name from {self._name('states')} "
            "where promoted_name is not null",
        )
        return [(str(key), str(name)) for key, name in rows]

    def store_keys(
        self,
        connection: Connection,
        run_id: str,
        keys: Mapping[int, str],
        names: Mapping[int, str],
        new_keys: Rows,
        lineage: Rows,
    ) -> None:
        """Store the keys and names of a run's states at its first promotion.

        Parameters
        ----------
        connection : Connection
        run_id : str
        keys : mapping from state_id to key
        names : mapping from state_id to name
        new_keys, lineage : rows of state_keys and of state_lineage
        """
        self._tables.insert(connection, "state_keys", new_keys)
        self._tables.insert(connection, "state_lineage", lineage)
        for state_id, key in keys.items():
            execute(
                connection,
                f"update {self._name('states')} set state_key = $1, promoted_name = $2 "
                "where run_id = $3 and state_id = $4",
                (key, names[state_id], run_id, state_id),
            )

    def set_champion(
        self,
        connection: Connection,
        run_id: str,
        action: str,
        number: int,
        *,
        is_forced: bool,
    ) -> None:
        """Make a run the champion and its names the current ones, and log this."""
        entry = {
            "promotion_number": number,
            "run_id": run_id,
            "previous_run_id": self.champion(connection),
            "promoted_at": dt.datetime.now(dt.UTC),
            "action": action,
            "is_forced": is_forced,
        }
        self._tables.insert(connection, "promotions", [entry])
        execute(connection, f"delete from {self._name('champion')}")
        champion = {name: entry[name] for name in ("run_id", "promoted_at")}
        self._tables.insert(
            connection, "champion", [{"slot": 1, **champion, "is_forced": is_forced}]
        )
        execute(
            connection,
            f"update {self._name('state_keys')} as state_keys "
            "set current_name = promoted_name "
            f"from {self._name('states')} as states where run_id = $1 "
            "and states.state_key = state_keys.state_key",
            (run_id,),
        )

    def delete(self, connection: Connection, run_ids: Sequence[str]) -> None:
        """Delete runs; their keys, lineage and promotions stay."""
        for run_id in run_ids:
            execute(
                connection,
                f"delete from {self._name('runs')} where run_id = $1",
                (run_id,),
            )

    def _name(self, table: str) -> str:
        return self._tables.name(table)


def panel_columns(connection: Connection, relation: str) -> set[str]:
    """Return the columns of the panel.

    Raises
    ------
    UserError
        If it does not exist, or the role may not read it.
    """
    try:
        return set(columns_of(connection, relation))
    except adbc_driver_manager.Error:
        raise UserError(
            f"found no table {relation}; expected the panel: run `{BUILD_PANEL}`"
        ) from None


def state_labels(connection: Connection, relation: str) -> dict[str, str]:
    """Return the labels of states by state_key; none before the first build."""
    ((found,),) = fetch_all(
        connection, "select cast(to_regclass($1) as text)", (relation,)
    )
    if found is None:
        return {}
    rows = fetch_all(connection, f"select state_key, state_name from {relation}")
    return {str(key): str(name) for key, name in rows}


def defect_texts(defects: str) -> tuple[str, ...]:
    """Return the texts in a column `defects`, a JSON list."""
    return tuple(defect["text"] for defect in json.loads(defects))
