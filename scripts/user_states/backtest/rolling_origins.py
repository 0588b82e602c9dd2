"""Forecasts of past weeks from rolling origins: each uses earlier weeks only.

At every origin, a week t, each model forecasts for every user with a completed ride so
far the probability of a ride in week t + 1. Everything that is learned (scaling, number
of states, states, regressions, rivals) is learned from the weeks up to a refresh, and
serves the origins from that week to the next refresh (Tashman 2000, International
Journal of Forecasting 16:437-450).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from user_states.backtest.rivals import PRICE, RIVALS, PastWeeks
from user_states.errors import UserError
from user_states.hmm.arrays import BoolArray, FloatArray, IntArray
from user_states.hmm.fit_options import FitOptions
from user_states.hmm.hidden_markov_model import HiddenMarkovModel
from user_states.hmm.parameters import HMMParameters
from user_states.hmm.rate_margin import within_margin
from user_states.outlook.outlook_terms import history_terms
from user_states.outlook.regressions import NEXT_WEEK, chain_forecast
from user_states.outlook.ride_history import RideHistory, ride_history
from user_states.outlook.user_outlook import UserOutlook, learn_user_outlook
from user_states.panel.features import Feature
from user_states.panel.training_data import ModelInput, training_data
from user_states.panel.traits import without_traits
from user_states.panel.user_weeks import Sample, UserWeeks
from user_states.selection.certificate import Examiner

PUBLISHED = "published"
STATES_ALONE = "hmm"

RefreshProgress = Callable[[int, str], None]


@dataclass(frozen=True, eq=False)
class Refresh:
    """The model that was chosen at a refresh.

    Attributes
    ----------
    week : int
        Number of the last week that it was learned from.
    n_states : int
    n_training_users, n_training_user_weeks : int
        Users and user-weeks that it was fitted on.
    has_passed_guards : bool
    choice : str
        The reason for this number of states, in words.
    """

    week: int
    n_states: int
    n_training_users: int
    n_training_user_weeks: int
    has_passed_guards: bool
    choice: str


@dataclass(frozen=True, eq=False)
class Backtest:
    """All forecasts, and what happened.

    Attributes
    ----------
    week, user : array of int, shape (n,)
        Origin and user of each forecast, numbered as in `UserWeeks`.
    has_ride : array of bool, shape (n,)
        Whether the user completed a ride in the week after.
    forecasts : dict of str to array, shape (n,)
        By model: the published outlook, the states alone, and the rivals.
    refreshes : tuple of Refresh
    """

    week: IntArray
    user: IntArray
    has_ride: BoolArray
    forecasts: dict[str, FloatArray]
    refreshes: tuple[Refresh, ...]


@dataclass(frozen=True, eq=False)
class _Learned:
    """Everything that is learned at a refresh, except the rivals."""

    refresh: Refresh
    input: ModelInput
    parameters: HMMParameters
    outlook: UserOutlook


def refresh_weeks_of(n_weeks: int, first_weeks: int, every: int) -> list[int]:
    """Return the numbers of the weeks at which everything is learned again.

    Raises
    ------
    UserError
        If no week is left to forecast.
    """
    found = list(range(first_weeks - 1, n_weeks - 1, every))
    if not found:
        raise UserError(
            f"the panel holds {n_weeks} weeks; expected more than the {first_weeks} "
            "weeks that the first forecast learns from: ask for fewer first weeks"
        )
    return found


def run_backtest(
    sample: Sample,
    features: Sequence[Feature],
    options: FitOptions,
    first_weeks: int,
    refresh_every: int,
    on_progress: RefreshProgress,
) -> Backtest:
    """Forecast every week after the first ones.

    Parameters
    ----------
    sample : Sample
        All users up to the same last week, with the features of the model and the
        rolling price.
    features : sequence of Feature
        Features of the model.
    options : FitOptions
        How each refresh fits.
    first_weeks : int
        Weeks that the first refresh learns from.
    refresh_every : int
        Weeks from one refresh to the next.
    on_progress : callable
        Called with the refreshes done and a short text.

    Raises
    ------
    UserError
        If there are too few weeks, or a refresh has too little to learn from.
    """
    weeks = sample.weeks
    starts = refresh_weeks_of(weeks.n_weeks, first_weeks, refresh_every)
    history = ride_history(weeks.n_rides, weeks.lengths)
    price = weeks.values([PRICE])[:, 0]
    read = sample.select(features)
    week, user = weeks.week, weeks.user
    has_ride = np.append(weeks.n_rides[1:] > 0, False)
    parts: list[dict[str, FloatArray]] = []
    rows_of: list[IntArray] = []
    refreshes: list[Refresh] = []
    for number, start in enumerate(starts):
        end = min(start + refresh_every, weeks.n_weeks - 1)

        def report(text: str, number: int = number, start: int = start) -> None:
            on_progress(number, f"up to week {start + 1}: {text}")

        learned = _learn(read.until(start), options, start, report)
        rows = np.flatnonzero((week >= start) & (week < end))
        report("rivals")
        past = _past(history, price, has_ride, week, start)
        at_origins = history.rows(rows)
        forecasts = _own_forecasts(read.weeks, learned, at_origins, rows, end)
        for name, learn in RIVALS.items():
            forecasts[name] = learn(past).predict(at_origins, price[rows])
        parts.append(forecasts)
        rows_of.append(rows)
        refreshes.append(learned.refresh)
    on_progress(len(starts), "scoring")
    all_rows = np.concatenate(rows_of)
    return Backtest(
        week=week[all_rows],
        user=user[all_rows],
        has_ride=has_ride[all_rows],
        forecasts={
            name: np.concatenate([part[name] for part in parts]) for name in parts[0]
        },
        refreshes=tuple(refreshes),
    )


def _learn(
    sample: Sample, options: FitOptions, last: int, report: Callable[[str], None]
) -> _Learned:
    """Fit, choose and learn the regression from what was known in the week `last`."""
    sample, _ = without_traits(
        sample, options.max_trait_ratio, drops=options.drops_traits
    )
    data = training_data(sample, options.emissions)
    examiner = Examiner.of(data, options)
    certificates = {}
    for n_states, fit in examiner.fits(options.n_states, options.n_starts):
        report(f"{n_states} states")
        certificates[n_states] = examiner.certify(fit)
    choice = examiner.choose(
        certificates,
        lambda n_states, refit: report(f"{n_states} states, refit {refit}"),
    )
    fit = certificates[choice.n_states].fit
    return _Learned(
        refresh=Refresh(
            week=last,
            n_states=choice.n_states,
            n_training_users=fit.n_users,
            n_training_user_weeks=fit.n_rows,
            has_passed_guards=choice.is_sound,
            choice=choice.explanation,
        ),
        input=data.input,
        parameters=fit.parameters,
        outlook=learn_user_outlook(
            fit.parameters, data, options.lapse_after_weeks, (NEXT_WEEK,)
        ),
    )


def _past(
    history: RideHistory,
    price: FloatArray,
    has_ride: BoolArray,
    week: IntArray,
    last: int,
) -> PastWeeks:
    """Return what a rival may learn from at the end of week `last`."""
    pairs = np.flatnonzero(week < last)
    return PastWeeks(
        history=history.rows(pairs),
        price=price[pairs],
        rides_next_week=has_ride[pairs],
        last_history=history.rows(np.flatnonzero(week == last)),
    )


def _own_forecasts(
    weeks: UserWeeks,
    learned: _Learned,
    at_origins: RideHistory,
    rows: IntArray,
    end: int,
) -> dict[str, FloatArray]:
    """Return the forecasts of the published outlook and of the states alone."""
    known = np.flatnonzero(weeks.week < end)
    model = HiddenMarkovModel.from_parameters(learned.parameters)
    # A filtered belief does not depend on later weeks, so one pass serves all origins.
    beliefs = model.filter_proba(learned.input.transform(weeks.until(end - 1)).packed)
    at_rows = beliefs[np.searchsorted(known, rows)]
    (regression,) = learned.outlook.regressions
    chain = chain_forecast(learned.outlook.forecasts, NEXT_WEEK, at_rows)
    return {
        PUBLISHED: regression.predict(chain, history_terms(at_origins)),
        STATES_ALONE: within_margin(chain),
    }
