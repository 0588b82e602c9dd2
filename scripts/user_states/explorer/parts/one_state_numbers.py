"""Size, tempo and money of each state, beside everyone's."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from user_states.explorer.scene import Scene
from user_states.explorer.words.numbers import about, number, percent, rate
from user_states.marts.expected_rows import ExpectedRow

YEAR = 52


@dataclass(frozen=True)
class NumberRow:
    """A line of the table: a name, a value by key of the state, and everyone's."""

    name: str
    values: Mapping[str, str]
    everyone: str


def number_rows(scene: Scene) -> list[NumberRow]:
    """Return the lines of the table; what is not known is left out."""
    figures, money = scene.figures, scene.money
    now = figures.users[-1]
    rows = [_row(scene, "Users", now, float(now.sum()), number)]
    if (back := figures.back(YEAR)) is not None:
        before = figures.users[back]
        least = scene.options.min_cell_users

        def told(n: float) -> str:
            return f"under {least}" if 0 < n < least else number(n)

        rows.append(_row(scene, "A year ago", before, float(before.sum()), told))
    rides = figures.rides[-1]
    rows.append(
        _row(
            scene,
            "Rides a user",
            [_over(n, d) for n, d in zip(rides, now, strict=True)],
            _over(rides.sum(), now.sum()),
            rate,
        )
    )
    if figures.spend is not None:
        spend = figures.spend[-1]
        total = float(spend.sum())
        rows += [
            _row(
                scene,
                "Money per user",
                [_over(n, d) for n, d in zip(spend, now, strict=True)],
                _over(total, now.sum()),
                money.each,
            ),
            _row(
                scene,
                "Money a ride",
                [_over(n, d) for n, d in zip(spend, rides, strict=True)],
                _over(total, rides.sum()),
                money.each,
            ),
            _row(
                scene,
                "Share of all money",
                [_over(n, total) for n in spend],
                1.0 if total else None,
                percent,
            ),
        ]
    return [*rows, *_expected(scene)]


def _expected(scene: Scene) -> list[NumberRow]:
    """Return what is expected of a user; nothing if there is no outlook."""
    sums: dict[str, list[float]] = {}
    has_money = scene.figures.spend is not None
    for row in scene.rows(ExpectedRow):
        own = sums.setdefault(row.state_key, [0.0, 0.0, 0.0, 0.0])
        own[0] += row.n_expected
        own[1] += row.riding_next_week
        own[2] += row.rides_4_weeks
        if row.spend_4_weeks is None and row.n_expected:
            has_money = False
        own[3] += row.spend_4_weeks or 0.0
    shown = [sums.get(s.state_key, [0.0] * 4) for s in scene.states]
    totals = [sum(own[place] for own in shown) for place in range(4)]
    if not totals[0]:
        return []
    lines: list[tuple[str, int, Callable[[float], str]]] = [
        ("Ride next week", 1, percent),
        ("Rides, next 4 weeks", 2, about),
        ("Money, next 4 weeks", 3, scene.money.about),
    ]
    return [
        _row(
            scene,
            name,
            [_over(own[place], own[0]) for own in shown],
            _over(totals[place], totals[0]),
            write,
        )
        for name, place, write in lines
        if place < 3 or has_money
    ]


def _over(value: float, count: float) -> float | None:
    return float(value) / float(count) if count else None


def _row(
    scene: Scene,
    name: str,
    values: Sequence[float | None],
    everyone: float | None,
    write: Callable[[float], str],
) -> NumberRow:
    def written(value: float | None) -> str:
        return "–" if value is None else write(float(value))

    return NumberRow(
        name,
        {
            state.state_key: written(value)
            for state, value in zip(scene.states, values, strict=True)
        },
        written(everyone),
    )
