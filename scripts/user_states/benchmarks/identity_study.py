"""How well identifiers are joined to customers, measured on simulated people."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from scipy.stats import rankdata

from user_states.warehouse.connection import Connection, fetch_all


@dataclass(frozen=True)
class PairScores:
    """Pairs of identifiers in one customer, compared with pairs of one person.

    Attributes
    ----------
    precision : float
        Share of the pairs in one customer that are one person's.
    recall : float
        Share of one person's pairs, as far as events and records connect them, that are
        in one customer.
    """

    precision: float
    recall: float


@dataclass(frozen=True)
class IdentityScores:
    """Scores of this project's rule and of the one that common packages have.

    Attributes
    ----------
    stitched, last_user_wins : PairScores
    """

    stitched: PairScores
    last_user_wins: PairScores

    def __str__(self) -> str:
        lines = [f"{'rule':<16} {'precision':>10} {'recall':>8}"]
        for name, scores in (
            ("stitched", self.stitched),
            ("last user wins", self.last_user_wins),
        ):
            lines.append(f"{name:<16} {scores.precision:>10.4f} {scores.recall:>8.4f}")
        return "\n".join(lines)


def score_identities(
    connection: Connection, schema: str = "intermediate"
) -> IdentityScores:
    """Compare the customers of a simulated log with its people.

    An identifier counts if it is one person's: a device of two people is nobody's, and
    so is an e-mail that was written wrongly.

    Parameters
    ----------
    connection : Connection
    schema : str
        Of the intermediate models.
    """
    truth = _frame(
        connection,
        "select identifier_type || ':' || identifier, min(person) "
        "from simulation.person_identifiers group by 1 having count(*) = 1",
        ("identifier", "person"),
    )
    edges = _frame(
        connection,
        f"select from_key, to_key, last_seen_at from {schema}.int_identity_edges",
        ("one", "other", "last_seen_at"),
    )
    customers = _frame(
        connection,
        f"select identifier_key, customer_id from {schema}.int_customer_identifiers",
        ("identifier", "customer"),
    )
    seen = truth[truth.identifier.isin(set(edges.one) | set(edges.other))]
    known = seen.assign(part=_connected_parts(seen, edges))
    last_user = _last_user_wins(edges)
    return IdentityScores(
        _score(known, dict(customers.itertuples(index=False))),
        _score(known, last_user),
    )


def canary(
    connection: Connection, n_weeks: int, schema: str = "intermediate"
) -> tuple[float, float]:
    """Return how well sessions so far predict who buys within four weeks.

    In the simulation browsing has nothing to do with buying, so whatever is above one
    half comes from what was learned about identities after the as-of week. People who
    never log in never buy, so they are left out.

    Parameters
    ----------
    connection : Connection
    n_weeks : int
        Weeks of the log; the as-of week is four weeks before its end.
    schema : str

    Returns
    -------
    as_known, in_hindsight : float
        Areas under the curve.
    """
    [(first,)] = fetch_all(
        connection, f"select min(week_start)::text from {schema}.int_events"
    )
    as_of = pd.Timestamp(first) + pd.Timedelta(weeks=n_weeks - 5)
    areas = []
    for spell in (
        _AS_KNOWN,
        "spells.is_newest",
    ):
        rows = fetch_all(
            connection, _CANARY.format(schema=schema, spell=spell), (str(as_of.date()),)
        )
        table = pd.DataFrame(rows, columns=["n_sessions", "buys"])
        areas.append(_area(table.n_sessions, table.buys.astype(bool)))
    return areas[0], areas[1]


_AS_KNOWN = (
    "spells.from_week_start <= $1::date "
    "and coalesce(spells.to_week_start > $1::date, true)"
)
_CANARY = """
    with owners as (
        select spells.customer_id, spells.identifier_key
        from {schema}.int_customer_ids_as_of as spells
        where {spell}
    ),
    -- Accounts that were there at the time; a second one of a customer is the same row.
    accounts as (
        select owners.customer_id, bool_or(true) as is_known
        from owners
        inner join {schema}.int_identifiers as identifiers
            on owners.identifier_key = identifiers.identifier_key
        inner join simulation.person_identifiers as owned
            on
                identifiers.identifier_type = owned.identifier_type
                and identifiers.identifier = owned.identifier
        inner join simulation.people as people
            on owned.person = people.person and people.logs_in
        where
            identifiers.identifier_type in ('user_id', 'crm_id')
            and identifiers.first_week_start <= $1::date
        group by owners.customer_id
    ),
    sessions as (
        select owners.customer_id, count(distinct events.session_key) as n_sessions
        from {schema}.int_events as events
        inner join owners
            on owners.identifier_key = 'anonymous_id:' || events.anonymous_id
        where events.source = 'web' and events.week_start <= $1::date
        group by owners.customer_id
    ),
    buyers as (
        select distinct owners.customer_id
        from {schema}.int_events as events
        inner join owners
            on owners.identifier_key = 'user_id:' || events.user_id
        where
            events.event_type = 'purchase'
            and events.week_start > $1::date
    )
    select coalesce(sessions.n_sessions, 0), buyers.customer_id is not null
    from accounts
    left join sessions on accounts.customer_id = sessions.customer_id
    left join buyers on accounts.customer_id = buyers.customer_id
"""


def _area(values: pd.Series, is_positive: pd.Series) -> float:
    """Return the area under the receiver operating characteristic; ties count half."""
    ranks = rankdata(values)
    n_positive = int(is_positive.sum())
    n_negative = len(values) - n_positive
    above = ranks[is_positive].sum() - n_positive * (n_positive + 1) / 2
    return float(above / (n_positive * n_negative))


def _connected_parts(
    seen: pd.DataFrame, edges: pd.DataFrame
) -> npt.NDArray[np.integer]:
    """Return the part of each identifier that true edges connect it to."""
    number = {key: row for row, key in enumerate(seen.identifier)}
    person = dict(zip(seen.identifier, seen.person, strict=True))
    true_edges = [
        (number[one], number[other])
        for one, other in zip(edges.one, edges.other, strict=True)
        if one in person and other in person and person[one] == person[other]
    ]
    rows, columns = np.array(true_edges, dtype=np.int64).reshape(-1, 2).T
    matrix = coo_matrix((np.ones(len(rows)), (rows, columns)), (len(seen), len(seen)))
    parts: npt.NDArray[np.integer] = connected_components(matrix, directed=False)[1]
    return parts


def _last_user_wins(edges: pd.DataFrame) -> dict[str, str]:
    """Return the user that each identifier was last seen with, for all of its past."""
    to_users = edges[edges.one.str.startswith("user_id:")].sort_values("last_seen_at")
    last = dict(zip(to_users.other, to_users.one, strict=True))
    return last | {user: user for user in to_users.one}


def _score(known: pd.DataFrame, customers: dict[str, str]) -> PairScores:
    own = known.identifier.map(customers).fillna("nobody " + known.identifier)
    table = known.assign(customer=own)
    in_one = _pairs(table, ["customer"])
    right = _pairs(table, ["customer", "person"])
    wanted = _pairs(table, ["part"])
    found = _pairs(table, ["customer", "part"])
    return PairScores(right / max(in_one, 1), found / max(wanted, 1))


def _pairs(table: pd.DataFrame, columns: list[str]) -> int:
    sizes = table.groupby(columns).size()
    return int((sizes * (sizes - 1) // 2).sum())


def _frame(connection: Connection, sql: str, columns: tuple[str, ...]) -> pd.DataFrame:
    return pd.DataFrame(fetch_all(connection, sql), columns=list(columns))
