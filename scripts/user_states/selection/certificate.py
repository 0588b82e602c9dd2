"""The evidence for and against each fitted model: its certificate.

Array code only. Every start is measured on all training rows and on the held-out
users. The best start of each number of states is checked by the guards, and the rule
in choice.py chooses the number of states.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from user_states.hmm.arrays import FloatArray, IntArray
from user_states.hmm.fit_options import FitOptions
from user_states.hmm.fit_result import (
    FitResult,
    Start,
    count_floor_hits,
    count_parameters,
)
from user_states.hmm.fit_settings import FitSettings
from user_states.hmm.fitting import FitProgress, fit_each
from user_states.hmm.hidden_markov_model import HiddenMarkovModel
from user_states.hmm.packing import PackedSequences
from user_states.hmm.parameters import HMMParameters
from user_states.hmm.rate_margin import within_margin
from user_states.panel.training_data import TrainingData
from user_states.selection.choice import (
    Candidate,
    Choice,
    InformationCriteria,
    choose,
    information_criteria,
)
from user_states.selection.guards import Defect, check_evidence, check_model
from user_states.selection.next_week_scores import (
    UserScores,
    activity_rates,
    base_scores,
    next_week_probabilities,
    score_next_week,
)
from user_states.selection.separation import Separation, separation
from user_states.selection.stability import mean_adjusted_rand, resampled_users

# Most users of a refit, and its starts: enough to find the states again.
_REFIT_USERS = 10_000
_REFIT_STARTS = 4
# Held-out users on whose states the refits are compared.
_COMPARED_USERS = 5_000
# Users from whom the activity rate of each state is estimated, if the model does not
# read is_active.
_RATE_USERS = 2_000


@dataclass(frozen=True, eq=False)
class MeasuredStart:
    """One start, measured on all training rows and on the held-out users.

    Attributes
    ----------
    start : Start
    log_likelihood : float
        Of the training rows, in nats.
    n_parameters : int
    criteria : InformationCriteria
    n_floor_hits : int
        Number of variances at the floor.
    state_shares : array, shape (K,)
        Share of the training user-weeks decoded as each state.
    scores : UserScores or None
        Scores of forecasts of next week's activity, on the held-out users; None if no
        held-out user has two weeks.
    """

    start: Start
    log_likelihood: float
    n_parameters: int
    criteria: InformationCriteria
    n_floor_hits: int
    state_shares: FloatArray
    scores: UserScores | None


@dataclass(frozen=True, eq=False)
class Certificate:
    """The evidence on the fit of one number of states.

    Attributes
    ----------
    fit : FitResult
    starts : tuple of MeasuredStart
        By number.
    separation : Separation or None
        On the held-out users; None if it cannot be tested.
    defects : tuple of Defect
        All defects except instability, which is measured later.
    """

    fit: FitResult
    starts: tuple[MeasuredStart, ...]
    separation: Separation | None
    defects: tuple[Defect, ...]

    @property
    def best(self) -> MeasuredStart:
        """The start that the fit came from."""
        return next(s for s in self.starts if s.start.number == self.fit.start)


class Examiner:
    """Fits models on the training users, and measures them on held-out users.

    Parameters
    ----------
    data : TrainingData
    settings : FitSettings
    seed : int
        Of starts, shuffles and resamples.
    min_state_share, min_stability : float
        As in the vars.
    bootstrap_refits : int
        Refits on resampled users, by which the stability of a finalist is measured.
    """

    def __init__(
        self,
        data: TrainingData,
        settings: FitSettings,
        *,
        seed: int,
        min_state_share: float,
        min_stability: float,
        bootstrap_refits: int,
    ) -> None:
        self._data = data
        self._settings = settings
        self._seed = seed
        self._min_state_share = min_state_share
        self._min_stability = min_stability
        self.bootstrap_refits = bootstrap_refits

    @classmethod
    def of(cls, data: TrainingData, options: FitOptions) -> Examiner:
        """Return the examiner that the options of a fit ask for."""
        return cls(
            data,
            options.settings,
            seed=options.seed,
            min_state_share=options.min_state_share,
            min_stability=options.min_stability,
            bootstrap_refits=options.bootstrap_refits,
        )

    @property
    def _training(self) -> PackedSequences:
        return self._data.training_sequences.packed

    @property
    def _holdout(self) -> PackedSequences | None:
        """The held-out users, None if none of them has two weeks."""
        if not (self._data.holdout.lengths > 1).any():
            return None
        return self._data.holdout_sequences.packed

    @property
    def base(self) -> UserScores | None:
        """Scores of the overall activity rate of the training users as a forecast."""
        if self._holdout is None:
            return None
        rate = float(self._data.training.is_active.mean())
        holdout = self._data.holdout
        return base_scores(rate, holdout.is_active, holdout.lengths)

    def fits(
        self,
        n_states: Sequence[int],
        n_starts: int,
        on_progress: FitProgress | None = None,
    ) -> Iterator[tuple[int, FitResult]]:
        """Yield the fit of each number of states; parameters as of `fit_each`."""
        yield from fit_each(
            self._data.training_sequences,
            n_states,
            n_starts,
            self._seed,
            self._settings,
            on_progress=on_progress,
        )

    def certify(self, fit: FitResult) -> Certificate:
        """Measure every start of a fit, and check the best with the guards."""
        starts = tuple(self._measure(start) for start in fit.starts)
        best = next(s for s in starts if s.start.number == fit.start)
        parameters = fit.parameters
        separating = self._separation(parameters)
        defects = check_model(
            parameters,
            self._data.input.features,
            variance_floor=self._settings.variance_floor,
            state_shares=best.state_shares,
            min_state_share=self._min_state_share,
            converged=fit.converged,
        )
        defects += self._evidence(fit, separating, None)
        return Certificate(fit, starts, separating, tuple(defects))

    def choose(
        self,
        certificates: Mapping[int, Certificate],
        on_refit: Callable[[int, int], None] | None = None,
    ) -> Choice:
        """Choose a number of states.

        `on_refit` is called after each refit with the number of states and the number
        of the refit, from 1.
        """
        candidates = [
            Candidate(
                n_states=n_states,
                scores=certificate.best.scores,
                bic=certificate.best.criteria.bic,
                defects=certificate.defects,
            )
            for n_states, certificate in certificates.items()
        ]
        return choose(
            candidates,
            lambda n_states: self.stability(n_states, on_refit),
            lambda n_states, stability: self._evidence(
                certificates[n_states].fit,
                certificates[n_states].separation,
                stability,
            ),
        )

    def stability(
        self, n_states: int, on_refit: Callable[[int, int], None] | None = None
    ) -> float:
        """Return the adjusted Rand index between refits on resampled users.

        Each refit has its own starts and its own users, drawn from the training users
        with replacement. All refits decode the same users: held-out users, or training
        users if nobody is held out.
        """
        compared = self._compared_users()
        labels = []
        for refit in range(self.bootstrap_refits):
            model = HiddenMarkovModel.from_parameters(self._refit(n_states, refit))
            labels.append(model.predict(compared))
            if on_refit is not None:
                on_refit(n_states, refit + 1)
        return mean_adjusted_rand(labels)

    def _refit(self, n_states: int, refit: int) -> HMMParameters:
        training = self._data.training_sequences
        entropy = np.random.SeedSequence([self._seed, n_states, refit])
        rng = np.random.default_rng(entropy)
        n_draws = min(training.n_users, _REFIT_USERS)
        users = resampled_users(training.n_users, n_draws, rng)
        ((_, fit),) = fit_each(
            training.take(users),
            [n_states],
            _REFIT_STARTS,
            int(rng.integers(2**31)),
            replace(self._settings, polished_starts=1),
        )
        return fit.parameters

    def _compared_users(self) -> PackedSequences:
        data = self._data
        users = data.training_sequences
        if self._holdout is not None:
            users = data.holdout_sequences
        return users.first(_COMPARED_USERS).packed

    def _evidence(
        self, fit: FitResult, separating: Separation | None, stability: float | None
    ) -> list[Defect]:
        return check_evidence(
            n_states=fit.parameters.n_states,
            n_polished=fit.n_polished,
            n_at_best=fit.n_at_best,
            stability=stability,
            min_stability=self._min_stability,
            separation=separating,
        )

    def _measure(self, start: Start) -> MeasuredStart:
        model = HiddenMarkovModel.from_parameters(start.parameters)
        log_likelihood = model.score(self._training)
        path_log_likelihood, states = model.decode(self._training)
        n_parameters = count_parameters(start.parameters)
        counts = np.bincount(states, minlength=start.parameters.n_states)
        return MeasuredStart(
            start=start,
            log_likelihood=log_likelihood,
            n_parameters=n_parameters,
            criteria=information_criteria(
                log_likelihood, path_log_likelihood, n_parameters, len(states)
            ),
            n_floor_hits=count_floor_hits(
                start.parameters, self._settings.variance_floor
            ),
            state_shares=counts / len(states),
            scores=self._next_week_scores(start.parameters),
        )

    def _next_week_scores(self, parameters: HMMParameters) -> UserScores | None:
        if self._holdout is None:
            return None
        filtered = HiddenMarkovModel.from_parameters(parameters).filter_proba(
            self._holdout
        )
        forecasts = next_week_probabilities(
            filtered, parameters.transition_matrix, self._activity_rates(parameters)
        )
        holdout = self._data.holdout
        return score_next_week(forecasts, holdout.is_active, holdout.lengths)

    def _activity_rates(self, parameters: HMMParameters) -> FloatArray:
        """Return the share of active weeks in each state.

        If the model reads the number of rides as a count, this is the probability of
        one or more, over its levels. If it reads is_active, this is its mean: 0/1
        columns are not scaled, and at the optimum the mean is the weighted share.
        """
        names = self._data.training.names
        count = parameters.count_feature
        if count is not None and names[count] == "n_rides":
            none = parameters.level_weights @ parameters.count_probabilities()[:, :, 0]
            return within_margin(1 - none)
        if "is_active" in names:
            column = parameters.columns(names.index("is_active"))
            return within_margin(parameters.means[:, column][:, 0])
        few = self._data.training.first(_RATE_USERS)
        probabilities = HiddenMarkovModel.from_parameters(parameters).predict_proba(
            few.X, few.lengths
        )
        return activity_rates(probabilities, few.is_active)

    def _separation(self, parameters: HMMParameters) -> Separation | None:
        if self._holdout is None:
            return None
        filtered = HiddenMarkovModel.from_parameters(parameters).filter_proba(
            self._holdout
        )
        states: IntArray = filtered.argmax(axis=1)
        holdout = self._data.holdout
        return separation(
            states, holdout.is_active, holdout.lengths, None, seed=self._seed
        )
