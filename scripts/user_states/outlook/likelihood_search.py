"""Maximum likelihood for models whose parameters are all positive."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from scipy.optimize import minimize

from user_states.hmm.arrays import FloatArray

# Bounds of the natural logarithms of parameters: if all users are alike, or nobody ever
# leaves, the likelihood keeps rising, ever more slowly.
_LEAST_LOG, _GREATEST_LOG = -12.0, 12.0


def greatest_likelihood(
    mean_log_likelihood: Callable[[FloatArray], float],
    starts: Sequence[Sequence[float]],
) -> FloatArray:
    """Return the positive parameters that maximise a mean log-likelihood.

    Searched in logarithms: by L-BFGS-B (Byrd, Lu, Nocedal and Zhu 1995, SIAM Journal
    on Scientific Computing 16:1190-1208) from every start, then from the best result by
    the simplex of Nelder and Mead, where finite differences are too coarse for a slope.

    Parameters
    ----------
    mean_log_likelihood : callable
        From the parameters to nats a user.
    starts : sequence of parameters

    Returns
    -------
    array, shape (n_parameters,)
        Each within exp(-12) and exp(12).
    """

    def loss(logs: FloatArray) -> float:
        return -mean_log_likelihood(np.exp(np.clip(logs, _LEAST_LOG, _GREATEST_LOG)))

    bounds = [(_LEAST_LOG, _GREATEST_LOG)] * len(starts[0])
    climbed = [
        minimize(loss, np.log(start), method="L-BFGS-B", bounds=bounds)
        for start in starts
    ]
    best = min(climbed, key=lambda result: float(result.fun))
    polished = minimize(
        loss,
        best.x,
        method="Nelder-Mead",
        bounds=bounds,
        options={"xatol": 1e-5, "fatol": 1e-10, "maxiter": 400},
    )
    parameters: FloatArray = np.exp(polished.x)
    return parameters
