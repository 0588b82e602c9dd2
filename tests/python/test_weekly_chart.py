"""The chart of what a Monday costs."""

from __future__ import annotations

import numpy as np
import pytest

from user_states.benchmarks.weekly_benchmark import BuildTiming, WeeklyTiming
from user_states.benchmarks.weekly_chart import weekly_panels
from user_states.figures.drawing.line_panels import draw_line_panels


def timed(users: int, weeks: int, usual: float, full: float) -> WeeklyTiming:
    first, monday, every_week = (
        BuildTiming(2 * seconds, 3 * seconds, seconds) for seconds in (0, usual, full)
    )
    return WeeklyTiming(users, weeks, users * weeks, first, monday, every_week)


def test_each_side_shows_the_cases_that_differ_in_one_thing() -> None:
    panels = weekly_panels(
        [
            timed(20_000, 104, 60, 110),
            timed(5_000, 104, 30, 40),
            timed(20_000, 26, 50, 55),
            timed(60_000, 52, 1, 2),
        ]
    )
    by_users, by_weeks = draw_line_panels(panels, "", "", "", "seconds").axes
    assert [np.asarray(line.get_xydata()).tolist() for line in by_users.lines] == [
        [[5_000, 40], [20_000, 110]],
        [[5_000, 30], [20_000, 60]],
    ]
    assert [np.asarray(line.get_xydata()).tolist() for line in by_weeks.lines] == [
        [[26, 55], [104, 110]],
        [[26, 50], [104, 60]],
    ]
    assert by_users.get_xlabel() == "users, 104 weeks of history"
    assert by_weeks.get_xlabel() == "weeks of history, 20,000 users"
    assert by_users.get_ylim()[0] == 0
    assert {text.get_text() for text in by_weeks.texts} == {"50", "55", "60", "110"}


@pytest.mark.parametrize("weeks", [26, 104])
def test_one_case_is_a_point_on_both_sides(weeks: int) -> None:
    panels = weekly_panels([timed(5_000, weeks, 30, 40)])
    figure = draw_line_panels(panels, "", "", "", "seconds")
    assert [len(axes.lines) for axes in figure.axes] == [2, 2]
