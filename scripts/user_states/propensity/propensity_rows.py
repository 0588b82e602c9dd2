"""Customers at the ends of weeks with what they did then: what propensities learn."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from user_states.hmm.arrays import BoolArray, FloatArray, IntArray
from user_states.panel.feature_scaling import transform_features
from user_states.panel.features import Transform


@dataclass(frozen=True, eq=False)
class FeatureBlock:
    """Some features of the same rows.

    Attributes
    ----------
    names : tuple of str
    transforms : tuple of str
        `log1p` or `none`, of each: what linear models read.
    values : array, shape (n_rows, n_features)
        In natural units; NaN where a value is not known.
    """

    names: tuple[str, ...]
    transforms: tuple[Transform, ...]
    values: FloatArray

    def __post_init__(self) -> None:
        n = len(self.names)
        if self.values.ndim != 2 or {self.values.shape[1], len(self.transforms)} != {n}:
            raise ValueError(
                f"got values of shape {self.values.shape} and {len(self.transforms)} "
                f"transforms; expected one of each for the {n} names"
            )
        n_bad = int(np.count_nonzero(np.isinf(self.values)))
        if n_bad:
            raise ValueError(
                f"got {n_bad} infinite values; expected numbers, or NaN where a value "
                "is not known"
            )
        if len(set(self.names)) < n:
            raise ValueError(f"got names {self.names}; expected none twice")

    @property
    def transformed(self) -> FloatArray:
        """The values as linear models read them, shape (n_rows, n_features)."""
        return transform_features(self.names, self.transforms, self.values)

    def columns(self, names: tuple[str, ...]) -> FeatureBlock:
        """Return these features, in this order."""
        places = [self.names.index(name) for name in names]
        transforms = tuple(self.transforms[place] for place in places)
        return FeatureBlock(names, transforms, self.values[:, places])

    def rows(self, rows: IntArray | BoolArray) -> FeatureBlock:
        """Return some rows of all features."""
        return FeatureBlock(self.names, self.transforms, self.values[rows])

    def beside(self, other: FeatureBlock) -> FeatureBlock:
        """Return both blocks as one, of the same rows."""
        return FeatureBlock(
            (*self.names, *other.names),
            (*self.transforms, *other.transforms),
            np.column_stack([self.values, other.values]),
        )


def no_features(n_rows: int) -> FeatureBlock:
    """Return a block without a column."""
    return FeatureBlock((), (), np.empty((n_rows, 0)))


@dataclass(frozen=True, eq=False)
class PropensityRows:
    """Customers at the ends of weeks, and what each did within the horizon.

    Attributes
    ----------
    features : FeatureBlock
        What was known at the end of the week, in n_rows rows.
    belief : FeatureBlock
        What the states add, as known then; without a column if there are none.
    outcomes : array of int, shape (n_rows,)
        Number of the class that came.
    classes : tuple of str
        Their names, at least two. Of two, the second is what is forecast.
    customers : array of int, shape (n_rows,)
        Number of each row's customer, from 0.
    places : array, shape (n_customers,)
        Place of each customer's hash, from 0 to below 1; see `hashed_places`.
    weeks : array of int, shape (n_rows,)
        Number of the week at whose end the row is known.
    horizon_weeks : int
        The outcome is about so many weeks after it; 0 if the rows have no time.
    recency : str or None
        Name of the feature with the time since the newest activity or purchase.
    rfm : tuple of str
        Features of the rival that knows recency, frequency and value only.
    """

    features: FeatureBlock
    belief: FeatureBlock
    outcomes: IntArray
    classes: tuple[str, ...]
    customers: IntArray
    places: FloatArray
    weeks: IntArray
    horizon_weeks: int
    recency: str | None = None
    rfm: tuple[str, ...] = field(default=())

    def __post_init__(self) -> None:
        n = len(self.outcomes)
        columns = (
            self.features.values,
            self.belief.values,
            self.customers,
            self.weeks,
        )
        if {n} != set(map(len, columns)):
            raise ValueError(
                f"got columns of different lengths for {n} outcomes; expected one row "
                "of each"
            )
        wanted = {*self.rfm, *([self.recency] if self.recency else [])}
        if missing := sorted(wanted - set(self.features.names)):
            raise ValueError(
                f"found no feature {missing[0]}, which a rival reads; expected it "
                f"among {', '.join(self.features.names)}"
            )

    @property
    def n_classes(self) -> int:
        """Number of classes, K."""
        return len(self.classes)

    @property
    def all_features(self) -> FeatureBlock:
        """Features, then the belief."""
        return self.features.beside(self.belief)
