"""How often the right number of segments is chosen, where it is known."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import get_args

from user_states.benchmarks.planted_segments import (
    Structureless,
    planted_segments,
    structureless_customers,
)
from user_states.errors import UserError
from user_states.segments.customer_weeks import CustomerWeeks
from user_states.segments.segment_kinds import SEGMENT_KINDS, SegmentKind
from user_states.segments.segmentation_certificate import (
    CertificateSettings,
    certify_divisions,
)

PLANTED_SIZES = (2, 4, 6)
# Shares of the simulations that must get the right number: 24 and 28 of 30.
LEAST_RIGHT, LEAST_RIGHT_WITHOUT = 24 / 30, 28 / 30


@dataclass(frozen=True)
class SegmentCase:
    """A way to draw customers.

    Attributes
    ----------
    name : str
    n_segments : int
        The right number.
    draw : callable
        From a seed and a number of customers.
    """

    name: str
    n_segments: int
    draw: Callable[[int, int], CustomerWeeks]


@dataclass(frozen=True)
class SegmentOutcome:
    """What was chosen on one simulation."""

    case: SegmentCase
    seed: int
    n_segments: int
    explanation: str

    @property
    def is_right(self) -> bool:
        """Whether the number is right."""
        return self.n_segments == self.case.n_segments


def segment_cases() -> list[SegmentCase]:
    """Return a case for each planted number, and for each way to have none."""

    def planted(size: int) -> SegmentCase:
        return SegmentCase(
            f"{size} segments", size, lambda seed, n: planted_segments(size, seed, n)
        )

    def without(kind: Structureless) -> SegmentCase:
        return SegmentCase(
            kind, 1, lambda seed, n: structureless_customers(kind, seed, n)
        )

    kinds: tuple[Structureless, ...] = get_args(Structureless)
    return [*map(planted, PLANTED_SIZES), *map(without, kinds)]


def study_segments(
    cases: Sequence[SegmentCase],
    seeds: Sequence[int],
    n_customers: int,
    kinds: Sequence[SegmentKind] = SEGMENT_KINDS,
    n_refits: int = 5,
) -> Iterator[SegmentOutcome]:
    """Yield what is chosen on each simulation."""
    for case in cases:
        for seed in seeds:
            data = case.draw(seed, n_customers)
            settings = CertificateSettings(seed=seed, n_refits=n_refits)
            found = certify_divisions(data, settings, kinds)
            yield SegmentOutcome(
                case,
                seed,
                found.evidence[found.choice.chosen].n_segments,
                found.choice.explanation,
            )


def require_right_segments(outcomes: Sequence[SegmentOutcome]) -> None:
    """Raise UserError if the right number was chosen too seldom.

    Simulations with and without segments are counted separately.
    """
    with_segments = [row for row in outcomes if row.case.n_segments > 1]
    without = [row for row in outcomes if row.case.n_segments == 1]
    for what, rows, least in (
        ("simulations with segments", with_segments, LEAST_RIGHT),
        ("simulations without", without, LEAST_RIGHT_WITHOUT),
    ):
        wrong = [row for row in rows if not row.is_right]
        if len(rows) - len(wrong) < least * len(rows):
            listed = "; ".join(
                f"{row.case.name}, seed {row.seed}: {row.n_segments}" for row in wrong
            )
            raise UserError(
                f"the right number was chosen on {len(rows) - len(wrong)} of "
                f"{len(rows)} {what}; expected {least:.0%} or more: see what the "
                f"choice says on the others ({listed})"
            )
