"""Moves between states: each once and in a chain, even with late or revised states."""

from __future__ import annotations

import datetime as dt
import json
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from conftest import run_as_admin
from user_states.warehouse.dbt_project import DbtProject
from user_states.warehouse.server import LocalServerAddress
from warehouse_setup import query

FIRST_MONDAY = dt.date(2024, 1, 1)


@dataclass(frozen=True)
class Known:
    """A state as known at the time; weeks are counted from 0."""

    user: str
    week: int
    state: str
    revision: int = 0

    @property
    def run(self) -> str:
        """The run that gave the state: another one from week 6 on."""
        return "old" if self.week < 6 else "new"


@pytest.fixture
def as_of_warehouse(published_warehouse: LocalServerAddress) -> LocalServerAddress:
    """Create a warehouse without states as known and without moves."""
    run_as_admin(
        published_warehouse,
        "create table public.template as "
        "select * from marts.user_weekly_states_as_of limit 1",
        "truncate marts.user_weekly_states_as_of",
        "truncate marts.state_moves",
    )
    return published_warehouse


def make_known(address: LocalServerAddress, rows: list[Known]) -> None:
    """Add rows to the mart of states as known; other columns come from a real row."""
    values = [
        {
            "user_id": row.user,
            "week_start": str(FIRST_MONDAY + dt.timedelta(weeks=row.week)),
            "revision": row.revision,
            "state_key": row.state,
            "run_id": row.run,
        }
        for row in rows
    ]
    run_as_admin(
        address,
        f"""
        insert into marts.user_weekly_states_as_of
        select (jsonb_populate_record(template, changed)).*
        from public.template as template
        cross join jsonb_array_elements('{json.dumps(values)}') as changed
        """,
    )


def build_moves(project: DbtProject, *options: str) -> None:
    """Build the moves and run their tests."""
    project.run(
        "build",
        "--select",
        "state_moves",
        "--exclude-resource-type",
        "unit_test",
        *options,
        label="moves",
    )


def stored_moves(address: LocalServerAddress) -> list[tuple[Any, ...]]:
    return query(
        address,
        f"""
        select
            move_number, user_id, (week_start - date '{FIRST_MONDAY}') / 7,
            from_state_key, to_state_key, is_new_model, run_id
        from marts.state_moves
        order by move_number
        """,
    )


class Reference:
    """The moves that the mart should have, computed user by user."""

    def __init__(self) -> None:
        self.known: dict[str, dict[int, Known]] = defaultdict(dict)
        self.moves: list[tuple[Any, ...]] = []
        self.last: dict[str, tuple[int, str]] = {}

    def build(self, rows: list[Known]) -> None:
        """Add rows and the moves that follow from them."""
        for row in rows:
            if row.revision == 0:
                self.known[row.user].setdefault(row.week, row)
        found = []
        for user, weeks in self.known.items():
            for week in sorted(weeks):
                since, state = self.last.get(user, (-1, None))
                row = weeks[week]
                if week <= since or row.state == state:
                    continue
                is_new = week - 1 in weeks and weeks[week - 1].run != row.run
                found.append((user, week, state, row.state, is_new, row.run))
                self.last[user] = (week, row.state)
        for move in sorted(found, key=lambda move: (move[1], move[0])):
            self.moves.append((len(self.moves) + 1, *move))


def schedule() -> list[list[Known]]:
    """Return the rows that are added before each build."""
    rng = np.random.default_rng(5)
    paths = {}
    for number in range(25):
        first = int(rng.integers(0, 9))
        states = [f"k{state}" for state in rng.integers(0, 3, size=12)]
        # Make stays about as frequent as moves.
        for week in range(1, 12):
            if rng.random() < 0.6:
                states[week] = states[week - 1]
        paths[f"u{number:02}"] = (first, states)
    late_users = {"u03", "u11"}

    def rows(weeks: range) -> list[Known]:
        return [
            Known(user, week, states[week])
            for user, (first, states) in paths.items()
            for week in weeks
            if week >= first and (user not in late_users or week > first + 2)
        ]

    late = [
        Known(user, week, paths[user][1][week])
        for user in sorted(late_users)
        for week in range(paths[user][0], paths[user][0] + 3)
    ]
    return [
        rows(range(0, 1)),
        rows(range(1, 4)),
        # Only revisions, which are no moves.
        [Known("u00", 3, "k9", revision=1), Known("u01", 2, "k9", revision=1)],
        # A new user, with older weeks at the same time.
        [*rows(range(4, 6)), *[Known("late", week, "k1") for week in range(2, 6)]],
        # Weeks before a user's first move, which arrive too late.
        [*rows(range(6, 12)), *late],
    ]


def test_each_move_is_recorded_once_and_continues_the_one_before(
    as_of_warehouse: LocalServerAddress, project: DbtProject
) -> None:
    reference = Reference()
    recorded: list[tuple[Any, ...]] = []
    for batch in schedule():
        make_known(as_of_warehouse, batch)
        build_moves(project)
        reference.build(batch)
        now = stored_moves(as_of_warehouse)
        # Earlier moves stay unchanged and precede the new ones.
        assert now[: len(recorded)] == recorded
        recorded = now
        assert recorded == reference.moves
    assert len(recorded) > 60
    assert sum(move[5] for move in recorded) > 3
    assert sum(move[3] is None for move in recorded) == len(reference.known)
    before = query(as_of_warehouse, "select * from marts.state_moves order by 1")
    build_moves(project, "--full-refresh")
    after = query(as_of_warehouse, "select * from marts.state_moves order by 1")
    assert after == before


def test_the_check_finds_a_broken_chain(
    as_of_warehouse: LocalServerAddress, project: DbtProject
) -> None:
    make_known(
        as_of_warehouse, [Known("a", 0, "k1"), Known("a", 1, "k2"), Known("a", 2, "k2")]
    )
    build_moves(project)
    for damage in (
        "update marts.state_moves set from_state_key = 'k3' where move_number = 2",
        "update marts.state_moves set to_state_key = 'k3' where move_number = 2",
        "delete from marts.state_moves where move_number = 2",
    ):
        copy = "create table public.kept as select * from marts.state_moves"
        run_as_admin(as_of_warehouse, copy, damage)
        with pytest.raises(Exception, match="state_moves_are_consistent"):
            project.run(
                "test", "--select", "state_moves_are_consistent", label="damaged"
            )
        run_as_admin(
            as_of_warehouse,
            "truncate marts.state_moves",
            "insert into marts.state_moves select * from public.kept",
            "drop table public.kept",
        )
