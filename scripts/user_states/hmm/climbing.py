"""EM with the settings of a fit, from given parameters."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from user_states.hmm.fit_settings import FitSettings
from user_states.hmm.hidden_markov_model import HiddenMarkovModel
from user_states.hmm.packing import PackedSequences
from user_states.hmm.parameters import HMMParameters
from user_states.hmm.threads import in_order

# When the EM of a short run stops.
_SHORT_RUN_ITERATIONS = 10
_SHORT_RUN_TOLERANCE = 1e-3


@dataclass(frozen=True, eq=False)
class Climber:
    """Runs EM.

    Attributes
    ----------
    settings : FitSettings
    n_threads : int or None
        By default all cores.
    """

    settings: FitSettings
    n_threads: int | None = None

    def climb(
        self,
        initial: HMMParameters,
        data: PackedSequences,
        on_iteration: Callable[[int, float], None] | None = None,
    ) -> HiddenMarkovModel:
        """Run EM until it converges."""
        model = self._model(
            initial,
            self.settings.tolerance,
            self.settings.max_iterations,
            self.n_threads,
        )
        model.on_iteration = on_iteration
        return model.fit(data)

    def short_runs(
        self, initials: Iterable[HMMParameters], data: PackedSequences
    ) -> list[HiddenMarkovModel]:
        """Run a few iterations of EM from each model, each on one core."""

        def run(initial: HMMParameters) -> HiddenMarkovModel:
            model = self._model(initial, _SHORT_RUN_TOLERANCE, _SHORT_RUN_ITERATIONS, 1)
            return model.fit(data)

        return list(in_order(run, initials, self.n_threads))

    def _model(
        self,
        initial: HMMParameters,
        tolerance: float,
        max_iterations: int,
        n_threads: int | None,
    ) -> HiddenMarkovModel:
        return HiddenMarkovModel(
            initial.n_states,
            variance_floor=self.settings.variance_floor,
            probability_floor=self.settings.probability_floor,
            tolerance=tolerance,
            max_iterations=max_iterations,
            initial=initial,
            n_threads=n_threads,
            jumps=True,
        )
