"""Phases of sessions: what people are up to, behind the steps that are seen.

A hidden Markov model whose states emit one step each. A state is a phase, such as
looking around or paying. It is judged by how well it predicts the next step of other
customers, beside chains of steps, which have no phases.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from user_states.hmm.arrays import FloatArray
from user_states.hmm.hidden_markov_model import HiddenMarkovModel
from user_states.hmm.parameters import HMMParameters, categorical
from user_states.journeys.next_step_models import by_owner, with_ends
from user_states.journeys.step_sequences import StepSequences
from user_states.selection.next_week_scores import UserScores

_TOLERANCE, _MAX_ITERATIONS = 1e-5, 200
_PROBABILITY_FLOOR = 1e-5


@dataclass(frozen=True, eq=False)
class Phases:
    """A fitted model of phases.

    Attributes
    ----------
    parameters : HMMParameters
        One categorical feature: the steps, and the end of the session.
    log_likelihood : float
        In nats, of the sessions that it was fitted on.
    """

    parameters: HMMParameters
    log_likelihood: float

    @classmethod
    def fit(
        cls, sessions: StepSequences, n_phases: int, n_starts: int, seed: int
    ) -> Phases:
        """Return the best of several starts, the phase of most steps first.

        Parameters
        ----------
        sessions : StepSequences
        n_phases : int
        n_starts : int
            Random starts of EM.
        seed : int
        """
        codes, lengths = with_ends(sessions)
        data = codes.astype(np.float64)[:, np.newaxis]
        n_next = len(sessions.steps) + 1
        rates = np.bincount(codes, minlength=n_next) + 1.0
        best: HiddenMarkovModel | None = None
        for start in range(n_starts):
            rng = np.random.default_rng((seed, n_phases, start))
            model = HiddenMarkovModel(
                n_phases,
                initial=_rough(n_phases, rates / rates.sum(), rng),
                probability_floor=_PROBABILITY_FLOOR,
                tolerance=_TOLERANCE,
                max_iterations=_MAX_ITERATIONS,
                jumps=True,
            ).fit(data, lengths)
            if best is None or model.log_likelihood_ > best.log_likelihood_:
                best = model
        assert best is not None
        shares = best.predict_proba(data, lengths).sum(axis=0)
        order = np.argsort(-shares, kind="stable").astype(np.int64)
        return cls(best.parameters_.permuted(order), best.log_likelihood_)

    @property
    def n_phases(self) -> int:
        """Number of phases."""
        return self.parameters.n_states

    def scores(self, sessions: StepSequences) -> UserScores:
        """Return the log score of each customer, in nats.

        The probability of a step is that of each phase, given the steps before, times
        that of the step in it.
        """
        codes, lengths = with_ends(sessions)
        known = self._known(codes.astype(np.float64)[:, np.newaxis], lengths)
        emissions = self.parameters.means[:, codes].T
        return by_owner(sessions, np.log((known * emissions).sum(axis=1)))

    def visits(self, sessions: StepSequences) -> FloatArray:
        """Return the expected number of steps in each phase, by step; shape (K, S)."""
        codes, lengths = with_ends(sessions)
        data = codes.astype(np.float64)[:, np.newaxis]
        beliefs = HiddenMarkovModel.from_parameters(self.parameters).predict_proba(
            data, lengths
        )
        counts = np.zeros((self.n_phases, len(sessions.steps) + 1))
        for phase in range(self.n_phases):
            counts[phase] = np.bincount(
                codes, weights=beliefs[:, phase], minlength=counts.shape[1]
            )
        return counts[:, :-1]

    def _known(self, data: FloatArray, lengths: np.ndarray) -> FloatArray:
        """Return the probability of each phase before its step is seen."""
        filtered = HiddenMarkovModel.from_parameters(self.parameters).filter_proba(
            data, lengths
        )
        known = np.empty_like(filtered)
        known[1:] = filtered[:-1] @ self.parameters.transition_matrix
        known[np.cumsum(lengths) - lengths] = self.parameters.start_probabilities
        return known


def _rough(n_phases: int, rates: FloatArray, rng: np.random.Generator) -> HMMParameters:
    """Return a random model around the base rates, whose phases last."""
    means = rng.dirichlet(1 + 20 * rates, n_phases)
    means = np.clip(means, 1e-4, None)
    stay = 0.6 * np.eye(n_phases) + 0.4 * rng.dirichlet(np.ones(n_phases), n_phases)
    return HMMParameters(
        start_probabilities=np.full(n_phases, 1 / n_phases),
        transition_matrix=stay / stay.sum(axis=1, keepdims=True),
        means=means / means.sum(axis=1, keepdims=True),
        variances=np.ones_like(means),
        densities=(categorical(len(rates)),),
    )
