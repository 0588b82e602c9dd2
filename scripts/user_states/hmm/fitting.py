"""Fit models of several numbers of states, each from several starts.

EM climbs to the nearest optimum, and an HMM on mixed features has many. So each
number of states gets several starts, and each start several steps:

1. Many rough models climb a little on a few users, and the best continues: the
   "short runs" of Biernacki, Celeux and Govaert 2003 (Computational Statistics &
   Data Analysis 41:561-575).
2. EM runs on the first users until it converges. A few users are enough to show that
   a start ends in a poor optimum.
3. From the best starts, states are moved: one is removed and another is split in two,
   as long as the likelihood rises (split and merge: Ueda, Nakano, Ghahramani and
   Hinton 2000, Neural Computation 12:2109-2128).
4. EM runs on all users ("polishing"), until two starts have reached the best optimum.

Rough models come from clusters, from distant rows, and from the best model with one
state fewer, in which one state is split in two.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from threadpoolctl import threadpool_limits

from user_states.errors import UserError
from user_states.hmm.fit_result import (
    FitResult,
    Start,
    StartMethod,
    count_floor_hits,
)
from user_states.hmm.fit_settings import FitSettings
from user_states.hmm.hidden_markov_model import HiddenMarkovModel
from user_states.hmm.initialisation import (
    rough_from_distant_rows,
    rough_from_kmeans,
    split_state,
    without_state,
)
from user_states.hmm.parameters import HMMParameters
from user_states.hmm.sequences import Sequences
from user_states.hmm.threads import in_order

FitProgress = Callable[[int, int, str], None]

# Rough models of a start, the users that they climb on, and when their EM stops.
_ROUGH_MODELS: dict[StartMethod, int] = {"k-means": 10, "distant rows": 50}
_SHORT_RUN_USERS = 200
_SHORT_RUN_ITERATIONS = 10
_SHORT_RUN_TOLERANCE = 1e-3
# Moves of a state that EM is run on to the end: the best ones on the few users. And
# what a move must gain on the users of the starts, in nats a row.
_TRIED_MOVES = 8
_LEAST_GAIN = 1e-5
# Most starts that are polished, as a multiple of `polished_starts`.
_MOST_POLISHED = 2
# A polished start has reached the best optimum within this, in nats a row.
_SAME_OPTIMUM = 1e-4


def fit_each(
    sequences: Sequences,
    n_states: Sequence[int],
    n_starts: int,
    seed: int,
    settings: FitSettings | None = None,
    *,
    n_threads: int | None = None,
    on_progress: FitProgress | None = None,
) -> Iterator[tuple[int, FitResult]]:
    """Yield the fit of each number of states, in rising order.

    A fit depends on the data, the settings, the seed and, for its split start, on the
    fit before it. It does not depend on `n_threads`.

    Parameters
    ----------
    sequences : Sequences
        Users in random order: the starts see the first ones only.
    n_states : sequence of int
        Numbers of states, K.
    n_starts : int
        Starts of each number; the split start comes on top.
    seed : int
        Not negative.
    settings : FitSettings, optional
    n_threads : int, optional
        By default all cores.
    on_progress : callable, optional
        Called with the steps done (each start and each polish is a step), their
        number, and a short text; between two steps, after each iteration on all rows.

    Raises
    ------
    UserError
        If there is too little data for so many states, or a number is out of
        range.
    """
    settings = settings or FitSettings()
    for number in n_states:
        check_enough_data(sequences, number)
    if n_starts < 1 or seed < 0:
        raise UserError(
            f"got {n_starts} starts and seed {seed}; expected at least one start "
            "and a seed of 0 or more"
        )
    sets = _TrainingSets.of(sequences, settings)
    numbers = sorted(n_states)
    steps = _Steps(on_progress, _count_steps(numbers, n_starts, settings))
    before: FitResult | None = None
    # The E-step has its own threads. The small matrix products beside it are fastest
    # with one thread, and then always give the same bits.
    with threadpool_limits(limits=1):
        for number in numbers:
            if before and before.parameters.n_states != number - 1:
                before = None
            fitter = _Fitter(sets, number, seed, settings, n_threads, steps)
            before = fitter.fit(n_starts, before)
            yield number, before


def check_enough_data(sequences: Sequences, n_states: int) -> None:
    """Raise UserError if there is too little data for so many states."""
    if n_states < 1:
        raise UserError(f"got {n_states} states; expected at least 1")
    n_users, n_rows = sequences.n_users, sequences.n_rows
    if n_users < n_states:
        raise UserError(
            f"got {n_users} users for {n_states} states; expected at least as "
            "many users as states: ask for fewer states, or load more users"
        )
    n_parameters = n_states**2 - 1 + 2 * n_states * sequences.X.shape[1]
    if n_rows < n_parameters:
        raise UserError(
            f"got {n_rows} user-weeks for {n_states} states, which have up to "
            f"{n_parameters} free parameters; expected at least as many user-weeks: "
            "ask for fewer states or features, or load more rides"
        )


@dataclass(frozen=True, eq=False)
class _TrainingSets:
    """The users of the short runs, the users of the starts, and all users."""

    few: Sequences
    first: Sequences
    everyone: Sequences

    @classmethod
    def of(cls, everyone: Sequences, settings: FitSettings) -> _TrainingSets:
        few = everyone.first(min(_SHORT_RUN_USERS, settings.start_users))
        first = everyone
        if settings.start_users < everyone.n_users:
            first = everyone.first(settings.start_users)
        return cls(few, first, everyone)


@dataclass
class _Steps:
    """Counts steps and reports progress."""

    on_progress: FitProgress | None
    total: int
    done: int = field(default=0)

    def report(self, text: str, *, is_done: bool = False) -> None:
        self.done += is_done
        if self.on_progress is not None:
            self.on_progress(self.done, self.total, text)

    def skip(self, n_steps: int, text: str) -> None:
        """Count steps that are not needed, so that a progress bar reaches its end."""
        if n_steps:
            self.done += n_steps
            self.report(text)


def _count_steps(numbers: Sequence[int], n_starts: int, settings: FitSettings) -> int:
    steps = 0
    for before, number in zip([0, *numbers], numbers, strict=False):
        n_all = n_starts + (before == number - 1 and before > 0)
        steps += n_all + _most_polished(n_all, settings)
    return steps


def _most_polished(n_starts: int, settings: FitSettings) -> int:
    # Two starts cannot agree if only one is asked for.
    wanted = settings.polished_starts
    return min(n_starts, wanted if wanted == 1 else _MOST_POLISHED * wanted)


@dataclass(frozen=True, eq=False)
class _Fitter:
    """Fits one number of states."""

    sets: _TrainingSets
    n_states: int
    seed: int
    settings: FitSettings
    n_threads: int | None
    steps: _Steps

    def fit(self, n_starts: int, before: FitResult | None) -> FitResult:
        """Run the starts and the split of the model before, and polish the best."""
        starts = []
        for number in range(n_starts):
            method: StartMethod = "k-means" if number % 2 == 0 else "distant rows"
            rough = self._rough_models(number, method)
            starts.append(self._start(number, method, rough))
        if before is not None:
            splits = self._splits(n_starts, before.parameters)
            starts.append(self._start(n_starts, "split", splits))
        # Sorting is stable: of equal starts the first comes first, on every run.
        leaders = sorted(starts, key=lambda start: -start.log_likelihood_per_row)
        most = _most_polished(len(leaders), self.settings)
        polished: dict[int, HiddenMarkovModel] = {}
        for start in leaders[:most]:
            polished[start.number] = self._polish(start, self._moved(start))
            enough = len(polished) >= self.settings.polished_starts
            if enough and self._n_at_best(polished) > 1:
                break
        self.steps.skip(
            most - len(polished), f"{self.n_states} states, enough starts agree"
        )
        return self._result(starts, polished)

    def _moved(self, start: Start) -> HMMParameters:
        """Remove a state and split another, as long as the likelihood rises."""
        rng = self._rng(start.number, 1)
        n_rows = self.sets.first.n_rows
        best, best_score = start.parameters, start.log_likelihood_per_row
        while True:
            moves = self._short_runs(
                split_state(without_state(best, out), state, rng)
                for out in range(self.n_states if self.n_states > 1 else 0)
                for state in range(self.n_states - 1)
            )
            moves.sort(key=lambda model: -model.log_likelihood_)
            for move in moves[:_TRIED_MOVES]:
                model = self._model(move.parameters_).fit(self.sets.first.packed)
                score = model.log_likelihood_ / n_rows
                if score > best_score + _LEAST_GAIN:
                    best, best_score = model.parameters_, score
                    self.steps.report(
                        f"{self.n_states} states, start {start.number}, a state moved: "
                        f"{score:.5f} nats a user-week"
                    )
                    break
            else:
                return best

    def _rough_models(
        self, number: int, method: StartMethod
    ) -> Iterator[HMMParameters]:
        rng, few = self._rng(number), self.sets.few
        make = rough_from_kmeans if method == "k-means" else rough_from_distant_rows
        for _ in range(_ROUGH_MODELS[method] if self.n_states > 1 else 1):
            yield make(few.X, few.lengths, self.n_states, few.densities, rng)

    def _splits(self, number: int, before: HMMParameters) -> Iterator[HMMParameters]:
        rng = self._rng(number)
        for state in range(before.n_states):
            yield split_state(before, state, rng)

    def _rng(self, *step: int) -> np.random.Generator:
        entropy = [self.seed, self.n_states, *step]
        return np.random.default_rng(np.random.SeedSequence(entropy))

    def _start(
        self, number: int, method: StartMethod, rough_models: Iterator[HMMParameters]
    ) -> Start:
        short_runs = self._short_runs(rough_models)
        best = max(short_runs, key=lambda model: model.log_likelihood_)
        model = self._model(best.parameters_).fit(self.sets.first.packed)
        start = Start(
            number=number,
            method=method,
            log_likelihood_per_row=model.log_likelihood_ / self.sets.first.n_rows,
            n_iterations=model.n_iter_,
            converged=model.converged_,
            parameters=model.parameters_,
            is_polished=False,
        )
        self._report(f"start {number} by {method}", model, self.sets.first)
        return start

    def _short_runs(
        self, rough_models: Iterable[HMMParameters]
    ) -> list[HiddenMarkovModel]:
        """Run a few iterations of EM on each rough model, each on one core."""
        # Packed before the threads ask for it.
        few = self.sets.few.packed

        def climb(rough: HMMParameters) -> HiddenMarkovModel:
            model = self._model(
                rough,
                tolerance=_SHORT_RUN_TOLERANCE,
                max_iterations=_SHORT_RUN_ITERATIONS,
                n_threads=1,
            )
            return model.fit(few)

        return list(in_order(climb, rough_models, self.n_threads))

    def _polish(self, start: Start, parameters: HMMParameters) -> HiddenMarkovModel:
        """Continue EM on all rows from where a start ended."""
        n_rows = self.sets.everyone.n_rows

        def report(iteration: int, log_likelihood: float) -> None:
            self.steps.report(
                f"{self.n_states} states, start {start.number}, all users, iteration "
                f"{iteration}: {log_likelihood / n_rows:.5f} nats a user-week"
            )

        model = self._model(parameters, on_iteration=report)
        model.fit(self.sets.everyone.packed)
        self._report(f"start {start.number}, all users", model, self.sets.everyone)
        return model

    def _result(
        self, starts: Sequence[Start], polished: dict[int, HiddenMarkovModel]
    ) -> FitResult:
        number, best = max(polished.items(), key=lambda item: item[1].log_likelihood_)
        return FitResult(
            parameters=best.parameters_,
            log_likelihood=best.log_likelihood_,
            n_users=self.sets.everyone.n_users,
            n_rows=self.sets.everyone.n_rows,
            start=number,
            n_iterations=best.n_iter_,
            converged=best.converged_,
            history=tuple(best.history_),
            n_floor_hits=count_floor_hits(
                best.parameters_, self.settings.variance_floor
            ),
            n_at_best=self._n_at_best(polished),
            starts=tuple(_with_polish(start, polished) for start in starts),
        )

    def _n_at_best(self, polished: dict[int, HiddenMarkovModel]) -> int:
        """Return how many polished starts reached the best optimum."""
        scores = np.array([model.log_likelihood_ for model in polished.values()])
        margin = _SAME_OPTIMUM * self.sets.everyone.n_rows
        return int((scores >= scores.max() - margin).sum())

    def _model(
        self,
        initial: HMMParameters,
        *,
        tolerance: float | None = None,
        max_iterations: int | None = None,
        n_threads: int | None = None,
        on_iteration: Callable[[int, float], None] | None = None,
    ) -> HiddenMarkovModel:
        return HiddenMarkovModel(
            self.n_states,
            variance_floor=self.settings.variance_floor,
            probability_floor=self.settings.probability_floor,
            tolerance=tolerance or self.settings.tolerance,
            max_iterations=max_iterations or self.settings.max_iterations,
            initial=initial,
            n_threads=n_threads or self.n_threads,
            on_iteration=on_iteration,
        )

    def _report(self, what: str, model: HiddenMarkovModel, data: Sequences) -> None:
        ended = "converged" if model.converged_ else "not converged"
        self.steps.report(
            f"{self.n_states} states, {what}: "
            f"{model.log_likelihood_ / data.n_rows:.5f} nats a user-week, {ended} "
            f"after {model.n_iter_} iterations",
            is_done=True,
        )


def _with_polish(start: Start, polished: dict[int, HiddenMarkovModel]) -> Start:
    if start.number not in polished:
        return start
    return replace(
        start, parameters=polished[start.number].parameters_, is_polished=True
    )
