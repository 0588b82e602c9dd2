"""Deletes a user, with all that is this person's, in one transaction."""

from __future__ import annotations

import hashlib
import json
import re
import secrets
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass

import adbc_driver_manager

from user_states.errors import UserError
from user_states.privacy.persons import Person, find_person
from user_states.privacy.user_columns import (
    TYPE_COLUMNS,
    Finds,
    UserColumn,
    require_known,
    schemas_of,
    text_columns,
)
from user_states.rides.landing import MESSAGE_VECTORS, AppTables
from user_states.rides.white_space import trimmed
from user_states.warehouse.connection import (
    Connection,
    connect,
    execute,
    fetch_all,
    quoted,
)
from user_states.warehouse.dbt_project import DbtProject

# A temporary table of the ids of the user's rides.
_RIDES = "rides_of_the_user"
# And one of type and text of the user's identifiers.
_IDENTIFIERS = "identifiers_of_the_user"
_KEYS = f"(select array_agg(own_type || ':' || own_text) from {_IDENTIFIERS})"


@dataclass(frozen=True)
class ForgottenRows:
    """What was removed from the warehouse.

    Attributes
    ----------
    by_table : Counter
        Deleted or blanked rows by table; a table without such rows is left out.
    n_identifiers : int
        Identifiers of the person beside the user_id, such as devices and e-mails.
    other_users : tuple of str
        Other users of the same customer, who stay.
    """

    by_table: Counter[str]
    n_identifiers: int
    other_users: tuple[str, ...]


class UserRows:
    """The rows about one user in the warehouse of a project.

    Parameters
    ----------
    project : DbtProject
    user_id : str
        The id as builds read it: as text, without white space around it.
    """

    def __init__(self, project: DbtProject, user_id: str) -> None:
        self._project = project
        self._user_id = user_id
        self._app = AppTables.from_vars(project.vars)

    def delete(
        self, *, with_rides: bool, remove_files: Callable[[Collection[str]], int]
    ) -> ForgottenRows:
        """Delete them, keep builds from bringing them back, and record this.

        Parameters
        ----------
        with_rides : bool
            Also delete the user's rows of the company's own tables. Otherwise a salted
            hash of the id and of each other identifier of the person is stored, by
            which builds leave these rides, events and records out.
        remove_files : callable
            Called with the texts to search before the transaction is committed; returns
            a number of files.

        Returns
        -------
        ForgottenRows

        Raises
        ------
        UserError
            If a table is missing or unknown, or the role may not change it. Then no
            row is deleted.
        """
        with self._transaction() as connection:
            self._require_privacy_tables(connection)
            columns = text_columns(connection, schemas_of(self._project))
            require_known(columns)
            n_rows: Counter[str] = Counter()
            if with_rides:
                columns += self._columns_of_the_company(connection)
            person = find_person(connection, self._project, self._user_id)
            self._collect_identifiers(connection, person)
            self._collect_rides(connection, columns)
            with_user = {(c.schema, c.table) for c in columns if c.finds is Finds.ID}
            for column in columns:
                n_rows[f"{column.schema}.{column.table}"] += self._clear(
                    connection,
                    column,
                    person,
                    names_users=(column.schema, column.table) in with_user,
                )
            if with_rides:
                vectors = f"{self._app.schema}.{MESSAGE_VECTORS}"
                n_rows[vectors] += self._clear_vectors(connection)
            n_rows = +n_rows
            if not n_rows and not self._has_rides(connection):
                raise UserError(
                    f"found nothing about this user in {len(columns)} columns and in "
                    "the rides; expected an id as the rides have it. Nothing was "
                    "changed: correct it, if it is not yet forgotten"
                )
            if not with_rides:
                self._exclude(connection, person)
            n_files = remove_files(person.words)
            self._record(connection, n_rows, n_files, with_rides=with_rides)
            # The planner's statistics hold values of the columns.
            for column in columns:
                if f"{column.schema}.{column.table}" in n_rows:
                    execute(connection, f"analyze {column.relation}")
        return ForgottenRows(n_rows, len(person.identifiers) - 1, person.other_users)

    @contextmanager
    def _transaction(self) -> Iterator[Connection]:
        with closing(connect(self._project.connection_uri)) as connection:
            try:
                yield connection
                connection.commit()
            except adbc_driver_manager.Error as error:
                # The driver's message may hold the statement, but never a parameter.
                text = " ".join(str(error).split())
                raise UserError(
                    f"the warehouse refused to delete rows ({text}); expected it to "
                    "allow this. No row was deleted: correct the cause, and forget the "
                    "user again"
                ) from error

    def _columns_of_the_company(self, connection: Connection) -> list[UserColumn]:
        """Return the columns of the company's tables by which a person is found.

        Raises
        ------
        UserError
            If one of them is a view or a foreign table, whose rows are elsewhere.
        """
        found = fetch_all(
            connection,
            "select tables.table_name::text, tables.table_type::text,"
            " columns.column_name::text"
            " from information_schema.tables as tables"
            " inner join information_schema.columns as columns"
            " on columns.table_schema = tables.table_schema"
            " and columns.table_name = tables.table_name"
            " where tables.table_schema = $1"
            " and tables.table_name in ($2, $3, $4, $5, $6, $7)"
            " order by 1, 3",
            (
                self._app.schema,
                self._app.rides,
                self._app.users,
                self._app.events,
                self._app.customers,
                self._app.identities,
                self._app.messages,
            ),
        )
        columns = []
        for table, kind, name in found:
            column = UserColumn(self._app.schema, table, name)
            if column.finds not in (Finds.ID, Finds.IDENTIFIER, Finds.TYPED):
                continue
            if kind != "BASE TABLE":
                raise UserError(
                    f"found {self._app.schema}.{table}, a {kind.lower()}; expected a "
                    "table, from which rows can be deleted. Nothing was changed: "
                    "delete the user's rows where they come from, then forget the user "
                    "without RAW=1"
                )
            columns.append(column)
        return columns

    def _collect_identifiers(self, connection: Connection, person: Person) -> None:
        """Store the person's identifiers, before any row is deleted."""
        execute(
            connection,
            f"create temporary table {_IDENTIFIERS} "
            "(own_type text, own_text text) on commit drop",
        )
        for kind, text in person.identifiers:
            execute(
                connection, f"insert into {_IDENTIFIERS} values ($1, $2)", (kind, text)
            )

    def _collect_rides(
        self, connection: Connection, columns: Sequence[UserColumn]
    ) -> None:
        """Store the ids of the user's rides, before any row is deleted."""
        execute(
            connection,
            f"create temporary table {_RIDES} (ride_id text) on commit drop",
        )
        rides = {(c.schema, c.table) for c in columns if c.finds is Finds.RIDE}
        rides.add((self._app.schema, self._app.rides))
        users = {(c.schema, c.table) for c in columns if c.finds is Finds.ID}
        users.add((self._app.schema, self._app.rides))
        for schema, table in sorted(rides & users):
            name = f"{quoted(schema)}.{quoted(table)}"
            if fetch_all(connection, "select to_regclass($1) is null", (name,))[0][0]:
                continue
            execute(
                connection,
                f"insert into {_RIDES} select distinct {trimmed('ride_id')} "
                f"from {name} where {trimmed('user_id')} = $1 and ride_id is not null",
                (self._user_id,),
            )

    def _has_rides(self, connection: Connection) -> bool:
        return bool(fetch_all(connection, f"select 1 from {_RIDES} limit 1"))

    def _clear(
        self,
        connection: Connection,
        column: UserColumn,
        person: Person,
        *,
        names_users: bool,
    ) -> int:
        """Delete or blank what a column finds, and return the number of rows.

        `names_users`: whether the table also has the user's id. Then its rides without
        one are the user's, but not those of somebody else by the same id.
        """
        name = quoted(column.column)
        delete = f"delete from {column.relation} where"
        blank = f"update {column.relation} set {name} = null where"
        any_text = "$1::text is not null"
        value: str | None = self._user_id
        match column.finds:
            case Finds.ID:
                statement = f"{delete} {trimmed(name)} = $1"
            case Finds.RIDE:
                statement = (
                    f"{delete} {trimmed(name)} in (select ride_id from {_RIDES})"
                    f" and {any_text}" + (" and user_id is null" if names_users else "")
                )
            case Finds.IDENTIFIER | Finds.TYPED:
                statement = f"{delete} {_is_of_the_person(column)} and {any_text}"
            case Finds.KEY:
                statement = f"{delete} {_has_key(name)} and {any_text}"
            case Finds.KEY_NOTE:
                statement = f"{blank} {_has_key(name)} and {any_text}"
            case Finds.CUSTOMER:
                # The number that was given stays.
                if (column.schema, column.table) == self._project.source(
                    "identity", "customers"
                ):
                    return 0
                statement, value = f"{delete} {name} = $1", person.customer_id
            case Finds.MENTION:
                statement, value = f"{delete} {name} ~ $1", mention(*person.words)
            case Finds.NOTE:
                statement, value = f"{blank} {name} ~ $1", mention(*person.words)
            case None:
                return 0
        ((n_rows,),) = fetch_all(
            connection,
            f"with changed as ({statement} returning 1) select count(*) from changed",
            (value,),
        )
        return int(n_rows)

    def _clear_vectors(self, connection: Connection) -> int:
        """Delete the vectors of messages that are no longer there."""
        schema = quoted(self._app.schema)
        vectors = f"{schema}.{quoted(MESSAGE_VECTORS)}"
        messages = f"{schema}.{quoted(self._app.messages)}"
        is_there = f"to_regclass('{vectors}') is not null"
        is_there += f" and to_regclass('{messages}') is not null"
        if not fetch_all(connection, f"select {is_there}")[0][0]:
            return 0
        left = f"select {trimmed('message_id')} from {messages}"
        ((n_rows,),) = fetch_all(
            connection,
            f"with changed as (delete from {vectors} as vectors"
            f" where {trimmed('vectors.message_id')} in ("
            f"select {trimmed('message_id')} from {vectors} except {left})"
            " returning 1) select count(*) from changed",
        )
        return int(n_rows)

    def _exclude(self, connection: Connection, person: Person) -> None:
        """Store the hashes by which builds leave the person out."""
        table = self._privacy_table("forgotten_users")
        ((salt,),) = fetch_all(connection, f"select max(salt) from {table}")
        salt = salt or secrets.token_hex(16)
        others = (f"{kind}:{text}" for kind, text in person.identifiers[1:])
        for text in (self._user_id, *others):
            execute(
                connection,
                f"insert into {table} (user_hash, salt) values ($1, $2) "
                "on conflict (user_hash) do nothing",
                (user_hash(salt, text), salt),
            )

    def _record(
        self,
        connection: Connection,
        n_rows: Counter[str],
        n_files: int,
        *,
        with_rides: bool,
    ) -> None:
        execute(
            connection,
            f"insert into {self._privacy_table('forget_records')} (record_id, "
            "forgotten_at, has_deleted_rides, n_rows, n_files, rows_by_table) "
            "values ($1, now(), $2, $3, $4, $5)",
            (
                secrets.token_hex(8),
                with_rides,
                n_rows.total(),
                n_files,
                json.dumps(dict(sorted(n_rows.items()))),
            ),
        )

    def _require_privacy_tables(self, connection: Connection) -> None:
        name = self._privacy_table("forget_records")
        if fetch_all(connection, "select to_regclass($1) is null", (name,))[0][0]:
            raise UserError(
                f"found no table {name}; expected a build of this version to have "
                "created it. Nothing was changed: run `make build`, then forget the "
                "user"
            )

    def _privacy_table(self, table: str) -> str:
        schema, name = self._project.source("privacy", table)
        return f"{quoted(schema)}.{quoted(name)}"


def _is_of_the_person(column: UserColumn) -> str:
    """Return the condition that a column is one of the person's identifiers.

    No table has the columns own_type and own_text, so a name inside the subquery always
    means the column of the table.
    """
    text, kind = trimmed(quoted(column.column)), f"'{column.column}'"
    condition = "true"
    if column.finds is Finds.TYPED:
        kind = "mine.own_type"
        if column.column in TYPE_COLUMNS:
            type_column = trimmed(quoted(TYPE_COLUMNS[column.column]))
            condition = f"lower({type_column}) = {kind}"
    else:
        condition = f"mine.own_type = {kind}"
    return (
        f"exists (select 1 from {_IDENTIFIERS} as mine where {condition}"
        f" and mine.own_text = case"
        f" when {kind} in ('email', 'email_sha256') then lower({text})"
        f" when {kind} = 'phone' then regexp_replace({text}, '[^0-9]', '', 'g')"
        f" else {text} end)"
    )


def _has_key(name: str) -> str:
    """Return the condition that a column is the key of one of the identifiers.

    The key of events after a login on a device has two of them.
    """
    return f"string_to_array({name}, ' after ') && {_KEYS}"


def user_hash(salt: str, user_id: str) -> str:
    """Return the hash by which builds know a user, as the macro one_way_hash does."""
    return hashlib.sha256(f"{salt}{user_id}".encode()).hexdigest()


def mention(*texts: str) -> str:
    """Return a regular expression of PostgreSQL that finds ids in a free text.

    Letters, digits, `_` and `-` beside it would make another id of it. In a line of CSV
    a quote is doubled, in JSON it has a backslash.
    """
    spellings = {
        spelling
        for text in texts
        for spelling in (text, text.replace('"', '""'), json.dumps(text)[1:-1])
    }
    escaped = "|".join(sorted(re.sub(r"(\W)", r"\\\1", text) for text in spellings))
    return rf"(^|[^[:alnum:]_-])({escaped})($|[^[:alnum:]_-])"
