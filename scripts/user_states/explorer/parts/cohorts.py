"""Groups of customers by rule: who is in each now, and who came and went."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import dropwhile

import numpy as np
from markupsafe import Markup

from user_states.explorer.customer_files import CustomerFile, customer_files
from user_states.explorer.part import Part, View
from user_states.explorer.parts.customers import OF_ALL_CITIES
from user_states.explorer.scene import CUSTOMER_GROUP, Scene
from user_states.explorer.svg.lines import spark
from user_states.explorer.weekly_figures import relative_changes, usual_range
from user_states.explorer.words import counted, shortened
from user_states.explorer.words.numbers import number, percent
from user_states.marts.customer_list_rows import CustomerListSizeRow
from user_states.marts.customer_rows import (
    CohortRuleRow,
    CohortWeekRow,
    KnownCustomerRow,
)

# Weeks in which entries and exits are counted, and over which a change is told.
WEEKS_COMPARED = 4


@dataclass(frozen=True)
class Cohort:
    """A group of customers by one rule.

    Attributes
    ----------
    title, rule : str
    now, before : int
        Customers now and four weeks ago.
    share : str
        Of all customers.
    entered, left : int
        In the newest four weeks.
    trend : Markup or None
        The newest year, from the first week in which somebody is in it; None if there
        are fewer than two weeks.
    file : CustomerFile or None
        None if nobody, or too few, are on its list.
    usual : tuple of float or None
        Where nine in ten changes of four weeks lay.
    """

    title: str
    rule: str
    now: int
    before: int
    share: str
    entered: int
    left: int
    trend: Markup | None
    file: CustomerFile | None
    usual: tuple[float, float] | None

    @property
    def change(self) -> float:
        """The change in four weeks, as a share of before."""
        return self.now / self.before - 1 if self.before else 0.0

    @property
    def is_unusual(self) -> bool:
        """Whether nine in ten changes of the past year were smaller."""
        if self.usual is None or not self.before:
            return False
        return not self.usual[0] <= self.change <= self.usual[1]


@dataclass(frozen=True, kw_only=True)
class Cohorts(View):
    """The groups, the largest first.

    Attributes
    ----------
    cohorts : sequence of Cohort
    few, empty : sequence of Cohort
        Those with too few customers to say more, and those with nobody.
    weeks : int
        Weeks in which entries and exits are counted.
    """

    cohorts: Sequence[Cohort]
    few: Sequence[Cohort]
    empty: Sequence[Cohort]
    weeks: int


def view(scene: Scene) -> Cohorts | None:
    """Return the groups; None if there are none, or nobody is in one."""
    found = _cohorts(scene)
    least = scene.options.min_cell_users
    shown = [cohort for cohort in found if cohort.now >= least]
    if not shown:
        return None
    n_weeks = max(_weeks(scene).values(), key=len)
    return Cohorts(
        title=_title(shown),
        lead=(
            "Each group has a rule, and every customer who meets it is in it, so one "
            "customer can be in several groups. A customer without any event, such as "
            "one known only from the CRM, is in no group about when somebody was "
            "active."
        ),
        unfiltered=OF_ALL_CITIES,
        cohorts=shown,
        few=[cohort for cohort in found if 0 < cohort.now < least],
        empty=[cohort for cohort in found if not cohort.now],
        weeks=min(WEEKS_COMPARED, len(n_weeks) - 1),
    )


def _weeks(scene: Scene) -> dict[str, list[CohortWeekRow]]:
    found: dict[str, list[CohortWeekRow]] = defaultdict(list)
    for row in scene.marts.rows(CohortWeekRow):
        found[row.cohort].append(row)
    return found


def _cohorts(scene: Scene) -> list[Cohort]:
    n_customers = sum(row.n_customers for row in scene.marts.rows(KnownCustomerRow))
    weeks = _weeks(scene)
    files = customer_files(scene, "cohort", lambda row: row.list_name)
    found = []
    for rule in scene.marts.rows(CohortRuleRow):
        own = weeks.get(rule.cohort, [])
        newest = own[-WEEKS_COMPARED:]
        now = own[-1].n_customers if own else 0
        before = own[-1 - WEEKS_COMPARED] if len(own) > WEEKS_COMPARED else None
        sizes = _since_the_first([row.n_customers for row in own])
        found.append(
            Cohort(
                title=shortened(rule.title) or "",
                rule=shortened(rule.description) or "",
                now=now,
                before=before.n_customers if before else 0,
                share=percent(now / n_customers) if n_customers else "",
                entered=sum(row.n_entered for row in newest),
                left=sum(row.n_left for row in newest),
                trend=(
                    spark(sizes, (0, max(sizes)), "soft") if len(sizes) > 1 else None
                ),
                file=files.get(rule.cohort),
                usual=usual_range(
                    relative_changes(np.array(sizes, dtype=float), WEEKS_COMPARED)
                ),
            )
        )
    return sorted(found, key=lambda cohort: (-cohort.now, cohort.title))


def _since_the_first(sizes: Sequence[int]) -> list[int]:
    """Return the sizes from the first week in which somebody is in the group."""
    return list(dropwhile(lambda n: not n, sizes))


def _title(cohorts: Sequence[Cohort]) -> str:
    largest = cohorts[0]
    unusual = [cohort for cohort in cohorts if cohort.is_unusual]
    if not unusual:
        known = any(cohort.usual for cohort in cohorts)
        return (
            f"{'Nothing unusual: the' if known else 'The'} largest group is "
            f"“{largest.title}”, with {largest.share} of all customers"
        )
    changed = max(unusual, key=lambda cohort: abs(cohort.change))
    how = "grew" if changed.change > 0 else "shrank"
    return (
        f"“{changed.title}” {how} more than usual in four weeks: from "
        f"{number(changed.before)} to {counted(changed.now, 'customer')}"
    )


PART = Part(
    "cohorts",
    "Groups by rule",
    view,
    (CohortRuleRow, CohortWeekRow, KnownCustomerRow, CustomerListSizeRow),
    CUSTOMER_GROUP,
)
