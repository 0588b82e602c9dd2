"""The seam between the models and everything that uses one.

Whatever fits the protocol can take the place of `FlooredGaussianHMM`: change
`sequence_model`, and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from segmentation.arrays import FloatArray, IntArray
from segmentation.gaussian_hmm import FlooredGaussianHMM, Smoothed
from segmentation.parameters import HMMParameters


class SequenceModel(Protocol):
    """A hidden Markov model of many users, in the scikit-learn shape.

    `X` has shape (n_rows, D), rows of all users stacked, and `lengths` shape
    (n_users,), rows of each.
    """

    @property
    def parameters(self) -> HMMParameters:
        """The parameters as they are now."""

    @property
    def converged_(self) -> bool:
        """Whether the last fit ended at a maximum, as far as tolerance tells."""

    @property
    def history_(self) -> list[float]:
        """Log-likelihood of the last fit before each M-step, in nats."""

    def fit(self, X: FloatArray, lengths: IntArray) -> SequenceModel:
        """Raise the likelihood from the present parameters by EM."""

    def score(self, X: FloatArray, lengths: IntArray) -> float:
        """Return the log-likelihood in nats."""

    def decode(self, X: FloatArray, lengths: IntArray) -> tuple[float, IntArray]:
        """Return the best path's log-likelihood, and its state in every row."""

    def predict_proba(self, X: FloatArray, lengths: IntArray) -> FloatArray:
        """Return each state's probability in each row, given all rows."""

    def smooth(self, X: FloatArray, lengths: IntArray) -> Smoothed:
        """Return `predict_proba`, `score` and the expected moves in one pass."""


def sequence_model(
    parameters: HMMParameters,
    *,
    variance_floor: float | FloatArray = 0.0,
    tolerance: float = 1e-5,
    max_iterations: int = 300,
    on_iteration: Callable[[int, float], None] | None = None,
) -> SequenceModel:
    """Return a model with these parameters, ready to fit on or to decode.

    Parameters
    ----------
    parameters : HMMParameters
        Where a fit starts from.
    variance_floor : float or array, shape (D,)
        Least variance of a feature in a state, in squared scaled units.
    tolerance : float
        EM stops when an iteration gains less than this, in nats a row.
    max_iterations : int
        EM iterations at most.
    on_iteration : callable, optional
        Called with each iteration's number and log-likelihood in nats.
    """
    model: SequenceModel = FlooredGaussianHMM.from_parameters(
        parameters,
        variance_floor=variance_floor,
        tolerance=tolerance,
        n_iter=max_iterations,
        on_iteration=on_iteration,
    )
    return model
