"""What SQL needs to assign customers as a published division does, as plain arrays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from user_states.hmm.arrays import FloatArray
from user_states.segments.segment_models import (
    DiagonalMixture,
    NearestCentre,
    SegmentModel,
)

SegmentRule = Literal["nearest_centre", "mixture"]


@dataclass(frozen=True, eq=False)
class SegmentParameters:
    """A rule from scaled features to a segment, and the profile of each segment.

    Attributes
    ----------
    rule : str
        `nearest_centre`: the segment with the least sum_p (x_p - mean_kp)²; `mixture`:
        the one with the greatest log weight_k - ½ sum_p (log(2 π variance_kp) +
        (x_p - mean_kp)² / variance_kp). Of equal ones, the first.
    weights : array, shape (n_segments,)
        Of the mixture; for nearest centres the share of the customers of the fit.
    means : array, shape (n_segments, n_features)
    variances : array, shape (n_segments, n_features)
        Of the mixture; for nearest centres those of the customers of the fit, which
        the rule does not read.
    """

    rule: SegmentRule
    weights: FloatArray
    means: FloatArray
    variances: FloatArray


def segment_parameters(model: SegmentModel, values: FloatArray) -> SegmentParameters:
    """Return the parameters of a rule that SQL can apply.

    Parameters
    ----------
    model : SegmentModel
    values : array, shape (n, n_features)
        Of the customers of the fit.

    Raises
    ------
    ValueError
        If SQL has no such rule.
    """
    if isinstance(model, DiagonalMixture):
        return SegmentParameters("mixture", model.weights, model.means, model.variances)
    if not isinstance(model, NearestCentre):
        raise ValueError(
            f"got a {type(model).__name__}; expected nearest centres or a mixture, "
            "which SQL can apply"
        )
    labels = model.assign(values)
    sizes = np.bincount(labels, minlength=model.n_segments)
    variances = np.array(
        [
            values[labels == segment].var(axis=0) if size else np.zeros(values.shape[1])
            for segment, size in enumerate(sizes.tolist())
        ]
    )
    return SegmentParameters(
        "nearest_centre", sizes / len(values), model.centres, variances
    )
