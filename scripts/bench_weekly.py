"""Time a usual Monday, closed weeks kept, beside a build of every week.

python scripts/bench_weekly.py [--cases 5000x104,20000x26]

benchmarks/weekly_benchmark.py says what is timed. The results of all cases so far go to
target/bench_weekly.json, and a chart of them to target/bench_weekly.svg and .png.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import asdict
from datetime import date

from user_states.benchmarks.panel_benchmark import describe_cores
from user_states.benchmarks.result_file import RESULT_FOLDER, write_result
from user_states.benchmarks.weekly_benchmark import (
    WeeklyTiming,
    describe_weeks,
    time_weeks,
)
from user_states.benchmarks.weekly_chart import FINDINGS, TITLE, weekly_panels
from user_states.commands.options import add_cases, describe_script
from user_states.console import run_command
from user_states.figures.drawing.canvas import drawing_style, save
from user_states.figures.drawing.line_panels import draw_line_panels

CASES = "5000x104,20000x26,20000x104,20000x208"


def main() -> None:
    """Time each case, and print the table."""
    machine = describe_cores()
    print(machine, flush=True)
    timings: list[WeeklyTiming] = []
    for users, weeks in _parse_arguments().cases:
        timings.append(time_weeks(users, weeks))
        lines = describe_weeks(timings[-1:])
        print("\n".join(lines if len(timings) == 1 else lines[1:]), flush=True)
        cases = [asdict(timing) for timing in timings]
        write_result("bench_weekly.json", {"machine": machine, "cases": cases})
        source = f"make bench-weekly; {machine}, {date.today()}"
        panels = weekly_panels(timings)
        with drawing_style():
            figure = draw_line_panels(panels, TITLE, FINDINGS, source, "seconds")
            save(figure, RESULT_FOLDER, "bench_weekly")


def _parse_arguments() -> argparse.Namespace:
    parser = describe_script(__doc__)
    add_cases(parser, CASES)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(run_command(main))
