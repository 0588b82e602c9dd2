"""Longer steps of EM: two steps show where it is going.

EM takes many small steps where states are alike. SQUAREM (Varadhan and Roland 2008,
Scandinavian Journal of Statistics 35:335-353, scheme S3) follows them further: from x,
over x1 after one step and x2 after two, with r = x1 - x and v = (x2 - x1) - r, to

    x + 2 a r + a^2 v,    a = |r| / |v|,

which is x2 for a = 1. Nothing promises that the likelihood rises there, so whoever
jumps compares it, and says so if the jump was too long.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from user_states.hmm.arrays import FloatArray
from user_states.hmm.parameters import HMMParameters, slices

# The longest first jump, a; it grows by this factor where jumps succeed, and shrinks by
# it where they fail.
_FACTOR = 4.0
# A probability or variance stays at least this part of what EM alone makes of it.
_LEAST_SHARE = 0.2


class Extrapolation:
    """Jumps of one climb, and how long they may be."""

    def __init__(self) -> None:
        self._longest = _FACTOR
        self._was_longest = False

    def jump(
        self, before: HMMParameters, once: HMMParameters, twice: HMMParameters
    ) -> HMMParameters | None:
        """Return where two steps of EM point to, None if no further than they came.

        Sums of probabilities stay 1, because those of their changes are 0.

        Parameters
        ----------
        before, once, twice : HMMParameters
            Before a step of EM, after it, and after another one.
        """
        x0, x1, x2 = (_flat(parameters) for parameters in (before, once, twice))
        r, v = x1 - x0, x2 - 2 * x1 + x0
        length, bend = np.linalg.norm(r), np.linalg.norm(v)
        if length <= bend or bend == 0:
            return None
        a = min(float(length / bend), self._longest)
        self._was_longest = a == self._longest
        return _parameters(x0 + 2 * a * r + a**2 * v, twice)

    def succeeded(self) -> None:
        """Say that the likelihood rose: the next jump may be longer."""
        if self._was_longest:
            self._longest *= _FACTOR

    def failed(self) -> None:
        """Say that the likelihood fell: the next jump is shorter."""
        self._longest = max(self._longest / _FACTOR, _FACTOR)


def _arrays(parameters: HMMParameters) -> tuple[FloatArray, ...]:
    """Return what EM changes."""
    return (
        parameters.start_probabilities,
        parameters.transition_matrix,
        parameters.level_weights,
        parameters.means,
        parameters.variances[:, parameters.is_gaussian],
        np.log(parameters.level_effects),
    )


def _flat(parameters: HMMParameters) -> FloatArray:
    return np.concatenate([values.ravel() for values in _arrays(parameters)])


def _parameters(flat: FloatArray, em: HMMParameters) -> HMMParameters:
    """Return the parameters of flat numbers, near enough to those of EM to be valid."""
    shaped = [
        flat[part].reshape(values.shape)
        for part, values in zip(
            slices([values.size for values in _arrays(em)]), _arrays(em), strict=True
        )
    ]
    start, transition, weights, means, variances, log_effects = shaped
    all_variances = em.variances.copy()
    all_variances[:, em.is_gaussian] = _above(
        variances, em.variances[:, em.is_gaussian]
    )
    return replace(
        em,
        start_probabilities=_distributions(start, em.start_probabilities),
        transition_matrix=_distributions(transition, em.transition_matrix),
        level_weights=_distributions(weights, em.level_weights),
        means=_allowed_means(means, em),
        variances=all_variances,
        level_effects=np.exp(log_effects),
    )


def _allowed_means(means: FloatArray, em: HMMParameters) -> FloatArray:
    found = np.where(em.is_gaussian, means, _above(means, em.means))
    for feature, density in enumerate(em.densities):
        columns = em.columns(feature)
        if density.is_distribution:
            found[:, columns] = _distributions(means[:, columns], em.means[:, columns])
        elif density.kind != "gaussian":
            found[:, columns] = 1 - _above(
                1 - found[:, columns], 1 - em.means[:, columns]
            )
    return found


def _distributions(values: FloatArray, em: FloatArray) -> FloatArray:
    above = _above(values, em)
    found: FloatArray = above / above.sum(axis=-1, keepdims=True)
    return found


def _above(values: FloatArray, em: FloatArray) -> FloatArray:
    return np.maximum(values, _LEAST_SHARE * em)
