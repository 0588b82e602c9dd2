"""The evidence for and against each fitted model: its certificate.

Array code only. All numbers of states are compared by their fits to the first users,
which are measured on all training rows and on the held-out users. The best start of
each is checked by the guards, and the rule in choice.py chooses the number of states.
Only those that may be chosen are fitted to all users, and tested by other fits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from threadpoolctl import threadpool_limits

from user_states.hmm.arrays import FloatArray, IntArray
from user_states.hmm.decoded_stays import median_stays
from user_states.hmm.fit_options import FitOptions
from user_states.hmm.fit_result import (
    FitResult,
    Start,
    count_floor_hits,
    count_parameters,
)
from user_states.hmm.fit_settings import FitSettings
from user_states.hmm.fitting import FitProgress, StagedFits, fit_each
from user_states.hmm.hidden_markov_model import HiddenMarkovModel
from user_states.hmm.packing import PackedSequences
from user_states.hmm.parameters import HMMParameters
from user_states.hmm.rate_margin import within_margin
from user_states.hmm.static_mixture import fit_static_mixture
from user_states.hmm.threads import running_ahead
from user_states.panel.training_data import TrainingData
from user_states.selection.choice import (
    Candidate,
    Choice,
    InformationCriteria,
    Inspection,
    choose,
    information_criteria,
)
from user_states.selection.dynamics import Dynamics, dynamics
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

# Most users of a refit, and its starts: enough to find the states again. A fit to more
# users is tested harder than it need be.
_REFIT_USERS = 2_000
_REFIT_STARTS = 2
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
    median_stays : array, shape (K,)
        Median weeks of the decoded stays in each state.
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
    median_stays: FloatArray
    scores: UserScores | None


@dataclass(frozen=True, eq=False)
class Certificate:
    """The evidence on the fit of one number of states.

    Attributes
    ----------
    fit : FitResult
        To the first users, or to all if the number of states was inspected.
    starts : tuple of MeasuredStart
        By number.
    compared_scores : UserScores or None
        Scores of the fit to the first users, by which numbers of states are compared;
        None if no held-out user has two weeks.
    separation : Separation or None
        On the held-out users; None if it was not or could not be tested.
    dynamics : Dynamics or None
        On the held-out users; None if it was not or could not be tested.
    defects : tuple of Defect
        Of the model itself, and what was found by inspection except instability.
    """

    fit: FitResult
    starts: tuple[MeasuredStart, ...]
    compared_scores: UserScores | None
    separation: Separation | None
    dynamics: Dynamics | None
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
    min_state_share, min_stay_weeks, min_stability : float
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
        min_stay_weeks: float,
        min_stability: float,
        bootstrap_refits: int,
    ) -> None:
        self._data = data
        self._settings = settings
        self._seed = seed
        self._min_state_share = min_state_share
        self._min_stay_weeks = min_stay_weeks
        self._min_stability = min_stability
        self.bootstrap_refits = bootstrap_refits
        self._fits: StagedFits | None = None
        # Scores of users who never change, by the number of kinds.
        self._static: dict[int, UserScores] = {}

    @classmethod
    def of(cls, data: TrainingData, options: FitOptions) -> Examiner:
        """Return the examiner that the options of a fit ask for."""
        return cls(
            data,
            data.input.fit_settings(options),
            seed=options.seed,
            min_state_share=options.min_state_share,
            min_stay_weeks=options.min_stay_weeks,
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
        """Yield the fit of each number of states to the first users.

        Parameters as of `StagedFits`.
        """
        self._fits = StagedFits(
            self._data.training_sequences,
            n_states,
            n_starts,
            self._seed,
            self._settings,
            on_progress=on_progress,
        )
        yield from self._fits.compare()

    def certify(self, fit: FitResult) -> Certificate:
        """Measure every start of a fit, and check the best with the guards."""
        starts = tuple(self._measure(start) for start in fit.starts)
        best = next(s for s in starts if s.start.number == fit.start)
        defects = check_model(
            fit.parameters,
            self._data.input.features,
            variance_floor=self._settings.variance_floor,
            state_shares=best.state_shares,
            min_state_share=self._min_state_share,
            median_stays=best.median_stays,
            min_stay_weeks=self._min_stay_weeks,
            converged=fit.converged,
        )
        return Certificate(fit, starts, best.scores, None, None, tuple(defects))

    def choose(
        self,
        certificates: dict[int, Certificate],
        on_refit: Callable[[int, int], None] | None = None,
    ) -> Choice:
        """Choose a number of states.

        Parameters
        ----------
        certificates : dict of int to Certificate
            By number of states. Those of numbers that are inspected, and of the chosen
            one, are replaced: their fit is then to all users.
        on_refit : callable, optional
            Called after each refit with the number of states and the number of the
            refit, from 1.
        """
        candidates = [
            Candidate(
                n_states=n_states,
                scores=certificate.compared_scores,
                bic=certificate.best.criteria.bic,
                defects=certificate.defects,
            )
            for n_states, certificate in certificates.items()
        ]

        def inspect(n_states: int) -> Inspection:
            certificate = self._inspected(
                certificates[n_states], is_only=len(certificates) == 1
            )
            certificates[n_states] = certificate
            defects, stability = list(certificate.defects), None
            if not defects or len(certificates) == 1:
                stability = self.stability(n_states, on_refit)
                defects += self._evidence(certificate, stability)
            return Inspection(
                stability,
                tuple(defects),
                "" if certificate.dynamics is None else certificate.dynamics.sentence,
            )

        choice = choose(candidates, inspect)
        certificates[choice.n_states] = self._polished(certificates[choice.n_states])
        return choice

    def _inspected(self, certificate: Certificate, *, is_only: bool) -> Certificate:
        """Return the certificate with more evidence, the quickest first.

        A candidate with a defect of its own, or whose states do not tell next week
        better than users who never change, is not fitted to all users.

        Parameters
        ----------
        certificate : Certificate
        is_only : bool
            Whether there is no other candidate: then its own defects do not end the
            inspection.
        """
        moves = self._dynamics(certificate)
        found = replace(certificate, dynamics=moves)
        defects = self._evidence(found, None)
        if not defects and (is_only or not found.defects):
            found = self._polished(found)
            found = replace(found, separation=self._separation(found.fit.parameters))
            defects = self._evidence(found, None)
        return replace(found, defects=(*found.defects, *defects))

    def _polished(self, certificate: Certificate) -> Certificate:
        """Return the certificate of the same number of states, fitted to all users."""
        if certificate.fit.n_polished:
            return certificate
        if self._fits is None:
            raise ValueError("got no fits; expected them before a choice: call `fits`")
        fit = self._fits.polish(certificate.fit.parameters.n_states)
        return replace(
            self.certify(fit),
            compared_scores=certificate.compared_scores,
            dynamics=certificate.dynamics,
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
        with threadpool_limits(limits=1), running_ahead() as ahead:
            refits = [
                ahead.submit(partial(self._refit, n_states, refit, ahead.check))
                for refit in range(self.bootstrap_refits)
            ]
            for number, refit in enumerate(refits, start=1):
                labels.append(
                    HiddenMarkovModel.from_parameters(refit()).predict(compared)
                )
                if on_refit is not None:
                    on_refit(n_states, number)
        return mean_adjusted_rand(labels)

    def _refit(
        self, n_states: int, refit: int, on_progress: FitProgress
    ) -> HMMParameters:
        """Return the parameters of a refit, which takes one core."""
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
            n_threads=1,
            on_progress=on_progress,
        )
        return fit.parameters

    def _compared_users(self) -> PackedSequences:
        data = self._data
        users = data.training_sequences
        if self._holdout is not None:
            users = data.holdout_sequences
        return users.first(_COMPARED_USERS).packed

    def _evidence(
        self, certificate: Certificate, stability: float | None
    ) -> list[Defect]:
        fit = certificate.fit
        return check_evidence(
            n_states=fit.parameters.n_states,
            n_polished=fit.n_polished,
            n_at_best=fit.n_at_best,
            stability=stability,
            min_stability=self._min_stability,
            separation=certificate.separation,
            dynamics=certificate.dynamics,
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
            median_stays=median_stays(
                states, self._data.training.lengths, start.parameters.n_states
            ),
            scores=self._next_week_scores(start.parameters),
        )

    def _next_week_scores(self, parameters: HMMParameters) -> UserScores | None:
        if self._holdout is None:
            return None
        beliefs = HiddenMarkovModel.from_parameters(parameters).filter_levels(
            self._holdout
        )
        forecasts = next_week_probabilities(
            beliefs, parameters.transition_matrix, self._activity_rates(parameters)
        )
        holdout = self._data.holdout
        return score_next_week(forecasts, holdout.is_active, holdout.lengths)

    def _activity_rates(self, parameters: HMMParameters) -> FloatArray:
        """Return the share of active weeks at each level in each state, shape (C, K).

        A count of rides has the probability of one or more. If the model reads
        is_active, its mean is the share: 0/1 columns are not scaled, and at the optimum
        the mean is the weighted share. Otherwise it is estimated, without the first
        week of each user, in which there is a ride by selection.
        """
        names, count = self._data.training.names, parameters.count_feature
        if count is not None and names[count] == "n_rides":
            return within_margin(1.0 - parameters.count_probabilities()[:, :, 0])
        shape = (parameters.n_levels, parameters.n_states)
        if "is_active" in names:
            columns = parameters.columns(names.index("is_active"))
            return np.broadcast_to(within_margin(parameters.means[:, columns].T), shape)
        few = self._data.training.first(_RATE_USERS)
        probabilities = HiddenMarkovModel.from_parameters(parameters).predict_proba(
            few.X, few.lengths
        )
        is_later = ~few.is_first
        rates = activity_rates(probabilities[is_later], few.is_active[is_later])
        return np.broadcast_to(rates, shape)

    def _dynamics(self, certificate: Certificate) -> Dynamics | None:
        """Compare states with users who never change, of one kind and of several."""
        scores = certificate.compared_scores
        n_states = certificate.fit.parameters.n_states
        if scores is None or n_states == 1:
            return None
        rivals = {
            f"{n_kinds} kinds of users who never change"
            if n_kinds > 1
            else "one kind of users who never change": self._static_scores(n_kinds)
            for n_kinds in (1, n_states)
        }
        return dynamics(scores, rivals)

    def _static_scores(self, n_kinds: int) -> UserScores:
        if n_kinds not in self._static:
            training = self._data.training_sequences
            n_users = min(training.n_users, self._settings.start_users)
            kinds = fit_static_mixture(
                training.first(n_users), n_kinds, self._settings, self._seed
            )
            scores = self._next_week_scores(kinds)
            # There are held-out users: otherwise no candidate would have scores.
            assert scores is not None
            self._static[n_kinds] = scores
        return self._static[n_kinds]

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
