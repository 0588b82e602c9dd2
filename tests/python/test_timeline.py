"""The timeline of docs/operations.md, run command by command."""

from __future__ import annotations

import re
import shlex
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest

import fit_hmm
import runs
from conftest import PROJECT, MakeDatabase, PointAt, run_as_admin
from user_states.warehouse.dbt_project import DbtProject
from user_states.warehouse.server import LocalServerAddress
from warehouse_setup import (
    WITHOUT_DATA_TESTS,
    WITHOUT_UNIT_TESTS,
    Digest,
    champion,
    query,
    restorable_marts,
)

# A fit takes a second and passes its checks, so it is promoted without force.
SETTINGS = {
    "hmm.features": ["is_active", "evening_share"],
    "hmm.states": 2,
    "hmm.starts": 3,
    "hmm.start_users": 30,
    "hmm.bootstrap_refits": 2,
    "hmm.tolerance": 1e-5,
}
# Keeps the rides of the last four weeks in another table.
HOLD_BACK = """
    create schema held;
    create table held.rides as
    select rides.*
    from app.rides as rides
    cross join intermediate.int_as_of_week as newest
    where rides.requested_at >= newest.as_of_week_start - 18;
    delete from app.rides using intermediate.int_as_of_week as newest
    where app.rides.requested_at >= newest.as_of_week_start - 18;
    create table held.monday as
    select as_of_week_start - 18 as next_from from intermediate.int_as_of_week;
"""
ONE_WEEK_MORE = """
    insert into app.rides
    select rides.* from held.rides as rides cross join held.monday as monday
    where rides.requested_at >= monday.next_from
        and rides.requested_at < monday.next_from + 7;
    update held.monday set next_from = next_from + 7;
"""


def timeline() -> list[str]:
    """Return the commands and comments of docs/operations.md, line by line."""
    text = (PROJECT / "docs/operations.md").read_text("utf-8")
    block = re.search(
        r"<!-- timeline -->\n```sh\n(.*?)```\n<!-- end of timeline -->", text, re.S
    )
    assert block
    return [line for line in block[1].splitlines() if line]


@dataclass
class Seen:
    """The content of the warehouse after a command."""

    command: str
    champion: str | None
    last_week: str | None
    keys: list[tuple[str, str]]
    marts: Digest = field(repr=False)


def look(address: LocalServerAddress, command: str) -> Seen:
    marts = restorable_marts(address)
    has_marts = "marts.states" in marts
    return Seen(
        command,
        champion(address)
        if query(address, "select 1 from register.champions")
        else None,
        query(
            address,
            "select cast(max(week_start) as text) from marts.user_weekly_states",
        )[0][0]
        if has_marts
        else None,
        query(address, "select state_key, state_name from marts.states order by 1")
        if has_marts
        else [],
        marts,
    )


@pytest.fixture(scope="module")
def warehouse(
    make_database: MakeDatabase, point_at: PointAt, panel_template: LocalServerAddress
) -> Iterator[LocalServerAddress]:
    """Create a warehouse without its last four weeks."""
    database = make_database(template=panel_template, name="test_warehouse")
    run_as_admin(database, HOLD_BACK)
    with point_at(database):
        yield database


@pytest.fixture(scope="module")
def story(warehouse: LocalServerAddress, project: DbtProject) -> Iterator[list[Seen]]:
    """Run the timeline and return the content of the warehouse after each command."""
    seen: list[Seen] = []
    is_monday = False
    with pytest.MonkeyPatch.context() as patch:
        for name, value in SETTINGS.items():
            patch.setitem(project.vars, name, value)
        # The project is parsed once for all tests.
        patch.setattr(DbtProject, "load", lambda target, cli_vars: project)
        lines = timeline()
        last_build = max(i for i, line in enumerate(lines) if is_build(line))
        for position, line in enumerate(lines):
            if line.startswith("#"):
                is_monday = "Monday" in line
                continue
            if is_monday:
                run_as_admin(warehouse, ONE_WEEK_MORE)
            # Data tests take more than half of a build, so only the last one has them.
            run_line(line, project, patch, is_tested=position == last_build)
            seen.append(look(warehouse, line))
        yield seen


def run_line(
    line: str, project: DbtProject, patch: pytest.MonkeyPatch, *, is_tested: bool
) -> None:
    """Run a command of the timeline in this process."""
    program, *arguments = shlex.split(line)
    if program == "dbt":
        # A routine build has no unit tests, as docs/operations.md says.
        assert tuple(arguments[1:3]) == WITHOUT_UNIT_TESTS
        left_out = () if is_tested else WITHOUT_DATA_TESTS
        project.run(*arguments, *left_out, label=line)
        return
    scripts: dict[str, Callable[[], None]] = {
        "scripts/fit_hmm.py": fit_hmm.main,
        "scripts/runs.py": runs.main,
    }
    assert program == "python"
    patch.setattr(sys, "argv", arguments)
    scripts[arguments[0]]()


def is_build(line: str) -> bool:
    return line.startswith("dbt build")


def builds(story: list[Seen]) -> list[Seen]:
    return [seen for seen in story if is_build(seen.command)]


def test_only_a_promotion_and_a_rollback_change_the_champion(story: list[Seen]) -> None:
    changed = [
        seen.command
        for before, seen in zip([None, *story], story, strict=False)
        if seen.champion != (before.champion if before else None)
    ]
    assert changed == [
        "python scripts/runs.py promote newest",
        "python scripts/fit_hmm.py",
        "python scripts/runs.py rollback",
    ]


def test_every_monday_adds_a_week_of_states(story: list[Seen]) -> None:
    first, *mondays = [seen for seen in builds(story) if seen.last_week][:5]
    assert len(mondays) == 4
    weeks = [first.last_week, *(seen.last_week for seen in mondays)]
    days = [int(week.replace("-", "")) for week in weeks if week]
    assert days == sorted(set(days))
    assert len(days) == 5
    assert {seen.champion for seen in mondays} == {first.champion}


def test_the_new_fit_finds_the_same_states(
    story: list[Seen], warehouse: LocalServerAddress
) -> None:
    before, refit, _ = builds(story)[-3:]
    assert refit.champion != before.champion
    # Names may follow the new weeks: a word has to be true of most users.
    assert [key for key, _ in refit.keys] == [key for key, _ in before.keys]
    assert query(
        warehouse,
        "select relation, count(*) from marts.state_lineage "
        f"where run_id = '{refit.champion}' group by relation",
    ) == [("kept", 2)]
    # Of the user-weeks that both runs decoded, at least 95% keep their state.
    ((share,),) = query(
        warehouse,
        """
        select avg(case when old.segment_key = new.segment_key then 1.0 else 0 end)
        from hmm.state_assignments as earlier
        inner join register.segments as old
            on
                earlier.run_id = old.run_id
                and earlier.state_id = old.segment_id
        inner join hmm.state_assignments as later using (user_id, week_start)
        inner join register.segments as new
            on later.run_id = new.run_id and later.state_id = new.segment_id
        """
        f"where earlier.run_id = '{before.champion}' "
        f"and later.run_id = '{refit.champion}'",
    )
    assert share >= 0.95


def test_the_rollback_restores_the_marts(story: list[Seen]) -> None:
    before, refit, after = builds(story)[-3:]
    assert after.champion == before.champion
    assert after.marts == before.marts
    assert (
        refit.marts["marts.user_weekly_states"]
        != before.marts["marts.user_weekly_states"]
    )
    assert len(before.marts) > 10
