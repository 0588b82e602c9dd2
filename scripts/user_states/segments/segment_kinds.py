"""The kinds of candidates: how each is fitted, and to how many customers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from user_states.hmm.arrays import FloatArray
from user_states.segments.density_clusters import fit_dbscan, fit_hdbscan
from user_states.segments.factors import fit_factors
from user_states.segments.k_means import carry_k_means, fit_k_means
from user_states.segments.mixtures import fit_mixtures
from user_states.segments.segment_models import SegmentModel
from user_states.segments.ward_trees import fit_ward

# Customers of a fit whose work grows with their square, and of the silhouette.
SAMPLE_CUSTOMERS = 5_000
# Customers of a refit: enough to find the segments again. A fit to more customers is
# tested harder than it need be.
_REFIT_CUSTOMERS, _REFIT_SAMPLE = 5_000, 2_000
SIZES = tuple(range(2, 13))

FitKind = Callable[[FloatArray, Sequence[int], int, int], Mapping[int, SegmentModel]]
CarryKind = Callable[[Mapping[int, Any], FloatArray], Mapping[int, SegmentModel]]


@dataclass(frozen=True)
class SegmentKind:
    """A kind of candidate.

    Attributes
    ----------
    name, label : str
        As in tables, and in sentences.
    fit : callable
        From values, settings, starts and seed to a model for each setting.
    settings : tuple of int
        Numbers of segments, or what a kind without them has instead.
    most_customers : int or None
        It is fitted to a sample of so many; None for all.
    has_rule : bool
        Whether SQL can assign customers who come later.
    carry : callable or None
        From models and other values to models fitted to these, which begin where the
        others ended; None if every fit begins anew.
    """

    name: str
    label: str
    fit: FitKind
    settings: tuple[int, ...] = SIZES
    most_customers: int | None = SAMPLE_CUSTOMERS
    has_rule: bool = False
    carry: CarryKind | None = None

    def sample(self, values: FloatArray) -> FloatArray:
        """Return the customers that it is fitted to, of values by hash."""
        return values[: self.most_customers]

    @property
    def refit_customers(self) -> int:
        """Most customers of a refit."""
        return _REFIT_CUSTOMERS if self.most_customers is None else _REFIT_SAMPLE


# The simplest first: of candidates with as many segments, the first is preferred.
SEGMENT_KINDS: tuple[SegmentKind, ...] = (
    SegmentKind(
        "k_means",
        "k-means",
        fit_k_means,
        most_customers=None,
        has_rule=True,
        carry=carry_k_means,
    ),
    SegmentKind("ward", "ward", fit_ward, has_rule=True),
    SegmentKind(
        "mixture",
        "a Gaussian mixture",
        fit_mixtures,
        most_customers=None,
        has_rule=True,
    ),
    SegmentKind("nmf", "NMF", fit_factors, settings=(3, 6, 9)),
    # Percent of core customers, and least per mille of the customers in a cluster.
    SegmentKind("hdbscan", "HDBSCAN", fit_hdbscan, settings=(5, 20)),
    SegmentKind("dbscan", "DBSCAN", fit_dbscan, settings=(80, 95)),
)
