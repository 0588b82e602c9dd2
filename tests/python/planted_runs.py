"""Runs written into the tables of fits by hand, and a panel that ends at any week."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from typing import Any

import numpy as np
import psycopg2
from psycopg2.extras import execute_values

from user_states.hmm.arrays import FloatArray
from user_states.hmm.parameters import HMMParameters
from user_states.warehouse.server import LocalServerAddress
from warehouse_setup import champion

Key = tuple[str, dt.date]


@contextmanager
def cursor_of(address: LocalServerAddress) -> Iterator[Any]:
    """Open a cursor, and commit at the end."""
    with (
        closing(psycopg2.connect(address.url)) as connection,
        connection,
        connection.cursor() as cursor,
    ):
        yield cursor


def plant_run(
    address: LocalServerAddress,
    run_id: str,
    parameters: HMMParameters,
    features: Sequence[Mapping[str, Any]],
    emissions: str,
) -> None:
    """Write a run with these parameters but no beliefs, and make it the champion.

    Parameters
    ----------
    features : sequence of mappings
        One per density of the parameters: feature, family, transform, evidence, mean
        and scale; also columns, a list of panel columns, unless the feature is one.
    """
    states = range(1, parameters.n_states + 1)
    template = champion(address)
    with cursor_of(address) as cursor:

        def insert(table: str, columns: str, rows: Iterable[Any]) -> None:
            execute_values(
                cursor, f"insert into hmm.{table} ({columns}) values %s", list(rows)
            )

        def register(table: str, columns: str, rows: Iterable[Any]) -> None:
            execute_values(
                cursor,
                f"insert into register.{table} (model, {columns}) values %s",
                [("user_states", *row) for row in rows],
            )

        cursor.execute("create temp table planted as select * from register.runs")
        cursor.execute("delete from planted where run_id <> %s", (template,))
        cursor.execute(
            "update planted "
            "set run_id = %s, n_segments = %s, n_levels = %s, emissions = %s",
            (run_id, parameters.n_states, parameters.n_levels, emissions),
        )
        cursor.execute("insert into register.runs select * from planted")
        register(
            "segments",
            "run_id, segment_id, segment_key, n_members, member_share",
            [(run_id, k, f"{run_id}_{k}", 1, 1 / parameters.n_states) for k in states],
        )
        register(
            "segment_keys",
            "segment_key, minted_by_run_id, minted_at, current_name, first_description",
            [
                (f"{run_id}_{k}", run_id, "2025-01-01", f"{run_id} {k}", "")
                for k in states
            ],
        )
        insert(
            "start_probabilities",
            "run_id, state_id, probability",
            [
                (run_id, k, float(p))
                for k, p in zip(states, parameters.start_probabilities, strict=True)
            ],
        )
        insert(
            "transition_matrix",
            "run_id, from_state_id, to_state_id, probability, expected_moves",
            [
                (run_id, i, j, float(parameters.transition_matrix[i - 1, j - 1]), 1)
                for i in states
                for j in states
            ],
        )
        insert(
            "levels",
            "run_id, level_id, weight, effect",
            [
                (run_id, c, float(weight), float(effect))
                for c, (weight, effect) in enumerate(
                    zip(
                        parameters.level_weights, parameters.level_effects, strict=True
                    ),
                    start=1,
                )
            ],
        )
        insert(
            "emissions",
            "run_id, state_id, feature, part, mean, variance, is_at_floor, density",
            [
                (
                    *(run_id, k, item["feature"], part),
                    float(parameters.means[k - 1, column]),
                    float(parameters.variances[k - 1, column]),
                    False,
                    parameters.densities[index].kind,
                )
                for k in states
                for index, item in enumerate(features)
                for part, column in enumerate(
                    np.arange(parameters.means.shape[1])[parameters.columns(index)],
                    start=1,
                )
            ],
        )
        names = ("feature", "family", "transform", "evidence", "mean", "scale")
        register(
            "feature_scaling",
            f"run_id, position, columns, {', '.join(names)}",
            [
                (
                    *(run_id, position),
                    json.dumps(item.get("columns", [item["feature"]])),
                    *(item[name] for name in names),
                )
                for position, item in enumerate(features, start=1)
            ],
        )
        cursor.execute("update register.champions set run_id = %s", (run_id,))


def write_beliefs(
    address: LocalServerAddress,
    run_id: str,
    beliefs: Mapping[Key, FloatArray],
    weeks: Sequence[dt.date],
) -> None:
    """Replace a run's beliefs by those of these weeks."""
    rows = [
        (run_id, user, week, belief.tolist())
        for (user, week), belief in beliefs.items()
        if week in weeks
    ]
    with cursor_of(address) as cursor:
        cursor.execute("delete from hmm.filtered_beliefs where run_id = %s", (run_id,))
        execute_values(
            cursor,
            "insert into hmm.filtered_beliefs "
            "(run_id, user_id, week_start, belief) values %s",
            rows,
        )


def end_panel_with(address: LocalServerAddress, week: dt.date) -> None:
    """Cut the panel after a week; the first call keeps a copy of the whole panel.

    No row depends on later weeks, so this is the panel that a build at that time
    would have made.
    """
    with cursor_of(address) as cursor:
        for table in ("user_week_panel", "int_user_ride_weeks"):
            cursor.execute(
                f"create table if not exists intermediate.whole_{table} as "
                f"select * from intermediate.{table}"
            )
            cursor.execute(f"truncate intermediate.{table}")
            cursor.execute(
                f"insert into intermediate.{table} select * "
                f"from intermediate.whole_{table} where week_start <= %s",
                (week,),
            )
        cursor.execute(
            "update intermediate.int_as_of_week set as_of_week_start = %s", (week,)
        )
