"""Fit models of several numbers of states, each from several starts.

EM climbs to the nearest optimum, and an HMM on mixed features has many. So each
number of states gets several starts, and each start several steps:

1. many rough models climb a little on a few users, and the best goes on: the
   "short runs" of Biernacki, Celeux and Govaert 2003 (Computational Statistics &
   Data Analysis 41:561-575);
2. EM on the first users until it converges: starts that end in a poor optimum
   show it on a few users as well;
3. from the best of them, moves of a state: one is left out, another split in two,
   as long as that leads higher (split and merge: Ueda, Nakano, Ghahramani and
   Hinton 2000, Neural Computation 12:2109-2128);
4. EM on all users ("polished"), until two starts have arrived at the best optimum.

Beside rough models from clusters and from distant rows, a state of the best
model with one state fewer is split in two.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import numpy.typing as npt
from threadpoolctl import threadpool_limits

from user_states.errors import UserError
from user_states.hmm.arrays import FloatArray, IntArray, check_sequences
from user_states.hmm.hidden_markov_model import HiddenMarkovModel
from user_states.hmm.initialisation import (
    rough_from_distant_rows,
    rough_from_kmeans,
    split_state,
    without_state,
)
from user_states.hmm.packing import PackedSequences, pack
from user_states.hmm.parameters import Density, HMMParameters
from user_states.hmm.threads import in_order

Method = Literal["k-means", "distant rows", "split"]
Progress = Callable[[int, int, str], None]

# Rough models of a start, users they climb on, and EM iterations they get.
_ROUGH_MODELS: dict[Method, int] = {"k-means": 10, "distant rows": 50}
_SHORT_RUN_USERS = 200
_SHORT_RUN_ITERATIONS = 10
# Moves of a state that are tried in earnest, of those best on the few users, and
# what one must gain on the users of the starts, in nats a row.
_TRIED_MOVES = 8
_LEAST_GAIN = 1e-5
# Starts that go on with all users, at most, as a multiple of `polished_starts`.
_MOST_POLISHED = 2
# A polished start has reached the best optimum within this, in nats a row.
_SAME_OPTIMUM = 1e-4


@dataclass(frozen=True, eq=False)
class FitSettings:
    """How to fit; the vars hmm_* of dbt_project.yml.

    Attributes
    ----------
    variance_floor : float or array, shape (D,)
        Least variance of a Gaussian feature in a state, in squared scaled units.
    probability_floor : float
        A Bernoulli probability is at least this far from 0 and from 1.
    tolerance : float
        EM stops when an iteration gains less than this, in nats a row.
    max_iterations : int
        EM iterations at most, for a start and again on all rows.
    start_users : int
        Users on whom the starts run.
    polished_starts : int
        Best starts that go on with all users: twice as many where no two of them
        arrive at the best optimum.
    """

    variance_floor: float | FloatArray = 0.01
    probability_floor: float = 1e-4
    tolerance: float = 1e-5
    max_iterations: int = 300
    start_users: int = 2000
    polished_starts: int = 3


@dataclass(frozen=True, eq=False)
class Start:
    """How one start ended.

    Attributes
    ----------
    number : int
        From 0.
    method : str
        Where its rough models came from.
    log_likelihood_per_row : float
        On the users of the starts, in nats a user-week, before any state is moved.
    n_iterations : int
        EM iterations done on them.
    converged : bool
        Whether the last of them gained less than the tolerance.
    parameters : HMMParameters
        After EM on the users of the starts, or on all if `is_polished`; in
        scaled units, states in no particular order.
    is_polished : bool
    """

    number: int
    method: Method
    log_likelihood_per_row: float
    n_iterations: int
    converged: bool
    parameters: HMMParameters
    is_polished: bool


@dataclass(frozen=True, eq=False)
class FitResult:
    """The best start of one number of states, after EM on all rows.

    Attributes
    ----------
    parameters : HMMParameters
        In scaled units; states in no particular order.
    log_likelihood : float
        Of all rows under `parameters`, in nats.
    n_users, n_rows : int
        What it was fitted on.
    start : int
        Number of the start that it came from.
    n_iterations : int
        EM iterations on all rows.
    converged : bool
        Whether the last iteration on all rows gained less than the tolerance.
    history : tuple of float
        Log-likelihood of all rows before each M-step, in nats.
    n_floor_hits : int
        Variances, of K × D, that lie at the floor.
    n_at_best : int
        Polished starts that came within 1e-4 nats a row of the best.
    starts : tuple of Start
        Every start, by number.
    """

    parameters: HMMParameters
    log_likelihood: float
    n_users: int
    n_rows: int
    start: int
    n_iterations: int
    converged: bool
    history: tuple[float, ...]
    n_floor_hits: int
    n_at_best: int
    starts: tuple[Start, ...]

    @property
    def n_polished(self) -> int:
        """Number of starts that went on with all users."""
        return sum(start.is_polished for start in self.starts)


def fit_each(
    X: FloatArray,
    lengths: IntArray,
    densities: Sequence[Density],
    n_states: Sequence[int],
    n_starts: int,
    seed: int,
    settings: FitSettings | None = None,
    *,
    everyone: PackedSequences | None = None,
    n_threads: int | None = None,
    on_progress: Progress | None = None,
) -> Iterator[tuple[int, FitResult]]:
    """Yield the fit of each number of states, in rising order.

    A fit depends on the data, the settings, the seed and, for its split start,
    on the fit before it; not on `n_threads`.

    Parameters
    ----------
    X : array, shape (n_rows, D)
        Scaled rows of all users, each user's weeks in one block, in order of
        time, and the users in random order: the starts see the first ones only.
        NaN where a feature was not observed.
    lengths : array of int, shape (n_users,)
        Rows of each user.
    densities : sequence of str, length D
        `gaussian` or `bernoulli`.
    n_states : sequence of int
        Numbers of states, K.
    n_starts : int
        Number of starts of each; a split comes on top.
    seed : int
        Non-negative.
    settings : FitSettings, optional
    everyone : PackedSequences, optional
        `X` and `lengths` as `pack` returns them, where that was done already.
    n_threads : int, optional
        By default all cores.
    on_progress : callable, optional
        Called with the steps done (a start or a polish each), their number, and
        a few words; between two steps, after every iteration on all rows.

    Raises
    ------
    UserError
        If there is too little data for so many states, or a number is out of
        range.
    """
    settings = settings or FitSettings()
    check_sequences(X, lengths)
    for number in n_states:
        check_enough_data(X, lengths, number)
    if n_starts < 1 or seed < 0:
        raise UserError(
            f"got {n_starts} starts and seed {seed}; expected at least one start "
            "and a seed of 0 or more"
        )
    everyone = everyone or pack(X, lengths, densities)
    sets = _TrainingSets.of(X, everyone, settings)
    numbers = sorted(n_states)
    steps = _Steps(on_progress, _count_steps(numbers, n_starts, settings))
    before: FitResult | None = None
    # The E-step has threads of its own; the small products beside it are
    # quickest, and always the same, with one.
    with threadpool_limits(limits=1):
        for number in numbers:
            if before and before.parameters.n_states != number - 1:
                before = None
            fitter = _Fitter(sets, number, seed, settings, n_threads, steps)
            before = fitter.fit(n_starts, before)
            yield number, before


def check_enough_data(X: FloatArray, lengths: IntArray, n_states: int) -> None:
    """Raise UserError if so many states cannot be learned from so little.

    Parameters
    ----------
    X : array, shape (n_rows, D)
    lengths : array of int, shape (n_users,)
    n_states : int
        Number of states, K.
    """
    if n_states < 1:
        raise UserError(f"got {n_states} states; expected at least 1")
    if len(lengths) < n_states:
        raise UserError(
            f"got {len(lengths)} users for {n_states} states; expected at least as "
            "many users as states: ask for fewer states, or load more users"
        )
    n_parameters = n_states**2 - 1 + 2 * n_states * X.shape[1]
    if len(X) < n_parameters:
        raise UserError(
            f"got {len(X)} user-weeks for {n_states} states, which have up to "
            f"{n_parameters} free parameters; expected at least as many user-weeks: "
            "ask for fewer states or features, or load more rides"
        )


def count_parameters(parameters: HMMParameters) -> int:
    """Return the number of free parameters.

    K - 1 start probabilities, K (K - 1) transitions, and in each state two for a
    Gaussian feature and one for a Bernoulli. One that lies at its floor, and
    those of a state without rows, are counted like any other.
    """
    n_states = parameters.n_states
    n_bernoulli = int(parameters.is_bernoulli.sum())
    per_state = 2 * parameters.n_features - n_bernoulli
    return n_states**2 - 1 + n_states * per_state


def count_floor_hits(
    parameters: HMMParameters, variance_floor: float | FloatArray
) -> int:
    """Return the number of variances, of K × D, that lie at the floor."""
    return int(np.count_nonzero(at_floor(parameters, variance_floor)))


def at_floor(
    parameters: HMMParameters, variance_floor: float | FloatArray
) -> npt.NDArray[np.bool_]:
    """Return, shape (K, D), which Gaussian variances lie at the floor."""
    floor = np.asarray(variance_floor)
    # A floor of 0 is none. The margin allows for one rounding.
    is_low = parameters.variances <= floor * (1.0 + 1e-12)
    return is_low & (floor > 0) & ~parameters.is_bernoulli


@dataclass(frozen=True, eq=False)
class _TrainingSets:
    """The users of the short runs, of the starts, and all, packed once."""

    few: PackedSequences
    few_rows: FloatArray
    first: PackedSequences
    everyone: PackedSequences

    @classmethod
    def of(
        cls,
        X: FloatArray,
        everyone: PackedSequences,
        settings: FitSettings,
    ) -> _TrainingSets:
        lengths, densities = everyone.lengths, everyone.columns.densities

        def first(n_users: int) -> tuple[FloatArray, PackedSequences]:
            rows = X[: lengths[:n_users].sum()]
            return rows, pack(rows, lengths[:n_users], densities)

        few_rows, few = first(min(_SHORT_RUN_USERS, settings.start_users))
        if settings.start_users >= len(lengths):
            return cls(few, few_rows, everyone, everyone)
        return cls(few, few_rows, first(settings.start_users)[1], everyone)


@dataclass
class _Steps:
    """Counts steps, and tells whoever watches."""

    on_progress: Progress | None
    total: int
    done: int = field(default=0)

    def tell(self, text: str, *, is_done: bool = False) -> None:
        self.done += is_done
        if self.on_progress is not None:
            self.on_progress(self.done, self.total, text)

    def skip(self, n_steps: int, text: str) -> None:
        """Count steps that are not needed, so that a bar ends at its end."""
        if n_steps:
            self.done += n_steps
            self.tell(text)


def _count_steps(numbers: Sequence[int], n_starts: int, settings: FitSettings) -> int:
    steps = 0
    for before, number in zip([0, *numbers], numbers, strict=False):
        n_all = n_starts + (before == number - 1 and before > 0)
        steps += n_all + _most_polished(n_all, settings)
    return steps


def _most_polished(n_starts: int, settings: FitSettings) -> int:
    # Whoever asks for one does not ask for two that agree.
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
        """Run the starts, and the split of the model before, and polish the best."""
        starts = []
        for number in range(n_starts):
            method: Method = "k-means" if number % 2 == 0 else "distant rows"
            rough = self._rough_models(number, method)
            starts.append(self._start(number, method, rough))
        if before is not None:
            splits = self._splits(n_starts, before.parameters)
            starts.append(self._start(n_starts, "split", splits))
        # Of equal ones the first, so that the choice is always the same.
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
        """Leave out a state and split another, as long as that leads higher."""
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
                model = self._model(move.parameters_).fit(self.sets.first)
                score = model.log_likelihood_ / n_rows
                if score > best_score + _LEAST_GAIN:
                    best, best_score = model.parameters_, score
                    self.steps.tell(
                        f"{self.n_states} states, start {start.number}, a state moved: "
                        f"{score:.5f} nats a user-week"
                    )
                    break
            else:
                return best

    def _rough_models(self, number: int, method: Method) -> Iterator[HMMParameters]:
        rng = self._rng(number)
        make = rough_from_kmeans if method == "k-means" else rough_from_distant_rows
        for _ in range(_ROUGH_MODELS[method] if self.n_states > 1 else 1):
            yield make(
                self.sets.few_rows,
                self.sets.few.lengths,
                self.n_states,
                self.sets.few.columns.densities,
                rng,
            )

    def _splits(self, number: int, before: HMMParameters) -> Iterator[HMMParameters]:
        rng = self._rng(number)
        for state in range(before.n_states):
            yield split_state(before, state, rng)

    def _rng(self, *step: int) -> np.random.Generator:
        entropy = [self.seed, self.n_states, *step]
        return np.random.default_rng(np.random.SeedSequence(entropy))

    def _start(
        self, number: int, method: Method, rough_models: Iterator[HMMParameters]
    ) -> Start:
        short_runs = self._short_runs(rough_models)
        best = max(short_runs, key=lambda model: model.log_likelihood_)
        model = self._model(best.parameters_).fit(self.sets.first)
        start = Start(
            number=number,
            method=method,
            log_likelihood_per_row=model.log_likelihood_ / self.sets.first.n_rows,
            n_iterations=model.n_iter_,
            converged=model.converged_,
            parameters=model.parameters_,
            is_polished=False,
        )
        self._tell(f"start {number} by {method}", model, self.sets.first)
        return start

    def _short_runs(
        self, rough_models: Iterable[HMMParameters]
    ) -> list[HiddenMarkovModel]:
        """Let rough models climb a little, each on one core."""

        def climb(rough: HMMParameters) -> HiddenMarkovModel:
            model = self._model(
                rough, tolerance=1e-3, max_iterations=_SHORT_RUN_ITERATIONS, n_threads=1
            )
            return model.fit(self.sets.few)

        return list(in_order(climb, rough_models, self.n_threads))

    def _polish(self, start: Start, parameters: HMMParameters) -> HiddenMarkovModel:
        """Go on from what became of a start, with all rows."""
        n_rows = self.sets.everyone.n_rows

        def report(iteration: int, log_likelihood: float) -> None:
            self.steps.tell(
                f"{self.n_states} states, start {start.number}, all users, iteration "
                f"{iteration}: {log_likelihood / n_rows:.5f} nats a user-week"
            )

        model = self._model(parameters, on_iteration=report)
        model.fit(self.sets.everyone)
        self._tell(f"start {start.number}, all users", model, self.sets.everyone)
        return model

    def _result(
        self, starts: Sequence[Start], polished: dict[int, HiddenMarkovModel]
    ) -> FitResult:
        number, best = max(polished.items(), key=lambda item: item[1].log_likelihood_)
        return FitResult(
            parameters=best.parameters_,
            log_likelihood=best.log_likelihood_,
            n_users=len(self.sets.everyone.lengths),
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
        """Return how many polished starts arrived at the best optimum."""
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

    def _tell(self, what: str, model: HiddenMarkovModel, data: PackedSequences) -> None:
        ended = "converged" if model.converged_ else "not converged"
        self.steps.tell(
            f"{self.n_states} states, {what}: "
            f"{model.log_likelihood_ / data.n_rows:.5f} nats a user-week, {ended} "
            f"after {model.n_iter_} iterations",
            is_done=True,
        )


def _with_polish(start: Start, polished: dict[int, HiddenMarkovModel]) -> Start:
    if start.number not in polished:
        return start
    return Start(
        number=start.number,
        method=start.method,
        log_likelihood_per_row=start.log_likelihood_per_row,
        n_iterations=start.n_iterations,
        converged=start.converged,
        parameters=polished[start.number].parameters_,
        is_polished=True,
    )
