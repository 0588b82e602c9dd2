"""Made-up rows by city and platform, and lists, that agree with each other."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from itertools import product

import numpy as np
import numpy.typing as npt

from user_states.marts.crossing_rows import (
    CrossingFlowRow,
    CrossingSizeRow,
    GrowthRow,
    ListCountRow,
    NextWeekRow,
)
from user_states.marts.expected_rows import ExpectedRow
from user_states.marts.flow_rows import WeekMovesRow
from user_states.marts.list_rows import (
    EffectRow,
    ForecastRow,
    ListMomentRow,
    ListRow,
)
from user_states.marts.mart_row import MartRow

# Of the list of users without a usual ride.
MOMENT = "2025-06-13 16:00"
USUAL_MOMENTS = ("2025-06-09 17:00", "2025-06-15 09:00")
Counts = npt.NDArray[np.int64]
Tables = Mapping[type[MartRow], tuple[MartRow, ...]]


def parts_of(total: int, weights: Sequence[float]) -> list[int]:
    """Return whole numbers in about these proportions that add up to the total."""
    ends = np.round(np.cumsum(weights) / np.sum(weights) * total).astype(int)
    return [int(n) for n in np.diff(ends, prepend=0)]


def crossing_tables(
    users: Counts,
    week: datetime.date,
    cities: Sequence[str] = ("Lisbon", "Porto"),
    platforms: Sequence[str] = ("android", "ios"),
    rides: Sequence[float] = (),
    price: float | None = 9.5,
    n_lists: int = 4,
) -> Tables:
    """Return the rows of every table by city and platform.

    Parameters
    ----------
    users : array of int, shape (n_weeks, n_states)
        The last week is the newest. The first column is state 0.
    week : date
        The newest week.
    cities, platforms : sequence of str
    rides : sequence of float
        Rides a user and week in each state; without them they fall with the state.
    price : float or None
        Of a ride; None: the log has no prices.
    n_lists : int
        0 to 4: measured, no effect, not measured, empty.
    """
    cells = list(product(cities, platforms))
    weights = [1 / (1 + place) for place in range(len(cells))]
    n_weeks, n_states = users.shape
    a_user = list(rides) or [0.0, *(4.0 / (i + 1) for i in range(n_states - 1))]
    sizes = []
    for number in range(n_weeks):
        start = week - datetime.timedelta(weeks=n_weeks - 1 - number)
        for state in range(n_states):
            total = int(users[number, state])
            for (city, platform), n in zip(
                cells, parts_of(total, weights), strict=True
            ):
                n_rides = round(n * a_user[state])
                riders = min(n, n_rides)
                spend = None if price is None else n_rides * price
                sizes.append(
                    CrossingSizeRow(
                        city, platform, start, state, n, riders, n_rides, spend
                    )
                )
    return {
        CrossingSizeRow: tuple(sizes),
        GrowthRow: tuple(_growth(sizes, week, n_weeks)),
        CrossingFlowRow: tuple(_flows(users, week, cells, weights)),
        WeekMovesRow: tuple(_week_moves(users, week)),
        NextWeekRow: tuple(_next_week(sizes, week)),
        ExpectedRow: tuple(_expected(sizes, week)),
        **_lists(cells, weights, week, price, n_lists, n_states - 1),
        ForecastRow: tuple(_forecasts(sizes, week, price)),
    }


def _growth(
    sizes: Sequence[CrossingSizeRow], week: datetime.date, n_weeks: int
) -> list[GrowthRow]:
    active: dict[tuple[datetime.date, str, str], int] = {}
    for row in sizes:
        key = row.week_start, row.home_city, row.platform
        active[key] = active.get(key, 0) + row.n_riders
    found = []
    for span in (1, 4):
        for back in range(0, min(n_weeks - span, 54 if span == 1 else 52), span):
            start = week - datetime.timedelta(weeks=back + span - 1)
            for city, platform in {key[1:] for key in active}:
                n = active[start, city, platform] * (1 if span == 1 else 2)
                new, resurrected = n // 20, n // 14
                found.append(
                    GrowthRow(
                        city,
                        platform,
                        span,
                        start,
                        n,
                        new,
                        n - new - resurrected,
                        resurrected,
                        n // 11,
                    )
                )
    return found


def _flows(
    users: Counts,
    week: datetime.date,
    cells: Sequence[tuple[str, str]],
    weights: Sequence[float],
) -> list[CrossingFlowRow]:
    """Return flows: of each state most stay, others go to every other state."""
    n_weeks, n_states = users.shape
    keys = ["not_started", *(f"key_{i}" for i in range(1, n_states))]
    found = []
    for apart in (1, 4, 12):
        if apart >= n_weeks:
            continue
        for origin, target in product(["joined", *keys], keys):
            column = keys.index(target)
            total = int(users[-1, column])
            place = keys.index(origin) if origin in keys else n_states
            share = 0.8 if origin == target else 0.2 / (1 + (place + column) % 7) ** 2
            if origin == "joined":
                share = 0.02
            for (city, platform), n in zip(
                cells, parts_of(round(share * total), weights), strict=True
            ):
                found.append(
                    CrossingFlowRow(
                        city,
                        platform,
                        apart,
                        week - datetime.timedelta(weeks=apart),
                        week,
                        origin,
                        target,
                        n,
                    )
                )
    return found


def _week_moves(users: Counts, week: datetime.date) -> list[WeekMovesRow]:
    """Return moves of each week: a fifth of the users move, as in `_flows`."""
    n_weeks = len(users)
    return [
        WeekMovesRow(
            week - datetime.timedelta(weeks=n_weeks - 1 - number),
            round(0.2 * int(users[number - 1].sum())),
        )
        for number in range(1, n_weeks)
    ]


def _next_week(
    sizes: Sequence[CrossingSizeRow], week: datetime.date
) -> list[NextWeekRow]:
    sums: dict[tuple[str, str], list[float]] = {}
    has_money = any(row.spend is not None for row in sizes)
    for row in sizes:
        if row.week_start == week:
            total = sums.setdefault((row.home_city, row.platform), [0.0, 0.0, 0.0])
            total[0] += row.n_users
            total[1] += 0.98 * row.n_rides
            total[2] += 0.98 * (row.spend or 0.0)
    return [
        NextWeekRow(city, platform, int(n), rides, spend if has_money else None)
        for (city, platform), (n, rides, spend) in sorted(sums.items())
    ]


def _expected(
    sizes: Sequence[CrossingSizeRow], week: datetime.date
) -> list[ExpectedRow]:
    """Return what is expected of each state: users without a ride have no outlook."""
    return [
        ExpectedRow(
            row.home_city,
            row.platform,
            f"key_{row.state_id}" if row.state_id else "not_started",
            row.n_users if row.state_id else 0,
            0.9 * row.n_riders,
            3.9 * row.n_rides,
            None if row.spend is None else 3.9 * row.spend,
        )
        for row in sizes
        if row.week_start == week
    ]


def _lists(
    cells: Sequence[tuple[str, str]],
    weights: Sequence[float],
    week: datetime.date,
    price: float | None,
    n_lists: int,
    n_states: int,
) -> Tables:
    kinds = (
        ("likely_to_lapse", "Bring back users before they stop", "measured", 1621, 180),
        ("win_back", "Win back users who rode often", "no effect found", 900, 98),
        ("new_regulars", "Thank new regulars", "not measured yet", 281, 281),
        ("ready_to_ride", "Remind users who will ride anyway", "measured", 0, 0),
    )[:n_lists]
    lists, counts = [], []
    for place, (name, title, status, n, held_out) in enumerate(kinds):
        rides = 4.1 * n
        is_known = status != "not measured yet"
        effect = {"measured": 0.42, "no effect found": 0.004}.get(status, 0.0)

        def scaled(value: float, is_known: bool = is_known) -> float | None:
            return value if is_known else None

        def paid(value: float, is_known: bool = is_known) -> float | None:
            return value * price if is_known and price is not None else None

        lists.append(
            ListRow(
                audience=name,
                title=title,
                description="Rode not long ago, and probably will not in four weeks.",
                message="20% off two rides",
                moment="an hour before their usual ride home",
                priority=place + 1,
                n_users_to_write=n,
                n_held_out=held_out,
                n_in_another_list=37,
                n_written_to_before=25,
                expected_rides_4_weeks=rides,
                expected_spend_4_weeks=None if price is None else rides * price,
                n_earlier_users=2904 if is_known else 0,
                earlier_expected_rides=12_000.0 if is_known else None,
                earlier_rides=13_387 if is_known else None,
                earlier_expected_spend=paid(12_000.0),
                earlier_spend=paid(13_387.0),
                effect_status=status,
                why_not_measured=(
                    None
                    if is_known
                    else "Of users followed for four weeks, 17 got no message; 20 are "
                    "needed."
                ),
                is_paused=status == "no effect found",
                first_result_on=(
                    None if is_known else week + datetime.timedelta(days=35)
                ),
                effect_rides=scaled(effect),
                effect_rides_low=scaled(effect - 0.2),
                effect_rides_high=scaled(effect + 0.2),
                effect_spend=paid(effect),
                effect_spend_low=paid(effect - 0.2),
                effect_spend_high=paid(effect + 0.2),
                on_top_rides=scaled(effect * n),
                on_top_rides_low=scaled((effect - 0.2) * n),
                on_top_rides_high=scaled((effect + 0.2) * n),
                on_top_spend=paid(effect * n),
                on_top_spend_low=paid((effect - 0.2) * n),
                on_top_spend_high=paid((effect + 0.2) * n),
            )
        )
        written = "paused" if status == "no effect found" else "write"
        for list_status, total in ((written, n), ("held_out", held_out)):
            for (city, platform), m in zip(
                cells, parts_of(total, weights), strict=True
            ):
                key = f"key_{place % n_states + 1}"
                spend = None if price is None else 4.1 * m * price
                counts.append(
                    ListCountRow(
                        city, platform, name, list_status, key, m, 4.1 * m, spend
                    )
                )
    effects = tuple(
        EffectRow(
            audience=row.audience,
            holdout_share=0.1,
            first_entered_week_start=week - datetime.timedelta(weeks=16),
            last_entered_week_start=week - datetime.timedelta(weeks=5),
            n_treated=2904,
            n_held_out=968,
            n_treated_exposed=2711,
            mean_rides_treated=4.61,
            mean_rides_held_out=4.61 - (row.effect_rides or 0.0),
            mean_spend_treated=None if price is None else 4.61 * price,
            mean_spend_held_out=(
                None if price is None else (4.61 - (row.effect_rides or 0.0)) * price
            ),
        )
        for row in lists
        if row.effect_status != "not measured yet"
    )
    return {
        ListRow: tuple(lists),
        ListCountRow: tuple(counts),
        ListMomentRow: tuple(
            ListMomentRow(row.audience, is_usual, n, first, last)
            for row in lists[:1]
            for is_usual, n, first, last in (
                (False, 320, MOMENT, MOMENT),
                (True, row.n_users_to_write - 320, *USUAL_MOMENTS),
            )
        ),
        EffectRow: effects,
    }


def _forecasts(
    sizes: Sequence[CrossingSizeRow], week: datetime.date, price: float | None
) -> list[ForecastRow]:
    """Return a forecast for each of thirteen weeks, made the week before."""
    found = []
    for target in ("rides", "spend") if price is not None else ("rides",):
        for back in range(13):
            origin = week - datetime.timedelta(weeks=back)
            of_week = [row for row in sizes if row.week_start == origin]
            value = float(sum(row.n_rides for row in of_week))
            value *= 1.0 if target == "rides" else price or 0.0
            observed = None if back == 0 else value * (1 + 0.02 * np.sin(back))
            found.append(
                ForecastRow(
                    target=target,
                    weeks_ahead=1,
                    origin_week_start=origin,
                    state_key=None,
                    expected=0.98 * value,
                    expected_low=0.94 * value,
                    expected_high=1.02 * value,
                    observed=None if observed is None else float(observed),
                    is_inside=None
                    if observed is None
                    else bool(observed < 1.02 * value),
                    source_of_forecast="published" if back < 4 else "backtest",
                )
            )
    return found
