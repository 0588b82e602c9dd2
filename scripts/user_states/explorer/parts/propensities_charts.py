"""What was said and what came: groups of customers by their chance, and weeks."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

from markupsafe import Markup

from user_states.explorer.svg.elements import (
    chart,
    dot,
    horizontal,
    rectangle,
    text,
    vertical,
)
from user_states.explorer.svg.scales import Scale, per_cent, round_values
from user_states.explorer.words.dates import short_date, week_span
from user_states.explorer.words.numbers import fine_percent, number, percent
from user_states.marts.propensity_mart_rows import (
    PropensityTenthRow,
    PropensityWeekRow,
)

N_GROUPS = 5
# A group differs if it is farther off than chance, and than this share.
SMALLEST_DIFFERENCE, N_ERRORS = 0.02, 2.5
# What came contradicts the chance of a single customer from this share on.
FAR_FROM_CHANCE = 0.05
HEIGHT, TOP, BOTTOM, LEFT = 168, 12.0, 132.0, 11.0


@dataclass(frozen=True)
class ChanceGroup:
    """Customers who were given about the same chance, and how many did it.

    Attributes
    ----------
    said, came : float
    n_rows : int
    """

    said: float
    came: float
    n_rows: int

    @property
    def is_off(self) -> bool:
        """Whether what came differs from what was said by more than chance."""
        error = sqrt(max(self.said * (1 - self.said), 0.0) / self.n_rows)
        return abs(self.came - self.said) > max(SMALLEST_DIFFERENCE, N_ERRORS * error)

    @property
    def words(self) -> str:
        """What was said: `62%`, with a decimal below 10%."""
        return chance_words(self.said)

    @property
    def of_hundred(self) -> str:
        """What came: `60 of 100`; `0.4 of 100` if it is rare."""
        digits = 0 if self.came >= 0.1 else 1
        return f"{100 * self.came:.{digits}f} of 100".replace(".0 of", " of")


def are_alike(one: ChanceGroup, other: ChanceGroup) -> bool:
    """Return whether the first group did it no more, within one error."""
    n_rows = one.n_rows + other.n_rows
    share = (one.came * one.n_rows + other.came * other.n_rows) / n_rows
    error = sqrt(share * (1 - share) * (1 / one.n_rows + 1 / other.n_rows))
    return one.came - other.came <= error


def contradicts(chance: float, came: float | None, n_rows: int | None) -> bool:
    """Return whether what came of such customers is far from a customer's chance.

    It is the rule of the sentence in `customer_propensities`.
    """
    if came is None or not n_rows:
        return False
    error = sqrt(chance * (1 - chance) / n_rows)
    return abs(chance - came) > max(FAR_FROM_CHANCE, N_ERRORS * error)


def chance_words(share: float) -> str:
    """Return a chance: `62%`, `4.2%`."""
    return percent(share) if share >= 0.1 else fine_percent(share)


def chance_groups(tenths: Sequence[PropensityTenthRow]) -> list[ChanceGroup]:
    """Return the tenths, of all classes, as groups of about equal size by chance.

    The likeliest are first.
    """
    rows = sorted(
        (row for row in tenths if row.n_rows), key=lambda row: row.mean_forecast
    )
    total = sum(row.n_rows for row in rows)
    groups: list[list[PropensityTenthRow]] = [[] for _ in range(N_GROUPS)]
    before = 0
    for row in rows:
        middle = (before + row.n_rows / 2) / total
        groups[min(int(N_GROUPS * middle), N_GROUPS - 1)].append(row)
        before += row.n_rows
    return [_group(group) for group in reversed(groups) if group]


def _group(rows: Sequence[PropensityTenthRow]) -> ChanceGroup:
    n_rows = sum(row.n_rows for row in rows)
    return ChanceGroup(
        said=sum(row.mean_forecast * row.n_rows for row in rows) / n_rows,
        came=sum(row.observed_rate * row.n_rows for row in rows) / n_rows,
        n_rows=n_rows,
    )


def group_line(group: ChanceGroup, highest: float) -> Markup:
    """Return a line from no chance to the highest one: what was said, what came."""
    scale = Scale(0, max(highest, 1e-6), 2, 98)
    return chart(
        24,
        "",
        horizontal(12, ""),
        vertical(scale.across(group.said), 3, 21, "said"),
        dot(
            scale.across(group.came),
            12,
            6,
            "outside" if group.is_off else "ink",
            f"said {group.words}\n{group.of_hundred} did\n"
            f"{number(group.n_rows)} forecasts",
        ),
        kind="chance",
    )


def verdict_of_groups(groups: Sequence[ChanceGroup]) -> str:
    """Return whether what came was close to what was said, in a sentence."""
    off = [group for group in groups if group.is_off]
    if not off:
        return "Every group came within two points or within chance."
    high = sum(group.said > group.came for group in off)
    way = (
        "too high"
        if high == len(off)
        else "too low"
        if not high
        else "sometimes too high and sometimes too low"
    )
    return (
        f"Take care: in {len(off)} of {len(groups)} groups what was said was {way}, by "
        "more than chance."
    )


@dataclass(frozen=True)
class JudgedWeek:
    """A week: what was said for its customers, and what came."""

    week: datetime.date
    said: float
    came: float
    n_customers: int
    is_live: bool


def judged_weeks(
    rows: Sequence[PropensityWeekRow], least: int, most: int
) -> list[JudgedWeek]:
    """Return the newest weeks in order; a forecast that was published then wins.

    Parameters
    ----------
    rows : sequence of PropensityWeekRow
        Of one target and class.
    least : int
        Weeks with fewer customers are left out.
    most : int
        Weeks that are returned.
    """
    found: dict[datetime.date, JudgedWeek] = {}
    for row in sorted(rows, key=lambda row: row.evidence == "live"):
        if row.n_customers >= least:
            found[row.as_of_week_start] = JudgedWeek(
                row.as_of_week_start,
                row.mean_forecast,
                row.observed_rate,
                row.n_customers,
                row.evidence == "live",
            )
    return [found[week] for week in sorted(found)][-most:]


def weeks_chart(weeks: Sequence[JudgedWeek], label: str) -> Markup:
    """Return a bar for what was said and a dot for what came, week by week."""
    highest = max(max(week.said, week.came) for week in weeks) or 0.01
    ticks = round_values(0, highest, 2)
    down = Scale(0, max(ticks[-1], highest), BOTTOM, TOP)
    across = Scale(0, len(weeks), LEFT, 100)
    room = across.at(1) - across.at(0)
    width = min(0.5 * room, 6.0)
    marks = []
    for value in ticks:
        y = down.at(value)
        marks.append(horizontal(y, "axis" if not value else "", per_cent(LEFT)))
        digits = 0 if ticks[-1] >= 0.04 else 1
        marks.append(text("0%", y + 4, f"{100 * value:.{digits}f}%", "pale"))
    every = max(-(-len(weeks) // 4), 1)
    for place, week in enumerate(weeks):
        x = across.at(place + 0.5)
        marks += [
            rectangle(
                per_cent(x - width / 2),
                down.at(week.said),
                per_cent(width),
                BOTTOM - down.at(week.said),
                "band",
                radius=2,
                tip=f"{week_span(week.week)}\nsaid {chance_words(week.said)}\n"
                f"{chance_words(week.came)} came\n{number(week.n_customers)} customers",
            ),
            dot(per_cent(x), down.at(week.came), 5, "ink ringed"),
        ]
        if (len(weeks) - 1 - place) % every == 0:
            is_last = place == len(weeks) - 1
            marks.append(
                text(
                    "100%" if is_last else per_cent(x),
                    BOTTOM + 22,
                    short_date(week.week),
                    "pale",
                    "end" if is_last else "middle",
                )
            )
    return chart(HEIGHT, label, *marks)
