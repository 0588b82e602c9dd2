"""What fits return: every start, and the best of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from user_states.hmm.arrays import BoolArray, FloatArray
from user_states.hmm.parameters import Density, HMMParameters

StartMethod = Literal["k-means", "distant rows", "split"]


@dataclass(frozen=True, eq=False)
class Start:
    """How one start ended.

    Attributes
    ----------
    number : int
        From 0.
    method : str
        Where its rough models came from.
    log_likelihood_per_row : float
        On the users of the starts, in nats a user-week, before any state is moved.
    n_iterations : int
        EM iterations on those users.
    converged : bool
        Whether the last of them gained less than the tolerance.
    parameters : HMMParameters
        After EM on the users of the starts, or on all users if `is_polished`; in
        scaled units, states in no particular order.
    is_polished : bool
        Whether EM continued on all users.
    """

    number: int
    method: StartMethod
    log_likelihood_per_row: float
    n_iterations: int
    converged: bool
    parameters: HMMParameters
    is_polished: bool


@dataclass(frozen=True, eq=False)
class FitResult:
    """The best start of one number of states, after EM on all rows.

    Attributes
    ----------
    parameters : HMMParameters
        In scaled units; states in no particular order.
    log_likelihood : float
        Of all rows under `parameters`, in nats.
    n_users, n_rows : int
        Users and user-weeks of the fit.
    start : int
        Number of the start that it came from.
    n_iterations : int
        EM iterations on all rows.
    converged : bool
        Whether the last iteration on all rows gained less than the tolerance.
    history : tuple of float
        Log-likelihood of all rows before each M-step, in nats.
    n_floor_hits : int
        Number of variances, of K × P, at the floor.
    n_at_best : int
        Polished starts that came within 1e-4 nats a row of the best.
    starts : tuple of Start
        Every start, by number.
    """

    parameters: HMMParameters
    log_likelihood: float
    n_users: int
    n_rows: int
    start: int
    n_iterations: int
    converged: bool
    history: tuple[float, ...]
    n_floor_hits: int
    n_at_best: int
    starts: tuple[Start, ...]

    @property
    def n_polished(self) -> int:
        """Number of starts that continued with all users."""
        return sum(start.is_polished for start in self.starts)


def count_parameters(parameters: HMMParameters) -> int:
    """Return the number of free parameters.

    K - 1 start probabilities, K (K - 1) transitions; in each state two for a Gaussian
    feature, one for a Bernoulli or a share, and one less than the categories or parts;
    and C - 1 weights and C - 1 effects of levels. A parameter at its floor counts like
    any other, and so do those of a state without rows.
    """
    return n_free_parameters(
        parameters.n_states, parameters.densities, parameters.n_levels
    )


def n_free_parameters(
    n_states: int, densities: Sequence[Density], n_levels: int
) -> int:
    """Return the number of free parameters of a model; see `count_parameters`."""
    per_state = sum(
        2 if density.kind == "gaussian" else density.size - density.is_distribution
        for density in densities
    )
    return n_states**2 - 1 + n_states * per_state + 2 * (n_levels - 1)


def count_floor_hits(
    parameters: HMMParameters, variance_floor: float | FloatArray
) -> int:
    """Return the number of variances, of K × P, at the floor."""
    return int(np.count_nonzero(at_floor(parameters, variance_floor)))


def at_floor(
    parameters: HMMParameters, variance_floor: float | FloatArray
) -> BoolArray:
    """Return which Gaussian variances are at the floor, shape (K, P)."""
    floor = np.asarray(variance_floor)
    # A floor of 0 is no floor. The margin allows for one rounding.
    is_low = parameters.variances <= floor * (1.0 + 1e-12)
    return is_low & (floor > 0) & parameters.is_gaussian
