"""Check how often the right number of states is chosen, on simulated users.

python scripts/study_choice.py [--seeds N] [--users N] [--weeks N]

Panels with 2, 4 and 6 planted states, and panels of users who never change: with one
rate, with gamma rates, and with gamma rates and traits. The script fails if the right
number is chosen on less than 24 of 30, or 28 of 30 without changes.
"""

from __future__ import annotations

import argparse
import sys

from user_states.benchmarks.choice_study import (
    PlantedOutcome,
    StudySettings,
    changing_cases,
    require_right,
    study,
    unchanging_cases,
)
from user_states.commands.options import add_count, describe_script
from user_states.console import format_table, progress_bar, run_command


def main() -> None:
    """Draw, fit and judge every panel."""
    options = _parse_arguments()
    cases = changing_cases() + unchanging_cases()
    settings = StudySettings(options.users, options.weeks)
    outcomes = []
    with progress_bar(len(cases) * options.seeds, "choosing", "panels") as bar:
        for outcome in study(cases, range(options.seeds), settings):
            outcomes.append(outcome)
            if not outcome.is_right:
                bar.write(_line(outcome))
            bar.update()
    print("\n".join(_table(outcomes)))
    require_right(outcomes)


def _line(outcome: PlantedOutcome) -> str:
    return (
        f"{outcome.case.name}, seed {outcome.seed}: {outcome.choice.n_states} chosen. "
        f"{outcome.choice.explanation}"
    )


def _table(outcomes: list[PlantedOutcome]) -> list[str]:
    names = list(dict.fromkeys(outcome.case.name for outcome in outcomes))
    rows = []
    for name in names:
        own = [outcome for outcome in outcomes if outcome.case.name == name]
        n_right = sum(outcome.is_right for outcome in own)
        numbers = " ".join(str(outcome.choice.n_states) for outcome in own)
        rows.append((name, f"{n_right} of {len(own)}", numbers))
    return format_table(("panels", "right", "chosen"), rows)


def _parse_arguments() -> argparse.Namespace:
    parser = describe_script(__doc__)
    add_count(parser, "--seeds", "panels of each kind", 10)
    add_count(parser, "--users", "users of a panel", 1_500)
    add_count(parser, "--weeks", "weeks of a panel", 78)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(run_command(main))
