"""What makes a fitted model unfit to publish."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from segmentation.arrays import FloatArray
from segmentation.features import Feature
from segmentation.fitting import at_floor
from segmentation.parameters import HMMParameters

DefectKind = Literal["collapsed", "empty", "not_converged", "non_finite"]


@dataclass(frozen=True)
class Defect:
    """One thing that is wrong with a model.

    Attributes
    ----------
    kind : str
        `collapsed`: a feature hardly varies in the state; `empty`: hardly
        anyone is in the state; `not_converged`; `non_finite`: a parameter is
        NaN or infinite.
    state : int or None
        Number of the state, from 1; None where the whole model is meant.
    feature : str or None
    text : str
        All of it in words.
    """

    kind: DefectKind
    state: int | None
    feature: str | None
    text: str


def check_model(
    parameters: HMMParameters,
    features: Sequence[Feature],
    *,
    variance_floor: float | FloatArray,
    state_shares: FloatArray,
    min_state_share: float,
    converged: bool,
) -> list[Defect]:
    """Return every defect of a model, none if it is fit to publish.

    Parameters
    ----------
    parameters : HMMParameters
        States in the order of display, so that the texts number them as the
        marts do, from 1.
    features : sequence of Feature
        One for each column of the means.
    variance_floor : float or array, shape (D,)
        The floor of the fit, in squared scaled units.
    state_shares : array, shape (K,)
        Share of decoded user-weeks in each state.
    min_state_share : float
        A state with a smaller share counts as empty.
    converged : bool
        Whether the fit converged.
    """
    return [
        *_non_finite(parameters, state_shares),
        *_collapsed(parameters, features, variance_floor),
        *_empty(state_shares, min_state_share),
        *_not_converged(converged),
    ]


def _non_finite(parameters: HMMParameters, state_shares: FloatArray) -> list[Defect]:
    arrays = {
        "start_probabilities": parameters.start_probabilities,
        "transition_matrix": parameters.transition_matrix,
        "means": parameters.means,
        "variances": parameters.variances,
        "state_shares": state_shares,
    }
    defects = []
    for name, values in arrays.items():
        n_bad = int(np.count_nonzero(~np.isfinite(values)))
        if n_bad:
            text = f"{name}: {n_bad} of {values.size} values are NaN or infinite"
            defects.append(Defect("non_finite", None, None, text))
    return defects


def _collapsed(
    parameters: HMMParameters,
    features: Sequence[Feature],
    variance_floor: float | FloatArray,
) -> list[Defect]:
    # A binary feature has no spread of its own to lose, and a carried one is
    # the same week after week: at the floor, both are as they should be.
    floors = np.broadcast_to(variance_floor, (parameters.n_features,))
    defects = []
    for state, index in np.argwhere(at_floor(parameters, variance_floor)).tolist():
        feature = features[index]
        if feature.family == "continuous" and feature.silent_week != "carried":
            text = (
                f"state {state + 1}: {feature.name} has variance "
                f"{parameters.variances[state, index]:.4f}, at the floor of "
                f"{floors[index]:.4f}: the state has collapsed onto one value"
            )
            defects.append(Defect("collapsed", state + 1, feature.name, text))
    return defects


def _empty(state_shares: FloatArray, min_state_share: float) -> list[Defect]:
    return [
        Defect(
            "empty",
            state + 1,
            None,
            f"state {state + 1}: holds {share:.3%} of the decoded user-weeks, fewer "
            f"than {min_state_share:.3%}",
        )
        for state, share in enumerate(state_shares.tolist())
        if share < min_state_share
    ]


def _not_converged(converged: bool) -> list[Defect]:
    if converged:
        return []
    text = (
        "the fit did not converge: raise hmm_max_iterations or hmm_tolerance, or "
        "ask for fewer states"
    )
    return [Defect("not_converged", None, None, text)]
