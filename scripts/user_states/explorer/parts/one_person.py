"""Who is one customer: what was joined by what, what was refused, and which events."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from user_states.explorer.part import Part, View
from user_states.explorer.parts.customers import OF_ALL_CITIES
from user_states.explorer.scene import CUSTOMER_GROUP, Scene
from user_states.explorer.words import counted, starting_large
from user_states.explorer.words.customer_words import identifier_words, reason_words
from user_states.explorer.words.numbers import number
from user_states.marts.customer_rows import (
    EventOutcomeRow,
    IdentifierCountRow,
    KnownCustomerRow,
    LinkRow,
)


@dataclass(frozen=True)
class TraceLine:
    """A count with a bar: `share` is of the longest bar."""

    name: str
    n: int
    share: float
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class OnePerson(View):
    """Identifiers, links and events.

    Attributes
    ----------
    identifiers, links, refused, set_aside : sequence of TraceLine
    n_refused, n_in, n_kept, n_aside, n_rides : int
        Links not used; events that came in, were kept, were set aside; rides.
    """

    identifiers: Sequence[TraceLine]
    links: Sequence[TraceLine]
    refused: Sequence[TraceLine]
    set_aside: Sequence[TraceLine]
    n_refused: int
    n_in: int
    n_kept: int
    n_aside: int
    n_rides: int


def view(scene: Scene) -> OnePerson | None:
    """Return what customers were put together from."""
    identifiers = scene.marts.rows(IdentifierCountRow)
    links = scene.marts.rows(LinkRow)
    n_identifiers = sum(row.n_identifiers for row in identifiers)
    n_customers = sum(row.n_customers for row in scene.marts.rows(KnownCustomerRow))
    if not n_customers:
        return None
    refused = _refused(links)
    outcomes = scene.marts.rows(EventOutcomeRow)
    n_rides = sum(row.n_events for row in outcomes if row.outcome == "kept, as rides")
    n_in = sum(row.n_events for row in outcomes) - n_rides
    n_aside = sum(row.n_events for row in outcomes if row.is_set_aside)
    return OnePerson(
        title=_title(n_identifiers, n_customers, identifiers),
        lead=_lead(links),
        unfiltered=OF_ALL_CITIES,
        identifiers=_lines(
            {
                starting_large(identifier_words(row.identifier_type, 2)): (
                    row.n_identifiers,
                    "",
                )
                for row in identifiers
            }
        ),
        links=_links(links),
        refused=refused,
        set_aside=_set_aside(outcomes),
        n_refused=sum(line.n for line in refused),
        n_in=n_in,
        n_kept=n_in - n_aside,
        n_aside=n_aside,
        n_rides=n_rides,
    )


def _title(
    n_identifiers: int, n_customers: int, identifiers: Sequence[IdentifierCountRow]
) -> str:
    if len(identifiers) == 1:
        name = identifier_words(identifiers[0].identifier_type)
        return f"Each {name} is one customer: nothing joins two of them"
    return (
        f"{number(n_identifiers)} accounts, addresses and devices belong to "
        f"{counted(n_customers, 'customer')}"
    )


def _lead(links: Sequence[LinkRow]) -> str:
    used = sum(row.n_links for row in links if row.is_used)
    if not used:
        return (
            "Two accounts, addresses or devices belong to one customer if they stand "
            "in one event or record. There are none of these."
        )
    n_merges = sum(row.n_merges for row in links)
    joined = (
        f" {counted(n_merges, 'customer')} turned out to be one whom we already knew."
        if n_merges
        else ""
    )
    return (
        "Two accounts, addresses or devices belong to one customer if they stand in "
        f"one event or record, unless something speaks against it.{joined}"
    )


def _links(links: Sequence[LinkRow]) -> list[TraceLine]:
    return _lines(
        {
            starting_large(
                f"{identifier_words(row.from_type)} and {identifier_words(row.to_type)}"
            ): (
                row.n_links,
                f"{number(row.n_merges)} joined two customers" if row.n_merges else "",
            )
            for row in links
            if row.is_used
        }
    )


def _refused(links: Sequence[LinkRow]) -> list[TraceLine]:
    counts: dict[str, int] = defaultdict(int)
    for row in links:
        if not row.is_used:
            counts[reason_words(row.reason)] += row.n_links
    return _lines({name: (n, "") for name, n in counts.items()})


def _set_aside(outcomes: Sequence[EventOutcomeRow]) -> list[TraceLine]:
    counts: dict[str, int] = defaultdict(int)
    for row in outcomes:
        if row.is_set_aside:
            counts[reason_words(row.reason)] += row.n_events
    return _lines({name: (n, "") for name, n in counts.items()})


def _lines(counts: dict[str, tuple[int, str]]) -> list[TraceLine]:
    most = max((n for n, _ in counts.values()), default=0)
    return [
        TraceLine(name, n, n / most if most else 0.0, note)
        for name, (n, note) in sorted(
            counts.items(), key=lambda item: (-item[1][0], item[0])
        )
    ]


PART = Part(
    "one-person",
    "Who is one customer?",
    view,
    (IdentifierCountRow, KnownCustomerRow, LinkRow, EventOutcomeRow),
    CUSTOMER_GROUP,
)
