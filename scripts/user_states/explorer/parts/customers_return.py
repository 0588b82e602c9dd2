"""Do they come back: customers by the month of their sign-up, month after month."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from user_states.explorer.part import Part, View
from user_states.explorer.parts.customers import OF_ALL_CITIES
from user_states.explorer.scene import CUSTOMER_GROUP, Scene
from user_states.explorer.words import starting_large
from user_states.explorer.words.dates import MONTHS, short_date
from user_states.explorer.words.numbers import in_words, percent
from user_states.marts.customer_rows import ReturnRow

# Columns of the table: more do not fit a phone.
MOST_PERIODS_AFTER = 12
# Shades of the cells, from hardly anybody to everybody.
N_SHADES = 10
# Newest cohorts that are compared with those before; a smaller difference in points
# is none.
NEWEST, LEAST_DIFFERENCE = 3, 0.05
# Later period that the title tells, if it is known.
LATER = 6


@dataclass(frozen=True)
class Cell:
    """Customers of a cohort who were active in one later period."""

    n_active: int
    share: float

    @property
    def words(self) -> str:
        """The share without its sign, which stands in the head of the table."""
        return f"{100 * self.share:.0f}"


@dataclass(frozen=True)
class SignUps:
    """Customers who signed up in one period.

    Attributes
    ----------
    name : str
        The period: `Nov 2025`.
    n_customers : int
    is_small : bool
        Whether they are too few to say more.
    cells : sequence of Cell
        One for each later period that is over, without gaps.
    """

    name: str
    n_customers: int
    is_small: bool
    cells: Sequence[Cell]


@dataclass(frozen=True, kw_only=True)
class CustomersReturn(View):
    """A table of sign-ups and later periods.

    Attributes
    ----------
    unit : str
        `month` or `week`.
    rows : sequence of SignUps
        The oldest first.
    average : sequence of Cell
        Over all sign-ups for which the period is over.
    """

    unit: str
    rows: Sequence[SignUps]
    average: Sequence[Cell]

    @property
    def ends(self) -> tuple[float, float]:
        """The lowest and the highest share."""
        cells = [cell for row in self.rows if not row.is_small for cell in row.cells]
        shares = [cell.share for cell in cells]
        return min(shares), max(shares)

    def shade(self, cell: Cell) -> int:
        """Return the shade of a cell: from the lowest share to the highest."""
        low, high = self.ends
        place = (cell.share - low) / (high - low) if high > low else 0.0
        return min(int(place * N_SHADES), N_SHADES - 1)


def view(scene: Scene) -> CustomersReturn | None:
    """Return the table; None if no sign-up is old enough, or all are too few."""
    for unit in ("month", "week"):
        rows = _rows(scene, unit)
        average = _average(rows)
        if average and (len(average) > 1 or unit == "week"):
            return CustomersReturn(
                title=_title(average, unit),
                lead=_lead(rows, unit),
                unfiltered=OF_ALL_CITIES,
                unit=unit,
                rows=rows,
                average=average,
            )
    return None


def _rows(scene: Scene, unit: str) -> list[SignUps]:
    found: dict[datetime.date, list[ReturnRow]] = defaultdict(list)
    for row in scene.marts.rows(ReturnRow):
        if (
            row.cohort_length == unit
            and 0 < row.periods_since_sign_up <= MOST_PERIODS_AFTER
        ):
            found[row.cohort_period_start].append(row)
    return [
        SignUps(
            _period_name(start, unit),
            rows[0].n_cohort_customers,
            rows[0].n_cohort_customers < scene.options.min_cell_users,
            [Cell(r.n_active, r.n_active / r.n_cohort_customers) for r in rows],
        )
        for start, rows in sorted(found.items())
    ]


def _period_name(start: datetime.date, unit: str) -> str:
    if unit == "week":
        return short_date(start)
    return f"{MONTHS[start.month - 1][:3]} {start.year % 100:02d}"


def _average(rows: Sequence[SignUps]) -> list[Cell]:
    found = []
    shown = [row for row in rows if not row.is_small]
    for place in range(max((len(row.cells) for row in shown), default=0)):
        known = [row for row in shown if len(row.cells) > place]
        n_active = sum(row.cells[place].n_active for row in known)
        found.append(Cell(n_active, n_active / sum(row.n_customers for row in known)))
    return found


def _title(average: Sequence[Cell], unit: str) -> str:
    first = percent(average[0].share)
    title = f"{first} of new customers are active again a {unit} later"
    later = min(LATER, len(average))
    if later < 2:
        return title
    return (
        f"{title}, {percent(average[later - 1].share)} after {in_words(later)} {unit}s"
    )


def _lead(rows: Sequence[SignUps], unit: str) -> str:
    signs_up = (
        "A customer signs up with the first day of an account or a record in the CRM; "
        "visitors without either are not counted here."
    )
    firsts = [(r.n_customers, r.cells[0].n_active) for r in rows if not r.is_small]
    newest, before = firsts[-NEWEST:], firsts[:-NEWEST]
    if len(before) < NEWEST:
        return signs_up
    new_share, old_share = (
        sum(active for _, active in part) / sum(n for n, _ in part)
        for part in (newest, before)
    )
    which = f"the newest {in_words(NEWEST)} {unit}s"
    difference = new_share - old_share
    if abs(difference) < LEAST_DIFFERENCE:
        told = f"Customers of {which} come back about as often as those before."
    else:
        how = "more" if difference > 0 else "less"
        told = (
            f"Customers of {which} come back {how} often than those before: "
            f"{percent(new_share)} against {percent(old_share)} after the first {unit}."
        )
    return f"{starting_large(told)} {signs_up}"


PART = Part(
    "customers-return",
    "Do they come back?",
    view,
    (ReturnRow,),
    CUSTOMER_GROUP,
)
