"""The models of the next step, compared on customers whom none was fitted on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from user_states.journeys.next_step_models import ChainOfSteps
from user_states.journeys.phases import Phases
from user_states.journeys.step_sequences import StepSequences
from user_states.selection.next_week_scores import (
    Difference,
    UserScores,
    paired_difference,
)
from user_states.selection.simplest_as_good import ComparedCandidate, judge

# Customers on whom models are compared.
HOLDOUT_SHARE = 0.2
BASE_RATES, CHAIN = "base_rates", "chain_of_order_1"
NUMBERS_OF_PHASES = (2, 3, 4, 5, 6)
# Least held-out customers, and least sessions, for a comparison.
LEAST_HELD_OUT, LEAST_TAUGHT = 20, 200


@dataclass(frozen=True)
class NextStepModel:
    """A model of the next step, with its score.

    Attributes
    ----------
    model : str
        `base_rates`, `chain_of_order_1`, `chain_of_order_2` or `phases_3` and so on.
    n_phases : int or None
        None for a chain.
    n_parameters : int
    scores : UserScores
        Log scores of held-out customers, in nats.
    behind_chain : Difference or None
        How much better the chain of order 1 scores; None for itself.
    """

    model: str
    n_phases: int | None
    n_parameters: int
    scores: UserScores
    behind_chain: Difference | None

    @property
    def log_loss(self) -> float:
        """Mean loss of a step, in nats."""
        return -self.scores.mean


@dataclass(frozen=True, eq=False)
class ComparedModels:
    """All models of the next step, and the phases that are shown.

    Attributes
    ----------
    models : tuple of NextStepModel
    n_held_out : int
        Customers on whom they were compared.
    phases : Phases or None
        Those of the number that is the simplest as good as the best number; None if no
        number of phases predicts better than base rates.
    """

    models: tuple[NextStepModel, ...]
    n_held_out: int
    phases: Phases | None

    def model(self, name: str) -> NextStepModel:
        """Return a model by its name."""
        return next(one for one in self.models if one.model == name)


def compare_models(
    sessions: StepSequences,
    n_starts: int,
    seed: int,
    numbers: Sequence[int] = NUMBERS_OF_PHASES,
) -> ComparedModels | None:
    """Fit every model on most customers, and judge it on the others.

    Returns
    -------
    ComparedModels or None
        None if there are too few customers or sessions.
    """
    is_held_out = sessions.held_out(HOLDOUT_SHARE)
    taught, judged = sessions.take(~is_held_out), sessions.take(is_held_out)
    n_held_out = len(set(judged.owners.tolist()))
    if n_held_out < LEAST_HELD_OUT or taught.n_sessions < LEAST_TAUGHT:
        return None
    n_next = len(sessions.steps) + 1
    chains = {
        (BASE_RATES, CHAIN, "chain_of_order_2")[order]: ChainOfSteps.fit(taught, order)
        for order in range(3)
    }
    phases = {number: Phases.fit(taught, number, n_starts, seed) for number in numbers}
    scores = {name: chain.scores(judged) for name, chain in chains.items()}
    of_phases = {number: one.scores(judged) for number, one in phases.items()}
    models = [
        _compared(name, None, n_next**order * (n_next - 1), score, scores[CHAIN])
        for order, (name, score) in enumerate(scores.items())
    ]
    models += [
        _compared(
            f"phases_{number}",
            number,
            number * (n_next - 1) + number * number - 1,
            score,
            scores[CHAIN],
        )
        for number, score in of_phases.items()
    ]
    chosen = judge(
        {
            number: ComparedCandidate[str](score, -score.mean, ())
            for number, score in of_phases.items()
        },
        lambda number: (),
    ).chosen
    gain = paired_difference(of_phases[chosen], scores[BASE_RATES])
    shown = phases[chosen] if gain.mean > 2 * gain.standard_error else None
    return ComparedModels(tuple(models), n_held_out, shown)


def _compared(
    name: str,
    n_phases: int | None,
    n_parameters: int,
    scores: UserScores,
    chain: UserScores,
) -> NextStepModel:
    behind = None if name == CHAIN else paired_difference(chain, scores)
    return NextStepModel(name, n_phases, n_parameters, scores, behind)
