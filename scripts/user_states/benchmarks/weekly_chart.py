"""What the chart of a usual Monday shows: seconds by users and by weeks of history."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from user_states.benchmarks.weekly_benchmark import WeeklyTiming
from user_states.figures.drawing.line_panels import LinePanel

TITLE = "What a Monday costs"
FINDINGS = (
    "Seconds of the command make build by the clock: a usual Monday, which keeps "
    "closed weeks, and a build of every week of the same log."
)


def weekly_panels(timings: Sequence[WeeklyTiming]) -> list[LinePanel]:
    """Return the two sides of the chart.

    The left side has the cases of the most common number of weeks, the right side those
    of the most common number of users.

    Parameters
    ----------
    timings : sequence of WeeklyTiming
        At least one.
    """
    weeks = _most_common([case.weeks for case in timings])
    users = _most_common([case.users for case in timings])
    return [
        _panel(
            [(case.users, case) for case in timings if case.weeks == weeks],
            f"users, {weeks} weeks of history",
        ),
        _panel(
            [(case.weeks, case) for case in timings if case.users == users],
            f"weeks of history, {users:,} users",
        ),
    ]


def _most_common(values: list[int]) -> int:
    """Return the most common value, the larger one of two."""
    counts = Counter(values)
    return max(counts, key=lambda value: (counts[value], value))


def _panel(cases: list[tuple[int, WeeklyTiming]], x_label: str) -> LinePanel:
    lines = {
        "every week": [(place, case.full.seconds) for place, case in cases],
        "a usual Monday": [(place, case.usual.seconds) for place, case in cases],
    }
    return LinePanel(x_label, lines)
