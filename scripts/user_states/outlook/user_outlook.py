"""The outlook of users: forecasts by state, and the regressions that refine them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from user_states.hmm.arrays import BoolArray, FloatArray
from user_states.hmm.hidden_markov_model import HiddenMarkovModel
from user_states.hmm.parameters import HMMParameters
from user_states.outlook.chain_forecasts import (
    ChainForecasts,
    chain_forecasts,
    weekly_rates,
)
from user_states.outlook.regressions import (
    TARGETS,
    Regression,
    Target,
    learn_regressions,
)
from user_states.outlook.state_rides import state_rides
from user_states.panel.training_data import TrainingData
from user_states.panel.user_weeks import UserWeeks

# Rows that are smoothed at once.
_RATE_ROWS = 500_000


@dataclass(frozen=True, eq=False)
class UserOutlook:
    """What a model forecasts for users in the weeks ahead.

    Attributes
    ----------
    forecasts : ChainForecasts
        By state, in the order of the model's parameters.
    regressions : tuple of Regression
        One for each target.
    """

    forecasts: ChainForecasts
    regressions: tuple[Regression, ...]


def learn_user_outlook(
    parameters: HMMParameters,
    data: TrainingData,
    lapse_after_weeks: int,
    targets: tuple[Target, ...] = TARGETS,
) -> UserOutlook:
    """Forecast from each state, and learn the regressions from the held-out users.

    Parameters
    ----------
    parameters : HMMParameters
        Fitted on the training users.
    data : TrainingData
    lapse_after_weeks : int
        Silent weeks after which a user has lapsed.
    targets : tuple of Target
        What the regressions forecast.
    """
    model = HiddenMarkovModel.from_parameters(parameters)
    rates = replace(
        weekly_rates(_smoothed_blocks(model, data.training)),
        rides=state_rides(parameters, data.training).per_week,
    )
    forecasts = chain_forecasts(parameters.transition_matrix, rates, lapse_after_weeks)
    holdout = data.holdout
    if holdout.n_users:
        beliefs = model.filter_proba(data.holdout_sequences.packed)
    else:
        beliefs = np.empty((0, parameters.n_states))
    return UserOutlook(
        forecasts,
        learn_regressions(
            forecasts, beliefs, holdout.n_rides, holdout.lengths, targets
        ),
    )


def _smoothed_blocks(
    model: HiddenMarkovModel, weeks: UserWeeks
) -> Iterator[tuple[FloatArray, FloatArray, BoolArray]]:
    for block in weeks.blocks(_RATE_ROWS):
        probabilities = model.predict_proba(block.X, block.lengths)
        yield probabilities, block.n_rides, block.has_request
