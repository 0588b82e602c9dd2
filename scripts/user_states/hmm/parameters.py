"""The parameters of a model, as a value."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, get_args

import numpy as np
from scipy.special import softmax

from user_states.hmm.arrays import BoolArray, FloatArray, IntArray

Emissions = Literal["gaussian", "mixed"]

DensityKind = Literal["gaussian", "bernoulli", "categorical", "count", "share", "parts"]

# Categories of a count: 0 to 6, and 7 or more.
COUNT_CATEGORIES = 8
# Kinds whose means are the probabilities of categories, and sum to 1 in a state.
_DISTRIBUTIONS = ("categorical", "count", "parts")


@dataclass(frozen=True)
class Density:
    """The family of a feature, and how many probabilities it has in a state.

    Attributes
    ----------
    kind : str
        - `gaussian`: a number.
        - `bernoulli`: 0 or 1.
        - `categorical`: one of the categories 0, 1, ….
        - `count`: a whole number >= 0; its categories are 0 to 6, and 7 or more.
        - `share`: s of m, two columns; binomial, given m.
        - `parts`: how many of each part, a column for each; multinomial, given
          their sum.
    size : int
        Number of parameters in `HMMParameters.means` for each state: the categories
        or parts, at least 2; 1 for other kinds.
    """

    kind: DensityKind
    size: int = 1

    def __post_init__(self) -> None:
        if self.kind not in get_args(DensityKind):
            raise ValueError(
                f"got the density {self.kind!r}; expected one of "
                f"{', '.join(get_args(DensityKind))}"
            )
        expected = {"categorical": "2 or more", "parts": "2 or more", "count": "8"}
        is_valid = {
            "categorical": self.size >= 2,
            "parts": self.size >= 2,
            "count": self.size == COUNT_CATEGORIES,
        }
        if not is_valid.get(self.kind, self.size == 1):
            raise ValueError(
                f"got a {self.kind} density of size {self.size}; expected "
                f"{expected.get(self.kind, '1')}"
            )

    @property
    def n_columns(self) -> int:
        """Number of columns of the data that the feature has."""
        return {"share": 2, "parts": self.size}.get(self.kind, 1)

    @property
    def is_distribution(self) -> bool:
        """Whether the means of a state are probabilities that sum to 1."""
        return self.kind in _DISTRIBUTIONS


# A kind without a size may be given by its name.
DensityLike = Density | str

GAUSSIAN = Density("gaussian")
BERNOULLI = Density("bernoulli")
SHARE = Density("share")
COUNT = Density("count", COUNT_CATEGORIES)
_BY_NAME = {one.kind: one for one in (GAUSSIAN, BERNOULLI, SHARE, COUNT)}


def parts(n_parts: int) -> Density:
    """Return the density of a feature of several parts."""
    return Density("parts", n_parts)


def categorical(n_categories: int) -> Density:
    """Return the density of a feature of several categories."""
    return Density("categorical", n_categories)


def as_density(density: DensityLike) -> Density:
    """Return the density of a name: `gaussian`, `bernoulli`, `share` or `count`."""
    if isinstance(density, Density):
        return density
    for name, known in _BY_NAME.items():
        if name == density:
            return known
    raise ValueError(
        f"got the density {density!r}; expected {', '.join(_BY_NAME)}, parts(n) or "
        "categorical(n)"
    )


def as_densities(densities: Sequence[DensityLike]) -> tuple[Density, ...]:
    """Return the densities of several names."""
    return tuple(as_density(density) for density in densities)


def n_data_columns(densities: Sequence[Density]) -> int:
    """Return the number of columns of the data that features have together."""
    return sum(density.n_columns for density in densities)


def kinds_of(densities: Sequence[Density]) -> list[DensityKind]:
    """Return the kind of each mean's density, length P."""
    return [density.kind for density in densities for _ in range(density.size)]


@functools.lru_cache
def is_kind(densities: tuple[Density, ...], *kinds: DensityKind) -> BoolArray:
    """Return which means have a density of these kinds, shape (P,), not to write to."""
    found = np.array([kind in kinds for kind in kinds_of(densities)], dtype=np.bool_)
    found.flags.writeable = False
    return found


def slices(sizes: Sequence[int]) -> tuple[slice, ...]:
    """Return consecutive slices of the given sizes."""
    stops = np.cumsum(sizes).tolist()
    return tuple(
        slice(stop - size, stop) for size, stop in zip(sizes, stops, strict=True)
    )


def _one() -> FloatArray:
    return np.ones(1)


@dataclass(frozen=True, eq=False)
class HMMParameters:
    """Parameters of a hidden Markov model whose features are independent in a state.

    A user has one of C levels, which never changes. It multiplies the odds of more
    rides in every state:

        p_kc(n) = p_k(n) a_c^min(n, 7) / Z_kc

    Everything else is the same for all levels. With C = 1 and a = 1 there are none.

    Attributes
    ----------
    start_probabilities : array, shape (K,)
        Probability of each state in a user's first week.
    transition_matrix : array, shape (K, K)
        Probability of next week's state (column) given this week's (row).
    means, variances : array, shape (K, P)
        Of each feature in each state, in the units of the fit (see `FeatureScaling`);
        P is the sum of the sizes of the densities. The mean of a Bernoulli feature or
        a share is a probability p. The means of a categorical feature, of a count
        (where a = 1) and of parts are probabilities that sum to 1. The variance of a
        probability is always set to p (1 - p).
    densities : tuple of Density, length D
        Of each feature; all Gaussian by default.
    level_weights, level_effects : array, shape (C,)
        Share of users at each level, and a_c. They belong to the first count.
    """

    start_probabilities: FloatArray
    transition_matrix: FloatArray
    means: FloatArray
    variances: FloatArray
    densities: tuple[Density, ...] = ()
    level_weights: FloatArray = field(default_factory=_one)
    level_effects: FloatArray = field(default_factory=_one)

    def __post_init__(self) -> None:
        n_means = self.means.shape[-1]
        densities = as_densities(self.densities) or (GAUSSIAN,) * n_means
        if sum(density.size for density in densities) != n_means:
            kinds = ", ".join(density.kind for density in densities)
            raise ValueError(
                f"got {n_means} means in a state for the densities {kinds}; expected "
                f"{sum(density.size for density in densities)}"
            )
        object.__setattr__(self, "densities", densities)
        self._check_shapes()
        for name in ("start_probabilities", "transition_matrix"):
            _check_distributions(name, getattr(self, name))
        self._check_levels()
        if not np.isfinite(self.means).all():
            raise ValueError("got means that are not finite; expected numbers")
        probabilities = self.means[:, ~self.is_gaussian]
        if not ((probabilities > 0) & (probabilities < 1)).all():
            raise ValueError(
                "got a probability of a feature outside (0, 1); expected 0 < p < 1"
            )
        for feature, density in enumerate(densities):
            if density.is_distribution:
                name = f"means of the {density.kind} feature {feature}"
                _check_distributions(name, self.means[:, self.columns(feature)])
        object.__setattr__(
            self,
            "variances",
            np.where(self.is_gaussian, self.variances, self.means * (1 - self.means)),
        )
        if not (np.isfinite(self.variances).all() and (self.variances > 0).all()):
            raise ValueError(
                "got variances that are not finite and positive; expected each > 0"
            )

    def _check_shapes(self) -> None:
        n_states, n_levels = self.n_states, self.n_levels
        expected = {
            "start_probabilities": (n_states,),
            "transition_matrix": (n_states, n_states),
            "means": (n_states, self.means.shape[-1]),
            "variances": self.means.shape,
            "level_weights": (n_levels,),
            "level_effects": (n_levels,),
        }
        for name, shape in expected.items():
            if getattr(self, name).shape != shape:
                raise ValueError(
                    f"got {name} of shape {getattr(self, name).shape}; expected {shape}"
                )

    def _check_levels(self) -> None:
        effects = self.level_effects
        if self.n_levels == 1 and effects[0] == self.level_weights[0] == 1.0:
            return
        _check_distributions("level_weights", self.level_weights)
        if not (np.isfinite(effects).all() and (effects > 0).all()):
            raise ValueError(
                f"got the level effects {effects}; expected finite numbers > 0"
            )
        if self.n_levels > 1 and self.count_feature is None:
            raise ValueError(
                f"got {self.n_levels} levels without a count; expected a feature of "
                "the density count, or one level"
            )
        if self.n_levels == 1 and effects[0] != 1.0:
            raise ValueError(
                f"got one level with the effect {effects[0]}; expected 1: a single "
                "effect belongs in the probabilities of the count"
            )

    @property
    def n_states(self) -> int:
        """Number of states, K."""
        return len(self.start_probabilities)

    @property
    def n_features(self) -> int:
        """Number of features, D."""
        return len(self.densities)

    @property
    def n_levels(self) -> int:
        """Number of levels, C."""
        return len(self.level_weights)

    @property
    def kinds(self) -> tuple[DensityKind, ...]:
        """The kind of each mean's density, length P."""
        return tuple(kinds_of(self.densities))

    @property
    def is_gaussian(self) -> BoolArray:
        """Which means are Gaussian, and not probabilities, shape (P,)."""
        return is_kind(self.densities, "gaussian")

    @property
    def is_bernoulli(self) -> BoolArray:
        """Which means are of Bernoulli features, shape (P,)."""
        return is_kind(self.densities, "bernoulli")

    @property
    def count_feature(self) -> int | None:
        """Number of the first count among the features, None if there is none."""
        kinds = [density.kind for density in self.densities]
        return kinds.index("count") if "count" in kinds else None

    def columns(self, feature: int) -> slice:
        """Return a feature's columns of the means and variances."""
        return slices([density.size for density in self.densities])[feature]

    def count_probabilities(self) -> FloatArray:
        """Return each level's probabilities of the count's categories.

        Returns
        -------
        array, shape (C, K, 8)
            p_kc(n) of 0 to 6 rides, and of 7 or more.
        """
        if self.count_feature is None:
            raise ValueError(
                "got a model without a count; expected a feature of the density count"
            )
        log_p = np.log(self.means[:, self.columns(self.count_feature)])
        tilts = np.log(self.level_effects)[:, np.newaxis] * np.arange(COUNT_CATEGORIES)
        probabilities: FloatArray = softmax(log_p + tilts[:, np.newaxis], axis=-1)
        return probabilities

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
            level_weights=self.level_weights,
            level_effects=self.level_effects,
        )


def _check_distributions(name: str, probabilities: FloatArray) -> None:
    if not np.isfinite(probabilities).all() or (probabilities < 0).any():
        raise ValueError(
            f"got {name} with negative or non-finite entries; expected probabilities"
        )
    sums = probabilities.sum(axis=-1)
    if not np.allclose(sums, 1.0, rtol=0.0, atol=1e-8):
        raise ValueError(f"got {name} that sum to {sums}; expected 1")
