"""Several ways of describing a state, fitted and judged on the same users.

Array code only. Each way chooses its own number of states by the certificate's
rule. What is compared is the score that the rule reads: what was known at the end
of a week, of what the user did in the next, on the same held-out users. Densities
of features could not be compared: a density of a value and a probability of a 0 or
1 have no common unit.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from user_states.errors import UserError
from user_states.hmm.arrays import FloatArray, IntArray
from user_states.hmm.fit_options import FitOptions
from user_states.hmm.fitting import Progress
from user_states.hmm.hidden_markov_model import HiddenMarkovModel
from user_states.hmm.packing import pack
from user_states.hmm.parameters import Emissions
from user_states.panel.features import Feature
from user_states.panel.training_data import ModelInput, TrainingData
from user_states.selection.certificate import Certificate, Examiner
from user_states.selection.choice import Choice
from user_states.selection.next_week import (
    Difference,
    UserScores,
    bootstrap_interval,
    paired_difference,
)

COUNT = "weeks_since_last_ride"

# Resamples of users, and the share of them inside an interval.
N_RESAMPLES = 2000
LEVEL = 0.95


@dataclass(frozen=True, eq=False)
class Contender:
    """One way of describing a state.

    Attributes
    ----------
    name : str
        A few words.
    emissions : str
        `gaussian` or `mixed`.
    features : tuple of Feature
        Those asked for.
    """

    name: str
    emissions: Emissions
    features: tuple[Feature, ...]


@dataclass(frozen=True, eq=False)
class Outcome:
    """What became of a contender.

    Attributes
    ----------
    contender : Contender
    input : ModelInput
    certificates : dict of int to Certificate
        By number of states, fewest first.
    choice : Choice
    base : UserScores
        Of the training users' activity rate alone.
    """

    contender: Contender
    input: ModelInput
    certificates: dict[int, Certificate]
    choice: Choice
    base: UserScores

    def scores(self, n_states: int | None = None) -> UserScores:
        """Return the scores of a number of states, by default the chosen one."""
        found = self.certificates[n_states or self.choice.n_states].best.scores
        # `fit_and_choose` saw to it that there are some.
        assert found is not None
        return found

    def decode(self, X: FloatArray, lengths: IntArray) -> IntArray:
        """Return the chosen model's most probable state of each row.

        Parameters
        ----------
        X : array, shape (n_rows, D)
            As from `input.transform`.
        lengths : array of int, shape (n_users,)
        """
        parameters = self.certificates[self.choice.n_states].fit.parameters
        model = HiddenMarkovModel.from_parameters(parameters)
        return model.predict(pack(X, lengths, parameters.densities))


@dataclass(frozen=True)
class Gain:
    """How much better one contender tells next week's activity than another.

    Attributes
    ----------
    difference : Difference
    low, high : float
        Ends of the interval, in nats a user-week, that holds the share `LEVEL`
        of resamples of whole users.
    """

    difference: Difference
    low: float
    high: float


@dataclass(frozen=True, eq=False)
class Agreement:
    """How the decoded states of all users agree with the simulator's.

    Attributes
    ----------
    rand_indices : tuple of float
        Adjusted Rand index of each contender.
    n_user_weeks : int
        Weeks that both know.
    n_without_truth : int
        Weeks of the panel that the simulator does not know, left aside.
    """

    rand_indices: tuple[float, ...]
    n_user_weeks: int
    n_without_truth: int


@dataclass(frozen=True, eq=False)
class Comparison:
    """All contenders, on the same users.

    Attributes
    ----------
    outcomes : tuple of Outcome
    n_training, n_holdout : int
        Users to fit on, and held out.
    seed : int
        Of the resamples, too.
    agreement : Agreement or None
        None where no truth is known.
    """

    outcomes: tuple[Outcome, ...]
    n_training: int
    n_holdout: int
    seed: int
    agreement: Agreement | None


def contenders(features: Sequence[Feature], with_count: bool) -> tuple[Contender, ...]:
    """Return what is to be compared, the plainest first.

    Parameters
    ----------
    features : sequence of Feature
        Those that the model is to read.
    with_count : bool
        Let mixed emissions also read, every week, how many weeks it has been
        since the last ride. It follows from the weeks before, which is why they
        leave it out.

    Raises
    ------
    UserError
        If `is_active` is not among the features, or the count is wanted and not
        there.
    """
    names = [feature.name for feature in features]
    needed = ["is_active", COUNT] if with_count else ["is_active"]
    for name in needed:
        if name not in names:
            raise UserError(
                f"the var hmm.features names {', '.join(names)}; expected {name} "
                "among them, which is to be compared: add it"
            )
    requested = tuple(features)
    found = [
        Contender("gaussian", "gaussian", requested),
        Contender("mixed", "mixed", requested),
    ]
    if with_count:
        counted = tuple(
            replace(feature, evidence="week") if feature.name == COUNT else feature
            for feature in requested
        )
        found.append(Contender("mixed, with the count", "mixed", counted))
    return tuple(found)


def fit_and_choose(
    contender: Contender,
    data: TrainingData,
    options: FitOptions,
    on_progress: Progress | None = None,
    on_refit: Callable[[int, int], None] | None = None,
) -> Outcome:
    """Fit every number of states, and choose one by the certificate's rule.

    Parameters
    ----------
    contender : Contender
    data : TrainingData
        Made with the contender's features and emissions.
    options : FitOptions
        Its emissions are not read.
    on_progress : callable, optional
        As of `fit_each`.
    on_refit : callable, optional
        As of `Examiner.choose`.

    Raises
    ------
    UserError
        If no held-out user has two weeks, or there is too little data to fit.
    """
    examiner = Examiner.of(data, options)
    base = examiner.base
    if base is None:
        raise UserError(
            f"got {len(data.holdout.lengths)} held-out users, none with two weeks; "
            "expected some, because they are the judges: raise the vars "
            "hmm.holdout_share or hmm.sample_users, or load more rides"
        )
    fits = examiner.fits(options.n_states, options.n_starts, on_progress)
    certificates = {n_states: examiner.certify(fit) for n_states, fit in fits}
    choice = examiner.choose(certificates, on_refit)
    return Outcome(contender, data.input, certificates, choice, base)


def gain(a: UserScores, b: UserScores, seed: int) -> Gain:
    """Return how much better `a` scores than `b`, both on the same users.

    Raises
    ------
    ValueError
        If they were not scored on the same pairs of weeks.
    """
    low, high = bootstrap_interval(a, b, N_RESAMPLES, seed, LEVEL)
    return Gain(paired_difference(a, b), low, high)
