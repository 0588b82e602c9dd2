"""Check the choice of segments, and the watch over them, on simulated customers.

python scripts/study_segments.py [--seeds N] [--customers N] [--watched N]

Customers with 2, 4 and 6 planted segments, and customers without: one cloud, a slope,
and clusters that predict nothing. The script fails if the right number is chosen on
less than 24 of 30, or 28 of 30 without segments; or if the weekly watch alarms in more
than 5 % of the weeks of stationary simulations, or finds less than 90 % of the shifts
of a segment by a fifth within four weeks.
"""

from __future__ import annotations

import argparse
import sys

from user_states.benchmarks.segment_study import (
    SegmentOutcome,
    require_right_segments,
    segment_cases,
    study_segments,
)
from user_states.benchmarks.watched_segments import study_watch
from user_states.commands.options import add_count, describe_script
from user_states.console import format_table, progress_bar, run_command


def main() -> None:
    """Watch, then choose; and judge both."""
    options = _parse_arguments()
    watch = study_watch(range(options.watched), options.customers)
    print(watch)
    cases, outcomes = segment_cases(), []
    with progress_bar(len(cases) * options.seeds, "choosing", "simulations") as bar:
        for outcome in study_segments(cases, range(options.seeds), options.customers):
            outcomes.append(outcome)
            if not outcome.is_right:
                bar.write(
                    f"{outcome.case.name}, seed {outcome.seed}: {outcome.explanation}"
                )
            bar.update()
    print("\n".join(_table(outcomes)))
    watch.require()
    require_right_segments(outcomes)


def _table(outcomes: list[SegmentOutcome]) -> list[str]:
    rows = []
    for name in dict.fromkeys(outcome.case.name for outcome in outcomes):
        own = [outcome for outcome in outcomes if outcome.case.name == name]
        numbers = " ".join(str(outcome.n_segments) for outcome in own)
        rows.append((name, f"{sum(o.is_right for o in own)} of {len(own)}", numbers))
    return format_table(("customers", "right", "chosen"), rows)


def _parse_arguments() -> argparse.Namespace:
    parser = describe_script(__doc__)
    add_count(parser, "--seeds", "simulations of each kind", 10)
    add_count(parser, "--customers", "customers of a simulation", 3_000)
    add_count(parser, "--watched", "stationary simulations, and as many shifted", 200)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(run_command(main))
