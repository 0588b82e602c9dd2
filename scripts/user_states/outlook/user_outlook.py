"""The outlook of users: forecasts by state, and the regressions that refine them."""

from __future__ import annotations

from dataclasses import dataclass

from user_states.hmm.fit_settings import FitSettings
from user_states.hmm.parameters import HMMParameters
from user_states.outlook.chain_forecasts import ChainForecasts, chain_forecasts
from user_states.outlook.cross_fitting import cross_fitted
from user_states.outlook.regressions import (
    TARGETS,
    Regression,
    Target,
    learn_regressions,
)
from user_states.outlook.weekly_rates import learn_weekly_rates
from user_states.panel.training_data import TrainingData


@dataclass(frozen=True, eq=False)
class UserOutlook:
    """What a model forecasts for users in the weeks ahead.

    Attributes
    ----------
    forecasts : ChainForecasts
        By level and state, in the order of the model's parameters.
    regressions : tuple of Regression
        One for each target.
    """

    forecasts: ChainForecasts
    regressions: tuple[Regression, ...]


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
    return UserOutlook(
        forecasts, learn_regressions(past.chain, past.n_rides, past.lengths, targets)
    )
