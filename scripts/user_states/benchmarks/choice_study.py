"""How often the right number of states is chosen, on users whose number is known.

Each panel is drawn, fitted with every number of states from 1 up, and judged by the
same checks and the same rule as the rides of a company.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import get_args

from user_states.benchmarks.planted_logs import (
    Unchanging,
    planted_states,
    unchanging_users,
)
from user_states.errors import UserError
from user_states.hmm.fit_settings import FitSettings
from user_states.panel.training_data import training_data
from user_states.panel.user_weeks import Sample
from user_states.selection.certificate import Examiner
from user_states.selection.choice import Choice

# Numbers of states that are planted, the most that is tried, and the levels.
PLANTED_NUMBERS = (2, 4, 6)
MOST_STATES = 8
_N_LEVELS = 5
# Shares of the panels that must get the right number: 24 and 28 of 30.
LEAST_SHARE, LEAST_SHARE_UNCHANGING = 24 / 30, 28 / 30


@dataclass(frozen=True)
class StudySettings:
    """The size of each panel, and how it is fitted.

    Attributes
    ----------
    n_users, n_weeks : int
    most_states : int
        Every number of states up to this is tried.
    n_starts, bootstrap_refits : int
    """

    n_users: int = 1_500
    n_weeks: int = 78
    most_states: int = MOST_STATES
    n_starts: int = 2
    bootstrap_refits: int = 3


@dataclass(frozen=True)
class PlantedCase:
    """A way to draw panels.

    Attributes
    ----------
    name : str
    n_states : int
        The right number.
    draw : callable
        From a seed, and the numbers of users and weeks, to a panel.
    """

    name: str
    n_states: int
    draw: Callable[[int, int, int], Sample]


@dataclass(frozen=True)
class PlantedOutcome:
    """What was chosen on one panel."""

    case: PlantedCase
    seed: int
    choice: Choice

    @property
    def is_right(self) -> bool:
        """Whether the number is right, and the model has no defect."""
        return self.choice.is_sound and self.choice.n_states == self.case.n_states


def changing_cases(numbers: Sequence[int] = PLANTED_NUMBERS) -> list[PlantedCase]:
    """Return a case for each number of states."""

    def case(n_states: int) -> PlantedCase:
        def draw(seed: int, n_users: int, n_weeks: int) -> Sample:
            return planted_states(n_states, seed, n_users, n_weeks)

        return PlantedCase(f"{n_states} states", n_states, draw)

    return [case(n_states) for n_states in numbers]


def unchanging_cases(
    kinds: Sequence[Unchanging] = get_args(Unchanging),
) -> list[PlantedCase]:
    """Return a case for each way in which users who never change may differ."""

    def case(kind: Unchanging) -> PlantedCase:
        def draw(seed: int, n_users: int, n_weeks: int) -> Sample:
            return unchanging_users(kind, seed, n_users, n_weeks)

        return PlantedCase(kind, 1, draw)

    return [case(kind) for kind in kinds]


def study(
    cases: Sequence[PlantedCase], seeds: Sequence[int], settings: StudySettings
) -> Iterator[PlantedOutcome]:
    """Yield what is chosen on each panel."""
    for case in cases:
        for seed in seeds:
            sample = case.draw(seed, settings.n_users, settings.n_weeks)
            yield PlantedOutcome(case, seed, chosen(sample, seed, settings))


def chosen(sample: Sample, seed: int, settings: StudySettings) -> Choice:
    """Return the choice on one panel."""
    examiner = Examiner(
        training_data(sample, "mixed"),
        FitSettings(n_levels=_N_LEVELS),
        seed=seed,
        min_state_share=0.005,
        min_stay_weeks=2.0,
        min_stability=0.6,
        bootstrap_refits=settings.bootstrap_refits,
    )
    numbers = range(1, settings.most_states + 1)
    fits = examiner.fits(numbers, settings.n_starts)
    return examiner.choose({number: examiner.certify(fit) for number, fit in fits})


def require_right(outcomes: Sequence[PlantedOutcome]) -> None:
    """Raise UserError if the right number was chosen too seldom.

    Panels of users who change and of users who do not are counted separately.
    """
    changing = [row for row in outcomes if row.case.n_states > 1]
    unchanging = [row for row in outcomes if row.case.n_states == 1]
    for what, rows, least in (
        ("panels with states", changing, LEAST_SHARE),
        ("panels of users who never change", unchanging, LEAST_SHARE_UNCHANGING),
    ):
        n_right = sum(row.is_right for row in rows)
        if n_right < least * len(rows):
            wrong = "; ".join(
                f"{row.case.name}, seed {row.seed}: {row.choice.n_states}"
                for row in rows
                if not row.is_right
            )
            raise UserError(
                f"the right number was chosen on {n_right} of {len(rows)} {what}; "
                f"expected {least:.0%} or more: see what the choice says on the others "
                f"({wrong})"
            )
