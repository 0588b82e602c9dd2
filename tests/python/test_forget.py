"""A forgotten user is nowhere: in no table or file, and not after the next build."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from conftest import PROJECT, MakeDatabase, PointAt, run_as_admin
from user_states.commands.forget_user import forget_user
from user_states.errors import UserError
from user_states.privacy.forgotten_rows import mention
from user_states.privacy.user_columns import (
    ABOUT_USERS,
    NOT_ABOUT_USERS,
    schemas_of,
    text_columns,
)
from user_states.privacy.user_files import remove_from_files
from user_states.spool_folders import PREFIX
from user_states.warehouse.connection import connect
from user_states.warehouse.dbt_project import DbtProject
from user_states.warehouse.postgres_programs import postgres_binaries
from user_states.warehouse.server import LocalServerAddress
from warehouse_setup import champion, query, warehouse_digest

# In each schema in which scripts or builds write about users.
WRITTEN = """
insert into activation.exposures (exposure_id, audience, user_id, exposed_at, detail)
values
    ('of-{name}', 'recent', ' {user} ', now(), 'a note'),
    ('of-another-than-{name}', 'recent', 'another', now(), 'invited by {user}.');
insert into ingest.rejected_rows (loaded_at, source_file, line_number, value, raw_row)
values
    (now(), 'rides.csv', 1, 'free', 'r1,{user},free'),
    (now(), 'rides.csv', 2, '{user}', null),
    (now(), 'rides.csv', 3, 'free', 'r2,{user}0,free')
"""
RIDES_OF = (
    "select ride_id from app.rides where user_id = '{user}' and ride_id is not null"
)
# The whole database, with what the planner knows of the values in each column.
STATISTICS = """
select tablename, attname, most_common_vals::text, histogram_bounds::text from pg_stats
"""


class Forgotten(NamedTuple):
    """A warehouse after two users were forgotten and a build has followed.

    Attributes
    ----------
    address : LocalServerAddress
    folder : Path
        The files of a project.
    with_rides, without_rides : str
        Ids: the rides of the second stayed in the company's table.
    rides : list of str
        The first user's rides.
    before, after, rebuilt : str
        The whole database as text: before, after both were forgotten, after the build.
    runs : list of str
        Tables of the published run without users, as digests: before, after, rebuilt.
    customers : list
        Ids of customers, and whether each identifier is known: before, after, rebuilt.
    champion : str
        The champion before.
    n_rides : int
        Rides of the second user.
    """

    address: LocalServerAddress
    folder: Path
    with_rides: str
    without_rides: str
    rides: list[str]
    before: str
    after: str
    rebuilt: str
    runs: list[object]
    customers: list[dict[str, bool]]
    champion: str
    n_rides: int


def everything(address: LocalServerAddress) -> str:
    """Return a dump of the database, and what the planner knows of it."""
    dump = subprocess.run(
        [postgres_binaries() / "pg_dump", address.url],
        capture_output=True,
        check=True,
        text=True,
    ).stdout
    return dump + "\n".join(str(row) for row in query(address, STATISTICS))


def everything_but_the_rides(address: LocalServerAddress) -> str:
    dump = subprocess.run(
        [postgres_binaries() / "pg_dump", "--exclude-schema=app", address.url],
        capture_output=True,
        check=True,
        text=True,
    ).stdout
    ours = f"{STATISTICS} where schemaname <> 'app'"
    return dump + "\n".join(str(row) for row in query(address, ours))


def mentions(text: str, word: str) -> bool:
    """Return whether a text has a whole word. A pattern alone would take minutes."""
    whole = re.compile(rf"(?<![\w-]){re.escape(word)}(?![\w-])")
    start = text.find(word)
    while start >= 0:
        if whole.match(text, start):
            return True
        start = text.find(word, start + 1)
    return False


def run_without_users(address: LocalServerAddress) -> object:
    """Return the digest of a fit but for its tables of users."""
    of_users = ("hmm.state_assignments", "hmm.filtered_beliefs")
    digest = warehouse_digest(address, ["hmm", "register"])
    return {name: rows for name, rows in digest.items() if name not in of_users}


def customer_ids(address: LocalServerAddress) -> dict[str, bool]:
    """Return each id that was ever given, and whether its identifier is known."""
    sql = "select customer_id, identifier_key is not null from identity.customers"
    return dict(query(address, sql))


def write_files(folder: Path, user: str) -> None:
    """Write what commands may leave in the folder of a project."""
    for name in ("target/run", "target/audiences", "logs", "seeds"):
        (folder / name).mkdir(parents=True)
    texts = {
        "target/explorer.html": "example 1",
        "target/.explorer.html.x1": "half a page",
        "target/run/shown.sql": f"user '{user}'",
        "target/audiences/win_back.csv": f"user_id,state_name\n{user},Occasional\n",
        "target/other.sql": f"user '{user}0'",
        "logs/dbt.log": f"| {user} |",
        "seeds/excluded_users.csv": f"user_id,reason\n{user},staff\nother,staff\n",
    }
    for name, text in texts.items():
        (folder / name).write_text(text, "utf-8")


@pytest.fixture(scope="module")
def forgotten(
    make_database: MakeDatabase,
    point_at: PointAt,
    project: DbtProject,
    published_template: LocalServerAddress,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Forgotten]:
    """Forget a user with their rides, and one without, then build everything."""
    folder = tmp_path_factory.mktemp("project")
    address = make_database(template=published_template, name="test_warehouse")
    # Shown as examples, so that as many tables as possible are about them.
    with_rides, without_rides = (
        str(user)
        for (user,) in query(
            address,
            "select user_id from marts.example_journey_rides group by user_id "
            "order by count(*) desc, user_id limit 2",
        )
    )
    rides = [str(row[0]) for row in query(address, RIDES_OF.format(user=with_rides))]
    ((n_rides,),) = query(
        address, f"select count(*) from app.rides where user_id = '{without_rides}'"
    )
    for user in (with_rides, without_rides):
        run_as_admin(address, WRITTEN.format(name=f"n{user[1:]}", user=user))
    write_files(folder, with_rides)
    page = folder / "target/explorer.html"
    before, runs = everything(address), [run_without_users(address)]
    customers = [customer_ids(address)]
    its_champion = champion(address)
    with point_at(address):
        forget_user(
            project, f" {with_rides}\n", with_rides=True, page=page, folder=folder
        )
        forget_user(project, without_rides, with_rides=False, page=page, folder=folder)
        after = everything(address)
        runs.append(run_without_users(address))
        customers.append(customer_ids(address))
        project.build(label="the next build")
        runs.append(run_without_users(address))
        customers.append(customer_ids(address))
        yield Forgotten(
            address, folder, with_rides, without_rides, rides,
            before, after, everything(address), runs, customers, its_champion,
            int(n_rides),
        )  # fmt: skip


def test_a_user_with_rides_is_nowhere_in_the_database(forgotten: Forgotten) -> None:
    gone = [forgotten.with_rides, *forgotten.rides]
    assert len(gone) > 10
    assert all(mentions(forgotten.before, word) for word in gone)
    assert not [word for word in gone if mentions(forgotten.after, word)]
    assert not [word for word in gone if mentions(forgotten.rebuilt, word)]


def test_a_user_without_rides_is_in_the_companys_tables_only(
    forgotten: Forgotten,
) -> None:
    user, address = forgotten.without_rides, forgotten.address
    assert query(
        address, f"select count(*) from app.rides where user_id = '{user}'"
    ) == [(forgotten.n_rides,)]
    assert not mentions(everything_but_the_rides(address), user)
    # Neither the hash nor the record can be read as the id.
    assert query(address, "select count(*) from privacy.forgotten_users") == [(1,)]


def test_rides_in_are_still_kept_or_set_aside(forgotten: Forgotten) -> None:
    assert query(
        forgotten.address,
        """
        select count(*), count(user_id), count(ride_id), count(requested_at)
        from intermediate.int_rejected_rides
        where broken_rule = 'forgotten_user'
        """,
    ) == [(forgotten.n_rides, 0, 0, 0)]


def test_a_published_fit_stays_valid(forgotten: Forgotten) -> None:
    """The build passed its tests, and nothing but the users' own rows has changed."""
    assert champion(forgotten.address) == forgotten.champion
    before, after, rebuilt = forgotten.runs
    assert before == after == rebuilt


def test_no_id_of_a_customer_is_given_again(forgotten: Forgotten) -> None:
    before, after, rebuilt = forgotten.customers
    assert all(before.values())
    assert after.keys() == before.keys()
    assert list(after.values()).count(False) == 2
    # Nobody has come, so no id was given; the next one is a new one.
    assert rebuilt == after


def test_notes_about_others_stay_without_the_name(forgotten: Forgotten) -> None:
    assert (
        query(
            forgotten.address,
            "select exposure_id ~ '^of-another', user_id, detail "
            "from activation.exposures",
        )
        == [(True, "another", None)] * 2
    )
    # The id is part of another id in the third line of each.
    assert (
        query(forgotten.address, "select line_number from ingest.rejected_rows")
        == [(3,)] * 2
    )


def test_the_record_holds_no_personal_data(forgotten: Forgotten) -> None:
    records = query(
        forgotten.address,
        "select has_deleted_rides, n_rows, n_files, rows_by_table "
        "from privacy.forget_records order by has_deleted_rides",
    )
    assert [row[0] for row in records] == [False, True]
    for _, n_rows, _, by_table in records:
        assert sum(json.loads(by_table).values()) == n_rows > 100
    assert "app.rides" not in json.loads(records[0][3])
    assert json.loads(records[1][3])["app.rides"] >= len(forgotten.rides)
    assert records[1][2] == 6


def test_a_user_is_in_no_file(forgotten: Forgotten) -> None:
    left = {
        str(path.relative_to(forgotten.folder)): path.read_text("utf-8")
        for path in forgotten.folder.rglob("*")
        if path.is_file()
    }
    assert left == {
        "target/other.sql": f"user '{forgotten.with_rides}0'",
        "seeds/excluded_users.csv": "user_id,reason\nother,staff\n",
    }


def test_a_second_time_there_is_nothing_to_forget(
    forgotten: Forgotten, project: DbtProject, tmp_path: Path
) -> None:
    for user in (forgotten.with_rides, "nobody-at-all"):
        with pytest.raises(UserError, match=r"found nothing about this user") as caught:
            forget_user(
                project, user, with_rides=True, page=tmp_path / "p", folder=tmp_path
            )
        assert user not in str(caught.value)
    with pytest.raises(UserError, match="found no user id"):
        forget_user(project, " \n", with_rides=True)


def test_every_column_of_text_is_known(
    forgotten: Forgotten, project: DbtProject
) -> None:
    """Whoever adds a table says whether it is about users, in user_columns.py."""
    with connect(forgotten.address.url) as connection:
        columns = text_columns(connection, schemas_of(project))
    assert [column for column in columns if not column.is_known] == []
    found = {column.column for column in columns}
    assert found >= NOT_ABOUT_USERS
    assert found >= {name.split(".")[-1] for name in ABOUT_USERS}
    assert len({column.relation for column in columns if column.finds}) > 30


def test_every_schema_of_the_project_is_searched(
    forgotten: Forgotten, project: DbtProject
) -> None:
    schemas = query(
        forgotten.address,
        "select nspname from pg_namespace where nspname !~ '^pg_' "
        "and nspname not in ('information_schema', 'public', 'app')",
    )
    assert {name for (name,) in schemas} <= set(schemas_of(project))


def test_a_table_that_nobody_declared_stops_it(
    forgotten: Forgotten, project: DbtProject, tmp_path: Path
) -> None:
    run_as_admin(
        forgotten.address, "create table marts.letters (recipient text, sent_at date)"
    )
    try:
        (someone,), *_ = query(forgotten.address, "select user_id from marts.users")
        before = warehouse_digest(forgotten.address)
        with pytest.raises(UserError, match=r"marts\.letters\.recipient.*user_columns"):
            forget_user(
                project,
                someone,
                with_rides=False,
                page=tmp_path / "page",
                folder=tmp_path,
            )
        assert warehouse_digest(forgotten.address) == before
    finally:
        run_as_admin(forgotten.address, "drop table marts.letters")


def test_rides_in_a_view_cannot_be_deleted(
    forgotten: Forgotten, project: DbtProject, tmp_path: Path
) -> None:
    (someone,), *_ = query(forgotten.address, "select user_id from marts.users")
    run_as_admin(
        forgotten.address,
        "alter table app.rides rename to rides_table",
        "create view app.rides as select * from app.rides_table",
    )
    try:
        before = warehouse_digest(forgotten.address)
        with pytest.raises(UserError, match=r"app\.rides, a view; expected a table"):
            forget_user(
                project,
                someone,
                with_rides=True,
                page=tmp_path / "page",
                folder=tmp_path,
            )
        assert warehouse_digest(forgotten.address) == before
    finally:
        run_as_admin(
            forgotten.address,
            "drop view app.rides",
            "alter table app.rides_table rename to rides",
        )


def test_rejected_rows_keep_their_text_for_some_days(
    forgotten: Forgotten, project: DbtProject
) -> None:
    run_as_admin(
        forgotten.address,
        "truncate ingest.rejected_rows",
        """
        insert into ingest.rejected_rows (loaded_at, reason, value, raw_row) values
        (now() - interval '89 days', 'recent', 'free', 'r1,free'),
        (now() - interval '91 days', 'old', 'free', 'r1,free')
        """,
    )
    project.run("run-operation", "expire_rejected_rows", label="expire")
    assert query(
        forgotten.address,
        "select reason, value, raw_row from ingest.rejected_rows order by reason",
    ) == [("old", None, None), ("recent", "free", "r1,free")]


@pytest.mark.parametrize(
    ("user", "text", "is_found"),
    [
        ("7", "r1,7,completed", True),
        ("7", "r1,17,7.5", True),
        ("7", "r1,17,8.75", False),
        ("a-7", "r1,aa-7", False),
        ("a.7", "r1,ab7", False),
        ('Ann "A"', 'r1,"Ann ""A""",x', True),
        ("ann@example.org", "to ann@example.org.", True),
        (r"a\b$", r"r1,a\b$,x", True),
        ("Zoë", 'r1,"Zoë"', True),
    ],
)
def test_an_id_in_a_free_text(
    forgotten: Forgotten, user: str, text: str, is_found: bool
) -> None:
    def quoted(part: str) -> str:
        return "'" + part.replace("'", "''") + "'"

    assert query(
        forgotten.address, f"select {quoted(text)} ~ {quoted(mention(user))}"
    ) == [(is_found,)]


def test_the_spool_of_a_killed_fit_goes_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    (tmp_path / f"{PREFIX}x").mkdir()
    (tmp_path / f"{PREFIX}x" / "beliefs.arrow").write_text("user-of-a-spool")
    # Not an id that a unit test of a model has: dbt's folder is searched, too.
    folders = tmp_path / "page", tmp_path / "project"
    assert remove_from_files("user-of-a-spool", *folders) == []
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("variables", [{"USER": "u1"}, {"USER_ID": "u1", "RAW": "1"}])
def test_a_variable_of_the_shell_forgets_nobody(variables: dict[str, str]) -> None:
    done = subprocess.run(
        ["make", "--dry-run", "forget"],
        cwd=PROJECT,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode
    assert "found no USER_ID on the command line" in done.stderr
    assert "forget.py" not in done.stdout


def test_only_raw_on_the_command_line_deletes_rides() -> None:
    shown = subprocess.run(
        ["make", "--dry-run", "forget", "USER_ID=u1"],
        cwd=PROJECT,
        env={**os.environ, "RAW": "1"},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert "forget.py" in shown
    assert "--with-rides" not in shown
    assert "u1" not in shown  # it goes through a pipe
