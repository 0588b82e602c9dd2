"""Which other identifiers are a user's: those of the customer and of no other user."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from user_states.warehouse.connection import Connection, fetch_all
from user_states.warehouse.dbt_project import DbtProject

# A shorter identifier, such as the number 12, stands in texts that are about others.
_LEAST_LENGTH_IN_TEXTS = 6


@dataclass(frozen=True)
class Person:
    """A user with all else that is this person's.

    Attributes
    ----------
    user_id : str
    identifiers : tuple of (str, str)
        Type and text of each identifier, the user_id first; texts as the models write
        them.
    customer_id : str or None
        The customer, if the customer has no other user.
    other_users : tuple of str
        Other users of the same customer.
    """

    user_id: str
    identifiers: tuple[tuple[str, str], ...]
    customer_id: str | None = None
    other_users: tuple[str, ...] = ()

    @property
    def words(self) -> tuple[str, ...]:
        """What is searched in free texts and files."""
        others = (text for _, text in self.identifiers[1:])
        long = {text for text in others if len(text) >= _LEAST_LENGTH_IN_TEXTS}
        return (self.user_id, *sorted(long - {self.user_id}))


def find_person(connection: Connection, project: DbtProject, user_id: str) -> Person:
    """Return a user with what the last build of customers joined to the user.

    An identifier belongs to the user if it was seen nearer to this user than to any
    other one of the same customer: a telephone that two users gave belongs to both, and
    is not returned.

    Parameters
    ----------
    connection : Connection
    project : DbtProject
    user_id : str
        As builds read it.
    """
    alone = Person(user_id, (("user_id", user_id),))
    identifiers, edges = (
        project.relation(model)
        for model in ("int_customer_identifiers", "int_identity_edges")
    )
    for table in (identifiers, edges):
        if fetch_all(connection, "select to_regclass($1) is null", (table,))[0][0]:
            return alone
    rows = fetch_all(
        connection,
        f"""
        select customer_id, identifier_key, identifier_type, identifier
        from {identifiers}
        where customer_id = (
            select customer_id from {identifiers}
            where identifier_type = 'user_id' and identifier = $1
        )
        """,
        (user_id,),
    )
    if not rows:
        return alone
    links = fetch_all(
        connection,
        f"""
        select edges.from_key, edges.to_key
        from {edges} as edges
        inner join {identifiers} as owned on edges.from_key = owned.identifier_key
        where owned.customer_id = $1 and edges.refused_because is null
        """,
        (rows[0][0],),
    )
    by_key = {str(key): (str(kind), str(text)) for _, key, kind, text in rows}
    users = {key for key, (kind, _) in by_key.items() if kind == "user_id"}
    own_key = f"user_id:{user_id}"
    others = users - {own_key}
    neighbours = _neighbours((str(one), str(other)) for one, other in links)
    from_user = _distances(neighbours, [own_key])
    from_others = _distances(neighbours, others)
    far = len(by_key) + 1
    own = sorted(
        kind_and_text
        for key, kind_and_text in by_key.items()
        if key not in users and from_user.get(key, far) < from_others.get(key, far)
    )
    return Person(
        user_id,
        (("user_id", user_id), *own),
        None if others else str(rows[0][0]),
        tuple(sorted(by_key[key][1] for key in others)),
    )


def _neighbours(edges: Iterable[tuple[str, str]]) -> Mapping[str, set[str]]:
    neighbours: dict[str, set[str]] = defaultdict(set)
    for one, other in edges:
        neighbours[one].add(other)
        neighbours[other].add(one)
    return neighbours


def _distances(
    neighbours: Mapping[str, set[str]], starts: Iterable[str]
) -> dict[str, int]:
    """Return how many edges each identifier is away from the nearest start."""
    distances = dict.fromkeys(starts, 0)
    queue = deque(distances)
    while queue:
        key = queue.popleft()
        for other in neighbours.get(key, ()):
            if other not in distances:
                distances[other] = distances[key] + 1
                queue.append(other)
    return distances
