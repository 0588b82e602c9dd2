"""Forecasts of past weeks, each from what was known before it: rolling origins.

At every origin, a week t, each model says of every user with a completed ride so far
how probable a ride is in week t + 1. Whatever is learned, scaling, number of states,
states, regressions and rivals alike, is learned from the weeks up to a refresh, and
serves the origins from there to the next refresh (Tashman 2000, International Journal
of Forecasting 16:437-450).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from user_states.backtest.rivals import RIVALS, KnownWeeks, PastWeeks
from user_states.errors import UserError
from user_states.hmm.arrays import BoolArray, FloatArray, IntArray
from user_states.hmm.fit_options import FitOptions
from user_states.hmm.hidden_markov_model import HiddenMarkovModel
from user_states.hmm.parameters import HMMParameters
from user_states.hmm.probabilities import within_margin
from user_states.outlook.outlook import Outlook, make_outlook
from user_states.outlook.outlook_terms import history_terms
from user_states.outlook.regressions import NEXT_WEEK, chain_forecast
from user_states.outlook.ride_history import ride_history
from user_states.panel.features import Feature
from user_states.panel.training_data import ModelInput, TrainingData, training_data
from user_states.selection.certificate import Examiner

PUBLISHED = "published"
STATES_ALONE = "hmm"

Progress = Callable[[int, str], None]


@dataclass(frozen=True, eq=False)
class WeeksOfUsers:
    """The weeks that a backtest reads: of every user up to the same last week.

    Attributes
    ----------
    features : tuple of Feature
        Those that the model asks for, one for each column of `X`.
    X : array, shape (n_rows, n_features)
        In natural units; each user's weeks in one block, in order of time, from the
        week of the first completed ride on.
    lengths : array of int, shape (n_users,)
    n_rides, price : array, shape (n_rows,)
        Completed rides of the week, and the rolling price, NaN where none is known.
    has_request : array of bool, shape (n_rows,)
    is_held_out : array of bool, shape (n_users,)
        Users whom no model is fitted on.
    """

    features: tuple[Feature, ...]
    X: FloatArray
    lengths: IntArray
    n_rides: FloatArray
    price: FloatArray
    has_request: BoolArray
    is_held_out: BoolArray

    @property
    def n_weeks(self) -> int:
        """Weeks from the first ride of anyone to the last week."""
        return int(self.lengths.max(initial=0))

    @property
    def week(self) -> IntArray:
        """Number of each row's week, from 0 to `n_weeks` - 1."""
        ends = np.repeat(np.cumsum(self.lengths), self.lengths)
        weeks: IntArray = self.n_weeks - (ends - np.arange(len(self.n_rides)))
        return weeks

    @property
    def user(self) -> IntArray:
        """Number of each row's user."""
        return np.repeat(np.arange(len(self.lengths)), self.lengths)

    def lengths_until(self, week: int) -> IntArray:
        """Return the rows of each user up to a week, none for whoever comes later."""
        return np.maximum(self.lengths - (self.n_weeks - 1 - week), 0)


@dataclass(frozen=True, eq=False)
class Refresh:
    """What was learned at one origin.

    Attributes
    ----------
    week : int
        Number of the last week that was read.
    n_states : int
    n_training_users, n_training_user_weeks : int
        What the states were fitted on.
    has_passed_guards : bool
    choice : str
        Why this many states, in words.
    """

    week: int
    n_states: int
    n_training_users: int
    n_training_user_weeks: int
    has_passed_guards: bool
    choice: str


@dataclass(frozen=True, eq=False)
class Backtest:
    """All forecasts, and what came.

    Attributes
    ----------
    week, user : array of int, shape (n,)
        Origin and user of each forecast, numbered as in WeeksOfUsers.
    has_ride : array of bool, shape (n,)
        Whether the user completed a ride in the week after.
    forecasts : dict of str to array, shape (n,)
        By model: the published one, the states alone, and the rivals.
    refreshes : tuple of Refresh
    """

    week: IntArray
    user: IntArray
    has_ride: BoolArray
    forecasts: dict[str, FloatArray]
    refreshes: tuple[Refresh, ...]


@dataclass(frozen=True, eq=False)
class _Learned:
    """Everything that one refresh learned."""

    refresh: Refresh
    input: ModelInput
    parameters: HMMParameters
    outlook: Outlook


def refresh_weeks_of(n_weeks: int, first_weeks: int, every: int) -> list[int]:
    """Return the numbers of the weeks at which everything is learned anew.

    Raises
    ------
    UserError
        If there is no week to forecast.
    """
    found = list(range(first_weeks - 1, n_weeks - 1, every))
    if not found:
        raise UserError(
            f"the panel holds {n_weeks} weeks; expected more than {first_weeks}, the "
            "weeks that the first forecast learns from: ask for fewer first weeks"
        )
    return found


def run_backtest(
    weeks: WeeksOfUsers,
    options: FitOptions,
    first_weeks: int,
    refresh_every: int,
    on_progress: Progress,
) -> Backtest:
    """Forecast every week after the first ones.

    Parameters
    ----------
    weeks : WeeksOfUsers
    options : FitOptions
        How every refresh fits.
    first_weeks : int
        Weeks that the first refresh learns from.
    refresh_every : int
        Weeks from one refresh to the next.
    on_progress : callable
        Called with the refreshes done and a few words.

    Raises
    ------
    UserError
        If there are too few weeks, or a refresh has too little to learn from.
    """
    starts = refresh_weeks_of(weeks.n_weeks, first_weeks, refresh_every)
    known = KnownWeeks(ride_history(weeks.n_rides, weeks.lengths), weeks.price)
    week, user = weeks.week, weeks.user
    has_ride = np.append(weeks.n_rides[1:] > 0, False)
    parts: list[dict[str, FloatArray]] = []
    rows_of: list[IntArray] = []
    refreshes: list[Refresh] = []
    for number, start in enumerate(starts):
        end = min(start + refresh_every, weeks.n_weeks - 1)

        def tell(text: str, number: int = number, start: int = start) -> None:
            on_progress(number, f"up to week {start + 1}: {text}")

        learned = _learn(weeks, options, start, tell)
        rows = np.flatnonzero((week >= start) & (week < end))
        tell("rivals")
        past = _past(known, has_ride, week, start)
        at_origins = known.rows(rows)
        forecasts = _own_forecasts(weeks, learned, at_origins, rows, end)
        for name, learn in RIVALS.items():
            forecasts[name] = learn(past).predict(at_origins)
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
    weeks: WeeksOfUsers, options: FitOptions, last: int, tell: Callable[[str], None]
) -> _Learned:
    """Fit, choose and learn the regression from the weeks up to `last`."""
    data = _data_until(weeks, options, last)
    examiner = Examiner.of(data, options)
    certificates = {}
    for n_states, fit in examiner.fits(options.n_states, options.n_starts):
        tell(f"{n_states} states")
        certificates[n_states] = examiner.certify(fit)
    choice = examiner.choose(
        certificates, lambda n_states, refit: tell(f"{n_states} states, refit {refit}")
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
        outlook=make_outlook(
            fit.parameters, data, options.lapse_after_weeks, (NEXT_WEEK,)
        ),
    )


def _data_until(weeks: WeeksOfUsers, options: FitOptions, last: int) -> TrainingData:
    """Return what a fit at the end of week `last` would have read."""
    lengths = weeks.lengths_until(last)
    is_there = lengths > 0
    is_known = weeks.week <= last
    return training_data(
        weeks.features,
        weeks.X[is_known],
        lengths[is_there],
        weeks.n_rides[is_known],
        weeks.has_request[is_known],
        weeks.is_held_out[is_there],
        options.emissions,
    )


def _past(
    known: KnownWeeks, has_ride: BoolArray, week: IntArray, last: int
) -> PastWeeks:
    """Return what a rival may learn from at the end of week `last`."""
    pairs = np.flatnonzero(week < last)
    return PastWeeks(
        known.rows(pairs), has_ride[pairs], known.rows(np.flatnonzero(week == last))
    )


def _own_forecasts(
    weeks: WeeksOfUsers,
    learned: _Learned,
    at_origins: KnownWeeks,
    rows: IntArray,
    end: int,
) -> dict[str, FloatArray]:
    """Return the forecasts of the published outlook and of the states alone."""
    is_known = np.flatnonzero(weeks.week < end)
    lengths = weeks.lengths_until(end - 1)
    X = learned.input.transform(
        weeks.X[is_known], weeks.n_rides[is_known] > 0, weeks.has_request[is_known]
    )
    model = HiddenMarkovModel.from_parameters(learned.parameters)
    # A filtered belief knows the weeks up to its own, whatever comes after.
    beliefs = model.filter_proba(X, lengths[lengths > 0])
    at_rows = beliefs[np.searchsorted(is_known, rows)]
    (regression,) = learned.outlook.regressions
    chain = chain_forecast(learned.outlook.forecasts, NEXT_WEEK, at_rows)
    return {
        PUBLISHED: regression.predict(chain, history_terms(at_origins.history)),
        STATES_ALONE: within_margin(chain),
    }
