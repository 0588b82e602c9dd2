"""The outlook of a model's users and states, learned from the sample."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from user_states.hmm.fit_settings import FitSettings
from user_states.hmm.hidden_markov_model import HiddenMarkovModel
from user_states.hmm.parameters import HMMParameters
from user_states.outlook.chain_forecasts import ChainForecasts, chain_forecasts
from user_states.outlook.cross_fitting import cross_fitted
from user_states.outlook.outlook_by_state import (
    HORIZON_WEEKS,
    PresentUsers,
    StateOutlook,
    state_outlook,
)
from user_states.outlook.outlook_terms import history_terms
from user_states.outlook.parameter_draws import draw_parameters
from user_states.outlook.regressions import (
    TARGETS,
    Regression,
    Target,
    chain_forecast,
    learn_regressions,
)
from user_states.outlook.ride_history import ride_history
from user_states.outlook.spend_regressions import SpendOutlook, learn_spend
from user_states.outlook.weekly_rates import (
    WeeklyRates,
    learn_weekly_rates,
    rides_of,
)
from user_states.panel.training_data import TrainingData

# The rides that the outlook of a state has intervals for.
(_STATE_RIDES,) = (
    target
    for target in TARGETS
    if (target.kind, target.n_weeks) == ("rides", HORIZON_WEEKS)
)

# Rows that are filtered at once.
_FILTERED_ROWS = 200_000


@dataclass(frozen=True, eq=False)
class UserOutlook:
    """What a model forecasts for users in the weeks ahead.

    Attributes
    ----------
    rates : WeeklyRates
    forecasts : ChainForecasts
        By level and state, in the order of the model's parameters.
    regressions : tuple of Regression
        One for each target, without those that the log is too short for.
    spend : SpendOutlook or None
        None if the log has no prices.
    """

    rates: WeeklyRates
    forecasts: ChainForecasts
    regressions: tuple[Regression, ...]
    spend: SpendOutlook | None


def learn_user_outlook(
    parameters: HMMParameters,
    data: TrainingData,
    lapse_after_weeks: int,
    settings: FitSettings,
    targets: tuple[Target, ...] = TARGETS,
) -> UserOutlook:
    """Forecast from each state, and learn the regressions from everyone's past weeks.

    Parameters
    ----------
    parameters : HMMParameters
        Fitted on the training users.
    data : TrainingData
    lapse_after_weeks : int
        Silent weeks after which a user has lapsed.
    settings : FitSettings
        How EM ran.
    targets : tuple of Target
        What the regressions forecast.
    """
    rates = learn_weekly_rates(parameters, data.training)
    forecasts = chain_forecasts(parameters.transition_matrix, rates, lapse_after_weeks)
    past = cross_fitted(
        parameters, forecasts, data, settings, lapse_after_weeks, targets
    )
    regressions = learn_regressions(past.chain, past.n_rides, past.lengths, targets)
    spend = learn_spend(regressions, past.chain, past.n_rides, past.spend, past.lengths)
    return UserOutlook(rates, forecasts, regressions, spend)


def learn_state_outlook(
    parameters: HMMParameters,
    outlook: UserOutlook,
    data: TrainingData,
    settings: FitSettings,
    seed: int,
) -> StateOutlook:
    """Return the outlook of the model's states.

    Parameters
    ----------
    parameters : HMMParameters
    outlook : UserOutlook
        Of the same parameters.
    data : TrainingData
    settings : FitSettings
    seed : int
        Of the draws.
    """
    draws = draw_parameters(
        parameters,
        data.training,
        rides_of(parameters, data.training),
        variance_floor=settings.variance_floor,
        probability_floor=settings.probability_floor,
        seed=seed,
    )
    return state_outlook(
        parameters.transition_matrix,
        outlook.rates.rides,
        draws,
        _present_users(parameters, outlook, data),
    )


def _present_users(
    parameters: HMMParameters, outlook: UserOutlook, data: TrainingData
) -> PresentUsers:
    """Return the sample's users in their newest week."""
    (regression,) = (
        found for found in outlook.regressions if found.target == _STATE_RIDES
    )
    model = HiddenMarkovModel.from_parameters(parameters)
    beliefs, expected = [], []
    n_weeks = max(data.training.n_weeks, data.holdout.n_weeks)
    for weeks in (data.training, data.holdout):
        for block in weeks.blocks(_FILTERED_ROWS):
            newest = np.cumsum(block.lengths) - 1
            belief = model.filter_levels(block.X, block.lengths)[newest]
            history = ride_history(block.n_rides, block.lengths, n_weeks=n_weeks).rows(
                newest
            )
            chain = chain_forecast(outlook.forecasts, _STATE_RIDES, belief)
            beliefs.append(belief)
            expected.append(regression.predict(chain, history_terms(history)))
    return PresentUsers.of(
        np.concatenate(beliefs), np.concatenate(expected), parameters
    )
