"""Show how often the outlook's 90 % intervals hold the truth.

python scripts/check_intervals.py [--simulations N] [--users N] [--weeks N]

Users are drawn from a planted model of three states, once with mixed and once with
Gaussian emissions, and the model is fitted to them again, many times over. Ends with
an error where a measure's share lies outside 85 to 95 %.
"""

from __future__ import annotations

import argparse
import sys
from typing import get_args

from user_states.benchmarks.coverage import Coverage, Emissions, coverage
from user_states.console import format_table, progress_bar, run_command
from user_states.errors import UserError

LOWEST, HIGHEST = 0.85, 0.95


def parse_arguments(arguments: list[str]) -> argparse.Namespace:
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--simulations", type=int, default=200)
    parser.add_argument("--users", type=int, default=800)
    parser.add_argument("--weeks", type=int, default=40)
    return parser.parse_args(arguments)


def table(rows: list[Coverage]) -> list[str]:
    """Return the coverage of each measure as aligned lines."""
    return format_table(
        ("measure", "hold the truth", "least of a state or pair", "width"),
        [
            (
                row.measure,
                f"{row.share:.1%}",
                f"{row.least_share:.1%}",
                f"{row.width_ratio:.2f}",
            )
            for row in rows
        ],
    )


def main() -> None:
    """Run the simulations of both kinds of emissions."""
    options = parse_arguments(sys.argv[1:])
    outside = []
    for emissions in get_args(Emissions):
        with progress_bar(options.simulations, emissions, "simulations") as bar:
            rows = coverage(
                emissions,
                options.simulations,
                options.users,
                options.weeks,
                bar.update,
            )
        print(f"{emissions} emissions")
        print("\n".join(table(rows)))
        outside += [row for row in rows if not LOWEST <= row.share <= HIGHEST]
    print("width: over that of intervals made from the spread of the estimates")
    if outside:
        raise UserError(
            "; ".join(f"{row.measure} held it in {row.share:.1%}" for row in outside)
            + f" of the simulations; expected {LOWEST:.0%} to {HIGHEST:.0%}: with few "
            "simulations that is chance, with many a defect of uncertainty.py"
        )


if __name__ == "__main__":
    sys.exit(run_command(main))
