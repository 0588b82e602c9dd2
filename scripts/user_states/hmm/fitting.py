"""Fit models of several numbers of states, each from several starts.

EM climbs to the nearest optimum, and an HMM on mixed features has many. So each
number of states gets several starts, and each start several steps:

1. A rough model is made of clusters, of distant rows, or of the best model with one
   state fewer, in which one state is split in two. Where single weeks say enough to be
   compared, many rough models climb a little on a few users, and the best continues:
   the "short runs" of Biernacki, Celeux and Govaert 2003 (Computational Statistics &
   Data Analysis 41:561-575).
2. EM runs on the first users until it converges. A few users are enough to show that
   a start ends in a poor optimum, and how the numbers of states compare.
3. From the best start, states are moved (`moved_states`).
4. For the numbers of states that may be published, the next best starts are moved too,
   until two agree, and EM runs on all users ("polishing").
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np
from threadpoolctl import threadpool_limits

from user_states.errors import UserError
from user_states.hmm.climbing import Climber
from user_states.hmm.fit_result import (
    FitResult,
    Start,
    StartMethod,
    count_floor_hits,
    n_free_parameters,
)
from user_states.hmm.fit_settings import FitSettings
from user_states.hmm.hidden_markov_model import HiddenMarkovModel
from user_states.hmm.initialisation import (
    rough_from_distant_rows,
    rough_from_kmeans,
    split_state,
)
from user_states.hmm.levels import with_levels
from user_states.hmm.moved_states import MovedStates, move_states
from user_states.hmm.parameters import HMMParameters
from user_states.hmm.sequences import Sequences
from user_states.hmm.threads import Ahead, running_ahead
from user_states.hmm.windows import are_sparse

FitProgress = Callable[[int, int, str], None]

# Rough models of a start if single weeks are compared, and the users on whom short runs
# and moves are compared.
_ROUGH_MODELS: dict[StartMethod, int] = {"k-means": 10, "distant rows": 50}
_SHORT_RUN_USERS = 300
# Most starts whose states are moved, as a multiple of `polished_starts`.
_MOST_MOVED = 2
# A start has reached the best optimum within this, in nats a row.
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
    """Yield the fit of each number of states to all users, in rising order.

    Parameters are those of `StagedFits`.
    """
    fits = StagedFits(
        sequences,
        n_states,
        n_starts,
        seed,
        settings,
        n_threads=n_threads,
        on_progress=on_progress,
    )
    for number, _ in fits.compare():
        yield number, fits.polish(number)


def check_enough_data(sequences: Sequences, n_states: int, n_levels: int = 1) -> None:
    """Raise UserError if there is too little data for so many states."""
    if n_states < 1:
        raise UserError(f"got {n_states} states; expected at least 1")
    n_users, n_rows = sequences.n_users, sequences.n_rows
    if n_users < n_states:
        raise UserError(
            f"got {n_users} users for {n_states} states; expected at least as "
            "many users as states: ask for fewer states, or load more users"
        )
    n_parameters = n_free_parameters(n_states, sequences.densities, n_levels)
    if n_rows < n_parameters:
        raise UserError(
            f"got {n_rows} user-weeks for {n_states} states, which have up to "
            f"{n_parameters} free parameters; expected at least as many user-weeks: "
            "ask for fewer states or features, or load more rides"
        )


class StagedFits:
    """Fits of several numbers of states: compared on the first users, then polished.

    A fit depends on the data, the settings, the seed and, for its split start, on the
    fit before it. It does not depend on `n_threads`: the E-step has its own threads.
    The small matrix products beside it are fastest with one, and then always give the
    same bits.

    Starts of all numbers run ahead, one in each thread, while states of the smaller
    numbers are moved.

    Parameters
    ----------
    sequences : Sequences
        Users in random order: the starts see the first ones only.
    n_states : sequence of int
        Numbers of states, K.
    n_starts : int
        Starts of each number; the split start comes on top. One state has one start,
        because it has one optimum.
    seed : int
        Not negative.
    settings : FitSettings, optional
    n_threads : int, optional
        By default all cores.
    on_progress : callable, optional
        Called with the steps done (starts, moves and polishes), their number, and a
        short text; between two steps, after each iteration on all rows.

    Raises
    ------
    UserError
        If there is too little data for so many states, or a number is out of
        range.
    """

    def __init__(
        self,
        sequences: Sequences,
        n_states: Sequence[int],
        n_starts: int,
        seed: int,
        settings: FitSettings | None = None,
        *,
        n_threads: int | None = None,
        on_progress: FitProgress | None = None,
    ) -> None:
        settings = settings or FitSettings()
        for number in n_states:
            check_enough_data(sequences, number, settings.levels_of(number))
        if n_starts < 1 or seed < 0:
            raise UserError(
                f"got {n_starts} starts and seed {seed}; expected at least one start "
                "and a seed of 0 or more"
            )
        self._sets = _TrainingSets.of(sequences, settings)
        self._numbers = sorted(n_states)
        self._n_starts = n_starts
        self._seed = seed
        self._climber = Climber(settings, n_threads)
        self._steps = _Steps(on_progress)
        for before, number in zip([0, *self._numbers], self._numbers, strict=False):
            n_own = n_starts if number > 1 else 1
            self._steps.plan(n_own + _has_split(before, number, settings))
        self._fitters: dict[int, _Fitter] = {}

    def compare(self) -> Generator[tuple[int, FitResult], None, None]:
        """Yield the best fit of each number to the first users, in rising order."""
        settings, n_threads = self._climber.settings, self._climber.n_threads
        self._sets.pack()
        before: HMMParameters | None = None
        with threadpool_limits(limits=1), running_ahead(n_threads) as ahead:
            for number in self._numbers:
                fitter = _Fitter(
                    self._sets, number, self._seed, self._climber, self._steps
                )
                fitter.begin(self._n_starts, ahead)
                self._fitters[number] = fitter
            for number in self._numbers:
                n_before = before.n_states if before else 0
                if not _has_split(n_before, number, settings):
                    before = None
                result = self._fitters[number].compare(before)
                before = result.parameters
                yield number, result

    def polish(self, n_states: int) -> FitResult:
        """Return the fit of a number that was compared to all users."""
        with threadpool_limits(limits=1):
            return self._fitters[n_states].polish()


def _has_split(before: int, n_states: int, settings: FitSettings) -> bool:
    """Return whether one start splits a state of the number that was fitted before.

    That number must be one smaller, and its model have as many levels.
    """
    has_same_levels = settings.levels_of(before) == settings.levels_of(n_states)
    return 0 < before == n_states - 1 and has_same_levels


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

    def pack(self) -> None:
        """Pack the users of the starts, before several threads ask for them."""
        _ = self.few.packed, self.first.packed


@dataclass
class _Steps:
    """Counts steps and reports progress."""

    on_progress: FitProgress | None
    total: int = field(default=0)
    done: int = field(default=0)

    def plan(self, n_steps: int) -> None:
        """Add steps that will be done."""
        self.total += n_steps

    def report(self, text: str, *, is_done: bool = False) -> None:
        self.done += is_done
        if self.on_progress is not None:
            self.on_progress(self.done, self.total, text)


@dataclass(eq=False)
class _Fitter:
    """Fits one number of states.

    Attributes
    ----------
    begun : list of callable
        Starts that run ahead, by number: each waits for one and returns it.
    starts : list of Start
        By number, as they were before any state was moved.
    moved : dict of int to MovedStates
        Starts whose states were moved, by number.
    """

    sets: _TrainingSets
    n_states: int
    seed: int
    climber: Climber
    steps: _Steps
    begun: list[Callable[[], Start]] = field(default_factory=list)
    starts: list[Start] = field(default_factory=list)
    moved: dict[int, MovedStates] = field(default_factory=dict)

    @property
    def settings(self) -> FitSettings:
        return self.climber.settings

    def begin(self, n_starts: int, ahead: Ahead) -> None:
        """Let the starts run, on one core each."""
        for number in range(n_starts if self.n_states > 1 else 1):
            method: StartMethod = "k-means" if number % 2 == 0 else "distant rows"
            models = partial(self._rough_models, number, method)
            start = partial(self._start, number, method, models, ahead.check)
            self.begun.append(ahead.submit(start))

    def compare(self, before: HMMParameters | None) -> FitResult:
        """Wait for the starts, split the model before, and move the best."""
        for start in self.begun:
            self._add(start())
        if before is not None:
            number = len(self.begun)
            splits = partial(self._splits, number, before)
            self._add(self._start(number, "split", splits))
        self._move(self._leaders()[0])
        return self._compared()

    def polish(self) -> FitResult:
        """Move more starts until two agree, and run EM on all rows."""
        wanted = self.settings.polished_starts if self.n_states > 1 else 1
        for start in self._leaders()[: _MOST_MOVED * wanted]:
            if self._n_agreeing() >= min(wanted, 2):
                break
            self._move(start)
        best_first = sorted(
            self.moved, key=lambda number: -self.moved[number].log_likelihood_per_row
        )
        self.steps.plan(len(best_first[:wanted]))
        polished = {number: self._polish(number) for number in best_first[:wanted]}
        return self._polished(polished)

    def _leaders(self) -> list[Start]:
        # Sorting is stable: of equal starts the first comes first, on every run.
        return sorted(self.starts, key=lambda start: -start.log_likelihood_per_row)

    def _n_agreeing(self) -> int:
        """Return how many moved starts reached the best optimum of the first users."""
        scores = [moved.log_likelihood_per_row for moved in self.moved.values()]
        return sum(score >= max(scores) - _SAME_OPTIMUM for score in scores)

    def _move(self, start: Start) -> None:
        if start.number in self.moved:
            return

        def report(score: float) -> None:
            self.steps.report(
                f"{self.n_states} states, start {start.number}, a state moved: "
                f"{score:.5f} nats a user-week"
            )

        self.moved[start.number] = move_states(
            MovedStates(start.parameters, start.log_likelihood_per_row),
            self.sets.few,
            self.sets.first,
            self.climber,
            self._rng(start.number, 1),
            report,
        )

    def _rough_models(
        self, number: int, method: StartMethod
    ) -> Iterator[HMMParameters]:
        rng, users = self._rng(number), self.sets.first
        make = rough_from_kmeans if method == "k-means" else rough_from_distant_rows
        n_models = 1
        if self.n_states > 1 and not are_sparse(users.densities):
            users, n_models = self.sets.few, _ROUGH_MODELS[method]
        for _ in range(n_models):
            rough = make(users.X, users.lengths, self.n_states, users.densities, rng)
            yield self._with_levels(rough)

    def _with_levels(self, rough: HMMParameters) -> HMMParameters:
        n_levels = self.settings.levels_of(self.n_states)
        if n_levels == 1 or rough.count_feature is None:
            return rough
        return with_levels(rough, n_levels)

    def _splits(self, number: int, before: HMMParameters) -> Iterator[HMMParameters]:
        rng = self._rng(number)
        for state in range(before.n_states):
            yield split_state(before, state, rng)

    def _rng(self, *step: int) -> np.random.Generator:
        entropy = [self.seed, self.n_states, *step]
        return np.random.default_rng(np.random.SeedSequence(entropy))

    def _start(
        self,
        number: int,
        method: StartMethod,
        rough_models: Callable[[], Iterator[HMMParameters]],
        on_iteration: Callable[[int, float], None] | None = None,
    ) -> Start:
        """Climb from the best rough model: on one core if this runs ahead."""
        climber = replace(self.climber, n_threads=1) if on_iteration else self.climber
        # OpenMP, which k-means uses, counts its threads for each thread.
        with threadpool_limits(limits=1):
            rough = list(rough_models())
            if len(rough) > 1:
                runs = climber.short_runs(rough, self.sets.few.packed)
                rough = [max(runs, key=lambda model: model.log_likelihood_).parameters_]
            model = climber.climb(rough[0], self.sets.first.packed, on_iteration)
        return Start(
            number=number,
            method=method,
            log_likelihood_per_row=model.log_likelihood_ / self.sets.first.n_rows,
            n_iterations=model.n_iter_,
            converged=model.converged_,
            parameters=model.parameters_,
            is_polished=False,
        )

    def _add(self, start: Start) -> None:
        self.starts.append(start)
        self._report(
            f"start {start.number} by {start.method}",
            start.log_likelihood_per_row,
            start.n_iterations,
            converged=start.converged,
        )

    def _polish(self, number: int) -> HiddenMarkovModel:
        """Continue EM on all rows from where a start ended."""
        n_rows = self.sets.everyone.n_rows

        def report(iteration: int, log_likelihood: float) -> None:
            self.steps.report(
                f"{self.n_states} states, start {number}, all users, iteration "
                f"{iteration}: {log_likelihood / n_rows:.5f} nats a user-week"
            )

        model = self.climber.climb(
            self.moved[number].parameters, self.sets.everyone.packed, report
        )
        self._report(
            f"start {number}, all users",
            model.log_likelihood_ / n_rows,
            model.n_iter_,
            converged=model.converged_,
        )
        return model

    def _compared(self) -> FitResult:
        """Return the best start on the first users."""
        number, best = max(
            self.moved.items(), key=lambda item: item[1].log_likelihood_per_row
        )
        start = self.starts[number]
        first = self.sets.first
        return FitResult(
            parameters=best.parameters,
            log_likelihood=best.log_likelihood_per_row * first.n_rows,
            n_users=first.n_users,
            n_rows=first.n_rows,
            start=number,
            n_iterations=start.n_iterations,
            converged=start.converged,
            history=(),
            n_floor_hits=self._floor_hits(best.parameters),
            n_at_best=0,
            starts=self._with_moves({}),
        )

    def _polished(self, polished: dict[int, HiddenMarkovModel]) -> FitResult:
        """Return the best start on all users."""
        number, best = max(polished.items(), key=lambda item: item[1].log_likelihood_)
        scores = np.array([model.log_likelihood_ for model in polished.values()])
        margin = _SAME_OPTIMUM * self.sets.everyone.n_rows
        return FitResult(
            parameters=best.parameters_,
            log_likelihood=best.log_likelihood_,
            n_users=self.sets.everyone.n_users,
            n_rows=self.sets.everyone.n_rows,
            start=number,
            n_iterations=best.n_iter_,
            converged=best.converged_,
            history=tuple(best.history_),
            n_floor_hits=self._floor_hits(best.parameters_),
            n_at_best=int((scores >= scores.max() - margin).sum()),
            starts=self._with_moves(polished),
        )

    def _floor_hits(self, parameters: HMMParameters) -> int:
        return count_floor_hits(parameters, self.settings.variance_floor)

    def _with_moves(self, polished: dict[int, HiddenMarkovModel]) -> tuple[Start, ...]:
        """Return the starts with the parameters that they have reached."""
        starts = []
        for start in self.starts:
            parameters = start.parameters
            if start.number in self.moved:
                parameters = self.moved[start.number].parameters
            if start.number in polished:
                parameters = polished[start.number].parameters_
            starts.append(
                replace(
                    start,
                    parameters=parameters,
                    is_polished=start.number in polished,
                )
            )
        return tuple(starts)

    def _report(
        self, what: str, score: float, n_iterations: int, *, converged: bool
    ) -> None:
        ended = "converged" if converged else "not converged"
        self.steps.report(
            f"{self.n_states} states, {what}: {score:.5f} nats a user-week, {ended} "
            f"after {n_iterations} iterations",
            is_done=True,
        )
