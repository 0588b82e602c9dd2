"""The parameters of a model, as a value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from user_states.hmm.arrays import FloatArray, IntArray

Density = Literal["gaussian", "bernoulli"]


@dataclass(frozen=True, eq=False)
class HMMParameters:
    """Parameters of a hidden Markov model whose features are independent in a state.

    Attributes
    ----------
    start_probabilities : array, shape (K,)
        Probability of each state in a user's first week.
    transition_matrix : array, shape (K, K)
        Probability of next week's state (column) given this week's (row).
    means, variances : array, shape (K, D)
        Of each feature in each state, in the units of the fit (see `FeatureScaling`).
        The mean of a Bernoulli feature is its probability p of being 1. Its variance
        is always set to p (1 - p).
    densities : tuple of str, length D
        `gaussian` or `bernoulli`, for each feature; all Gaussian by default.
    """

    start_probabilities: FloatArray
    transition_matrix: FloatArray
    means: FloatArray
    variances: FloatArray
    densities: tuple[Density, ...] = ()

    def __post_init__(self) -> None:
        n_features = self.means.shape[-1]
        densities = tuple(self.densities) or ("gaussian",) * n_features
        unknown = set(densities) - set(get_args(Density))
        if unknown or len(densities) != n_features:
            raise ValueError(
                f"got the densities {densities}; expected {n_features} of "
                f"{', '.join(get_args(Density))}"
            )
        object.__setattr__(self, "densities", densities)
        n_states = len(self.start_probabilities)
        expected = {
            "start_probabilities": (n_states,),
            "transition_matrix": (n_states, n_states),
            "means": (n_states, self.means.shape[-1]),
            "variances": self.means.shape,
        }
        for name, shape in expected.items():
            if getattr(self, name).shape != shape:
                raise ValueError(
                    f"got {name} of shape {getattr(self, name).shape}; expected {shape}"
                )
        for name in ("start_probabilities", "transition_matrix"):
            _check_distributions(name, getattr(self, name))
        if not np.isfinite(self.means).all():
            raise ValueError("got means that are not finite; expected numbers")
        probabilities = self.means[:, self.is_bernoulli]
        if not ((probabilities > 0) & (probabilities < 1)).all():
            raise ValueError(
                "got a Bernoulli probability outside (0, 1); expected 0 < p < 1"
            )
        object.__setattr__(
            self,
            "variances",
            np.where(self.is_bernoulli, self.means * (1 - self.means), self.variances),
        )
        if not (np.isfinite(self.variances).all() and (self.variances > 0).all()):
            raise ValueError(
                "got variances that are not finite and positive; expected each > 0"
            )

    @property
    def n_states(self) -> int:
        """Number of states, K."""
        return len(self.start_probabilities)

    @property
    def n_features(self) -> int:
        """Number of features, D."""
        return int(self.means.shape[1])

    @property
    def is_bernoulli(self) -> npt.NDArray[np.bool_]:
        """Which features are Bernoulli, shape (D,)."""
        return np.array([density == "bernoulli" for density in self.densities])

    def permuted(self, order: IntArray) -> HMMParameters:
        """Return the same model with its states renumbered.

        Parameters
        ----------
        order : array of int, shape (K,)
            `order[i]` is the old number of the state with the new number i.
        """
        if sorted(order.tolist()) != list(range(self.n_states)):
            raise ValueError(
                f"got the order {order}; expected each of {self.n_states} states once"
            )
        return HMMParameters(
            start_probabilities=self.start_probabilities[order],
            transition_matrix=self.transition_matrix[np.ix_(order, order)],
            means=self.means[order],
            variances=self.variances[order],
            densities=self.densities,
        )


def _check_distributions(name: str, probabilities: FloatArray) -> None:
    if not np.isfinite(probabilities).all() or (probabilities < 0).any():
        raise ValueError(
            f"got {name} with negative or non-finite entries; expected probabilities"
        )
    sums = probabilities.sum(axis=-1)
    if not np.allclose(sums, 1.0, rtol=0.0, atol=1e-8):
        raise ValueError(f"got {name} that sum to {sums}; expected 1")


Emissions = Literal["gaussian", "mixed"]
