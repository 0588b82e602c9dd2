"""Where the newly silent came from, and what those who came back do: as fans."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from user_states.explorer.few_users import large_enough
from user_states.explorer.moves_map.shapes import fitting
from user_states.explorer.svg.elements import element
from user_states.explorer.svg.labels import spread
from user_states.explorer.words.numbers import number

WIDTH = 304.0
BAR, MIDDLE_BAR = 14.0, 130.0
ROW = 22.0
NAMES, NUMBERS = 160.0, 44.0
SIZE = 12.5


@dataclass(frozen=True)
class FanRow:
    """One end of a fan: users, what they are called, and the class of the colour."""

    name: str
    n_users: int
    colour: str


def fan_rows(
    counts: Mapping[str, int],
    names: Mapping[str, str],
    colours: Mapping[str, str],
    fewest: int,
) -> list[FanRow]:
    """Return the ends of a fan, the largest first; small ones are one row.

    If all small ones together are too few, they are left out.

    Parameters
    ----------
    counts : mapping of str to int
        Users by key.
    names, colours : mapping of str to str
    fewest : int
        Smaller numbers of users are not shown.
    """
    told, others = large_enough(counts, fewest)
    rows = [FanRow(names[key], n, colours[key]) for key, n in told.items()]
    return [*rows, FanRow("All others", others, "soft")] if others else rows


def fan(rows: Sequence[FanRow], colour: str, *, is_into: bool) -> Markup:
    """Return a fan.

    Parameters
    ----------
    rows : sequence of FanRow
    colour : str
        Class of the bar at the other end.
    is_into : bool
        Whether the bar is at the right: users came into it.
    """
    total = sum(row.n_users for row in rows)
    scale = MIDDLE_BAR / total
    thick = [max(scale * row.n_users, 1.0) for row in rows]
    ends = _ends(thick)
    height = ends[-1] + thick[-1] / 2 + ROW / 2
    top = max((height - sum(thick)) / 2, 2)
    start, end = (NAMES + NUMBERS + 8, WIDTH - BAR) if is_into else (BAR, 88.0)
    parts, place = [], top
    for row, width, middle in zip(rows, thick, ends, strict=True):
        sides = (middle - width / 2, place)
        parts.append(
            element(
                "path",
                d=_band(start, end, *(sides if is_into else sides[::-1]), width),
                class_=f"{row.colour} flow",
                data_tip=f"{number(row.n_users)} {row.name}",
            )
        )
        parts += _words(row, middle + 4.6, is_into=is_into)
        place += width
    bar = element(
        "rect",
        x=end if is_into else 0,
        y=top - 1,
        width=BAR,
        height=sum(thick) + 2,
        rx=2,
        class_=colour,
    )
    return element(
        "svg",
        *parts,
        bar,
        class_="fan",
        viewBox=f"0 0 {WIDTH:.0f} {max(height, top + sum(thick) + 3):.0f}",
        aria_hidden="true",
    )


def _ends(thick: Sequence[float]) -> list[float]:
    """Return the middles of the rows: each has room for its text."""
    found, y = [], 0.0
    for width in thick:
        room = max(width + 3, ROW)
        found.append(y + room / 2)
        y += room
    return spread(found, 1.0, y)


def _band(start: float, end: float, left: float, right: float, width: float) -> str:
    middle = (start + end) / 2
    return (
        f"M{start:.1f} {left:.1f}"
        f"C{middle:.1f} {left:.1f} {middle:.1f} {right:.1f} {end:.1f} {right:.1f}"
        f"L{end:.1f} {right + width:.1f}"
        f"C{middle:.1f} {right + width:.1f} {middle:.1f} {left + width:.1f} "
        f"{start:.1f} {left + width:.1f}Z"
    )


def _words(row: FanRow, y: float, *, is_into: bool) -> list[Markup]:
    name = fitting(row.name, NAMES, SIZE)
    count = number(row.n_users)
    if is_into:
        return [
            element("text", name, x=0, y=y),
            element(
                "text",
                count,
                x=NAMES + NUMBERS,
                y=y,
                class_="strong",
                text_anchor="end",
            ),
        ]
    return [
        element("text", count, x=94, y=y, class_="strong"),
        element("text", name, x=94 + NUMBERS, y=y),
    ]
