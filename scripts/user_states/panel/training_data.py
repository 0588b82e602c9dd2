"""The rows that models are fitted on and judged by, in the units of a model."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from user_states.errors import UserError
from user_states.hmm.arrays import BoolArray, FloatArray, IntArray
from user_states.hmm.fit_options import FitOptions
from user_states.hmm.fit_settings import FitSettings
from user_states.hmm.parameters import Density, Emissions
from user_states.hmm.sequences import Sequences
from user_states.panel.feature_scaling import FeatureScaler, FeatureScaling
from user_states.panel.features import (
    DroppedFeature,
    Feature,
    by_column,
    column_indices,
    observed_values,
    usable_features,
)
from user_states.panel.user_weeks import Sample, UserWeeks
from user_states.presets import levels_beside_states, preset_levels

# Rows that are scaled at once, so that temporary copies stay small.
_SCALED_ROWS = 100_000


@dataclass(frozen=True, eq=False)
class ModelInput:
    """How the panel's features become what a model reads.

    Attributes
    ----------
    emissions : str
        `gaussian`: every feature of every row, all Gaussian. `mixed`: each feature
        has the density of its family, and only observed values count.
    features : tuple of Feature
        Features in use.
    dropped : tuple of DroppedFeature
    scaling : FeatureScaling
    """

    emissions: Emissions
    features: tuple[Feature, ...]
    dropped: tuple[DroppedFeature, ...]
    scaling: FeatureScaling

    @property
    def densities(self) -> tuple[Density, ...]:
        """The density of each feature in use."""
        return tuple(feature.density(self.emissions) for feature in self.features)

    def fit_settings(self, options: FitOptions) -> FitSettings:
        """Return how models of the features in use are fitted.

        The levels of a preset depend on what else the model reads.
        """
        settings = replace(options.settings, n_levels=options.n_levels)
        if not options.has_preset_levels:
            return settings
        families = [feature.family for feature in self.features]
        alone = preset_levels(options.n_levels, families, self.emissions)
        return replace(
            settings,
            n_levels=levels_beside_states(alone, families),
            n_levels_of_one_state=alone,
        )

    def transform(self, weeks: UserWeeks) -> Sequences:
        """Return what the model reads.

        Parameters
        ----------
        weeks : UserWeeks
            In natural units, with at least the features in use.

        Raises
        ------
        UserError
            If a feature under log1p is negative.
        """
        X = self.scaled(
            weeks.select(self.features).X,
            weeks.is_active,
            weeks.has_request,
            weeks.is_first,
        )
        return Sequences(X, weeks.lengths, self.densities)

    def scaled(
        self,
        X: FloatArray,
        is_active: BoolArray,
        has_request: BoolArray,
        is_first: BoolArray,
    ) -> FloatArray:
        """Return some rows of the features in use in scaled units, NaN if not observed.

        Parameters
        ----------
        X : array, shape (n_rows, n_columns)
            In natural units.
        is_active, has_request, is_first : array of bool, shape (n_rows,)
            As in `observed_values`.
        """
        scaled = self.scaling.transform(X)
        if self.emissions == "mixed":
            is_observed = observed_values(
                self.features, is_active, has_request, is_first
            )
            scaled[~by_column(self.features, is_observed)] = np.nan
        return scaled


@dataclass(frozen=True, eq=False)
class TrainingData:
    """The sample in the units of a model: users to fit on, and users held out.

    Attributes
    ----------
    input : ModelInput
    training, holdout : UserWeeks
        In the units of the model.
    """

    input: ModelInput
    training: UserWeeks
    holdout: UserWeeks

    @cached_property
    def training_sequences(self) -> Sequences:
        """The training users as the estimator takes them."""
        return self._sequences(self.training)

    @cached_property
    def holdout_sequences(self) -> Sequences:
        """The held-out users as the estimator takes them."""
        return self._sequences(self.holdout)

    def _sequences(self, weeks: UserWeeks) -> Sequences:
        return Sequences(weeks.X, weeks.lengths, self.input.densities)


def training_data(sample: Sample, emissions: Emissions) -> TrainingData:
    """Drop unusable features, scale the others, and separate held-out users.

    Parameters
    ----------
    sample : Sample
        With the features that were asked for. The scaling is learned from the users
        who are not held out. If everyone is held out, nobody is.
    emissions : str
        `gaussian` or `mixed`.

    Raises
    ------
    UserError
        If mixed emissions lack is_active and a count, or as in `usable_features` and
        `FeatureScaling.transform`.
    """
    weeks = sample.weeks
    is_active, is_first = weeks.is_active, weeks.is_first
    is_observed = None
    if emissions == "mixed":
        _require_activity(weeks.features)
        is_observed = observed_values(
            weeks.features, is_active, weeks.has_request, is_first
        )
    features, dropped = usable_features(weeks.features, weeks.X, is_observed)
    columns = column_indices(weeks.features, features)
    held_out = sample.is_held_out
    if held_out.all():
        held_out = np.zeros_like(held_out)
    is_held_out_row = np.repeat(held_out, weeks.lengths)

    def observed(rows: IntArray) -> FloatArray:
        block = weeks.X[rows][:, columns]
        if is_observed is not None:
            is_known = by_column(weeks.features, is_observed[rows])[:, columns]
            block[~is_known] = np.nan
        return block

    scaler = FeatureScaler(features, emissions)
    scaler.fit_blocks(observed(rows) for rows in _row_blocks(~is_held_out_row))
    model_input = ModelInput(emissions, features, dropped, scaler.scaling_)

    def scaled(is_row: BoolArray, is_user: BoolArray) -> UserWeeks:
        X = np.empty((int(is_row.sum()), len(columns)))
        start = 0
        for rows in _row_blocks(is_row):
            X[start : start + len(rows)] = model_input.scaled(
                weeks.X[rows][:, columns],
                is_active[rows],
                weeks.has_request[rows],
                is_first[rows],
            )
            start += len(rows)
        return UserWeeks(
            features=features,
            X=X,
            lengths=weeks.lengths[is_user],
            n_rides=weeks.n_rides[is_row],
            has_request=weeks.has_request[is_row],
            spend=None if weeks.spend is None else weeks.spend[is_row],
        )

    return TrainingData(
        input=model_input,
        training=scaled(~is_held_out_row, ~held_out),
        holdout=scaled(is_held_out_row, held_out),
    )


def _row_blocks(is_row: BoolArray) -> Iterator[IntArray]:
    """Yield the numbers of the chosen rows, a block at a time."""
    rows = np.flatnonzero(is_row)
    for start in range(0, len(rows), _SCALED_ROWS):
        yield rows[start : start + _SCALED_ROWS]


def _require_activity(features: Sequence[Feature]) -> None:
    names = [feature.name for feature in features]
    if "is_active" not in names and all(f.family != "count" for f in features):
        raise UserError(
            f"the var hmm.features names {', '.join(names)}; expected is_active or a "
            "count such as n_rides among them, because in mixed emissions no other "
            "feature shows a silent week: add one, or set hmm.emissions to gaussian"
        )
