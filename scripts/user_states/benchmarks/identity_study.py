"""How well identifiers are joined to customers, measured on simulated people."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from scipy.stats import rankdata

from user_states.errors import UserError
from user_states.events.load_simulated_events import EventWriter
from user_states.events.simulated_events import EventSettings
from user_states.rides.load_simulation import load_simulation
from user_states.rides.simulation import SimulationSettings
from user_states.warehouse.connection import Connection, connect, fetch_all
from user_states.warehouse.dbt_project import DbtProject

# How far from one half the canary may be as known, and what it exceeds in hindsight.
KNOWN_TOLERANCE, LEAST_IN_HINDSIGHT = 0.02, 0.75
# What must be reached of the simulated people's pairs.
LEAST_PRECISION, LEAST_RECALL = 0.995, 0.97
_WEEKS_TO_BUY = 4
_LEAST_OF_A_KIND = 2
# Few people are recognised before they buy, and those who are have browsed much: so
# hindsight shows. Three windows of 20,000 people have some 2,000 buyers, so that the
# standard error is a third of the tolerance.
_N_WEEKS = 30
_EVENTS = EventSettings(per_person=60, purchases_per_week=0.012)
_MODELS = ("+int_customer_events", "+identity_conflicts", "+customer_merges")


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


@dataclass(frozen=True)
class IdentityStudy:
    """What the study found.

    Attributes
    ----------
    scores : IdentityScores
    canary : Canary
    """

    scores: IdentityScores
    canary: Canary

    @property
    def is_passed(self) -> bool:
        """Whether all that is demanded is reached."""
        stitched = self.scores.stitched
        return (
            stitched.precision >= LEAST_PRECISION
            and stitched.recall >= LEAST_RECALL
            and self.canary.is_passed
        )

    def __str__(self) -> str:
        return f"{self.scores}\n{self.canary}"


def study_identity(project: DbtProject, n_users: int, seed: int = 0) -> IdentityStudy:
    """Simulate people on an empty warehouse, join their identifiers, and judge it.

    Parameters
    ----------
    project : DbtProject
        Its target must be an empty database.
    n_users : int
        Accounts to simulate; their owners' visitors are added.
    seed : int

    Raises
    ------
    UserError
        If the database has rides or events.
    """
    with connect(project.connection_uri) as connection:
        _require_empty(connection)
        settings = SimulationSettings(n_users, _N_WEEKS, seed=seed)
        load_simulation(connection, settings, events=EventWriter(_EVENTS))
    project.build(
        *("--select", *_MODELS),
        *("--exclude-resource-type", "test", "--exclude-resource-type", "unit_test"),
        label="customers",
    )
    with connect(project.connection_uri) as connection:
        return IdentityStudy(score_identities(connection), canary(connection, _N_WEEKS))


def _require_empty(connection: Connection) -> None:
    sql = "select table_schema::text, table_name::text from information_schema.tables"
    found = fetch_all(
        connection,
        f"{sql} where table_schema not in ('pg_catalog', 'information_schema') limit 1",
    )
    if found:
        raise UserError(
            f"found the table {'.'.join(found[0])}; expected an empty database, since "
            "the study writes its own log. Nothing was changed: run `make "
            "study-identity`, which starts a server for it"
        )


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


@dataclass(frozen=True)
class Canary:
    """How well sessions so far predict who buys, where they have nothing to do with it.

    Attributes
    ----------
    as_known, in_hindsight : float
        Areas under the curve, the mean of several as-of weeks; one half is chance.
    as_known_error, in_hindsight_error : float
        Standard errors. Who buys in one window does not depend on another, but what is
        known in hindsight is the same for all: there the error is that of one window.
    n_buyers : int
        Customers who bought, of all windows, as known.
    """

    as_known: float
    in_hindsight: float
    as_known_error: float
    in_hindsight_error: float
    n_buyers: int

    @property
    def is_passed(self) -> bool:
        """Whether what was known says nothing, and hindsight much."""
        return (
            abs(self.as_known - 0.5) <= KNOWN_TOLERANCE
            and self.in_hindsight > LEAST_IN_HINDSIGHT
        )

    def __str__(self) -> str:
        return (
            f"sessions predict purchases ({self.n_buyers:,} buyers): as known "
            f"{self.as_known:.3f} ± {self.as_known_error:.3f}, in hindsight "
            f"{self.in_hindsight:.3f} ± {self.in_hindsight_error:.3f}"
        )


def canary(
    connection: Connection,
    n_weeks: int,
    n_windows: int = 3,
    schema: str = "intermediate",
) -> Canary:
    """Return how well sessions so far predict who buys within four weeks.

    In the simulation browsing has nothing to do with buying, so whatever is above one
    half comes from what was learned about identities after the as-of week. People who
    never log in never buy, so they are left out.

    Parameters
    ----------
    connection : Connection
    n_weeks : int
        Weeks of the log.
    n_windows : int
        Windows of four weeks for purchases, the last one at the end of the log. They
        do not overlap.
    schema : str
    """
    [(first,)] = fetch_all(
        connection, f"select min(week_start)::text from {schema}.int_customer_events"
    )
    known: list[Area] = []
    hindsight: list[Area] = []
    for window in range(1, n_windows + 1):
        week = n_weeks - 1 - _WEEKS_TO_BUY * window
        as_of = str((pd.Timestamp(first) + pd.Timedelta(weeks=week)).date())
        for areas, spell in ((known, _AS_KNOWN), (hindsight, "spells.is_newest")):
            rows = fetch_all(
                connection,
                _CANARY.format(schema=schema, spell=spell, weeks=_WEEKS_TO_BUY),
                (as_of,),
            )
            table = pd.DataFrame(rows, columns=["n_sessions", "buys"])
            areas.append(area(table.n_sessions, table.buys))
    return Canary(
        as_known=float(np.mean([one.value for one in known])),
        in_hindsight=float(np.mean([one.value for one in hindsight])),
        as_known_error=float(
            np.sqrt(np.sum([one.error**2 for one in known])) / n_windows
        ),
        in_hindsight_error=float(np.mean([one.error for one in hindsight])),
        n_buyers=sum(one.n_positive for one in known),
    )


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
        select distinct owners.customer_id, people.person
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
    ),
    sessions as (
        select owners.customer_id, count(distinct events.session_key) as n_sessions
        from {schema}.int_events as events
        inner join owners
            on owners.identifier_key = 'anonymous_id:' || events.anonymous_id
        where events.source = 'web' and events.week_start <= $1::date
        group by owners.customer_id
    ),
    -- Who really bought: the account may be one that was not known at the time. Without
    -- these, whoever is known by a CRM record only would never buy, nor have a session.
    buyers as (
        select distinct owned.person
        from {schema}.int_events as events
        inner join simulation.person_identifiers as owned
            on
                owned.identifier_type = 'user_id'
                and owned.identifier = events.user_id
        where
            events.event_type = 'purchase'
            and events.week_start > $1::date
            and events.week_start <= $1::date + 7 * {weeks}
    )
    select
        coalesce(max(sessions.n_sessions), 0), bool_or(buyers.person is not null)
    from accounts
    left join sessions on accounts.customer_id = sessions.customer_id
    left join buyers on accounts.person = buyers.person
    group by accounts.customer_id
"""


@dataclass(frozen=True)
class Area:
    """An area under the receiver operating characteristic.

    Attributes
    ----------
    value, error : float
        The area, and its standard error by DeLong, DeLong and Clarke-Pearson (1988).
    n_positive : int
    """

    value: float
    error: float
    n_positive: int


def area(values: npt.ArrayLike, is_positive: npt.ArrayLike) -> Area:
    """Return the area under the receiver operating characteristic; ties count half.

    Parameters
    ----------
    values, is_positive : array_like, shape (n,)

    Raises
    ------
    UserError
        If fewer than two are positive, or fewer than two are not.
    """
    numbers, marks = np.asarray(values, float), np.asarray(is_positive, bool)
    positive, negative = numbers[marks], numbers[~marks]
    if min(len(positive), len(negative)) < _LEAST_OF_A_KIND:
        raise UserError(
            f"found {len(positive)} customers who buy and {len(negative)} who do not; "
            f"expected at least {_LEAST_OF_A_KIND} of each: simulate more users"
        )
    # Of each one, the share of the others that it is on the right side of.
    ranks = rankdata(numbers)
    of_positive = (ranks[marks] - rankdata(positive)) / len(negative)
    of_negative = 1 - (ranks[~marks] - rankdata(negative)) / len(positive)
    variance = np.var(of_positive, ddof=1) / len(positive)
    variance += np.var(of_negative, ddof=1) / len(negative)
    return Area(float(of_positive.mean()), float(np.sqrt(variance)), len(positive))


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
