"""The rows that models are fitted on and judged by, in the model's own units."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from user_states.errors import UserError
from user_states.hmm.arrays import BoolArray, FloatArray, IntArray
from user_states.hmm.parameters import Density, Emissions
from user_states.panel.features import (
    DroppedFeature,
    Feature,
    FeatureScaler,
    FeatureScaling,
    column_indices,
    observed_values,
    usable_features,
)

# Rows that are scaled at once, so that the copies on the way stay small.
_BLOCK_ROWS = 100_000


@dataclass(frozen=True, eq=False)
class Users:
    """Some users' weeks in the model's units.

    Attributes
    ----------
    X : array, shape (n_rows, D)
        Scaled features in use; NaN where one was not observed.
    lengths : array of int, shape (n_users,)
        Weeks of each user.
    n_rides : array, shape (n_rows,)
        Completed rides of each row's week.
    has_request : array of bool, shape (n_rows,)
        Weeks with any request.
    """

    X: FloatArray
    lengths: IntArray
    n_rides: FloatArray
    has_request: BoolArray

    @property
    def is_active(self) -> BoolArray:
        """Weeks with a completed ride, shape (n_rows,)."""
        return self.n_rides > 0


@dataclass(frozen=True, eq=False)
class ModelInput:
    """How the panel's features become what a model reads.

    Attributes
    ----------
    emissions : str
        `gaussian`: every feature of every row, all Gaussian. `mixed`: binary
        features are Bernoulli, and only what was observed counts.
    features : tuple of Feature
        In use, one for each column.
    dropped : tuple of DroppedFeature
    columns : list of int
        Where the features in use stand among those asked for.
    scaling : FeatureScaling
    """

    emissions: Emissions
    features: tuple[Feature, ...]
    dropped: tuple[DroppedFeature, ...]
    columns: list[int]
    scaling: FeatureScaling

    @property
    def densities(self) -> tuple[Density, ...]:
        """The density of each feature in use."""
        return tuple(
            "bernoulli"
            if self.emissions == "mixed" and feature.family == "binary"
            else "gaussian"
            for feature in self.features
        )

    def transform(
        self, X: FloatArray, is_active: BoolArray, has_request: BoolArray
    ) -> FloatArray:
        """Return what the model reads, shape (n_rows, D).

        Parameters
        ----------
        X : array, shape (n_rows, n_features)
            All features asked for, in natural units.
        is_active, has_request : array of bool, shape (n_rows,)
            Weeks with a completed ride, and with any request.

        Raises
        ------
        UserError
            If a feature under log1p is negative.
        """
        scaled = self.scaling.transform(X[:, self.columns])
        if self.emissions == "mixed":
            is_observed = observed_values(self.features, is_active, has_request)
            scaled[~is_observed] = np.nan
        return scaled


@dataclass(frozen=True, eq=False)
class TrainingData:
    """The sample: users to fit on, and users held out to judge by.

    Attributes
    ----------
    input : ModelInput
    training, holdout : Users
    """

    input: ModelInput
    training: Users
    holdout: Users


def training_data(
    requested: Sequence[Feature],
    X: FloatArray,
    lengths: IntArray,
    n_rides: FloatArray,
    has_request: BoolArray,
    is_held_out: BoolArray,
    emissions: Emissions,
) -> TrainingData:
    """Leave out features that say nothing, scale the others, and hold users out.

    Parameters
    ----------
    requested : sequence of Feature
        One for each column of `X`.
    X : array, shape (n_rows, n_features)
        In natural units; NaN throughout where a feature's source is absent.
    lengths : array of int, shape (n_users,)
    n_rides : array, shape (n_rows,)
        Completed rides of each row's week.
    has_request : array of bool, shape (n_rows,)
        Weeks with any request.
    is_held_out : array of bool, shape (n_users,)
        The scaling is learned from the others. Where that would leave nobody to
        fit on, nobody is held out.
    emissions : str
        `gaussian` or `mixed`.

    Raises
    ------
    UserError
        If mixed emissions lack is_active, or as in `usable_features` and
        `FeatureScaling.transform`.
    """
    is_observed = None
    is_active = n_rides > 0
    if emissions == "mixed":
        _require_activity(requested)
        is_observed = observed_values(requested, is_active, has_request)
    features, dropped = usable_features(requested, X, is_observed)
    columns = column_indices(requested, features)
    held_out = np.zeros_like(is_held_out) if is_held_out.all() else is_held_out
    is_held_out_row = np.repeat(held_out, lengths)

    def seen(rows: IntArray) -> FloatArray:
        block = X[rows][:, columns]
        if is_observed is not None:
            block[~is_observed[rows][:, columns]] = np.nan
        return block

    scaler = FeatureScaler(features)
    scaler.fit_blocks(seen(rows) for rows in _row_blocks(~is_held_out_row))
    model_input = ModelInput(emissions, features, dropped, columns, scaler.scaling_)

    def users(is_row: BoolArray, is_user: BoolArray) -> Users:
        values = np.empty((int(is_row.sum()), len(features)))
        start = 0
        for rows in _row_blocks(is_row):
            values[start : start + len(rows)] = model_input.transform(
                X[rows], is_active[rows], has_request[rows]
            )
            start += len(rows)
        return Users(values, lengths[is_user], n_rides[is_row], has_request[is_row])

    return TrainingData(
        input=model_input,
        training=users(~is_held_out_row, ~held_out),
        holdout=users(is_held_out_row, held_out),
    )


def _row_blocks(is_row: BoolArray) -> Iterator[IntArray]:
    """Yield the numbers of the chosen rows, some at a time."""
    rows = np.flatnonzero(is_row)
    for start in range(0, len(rows), _BLOCK_ROWS):
        yield rows[start : start + _BLOCK_ROWS]


def _require_activity(features: Sequence[Feature]) -> None:
    names = [feature.name for feature in features]
    if "is_active" not in names:
        raise UserError(
            f"the var hmm.features names {', '.join(names)}; expected is_active among "
            "them, because in mixed emissions nothing else says that a week was "
            "silent: add it, or set hmm.emissions to gaussian"
        )
