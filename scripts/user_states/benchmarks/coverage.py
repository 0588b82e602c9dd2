"""How often the intervals of the outlook contain the truth, on users of a known model.

Each simulation draws new users, fits the model again, and checks for each number
whether its 90 % interval contains the number that the planted model implies.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from user_states.hmm.arrays import FloatArray
from user_states.hmm.fit_settings import PROBABILITY_FLOOR, VARIANCE_FLOOR
from user_states.hmm.hidden_markov_model import HiddenMarkovModel
from user_states.hmm.parameters import BERNOULLI, GAUSSIAN, Emissions, HMMParameters
from user_states.outlook.outlook_by_state import Measured, StateOutlook, state_outlook
from user_states.outlook.parameter_draws import draw_parameters
from user_states.outlook.state_rides import state_rides
from user_states.panel.features import Feature
from user_states.panel.user_weeks import UserWeeks

# Tolerance of EM in nats a row: so small that the intervals are those of the maximum,
# and not of the point where EM stopped.
_TOLERANCE = 1e-8
_DRAWS = 1_000

_TRANSITIONS = np.array([[0.85, 0.12, 0.03], [0.10, 0.80, 0.10], [0.02, 0.08, 0.90]])
_STARTS = np.array([0.3, 0.5, 0.2])
# Mean rides after the first in a week with a ride (mixed), or in any week (gaussian).
_RIDES = np.array([3.0, 1.0, 0.3])


@dataclass(frozen=True, eq=False)
class Planted:
    """A model of three overlapping states, and what follows from it.

    Attributes
    ----------
    emissions : str
        `mixed`: activity and a coin, both 0 or 1, and a number that is observed in
        active weeks only; active weeks have at least one ride. `gaussian`: two numbers,
        which say nothing about the rides themselves.
    parameters : HMMParameters
    """

    emissions: Emissions
    parameters: HMMParameters

    @property
    def features(self) -> tuple[Feature, ...]:
        """The features that the model reads."""
        a = Feature("a", "zero", "continuous", "none", 0.0, "ride")
        if self.emissions == "gaussian":
            return a, replace(a, name="b")
        coin = Feature("is_active", "zero", "binary", "none", 0.0, "week")
        return coin, a, replace(coin, name="b", evidence="ride")

    @property
    def truth(self) -> StateOutlook:
        """The true numbers."""
        rides = _RIDES
        if self.emissions == "mixed":
            rides = self.parameters.means[:, 0] * (1 + _RIDES)
        return state_outlook(self.parameters.transition_matrix, rides, None)

    def draw(self, n_users: int, n_weeks: int, seed: int) -> UserWeeks:
        """Return users of `n_weeks` weeks each, and their rides."""
        model = HiddenMarkovModel.from_parameters(self.parameters)
        lengths = np.full(n_users, n_weeks)
        X, states = model.sample(lengths, seed)
        rng = np.random.default_rng([seed, 1])
        n_rides = rng.poisson(_RIDES[states]).astype(np.float64)
        if self.emissions == "mixed":
            is_active = X[:, 0] == 1
            n_rides = np.where(is_active, 1 + n_rides, 0.0)
            X[~is_active, 1:] = np.nan
        return UserWeeks(self.features, X, lengths, n_rides, n_rides > 0)


@dataclass(frozen=True)
class Coverage:
    """One measure of the outlook, over its states or pairs and all simulations.

    Attributes
    ----------
    measure : str
    share : float
        Share of simulations and states (or pairs) whose interval contains the truth.
    least_share : float
        The same for the state (or pair) with the smallest share.
    width_ratio : float
        Width of the intervals over the width of intervals from the spread of the
        estimates themselves; median over states or pairs.
    """

    measure: str
    share: float
    least_share: float
    width_ratio: float


def planted(emissions: Emissions) -> Planted:
    """Return the planted model."""
    if emissions == "mixed":
        means = np.array([[0.9, 1.0, 0.7], [0.5, 0.0, 0.4], [0.05, -0.5, 0.3]])
        variances = np.array([[1.0, 0.8, 1.0], [1.0, 1.0, 1.0], [1.0, 1.2, 1.0]])
        parameters = HMMParameters(
            _STARTS,
            _TRANSITIONS,
            means,
            variances,
            (BERNOULLI, GAUSSIAN, BERNOULLI),
        )
    else:
        parameters = HMMParameters(
            _STARTS,
            _TRANSITIONS,
            np.array([[1.0, 1.5], [0.0, 0.0], [-1.0, -1.0]]),
            np.array([[0.5, 0.8], [0.6, 1.0], [0.4, 1.2]]),
        )
    return Planted(emissions, parameters)


def fitted_outlook(truth: Planted, weeks: UserWeeks, seed: int) -> StateOutlook:
    """Fit the model again, starting at the truth, and return its outlook."""
    fit = HiddenMarkovModel(
        truth.parameters.n_states,
        initial=truth.parameters,
        tolerance=_TOLERANCE,
        max_iterations=1_000,
    ).fit(weeks.X, weeks.lengths)
    rides = state_rides(fit.parameters_, weeks)
    draws = draw_parameters(
        fit.parameters_,
        weeks,
        rides,
        variance_floor=VARIANCE_FLOOR,
        probability_floor=PROBABILITY_FLOOR,
        seed=seed,
        n_draws=_DRAWS,
    )
    return state_outlook(fit.parameters_.transition_matrix, rides.per_week, draws)


def coverage(
    emissions: Emissions,
    n_simulations: int,
    n_users: int,
    n_weeks: int,
    on_simulation: Callable[[], object] | None = None,
) -> list[Coverage]:
    """Return the coverage of every measure.

    Parameters
    ----------
    emissions : str
        `mixed` or `gaussian`.
    n_simulations, n_users, n_weeks : int
    on_simulation : callable, optional
        Called after each simulation.
    """
    model = planted(emissions)
    found = []
    for seed in range(n_simulations):
        weeks = model.draw(n_users, n_weeks, seed)
        found.append(_numbers(fitted_outlook(model, weeks, seed)))
        if on_simulation is not None:
            on_simulation()
    return [
        _coverage(name, truth.value, [outlook[name] for outlook in found])
        for name, truth in _numbers(model.truth).items()
    ]


def _numbers(outlook: StateOutlook) -> dict[str, Measured]:
    return {**outlook.by_state, **outlook.by_pair}


def _coverage(name: str, truth: FloatArray, found: list[Measured]) -> Coverage:
    """Return how often the truth is inside; a state paired with itself is left out."""
    kept = ~np.eye(len(truth), dtype=np.bool_) if truth.ndim == 2 else slice(None)
    value, low, high = (
        np.array([getattr(item, end)[kept] for item in found])
        for end in ("value", "low", "high")
    )
    holds = (low <= truth[kept]) & (truth[kept] <= high)
    # 90 % of a normal distribution is within 1.645 standard deviations.
    ratio = (high - low).mean(axis=0) / (2 * 1.645 * value.std(axis=0, ddof=1))
    return Coverage(
        name,
        float(holds.mean()),
        float(holds.mean(axis=0).min()),
        float(np.median(ratio)),
    )
