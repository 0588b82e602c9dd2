"""Forecasts of the chain for past weeks, by chains that did not see the user.

A regression that learned from a chain's forecasts for the very users that the chain was
fitted on would trust it too much. So the users are divided into folds, and each fold is
forecast by a chain of the others (cross-fitting: Chernozhukov and others 2018, The
Econometrics Journal 21:C1-C68; stacking learns in the same way: Wolpert 1992, Neural
Networks 5:241-259). The held-out users are a fold already: the chain itself forecasts
them. For each other fold EM goes on from the chain's parameters without the fold.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from user_states.hmm.arrays import FloatArray, IntArray
from user_states.hmm.fit_settings import FitSettings
from user_states.hmm.hidden_markov_model import HiddenMarkovModel
from user_states.hmm.parameters import HMMParameters
from user_states.outlook.chain_forecasts import ChainForecasts, chain_forecasts
from user_states.outlook.regressions import Target, chain_forecast
from user_states.outlook.weekly_rates import learn_weekly_rates
from user_states.panel.training_data import TrainingData
from user_states.panel.user_weeks import UserWeeks

# Folds, with that of the held-out users.
N_FOLDS = 5

# Most user-weeks that regressions learn from: with more their coefficients hardly
# change, but the time grows.
_MOST_USER_WEEKS = 300_000

# Most iterations of EM without a fold. It begins close to its end, and what is left of
# the fold in the parameters is far less than the noise in them.
_MOST_ITERATIONS = 15

# Rows that are filtered at once.
_FILTERED_ROWS = 200_000


@dataclass(frozen=True, eq=False)
class PastForecasts:
    """What chains forecast in past weeks, and the rides.

    Attributes
    ----------
    n_rides : array, shape (n_rows,)
        Completed rides of the week.
    spend : array, shape (n_rows,), or None
        Of the week; None if the log has no prices.
    lengths : array of int, shape (n_users,)
        Weeks of each user.
    chain : dict from target to array, shape (n_rows,)
    """

    n_rides: FloatArray
    spend: FloatArray | None
    lengths: IntArray
    chain: dict[str, FloatArray]


def cross_fitted(
    parameters: HMMParameters,
    forecasts: ChainForecasts,
    data: TrainingData,
    settings: FitSettings,
    lapse_after_weeks: int,
    targets: Sequence[Target],
) -> PastForecasts:
    """Return forecasts for past weeks of all users, or of the first ones if many.

    Parameters
    ----------
    parameters : HMMParameters
        Fitted on the training users.
    forecasts : ChainForecasts
        Of these parameters.
    data : TrainingData
    settings : FitSettings
        How EM ran.
    lapse_after_weeks : int
    targets : sequence of Target
    """
    n_rows = data.training.n_rows + data.holdout.n_rows
    share = min(1.0, _MOST_USER_WEEKS / max(n_rows, 1))
    training, holdout = (
        weeks.first(int(np.ceil(share * weeks.n_users)))
        for weeks in (data.training, data.holdout)
    )
    parts = []
    if holdout.n_users:
        parts.append(_forecasts(parameters, forecasts, holdout, targets))
    n_folds = min(N_FOLDS - (holdout.n_users > 0), training.n_users)
    for fold, others in _folds(training, n_folds):
        refitted = _refitted(parameters, others, settings)
        rates = learn_weekly_rates(refitted, others)
        their = chain_forecasts(refitted.transition_matrix, rates, lapse_after_weeks)
        parts.append(_forecasts(refitted, their, fold, targets))
    return PastForecasts(
        np.concatenate([part.n_rides for part in parts]),
        _joined([part.spend for part in parts]),
        np.concatenate([part.lengths for part in parts]),
        {
            target.name: np.concatenate([part.chain[target.name] for part in parts])
            for target in targets
        },
    )


def _joined(parts: Sequence[FloatArray | None]) -> FloatArray | None:
    """Return all spend, or None without prices."""
    known = [part for part in parts if part is not None]
    return np.concatenate(known) if len(known) == len(parts) else None


def _folds(weeks: UserWeeks, n_folds: int) -> Iterator[tuple[UserWeeks, UserWeeks]]:
    """Yield each fold and the other users. Users are in random order."""
    number = np.arange(weeks.n_users) * n_folds // max(weeks.n_users, 1)
    for fold in range(n_folds):
        is_inside = number == fold
        # A fold of everyone has no others: then they are the fold itself.
        is_other = ~is_inside if n_folds > 1 else is_inside
        yield weeks.of_users(is_inside), weeks.of_users(is_other)


def _refitted(
    parameters: HMMParameters, weeks: UserWeeks, settings: FitSettings
) -> HMMParameters:
    model = HiddenMarkovModel(
        parameters.n_states,
        variance_floor=settings.variance_floor,
        probability_floor=settings.probability_floor,
        tolerance=settings.tolerance,
        max_iterations=min(_MOST_ITERATIONS, settings.max_iterations),
        initial=parameters,
        jumps=True,
    )
    return model.fit(weeks.X, weeks.lengths).parameters_


def _forecasts(
    parameters: HMMParameters,
    forecasts: ChainForecasts,
    weeks: UserWeeks,
    targets: Sequence[Target],
) -> PastForecasts:
    model = HiddenMarkovModel.from_parameters(parameters)
    chain: dict[str, list[FloatArray]] = {target.name: [] for target in targets}
    for block in weeks.blocks(_FILTERED_ROWS):
        beliefs = model.filter_levels(block.X, block.lengths)
        for target in targets:
            chain[target.name].append(chain_forecast(forecasts, target, beliefs))
    return PastForecasts(
        weeks.n_rides,
        weeks.spend,
        weeks.lengths,
        {name: np.concatenate(found) for name, found in chain.items()},
    )
