"""Our customers: how many there are, where they meet us, and whether they grow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from user_states.explorer.activity import (
    SPAN_WORDS,
    Activity,
    ActivityWords,
    Period,
    drawn_activity,
)
from user_states.explorer.part import Part, View
from user_states.explorer.scene import CUSTOMER_GROUP, Scene
from user_states.explorer.words import counted
from user_states.explorer.words.customer_words import source_words
from user_states.explorer.words.dates import week_span
from user_states.explorer.words.numbers import (
    fine_percent,
    number,
    percent,
    signed_percent,
)
from user_states.marts.customer_rows import (
    BuyerRow,
    CustomerPeriodRow,
    CustomerSourceRow,
    IdentifierCountRow,
    KnownCustomerRow,
    SeveralSourcesRow,
)

OF_ALL_CITIES = "Customers of all cities and platforms."
WORDS_OF_CUSTOMERS = ActivityWords(
    "customers",
    "were active",
    "were not",
    "new",
    "came back",
    "stayed",
    "went quiet",
)
# Periods of four weeks in a year.
A_YEAR = 13


@dataclass(frozen=True)
class CustomerFigure:
    """One figure of the row at the top."""

    name: str
    value: str
    note: str


@dataclass(frozen=True)
class Kind:
    """Customers of one kind: `share` is of the longest bar, `words` stand beside it."""

    name: str
    n_customers: int
    share: float
    note: str


@dataclass(frozen=True, kw_only=True)
class Customers(View):
    """Figures, kinds of customers, sources, and who came and stopped.

    Attributes
    ----------
    figures : sequence of CustomerFigure
    kinds, sources : sequence of Kind
        Empty where there is only one, because that says nothing.
    sources_title : str
    activities : sequence of Activity
    """

    figures: Sequence[CustomerFigure]
    kinds: Sequence[Kind]
    sources: Sequence[Kind]
    sources_title: str
    activities: Sequence[Activity]


def view(scene: Scene) -> Customers | None:
    """Return the customers; None if there are none."""
    known = scene.marts.rows(KnownCustomerRow)
    n_customers = sum(row.n_customers for row in known)
    if not n_customers:
        return None
    periods = {weeks: _periods(scene, weeks) for weeks in (4, 1)}
    activities = [
        drawn_activity(of_length, weeks, WORDS_OF_CUSTOMERS)
        for weeks, of_length in periods.items()
        if len(of_length) > 1
    ]
    shown = periods[4] or periods[1]
    return Customers(
        title=_title(shown, n_customers),
        lead=_lead(scene),
        unfiltered=OF_ALL_CITIES,
        figures=_figures(scene, shown, known, n_customers),
        kinds=_kinds(known, n_customers),
        sources=_sources(scene),
        sources_title=_sources_title(scene),
        activities=activities,
    )


def _periods(scene: Scene, weeks: int) -> list[Period]:
    return [
        Period(
            row.period_start,
            weeks,
            row.n_active,
            row.n_new,
            row.n_retained,
            row.n_resurrected,
            row.n_dormant,
        )
        for row in scene.marts.rows(CustomerPeriodRow)
        if row.period_weeks == weeks
    ]


def _title(periods: Sequence[Period], n_customers: int) -> str:
    if not periods:
        return f"We know {counted(n_customers, 'customer')}"
    now = periods[-1]
    span = SPAN_WORDS[now.weeks]
    verb = "was" if now.active == 1 else "were"
    found = f"{counted(now.active, 'customer')} {verb} active in the past {span}"
    if now.weeks == 4 and len(periods) > A_YEAR and periods[-1 - A_YEAR].active:
        change = now.active / periods[-1 - A_YEAR].active - 1
        return f"{found}, {_changed(change)} a year ago"
    return f"{found}, of {number(n_customers)} that we know"


def _changed(change: float) -> str:
    """Return a change as people say it, before `a year ago`."""
    if abs(change) < 0.005:
        return "as many as"
    return f"{percent(abs(change))} {'more' if change > 0 else 'fewer'} than"


def _lead(scene: Scene) -> str:
    person = (
        "A customer is one person, whatever accounts, addresses and devices they use. "
        "Active means any event: a visit, a purchase, a call or a ride."
    )
    person += _users_among(scene)
    week = scene.customer_week
    if week and week != scene.week:
        return f"{person} Customers are counted up to the week of {week_span(week)}."
    return person


def _users_among(scene: Scene) -> str:
    """Return how customers and the users of the other parts relate."""
    n_accounts = sum(
        row.n_identifiers
        for row in scene.marts.rows(IdentifierCountRow)
        if row.identifier_type == "user_id"
    )
    n_with = sum(
        row.n_customers for row in scene.marts.rows(KnownCustomerRow) if row.has_account
    )
    if not scene.has_states or not n_accounts or not n_with:
        return ""
    several = "" if n_with == n_accounts else ", because some have several"
    return (
        f" {counted(n_with, 'customer')} have {counted(n_accounts, 'account')}"
        f"{several}; {number(scene.n_everyone)} of these accounts asked for a ride: "
        "they are the “users” of the parts above."
    )


def _figures(
    scene: Scene,
    periods: Sequence[Period],
    known: Sequence[KnownCustomerRow],
    n_customers: int,
) -> list[CustomerFigure]:
    n_accounts = sum(row.n_customers for row in known if row.has_account)
    found = [
        CustomerFigure(
            "Customers we know",
            number(n_customers),
            f"{number(n_accounts)} have an account",
        )
    ]
    if periods:
        now = periods[-1]
        span = SPAN_WORDS[now.weeks]
        before = periods[-2].active if len(periods) > 1 else 0
        change = signed_percent(now.active / before - 1, 1) if before else ""
        found += [
            CustomerFigure(
                f"Active in {'the past week' if now.weeks == 1 else span}",
                number(now.active),
                f"{change} on the {span} before" if change else "",
            ),
            CustomerFigure(
                f"New in {'the past week' if now.weeks == 1 else span}",
                number(now.new),
                f"{fine_percent(now.new / now.active)} of the active"
                if now.active
                else "",
            ),
        ]
    cells = scene.marts.rows(BuyerRow)
    n_buyers = sum(cell.n_customers for cell in cells)
    spend = sum(cell.spend or 0 for cell in cells)
    if n_buyers >= scene.options.min_cell_users:
        found.append(
            CustomerFigure(
                f"Bought{' or rode' if scene.has_states else ''} in "
                f"{scene.options.customer_window_days} days",
                number(n_buyers),
                f"They spent {scene.money.exact(spend)}"
                if spend
                else "The events have no prices",
            )
        )
    return found


def _kinds(known: Sequence[KnownCustomerRow], n_customers: int) -> list[Kind]:
    counts = {"account": 0, "contact": 0, "visitor": 0}
    for row in known:
        kind = (
            "account"
            if row.has_account
            else "contact"
            if row.has_contact
            else "visitor"
        )
        counts[kind] += row.n_customers
    if sum(n > 0 for n in counts.values()) < 2:
        return []
    names = {
        "account": "With an account",
        "contact": "No account, but an address or a CRM record",
        "visitor": "Visitors: only a browser or device",
    }
    most = max(counts.values())
    return [
        Kind(names[kind], n, n / most, percent(n / n_customers))
        for kind, n in counts.items()
        if n
    ]


def _sources(scene: Scene) -> list[Kind]:
    rows = scene.marts.rows(CustomerSourceRow)
    if len(rows) < 2:
        return []
    most = max(row.n_customers for row in rows)
    return [
        Kind(
            source_words(row.source_name),
            row.n_customers,
            row.n_customers / most,
            f"{number(row.n_only_here)} only here",
        )
        for row in rows
    ]


def _sources_title(scene: Scene) -> str:
    rows = scene.marts.rows(CustomerSourceRow)
    several = scene.marts.rows(SeveralSourcesRow)
    n_several = sum(row.n_customers for row in several if row.n_sources > 1)
    if len(rows) < 2:
        return ""
    return f"{counted(n_several, 'customer')} met us in more than one place"


PART = Part(
    "customers",
    "Our customers",
    view,
    (
        KnownCustomerRow,
        CustomerSourceRow,
        SeveralSourcesRow,
        CustomerPeriodRow,
        BuyerRow,
    ),
    CUSTOMER_GROUP,
)
