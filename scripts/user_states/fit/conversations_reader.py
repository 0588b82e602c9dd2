"""Reads how kept conversations are written, and what their customers did next."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import adbc_driver_manager
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from user_states.errors import UserError
from user_states.fit.conversations_job import FilteredConversations
from user_states.hmm.arrays import FloatArray, IntArray
from user_states.personas.conversation_set import (
    Conversations,
    TooFewConversationsError,
)
from user_states.personas.fusion_ablation import PersonaOutcome
from user_states.personas.text_vectors import of_length_one
from user_states.rides.landing import MESSAGE_VECTORS
from user_states.rides.white_space import trimmed
from user_states.segments.customer_weeks import hashed_places
from user_states.warehouse.build_records import require_same_builds
from user_states.warehouse.connection import Connection, columns_of, fetch_all, quoted
from user_states.warehouse.dbt_project import DbtProject

# Models that are read beside the messages.
TABLES_OF_PERSONAS = (
    "int_messages",
    "int_conversation_features",
    "int_customer_days",
    "int_conversation_states",
)
# Customers on whom personas are judged, by hash: always the same ones.
HOLDOUT_SHARE, PERSONA_SALT = 0.2, "personas"
# Days after that of a conversation in which an event counts.
OUTCOME_DAYS = 7
_KEYS = ("conversation_key", "conversation_id", "customer_id")


@dataclass(frozen=True, eq=False)
class ReadConversations:
    """What was read.

    Attributes
    ----------
    conversations : Conversations
        The kept ones of customers, the earliest first.
    customer_ids : sequence of str
        By number.
    state_keys : sequence of str
        In order of the alphabet.
    states : array of int, shape (n,)
        Number of the state of each conversation, -1 without one.
    came : array, shape (n,)
        1 if the customer had an event in the seven days after that of the
        conversation, 0 if not, NaN if the log ends before.
    first_on, last_on : date
        Days of the first and of the last conversation.
    builds : dict of str to str
        The build that made each table that was read.
    """

    conversations: Conversations
    customer_ids: Sequence[str]
    state_keys: Sequence[str]
    states: IntArray
    came: FloatArray
    first_on: dt.date
    last_on: dt.date
    builds: dict[str, str]

    @property
    def outcome(self) -> PersonaOutcome | None:
        """What followed, by customers some of whom are held out; None if unknown."""
        if not np.isfinite(self.came).any():
            return None
        held_out = hashed_places(self.customer_ids, PERSONA_SALT) < HOLDOUT_SHARE
        return PersonaOutcome(self.came, held_out)


class ConversationsReader:
    """Reads the conversations of a project under its target.

    Parameters
    ----------
    project : DbtProject
    """

    def __init__(self, project: DbtProject) -> None:
        self._project = project
        self._snapshots = project.snapshots()
        self._relations = {
            table: project.relation(table) for table in TABLES_OF_PERSONAS
        }

    def read(self, filtered: FilteredConversations) -> ReadConversations:
        """Return everything that a fit needs of the kept conversations of customers.

        Raises
        ------
        TooFewConversationsError
            If there is none.
        UserError
            If a build replaced the messages since they were filtered.
        """
        kept = filtered.of_customers
        if kept.empty:
            raise TooFewConversationsError(
                f"found no conversation of a customer among {len(filtered.rows):,} "
                "that filters looked at; expected some: look at the mart "
                "conversation_filters"
            )
        found, builds = self._snapshots.read(
            TABLES_OF_PERSONAS,
            lambda connection: (
                self._read(connection),
                self._snapshots.builds_of(connection, TABLES_OF_PERSONAS),
            ),
        )
        shared = {name: builds[name] for name in filtered.builds.keys() & builds.keys()}
        require_same_builds(shared, filtered.builds, "make personas")
        found = found.set_index("conversation_key")
        if not kept["conversation_key"].isin(found.index).all():
            raise UserError(
                "found conversations in int_messages that int_conversation_features "
                "lacks; expected both to be of one build: run `make build`"
            )
        found = found.loc[kept["conversation_key"]]
        customer_ids, customers = np.unique(
            kept["customer_id"].to_numpy(dtype=str), return_inverse=True
        )
        state_keys = sorted(found["state_key"].dropna().unique().tolist())
        numbers = {key: number for number, key in enumerate(state_keys)}
        return ReadConversations(
            conversations=Conversations(
                kept["conversation_key"].tolist(),
                customers.astype(np.int64),
                kept["text"].tolist(),
                found[self._behaviour].to_numpy(dtype=np.float64),
            ),
            customer_ids=customer_ids.tolist(),
            state_keys=state_keys,
            states=np.array(
                [numbers.get(key, -1) for key in found["state_key"]], dtype=np.int64
            ),
            came=np.array(
                [np.nan if pd.isna(flag) else float(flag) for flag in found["came"]],
                dtype=np.float64,
            ),
            first_on=found["last_on"].min(),
            last_on=found["last_on"].max(),
            builds=builds | filtered.builds,
        )

    def vectors(self, keys: Sequence[str]) -> FloatArray:
        """Return the mean of the given vectors of each conversation's messages.

        Parameters
        ----------
        keys : sequence of str
            Keys of conversations.

        Returns
        -------
        array, shape (n, n_numbers)
            Of length 1.

        Raises
        ------
        UserError
            If there is no table of vectors, they have different lengths, or a
            conversation has none.
        """
        sums = self._snapshots.read(
            ("int_messages",), lambda connection: self._sums(connection, keys)
        )
        # The mean and the sum have the same direction.
        return of_length_one(sums)

    def require_unchanged(
        self, connection: Connection, builds: Mapping[str, str]
    ) -> None:
        """Raise UserError if a build replaced a table since it was read."""
        now = self._snapshots.builds_of(connection, tuple(builds))
        require_same_builds(now, builds, "make personas")

    @property
    def _behaviour(self) -> list[str]:
        """The columns that say how a conversation is written."""
        columns = self._project.columns_of("int_conversation_features")
        return [name for name in columns if name not in _KEYS]

    def _read(self, connection: Connection) -> pd.DataFrame:
        names = ["conversation_key", *self._behaviour, "last_on", "came", "state_key"]
        behaviour = ", ".join(f"features.{quoted(name)}" for name in self._behaviour)
        rows = fetch_all(
            connection,
            f"""
            with

            log as (

                select max(local_date) as last_on
                from {self._relations["int_customer_days"]}

            ),

            ends as (

                select
                    conversation_key,
                    customer_id,
                    cast(max(sent_local) as date) as last_on
                from {self._relations["int_messages"]}
                group by conversation_key, customer_id

            ),

            followed as (

                select distinct ends.conversation_key
                from ends
                inner join {self._relations["int_customer_days"]} as days
                    on
                        ends.customer_id = days.customer_id
                        and ends.last_on < days.local_date
                        and ends.last_on + {OUTCOME_DAYS} >= days.local_date

            )

            select
                features.conversation_key,
                {behaviour},
                ends.last_on,
                -- The last day of the log may not be over.
                case
                    when ends.last_on + {OUTCOME_DAYS} < log.last_on
                        then followed.conversation_key is not null
                end as came,
                states.state_key
            from {self._relations["int_conversation_features"]} as features
            inner join ends
                on features.conversation_key = ends.conversation_key
            cross join log
            left join followed
                on features.conversation_key = followed.conversation_key
            left join {self._relations["int_conversation_states"]} as states
                on features.conversation_key = states.conversation_key
            """,
        )
        return pd.DataFrame(rows, columns=names)

    def _sums(self, connection: Connection, keys: Sequence[str]) -> FloatArray:
        """Return the sum of the vectors of each conversation's messages."""
        schema = quoted(self._project.vars["app_schema"])
        relation = f"{schema}.{MESSAGE_VECTORS}"
        try:
            columns_of(connection, relation)
        except adbc_driver_manager.Error:
            raise UserError(
                f"found no table {relation} that this role may read; expected one with "
                "the columns message_id and embedding (real[]), because the embedder "
                "is column: create it, or set the embedder to auto"
            ) from None
        places = {key: place for place, key in enumerate(keys)}
        sums: FloatArray = np.zeros((len(keys), 0))
        has_vector = np.zeros(len(keys), dtype=np.bool_)
        with connection.cursor() as cursor:
            cursor.execute(
                f"""
                select messages.conversation_key, cast(vectors.embedding as real[])
                from {self._relations["int_messages"]} as messages
                inner join {relation} as vectors
                    on messages.message_id = {trimmed("vectors.message_id")}
                where vectors.embedding is not null
                order by messages.conversation_key, messages.message_number
                """
            )
            # All at once they would not fit into memory.
            for batch in cursor.fetch_record_batch():
                if not batch.num_rows:
                    continue
                vectors = _matrix(batch.column(1))
                if not has_vector.any():
                    sums = np.zeros((len(keys), vectors.shape[1]))
                if vectors.shape[1] != sums.shape[1]:
                    raise _unequal({sums.shape[1], vectors.shape[1]})
                found = [places.get(key, -1) for key in batch.column(0).to_pylist()]
                rows = np.array(found, dtype=np.int64)
                np.add.at(sums, rows[rows >= 0], vectors[rows >= 0])
                has_vector[rows[rows >= 0]] = True
        if n_without := int(np.count_nonzero(~has_vector)):
            raise UserError(
                f"found {n_without:,} of {len(keys):,} kept conversations without a "
                f"vector in {MESSAGE_VECTORS}; expected one of each message of "
                "customers: compute the missing ones, or set the embedder to auto"
            )
        return sums


def _matrix(lists: pa.ListArray) -> FloatArray:
    """Return lists of equally many numbers as the rows of an array."""
    lengths = set(pc.list_value_length(lists).to_pylist())
    numbers = lists.flatten()
    if len(lengths) > 1 or numbers.null_count:
        raise _unequal(lengths)
    values = numbers.to_numpy(zero_copy_only=False).astype(np.float64)
    matrix: FloatArray = values.reshape(len(lists), -1)
    return matrix


def _unequal(lengths: Collection[int]) -> UserError:
    return UserError(
        f"found vectors of {', '.join(map(str, sorted(lengths)))} numbers in "
        f"{MESSAGE_VECTORS}, or nulls in them; expected as many numbers in each: "
        "compute them with one network"
    )
