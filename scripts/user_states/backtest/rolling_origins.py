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

from user_states.backtest.origin_forecasts import (
    Log,
    TargetForecasts,
    origin_forecasts,
)
from user_states.errors import UserError
from user_states.hmm.arrays import FloatArray
from user_states.hmm.fit_options import FitOptions
from user_states.hmm.hidden_markov_model import HiddenMarkovModel
from user_states.hmm.parameters import HMMParameters
from user_states.outlook.regressions import (
    TARGETS,
    Regression,
    learn_without_states,
)
from user_states.outlook.user_outlook import UserOutlook, learn_user_outlook
from user_states.panel.features import Feature
from user_states.panel.training_data import ModelInput, training_data
from user_states.panel.traits import without_traits
from user_states.panel.user_weeks import Sample, UserWeeks
from user_states.selection.certificate import Examiner

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
    """The forecasts of every target, next week's ride first.

    Attributes
    ----------
    targets : tuple of TargetForecasts
        Those with an origin whose outcome is known.
    refreshes : tuple of Refresh
    """

    targets: tuple[TargetForecasts, ...]
    refreshes: tuple[Refresh, ...]


@dataclass(frozen=True, eq=False)
class _Learned:
    """Everything that is learned at a refresh, except the rivals."""

    refresh: Refresh
    input: ModelInput
    parameters: HMMParameters
    outlook: UserOutlook
    without_states: tuple[Regression, ...]


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
    n_weeks = sample.weeks.n_weeks
    starts = refresh_weeks_of(n_weeks, first_weeks, refresh_every)
    log, read = Log.of(sample.weeks), sample.select(features)
    parts: dict[str, list[TargetForecasts]] = {target.name: [] for target in TARGETS}
    refreshes: list[Refresh] = []
    for number, start in enumerate(starts):
        end = min(start + refresh_every, n_weeks - 1)

        def report(text: str, number: int = number, start: int = start) -> None:
            on_progress(number, f"up to week {start + 1}: {text}")

        learned = _learn(read.until(start), options, start, report)
        beliefs = _beliefs(read.weeks, learned, start, end)
        for target in TARGETS:
            report(f"rivals, {target.name.replace('_', ' ')}")
            found = origin_forecasts(
                log,
                learned.outlook,
                learned.without_states,
                beliefs,
                target,
                start,
                end,
            )
            parts[target.name] += [found] if found else []
        refreshes.append(learned.refresh)
    on_progress(len(starts), "scoring")
    return Backtest(
        tuple(TargetForecasts.joined(found) for found in parts.values() if found),
        tuple(refreshes),
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
    report("outlook")
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
            fit.parameters, data, options.lapse_after_weeks, options.settings
        ),
        without_states=learn_without_states(sample.weeks.n_rides, sample.weeks.lengths),
    )


def _beliefs(weeks: UserWeeks, learned: _Learned, start: int, end: int) -> FloatArray:
    """Return the beliefs of the weeks `start` to `end` - 1, in the order of the rows.

    A filtered belief does not depend on later weeks, so one pass serves all origins.
    """
    model = HiddenMarkovModel.from_parameters(learned.parameters)
    known = weeks.week[weeks.week < end]
    beliefs = model.filter_levels(learned.input.transform(weeks.until(end - 1)).packed)
    return beliefs[known >= start]
