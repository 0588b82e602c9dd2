"""How EM runs, and the defaults of it.

The defaults are those of the vars under `hmm` in dbt_project.yml, so that the
estimator used by itself fits as the project does. A test holds the two together.
"""

from __future__ import annotations

from dataclasses import dataclass

from user_states.hmm.arrays import FloatArray

VARIANCE_FLOOR = 0.1
PROBABILITY_FLOOR = 1e-4
TOLERANCE = 1e-6
MAX_ITERATIONS = 1000
START_USERS = 2000
POLISHED_STARTS = 2
N_LEVELS = 1


@dataclass(frozen=True, eq=False)
class FitSettings:
    """How to fit.

    Attributes
    ----------
    variance_floor : float or array, shape (D,)
        Least variance of a Gaussian feature in a state, in squared scaled units.
    probability_floor : float
        A Bernoulli probability is at least this far from 0 and from 1.
    tolerance : float
        EM stops when an iteration gains less than this, in nats a row.
    max_iterations : int
        Most EM iterations, for a start and again on all rows.
    start_users : int
        Users that the starts run on, and by whom numbers of states are compared.
    polished_starts : int
        Number of best starts that continue with all users.
    n_levels : int
        Number of levels of the first count, C; without a count there is one.
    n_levels_of_one_state : int or None
        Number of levels of a model of one state; None for the same.
    """

    variance_floor: float | FloatArray = VARIANCE_FLOOR
    probability_floor: float = PROBABILITY_FLOOR
    tolerance: float = TOLERANCE
    max_iterations: int = MAX_ITERATIONS
    start_users: int = START_USERS
    polished_starts: int = POLISHED_STARTS
    n_levels: int = N_LEVELS
    n_levels_of_one_state: int | None = None

    def levels_of(self, n_states: int) -> int:
        """Return the levels of a model of so many states."""
        if n_states == 1 and self.n_levels_of_one_state is not None:
            return self.n_levels_of_one_state
        return self.n_levels
