"""What a fitted model says of the weeks ahead: forecasts by state, and regressions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from user_states.hmm.arrays import BoolArray, FloatArray, user_blocks
from user_states.hmm.hidden_markov_model import HiddenMarkovModel
from user_states.hmm.parameters import HMMParameters
from user_states.outlook.chain_forecasts import (
    ChainForecasts,
    chain_forecasts,
    weekly_rates,
)
from user_states.outlook.regressions import TARGETS, Regression, Target, learn_outlook
from user_states.outlook.state_rides import state_rides
from user_states.panel.training_data import TrainingData, Users

# Rows that are smoothed at once.
_BLOCK_ROWS = 500_000


@dataclass(frozen=True, eq=False)
class Outlook:
    """What a model says of the weeks ahead.

    Attributes
    ----------
    forecasts : ChainForecasts
        By state, in the order of the parameters that it was made with.
    regressions : tuple of Regression
        One for each target.
    """

    forecasts: ChainForecasts
    regressions: tuple[Regression, ...]


def make_outlook(
    parameters: HMMParameters,
    data: TrainingData,
    lapse_after_weeks: int,
    targets: tuple[Target, ...] = TARGETS,
) -> Outlook:
    """Forecast from each state, and learn the regressions from the held-out users.

    Parameters
    ----------
    parameters : HMMParameters
        Fitted on the training users.
    data : TrainingData
    lapse_after_weeks : int
        Silent weeks after which a user has lapsed.
    targets : tuple of Target
        What regressions are to forecast.
    """
    model = HiddenMarkovModel.from_parameters(parameters)
    features = [feature.name for feature in data.input.features]
    rates = replace(
        weekly_rates(_smoothed_blocks(model, data.training)),
        rides=state_rides(parameters, data.training, features).per_week,
    )
    forecasts = chain_forecasts(parameters.transition_matrix, rates, lapse_after_weeks)
    holdout = data.holdout
    if len(holdout.lengths):
        beliefs = model.filter_proba(holdout.X, holdout.lengths)
    else:
        beliefs = np.empty((0, parameters.n_states))
    return Outlook(
        forecasts,
        learn_outlook(forecasts, beliefs, holdout.n_rides, holdout.lengths, targets),
    )


def _smoothed_blocks(
    model: HiddenMarkovModel, users: Users
) -> Iterator[tuple[FloatArray, FloatArray, BoolArray]]:
    for rows, lengths in user_blocks(users.lengths, _BLOCK_ROWS):
        probabilities = model.predict_proba(users.X[rows], lengths)
        yield probabilities, users.n_rides[rows], users.has_request[rows]
