"""Reads and changes the stored runs of a model: champion, promotions, keys and names.

Warehouse code only. Every function uses the transaction of its caller. This module
alone writes the register, besides the rows of a run that `run_store.py` adds.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence

import adbc_driver_manager

from user_states.errors import UserError
from user_states.naming.automatic_name import AutomaticName
from user_states.runs.registered_model import Labels, Members, Profiles, RegisteredModel
from user_states.runs.stored_runs import (
    PromotionEntry,
    StoredProfile,
    StoredRun,
    StoredSegment,
)
from user_states.runs.table_writer import Rows
from user_states.warehouse.connection import (
    Connection,
    columns_of,
    execute,
    fetch_all,
)
from user_states.warehouse.dbt_project import BUILD_PANEL

NEWEST = "newest"
CHAMPION = "champion"


class RunRegister:
    """Reads and changes the stored runs of a model.

    Parameters
    ----------
    model : RegisteredModel
    """

    def __init__(self, model: RegisteredModel) -> None:
        self.model = model
        self._tables = model.register

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
            f"{': ' + ', '.join(found) if found else ''}; expected one of the model "
            f"{self.model.name}: "
            "`make runs` lists all runs"
        )

    def _required_champion(self, connection: Connection) -> str:
        champion = self.champion(connection)
        if champion is None:
            raise UserError(
                f"found no champion of {self.model.name}; expected a run that was "
                "promoted: `make runs` lists all runs, "
                f'`make runs DO="promote newest --model {self.model.name}"` promotes '
                "the newest"
            )
        return champion

    def run_ids(self, connection: Connection) -> list[str]:
        """Return the ids of all runs, the newest first."""
        rows = fetch_all(
            connection,
            f"select run_id from {self._name('runs')} where model = $1 "
            "order by created_at desc, run_id desc",
            (self.model.name,),
        )
        return [str(run_id) for (run_id,) in rows]

    def run(self, connection: Connection, run_id: str) -> StoredRun:
        """Return a run that exists."""
        ((has_passed, defects, settings),) = fetch_all(
            connection,
            "select has_passed_guards, defects, feature_settings "
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
            feature_settings=None if settings is None else json.loads(settings),
            features=tuple(feature for (feature,) in features),
        )

    def champion(self, connection: Connection) -> str | None:
        """Return the run that the marts read, or None before the first promotion."""
        rows = fetch_all(
            connection,
            f"select run_id from {self._name('champions')} where model = $1",
            (self.model.name,),
        )
        return str(rows[0][0]) if rows else None

    def promotions(self, connection: Connection) -> list[PromotionEntry]:
        """Return all promotions and rollbacks, the oldest first."""
        rows = fetch_all(
            connection,
            f"select promotion_number, run_id, action from {self._name('promotions')} "
            "where model = $1 order by promotion_number",
            (self.model.name,),
        )
        return [PromotionEntry(*row) for row in rows]

    def segments(self, connection: Connection, run_id: str) -> list[StoredSegment]:
        """Return the segments of a run by number."""
        rows = fetch_all(
            connection,
            f"""
            select
                segment_id,
                segment_key,
                coalesce(automatic_name, $2 || ' ' || segment_id),
                longer_names,
                coalesce(automatic_description, ''),
                true_words
            from {self._name("segments")}
            where run_id = $1
            order by segment_id
            """,
            (run_id, self.model.noun.capitalize()),
        )
        return [
            StoredSegment(segment_id, key, AutomaticName.from_stored(*stored))
            for segment_id, key, *stored in rows
        ]

    def profiles(self, connection: Connection, run_id: str) -> list[StoredProfile]:
        """Return the profiles of a run by segment, feature (its position), and part."""
        source = self._profiles
        part = f", profiles.{source.part}" if source.part else ""
        rows = fetch_all(
            connection,
            f"""
            select
                profiles.{source.segment},
                profiles.feature,
                scaling.family,
                scaling.transform,
                profiles.mean,
                profiles.variance,
                scaling.mean as scaling_mean,
                scaling.scale
            from {source.table} as profiles
            inner join {self._name("feature_scaling")} as scaling
                on
                    profiles.run_id = scaling.run_id
                    and profiles.feature = scaling.feature
            where profiles.run_id = $1
            order by profiles.{source.segment}, scaling.position{part}
            """,
            (run_id,),
        )
        return [StoredProfile(*row) for row in rows]

    def shared_members(
        self, connection: Connection, run_id: str, previous_run_id: str
    ) -> list[tuple[int, int, int]]:
        """Return pairs of segment and previous segment with their shared members."""
        source = self._members
        same = " and ".join(f"run.{key} = previous.{key}" for key in source.keys)
        rows = fetch_all(
            connection,
            f"""
            select run.{source.segment}, previous.{source.segment}, count(*)
            from {source.table} as run
            inner join {source.table} as previous
                on {same}
            where run.run_id = $1 and previous.run_id = $2
            group by run.{source.segment}, previous.{source.segment}
            """,
            (run_id, previous_run_id),
        )
        return [(int(one), int(other), int(n)) for one, other, n in rows]

    def current_names(self, connection: Connection) -> dict[str, str]:
        """Return the current name of every key, without labels."""
        rows = fetch_all(
            connection,
            f"select segment_key, current_name from {self._name('segment_keys')} "
            "where model = $1",
            (self.model.name,),
        )
        return {str(key): str(name) for key, name in rows}

    def promoted_names(self, connection: Connection) -> list[tuple[str, str]]:
        """Return key and name of the segments of all stored runs that were promoted."""
        rows = fetch_all(
            connection,
            f"select distinct segment_key, promoted_name from {self._name('segments')} "
            "where model = $1 and promoted_name is not null",
            (self.model.name,),
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
        """Store the keys and names of a run's segments at its first promotion.

        Parameters
        ----------
        connection : Connection
        run_id : str
        keys : mapping from segment_id to key
        names : mapping from segment_id to name
        new_keys, lineage : rows of segment_keys and of segment_lineage, without model
        """
        self._insert(connection, "segment_keys", new_keys)
        self._insert(connection, "segment_lineage", lineage)
        for segment_id, key in keys.items():
            execute(
                connection,
                f"update {self._name('segments')} "
                "set segment_key = $1, promoted_name = $2 "
                "where run_id = $3 and segment_id = $4",
                (key, names[segment_id], run_id, segment_id),
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
        self._insert(connection, "promotions", [entry])
        execute(
            connection,
            f"delete from {self._name('champions')} where model = $1",
            (self.model.name,),
        )
        of_champion = ("promotion_number", "run_id", "promoted_at", "is_forced")
        champion = {name: entry[name] for name in of_champion}
        self._insert(connection, "champions", [champion])
        execute(
            connection,
            f"update {self._name('segment_keys')} as segment_keys "
            "set current_name = promoted_name "
            f"from {self._name('segments')} as segments where run_id = $1 "
            "and segments.segment_key = segment_keys.segment_key",
            (run_id,),
        )

    def delete(self, connection: Connection, run_ids: Sequence[str]) -> None:
        """Delete runs; their keys, lineage and promotions stay."""
        for run_id in run_ids:
            execute(
                connection,
                f"delete from {self._name('runs')} where run_id = $1 and model = $2",
                (run_id, self.model.name),
            )

    @property
    def _members(self) -> Members:
        assert self.model.members is not None, "a model with segments has members"
        return self.model.members

    @property
    def _profiles(self) -> Profiles:
        assert self.model.profiles is not None, "only such a model is asked"
        return self.model.profiles

    def _insert(self, connection: Connection, table: str, rows: Rows) -> None:
        of_model = [{"model": self.model.name, **row} for row in rows]
        self._tables.insert(connection, table, of_model)

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


def segment_labels(connection: Connection, labels: Labels | None) -> dict[str, str]:
    """Return the labels of segments by key; none before the first build."""
    if labels is None:
        return {}
    ((found,),) = fetch_all(
        connection, "select cast(to_regclass($1) as text)", (labels.table,)
    )
    if found is None:
        return {}
    rows = fetch_all(
        connection, f"select {labels.key}, {labels.name} from {labels.table}"
    )
    return {str(key): str(name) for key, name in rows}


def defect_texts(defects: str) -> tuple[str, ...]:
    """Return the texts in a column `defects`, a JSON list."""
    return tuple(defect["text"] for defect in json.loads(defects))
