"""What speaks for each fitted model, and against it: the certificate.

Array code only. Every start is measured on all training rows and on the held-out
users; the best start of each number of states is held against the guards; and
the rule of selection.py chooses.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from user_states.hmm.arrays import FloatArray, IntArray
from user_states.hmm.fit_options import FitOptions
from user_states.hmm.fitting import (
    FitResult,
    FitSettings,
    Progress,
    Start,
    count_floor_hits,
    count_parameters,
    fit_each,
)
from user_states.hmm.hidden_markov_model import HiddenMarkovModel
from user_states.hmm.packing import PackedSequences, pack
from user_states.hmm.parameters import HMMParameters
from user_states.hmm.probabilities import within_margin
from user_states.panel.training_data import TrainingData
from user_states.selection.choice import (
    Candidate,
    Choice,
    InformationCriteria,
    choose,
    information_criteria,
)
from user_states.selection.guards import Defect, check_evidence, check_model
from user_states.selection.next_week import (
    UserScores,
    activity_rates,
    base_scores,
    next_week_probabilities,
    score_next_week,
)
from user_states.selection.separation import Separation, separation
from user_states.selection.stability import (
    mean_adjusted_rand,
    resampled_users,
    take_users,
)

# Users of a refit, and its starts: enough to find the states again.
_REFIT_USERS = 10_000
_REFIT_STARTS = 4
# Held-out users whose states the refits are compared on.
_COMPARED_USERS = 5_000
# Users from whom a model that does not read is_active learns how active a state is.
_RATE_USERS = 2_000


@dataclass(frozen=True, eq=False)
class MeasuredStart:
    """One start, on all training rows and on the held-out users.

    Attributes
    ----------
    start : Start
    log_likelihood : float
        Of the training rows, in nats.
    n_parameters : int
    criteria : InformationCriteria
    n_floor_hits : int
        Variances at the floor.
    state_shares : array, shape (K,)
        Share of the training user-weeks decoded as each state.
    scores : UserScores or None
        Of next week's activity of the held-out users; None if no held-out user
        has two weeks.
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
    """One number of states.

    Attributes
    ----------
    fit : FitResult
    starts : tuple of MeasuredStart
        By number.
    separation : Separation or None
        On the held-out users; None where there is nothing to test.
    defects : tuple of Defect
        All but those that only stability shows.
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
    """Fits on the training users, and measures the fits on them and on those held out.

    Parameters
    ----------
    data : TrainingData
    settings : FitSettings
    seed : int
        Of starts, shuffles and resamples.
    min_state_share, min_stability : float
        As in the vars.
    bootstrap_refits : int
        Refits on resampled users that measure a finalist's stability.

    Attributes
    ----------
    training : PackedSequences
        The training users, side by side.
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
        densities = data.input.densities
        self.training = pack(data.training.X, data.training.lengths, densities)
        self._holdout: PackedSequences | None = None
        if (data.holdout.lengths > 1).any():
            self._holdout = pack(data.holdout.X, data.holdout.lengths, densities)

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
    def base(self) -> UserScores | None:
        """Scores of the training users' activity rate alone."""
        if self._holdout is None:
            return None
        rate = float(self._data.training.is_active.mean())
        holdout = self._data.holdout
        return base_scores(rate, holdout.is_active, holdout.lengths)

    def fits(
        self,
        n_states: Sequence[int],
        n_starts: int,
        on_progress: Progress | None = None,
    ) -> Iterator[tuple[int, FitResult]]:
        """Yield the fit of each number of states; all as of `fit_each`."""
        yield from fit_each(
            self._data.training.X,
            self._data.training.lengths,
            self._data.input.densities,
            n_states,
            n_starts,
            self._seed,
            self._settings,
            everyone=self.training,
            on_progress=on_progress,
        )

    def certify(self, fit: FitResult) -> Certificate:
        """Measure every start of a fit, and hold the best against the guards."""
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
        """Choose a number of states; `on_refit` hears the number and the refit."""
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

        Each refit begins anew, from starts of its own, on as many users as were
        drawn from the training users with replacement. All decode the same users:
        held-out ones, or training users where none is held out.
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
        training = self._data.training
        entropy = np.random.SeedSequence([self._seed, n_states, refit])
        rng = np.random.default_rng(entropy)
        n_users = min(len(training.lengths), _REFIT_USERS)
        users = resampled_users(training.lengths, n_users, rng)
        X, lengths = take_users(training.X, training.lengths, users)
        ((_, fit),) = fit_each(
            X,
            lengths,
            self._data.input.densities,
            [n_states],
            _REFIT_STARTS,
            int(rng.integers(2**31)),
            replace(self._settings, polished_starts=1),
        )
        return fit.parameters

    def _compared_users(self) -> PackedSequences:
        users = self._data.training if self._holdout is None else self._data.holdout
        lengths = users.lengths[:_COMPARED_USERS]
        return pack(users.X[: lengths.sum()], lengths, self._data.input.densities)

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
        log_likelihood = model.score(self.training)
        path_log_likelihood, states = model.decode(self.training)
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
        """Return how often each state is active.

        Where the model reads is_active, that is the mean of it: 0/1 columns are
        not scaled, and at the optimum the mean is the weighted share.
        """
        names = [feature.name for feature in self._data.input.features]
        if "is_active" in names:
            return within_margin(parameters.means[:, names.index("is_active")])
        training = self._data.training
        lengths = training.lengths[:_RATE_USERS]
        n_rows = int(lengths.sum())
        probabilities = HiddenMarkovModel.from_parameters(parameters).predict_proba(
            training.X[:n_rows], lengths
        )
        return activity_rates(probabilities, training.is_active[:n_rows])

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
