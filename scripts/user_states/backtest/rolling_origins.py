"""Forecasts of past weeks from rolling origins: each uses earlier weeks only.

At every origin, a week t, each model forecasts for every user with a completed ride so
far each target, as the probability of a ride in week t + 1. Everything that is learned
(scaling, number of states, states, regressions, rivals) is learned from the weeks up to
a refresh, and serves the origins from that week to the next refresh (Tashman 2000,
International Journal of Forecasting 16:437-450). Origins whose weeks ahead are not all
known are left out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from user_states.backtest.forecast_comparison import DIFFERENCE_RESAMPLES
from user_states.backtest.origin_forecasts import (
    Log,
    OwnForecasters,
    TargetForecasts,
    origin_forecasts,
)
from user_states.backtest.origin_levels import origin_shifts
from user_states.backtest.origin_sums import KnownStates, OriginSums, origin_sums
from user_states.errors import UserError
from user_states.hmm.arrays import FloatArray, IntArray
from user_states.hmm.fit_options import FitOptions
from user_states.hmm.fit_result import FitResult
from user_states.hmm.hidden_markov_model import HiddenMarkovModel
from user_states.hmm.parameters import HMMParameters
from user_states.outlook.forecast_level import LEVEL_WEEKS
from user_states.outlook.regressions import (
    NEXT_RIDES,
    NEXT_WEEK,
    TARGETS,
    Regression,
    chain_forecast,
    learn_without_states,
)
from user_states.outlook.spend_regressions import (
    SPEND_TARGETS,
    SpendOutlook,
    learn_spend,
)
from user_states.outlook.user_outlook import UserOutlook, learn_user_outlook
from user_states.panel.features import Feature
from user_states.panel.training_data import (
    ModelInput,
    TrainingData,
    training_data,
)
from user_states.panel.traits import without_traits
from user_states.panel.user_weeks import Sample, UserWeeks
from user_states.selection.certificate import Examiner

RefreshProgress = Callable[[int, str], None]

_ALL_TARGETS = (*TARGETS, *SPEND_TARGETS)
_SUMMED = tuple(target for target in _ALL_TARGETS if target.kind != "probability")

# Newest weeks before the first refresh whose sums are kept.
_LEARNED_WEEKS = 52


@dataclass(frozen=True)
class Plan:
    """When a backtest learns, and from whom.

    Attributes
    ----------
    first_weeks : int
        Weeks that the first refresh learns from.
    refresh_weeks : int
        Weeks from one refresh to the next.
    learn_users : int or None
        Users of the sample that it learns from, and whose forecasts are scored; None
        for all. Sums are of all users in any case.
    examines : bool
        Whether every refresh chooses and examines its states as a fit does. Otherwise
        the number of states is the one that is asked for.
    resamples : int
        Of users, for the intervals of differences.
    """

    first_weeks: int
    refresh_weeks: int
    learn_users: int | None = None
    examines: bool = True
    resamples: int = DIFFERENCE_RESAMPLES


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
    """The forecasts of every target, next week's ride first.

    Attributes
    ----------
    targets : tuple of TargetForecasts
        Those with an origin whose outcome is known.
    refreshes : tuple of Refresh
    sums : tuple of OriginSums
        Of every refresh and target of rides or spend.
    state_keys : tuple of str
        Keys of the states of the sums, by number.
    """

    targets: tuple[TargetForecasts, ...]
    refreshes: tuple[Refresh, ...]
    sums: tuple[OriginSums, ...]
    state_keys: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class _Learned:
    """Everything that is learned at a refresh, except the rivals and the level."""

    refresh: Refresh
    input: ModelInput
    parameters: HMMParameters
    outlook: UserOutlook
    without_states: tuple[Regression, ...]
    spend_without_states: SpendOutlook | None


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
    plan: Plan,
    on_progress: RefreshProgress,
    states: KnownStates | None = None,
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
    plan : Plan
    on_progress : callable
        Called with the refreshes done and a short text.
    states : KnownStates, optional
        Of the sample's rows: sums are also by state.

    Raises
    ------
    UserError
        If there are too few weeks, or a refresh has too little to learn from.
    """
    n_weeks = sample.weeks.n_weeks
    starts = refresh_weeks_of(n_weeks, plan.first_weeks, plan.refresh_weeks)
    n_scored = plan.learn_users or sample.weeks.n_users
    log = Log.of(sample.weeks.first(n_scored))
    read = sample.select(features)
    parts: dict[str, list[TargetForecasts]] = {
        target.name: [] for target in _ALL_TARGETS
    }
    refreshes: list[Refresh] = []
    sums: list[OriginSums] = []
    for number, start in enumerate(starts):
        end = min(start + plan.refresh_weeks, n_weeks - 1)
        first = start if number else max(start - _LEARNED_WEEKS, 0)

        def report(text: str, number: int = number, start: int = start) -> None:
            on_progress(number, f"up to week {start + 1}: {text}")

        known = read.first(n_scored).until(start)
        learned = _learn(known, options, plan, start, report)
        report("sums")
        span = (first, start, end)
        # The level of the first origin is that of some weeks before it.
        before = max(first - LEVEL_WEEKS, 0)
        beliefs = _beliefs(read.weeks, learned, before, end)
        own = _own(read.weeks, learned, beliefs, before, end)
        beliefs = beliefs[_weeks_between(read.weeks, before, end) >= first]
        sums += origin_sums(
            read.weeks, own.outlook, beliefs, states, _SUMMED, span, own.shifts
        )
        of_origins = _of_origins(read.weeks, beliefs, span, n_scored)
        for target in _ALL_TARGETS:
            report(f"rivals, {target.name.replace('_', ' ')}")
            found = origin_forecasts(log, own, of_origins, target, start, end)
            parts[target.name] += [found] if found else []
        refreshes.append(learned.refresh)
    on_progress(len(starts), "scoring")
    return Backtest(
        tuple(TargetForecasts.joined(found) for found in parts.values() if found),
        tuple(refreshes),
        tuple(sums),
        () if states is None else states.keys,
    )


def _learn(
    sample: Sample,
    options: FitOptions,
    plan: Plan,
    last: int,
    report: Callable[[str], None],
) -> _Learned:
    """Fit, choose and learn the regressions from what was known in the week `last`."""
    sample, _ = without_traits(
        sample, options.max_trait_ratio, drops=options.drops_traits
    )
    data = training_data(sample, options.emissions)
    fit, has_passed_guards, choice = _fitted(data, options, plan, report)
    report("outlook")
    weeks = sample.weeks
    without = learn_without_states(weeks.n_rides, weeks.lengths)
    nothing = {target.name: np.ones(weeks.n_rows) for target in TARGETS}
    return _Learned(
        refresh=Refresh(
            week=last,
            n_states=fit.parameters.n_states,
            n_training_users=fit.n_users,
            n_training_user_weeks=fit.n_rows,
            has_passed_guards=has_passed_guards,
            choice=choice,
        ),
        input=data.input,
        parameters=fit.parameters,
        outlook=learn_user_outlook(
            fit.parameters, data, options.lapse_after_weeks, options.settings
        ),
        without_states=without,
        spend_without_states=learn_spend(
            without, nothing, weeks.n_rides, weeks.spend, weeks.lengths
        ),
    )


def _own(
    weeks: UserWeeks, learned: _Learned, beliefs: FloatArray, first: int, end: int
) -> OwnForecasters:
    """Return the forecasters, with the levels that follow from these beliefs."""
    rows = np.flatnonzero((weeks.week >= first) & (weeks.week < end))
    outlook, next_week = learned.outlook, (NEXT_WEEK, NEXT_RIDES)
    chain = {
        target.name: chain_forecast(outlook.forecasts, target, beliefs)
        for target in next_week
    }
    nothing = {target.name: np.ones(len(rows)) for target in next_week}
    return OwnForecasters(
        outlook,
        learned.without_states,
        learned.spend_without_states,
        origin_shifts(weeks, outlook.regressions, outlook.spend, chain, rows),
        origin_shifts(
            *(weeks, learned.without_states, learned.spend_without_states),
            *(nothing, rows),
        ),
    )


def _fitted(
    data: TrainingData,
    options: FitOptions,
    plan: Plan,
    report: Callable[[str], None],
) -> tuple[FitResult, bool, str]:
    """Return the fit, whether it has passed its checks, and why it was chosen."""
    examiner = Examiner.of(data, options)
    certificates = {}
    for n_states, fit in examiner.fits(options.n_states, options.n_starts):
        report(f"{n_states} states")
        certificates[n_states] = examiner.certify(fit)
    if not plan.examines:
        (certificate,) = certificates.values()
        n_states = certificate.fit.parameters.n_states
        reason = (
            f"{n_states} states, as in the model in use. A short backtest checks the "
            "model itself, but does not fit it again to see whether the same states "
            "are found."
        )
        return certificate.fit, not certificate.defects, reason
    choice = examiner.choose(
        certificates,
        lambda n_states, refit: report(f"{n_states} states, refit {refit}"),
    )
    return certificates[choice.n_states].fit, choice.is_sound, choice.explanation


def _beliefs(weeks: UserWeeks, learned: _Learned, first: int, end: int) -> FloatArray:
    """Return the beliefs of the weeks `first` to `end` - 1, in the order of the rows.

    A filtered belief does not depend on later weeks, so one pass serves all origins.
    """
    model = HiddenMarkovModel.from_parameters(learned.parameters)
    beliefs = model.filter_levels(learned.input.transform(weeks.until(end - 1)).packed)
    return beliefs[_weeks_between(weeks, 0, end) >= first]


def _weeks_between(weeks: UserWeeks, first: int, end: int) -> IntArray:
    """Return the weeks of the rows from the week `first` to `end` - 1."""
    week = weeks.week
    return week[(week >= first) & (week < end)]


def _of_origins(
    weeks: UserWeeks, beliefs: FloatArray, span: tuple[int, int, int], n_users: int
) -> FloatArray:
    """Return the beliefs of the first users from the refresh on."""
    first, start, end = span
    week = weeks.week
    is_in = (week >= first) & (week < end)
    return beliefs[(week[is_in] >= start) & (weeks.user[is_in] < n_users)]
