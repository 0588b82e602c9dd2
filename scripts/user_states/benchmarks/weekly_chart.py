"""The seconds of a usual Monday by users and by weeks of history, as a chart."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from user_states.benchmarks.weekly_benchmark import WeeklyTiming
from user_states.figures.drawing.canvas import framed
from user_states.marts import palette

# Name and colour of a line, and how many points its numbers stand above it.
LINES = {
    "full": ("every week", palette.MUTED, 6),
    "usual": ("a usual Monday", palette.INK, -14),
}


def draw_weeks(timings: Sequence[WeeklyTiming], machine: str) -> Figure:
    """Draw seconds of `make build`: by users, and by weeks of history.

    The left side has the cases of the most common number of weeks, the right side those
    of the most common number of users.

    Parameters
    ----------
    timings : sequence of WeeklyTiming
        At least one.
    machine : str
        Where they were measured, for the last line.
    """
    weeks = _most_common([case.weeks for case in timings])
    users = _most_common([case.users for case in timings])
    frame = framed(
        8.5,
        3.2,
        "What a Monday costs",
        "Seconds of the command make build by the clock: a usual Monday, which keeps "
        "closed weeks, and a build of every week of the same log.",
        f"make bench-weekly; {machine}",
    )
    by_users, by_weeks = frame.panels(1, 2)
    _draw(
        by_users,
        [(case.users, case) for case in timings if case.weeks == weeks],
        f"users, {weeks} weeks of history",
    )
    _draw(
        by_weeks,
        [(case.weeks, case) for case in timings if case.users == users],
        f"weeks of history, {users:,} users",
    )
    by_users.set_ylabel("seconds")
    return frame.figure


def _most_common(values: list[int]) -> int:
    """Return the most common value, the larger one of two."""
    counts = Counter(values)
    return max(counts, key=lambda value: (counts[value], value))


def _draw(axes: Axes, cases: list[tuple[int, WeeklyTiming]], label: str) -> None:
    cases = sorted(cases, key=lambda case: case[0])
    places = [place for place, _ in cases]
    for build, (name, colour, above) in LINES.items():
        seconds = [float(getattr(case, build).seconds) for _, case in cases]
        axes.plot(places, seconds, color=colour, marker="o", label=name)
        for place, value in zip(places, seconds, strict=True):
            axes.annotate(
                f"{value:.0f}",
                (place, value),
                xytext=(0, above),
                textcoords="offset points",
                ha="center",
                color=colour,
            )
    axes.set_xticks(places, [f"{place:,}" for place in places])
    axes.set_xlim(0, 1.1 * places[-1])
    axes.set_ylim(0, 1.15 * max(axes.get_ylim()[1], 1))
    axes.set_xlabel(label)
    axes.grid(axis="y")
    axes.legend(loc="upper left", frameon=False)
