"""Who is valuable: buyers by how lately and how often they bought, and their money."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from user_states.explorer.part import Part, View
from user_states.explorer.parts.customers import OF_ALL_CITIES
from user_states.explorer.scene import CUSTOMER_GROUP, Scene
from user_states.explorer.words.numbers import number, percent
from user_states.marts.customer_rows import BuyerRow

# Shades of the cells, as of the table of sign-ups.
N_SHADES = 10
# From the highest score to the lowest.
OFTEN = {3: "Often", 2: "Sometimes", 1: "Rarely"}
LATELY = {1: "Long ago", 2: "A while ago", 3: "Lately"}
MONEY_THIRDS = {3: "Most", 2: "Middle", 1: "Least"}


@dataclass(frozen=True)
class ValueCell:
    """Buyers of one cell.

    Attributes
    ----------
    n_customers : int
    customers : str
        The number; `not shown` where few customers would be told of.
    spend, spend_share : str
        Empty without prices, and where they are few.
    shade : int
    """

    n_customers: int
    customers: str
    spend: str
    spend_share: str
    shade: int


HIDDEN = ValueCell(0, "not shown", "", "", 0)


@dataclass(frozen=True)
class ValueRow:
    """One row of the grid: how often its buyers bought."""

    name: str
    range: str
    cells: Sequence[ValueCell]


@dataclass(frozen=True, kw_only=True)
class CustomerValue(View):
    """The grid.

    Attributes
    ----------
    columns : sequence of (str, str)
        Names and ranges.
    rows : sequence of ValueRow
        The most frequent first.
    has_hidden : bool
        Whether some cells are not shown.
    thirds : sequence of (str, str, ValueCell)
        Buyers by how much they spent: name, range, figures; empty without prices.
    """

    columns: Sequence[tuple[str, str]]
    rows: Sequence[ValueRow]
    has_hidden: bool
    thirds: Sequence[tuple[str, str, ValueCell]]


def view(scene: Scene) -> CustomerValue | None:
    """Return the grid; None if too few customers bought anything."""
    cells = [cell for cell in scene.marts.rows(BuyerRow) if cell.n_customers]
    n_buyers = sum(cell.n_customers for cell in cells)
    if n_buyers < scene.options.min_cell_users:
        return None
    spend = sum(cell.spend or 0 for cell in cells)
    hidden = _hidden(cells, scene.options.min_cell_users)
    rows = [
        ValueRow(
            name,
            _range_of_purchases([c for c in cells if c.frequency_score == often]),
            [
                HIDDEN
                if (often, lately) in hidden
                else _cell(scene, _of(cells, often, lately), cells)
                for lately in LATELY
            ],
        )
        for often, name in OFTEN.items()
    ]
    columns = [
        (name, _range_of_days([c for c in cells if c.recency_score == lately]))
        for lately, name in LATELY.items()
    ]
    return CustomerValue(
        title=_title(cells, n_buyers, spend),
        lead=_lead(scene, cells),
        unfiltered=OF_ALL_CITIES,
        columns=columns,
        rows=rows,
        has_hidden=bool(hidden),
        thirds=_thirds(scene, cells) if spend else [],
    )


def _title(cells: Sequence[BuyerRow], n_buyers: int, spend: float) -> str:
    if spend:
        top = [cell for cell in cells if cell.value_score == 3]
        n_top = sum(cell.n_customers for cell in top)
        if n_top:
            of_spend = sum(cell.spend or 0 for cell in top) / spend
            return (
                f"{percent(n_top / n_buyers)} of the buyers bring "
                f"{percent(of_spend)} of the money"
            )
    best = sum(c.n_customers for c in _of(cells, often=3, lately=3))
    return f"{number(best)} of {number(n_buyers)} buyers bought often, and lately"


def _lead(scene: Scene, cells: Sequence[BuyerRow]) -> str:
    window = (
        "Buyers are customers with an order, a till receipt or a completed ride in the "
        f"past {scene.options.customer_window_days} days."
    )
    lost = _of(cells, often=3, lately=1)
    n_lost = sum(cell.n_customers for cell in lost)
    days = min((cell.least_days for cell in lost if cell.least_days), default=0)
    if n_lost < scene.options.min_cell_users or not days:
        return window
    spend = sum(cell.spend or 0 for cell in lost)
    worth = f", but spent {scene.money.about(spend)} before" if spend else ""
    return (
        f"{window} {number(n_lost)} of those who bought often have not bought for "
        f"{days} days or more{worth}."
    )


def _of(cells: Sequence[BuyerRow], often: int, lately: int) -> list[BuyerRow]:
    return [
        cell
        for cell in cells
        if (cell.frequency_score, cell.recency_score) == (often, lately)
    ]


def _hidden(cells: Sequence[BuyerRow], least: int) -> set[tuple[int, int]]:
    """Return the cells that are not shown: those of few customers.

    If it is one, the next one by size is not shown either, because the sum would tell.
    """
    counts = {
        (often, lately): sum(c.n_customers for c in _of(cells, often, lately))
        for often in OFTEN
        for lately in LATELY
    }
    by_size = sorted((n, key) for key, n in counts.items() if n)
    few = [key for n, key in by_size if n < least]
    return {key for _, key in by_size[:2]} if len(few) == 1 else set(few)


def _cell(
    scene: Scene, cells: Sequence[BuyerRow], everyone: Sequence[BuyerRow]
) -> ValueCell:
    n_customers = sum(cell.n_customers for cell in cells)
    spend = sum(cell.spend or 0 for cell in cells)
    all_spend = sum(cell.spend or 0 for cell in everyone)
    if 0 < n_customers < scene.options.min_cell_users:
        words = f"under {scene.options.min_cell_users}"
        return ValueCell(n_customers, words, "", "", 0)
    share = (
        spend / all_spend
        if all_spend
        else n_customers / sum(cell.n_customers for cell in everyone)
    )
    has_money = bool(all_spend and n_customers)
    return ValueCell(
        n_customers,
        number(n_customers),
        scene.money.exact(spend) if has_money else "",
        percent(share) if has_money else "",
        # Half of the money in one cell is as dark as it gets.
        min(int(2 * share * N_SHADES), N_SHADES - 1),
    )


def _thirds(
    scene: Scene, cells: Sequence[BuyerRow]
) -> list[tuple[str, str, ValueCell]]:
    found = []
    for score, name in MONEY_THIRDS.items():
        own = [cell for cell in cells if cell.value_score == score]
        low = min((c.least_spend for c in own if c.least_spend is not None), default=0)
        high = max((c.most_spend for c in own if c.most_spend is not None), default=0)
        money = scene.money
        span = f"{money.each(low)} to {money.each(high)}" if own else "nobody"
        found.append((name, span, _cell(scene, own, cells)))
    return found


def _range_of_days(cells: Sequence[BuyerRow]) -> str:
    return _range(cells, lambda c: (c.least_days, c.most_days), "day", " ago")


def _range_of_purchases(cells: Sequence[BuyerRow]) -> str:
    return _range(
        cells, lambda c: (c.least_purchases, c.most_purchases), "purchase", ""
    )


def _range(
    cells: Sequence[BuyerRow],
    ends: Callable[[BuyerRow], tuple[int | None, int | None]],
    noun: str,
    after: str,
) -> str:
    known = [end for cell in cells for end in ends(cell) if end is not None]
    if not known:
        return "nobody"
    low, high = min(known), max(known)
    if low == high:
        return f"{number(low)} {noun}{'' if low == 1 else 's'}{after}"
    return f"{number(low)} to {number(high)} {noun}s{after}"


PART = Part("customer-value", "Who is valuable?", view, (BuyerRow,), CUSTOMER_GROUP)
