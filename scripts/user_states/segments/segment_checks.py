"""Checks that a division must pass to be published."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from user_states.segments.division_evidence import DivisionEvidence
from user_states.segments.outcome_scores import DivisionGain
from user_states.segments.segment_models import DiagonalMixture

SegmentFlawKind = Literal[
    "one_segment",
    "no_rule",
    "not_given_back",
    "not_converged",
    "too_small",
    "unstable",
    "tells_nothing",
]


@dataclass(frozen=True)
class SegmentLimits:
    """What a division must reach.

    Attributes
    ----------
    min_stability : float
        Least adjusted Rand index between refits on resampled customers.
    min_segment_share : float
        Least share of the customers in a segment.
    min_given_back : float
        Least share of its own labels that the rule for SQL gives back.
    """

    min_stability: float = 0.6
    min_segment_share: float = 0.005
    min_given_back: float = 0.95


@dataclass(frozen=True)
class SegmentFlaw:
    """One thing that speaks against publishing a division.

    Attributes
    ----------
    kind : str
    text : str
        What was found, and what was expected.
    """

    kind: SegmentFlawKind
    text: str


def check_division(
    row: DivisionEvidence, gain: DivisionGain | None, limits: SegmentLimits
) -> tuple[SegmentFlaw, ...]:
    """Return everything that speaks against publishing a fitted division.

    Parameters
    ----------
    row : DivisionEvidence
    gain : DivisionGain or None
        In the deciding outcome, over everybody as one group; None without a held-out
        customer whose outcome is known.
    limits : SegmentLimits
    """
    return (
        *_no_division(row),
        *_no_rule(row, limits),
        *_too_small(row, limits),
        *_unstable(row, limits),
        *_tells_nothing(gain),
    )


def _no_division(row: DivisionEvidence) -> list[SegmentFlaw]:
    if row.n_segments > 1:
        return []
    text = f"it found {row.n_segments} segments; expected at least 2"
    return [SegmentFlaw("one_segment", text)]


def _no_rule(row: DivisionEvidence, limits: SegmentLimits) -> list[SegmentFlaw]:
    if not row.has_rule:
        text = "it has no rule by which SQL could assign later customers"
        return [SegmentFlaw("no_rule", text)]
    flaws = []
    if row.model is not None and row.model.given_back < limits.min_given_back:
        text = (
            f"the nearest centre gives back {row.model.given_back:.1%} of its labels; "
            f"expected at least {limits.min_given_back:.0%}"
        )
        flaws.append(SegmentFlaw("not_given_back", text))
    if isinstance(row.model, DiagonalMixture) and not row.model.has_converged:
        flaws.append(SegmentFlaw("not_converged", "the fit did not converge"))
    return flaws


def _too_small(row: DivisionEvidence, limits: SegmentLimits) -> list[SegmentFlaw]:
    if row.smallest_share >= limits.min_segment_share:
        return []
    text = (
        f"its smallest segment has {row.smallest_share:.2%} of the customers; expected "
        f"at least {limits.min_segment_share:.2%}"
    )
    return [SegmentFlaw("too_small", text)]


def _unstable(row: DivisionEvidence, limits: SegmentLimits) -> list[SegmentFlaw]:
    # Written so that NaN counts as unstable.
    if row.stability is None or row.stability >= limits.min_stability:
        return []
    text = (
        f"refits on resampled customers agree at an adjusted Rand index of "
        f"{row.stability:.3f}; expected at least {limits.min_stability:.3f}"
    )
    return [SegmentFlaw("unstable", text)]


def _tells_nothing(gain: DivisionGain | None) -> list[SegmentFlaw]:
    if gain is None or gain.low > 0:
        return []
    text = (
        f"it gains {gain.difference.mean:.5f} nats over everybody as one group, with "
        f"a 95 % interval from {gain.low:.5f} to {gain.high:.5f}; expected an interval "
        "above 0"
    )
    return [SegmentFlaw("tells_nothing", text)]
