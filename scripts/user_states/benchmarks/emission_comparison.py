"""Several ways of describing a state, fitted and scored on the same users.

Array code only. Each way chooses its own number of states by the certificate's rule.
They are compared by the score that the rule uses: the log probability of next week's
activity, on the same held-out users. Densities of features cannot be compared: the
density of a value and the probability of a 0 or 1 have different units.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from user_states.errors import UserError
from user_states.hmm.arrays import IntArray
from user_states.hmm.fit_options import FitOptions
from user_states.hmm.fitting import FitProgress
from user_states.hmm.hidden_markov_model import HiddenMarkovModel
from user_states.hmm.parameters import Emissions
from user_states.panel.features import Feature
from user_states.panel.training_data import ModelInput, TrainingData
from user_states.panel.user_weeks import UserWeeks
from user_states.selection.certificate import Certificate, Examiner
from user_states.selection.choice import Choice
from user_states.selection.next_week_scores import (
    Difference,
    UserScores,
    bootstrap_interval,
    paired_difference,
)

CLOCK = "weeks_since_last_ride"

# Resamples of users, and the share of them that an interval contains.
GAIN_RESAMPLES = 2000
GAIN_LEVEL = 0.95


@dataclass(frozen=True, eq=False)
class Contender:
    """One way of describing a state.

    Attributes
    ----------
    name : str
        Short.
    emissions : str
        `gaussian` or `mixed`.
    features : tuple of Feature
        Features that were asked for.
    """

    name: str
    emissions: Emissions
    features: tuple[Feature, ...]


@dataclass(frozen=True, eq=False)
class ContenderOutcome:
    """The result for a contender.

    Attributes
    ----------
    contender : Contender
    input : ModelInput
    certificates : dict of int to Certificate
        By number of states, fewest first.
    choice : Choice
    base : UserScores
        Of the overall activity rate of the training users as a forecast.
    """

    contender: Contender
    input: ModelInput
    certificates: dict[int, Certificate]
    choice: Choice
    base: UserScores

    def scores(self, n_states: int | None = None) -> UserScores:
        """Return the scores of a number of states, by default the chosen one."""
        found = self.certificates[n_states or self.choice.n_states].best.scores
        # `fit_and_choose` has checked that there are held-out users.
        assert found is not None
        return found

    def decode(self, weeks: UserWeeks) -> IntArray:
        """Return the chosen model's most probable state of each row."""
        parameters = self.certificates[self.choice.n_states].fit.parameters
        model = HiddenMarkovModel.from_parameters(parameters)
        return model.predict(self.input.transform(weeks).packed)


@dataclass(frozen=True)
class Gain:
    """How much better one contender predicts next week's activity than another.

    Attributes
    ----------
    difference : Difference
    low, high : float
        Ends of the interval, in nats a user-week, that contains the share `GAIN_LEVEL`
        of resamples of whole users.
    """

    difference: Difference
    low: float
    high: float


@dataclass(frozen=True, eq=False)
class TruthAgreement:
    """Agreement of the decoded states of all users with the simulated ones.

    Attributes
    ----------
    rand_indices : tuple of float
        Adjusted Rand index of each contender.
    n_user_weeks : int
        User-weeks with both states.
    n_without_truth : int
        User-weeks of the panel without a simulated state, which are left out.
    """

    rand_indices: tuple[float, ...]
    n_user_weeks: int
    n_without_truth: int


@dataclass(frozen=True, eq=False)
class Comparison:
    """All contenders, on the same users.

    Attributes
    ----------
    outcomes : tuple of ContenderOutcome
    n_training, n_holdout : int
        Number of training users, and of held-out users.
    seed : int
        Of the resamples, too.
    agreement : TruthAgreement or None
        None if the warehouse has no true states.
    """

    outcomes: tuple[ContenderOutcome, ...]
    n_training: int
    n_holdout: int
    seed: int
    agreement: TruthAgreement | None


def contenders(features: Sequence[Feature], with_count: bool) -> tuple[Contender, ...]:
    """Return the contenders, the simplest first.

    Parameters
    ----------
    features : sequence of Feature
        Features that the model reads.
    with_count : bool
        Add a contender with mixed emissions that also reads the weeks since the last
        ride in every week. It follows from earlier weeks, so mixed emissions leave it
        out otherwise.

    Raises
    ------
    UserError
        If `is_active` is not among the features, or the count is not when it is needed.
    """
    names = [feature.name for feature in features]
    needed = ["is_active", CLOCK] if with_count else ["is_active"]
    for name in needed:
        if name not in names:
            raise UserError(
                f"the var hmm.features names {', '.join(names)}; expected {name} "
                "among them, because it is compared: add it"
            )
    requested = tuple(features)
    found = [
        Contender("gaussian", "gaussian", requested),
        Contender("mixed", "mixed", requested),
    ]
    if with_count:
        counted = tuple(
            replace(feature, evidence="week") if feature.name == CLOCK else feature
            for feature in requested
        )
        found.append(Contender("mixed, with the count", "mixed", counted))
    return tuple(found)


def fit_and_choose(
    contender: Contender,
    data: TrainingData,
    options: FitOptions,
    on_progress: FitProgress | None = None,
    on_refit: Callable[[int, int], None] | None = None,
) -> ContenderOutcome:
    """Fit every number of states, and choose one by the certificate's rule.

    Parameters
    ----------
    contender : Contender
    data : TrainingData
        With the contender's features and emissions.
    options : FitOptions
        Except the emissions, which are the contender's.
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
            f"got {data.holdout.n_users} held-out users, none with two weeks; "
            "expected some, because models are scored on them: raise the vars "
            "hmm.holdout_share or hmm.sample_users, or load more rides"
        )
    fits = examiner.fits(options.n_states, options.n_starts, on_progress)
    certificates = {n_states: examiner.certify(fit) for n_states, fit in fits}
    choice = examiner.choose(certificates, on_refit)
    return ContenderOutcome(contender, data.input, certificates, choice, base)


def gain(a: UserScores, b: UserScores, seed: int) -> Gain:
    """Return how much better `a` scores than `b`, both on the same users.

    Raises
    ------
    ValueError
        If they were not scored on the same pairs of weeks.
    """
    low, high = bootstrap_interval(a, b, GAIN_RESAMPLES, seed, GAIN_LEVEL)
    return Gain(paired_difference(a, b), low, high)
