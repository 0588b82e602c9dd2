"""What is known of one way to divide customers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from user_states.hmm.arrays import IntArray
from user_states.segments.segment_models import SegmentModel
from user_states.selection.next_week_scores import UserScores


@dataclass(frozen=True, eq=False)
class DivisionEvidence:
    """The evidence for and against one division.

    Attributes
    ----------
    name, label : str
        `k_means_6`, and `k-means with 6 segments` in sentences.
    kind : str
        A name of SEGMENT_KINDS, or that of the division itself if it is given.
    setting : int or None
        Of the kind; None if it is given.
    n_segments : int
        That somebody is in, in the newest week; customers in none are not counted.
    smallest_share : float
        Share of all customers in the smallest segment of the fit; 0 if it is empty.
    coverage : float
        Share of customers in a segment.
    scores : mapping of str to UserScores
        Log scores of each outcome on held-out customers.
    model : SegmentModel or None
        Fitted to all customers of the newest week; None if the division is given.
    has_rule : bool
        Whether SQL can assign customers who come later.
    inertia, silhouette, davies_bouldin : float or None
        Of the newest week; None where they are not defined.
    stability, window_stability : float or None
        Adjusted Rand index between refits on resampled customers, and between two
        weeks; None where there are no two.
    """

    name: str
    label: str
    kind: str
    setting: int | None
    n_segments: int
    smallest_share: float
    coverage: float
    scores: Mapping[str, UserScores]
    model: SegmentModel | None = None
    has_rule: bool = False
    inertia: float | None = None
    silhouette: float | None = None
    davies_bouldin: float | None = None
    stability: float | None = None
    window_stability: float | None = None

    @property
    def is_given(self) -> bool:
        """Whether the division exists without a fit."""
        return self.setting is None


def segment_sizes(
    labels: IntArray, n_segments: int | None = None
) -> tuple[int, float, float]:
    """Return the number of segments with a customer, the smallest share and coverage.

    Parameters
    ----------
    labels : array of int, shape (n,)
        Of at least one customer; negative for customers in no segment.
    n_segments : int, optional
        Of the fit. By default segments without a customer do not count.
    """
    sizes = np.bincount(labels[labels >= 0], minlength=n_segments or 0)
    present = sizes[sizes > 0]
    counted = present if n_segments is None else sizes
    smallest = int(counted.min()) if len(counted) else 0
    return len(present), smallest / len(labels), float(np.mean(labels >= 0))
